"""Opens one difference on screen; as a pager it takes its keys from the terminal, not from the patch."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reviewer.cli.source import named_commits, parsed, read_patch
from reviewer.review.comparison import Comparison, of_commits, of_patch
from reviewer.settings import home, read_user, theme, theme_names
from reviewer.text import show


def on_screen() -> bool:
    """Whether there is a terminal to show something on."""
    return sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def look(revisions: tuple[str, ...], patch: Path | None) -> None:
    """Show what is named until it is left; nothing is opened where nothing differs."""
    comparison = _comparison(revisions, patch)
    if not comparison.files:
        print("nothing differs")
        return
    if not sys.stdin.isatty():
        # The patch came through standard input: the keys come from the terminal itself.
        os.dup2(os.open("/dev/tty", os.O_RDONLY), 0)
    from reviewer.tui.diff_app import DiffApp

    app = DiffApp(comparison, {name: theme(name) for name in theme_names()}, read_user(home() / "config.toml").theme)
    app.run()
    if app.crash is not None:
        raise app.crash


def _comparison(revisions: tuple[str, ...], patch: Path | None) -> Comparison:
    from reviewer.review.colouring import LONGEST

    if patch is None and revisions != ("-",):
        return of_commits(" ".join(show(name, limit=80) for name in revisions), named_commits(revisions), LONGEST)
    title = show(str(patch), limit=200) if patch is not None else "standard input"
    return of_patch(title, parsed(read_patch(revisions, patch)))
