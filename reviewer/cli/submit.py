"""`reviewer submit`: puts a branch into the gate's queue."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reviewer.cli.show import as_object, print_json
from reviewer.cli.store import open_desk
from reviewer.model.errors import UsageError
from reviewer.repo.locate import Repository, locate
from reviewer.repo.look import commit_subjects, default_branch, head_branch, resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import home, read_user
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer submit
  reviewer submit --branch claude/fix --target main --agent claude --title "Fix the parser"
  reviewer submit --claim - < what-i-did.md

Exit status: 0 in the queue; 1 failed; 2 used wrongly, or there is nothing to review.
"""


@click.command("submit", epilog=_EXAMPLES)
@click.option("--branch", help="the branch to submit [the one checked out]")
@click.option("--target", help="the branch that it is for [the default branch]")
@click.option("--agent", help="who wrote it [from the branch's prefix]")
@click.option("--title", default="", help="one line on what it is [its last commit's]")
@click.option("--claim", type=click.Path(path_type=Path, allow_dash=True), help="a file: what the agent says it did")
@click.option("--json", "as_json", is_flag=True, help="print the change as one object")
def command(
    branch: str | None, target: str | None, agent: str | None, title: str, claim: Path | None, as_json: bool
) -> None:
    """Submit a branch for review. The same head again is the same change, a new head its next revision."""
    place = home()
    repository = locate(Path.cwd())
    branch = branch or head_branch(repository)
    if branch is None:
        raise UsageError("HEAD is detached", "name the branch with: --branch B")
    target = target or default_branch(repository)
    if agent is None:
        prefixes = read_user(place / "config.toml").prefixes
        agent = next((p.rstrip("/-") for p in prefixes if branch.startswith(p)), "unknown")
    said = ""
    if claim is not None:
        data = sys.stdin.buffer.read(1 << 20) if str(claim) == "-" else claim.read_bytes()[: 1 << 20]
        said = data.decode("utf-8", "replace")
    title = title or _subject(repository, branch)
    detail = open_desk(here=True).submit(branch, target, agent, title, said)
    if as_json:
        print_json(as_object(detail))
        return
    change = detail.change
    click.echo(f"{change.change_id}  {show(change.branch)} -> {show(change.target)}  revision {change.revision}")
    click.echo(f"wait for the verdict with: reviewer wait {change.change_id}")


def _subject(repository: Repository, branch: str) -> str:
    """The first line of the branch's last commit, to be called by until somebody says it better."""
    head = resolve(repository, branch)
    looking = Quarantine.open(home(), repository.repo_id).looking(repository)
    found = commit_subjects(looking, [head]).get(head)
    return found.to_bytes().decode("utf-8", "replace") if found else ""
