"""`reviewer land`: brings a waiting result into the worktree that has the target checked out, at the user's word."""

from __future__ import annotations

from pathlib import Path

import click

from reviewer.model.change import State
from reviewer.model.errors import ReviewerError
from reviewer.pipelines.checkpoint import connect
from reviewer.repo.land import land_in_worktree
from reviewer.repo.locate import locate
from reviewer.repo.look import checked_out
from reviewer.settings import home
from reviewer.text import show


@click.command("land", epilog="\b\nExample:\n  reviewer land k3f9\n")
@click.argument("change")
def command(change: str) -> None:
    """Fast-forward the checked-out target to an approved result."""
    gate = connect(home())
    detail = gate.detail(change)
    if detail.change.state is State.LANDED:
        click.echo("already landed")
        return
    if detail.change.state is not State.WAITING_TO_LAND or detail.landed is None:
        raise ReviewerError(f"the change is {detail.change.state.value}", "only an approved change lands", 2)
    target = detail.change.target.raw
    repository = locate(Path(detail.change.repository.raw))
    folder = checked_out(repository).get(target)
    if folder is None:
        raise ReviewerError(f"{show(target)} is checked out nowhere", f"check it out with: git switch {show(target)}")
    land_in_worktree(folder, detail.landed, target)
    gate.landed(detail.change.change_id)
    click.echo(f"landed {detail.landed[:12]} on {show(target)}")
