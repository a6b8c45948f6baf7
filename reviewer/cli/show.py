"""`reviewer show`: everything that a decision on a change rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from reviewer.cli.show_runs import run_lines, run_object
from reviewer.model.comment import AuthorKind, CommentKind
from reviewer.model.detail import ChangeDetail
from reviewer.model.weight import reasons
from reviewer.text import Untrusted, show, show_lines

_EXAMPLES = """\b
Examples:
  reviewer show k3f9
  reviewer show k3f9 --json | jq -r .digest

Exit status: 0 shown; 1 failed; 2 no such change, or used wrongly.
"""


@click.command("show", epilog=_EXAMPLES)
@click.argument("change")
@click.option("--offline", is_flag=True, help="only what was pulled already")
@click.option("--json", "as_json", is_flag=True, help="print the change as one object")
def command(change: str, offline: bool, as_json: bool) -> None:
    """Show a change: digest, runs, findings, requirements, comments, claim."""
    from reviewer.cli.store import open_desk, refresh

    desk = open_desk()
    if not offline:
        refresh()
    detail = desk.detail(desk.find(change))
    if as_json:
        print_json(as_object(detail))
        return
    for line in _lines(detail):
        click.echo(line)


def print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value))


def as_object(detail: ChangeDetail) -> dict[str, Any]:
    """The documented JSON of a change; every outside text in it is rendered harmless."""
    change, revision = detail.change, detail.current
    return {
        "change": change.change_id,
        "state": change.state.value,
        "revision": change.revision,
        "digest": change.digest,
        "title": show(change.title),
        "branch": show(change.branch),
        "agent": show(change.agent),
        "target": show(change.target),
        "head": change.head,
        "base": change.base,
        "result_tree": revision.result_tree,
        "conflicts": [show(name) for name in revision.conflicts],
        "files": revision.size.files,
        "added": revision.size.added,
        "removed": revision.size.removed,
        "risk": [{"aspect": w.aspect, "step": w.step, "word": w.word, "why": w.why} for w in change.weights],
        "owners": [show(owner) for owner in detail.owners],
        "scanned": detail.scanned,
        "scan": detail.scan,
        "scan_reason": show(detail.scan_reason),
        "run": change.run,
        "runs": [run_object(run) for run in detail.runs],
        "findings": [
            {
                "category": f.category,
                "rule": show(f.rule, limit=200),
                "severity": f.severity.value,
                "file": show(f.file),
                "line": f.line,
                "side": f.side.value,
                "message": show(f.message),
                "run": f.run,
                "tool": show(f.tool),
                "fingerprint": f.fingerprint,
                "count": f.count,
                "off": f.off.value if f.off is not None else None,
            }
            for f in detail.findings
        ],
        "requirements": [
            {"name": r.name, "state": r.state.value, "why": r.why, "layer": r.layer or None, "source": r.source}
            for r in detail.requirements
        ],
        "decisions": [
            {
                "decision_id": d.decision_id,
                "verdict": d.verdict.value,
                "reason": show_lines(d.reason),
                "reviewer": show(d.reviewer),
                "unattended": d.unattended,
                "overrides": [show(name) for name in d.overrides],
                "digest": d.digest,
            }
            for d in detail.decisions
        ],
        "comments": [
            {
                "comment_id": c.comment_id,
                "author": show(c.author),
                "by": c.author_kind.value,
                "file": show(c.anchor.file) if c.anchor else None,
                "side": c.anchor.side.value if c.anchor else None,
                "line": c.anchor.start if c.anchor else None,
                "last_line": c.anchor.end if c.anchor else None,
                "kind": c.kind.value,
                "answers": c.answers,
                "resolved": c.resolved,
                "body": show_lines(c.body),
                "revision_digest": c.revision_digest,
            }
            for c in detail.comments
        ],
        "claim": show_lines(revision.claim),
        "landed": detail.landed,
        "note": show(change.note),
    }


def _lines(detail: ChangeDetail) -> Iterator[str]:
    change, revision = detail.change, detail.current
    yield f"{change.change_id}  {change.state.value}  {show(change.title)}"
    yield f"branch    {show(change.branch)} -> {show(change.target)}, by {show(change.agent)}"
    yield f"revision  {change.revision}, digest {change.digest}"
    yield f"size      {revision.size.files} files, +{revision.size.added} -{revision.size.removed}"
    if change.note:
        yield f"note      {show(change.note)}"
    for n, why in enumerate(reasons(change.weights)):
        yield f"{'risk' if not n else '':<9} {why}"
    if detail.owners:
        yield f"owners    {', '.join(show(owner, limit=60) for owner in detail.owners)}"
    for run in detail.runs:
        if run.revision_digest == change.digest:
            yield from run_lines(run)
    if detail.scan != "done":
        why = f" ({show(detail.scan_reason)})" if detail.scan_reason else ""
        yield f"scan      {detail.scan}{why}"
    for f in detail.findings:
        place = show(f.file) + (f":{f.line}" if f.line else "") if f.file else f"run {show(f.run)}"
        said = f"{show(f.message)} [{show(f.rule, limit=100)}]  {f.fingerprint}"
        yield f"finding   {f.severity.value:<8} {f.category}  {place}  {said}"
    for r in detail.requirements:
        by = f"  [{r.layer}, {r.source}]" if r.layer else ""
        yield f"requires  {r.state.value:<14} {r.name}: {r.why}{by}"
    for d in detail.decisions:
        program = ", a program" if d.unattended else ""
        yield f"decided   {d.verdict.value} by {show(d.reviewer, limit=60)}{program}"
        because = {each.about: each.text for each in d.reasons}
        for name in d.overrides:
            yield f"          overrides {show(name, limit=80)}: {show(because.get(name, d.reason), limit=200)}"
    for c in detail.comments:
        where = f" on {show(c.anchor.file)}" + (f":{c.anchor.start}" if c.anchor.start else "") if c.anchor else ""
        about = f", {c.kind.value}" if c.kind is not CommentKind.NOTE else ""
        proposed = c.author_kind is not AuthorKind.PERSON
        settled = (", proposes that it is settled" if proposed else ", settles it") if c.resolved else ""
        answered = f", answers {show(Untrusted(c.answers), limit=8)}" if c.answers else ""
        by = f"{c.author_kind.value}{about}{answered}{settled}"
        yield f"comment   {c.comment_id[:8]}  {show(c.author)} ({by}){where}"
        yield from (f"          {line}" for line in show_lines(c.body))
    for line in show_lines(revision.claim) if revision.claim else ():
        yield f"claimed   {line}"
