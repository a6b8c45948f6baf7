"""Opens one difference on screen; as a pager it takes its keys from the terminal, not from the patch."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from reviewer.cli.source import named_commits, parsed, read_patch
from reviewer.review.comparison import Comparison, of_commits, of_patch
from reviewer.settings import home, read_user, theme, theme_names
from reviewer.text import show

_SCREENS: Final = "reviewer.tui.diff_app"


def on_screen() -> bool:
    """Whether there is a terminal to show something on."""
    return sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def look(revisions: tuple[str, ...], patch: Path | None) -> None:
    """Show what is named until it is left; nothing is opened where nothing differs."""
    comparison = _meanwhile(lambda: _begun(_comparison(revisions, patch)), lambda: importlib.import_module(_SCREENS))
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


def _begun(comparison: Comparison) -> Comparison:
    """The same, its first file read already."""
    if not comparison.files:
        return comparison
    known = {id(comparison.files[0]): comparison.read(comparison.files[0])}
    return replace(comparison, read=lambda file: known.pop(id(file), None) or comparison.read(file))


def _meanwhile(work: Callable[[], Comparison], other: Callable[[], object]) -> Comparison:
    """What `work` returns, or raises; git is asked by it while `other`, which takes longest, is done here."""
    done: list[Comparison] = []
    failed: list[BaseException] = []

    def call() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=call, name="comparing")
    thread.start()
    other()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _comparison(revisions: tuple[str, ...], patch: Path | None) -> Comparison:
    from reviewer.review.colouring import LONGEST

    if patch is None and revisions != ("-",):
        return of_commits(" ".join(show(name, limit=80) for name in revisions), named_commits(revisions), LONGEST)
    title = show(str(patch), limit=200) if patch is not None else "standard input"
    return of_patch(title, parsed(read_patch(revisions, patch)))
