"""`reviewer rerun` and `reviewer cancel`: runs of a change asked for again, or stopped."""

from __future__ import annotations

import click

from reviewer.cli.show import as_object, print_json
from reviewer.cli.store import open_desk

_STATUS = "\nExit status: 0 done; 1 failed; 2 used wrongly; 13 the change does not allow it now.\n"
_RERUN = "\b\nExamples:\n  reviewer rerun k3f9\n" + _STATUS
_CANCEL = "\b\nExamples:\n  reviewer cancel k3f9\n" + _STATUS


@click.command("rerun", epilog=_RERUN)
@click.argument("change")
@click.option("--json", "as_json", is_flag=True, help="print the change as one object")
def rerun(change: str, as_json: bool) -> None:
    """Ask for the runs of a change again; what runs already goes on."""
    desk = open_desk()
    desk.sync()
    detail = desk.rerun(desk.find(change))
    if as_json:
        print_json(as_object(detail))
    else:
        click.echo(f"asked again; follow it with: reviewer show {detail.change.change_id}")


@click.command("cancel", epilog=_CANCEL)
@click.argument("change")
@click.option("--json", "as_json", is_flag=True, help="print how many were cancelled as one object")
def cancel(change: str, as_json: bool) -> None:
    """Stop what runs of a change right now."""
    desk = open_desk()
    desk.sync()
    stopped = desk.cancel(desk.find(change))
    if as_json:
        print_json({"cancelled": stopped})
    else:
        click.echo(f"stopped {stopped} runs")
