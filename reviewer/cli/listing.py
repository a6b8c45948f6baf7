"""`reviewer list`: submitted changes of this repository and agent branches, by whose turn it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from reviewer.cli.store import open_desk, refresh
from reviewer.model.change import Change, State
from reviewer.model.errors import UsageError
from reviewer.model.listing import Row
from reviewer.model.query import Query
from reviewer.repo.locate import locate
from reviewer.repo.look import detached
from reviewer.review.query import Mistake, parse
from reviewer.text import show

_EPILOG = """\b
Examples:
  reviewer list
  reviewer list parser claude
  reviewer list 'risk:high turn:mine -agent:claude'
  reviewer list 'path:*.sql size:>200 age:<2d run:failed is:new "two words"'
  reviewer list --json | jq -r .branch

Exit status: 0 listed; 1 failed; 2 not in a git repository, or used wrongly.
"""
_SCAN_SECONDS = 1.0
_TOGETHER = 500


@click.command("list", epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@click.option("--all", "everywhere", is_flag=True, help="the changes of every repository of this desk")
@click.option("--offline", is_flag=True, help="only what was pulled already")
@click.option("--json", "as_json", is_flag=True, help="one object a line: change, branch, agent, head, title ...")
def command(words: tuple[str, ...], everywhere: bool, offline: bool, as_json: bool) -> None:
    """List submitted changes and agent branches (found by prefix, trailer, identity or worktree), by whose turn it is.

    With a QUERY only those of which all of it holds: words, and key:value terms, turned round by a - before them
    (after --, where it comes first). The keys are those of the inbox's filter: risk, kind, run, turn, is, state, agent,
    branch, target, title, path, flag, repo, size, age, rev.
    """
    query = _query(" ".join(words))
    if not everywhere:
        locate(Path.cwd())  # says what to do where there is no repository
    desk = open_desk(here=not everywhere)
    if not offline:
        refresh()
    desk.discover(_SCAN_SECONDS)
    ids = desk.listing(query, decided=True).ids
    for start in range(0, len(ids), _TOGETHER):
        rows = {row.row_id: row for row in desk.rows(ids[start : start + _TOGETHER])}
        for row_id in ids[start : start + _TOGETHER]:
            if row_id in rows:
                click.echo(json.dumps(_object(rows[row_id])) if as_json else _line(rows[row_id].change))
    for line in _asides(len(ids), words, everywhere):
        click.echo(line, err=True)


def _query(text: str) -> Query:
    try:
        return parse(text)
    except Mistake as mistake:
        about = show(text[mistake.start : mistake.end], limit=60)
        raise UsageError(f"{about}: {mistake.why}", "what can be asked for is told by: reviewer list --help") from None


def _asides(rows: int, words: Sequence[str], everywhere: bool) -> Iterable[str]:
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


def _object(listed: Row) -> dict[str, object]:
    row = listed.change
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
        "kind": row.kind.value,
        "turn": listed.turn.value,
        "met": listed.met,
        "asked": listed.asked,
        "updated_at": datetime.fromtimestamp(row.updated_at, UTC).isoformat(),
    }


def _line(row: Change) -> str:
    risk = row.risk.value if row.risk else "-"
    name = "-" * 8 if row.state is State.DISCOVERED else row.change_id
    branch, title = show(row.branch, limit=32), show(row.title, limit=60)
    return f"{name}  {row.state.value:<17}  {risk:<8}  {row.run:<10}  {branch:<32}  {title}"
