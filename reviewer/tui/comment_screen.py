"""Writes one comment: kept as a draft with every key, so that a crash or a hang-up loses nothing."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import TextArea

from reviewer.model.change import ChangeDetail
from reviewer.model.comment import Anchor, Comment
from reviewer.model.errors import ReviewerError
from reviewer.review.desk import Desk
from reviewer.review.lines import Line, key_words
from reviewer.text import show
from reviewer.tui.bar import Bar
from reviewer.tui.keys import bindings, footer
from reviewer.tui.paint import Paint


class CommentScreen(ModalScreen[bool]):
    """A small editor over the review; `draft` is the one to go on with. It is dismissed with whether a draft stays."""

    SCOPES = ("editor",)
    BINDINGS = bindings("editor")
    CSS = """
    CommentScreen { align: center bottom; background: $background 30%; }
    CommentScreen > Container { width: 100%; height: 12; background: $panel; border-top: solid $accent; }
    CommentScreen TextArea { height: 1fr; border: none; background: $background; padding: 0 1; }
    CommentScreen TextArea:focus { border: none; }
    """

    def __init__(
        self, desk: Desk, paint: Paint, detail: ChangeDetail, anchor: Anchor | None, draft: Comment | None = None
    ) -> None:
        super().__init__()
        self.desk = desk
        self.paint = paint
        self.detail = detail
        self.place = anchor
        self.draft_id = draft.comment_id if draft else None
        self.begun = draft.body.raw if draft else ""

    def compose(self) -> ComposeResult:
        with Container():
            yield Bar(self.paint, id="about")
            yield TextArea(self.begun, soft_wrap=True, show_line_numbers=False, id="text")
            yield Bar(self.paint, id="editor-keys")

    def on_mount(self) -> None:
        where = "the whole change"
        quoted: Line = ()
        if self.place is not None:
            where = show(self.place.file, limit=120)
            if self.place.start is not None:
                where += f":{self.place.start}" + (" (removed)" if self.place.side.value == "old" else "")
            quoted = ((f"  {show(self.place.text, limit=200).strip()}", "muted"),)
        self.query_one("#about", Bar).say(((" Comment on ", "accent bold"), (where, "text bold"), *quoted))
        self._saved()
        self.query_one(TextArea).focus()

    def _saved(self, said: str = "") -> None:
        told = said or ("kept" if self.draft_id else "")
        self.query_one("#editor-keys", Bar).say(
            key_words(footer("editor"), self.size.width - 20), ((f" {told} ", "muted"),)
        )

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        body = event.text_area.text
        try:
            if body.strip():
                self.draft_id = self.desk.draft(self.detail, body, self.place, self.draft_id).comment_id
            elif self.draft_id is not None:
                self.desk.drop_draft(self.draft_id)
                self.draft_id = None
        except ReviewerError as error:
            self._saved(f"not kept: {error.message}")
            return
        self._saved()

    def action_keep(self) -> None:
        self.dismiss(self.draft_id is not None)

    def action_drop(self) -> None:
        if self.draft_id is not None:
            self.desk.drop_draft(self.draft_id)
            self.draft_id = None
        self.dismiss(False)
