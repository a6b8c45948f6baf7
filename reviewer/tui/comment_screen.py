"""Writes one comment: kept as a draft with every key, so that a crash or a hang-up loses nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import TextArea

from reviewer.model.comment import Anchor, Comment, CommentKind
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.review.desk import Desk
from reviewer.review.lines import Line, key_words
from reviewer.review.remarks import body_lines
from reviewer.review.suggesting import block
from reviewer.text import Untrusted, show
from reviewer.tui.bar import Bar
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries
from reviewer.tui.paint import Paint

LINES = 12
"""Lines of the screen that the editor lies over."""


class CommentScreen(ModalScreen[bool]):
    """A small editor over the review; `draft` is the one to go on with. It is dismissed with whether a draft stays."""

    SCOPES = ("editor",)
    BINDINGS = bindings("editor")
    CSS = """
    CommentScreen { align: center bottom; background: $background 30%; }
    CommentScreen.above { align: center top; }
    CommentScreen > Container { width: 100%; height: 12; background: $panel; border-top: solid $accent; }
    CommentScreen TextArea { height: 1fr; border: none; background: $background; padding: 0 1; }
    CommentScreen TextArea:focus { border: none; }
    """

    def __init__(
        self,
        desk: Desk,
        paint: Paint,
        detail: ChangeDetail,
        anchor: Anchor | None,
        draft: Comment | None = None,
        answers: Comment | None = None,
        *,
        above: bool = False,
    ) -> None:
        super().__init__(classes="above" if above else None)
        self.desk = desk
        self.paint = paint
        self.detail = detail
        self.place = anchor
        self.draft_id = draft.comment_id if draft else None
        self.begun = draft.body.raw if draft else ""
        self.kind = draft.kind if draft else CommentKind.NOTE
        self.answers = draft.answers if draft else answers.comment_id if answers else None

    def compose(self) -> ComposeResult:
        with Container():
            yield Bar(self.paint, id="about")
            text = TextArea(self.begun, soft_wrap=True, show_line_numbers=False, id="text")
            text.cursor_blink = False
            yield text
            yield Entries(self.paint, follows=False, id="preview")
            yield Bar(self.paint, id="editor-keys")

    def on_mount(self) -> None:
        where = "the whole change"
        quoted: Line = ()
        if self.place is not None:
            where = show(self.place.file, limit=120)
            if self.place.start is not None:
                last = f"-{self.place.end}" if self.place.end not in (None, self.place.start) else ""
                where += f":{self.place.start}{last}" + (" (removed)" if self.place.side.value == "old" else "")
            quoted = ((f"  {show(self.place.text, limit=200).strip()}", "muted"),)
        verb = " Answer on " if self.answers else " Comment on "
        self.query_one("#about", Bar).say(((verb, "accent bold"), (where, "text bold"), *quoted))
        self.query_one("#preview").display = False
        self._saved()
        self.set_focus(self.query_one(TextArea))

    def _saved(self, said: str = "") -> None:
        told = said or ("kept" if self.draft_id else "")
        state: Line = ((f" {told} ", "muted"), (f" {self.kind.value} ", "accent"))
        self.query_one("#editor-keys", Bar).say(key_words(footer("editor"), self.size.width - 30), state)

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        self._keep()

    def _keep(self) -> None:
        body = self.query_one(TextArea).text
        try:
            if body.strip():
                self.draft_id = self.desk.talk.draft(
                    self.detail, body, self.place, self.draft_id, self.kind, self.answers
                ).comment_id
            elif self.draft_id is not None:
                self.desk.talk.drop_draft(self.draft_id)
                self.draft_id = None
        except ReviewerError as error:
            self._saved(f"not kept: {error.message}")
            return
        self._saved()

    def action_kind(self) -> None:
        """Another kind: a note, a question that is to be answered, an instruction that is to be followed."""
        kinds = (CommentKind.NOTE, CommentKind.QUESTION, CommentKind.INSTRUCTION)
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
        self._keep()

    def action_suggest(self) -> None:
        """Begin a suggested edit with the lines that are remarked on."""
        if self.place is not None and self.place.text:
            area = self.query_one(TextArea)
            area.insert(block(self.place.text), area.document.end)

    def action_preview(self) -> None:
        """Show the comment as it will stand under its line, or go on with writing it."""
        area, preview = self.query_one(TextArea), self.query_one("#preview", Entries)
        shown = not preview.display
        if shown:
            lines = body_lines(Untrusted(area.text), self.place, self.size.width)
            preview.fill([(None, [line]) for line in lines] or [(None, [(("    nothing yet", "muted"),)])])
        preview.display, area.display = shown, not shown
        self.set_focus(preview if shown else area)

    def action_editor(self) -> None:
        """Go on in $VISUAL or $EDITOR; what it saves is taken over."""
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        area = self.query_one(TextArea)
        with tempfile.TemporaryDirectory(prefix="reviewer-") as folder:
            place = Path(folder) / "comment.md"
            place.write_text(area.text, "utf-8", "replace")
            try:
                with self.app.suspend():
                    done = subprocess.run([*command, str(place)], check=False)
                text = place.read_text("utf-8", "replace")
            except (OSError, SuspendNotSupported) as error:
                self._saved(f"no editor: {show(str(error), limit=60)}")
                return
        if done.returncode == 0:
            area.text = text
            self._keep()

    def action_keep(self) -> None:
        self.dismiss(self.draft_id is not None)

    def action_drop(self) -> None:
        if self.draft_id is not None:
            self.desk.talk.drop_draft(self.draft_id)
            self.draft_id = None
        self.dismiss(False)
