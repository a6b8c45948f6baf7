"""`reviewer wait`: gives an agent the verdict and the reason, by exit status and as JSON."""

from __future__ import annotations

import time

import click

from reviewer.cli.show import as_object, print_json
from reviewer.cli.store import open_desk
from reviewer.model.change import State
from reviewer.model.errors import UnreachableError
from reviewer.text import show, show_lines

_STATUS = """\b
Example:
  reviewer wait k3f9 --timeout 3600 --json

Exit status: 0 landed or waiting to land; 10 rejected; 11 changes requested; 12 superseded; 14 timed out.
"""
_ENDED = {
    State.LANDED: 0,
    State.WAITING_TO_LAND: 0,
    State.REJECTED: 10,
    State.CHANGES_REQUESTED: 11,
    State.SUPERSEDED: 12,
}


@click.command("wait", epilog=_STATUS)
@click.argument("change")
@click.option("--timeout", type=click.FloatRange(0), help="seconds [for ever]")
@click.option("--json", "as_json", is_flag=True, help="print the change as one object")
def command(change: str, timeout: float | None, as_json: bool) -> int:
    """Wait until a change is decided."""
    until = None if timeout is None else time.monotonic() + timeout
    desk = open_desk()
    desk.sync()
    change_id = desk.find(change)
    while (detail := desk.detail(change_id)).change.state not in _ENDED:
        left = 20.0 if until is None else until - time.monotonic()
        if left <= 0:
            click.echo(f"still {detail.change.state.value}", err=True)
            return 14
        try:
            if left >= 1:
                desk.wait(int(min(left, 20)))
            else:
                time.sleep(min(left, 0.2))
            desk.sync()
        except UnreachableError:
            # A gate that was killed is started again by the next question, and goes on.
            time.sleep(0.3)
    if as_json:
        print_json(as_object(detail))
    else:
        click.echo(detail.change.state.value)
        for decision in detail.decisions[-1:]:
            for line in show_lines(decision.reason) if decision.reason else ():
                click.echo(f"{show(decision.reviewer)}: {line}")
        for comment in detail.comments:
            place = f" on {show(comment.anchor.file)}" if comment.anchor else ""
            place += f":{comment.anchor.start}" if comment.anchor and comment.anchor.start else ""
            for line in show_lines(comment.body):
                click.echo(f"{show(comment.author)}{place}: {line}")
    return _ENDED[detail.change.state]
