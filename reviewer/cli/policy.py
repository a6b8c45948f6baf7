"""`reviewer policy`: who asks for what of a change and why, and whether a policy file does what its examples say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reviewer.cli.show import print_json
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.model.policy import Example, Layer, Policy, Source
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.text import show

if TYPE_CHECKING:
    from reviewer.policy.examples import Outcome

    Part = tuple[Policy, Source, tuple[Example, ...], tuple[str, ...]]
    """A policy to judge by, whose file it is, its examples, and the runs that are named."""

_EXPLAIN = """\b
Examples:
  reviewer policy explain k3f9
  reviewer policy explain k3f9 --json | jq '.requirements[] | select(.state == "unmet")'
  reviewer policy explain k3f9 --json | jq '.silent[] | [.rule, .why]'

Exit status: 0 told; 1 failed; 2 no such change, or used wrongly.
"""
_TEST = """\b
Examples:
  reviewer policy test
  reviewer policy test organisation.toml
  reviewer policy test mine.toml --layer person
  reviewer policy test --json | jq 'select(.right | not)'

An example in a policy file:
  [[policy.example]]
  name = "a migration needs the database people"
  paths = ["db/7.sql"]
  expect = ["approvals: 1", "group: dba"]

Exit status: 0 every example came out as it says; 1 one did not, or there is none; 2 a file is not valid or not signed.
"""
_GROUP = """\b
Examples:
  reviewer policy explain k3f9
  reviewer policy test reviewer.toml

