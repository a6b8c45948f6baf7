"""What a reviewer says of a finding on screen: not useful, or its risk accepted for some days; and takes back.

What must stay true: nothing here approves anything; an acceptance asks for its reason and its end first, and the dialog
of an approval shows it as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from textual.message import Message

from reviewer.model.detail import ChangeDetail
from reviewer.model.feedback import FeedbackKind
from reviewer.model.finding import Finding
from reviewer.review.feedback import standing_words
from reviewer.review.lines import line, paragraph
from reviewer.text import show
from reviewer.tui.acting_screen import ActingScreen
from reviewer.tui.inbox_many import Choosing
from reviewer.tui.line_view import Entries

_LONG = re.compile(r"(\d{1,4})\s{0,4}([dw])?\b[\s,:]{0,8}(.*)", re.DOTALL)
_DAYS = {"d": 1, "w": 7}


class FeedbackScreen(ActingScreen):
    """The part of a change's screen that is about what people say of its findings."""

    pane: str

    class Noted(Message):
        """Something was said of a finding."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    def fill(self) -> None:
        raise NotImplementedError

    def note(self, what: str, call: Callable[[], str]) -> None:
        """Say something of a finding, beside the screen."""
        self.acting.ask(self, what, lambda: self.Noted(call()))

    def on_feedback_screen_noted(self, message: Noted) -> None:
        self.notify(message.said, markup=False)
        self.fill()
        self.ask_newest()

    def said_of(self, detail: ChangeDetail) -> dict[str, str]:
        """By fingerprint, what stands of what people said, in words."""
        now = self.desk.now()
        mine = {finding.fingerprint for finding in detail.findings}
        entries = self.desk.feedback.entries(detail.change.repo_id)
        return {e.fingerprint: standing_words(e, now) for e in entries if e.fingerprint in mine and e.stands(now)}

    def accepted(self, detail: ChangeDetail) -> Mapping[str, str]:
        now = self.desk.now()
        return {name: standing_words(entry, now) for name, entry in self.desk.feedback.accepted(detail).items()}

    def _finding(self) -> Finding | None:
        """The finding under the cursor: of the list where one is in it, else of the difference."""
        note = self.diff.noted_here() if self.pane == "diff" else None
        if note is not None and note.finding is not None:
            return note.finding
        key = self.query_one("#findings", Entries).key
        if self.pane != "findings" or self.detail is None or not isinstance(key, int):
            self.notify("There is no finding under the cursor: f goes to one, 4 lists them.", markup=False)
            return None
        return self.detail.findings[key] if key < len(self.detail.findings) else None

    def _taken_back(self, detail: ChangeDetail, finding: Finding, kind: FeedbackKind) -> bool:
        """Take back what stands of one kind on the finding; whether there was anything."""
        now = self.desk.now()
        standing = [
            entry
            for entry in self.desk.feedback.entries(detail.change.repo_id)
            if entry.fingerprint == finding.fingerprint and entry.kind is kind and entry.stands(now)
        ]
        for entry in standing:
            self.desk.feedback.revoke(entry.feedback_id)
        return bool(standing)

    def action_not_useful(self) -> None:
        detail, finding = self.detail, self._finding()
        if detail is None or finding is None:
            return

        def call() -> str:
            if self._taken_back(detail, finding, FeedbackKind.NOT_USEFUL):
                return "taken back: the finding counts as useful again"
            self.desk.feedback.not_useful(detail, finding)
            return "noted: not useful. A rule that often is not steps back here; - takes it back"

        self.note("noting that", call)

    def action_accept_risk(self) -> None:
        detail, finding = self.detail, self._finding()
        if detail is None or finding is None:
            return
        if finding.fingerprint in self.desk.feedback.accepted(detail):
            def back() -> str:
                self._taken_back(detail, finding, FeedbackKind.ACCEPTED)
                return "no longer accepted: it has to be acknowledged again"

            self.note("taking the acceptance back", back)
            return
        about = [*paragraph(show(finding.message, limit=300), 68, indent=" "), line("")]
        about += [line(" Until that day an approval finds it acknowledged, and shows by whom.", "muted")]
        asks = "days and reason, as: 30d a sample key of the documentation"
        screen = Choosing(self.paint, "Accept this risk for some days", [(None, about)], asks, "accept")
        self.app.push_screen(screen, lambda said: self._accept(detail, finding, said))

    def _accept(self, detail: ChangeDetail, finding: Finding, said: str | None) -> None:
        if said is None:
            return
        found = _LONG.fullmatch(said)
        if found is None:
            self.notify("Say first for how many days, then why: 30d a sample key", severity="error", markup=False)
            return
        days, reason = int(found[1]) * _DAYS[found[2] or "d"], found[3]

        def call() -> str:
            entry = self.desk.feedback.accept(detail, finding, days, reason)
            return f"{standing_words(entry, self.desk.now())}; ! takes it back"

        self.note("accepting the risk", call)
