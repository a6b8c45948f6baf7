"""`reviewer list`: submitted changes of this repository, then agent branches ahead of its default branch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from reviewer.cli.store import open_desk, refresh
from reviewer.model.change import Change, State
from reviewer.repo.locate import locate
from reviewer.repo.look import detached
from reviewer.text import show

_EPILOG = """\b
Examples:
  reviewer list
  reviewer list parser claude
  reviewer list --json | jq -r .branch

Exit status: 0 listed; 1 failed; 2 not in a git repository, or used wrongly.
"""
_SCAN_SECONDS = 1.0


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--all", "everywhere", is_flag=True, help="the changes of every repository of this desk")
@click.option("--offline", is_flag=True, help="only what was pulled already")
@click.option("--json", "as_json", is_flag=True, help="one object a line: change, branch, agent, head, title ...")
def command(words: tuple[str, ...], everywhere: bool, offline: bool, as_json: bool) -> None:
    """List submitted changes, then agent branches: found by prefix, trailer, identity or worktree.

    With WORDs only those that hold every WORD in id, title, branch, agent or state.
    """
    if not everywhere:
        locate(Path.cwd())  # says what to do where there is no repository
    desk = open_desk(here=not everywhere)
    if not offline:
        refresh()
    desk.discover(_SCAN_SECONDS)
    rows = [row for row in desk.changes() if _holds(row, words)]
    for row in rows:
        click.echo(json.dumps(_object(row)) if as_json else _line(row))
    for line in _asides(rows, words, everywhere):
        click.echo(line, err=True)


def _holds(row: Change, words: Sequence[str]) -> bool:
    said = " ".join(map(show, (row.change_id, row.title, row.branch, row.agent, row.state.value, row.target))).lower()
    return all(word.lower() in said for word in words)


def _asides(rows: Sequence[Change], words: Sequence[str], everywhere: bool) -> Iterable[str]:
    if not rows:
        if words:
            yield "Nothing holds " + " and ".join(show(word, limit=60) for word in words) + "."
        elif everywhere:
            yield "Nothing was submitted to this desk yet."
        else:
            yield "No agent branches are ahead of the default branch."
            yield "Branches by agents are found by prefix (claude/, codex/ ...), trailer, identity or worktree."
    if everywhere or words:
        return
    for found in detached(locate(Path.cwd())):
        where, name = show(str(found.folder), limit=200), show(found.agent, limit=20)
        yield f"A worktree of {name} stands on no branch, and cannot be submitted as it is: {where}"
        yield f"  make one with: git -C {where} switch -c {name}/{found.oid[:8]}"


def _object(row: Change) -> dict[str, object]:
    return {
        "change": None if row.state is State.DISCOVERED else row.change_id,
        "branch": show(row.branch),
        "agent": show(row.agent),
        "head": row.head,
        "title": show(row.title),
        "state": row.state.value,
        "digest": row.digest or None,
        "risk": row.risk.value if row.risk else None,
        "flags": row.flags,
        "run": row.run,
        "revision": row.revision,
        "target": show(row.target),
        "comments": row.comments,
        "updated_at": datetime.fromtimestamp(row.updated_at, UTC).isoformat(),
    }


def _line(row: Change) -> str:
    risk = row.risk.value if row.risk else "-"
    name = "-" * 8 if row.state is State.DISCOVERED else row.change_id
    branch, title = show(row.branch, limit=32), show(row.title, limit=60)
    return f"{name}  {row.state.value:<17}  {risk:<8}  {row.run:<10}  {branch:<32}  {title}"
