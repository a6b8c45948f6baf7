"""`reviewer sync`: sends what waits in the outbox and pulls what is new into the store."""

from __future__ import annotations

import click

from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.decision import DecisionState

_EPILOG = """\b
Examples:
  reviewer sync

Exit status: 0 done; 1 the gate does not answer, nothing is lost; 2 used wrongly.
"""


@click.command("sync", epilog=_EPILOG)
@click.option("--quiet", is_flag=True, help="say nothing but errors")
@click.option("--json", "as_json", is_flag=True, help="print pulled and waiting as one object")
def command(quiet: bool, as_json: bool) -> None:
    """Send what waits, then pull what is new."""
    desk = open_desk()
    pulled = desk.sync()
    waiting = sum(item.state in (DecisionState.SEALED, DecisionState.SENDING) for item in desk.outbox())
    if as_json:
        print_json({"pulled": pulled, "waiting": waiting})
    elif not quiet:
        click.echo(f"pulled {pulled} changes; {waiting} waiting to be sent")
