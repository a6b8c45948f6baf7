"""`reviewer list`: submitted changes of this repository, then agent branches ahead of its default branch."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from reviewer.cli.store import open_desk, refresh
from reviewer.model.change import Change, State
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer list
  reviewer list --json | jq -r .branch
"""
_SCAN_SECONDS = 5.0


@click.command("list", epilog=_EXAMPLES)
@click.option("--offline", is_flag=True, help="only what was pulled already")
@click.option("--json", "as_json", is_flag=True, help="one object a line: change, branch, agent, head, title ...")
def command(offline: bool, as_json: bool) -> None:
    """List submitted changes, then agent branches: found by prefix, by trailer, by worktree."""
    desk = open_desk(here=True)
    if not offline:
        refresh()
    desk.discover(_SCAN_SECONDS)
    rows = desk.changes()
    for row in rows:
        click.echo(json.dumps(_object(row)) if as_json else _line(row))
    if not rows and not as_json:
        click.echo("No agent branches are ahead of the default branch.", err=True)
        click.echo("Branches by agents are found by prefix (claude/, codex/ ...), trailer or worktree.", err=True)


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
