"""Runs the screens of the desk: the inbox, or one change at once.

What must stay true: nothing is imported here that the first key does not need.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.model.errors import UsageError
from reviewer.review.desk import Desk
from reviewer.settings import home, read_user, theme, theme_names
from reviewer.wiring import make_desk

if TYPE_CHECKING:
    from reviewer.first_paint import Painted


def show_inbox(change: str | None, desk: Desk | None = None, painted: Painted | None = None) -> int:
    """Run the screens until they are left; returns the exit status. `painted` is a terminal that shows them already."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("the inbox needs a terminal", "in scripts use: reviewer list --json")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise UsageError("this terminal cannot show screens", "in scripts use: reviewer list --json")
    desk = desk or make_desk(home(), Path.cwd(), behind=True)
    change_id = None
    if change is not None:
        desk.sync()
        change_id = desk.find(change)
    if not desk.listing(limit=1).ids:
        threading.Thread(target=_look, args=(desk,), daemon=True, name="first look").start()
    from reviewer.tui.app import ReviewerApp

    user = read_user(home() / "config.toml")
    driver = None
    if painted is not None:
        from reviewer.tui.driver import taking_over

        driver = taking_over(painted.settings, painted.hand_over, painted.stop_reading)
    themes = {name: theme(name) for name in theme_names()}
    cursor = painted.cursor if painted is not None else str
    app = ReviewerApp(desk, themes, user.theme, change_id, driver, user.views, user.notify, cursor)
    app.run()
    if app.crash is not None:
        raise app.crash
    for line in app.farewell:
        print(line)
    if desk.notice:
        print(f"note: {desk.notice}", file=sys.stderr)
    return app.return_code or 0


def _look(desk: Desk) -> None:
    """Look at the repository while the screens are loaded: there is nothing else to show."""
    with contextlib.suppress(Exception):  # the screens look again, and tell what is wrong
        desk.discover(0, newest=True)
