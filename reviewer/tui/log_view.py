"""Shows the output of one run by line, numbered; follows its end while more comes, until somebody looks elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from reviewer.review.lines import BLANK, Line, cut
from reviewer.review.log_lines import LogLines
from reviewer.review.log_search import Search
from reviewer.review.run_words import marked
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint


class LogView(LineView):
    """Lines of output. `live` says that more may come, `tailing` that the newest line is kept on screen."""

    class Stands(Message):
        """The cursor moved, or the view began or ceased to follow."""

    def __init__(self, paint: Paint, id: str = "output") -> None:
        super().__init__(paint, id=id)
        self.lines: LogLines | None = None
        self.live = False
        self.tailing = False
        self.search: Search | None = None
        self._empty: Sequence[Line] = ()
        self._growing = False

    def show(self, lines: LogLines | None, *, live: bool, empty: Sequence[Line] = ()) -> None:
        """Show these lines from where the cursor stands; `empty` is said while there are none."""
        if live and lines is not self.lines and self.lines is None:
            self.tailing = True
        self.lines, self._empty = lines, empty
        self.live = live
        self.tailing = self.tailing and live
        self.grown()

    def grown(self) -> None:
        """There are more lines now, or others."""
        self._growing = True
        self.changed()
        if self.tailing:
            self.move_to(self.total() - 1, tell=False)
        self._growing = False
        self.post_message(self.Stands())

    def total(self) -> int:
        count = len(self.lines) if self.lines is not None else 0
        return count or len(self._empty)

    @property
    def printed(self) -> int:
        """How many lines of output there are."""
        return len(self.lines) if self.lines is not None else 0

    def line(self, n: int, width: int) -> Line:
        if self.lines is None or not len(self.lines):
            return self._empty[n] if n < len(self._empty) else BLANK
        gutter = len(str(len(self.lines)))
        text = self.lines.line(n)
        if self.search is not None and self.search.found:
            text = marked(text, self.search.said)
        if self.shift:
            text = cut(text, self.shift, width)
        return ((f"{n + 1:>{gutter}} ", "muted"), *text)

    def slides(self) -> bool:
        return False

    # --- following --------------------------------------------------------------------------------------------------

    def follow(self, on: bool) -> None:
        on = on and self.live
        if on != self.tailing:
            self.tailing = on
            self.post_message(self.Stands())

    def move_to(self, place: int, step: int = 0, *, tell: bool = True) -> None:
        super().move_to(place, step, tell=tell)
        if not self._growing:
            # The last line is followed; who looks at another one is left there.
            self.follow(self.cursor >= self.total() - 1)
            self.post_message(self.Stands())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        super().on_mouse_scroll_up(event)
        event.prevent_default()
        self.follow(False)
