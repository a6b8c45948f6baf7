"""Asks what is done to many changes at once: why they are rejected, until when they sleep, which view is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from reviewer.model.listing import Snooze
from reviewer.review.lines import BLANK, Line, key_words, line
from reviewer.text import show
from reviewer.tui.bar import Bar
from reviewer.tui.field import Field
from reviewer.tui.keys import bindings
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


class Choosing(ModalScreen[str | None]):
    """A short list over the inbox, dismissed with the key of what was chosen; with `asks`, what a field was given."""

    SCOPES = ("decide",)
    BINDINGS = bindings("decide")
    CSS = """
    Choosing { align: center middle; background: $background 50%; }
    Choosing > Container { width: 76; max-width: 98%; height: auto; max-height: 96%; background: $panel;
                           padding: 1 2; border-left: outer $accent; }
    Choosing Entries { height: auto; max-height: 20; background: $panel; }
    Choosing Input { margin: 1 0 0 0; background: $background; padding: 0 1; }
    """

    def __init__(
        self,
        paint: Paint,
        title: str,
        entries: Sequence[tuple[str | None, Sequence[Line]]],
        asks: str = "",
        enter: str = "choose",
    ) -> None:
        super().__init__()
        self.paint = paint
        self.titled = title
        self.entries = entries
        self.asks = asks
        self.enter = enter

    def compose(self) -> ComposeResult:
        with Container():
            yield Bar(self.paint)
            yield Entries(self.paint, ground="panel", id="choices")
            if self.asks:
                yield Field(placeholder=self.asks, compact=True)
            yield Bar(self.paint, id="choosing-keys")

    def on_mount(self) -> None:
        self.query_one(Bar).say(((self.titled, "accent bold"),))
        choices = self.query_one("#choices", Entries)
        choices.fill([(None, [BLANK]), *self.entries, (None, [BLANK])])
        choices.styles.height = sum(len(lines) for _, lines in self.entries) + 2
        self.query_one("#choosing-keys", Bar).say(key_words([("enter", self.enter), ("esc", "leave it")], 70))
        self.set_focus(self.query_one(Input) if self.asks else choices)

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        key = self.query_one("#choices", Entries).key
        if isinstance(key, str) and not self.asks:
            self.dismiss(key)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        self.dismiss(None)


_SLEEPS = (
    ("1h", "for an hour"),
    ("4h", "for four hours"),
    ("1d", "until tomorrow at this time"),
    ("1w", "for a week"),
    ("revision", "until it has a new revision"),
    ("run", "until its runs end"),
    ("wake", "not any more: wake it"),
)


def snoozing(paint: Paint, count: int) -> Choosing:
    """Asks until when changes sleep."""
    title = f"Let {'it' if count == 1 else f'{count} changes'} sleep, on this desk alone"
    return Choosing(paint, title, [(key, [line(f" {said}")]) for key, said in _SLEEPS])


def snooze_of(key: str, revision: int, now: float) -> Snooze | None:
    """What was chosen, for a change of that revision; None to wake it. A new revision always wakes."""
    if key == "revision":
        return Snooze(revision=revision)
    if key == "run":
        return Snooze(revision=revision, run=True)
    match = re.fullmatch(r"(\d+)([mhdw])", key)
    return Snooze(now + int(match[1]) * _SECONDS[match[2]], revision) if match else None


def rejecting(paint: Paint, titles: Sequence[str]) -> Choosing:
    """Asks for the one reason with which several changes are rejected; `titles` are safe to show."""
    shown: list[tuple[str | None, Sequence[Line]]] = [(None, [line(f" {title}")]) for title in titles[:12]]
    if len(titles) > 12:
        shown.append((None, [line(f" and {len(titles) - 12} more", "muted")]))
    one = "this change" if len(titles) == 1 else f"these {len(titles)} changes"
    enter = "reject it" if len(titles) == 1 else "reject them all"
    return Choosing(paint, f"Reject {one}", shown, "why: the agents read this", enter)


def viewing(paint: Paint, views: Mapping[str, str]) -> Choosing:
    """Asks for one of the person's own views."""
    entries: list[tuple[str | None, Sequence[Line]]] = [("", [line(" everything that waits")])]
    for name, query in views.items():
        said = ((f" {show(name, limit=24):<24} ", "text bold"), (show(query, limit=60), "muted"))
        entries.append((name, [said]))
    if not views:
        example = (line(" [views]", "accent"), line(' risky = "risk:high turn:mine"', "accent"))
        entries.append((None, [BLANK, line(" Views of your own stand in config.toml, as:", "muted"), *example]))
    return Choosing(paint, "Views", entries)
