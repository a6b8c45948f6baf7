"""Keeps the inbox: which rows are listed, in which order, and where the cursor stands; pure transitions.

What must stay true: the cursor belongs to a row, not to a place, so that rows that come and go never move it; no row's
text is held here, only its id.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reviewer.model.attention import Turn
from reviewer.model.listing import Counts, Listing, Order, Row
from reviewer.model.query import EVERYTHING, Query
from reviewer.review.query import Mistake, parse


@dataclass(frozen=True, slots=True)
class Inbox:
    """`text` is the filter as typed, `query` what can be meant of it, `mistake` what is wrong with it.

    `since` is the newest change of the first load: what was stirred after it is fresh until the cursor has been there;
    `seen` says for rows up to which one it has. `marked` are rows that something is to be done with together.
    """

    listing: Listing = field(default_factory=Listing)
    text: str = ""
    query: Query = EVERYTHING
    mistake: Mistake | None = None
    order: Order = Order.TURN
    decided: bool = False
    cursor: int | None = None
    place: int = 0
    marked: frozenset[int] = frozenset()
    counts: Counts = field(default_factory=Counts)
    since: int | None = None
    seen: Mapping[int, int] = field(default_factory=dict)

    def fresh(self, row: Row) -> bool:
        """Whether something came since the first load that the cursor has not been on."""
        if self.since is None or row.row_id == self.cursor:
            return False
        return row.stir > max(self.since, self.seen.get(row.row_id, -1))


def with_listing(inbox: Inbox, listing: Listing) -> Inbox:
    """Other rows. The cursor stays on its row; where that is gone, the row that took its place has it."""
    ids, place, cursor = listing.ids, inbox.place, inbox.cursor
    if not ids:
        return replace(inbox, listing=listing)
    if cursor is None:
        return replace(inbox, listing=listing, cursor=ids[0], place=0)
    if not (place < len(ids) and ids[place] == cursor):
        try:
            place = ids.index(cursor)
        except ValueError:
            place = min(place, len(ids) - 1) if listing.whole else 0
    return replace(inbox, listing=listing, cursor=ids[place], place=place)


def with_counts(inbox: Inbox, counts: Counts) -> Inbox:
    """What there is; the first time nothing of it is fresh."""
    return replace(inbox, counts=counts, since=counts.stir if inbox.since is None else inbox.since)


def with_text(inbox: Inbox, text: str) -> Inbox:
    """The filter as it was typed. Of one with a mistake the rest counts, where that can be meant."""
    try:
        return replace(inbox, text=text, query=parse(text), mistake=None)
    except Mistake as mistake:
        try:
            query = parse(text[: mistake.start] + text[mistake.end :])
        except Mistake:
            query = inbox.query
        return replace(inbox, text=text, query=query, mistake=mistake)


def with_decided(inbox: Inbox, decided: bool) -> Inbox:
    """List what was landed, rejected or superseded too, or not."""
    return replace(inbox, decided=decided)


def next_order(inbox: Inbox) -> Inbox:
    orders = list(Order)
    return replace(inbox, order=orders[(orders.index(inbox.order) + 1) % len(orders)])


def moved(inbox: Inbox, place: int) -> Inbox:
    """The cursor on a row by its place, which is bounded; neither that row nor the one it leaves is fresh any more."""
    ids = inbox.listing.ids
    if not ids:
        return inbox
    place = max(0, min(place, len(ids) - 1))
    seen = inbox.seen
    if inbox.since is not None and inbox.counts.stir > inbox.since:
        left = {inbox.cursor: inbox.counts.stir} if inbox.cursor is not None else {}
        seen = {**seen, **left, ids[place]: inbox.counts.stir}
    return replace(inbox, cursor=ids[place], place=place, seen=seen)


def toggled(inbox: Inbox, row_id: int) -> Inbox:
    """A row marked, or not any more."""
    return replace(inbox, marked=inbox.marked ^ {row_id})


def unmarked(inbox: Inbox) -> Inbox:
    return replace(inbox, marked=frozenset())


def news_of(row: Row, me: str) -> list[str]:
    """What is new on a change since the reviewer last had it open, the weightiest first, in a word or two each."""
    change, looked = row.change, row.looked
    if looked is None:
        return ["new"] if row.turn not in (Turn.FOUND, Turn.NOBODY) else []
    news = []
    if change.revision != looked.revision:
        news.append(f"r{looked.revision}→r{change.revision}")
    if row.turn is Turn.NOBODY and change.state.value != looked.state and row.decided_by != me:
        news.append("decided")
    if change.comments > looked.comments:
        news.append(f"{change.comments - looked.comments} said")
    if change.run != looked.run and change.revision == looked.revision:
        news.append("run again")
    return news


# --- lines and rows ---------------------------------------------------------------------------------------------------


def lines_in(listing: Listing, tall: bool) -> int:
    """How many lines a listing takes: one or two a row, and one above each section."""
    return len(listing.ids) * (2 if tall else 1) + len(listing.sections)


def line_of(listing: Listing, place: int, tall: bool) -> int:
    """The first line of a row."""
    above = bisect_right(listing.sections, place, key=lambda section: section.start)
    return place * (2 if tall else 1) + above


def at_line(listing: Listing, n: int, tall: bool) -> tuple[int, int]:
    """The row's place and which of its lines line `n` is; -1 for the line above the section that begins at the row."""
    height = 2 if tall else 1
    sections = listing.sections
    if not sections:
        return divmod(n, height)
    k = bisect_right(range(len(sections)), n, key=lambda at: sections[at].start * height + at) - 1
    within = n - (sections[k].start * height + k)
    if within == 0:
        return sections[k].start, -1
    place, line = divmod(within - 1, height)
    return sections[k].start + place, line
