"""Filters the inbox as one types: the field, what its last word may become, what is wrong with it; views by name."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.message import Message
from textual.widgets import Input

from reviewer.review.inbox import unmarked, with_text
from reviewer.review.inbox_words import mistake_lines
from reviewer.review.query import completions
from reviewer.tui.acting_many import Acting
from reviewer.tui.background import Background
from reviewer.tui.bar import Bar
from reviewer.tui.inbox_many import viewing


class Filtering(Acting):
    """The part of the inbox's screen that filters."""

    reading: Background
    field: Input
    views: dict[str, str]
    known: dict[str, list[str]]
    cursor_before: int | None = None
    """The row that the cursor was on when the filter was begun."""

    class Known(Message):
        """Values of the query language's keys."""

        def __init__(self, values: dict[str, list[str]]) -> None:
            super().__init__()
            self.values = values

    def list_now(self) -> None:
        raise NotImplementedError

    def action_filter(self) -> None:
        if not self.inbox.text:
            self.cursor_before = self.inbox.cursor
        self.field.display = True
        self.set_focus(self.field)
        columns = ("agent", "branch", "target", "repo")
        self.reading.ask(
            self, "reading the store", lambda: self.Known({name: self.desk.values_of(name) for name in columns})
        )

    def on_filtering_known(self, message: Known) -> None:
        self.known = message.values

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action == "filter" and isinstance(self.focused, Input))

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input is self.field:
            before = self.inbox.query
            self.inbox = with_text(self.inbox, event.value)
            self.offer()
            if self.inbox.query != before:
                self.list_now()

    def offer(self) -> None:
        """Below the field: what is wrong and where, or what the last word may become."""
        bar = self.query_one("#offered", Bar)
        offered = completions(self.inbox.text, self.known) if isinstance(self.focused, Input) else []
        said = mistake_lines(self.inbox.text, self.inbox.mistake, offered)
        bar.display = bool(said)
        bar.say(said)

    def on_key(self, event: events.Key) -> None:
        if event.key == "tab" and self.focused is self.field:
            event.stop()
            event.prevent_default()
            if offered := completions(self.inbox.text, self.known):
                self.field.value = offered[0]
                self.field.cursor_position = len(offered[0])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.field and self.inbox.mistake is None:
            self.set_focus(self.view)
            self.field.display = bool(self.inbox.text)
            self.offer()

    def key_escape(self) -> None:
        if self.focused is not self.field and self.inbox.marked:
            self.set(unmarked(self.inbox))
            return
        self.clear()

    def clear(self) -> None:
        """No filter any more; where nothing was chosen by it, the cursor is where it was."""
        if self.focused is self.field and self.cursor_before is not None:
            self.inbox = replace(self.inbox, cursor=self.cursor_before)
        self.field.value = ""
        self.field.display = False
        self.inbox = with_text(self.inbox, "")
        self.set_focus(self.view)
        self.offer()
        self.list_now()

    def action_views(self) -> None:
        self.app.push_screen(viewing(self.paint, self.views), self._viewed)

    def _viewed(self, name: str | None) -> None:
        if name == "":
            self.clear()
        elif name is not None:
            self.field.display = True
            self.field.value = self.views[name]
