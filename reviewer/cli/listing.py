"""`reviewer list`: the agent branches of this repository that are ahead of its default branch."""

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
    """List agent branches, newest first: found by prefix, by trailer, by worktree."""
    place = home()
    user = read_user(place / "config.toml")
    repository = locate(Path.cwd())
    looking = Quarantine.open(place, repository.repo_id).looking(repository)
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
    if not branches and not as_json:
        click.echo("No agent branches are ahead of the default branch.", err=True)
        click.echo("Branches by agents are found by prefix (claude/, codex/ ...), trailer or worktree.", err=True)
