"""Previews the change under the cursor, beside the inbox or below it, as the width allows.

What must stay true: the preview follows once the cursor rests and never holds it; where list and preview stand is what
`panes` says, as the first paint does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from reviewer.model.change import Change, State
from reviewer.review.inbox_rows import panes
from reviewer.tui.inbox_filter import Filtering
from reviewer.tui.line_view import Entries

if TYPE_CHECKING:
    from reviewer.model.detail import ChangeDetail

_REST_SECONDS = 0.1
"""How long the cursor rests before the preview follows it."""


class Previewing(Filtering):
    """The part of the inbox's screen that previews. `wanted` is whether the preview is open."""

    wanted = True
    previewed: Previewing.Detail | None = None
    resting: Timer | None = None

    class Detail(Message):
        """What the preview shows."""

        def __init__(self, change: Change, detail: ChangeDetail | None) -> None:
            super().__init__()
            self.change = change
            self.detail = detail

    def words(self) -> None:
        raise NotImplementedError

    def remember(self) -> None:
        raise NotImplementedError

    def rest(self) -> None:
        """Let the preview follow once the cursor rests."""
        if self.resting is not None:
            self.resting.stop()
        self.resting = self.set_timer(_REST_SECONDS, self.follow) if self.wanted else None

    def follow(self) -> None:
        row = self.view.row(self.inbox.place) if self.inbox.listing.ids else None
        if row is None:
            self.previewed = None
            self.query_one("#preview", Entries).fill([])
            return
        change = row.change
        if change.state is State.DISCOVERED:
            self.on_previewing_detail(self.Detail(change, None))
        else:
            self.reading.ask(self, "reading the store", lambda: self.Detail(change, self.desk.detail(change.change_id)))

    def on_previewing_detail(self, message: Detail) -> None:
        row = self.view.row(self.inbox.place)
        if row is None or row.change.change_id != message.change.change_id:
            return
        from reviewer.review.preview import preview  # the first key goes before it

        self.previewed = message
        pane = self.query_one("#preview", Entries)
        width = max(20, pane.scrollable_content_region.width - 2)
        lines = preview(row.change, message.detail, width, self.view.beside(row).news)
        # The margin is part of the lines: a padded widget's are painted, and sent, by Textual.
        pane.fill([(None, [((" ", "text"), *parts) for parts in lines])])

    def laid(self) -> None:
        """Put list and preview where `panes` says, as the first paint does."""
        width, height = self.app.size
        room = panes(width, height, self.wanted)
        beside = room.preview_width not in (0, width)
        self.query_one("#body").set_class(beside, "beside")
        pane = self.query_one("#preview")
        pane.display = bool(room.preview_lines)
        pane.styles.width = room.preview_width if beside else "1fr"
        pane.styles.height = "1fr" if beside else room.preview_lines

    def fitted(self) -> None:
        self.words()
        if self.previewed is not None:
            self.on_previewing_detail(self.previewed)

    def action_preview(self) -> None:
        self.wanted = not self.wanted
        self.laid()
        self.call_after_refresh(self.fitted)
        self.follow()
        self.remember()
