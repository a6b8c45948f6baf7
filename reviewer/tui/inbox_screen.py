"""The inbox: every change that waits, whose turn it is, a preview of the one under the cursor, a filter as one types.

What must stay true: a key is answered from the rows on screen and the first screenful of a list; whole lists, previews
and everything that changes something are asked for beside the screen; no news moves the row under the cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.widgets import Input

from reviewer.model.change import Change
from reviewer.model.listing import Counts, Listing, Order
from reviewer.review.desk import Desk
from reviewer.review.inbox import (
    Inbox,
    moved,
    next_order,
    toggled,
    with_counts,
    with_decided,
    with_listing,
)
from reviewer.review.inbox_rows import PLACE, heading
from reviewer.review.inbox_words import (
    KEPT_OF_TITLE,
    empty_lines,
    place_words,
    quiet_words,
    title_words,
    trouble_words,
)
from reviewer.review.lines import BLANK, Line, key_words, width_of
from reviewer.review.peek import ROWS, as_of_words, kept
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.field import Field
from reviewer.tui.following import Going, Synced
from reviewer.tui.inbox_preview import Previewing
from reviewer.tui.inbox_view import InboxView
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint

if TYPE_CHECKING:
    from reviewer.review.rollout import Opened

_FIRST = 500
"""Rows that are listed at once; more are asked for beside the screen."""
_WHOLE_SECONDS = 0.1
"""After how long the whole list is asked for at the start."""
_TICK_SECONDS = 15
_READ_TICKS = 4
_AT_ONCE = (Order.TURN, Order.NEWEST)
"""Orders of which the first rows are there at once, whatever there is."""


class InboxScreen(Previewing):
    """The first screen; it posts `Opened` with the change that was chosen. `views` are queries by name."""

    SCOPES = ("inbox", "list")
    BINDINGS = bindings("inbox")
    AUTO_FOCUS = ""
    LAYOUT = """
    InboxScreen #body { layout: vertical; height: 1fr; }
    InboxScreen #body.beside { layout: horizontal; }
    InboxScreen #list { height: 1fr; width: 1fr; layout: vertical; }
    InboxScreen #preview { background: $panel; }
    InboxScreen #empty, InboxScreen #filter, InboxScreen #offered { display: none; }
    InboxScreen #empty { padding: 1 2; }
    InboxScreen #foot { height: 1; }
    """
    """For the application's style sheet: a screen's own would have all of them parsed again before the first key."""

    class Opened(Message):
        """A change is to be opened."""

        def __init__(self, change: Change) -> None:
            super().__init__()
            self.change = change

    class Noticed(Message):
        """What the stores have to say once, such as that one was damaged; empty where nothing."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    class Listed(Message):
        """What the store lists for the `asked`-th question, and what there is in all where that may have changed."""

        def __init__(self, listing: Listing, counts: Counts | None, asked: int) -> None:
            super().__init__()
            self.listing = listing
            self.counts = counts
            self.asked = asked

    def __init__(
        self,
        desk: Desk,
        paint: Paint,
        reading: Background,
        sealing: Background,
        acting: Background,
        views: Mapping[str, str] | None = None,
        notify: str = "none",
    ) -> None:
        super().__init__()
        self.desk, self.paint, self.reading = desk, paint, reading
        self.sealing, self.acting = sealing, acting
        self.views = dict(views or {})
        self.notifying = notify
        self.cursor_at: Callable[[], str] = str
        self.inbox = Inbox()
        self.said = self.hint = ""
        self.under_way: dict[str, str] = {}
        self.titled: Line = BLANK
        self.asked = 0
        self.waiting = False
        self.recount = True
        self.ticks = 0
        self.above: object = None
        self.known: dict[str, list[str]] = {}
        self.opened: dict[str, Opened] = {}

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        with Container(id="body"):
            with Container(id="list"):
                # What was typed before is selected: a letter begins anew, an arrow goes on with it.
                says = "words, or risk:high agent:claude is:new ..."
                yield Field(placeholder=says, id="filter", compact=True)
                yield Bar(self.paint, id="offered")
                yield Bar(self.paint, behind="surface", id="heading")
                me = self.desk.reviewer.raw
                yield InboxView(self.paint, self.desk.now(), me, self.desk.rows, self.cursor_moved)
                yield Entries(self.paint, follows=False, id="empty")
            yield Entries(self.paint, follows=False, ground="panel", id="preview")
        with Horizontal(id="foot"):
            yield Bar(self.paint, id="keys")
            yield Bar(self.paint, id="place")

    def on_mount(self) -> None:
        self.view = self.query_one(InboxView)
        self.field = self.query_one("#filter", Input)
        self.query_one("#place").styles.width = PLACE
        self.placed = self.query_one("#place", Bar)
        self.laid()
        self.first()
        self.go_on()
        # The whole list takes a while, and so does opening every store; the first key goes before them.
        self.set_timer(_WHOLE_SECONDS, self.reload)
        self.set_timer(_WHOLE_SECONDS, self.ask_notice)
        # At once: the first key may have come already, and may have put the focus elsewhere before a later call.
        self.set_focus(self.view)
        self.set_interval(_TICK_SECONDS, self.tick)

    def ask_notice(self) -> None:
        """Ask, beside the screen, what the stores have to say."""
        self.reading.ask(self, "opening the store", lambda: self.Noticed(self.desk.notice))

    def on_inbox_screen_noticed(self, message: Noticed) -> None:
        if message.said:
            self.notify(message.said, severity="warning", markup=False, timeout=10)

    # --- lists --------------------------------------------------------------------------------------------------------

    def list_now(self) -> None:
        """The first rows of what is asked for, at once; the whole list and what there is in all beside the screen."""
        self.first()
        self.reload(recount=False)

    def first(self) -> None:
        """The first rows of what is asked for, where they can be had at once."""
        if self.inbox.order in _AT_ONCE:
            inbox = self.inbox
            first = self.desk.listing(inbox.query, inbox.order, decided=inbox.decided, limit=_FIRST)
            self.set(with_listing(inbox, first))

    def go_on(self) -> None:
        """Put the cursor where it was put before this screen was there."""
        wanted = self.cursor_at()
        rows = self.view.first_rows(ROWS) if wanted else []
        place = next((n for n, row in enumerate(rows) if row.change.change_id == wanted), 0)
        if place:
            self.set(moved(self.inbox, place))

    def reload(self, *, recount: bool = True) -> None:
        """Read the store again, beside the screen; asked for again meanwhile it is read once more, not once each.

        Without `recount` only what is listed is another: what the rows say, and how many there are, is as it was.
        """
        self.asked += 1
        self.recount |= recount
        if self.waiting:
            return
        self.waiting = True
        inbox, asked = self.inbox, self.asked
        recount, self.recount = self.recount, False

        def read() -> Message:
            listing = self.desk.listing(inbox.query, inbox.order, decided=inbox.decided)
            return self.Listed(listing, self.desk.counts() if recount else None, asked)

        self.reading.ask(self, "reading the store", read)

    def on_inbox_screen_listed(self, message: Listed) -> None:
        self.waiting = False
        if message.asked != self.asked:
            self.reload(recount=message.counts is not None)
            return
        before = self.inbox.counts
        if message.counts is None:
            self.set(with_listing(self.inbox, message.listing))
            return
        loaded = self.inbox.since is not None
        self.set(with_listing(with_counts(self.inbox, message.counts), message.listing), again=True)
        if loaded and message.counts.stir > before.stir:
            self.told_outside(message.counts)
        self.remember()

    def synced(self, message: Synced) -> None:
        before = self.said
        self.said, self.hint = message.said, message.hint
        if message.news or self.said != before:
            self.reload()
        else:
            self.words()

    def going(self, message: Going) -> None:
        """Say what goes on, in the title's one quiet place for it."""
        if self.under_way.get(message.what, "") != message.said:
            self.under_way[message.what] = message.said
            self.words()

    def remember(self) -> None:
        """Keep this screenful for the next start, beside the screen."""
        inbox = self.inbox
        if inbox.text or inbox.decided or inbox.order is not Order.TURN:
            return
        rows = self.view.first_rows(ROWS)
        sections = [(section.start, section.name, section.count) for section in inbox.listing.sections]
        grounds = {name: self.paint.style("text", name).bgcolor for name in self.paint.colours}
        few = {name: colour.number for name, colour in grounds.items() if colour and colour.number is not None}
        peek = kept(
            [(row.change, self.view.beside(row)) for row in rows], sections, len(inbox.listing.ids), self.titled,
            self.desk.as_of(), self.footer(), self.paint.colours, few, preview=self.wanted,
            tall=self.view.wanted_tall,
        )  # fmt: skip
        self.reading.ask(self, "keeping the screen", lambda: self.desk.keep_peek(peek))

    def tick(self) -> None:
        """Ages grow, and what sleeps wakes; now and then the store is read, which another desk may have changed."""
        self.ticks += 1
        if self.inbox.counts.snoozed or self.ticks % _READ_TICKS == 0:
            self.reload()
        else:
            self.view.now = self.desk.now()
            self.view.repaint_changed()
            self.words()

    def set(self, inbox: Inbox, *, again: bool = False) -> None:
        """Show another state of the inbox."""
        before = self.inbox.cursor
        self.inbox = inbox
        self.view.show_inbox(inbox, self.desk.now(), again=again)
        self.words()
        if inbox.since is None:
            self.rest()  # what the first preview needs is loaded after the first key
        elif inbox.cursor != before or self.previewed is None or again or not inbox.listing.ids:
            self.follow()

    def words(self) -> None:
        """Title, heading, keys, and what is said where nothing is listed."""
        if not self.query("#title"):
            return  # news that came before the screen is made, or after it was taken down
        as_of = as_of_words(self.desk.as_of(), self.desk.now())
        room = max(0, self.size.width - width_of(as_of) - KEPT_OF_TITLE)
        right = (*quiet_words(list(self.under_way.values()), room), *as_of)
        self.titled = title_words(self.desk.place, self.inbox)
        self.query_one("#title", Bar).say(self.titled, right)
        width = self.query_one("#heading", Bar).size.width or self.size.width
        # In the place of the columns' names, so that no row moves.
        names = heading(width, tall=self.view.tall) if self.inbox.listing.ids else BLANK
        self.query_one("#heading", Bar).say(trouble_words(self.said, self.hint, width) if self.said else names)
        self.query_one("#keys", Bar).say(key_words(self.footer(), max(0, self.size.width - PLACE)))
        self.place_said()
        many = len(self.inbox.listing.ids)
        empty = self.query_one("#empty", Entries)
        empty.display = not many
        self.view.display = bool(many)
        if not many:
            synced = self.desk.as_of() is not None
            empty.fill([(None, empty_lines(self.inbox, self.said, self.hint, synced, self.desk.place, width - 4))])

    def place_said(self) -> None:
        self.placed.say(BLANK, place_words(self.inbox))

    def footer(self) -> list[tuple[str, str]]:
        return [("enter", "open"), *footer("inbox", "app")]

    def on_failed(self, message: Failed) -> None:
        message.stop()
        self.waiting, self.recount = False, True
        self.notify(message.words, severity="error", markup=False)

    # --- geometry -----------------------------------------------------------------------------------------------------

    def on_resize(self, _event: events.Resize) -> None:
        self.laid()
        self.view.show_inbox(self.inbox, self.desk.now())
        self.call_after_refresh(self.fitted)

    # --- moving and opening -------------------------------------------------------------------------------------------

    def cursor_moved(self) -> None:
        self.inbox = self.view.inbox = moved(self.inbox, self.view.place)
        self.place_said()
        self.rest()

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        row = self.view.row(self.view.place)
        if message.view is self.view and row is not None:
            self.inbox = self.view.inbox = moved(self.inbox, self.inbox.place)
            self.post_message(self.Opened(row.change))

    def on_screen_suspend(self) -> None:
        self.above = self.app.screen

    def on_screen_resume(self) -> None:
        """Back from a change: it is as it was looked at."""
        above, self.above = self.above, None
        if above is not None:
            self.looked(above)
        if self.is_mounted and hasattr(self, "view"):
            self.reload()

    def looked(self, above: object) -> None:
        """Remember the change that the screen `above` showed."""
        from reviewer.model.detail import ChangeDetail
        from reviewer.review.rollout import Opened
        from reviewer.tui.stream_screen import StreamScreen

        shown, newest = getattr(above, "detail", None), getattr(above, "newest", None)
        if isinstance(shown, ChangeDetail):
            seen = above.seen() if isinstance(above, StreamScreen) and above.keys is not None else None
            self.opened[shown.change.change_id] = Opened(shown.change.digest, seen)
            state = newest.change if isinstance(newest, ChangeDetail) else shown.change
            self.desk.looked(replace(state, revision=shown.change.revision))

    # --- other keys ---------------------------------------------------------------------------------------------------

    def action_order(self) -> None:
        self.inbox = next_order(self.inbox)
        self.list_now()
        self.words()

    def action_tall(self) -> None:
        self.view.wanted_tall = not self.view.tall
        self.set(self.inbox)
        self.remember()

    def action_decided(self) -> None:
        self.inbox = with_decided(self.inbox, not self.inbox.decided)
        self.list_now()

    def action_mark(self) -> None:
        if self.inbox.cursor is not None:
            self.set(toggled(self.inbox, self.inbox.cursor))
            self.view.action_go(1)

    def action_sync(self) -> None:
        def sync() -> Message:
            return Synced(self.desk.sync())

        self.acting.ask(self.app, "syncing", sync)

    def action_leave(self) -> None:
        self.app.leave()  # type: ignore[attr-defined]
