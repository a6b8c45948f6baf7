"""`reviewer land`: brings a waiting result into the worktree that has the target checked out, at the user's word."""

from __future__ import annotations

from pathlib import Path

import click

from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.change import State
from reviewer.model.errors import ReviewerError
from reviewer.repo.land import land_in_worktree
from reviewer.repo.locate import locate
from reviewer.repo.look import checked_out
from reviewer.text import Untrusted, show

_EPILOG = """\b
Examples:
  reviewer land k3f9

Exit status: 0 it stands on the target; 1 git would not, or failed; 2 it is not approved, or used wrongly.
"""


@click.command("land", epilog=_EPILOG)
@click.argument("change")
@click.option("--json", "as_json", is_flag=True, help="print landed and target as one object")
def command(change: str, as_json: bool) -> None:
    """Fast-forward the checked-out target to an approved result."""
    desk = open_desk()
    desk.sync()
    detail = desk.detail(desk.find(change))
    if detail.change.state is State.LANDED:
        _say(detail.landed or "", detail.change.target, "already landed", as_json)
        return
    if detail.change.state is not State.WAITING_TO_LAND or detail.landed is None:
        raise ReviewerError(f"the change is {detail.change.state.value}", "only an approved change lands", 2)
    target = detail.change.target.raw
    repository = locate(Path(detail.change.repository.raw))
    folder = checked_out(repository).get(target)
    if folder is None:
        raise ReviewerError(f"{show(target)} is checked out nowhere", f"check it out with: git switch {show(target)}")
    land_in_worktree(folder, detail.landed, target)
    desk.pipeline().landed(detail.change.change_id)
    desk.sync()
    _say(detail.landed, detail.change.target, f"landed {detail.landed[:12]} on {show(target)}", as_json)


def _say(commit: str, target: Untrusted, text: str, as_json: bool) -> None:
    if as_json:
        print_json({"landed": commit, "target": show(target)})
    else:
        click.echo(text)
