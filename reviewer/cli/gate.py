"""`reviewer gate work`: the embedded gate's background process, started on demand."""

from __future__ import annotations

import click

from reviewer.settings import account_name, home, read_user


@click.group("gate")
def command() -> None:
    """The embedded pipeline's own process; other commands start it when they need it."""


@command.command("work")
@click.option("--idle", type=click.FloatRange(1), default=600, show_default=True, help="seconds until it ends")
def work(idle: float) -> None:
    """Serve this home's gate on its unix socket until it was idle."""
    from reviewer.gate.serve import work as serve

    place = home()
    serve(place, account_name(read_user(place / "config.toml")), idle)