Exit status: 0 done; 1 failed, or an example came out otherwise; 2 used wrongly.
"""
_MOST = 256 * 1024


@click.group("policy", epilog=_GROUP)
def command() -> None:
    """What an approval asks for: by which rule, of which layer, in which file."""


@command.command("explain", epilog=_EXPLAIN)
@click.argument("change")
@click.option("--offline", is_flag=True, help="only what was pulled already")
@click.option("--json", "as_json", is_flag=True, help="one object: change, digest, state, requirements, silent")
def explain(change: str, offline: bool, as_json: bool) -> None:
    """Say what is asked of a change, whether it holds, who asks for it, who may override it, and what is not asked."""
    from reviewer.cli.store import open_desk, refresh

    desk = open_desk()
    if not offline:
        refresh()
    detail = desk.detail(desk.find(change))
    if as_json:
        print_json(_as_object(detail))
        return
    for line in _told(detail):
        click.echo(line)


def _as_object(detail: ChangeDetail) -> dict[str, object]:
    return {
        "change": detail.change.change_id,
        "digest": detail.change.digest,
        "state": detail.change.state.value,
        "requirements": [
            {
                "name": r.name,
                "state": r.state.value,
                "why": r.why,
                "layer": r.layer or None,
                "file": r.source if r.layer else None,
                "rule": r.rule or None,
                "because": r.because or None,
                "also": list(r.also),
                "may_override": list(r.may_override),
            }
            for r in detail.requirements
        ],
        "silent": [
            {"rule": each.rule, "layer": each.layer, "file": each.source, "why": each.why} for each in detail.silent
        ],
    }


def _told(detail: ChangeDetail) -> Iterator[str]:
    change = detail.change
    yield f"{change.change_id}  {change.state.value}  {show(change.title, limit=200)}"
    yield f"revision {change.revision}, digest {change.digest[:16]}"
    for r in detail.requirements:
        yield ""
        sign = {RequirementState.MET: "met", RequirementState.UNMET: "UNMET", RequirementState.WAITING: "waiting"}
        yield f"{sign.get(r.state, '-'):<8}{r.name}"
        yield f"        {r.why}"
        yield f"        asked for by {_by(r)}"
        if r.because:
            yield f"        because {r.because}"
        for other in r.also:
            yield f"        and by {other}"
        if r.may_override and r.open:
            yield f"        may be overridden by {', '.join(show(name, limit=40) for name in r.may_override)}"
    if detail.silent:
        yield ""
        yield "rules that ask nothing of it:"
    for each in detail.silent:
        yield f"-       {_rule(each.rule)}{each.layer}, {each.source}"
        yield f"        {each.why}"


def _by(requirement: Requirement) -> str:
    if not requirement.layer:
        return "reviewer itself" if requirement.source == "default" else requirement.source
    return f"{_rule(requirement.rule)}{requirement.layer}, {requirement.source}"


def _rule(name: str) -> str:
    return f'rule "{name}", ' if name else "[policy], "


@command.command("test", epilog=_TEST)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--layer",
    type=click.Choice([layer.value for layer in Layer]),
    help="whose FILE it is; a reviewer.toml is the team's, any other the organisation's",
)
@click.option(
    "--json", "as_json", is_flag=True, help="one object an example: name, layer, file, line, right, asked, missing, ..."
)
def test(file: Path | None, layer: str | None, as_json: bool) -> int:
    """Judge the examples that stand in policy files.

    With a FILE, its own by that file alone. Without one, those of ./reviewer.toml and of each layer that config.toml
    names, each by its file together with those above it: what stands below can only ask for more.
    """
    from reviewer.policy.examples import check

    if file is None and layer is not None:
        raise UsageError("--layer says whose a file is, and none is named", "reviewer policy test FILE --layer L")
    parts = [_one(file, layer)] if file is not None else _all()
    count = wrong = 0
    for policy, source, examples, runs in parts:
        if not examples and len(parts) > 1 and not as_json:
            click.echo(f"-      {_of(source)} has no examples")
        for example in examples:
            outcome = check(policy, example, runs)
            count += 1
            wrong += not outcome.right
            _tell(outcome, source, as_json)
    if not count:
        named = ", ".join(source.file for _, source, _, _ in parts)
        raise ReviewerError(f"{named}: no examples", "add some: reviewer policy test --help shows one")
    if not as_json:
        click.echo(f"{count - wrong} of {count} examples came out as they say")
    return int(bool(wrong))


def _tell(outcome: Outcome, source: Source, as_json: bool) -> None:
    example = outcome.example
    if as_json:
        print_json(
            {
                "name": example.name,
                "layer": source.layer.value if source.layer is not None else None,
                "file": source.file,
                "line": example.line,
                "right": outcome.right,
                "asked": list(outcome.asked),
                "missing": list(outcome.less),
                "unexpected": list(outcome.more),
            }
        )
        return
    sign = "ok   " if outcome.right else "WRONG"
    click.echo(f"{sign}  {example.name}  ({_of(source)}, line {example.line})")
    for word in outcome.less:
        click.echo(f"         expected, and not asked for: {show(word, limit=80)}")
    for word in outcome.more:
        click.echo(f"         asked for, and not expected: {show(word, limit=80)}")


def _of(source: Source) -> str:
    return f"{source.layer.value}, {source.file}" if source.layer is not None else source.file


def _one(place: Path, layer: str | None) -> Part:
    """A file by itself. Raises UsageError for one that is not valid."""
    from reviewer.policy.merge import merged
    from reviewer.settings import REPOSITORY_FILE, read_layer, read_repository

    data, shown = _bytes(place), show(str(place), limit=200)
    if place.name == REPOSITORY_FILE and layer in (None, Layer.TEAM.value):
        settings = read_repository(data, shown)
        runs = tuple(run.name for run in settings.runs)
        return merged([settings.policy]), settings.policy.source, settings.policy.examples, runs
    found = read_layer(data, Source(Layer(layer or Layer.ORGANISATION), shown))
    return merged([found]), found.source, found.examples, ()


def _all() -> list[Part]:
    """Every layer's file, the highest first, each together with those above it. Raises UsageError where one is bad."""
    from reviewer.gate.layers import layers_of
    from reviewer.policy.merge import merged
    from reviewer.settings import REPOSITORY_FILE, home, read_repository

    layers = layers_of(home())
    own = Path(REPOSITORY_FILE)
    settings = read_repository(_bytes(own) if own.exists() or not layers else None)
    files = sorted([*layers, *([settings.policy] if own.exists() else [])], key=lambda each: each.source.rank)
    runs = tuple(run.name for run in settings.runs)
    return [
        (
            merged(above for above in files if above.source.rank <= one.source.rank),
            one.source,
            one.examples,
            runs if one.source.rank >= Layer.TEAM.rank else (),
        )
        for one in files
    ]


def _bytes(place: Path) -> bytes:
    try:
        with (sys.stdin.buffer if str(place) == "-" else place.open("rb")) as stream:
            return stream.read(_MOST + 1)
    except OSError as error:
        shown = show(str(place), limit=200)
        raise UsageError(f"cannot read {shown}: {error.strerror}", "name a policy's file") from None
