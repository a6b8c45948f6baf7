"""The inbox: every change that waits, riskiest first, a preview of the one under the cursor, a filter as one types."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from reviewer.model.change import OPEN_STATES, Change, ChangeDetail, State
from reviewer.review.desk import Desk
from reviewer.review.inbox import Inbox, moved, with_decided, with_query, with_rows
from reviewer.review.inbox_rows import heading, inbox_row
from reviewer.review.lines import BLANK, Line, key_words, line
from reviewer.review.peek import as_of_words, kept
from reviewer.review.preview import preview
from reviewer.text import show
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.following import Synced
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint

_BESIDE = 190
"""From this width on the preview stands beside the list."""


class InboxView(LineView):
    """One line a change."""

    def __init__(self, paint: Paint, now: float) -> None:
        super().__init__(paint, id="changes")
        self.inbox = Inbox()
        self.now = now

    def show_inbox(self, inbox: Inbox, now: float) -> None:
        """Show other rows; the cursor stays on its change, on the same line of the screen where that can be."""
        line_on_screen = self.cursor - self.top
        self.inbox, self.now = inbox, now
        self.cursor = inbox.place
        self.changed()
        self.scroll_top(self.cursor - line_on_screen)
        self.reveal(self.cursor)

    def total(self) -> int:
        return len(self.inbox.shown)

    def line(self, n: int, width: int) -> Line:
        row = self.inbox.shown[n]
        return inbox_row(row, width, self.now, fresh=row.change_id in self.inbox.fresh)


class InboxScreen(Screen[None]):
    """The first screen. It posts `Opened` with the change that was chosen."""

    SCOPES = ("inbox", "list")
    BINDINGS = bindings("inbox")
    AUTO_FOCUS = ""
    CSS = """
    InboxScreen #body { layout: vertical; height: 1fr; }
    InboxScreen #body.beside { layout: horizontal; }
    InboxScreen #list { height: 1fr; width: 1fr; layout: vertical; }
    InboxScreen #preview { height: 45%; background: $panel; padding: 0 1; }
    InboxScreen #body.beside #preview { height: 1fr; width: 40%; }
    InboxScreen #empty { display: none; padding: 1 2; }
    """

    class Opened(Message):
        """A change is to be opened."""

        def __init__(self, change: Change) -> None:
            super().__init__()
            self.change = change

    class Rows(Message):
        """The changes as the store has them now."""

        def __init__(self, rows: tuple[Change, ...]) -> None:
            super().__init__()
            self.rows = rows

    class Detail(Message):
        """What the preview shows."""

        def __init__(self, change: Change, detail: ChangeDetail | None) -> None:
            super().__init__()
            self.change = change
            self.detail = detail

    def __init__(self, desk: Desk, paint: Paint, reading: Background, acting: Background) -> None:
        super().__init__()
        self.desk = desk
        self.paint = paint
        self.reading = reading
        self.acting = acting
        self.inbox = Inbox()
        self.said = ""
        self.previewed: InboxScreen.Detail | None = None
        self.wanted = True
        self.titled: Line = BLANK

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        with Container(id="body"):
            with Container(id="list"):
                yield Input(placeholder="words that a change holds; -word leaves it out", id="filter", compact=True)
                yield Bar(self.paint, behind="surface", id="heading")
                yield InboxView(self.paint, self.desk.now())
                yield Entries(self.paint, follows=False, id="empty")
            yield Entries(self.paint, follows=False, ground="panel", id="preview")
        yield Bar(self.paint, id="keys")

    def on_mount(self) -> None:
        self.view = self.query_one(InboxView)
        self.query_one("#filter").display = False
        self.took(tuple(self.desk.changes()))
        self.view.focus()
        self.set_interval(15, self.tick)
        if self.desk.notice:
            self.notify(self.desk.notice, severity="warning", markup=False, timeout=10)

    # --- news -------------------------------------------------------------------------------------------------------

    def synced(self, message: Synced) -> None:
        self.said = message.said
        self.reload()

    def reload(self) -> None:
        """Read the store again, beside the screen."""
        self.reading.ask(self, "reading the store", lambda: self.Rows(tuple(self.desk.changes())))

    def on_inbox_screen_rows(self, message: Rows) -> None:
        self.took(message.rows)

    def took(self, rows: tuple[Change, ...]) -> None:
        self.set(with_rows(self.inbox, rows))
        self.remember()

    def remember(self) -> None:
        """Keep this screenful for the next start, beside the screen."""
        if self.inbox.query or self.inbox.decided:
            return
        keys = [("enter", "open"), *footer("inbox", "app")]
        peek = kept(
            self.inbox.shown[:100], self.inbox.fresh, self.titled, self.desk.as_of(), keys, self.wanted,
            self.paint.colours,
        )  # fmt: skip
        self.reading.ask(self, "keeping the screen", lambda: self.desk.keep_peek(peek))

    def tick(self) -> None:
        """Ages grow."""
        self.set(self.inbox)

    def set(self, inbox: Inbox) -> None:
        """Show another state of the inbox."""
        before = self.inbox.current
        if inbox.cursor is None and inbox.shown:
            inbox = replace(inbox, cursor=inbox.shown[0].change_id)
        self.inbox = inbox
        self.view.show_inbox(inbox, self.desk.now())
        self._words()
        if inbox.current != before or self.previewed is None:
            self._ask_preview()

    def _words(self) -> None:
        waiting = sum(row.state in (State.PENDING, State.CONFLICT) for row in self.inbox.rows)
        found = sum(row.state is State.DISCOVERED for row in self.inbox.rows)
        busy = sum(row.run in ("running", "queued") for row in self.inbox.rows if row.state in OPEN_STATES)
        parts = [f"{waiting} to review"]
        parts += [f"{found} found, not submitted"] if found else []
        parts += [f"{busy} running"] if busy else []
        right = as_of_words(self.desk.as_of(), self.desk.now())
        if self.said:
            right = ((f" {self.said} ", "run-waiting"), *right)
        place = f" {self.desk.place}" if self.desk.place else ""
        left: Line = ((" reviewer", "accent bold"), (place, "text bold"), ("   " + "   ".join(parts), "muted"))
        self.titled = left
        self.query_one("#title", Bar).say(left, right)
        self.query_one("#heading", Bar).say(heading(self.view.size.width or self.size.width))
        many = len(self.inbox.shown)
        at = f" {self.inbox.place + 1} of {many} " if many else ""
        keys = [("enter", "open"), *footer("inbox", "app")]
        self.query_one("#keys", Bar).say(key_words(keys, self.size.width - len(at)), ((at, "muted"),))
        empty = self.query_one("#empty", Entries)
        empty.display = not many
        self.view.display = bool(many)
        if not many:
            empty.fill([(None, self._empty())])

    def _empty(self) -> list[Line]:
        if self.inbox.query:
            return [
                line(f"Nothing holds {show(self.inbox.query, limit=60)}."),
                line("Escape clears the filter.", "muted"),
            ]
        hidden = len(self.inbox.rows)
        decided = [line(f"{hidden} decided ones are hidden: A shows them.", "muted")] if hidden else []
        return [
            line("Nothing waits for you.", "text bold"),
            BLANK,
            line("A branch by an agent shows up here by itself: by its prefix (claude/, codex/ ...), by a"),
            line("Co-authored-by trailer, or by the worktree that it was made in. Agents submit with:"),
            line("  reviewer submit --branch claude/fix", "accent"),
            line("To see how it feels first:"),
            line("  reviewer demo", "accent"),
            *decided,
        ]

    # --- the preview ------------------------------------------------------------------------------------------------

    def _ask_preview(self) -> None:
        change = self.inbox.current
        if change is None:
            self.query_one("#preview", Entries).fill([])
            return
        if change.state is State.DISCOVERED:
            self.on_inbox_screen_detail(self.Detail(change, None))
        else:
            self.reading.ask(self, "reading the store", lambda: self.Detail(change, self.desk.detail(change.change_id)))

    def on_inbox_screen_detail(self, message: Detail) -> None:
        current = self.inbox.current
        if current is None or current.change_id != message.change.change_id:
            return
        self.previewed = message
        pane = self.query_one("#preview", Entries)
        pane.fill([(None, preview(current, message.detail, max(20, pane.scrollable_content_region.width)))])

    def on_failed(self, message: Failed) -> None:
        message.stop()
        self.notify(message.words, severity="error", markup=False)

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#body").set_class(event.size.width >= _BESIDE, "beside")
        self.query_one("#preview").display = self.wanted and event.size.height >= 16
        self.call_after_refresh(self._fitted)

    def _fitted(self) -> None:
        self._words()
        if self.previewed is not None:
            self.on_inbox_screen_detail(self.previewed)

    # --- keys -------------------------------------------------------------------------------------------------------

    def on_line_view_moved(self, message: LineView.Moved) -> None:
        if message.view is self.view:
            before = self.inbox.fresh
            self.inbox = self.view.inbox = moved(self.inbox, message.place)
            if self.inbox.fresh != before:
                self.view.refresh()
            self._words()
            self._ask_preview()

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        current = self.inbox.current
        if message.view is self.view and current is not None:
            self.inbox = moved(self.inbox, self.inbox.place)
            self.post_message(self.Opened(current))

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action == "filter" and isinstance(self.focused, Input))

    def on_input_changed(self, event: Input.Changed) -> None:
        self.set(with_query(self.inbox, event.value))

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        if not self.inbox.query:
            self.query_one("#filter").display = False
        self.set_focus(self.view)

    def key_escape(self) -> None:
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.set_focus(self.view)

    def action_preview(self) -> None:
        self.wanted = not self.wanted
        self.query_one("#preview").display = self.wanted
        self.call_after_refresh(self._fitted)

    def action_decided(self) -> None:
        self.set(with_decided(self.inbox, not self.inbox.decided))

    def action_sync(self) -> None:
        def sync() -> Message:
            return Synced(self.desk.sync())

        self.acting.ask(self.app, "syncing", sync)

    def action_leave(self) -> None:
        self.app.leave()  # type: ignore[attr-defined]
