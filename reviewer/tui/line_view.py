"""Shows many lines, painting only those on screen: the ground of every list, text and difference.

What must stay true: a line is asked for when it is painted, and not before; moving the cursor repaints the lines that
it left and reached, and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from typing import Final, Self

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reviewer.review.lines import BLANK, Line, cut, shortened
from reviewer.tui.compact import CompactApp, whole_lines
from reviewer.tui.keys import bindings
from reviewer.tui.paint import Paint

_KEPT: Final = 2000
"""Painted lines that are kept."""


class LineView(ScrollView, can_focus=True):
    """Lines by number, from 0, on the colour `ground`; `follows` says whether a cursor moves, or the text itself."""

    ALLOW_SELECT = False
    BINDINGS = bindings("list")
    CONTEXT = 1
    """Lines that are kept on screen around the cursor's own."""
    DEFAULT_CSS = """
    LineView { scrollbar-size: 0 0; overflow: scroll scroll; background: $background; height: 1fr; width: 1fr; }
    """

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, view: LineView, place: int) -> None:
            super().__init__()
            self.view = view
            self.place = place

    class Chosen(Message):
        """The line under the cursor was chosen by key or click."""

        def __init__(self, view: LineView, place: int) -> None:
            super().__init__()
            self.view = view
            self.place = place

    def __init__(self, paint: Paint, *, follows: bool = True, ground: str = "surface", id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint = paint
        self.ground = ground
        self.follows = follows
        self.cursor = 0
        self.shift = 0
        self._strips: dict[tuple[int, str], Strip] = {}
        self._pinned: tuple[Line, str] | None = None
        self._strips_of: tuple[int, int, int] = (0, 0, 0)

    # --- what a view shows ------------------------------------------------------------------------------------------

    def total(self) -> int:
        """How many lines there are."""
        return 0

    def line(self, n: int, width: int) -> Line:
        """One line's parts; `width` is the view's."""
        return BLANK

    def behind(self, n: int) -> str:
        """The colour behind a line."""
        return self.ground

    def extent(self, n: int) -> range:
        """The lines that are marked together when the cursor stands on `n`."""
        return range(n, n + 1)

    def stops(self) -> Sequence[int] | None:
        """The lines on which the cursor may stand, ascending; None for every line."""
        return None

    @property
    def pinned(self) -> int:
        """Rows at the top that do not scroll."""
        return 0

    def pinned_line(self, y: int, width: int) -> tuple[Line, str] | None:
        """What stands in a pinned row, and on which colour; None for the line that is there anyway."""
        return None

    def lights(self, n: int) -> int | None:
        """How many cells at the left edge show that the cursor stands on a line; None for the whole line."""
        return None

    def slides(self) -> bool:
        """Whether whole lines move to the left; a view with fixed numbers at the edge moves its text itself."""
        return True

    @property
    def following(self) -> bool:
        """Whether there is a cursor to move; else the text moves."""
        stops = self.stops()
        return self.follows and (stops is None or bool(stops))

    # --- geometry ---------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Lines that fit on the screen."""
        return max(1, self.scrollable_content_region.height)

    @property
    def top(self) -> int:
        return self.scroll_offset.y

    def changed(self, *lines: int) -> None:
        """The lines are others now, or these alone: measure and paint again, the cursor kept within bounds."""
        self.virtual_size = Size(max(1, self.size.width), max(self.total(), 1))
        self.cursor = self._nearest(self.cursor)
        if self.top > max(0, self.total() - self.rows):
            self.scroll_to(y=max(0, self.total() - self.rows), animate=False, force=True)
        elif lines:
            self.refresh(*(Region(0, n - self.top, self.size.width, 1) for n in lines))
            return
        self.refresh()

    def on_resize(self) -> None:
        self.changed()
        if self.following:
            self.reveal(self.cursor)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if not regions:
            self._strips.clear()
        elif self._strips:
            again = {self.top + y for region in regions for y in region.line_range}
            for key in [key for key in self._strips if key[0] in again]:
                del self._strips[key]
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        if whole_lines(self, crop):
            return [self.render_line(y) for y in crop.line_range]
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, top = self.size.width, self.top
        if y < self.pinned:
            self._pinned = pinned = self.pinned_line(y, width)
            if pinned is not None:
                return self.paint.strip(pinned[0], width, pinned[1])
        n = top + y
        if n >= self.total():
            return self.paint.strip(BLANK, width, self.ground)
        marked = self.following and n in self.extent(self.cursor)
        behind = ("cursor" if self.has_focus else "cursor-away") if marked else self.behind(n)
        if self._strips_of != (painted_as := (width, self.shift, self.paint.generation)) or len(self._strips) > _KEPT:
            self._strips.clear()
            self._strips_of = painted_as
        strip = self._strips.get((n, behind))
        if strip is None:
            parts = self.line(n, width)
            if self.shift and self.slides():
                parts = cut(parts, self.shift, width)
            if marked and (cells := self.lights(n)) is not None:
                parts = (*_on(cut(parts, 0, cells), behind), *cut(parts, cells, width))
                strip = self.paint.strip(parts, width, self.behind(n))
            else:
                strip = self.paint.strip(parts, width, behind)
            self._strips[n, behind] = strip
        return strip

    def repaint_changed(self, lines: Collection[int] | None = None) -> None:
        """Make the lines on screen, or some of them, again, and send those that are others now."""
        before = self._strips
        self._strips = {key: strip for key, strip in before.items() if lines is not None and key[0] not in lines}
        for y in range(self.pinned, min(self.rows, self.total() - self.top)):
            if lines is None or self.top + y in lines:
                self.render_line(y)
        for key, strip in self._strips.items():
            old = before.get(key)
            if old is not strip and old != strip:
                super().refresh(Region(0, key[0] - self.top, self.size.width, 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        moved = round(new_value) - round(old_value)
        if not moved:
            return
        app = self.app
        if isinstance(app, CompactApp) and app.scrolls(self, moved):
            height = self.size.height
            first = height - moved if moved > 0 else self.pinned
            super().refresh(Region(0, first, self.size.width, abs(moved)))
            # Without one, the row shows the line that is there: another one now.
            if self.pinned and (self._pinned is None or self.pinned_line(0, self.size.width) != self._pinned):
                super().refresh(Region(0, 0, self.size.width, self.pinned))
        else:
            super().refresh(self.size.region)

    # --- moving -----------------------------------------------------------------------------------------------------

    def _nearest(self, place: int, step: int = 0) -> int:
        last = self.total() - 1
        place = max(0, min(place, last))
        stops = self.stops()
        if not stops:
            return place
        if step > 0:
            return stops[min(bisect_left(stops, place), len(stops) - 1)]
        return stops[max(bisect_right(stops, place) - 1, 0)]

    def move_to(self, place: int, step: int = 0, *, tell: bool = True) -> None:
        """Put the cursor on a line, bounded, and bring it on screen."""
        before = self.cursor
        self.cursor = self._nearest(place, step)
        self.reveal(self.cursor)
        if self.cursor != before:
            for old in self.extent(before):
                self.refresh_line(old)
            for new in self.extent(self.cursor):
                self.refresh_line(new)
        if tell and self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def reveal(self, place: int, *, context: int | None = None) -> None:
        """Scroll as little as it takes to show a line, with a little of what is around it."""
        context = self.CONTEXT if context is None else context
        extent = self.extent(place) or range(place, place + 1)
        context = min(context + self.pinned, max(0, (self.rows - len(extent)) // 2))
        top = self.top
        if extent.start - context < top:
            top = extent.start - context
        elif extent.stop + context > top + self.rows:
            top = min(extent.stop + context - self.rows, extent.start)
        self.scroll_top(top)

    def keep_clear(self, lines: int) -> bool:
        """Scroll so that the cursor's line is in sight with something over the last `lines`; whether it is."""
        last = self.top + max(1, self.rows - lines - 1)
        if self.cursor > last:
            self.scroll_top(self.top + self.cursor - last)
        return self.cursor - self.top < max(1, self.rows - lines)

    def scroll_top(self, top: int) -> None:
        """Make `top` the first line on screen, bounded."""
        top = max(0, min(top, max(0, self.total() - self.rows)))
        if top != self.top:
            self.scroll_to(y=top, animate=False, force=True)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # --- actions ----------------------------------------------------------------------------------------------------

    def action_go(self, step: int) -> None:
        if not self.following:
            self.scroll_top(self.top + step)
            return
        stops = self.stops()
        if not stops:
            self.move_to(self.cursor + step, step)
            return
        before = self.cursor
        below = bisect_right(stops, before)
        self.move_to((stops[below] if below < len(stops) else before) if step > 0 else before - 1, step)
        if self.cursor == before:
            # Beyond the last entry there may be more to read.
            self.scroll_top(self.top + step)

    def action_page(self, direction: int) -> None:
        self._leap(direction * max(1, self.rows - 1))

    def action_half(self, direction: int) -> None:
        self._leap(direction * max(1, self.rows // 2))

    def _leap(self, step: int) -> None:
        self.scroll_top(self.top + step)
        if self.following:
            self.move_to(self.cursor + step, step)

    def action_edge(self, direction: int) -> None:
        end = 0 if direction < 0 else self.total() - 1
        if self.following:
            self.move_to(end, direction)
        else:
            self.scroll_top(end)

    def action_sideways(self, cells: int) -> None:
        shift = max(0, self.shift + cells)
        if shift != self.shift:
            self.shift = shift
            self.refresh()

    def action_choose(self) -> None:
        if self.total():
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self.top + event.y
        if not self.following or place >= self.total():
            return
        again = place in self.extent(self.cursor)
        self.move_to(place)
        if again and event.chain > 1:
            self.post_message(self.Chosen(self, self.cursor))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_top(self.top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_top(self.top - 3)


def _on(parts: Line, ground: str) -> Line:
    inks = ((text, style.partition(" on:")[0]) for text, style in parts)
    return tuple((text, f"{'text bold' if ink == 'muted' else ink} on:{ground}") for text, ink in inks)


class Entries(LineView):
    """A list of entries, each of one or more lines, under which a cursor moves from entry to entry.

    An entry is (key, lines); a key of None is a heading or an explanation, over which the cursor passes.
    """

    def __init__(self, paint: Paint, *, follows: bool = True, ground: str = "surface", id: str | None = None) -> None:
        super().__init__(paint, follows=follows, ground=ground, id=id)
        self._lines: list[Line] = []
        self._keys: list[object] = []
        self._spans: list[range] = []
        self._stops: list[int] = []

    def fill(self, entries: Sequence[tuple[object, Sequence[Line]]]) -> None:
        """Show other entries; the cursor stays on its key where that is still there."""
        kept, before = self.key, self._lines
        self._lines, self._keys, self._spans, self._stops = [], [], [], []
        for key, lines in entries:
            span = range(len(self._lines), len(self._lines) + len(lines))
            if key is not None and lines:
                self._stops.append(span.start)
            self._lines.extend(lines)
            self._keys.extend([key] * len(lines))
            self._spans.extend([span] * len(lines))
        if kept is not None and kept in self._keys:
            self.cursor = self._keys.index(kept)
        self.changed(*(self._others(before) if not self.follows else ()))

    def _others(self, before: Sequence[Line]) -> list[int]:
        """The lines on screen that are not what they were, where no cursor shows; the first, where there are none."""
        on_screen = range(self.top, self.top + self.rows)
        others = [n for n in on_screen if before[n : n + 1] != self._lines[n : n + 1]]
        return others or [self.top]

    @property
    def key(self) -> object:
        """The key of the entry under the cursor."""
        return self._keys[self.cursor] if self.cursor < len(self._keys) else None

    def to_key(self, key: object, *, tell: bool = False) -> None:
        """Put the cursor on an entry, where it is there."""
        if key in self._keys:
            self.move_to(self._keys.index(key), tell=tell)

    def key_at(self, place: int) -> object:
        return self._keys[place] if 0 <= place < len(self._keys) else None

    def total(self) -> int:
        return len(self._lines)

    def line(self, n: int, width: int) -> Line:
        return shortened(self._lines[n], width)

    def extent(self, n: int) -> range:
        if not self._stops or not 0 <= n < len(self._spans) or self._keys[n] is None:
            return range(0)
        return self._spans[n]

    def stops(self) -> Sequence[int] | None:
        return self._stops
