"""Shows one line across the screen: a title, a state, the keys."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from reviewer.review.lines import BLANK, Line, shortened, width_of
from reviewer.tui.compact import whole_lines
from reviewer.tui.paint import Paint


class Bar(Widget):
    """One line, its left part cut where the right part needs the room. A click says at which cell it was."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    class Clicked(Message):
        def __init__(self, bar: Bar, cell: int) -> None:
            super().__init__()
            self.bar = bar
            self.cell = cell

    def __init__(self, paint: Paint, *, behind: str = "panel", id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.behind = behind
        self._left: Line = BLANK
        self._right: Line = BLANK

    def say(self, left: Line, right: Line = BLANK) -> None:
        """Show other words; nothing is painted where they are the same."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        room = max(0, width - width_of(self._right))
        left = shortened(self._left, room)
        gap = " " * max(0, room - width_of(left))
        return self.paint.strip((*left, (gap, "text"), *self._right), width, self.behind)

    def render_lines(self, crop: Region) -> list[Strip]:
        if whole_lines(self, crop):
            return [self.render_line(y) for y in crop.line_range]
        return super().render_lines(crop)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Clicked(self, event.x))
