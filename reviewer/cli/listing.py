"""`reviewer list`: submitted changes of this repository, then agent branches ahead of its default branch."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from reviewer.repo.locate import locate
from reviewer.repo.look import default_branch, discover
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import home, read_user
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer list
  reviewer list --json | jq -r .branch
"""


@click.command("list", epilog=_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="one object a line: branch, agent, head, title ...")
def command(as_json: bool) -> None:
    """List submitted changes, then agent branches: found by prefix, by trailer, by worktree."""
    place = home()
    user = read_user(place / "config.toml")
    repository = locate(Path.cwd())
    looking = Quarantine.open(place, repository.repo_id).looking(repository)
    submitted = _submitted(place, repository.repo_id, as_json)
    branches = discover(repository, looking, user.prefixes, default_branch(repository))
    for branch in branches:
        when = datetime.fromtimestamp(branch.committed_at, UTC)
        if as_json:
            line = {
                "branch": show(branch.name),
                "agent": show(branch.agent),
                "head": branch.oid,
                "title": show(branch.subject),
                "state": "discovered",
                "committed_at": when.isoformat(),
            }
            click.echo(json.dumps(line))
        else:
            agent, name = show(branch.agent, limit=12), show(branch.name, limit=40)
            click.echo(f"{when:%Y-%m-%d %H:%M}  {agent:<12}  {name:<40}  {show(branch.subject, limit=100)}")
    if not branches and not submitted and not as_json:
        click.echo("No agent branches are ahead of the default branch.", err=True)
        click.echo("Branches by agents are found by prefix (claude/, codex/ ...), trailer or worktree.", err=True)


def _submitted(place: Path, repo_id: str, as_json: bool) -> int:
    """Print the gate's changes of one repository; a gate that does not run yet has none to tell of."""
    if not (place / "gate" / "gate.db").exists():
        return 0
    from reviewer.pipelines.checkpoint import connect

    rows = [row for row in connect(place).changes() if row.repo_id == repo_id]
    for row in rows:
        if as_json:
            line = {
                "change": row.change_id,
                "branch": show(row.branch),
                "agent": show(row.agent),
                "head": row.head,
                "title": show(row.title),
                "state": row.state.value,
                "digest": row.digest,
                "risk": row.risk.value if row.risk else None,
                "run": row.run,
                "revision": row.revision,
            }
            click.echo(json.dumps(line))
        else:
            risk = row.risk.value if row.risk else "-"
            name, title = show(row.branch, limit=40), show(row.title, limit=60)
            click.echo(f"{row.change_id}  {row.state.value:<17}  {risk:<8}  {row.run:<10}  {name:<40}  {title}")
    return len(rows)
