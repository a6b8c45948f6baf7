"""Shows the inbox's list: a heading above each section, one or two lines a change, read only where they are on screen.

What must stay true: between two moves nothing is read but the rows that came on screen; a row that is repainted is the
one that the cursor left or reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reviewer.model.listing import Order, Row
from reviewer.review.inbox import Inbox, at_line, line_of, lines_in, news_of
from reviewer.review.inbox_rows import TALL, Beside, inbox_row, section_line, tall_row
from reviewer.review.lines import BLANK, Line
from reviewer.text import show
from reviewer.tui.keys import bindings
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint

_KEPT = 2000
"""Rows that are kept as they were read."""


class InboxView(LineView):
    """`read` gives rows by their ids, `me` is the reviewer's name, `told` is called whenever the cursor has moved."""

    BINDINGS = bindings("inbox", only="space")
    # A row at the edge that shows what comes next would be sent with every key: half as much again.
    CONTEXT = 0

    def __init__(
        self,
        paint: Paint,
        now: float,
        me: str,
        read: Callable[[Sequence[int]], list[Row]],
        told: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(paint, id="changes")
        self.inbox = Inbox()
        self.now = now
        self.me = me
        self.read = read
        self.told = told
        # None: the height decides.
        self.wanted_tall: bool | None = None
        self.known: dict[int, Row | None] = {}

    @property
    def tall(self) -> bool:
        return self.app.size.height >= TALL if self.wanted_tall is None else self.wanted_tall

    def show_inbox(self, inbox: Inbox, now: float, *, again: bool = False) -> None:
        """Show other rows; the cursor stays on its change, on the same line of the screen where that can be.

        `again`: what was read of the rows may have changed.
        """
        line_on_screen = self.cursor - self.top
        self.inbox, self.now = inbox, now
        if again or len(self.known) > _KEPT:
            self.known.clear()
        self.cursor = line_of(inbox.listing, inbox.place, self.tall)
        self.changed()
        self.scroll_top(self.cursor - line_on_screen)
        self.reveal(self.cursor)

    def row(self, place: int) -> Row | None:
        """A row by its place, read with those around it on screen; None where it is gone."""
        ids = self.inbox.listing.ids
        if not 0 <= place < len(ids):
            return None
        if ids[place] not in self.known:
            first = at_line(self.inbox.listing, self.top, self.tall)[0]
            self._read({*ids[first : first + self.rows + 1], ids[place]})
        return self.known[ids[place]]

    def first_rows(self, many: int) -> list[Row]:
        """The first rows of the list, read together."""
        ids = self.inbox.listing.ids[:many]
        self._read(ids)
        return [row for row_id in ids if (row := self.known[row_id]) is not None]

    def _read(self, ids: Iterable[int]) -> None:
        missing = [row_id for row_id in ids if row_id not in self.known]
        if missing:
            self.known.update(dict.fromkeys(missing))
            self.known.update((row.row_id, row) for row in self.read(missing))

    def beside(self, row: Row) -> Beside:
        """What is told beside a row's change."""
        news = news_of(row, self.me)
        more = f"{news[0]} +" if len(news) > 1 else "".join(news)
        marked = row.row_id in self.inbox.marked
        return Beside(self.inbox.fresh(row), marked, more, row.met, row.asked, row.stacked)

    # --- lines --------------------------------------------------------------------------------------------------------

    def total(self) -> int:
        return lines_in(self.inbox.listing, self.tall)

    def line(self, n: int, width: int) -> Line:
        place, part = at_line(self.inbox.listing, n, self.tall)
        row = self.row(place)
        if part < 0:
            return self._heading(place, row, width)
        if row is None:
            return BLANK
        if self.tall:
            return tall_row(row.change, width, self.now, self.beside(row))[part]
        return inbox_row(row.change, width, self.now, self.beside(row))

    def _heading(self, place: int, row: Row | None, width: int) -> Line:
        listing = self.inbox.listing
        section = next(section for section in listing.sections if section.start == place)
        name = section.name
        if self.inbox.order is Order.STACK and name and row is not None:
            name = f"stack on {show(row.change.branch, limit=80)}"
        return section_line(name, section.count if listing.whole else None, width)

    def extent(self, n: int) -> range:
        _place, part = at_line(self.inbox.listing, n, self.tall)
        first = n - max(0, part)
        return range(0) if part < 0 else range(first, first + (2 if self.tall else 1))

    def _nearest(self, place: int, step: int = 0) -> int:
        if not self.inbox.listing.ids:
            return 0
        n = max(0, min(place, self.total() - 1))
        # The line above a section is passed over; above the first there is nothing to go to.
        row, part = at_line(self.inbox.listing, n, self.tall)
        if part < 0 and step < 0 and row > 0:
            row -= 1
        return line_of(self.inbox.listing, row, self.tall)

    def move_to(self, place: int, step: int = 0, *, tell: bool = True) -> None:
        before = self.cursor
        super().move_to(place, step, tell=False)
        if tell and self.cursor != before:
            # At once and not by a message, so that what it changes is in the same frame.
            self.told()

    def action_go(self, step: int) -> None:
        place = at_line(self.inbox.listing, self.cursor, self.tall)[0] + step
        if 0 <= place < len(self.inbox.listing.ids):
            self.move_to(line_of(self.inbox.listing, place, self.tall), step)
        elif step < 0:
            self.scroll_top(0)

    def action_edge(self, direction: int) -> None:
        super().action_edge(direction)
        if direction < 0:
            self.scroll_top(0)

    @property
    def place(self) -> int:
        """The place of the row that the cursor is on."""
        return at_line(self.inbox.listing, self.cursor, self.tall)[0]
