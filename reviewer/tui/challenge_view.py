"""Asks for three characters drawn at random, and believes only what a person can have typed.

What must stay true: a paste, a burst, a key that did not come alone or right after a redraw, a resize or a change of
focus draws anew; nothing that a terminal answers by itself can pass.
"""

from __future__ import annotations

import secrets
from time import monotonic

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from reviewer.review.challenge import Challenge, draw, read
from reviewer.review.keystrokes import BURST_SECONDS
from reviewer.review.lines import BLANK, Line
from reviewer.text import cell_width, fit, wrapped
from reviewer.tui.driver import is_by_hand
from reviewer.tui.paint import Paint

SETTLE_SECONDS = 0.15
"""Keys that arrive sooner than this after a redraw were not an answer to it."""


class ChallengeView(Widget, can_focus=True):
    """The second step of a verdict. `locked` says why there is none; posts `Passed` once."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "ChallengeView { height: 4; width: 1fr; padding: 1 0; }"

    class Passed(Message):
        """The three characters were typed, one by one."""

    def __init__(self, paint: Paint, verb: str) -> None:
        super().__init__(id="challenge")
        self.paint = paint
        self.verb = verb
        self.locked = ""
        self.missed = False
        self.challenge: Challenge = draw(secrets.choice)
        self._drawn_at = 0.0
        self._heard_at = 0.0
        self._done = False

    def on_mount(self) -> None:
        self.anew()

    def anew(self, *, missed: bool = False) -> None:
        """Draw other characters."""
        self.challenge = draw(secrets.choice)
        self.missed = missed
        self._drawn_at = monotonic()
        self.refresh()

    def hold_back(self, why: str) -> None:
        if why != self.locked:
            self.locked = why
            self.anew()

    def render_line(self, y: int) -> Strip:
        lines = self._lines(self.size.width)
        return self.paint.strip(lines[y] if y < len(lines) else BLANK, self.size.width, "panel")

    def _lines(self, width: int) -> list[Line]:
        """What stands here; why it is locked may take two lines, the last of which tells if there is more."""
        if not self.locked:
            return [self._words()]
        head = f"{self.verb} is locked: "
        first, *more = wrapped(self.locked, max(10, width - len(head) - 2))
        lines: list[Line] = [(("✗ ", "run-failure"), (head, "text bold"), (first, "text"))]
        if more:
            rest = " ".join(more)
            lines.append(((fit(f"  {rest}", min(width, cell_width(rest) + 2)), "text"),))
        return lines

    def _words(self) -> Line:
        typed = self.challenge.typed
        letters = self.challenge.wanted
        keys: Line = tuple(
            (f" {c} ", "run-success bold" if n < typed else "accent bold") for n, c in enumerate(letters)
        )
        if not self.has_focus:
            return (("  tab comes here, then type ", "muted"), *keys, (f"to {self.verb}", "muted"))
        said = "Not that. Type" if self.missed else "Type"
        return ((f"{said} ", "text"), *keys, (f" to {self.verb}, one after the other", "text"))

    # --- what was typed ---------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        heard, before = event.time, self._heard_at
        self._heard_at = heard
        if event.key in ("tab", "shift+tab", "escape", "ctrl+c"):
            return
        event.stop()
        event.prevent_default()
        if self.locked or self._done:
            return
        # Where no terminal is, as in tests, every key is pressed one by one.
        alone = self.app.is_headless or is_by_hand(event)
        if not alone or heard - before < BURST_SECONDS or heard - self._drawn_at < SETTLE_SECONDS:
            self.anew(missed=True)
            return
        data = (event.character or "").encode("utf-8", "replace") or b"\x00\x00"
        self.challenge = read(self.challenge, data, secrets.choice)
        if self.challenge.passed:
            self._done = True
            self.post_message(self.Passed())
        elif self.challenge.typed == 0:
            self.missed = True
            self._drawn_at = monotonic()
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.anew(missed=True)

    def on_resize(self) -> None:
        self.anew()

    def on_focus(self) -> None:
        self.anew()

    def on_blur(self) -> None:
        self.anew()
