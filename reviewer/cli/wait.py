"""`reviewer wait`: gives an agent the verdict and the reason, by exit status and as JSON."""

from __future__ import annotations

import time

import click

from reviewer.cli.show import as_object, print_json
from reviewer.model.change import State
from reviewer.pipelines.checkpoint import connect
from reviewer.settings import home
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
    place = home()
    until = None if timeout is None else time.monotonic() + timeout
    detail = connect(place).detail(change)
    while detail.change.state not in _ENDED:
        if until is not None and time.monotonic() >= until:
            click.echo(f"still {detail.change.state.value}", err=True)
            return 14
        time.sleep(0.3)
        # Connected anew each time: a gate that was killed is started again and goes on.
        detail = connect(place).detail(detail.change.change_id)
    if as_json:
        print_json(as_object(detail))
    else:
        click.echo(detail.change.state.value)
        for decision in detail.decisions[-1:]:
            for line in show_lines(decision.reason) if decision.reason else ():
                click.echo(f"{show(decision.reviewer)}: {line}")
    return _ENDED[detail.change.state]
