"""Opens one difference on screen; as a pager it takes its keys from the terminal, not from the patch."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reviewer.cli.source import named_commits, parsed, read_patch
from reviewer.diff.hunks import FileHunks
from reviewer.review.comparison import Comparison, of_commits, of_patch
from reviewer.review.diff_frame import frame
from reviewer.review.few_colours import few_colours
from reviewer.review.large_blocks import give_back_large_blocks
from reviewer.review.patch_sides import with_sides
from reviewer.review.summaries import read_and_told
from reviewer.settings import home, read_user, theme, theme_names
from reviewer.text import show as shown_text
from reviewer.tui.keys import footer

if TYPE_CHECKING:
    from reviewer.first_paint import Painted

_SCREENS: Final = "reviewer.tui.diff_app"
_FIRST: Final = 0.15
"""Seconds that the screens' import waits for the first screenful: two that run at once are slower than one by one."""


def on_screen() -> bool:
    """Whether there is a terminal to show something on."""
    return sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def look(revisions: tuple[str, ...], patch: Path | None, earlier: int | None = None) -> None:
    """Show what is named until it is left; nothing is opened where nothing differs."""
    chosen = read_user(home() / "config.toml").theme
    painted: list[Painted] = []

    def work() -> Comparison:
        comparison = _begun(_comparison(revisions, patch, earlier))
        if comparison.files:
            _take_keys()
            if (shown := _paint(comparison, theme(chosen))) is not None:
                painted.append(shown)
            if comparison.begun is not None:
                comparison.begun[0].measured()  # while the screens are loaded
        return comparison

    try:
        comparison = _meanwhile(work, lambda: importlib.import_module(_SCREENS))
        if not comparison.files:
            print("nothing differs")
            return
        from reviewer.tui.diff_app import DiffApp
        from reviewer.tui.driver import taking_over

        driver = taking_over(painted[0].settings, painted[0].hand_over) if painted else None
        app = DiffApp(comparison, {name: theme(name) for name in theme_names()}, chosen, driver)
        app.run()
    finally:
        for shown in painted:
            shown.undo()
    if app.crash is not None:
        raise app.crash


def _take_keys() -> None:
    """Where the patch came through standard input, the keys come from the terminal itself."""
    if not sys.stdin.isatty():
        os.dup2(os.open("/dev/tty", os.O_RDONLY), 0)


def _paint(comparison: Comparison, colours: Mapping[str, str]) -> Painted | None:
    """Put the first file on screen, before the screens are loaded; None where that cannot be done."""
    from reviewer.first_paint import can_paint, drawn, is_deep, show

    if comparison.begun is None or os.environ.get("REVIEWER_ASCII") or not can_paint(os.environ):
        return None
    first, said = comparison.begun[0].diff, comparison.begun[1]
    keys = [*footer("stream", "looking"), *footer("app")]

    def made(width: int, height: int) -> str:
        lines = frame(comparison.title, comparison.files, first, said, keys, width, height)
        plain = "NO_COLOR" in os.environ
        return drawn(lines, width, colours, few_colours(colours), deep=is_deep(os.environ), plain=plain)

    return show(made)


def _begun(comparison: Comparison) -> Comparison:
    """The same, its first file read already."""
    if not comparison.files:
        return comparison
    diff, said = read_and_told(comparison.read, comparison.files[0], comparison.blob)
    return replace(comparison, begun=(FileHunks(diff), said))


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
    give_back_large_blocks()
    thread.join(_FIRST)
    other()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _comparison(revisions: tuple[str, ...], patch: Path | None, earlier: int | None) -> Comparison:
    from reviewer.review.colouring import LONGEST

    if patch is None and revisions != ("-",):
        commits, title = named_commits(revisions, earlier)
        return of_commits(title, commits, LONGEST)
    title = shown_text(str(patch), limit=200) if patch is not None else "standard input"
    diffs, blob = with_sides(parsed(read_patch(revisions, patch, earlier)), Path.cwd(), home(), LONGEST)
    return of_patch(title, diffs, blob)
