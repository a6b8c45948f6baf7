"""The inbox on screen: what plain `reviewer` opens, and `reviewer open CHANGE` straight to one change."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from reviewer.cli.store import open_desk
from reviewer.model.errors import UsageError
from reviewer.review.desk import Desk
from reviewer.settings import home, read_user, theme, theme_names

if TYPE_CHECKING:
    from reviewer.first_paint import Painted


def show_inbox(change: str | None, desk: Desk | None = None, painted: Painted | None = None) -> int:
    """Run the screens until they are left; returns the exit status. `painted` is a terminal that shows them already."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("the inbox needs a terminal", "in scripts use: reviewer list --json")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise UsageError("this terminal cannot show screens", "in scripts use: reviewer list --json")
    desk = desk or open_desk(here=True)
    change_id = None
    if change is not None:
        desk.sync()
        change_id = desk.find(change)
    from reviewer.tui.app import ReviewerApp

    user = read_user(home() / "config.toml")
    driver = None
    if painted is not None:
        from reviewer.tui.driver import taking_over

        driver = taking_over(painted.settings, painted.hand_over)
    themes = {name: theme(name) for name in theme_names()}
    app = ReviewerApp(desk, themes, user.theme, change_id, driver, user.views, user.notify)
    app.run()
    if app.crash is not None:
        raise app.crash
    for line in app.farewell:
        click.echo(line)
    return app.return_code or 0


@click.command("inbox", epilog="\b\nExample:\n  reviewer inbox\n")
def command() -> int:
    """Open the inbox."""
    return show_inbox(None)


@click.command("open", epilog="\b\nExample:\n  reviewer open k3f9\n")
@click.argument("change")
def open_change(change: str) -> int:
    """Open one change."""
    return show_inbox(change)
