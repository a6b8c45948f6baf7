"""`reviewer run`: a command contained over a copy of a folder, or over a change; its output, its own exit status."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from reviewer.model.change import State
from reviewer.model.errors import UsageError
from reviewer.model.run import Limits, RunSpec
from reviewer.sandbox.bare import capabilities, run_bare
from reviewer.sandbox.contract import NOT_RUN, Capabilities, OnEvent, OnOutput, Outcome, SandboxRequest
from reviewer.sandbox.facts import attempt_lines
from reviewer.sandbox.launch import probe
from reviewer.sandbox.launch import run as run_contained
from reviewer.sandbox.record import Recorder
from reviewer.sandbox.scratch import scratch
from reviewer.settings import parse_seconds, parse_size
from reviewer.text import show

_DEFAULT: Final = ParameterSource.DEFAULT
_EXAMPLES = """\b
Examples:
  reviewer run -- python3 -m unittest
  reviewer run --in ../checkout --timeout 60 --memory 1G -- make test
  reviewer run --export report.xml=report.xml --record run.jsonl -- pytest
  reviewer run --change k3f9 --record run.jsonl -- make test

Exit status: the command's own; 125 where it could not be run safely; 2 for wrong use.
"""


def _amount(parse: type[int] | type[float]):  # type: ignore[no-untyped-def]
    def callback(_context: click.Context, option: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        try:
            number = parse_size(value) if parse is int else parse_seconds(value)
        except ValueError:
            raise click.BadParameter('give a number, or a text such as "90s", "5m", "512M", "2G"') from None
        if number <= 0:
            raise click.BadParameter("more than 0")
        return number

    return callback


@click.command("run", epilog=_EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.option("--in", "folder", type=click.Path(path_type=Path), default=Path(), help="the folder to copy [this one]")
@click.option("--change", metavar="CHANGE", help="run over exactly the commit of this change, instead")
@click.option("--timeout", metavar="SECONDS", callback=_amount(float), help="wall time, as 90, 5m or 1h [10m]")
@click.option("--memory", metavar="SIZE", callback=_amount(int), help="memory of all processes together, as 512M [2G]")
@click.option("--procs", metavar="N", type=click.IntRange(1), help="processes at once [256]")
@click.option("--disk", metavar="SIZE", callback=_amount(int), help="what may be written [1G]")
@click.option("--output", metavar="SIZE", callback=_amount(int), help="what is kept of its output: both ends [16M]")
@click.option("--read-only", "places", multiple=True, metavar="DIR", help="a folder of this machine that it may read")
@click.option("--export", "exports", multiple=True, metavar="PATH=DEST", help="copy a file out when all is over")
@click.option("--record", type=click.Path(path_type=Path), help="write the run's record there")
@click.option("--unsandboxed", is_flag=True, help="run it with all your rights, if you say so; never evidence")
@click.argument("command_line", nargs=-1, required=True, metavar="-- CMD...")
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    change: str | None,
    timeout: float | None,
    memory: float | None,
    procs: int | None,
    disk: float | None,
    output: float | None,
    places: tuple[str, ...],
    exports: tuple[str, ...],
    record: Path | None,
    unsandboxed: bool,
    command_line: tuple[str, ...],
) -> int:
    """Run CMD contained over a copy of a folder: no network, nothing of this machine writable.

    The record says `subject: working copy`: it is evidence for no change. With --change it runs over the snapshot of
    exactly that change's commit, and its record names the commit; what [prepare] of its base names is given to it.
    """
    if change is not None and (unsandboxed or context.get_parameter_source("folder") is not _DEFAULT):
        raise UsageError("--change runs over the change's own commit, contained", "leave --in and --unsandboxed out")
    if not folder.is_dir():
        raise UsageError(f"{show(str(folder))} is not a folder", "name one with: --in DIR")
    wanted = dict(_export(pair) for pair in exports)
    fallback = Limits()
    limits = Limits(
        timeout or fallback.seconds,
        int(memory or fallback.memory),
        procs or fallback.processes,
        int(disk or fallback.disk),
        int(output or fallback.output),
    )
    if unsandboxed:
        from reviewer.cli.unsandboxed import may_run_bare

        if exports:
            raise UsageError("--export is for contained runs", "leave --export or --unsandboxed out")
        may_run_bare(command_line)
    elif probe().tier == "none":
        click.echo(f"NOT RUN: {probe().reason}", err=True)
        return NOT_RUN
    with scratch("copy") as place:
        tree = place / "tree"
        request = SandboxRequest(
            command_line, tree, limits, tuple(Path(name) for name in places), exports=tuple(wanted)
        )
        if change is not None:
            request = _of_change(request, change)
        else:
            shutil.copytree(folder, tree, symlinks=True, ignore=_special)
        return _finish(_recorded(request, record, unsandboxed), wanted)


def _of_change(request: SandboxRequest, name: str) -> SandboxRequest:
    """The same over the current revision of a change, laid out from the quarantine, with what its base prepares."""
    from reviewer.cli.store import open_desk, refresh
    from reviewer.evidence.dependencies.prepare import with_dependencies
    from reviewer.evidence.run import lay_links
    from reviewer.settings import REPOSITORY_FILE, home, read_repository

    desk = open_desk()
    refresh()
    change = desk.detail(desk.find(name)).change
    if change.state is State.DISCOVERED:
        raise UsageError("that branch was only discovered: it is never run", "submit it with: reviewer submit")
    commits = desk.compared(change)
    request.tree.mkdir()
    quarantine, base = commits.quarantine, commits.base
    snapshot = quarantine.snapshot(commits.head, request.tree)
    wanted = read_repository(quarantine.file(base, REPOSITORY_FILE.encode()), f"{REPOSITORY_FILE} of the base").prepare
    spec = RunSpec("run", request.command, request.limits, tuple(str(path) for path in request.read_only))
    spec = with_dependencies(spec, wanted, quarantine, base, commits.head, home() / "gate" / "prepared")
    lay_links(request.tree, spec)
    return replace(
        request,
        subject=f"commit {commits.head}",
        snapshot_digest=snapshot,
        read_only=tuple(Path(path) for path in spec.read_only),
        dependencies=spec.dependencies,
    )


def _export(pair: str) -> tuple[str, Path]:
    path, equals, dest = pair.partition("=")
    if not (path and equals and dest):
        raise UsageError(f"--export {show(pair, limit=80)} is not PATH=DEST", "for example: --export a.xml=a.xml")
    return path, Path(dest)


def _special(folder: str, names: list[str]) -> set[str]:
    """What is not copied: `.git`, which may hold tokens, and what is no file, folder or link, as a pipe."""
    places = ((name, Path(folder) / name) for name in names)
    plain = {name for name, place in places if place.is_symlink() or place.is_file() or place.is_dir()}
    return set(names) - plain | ({".git"} & set(names))


def _recorded(request: SandboxRequest, path: Path | None, unsandboxed: bool) -> Outcome:
    if path is None:
        return _run(request, _pass_on, None, unsandboxed)
    # Opened before the run starts: a run whose record can't be written is not worth its time.
    with path.open("wb") as out:
        recorder = Recorder(out, request, _capabilities(unsandboxed), time.time(), sandboxed=not unsandboxed)

        def both(stream: str, data: bytes) -> None:
            recorder(stream, data)
            _pass_on(stream, data)

        outcome = _run(request, both, recorder.event, unsandboxed)
        recorder.finish(outcome)
    return outcome


def _capabilities(unsandboxed: bool) -> Capabilities:
    return capabilities() if unsandboxed else probe()


def _run(request: SandboxRequest, output: OnOutput, event: OnEvent | None, unsandboxed: bool) -> Outcome:
    return run_bare(request, output) if unsandboxed else run_contained(request, output, None, event)


def _pass_on(stream: str, data: bytes) -> None:
    """To a pipe or file as it is; to a terminal only what cannot act on it."""
    target = sys.stdout if stream == "stdout" else sys.stderr
    if target.isatty():
        from reviewer.cli.net import written
        from reviewer.text import show_log_line

        shown = "\n".join("".join(span.text for span in show_log_line(line)) for line in data.split(b"\n"))
        data = written(shown, target.encoding)  # bytes of letters that another encoding has not may be controls there
    target.flush()
    view = memoryview(data)
    while view:
        view = view[os.write(target.fileno(), view) :]


def _finish(outcome: Outcome, wanted: dict[str, Path]) -> int:
    if outcome.reason:
        click.echo(outcome.reason, err=True)
    elif outcome.limit_hit:
        click.echo(f"stopped: the limit on {outcome.limit_hit} was hit", err=True)
    if sys.stderr.isatty():
        for line in attempt_lines(outcome):
            click.echo(f"it tried to reach out: {show(line)}", err=True)
    for path, why in outcome.refused_exports.items():
        click.echo(f"not exported: {show(path)}: {show(why)}", err=True)
    for path, data in outcome.exports.items():
        wanted[path].write_bytes(data)
    if outcome.refused_exports and outcome.exit_status == 0:
        return 1
    return outcome.exit_status
