"""What is said about the lines of a change - findings, talk, failing runs, coverage - and which of them were seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.message import Message

from reviewer.model.change import Change
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.model.mark import Mark
from reviewer.review.colouring import LONGEST
from reviewer.review.comparison import Comparison, of_commits
from reviewer.review.coverage import lines_that_ran
from reviewer.review.desk import Desk
from reviewer.review.remarks import Noted, gathered
from reviewer.review.run_notes import failed, run_notes
from reviewer.review.since import looked_at_last, since
from reviewer.tui.background import Background
from reviewer.tui.paint import Paint
from reviewer.tui.run_acting import RunActing
from reviewer.tui.run_logs import Log
from reviewer.tui.since_screen import SinceScreen

_READ: Final = 3
"""Failed runs whose output is read without being asked for: it may name changed lines."""
_SOON: Final = 0.5


class Saying(RunActing):
    """Whoever derives from it shows `detail`, and calls `keep_marks` before it ends."""

    def __init__(
        self, desk: Desk, paint: Paint, reading: Background, sealing: Background, acting: Background, change: Change
    ) -> None:
        super().__init__(desk, paint, reading, sealing, acting, change)
        self._unkept: list[Mark] = []

    # --- what is said -----------------------------------------------------------------------------------------------

    def noted(self, detail: ChangeDetail) -> list[Noted]:
        """Everything that is said about lines: findings, threads, drafts, and what failed runs say of them."""
        logs = {run.log or "": log.tail for run in detail.runs if failed(run) and (log := self.logs.of(run))}
        return [*gathered(detail, self.drafts), *run_notes(detail.runs, logs, self.files)]

    def tell_lines(self, detail: ChangeDetail) -> None:
        """Show what is said about lines now, and whether they ran; output of failed runs is asked for."""
        self.diff.show_ran(lines_that_ran(detail.runs))
        self.diff.show_noted(self.noted(detail))
        for run in [run for run in detail.runs if failed(run)][:_READ]:
            if self.logs.of(run) is None:
                self.logs.want(run)
                if (log := self.logs.of(run)) is not None:
                    self.logged(log)

    def logged(self, log: Log) -> None:
        if self.detail is not None and log.ended and failed(log.run):
            self.diff.show_noted(self.noted(self.detail))

    # --- since the last look ----------------------------------------------------------------------------------------

    class Since(Message):
        """What was changed since an earlier revision."""

        def __init__(self, comparison: Comparison) -> None:
            super().__init__()
            self.comparison = comparison

    def action_since(self) -> None:
        """What the change did since the revision looked at last, what its target brought taken out."""
        detail = self.detail
        earlier = looked_at_last(detail.revisions, self.book.digests) if detail is not None else None
        if detail is None or earlier is None:
            self.notify("You have looked at no earlier revision of this change.", markup=False)
            return
        revisions, change, desk = detail.revisions, detail.change, self.desk
        later = next((r for r in revisions if r.digest == change.digest), revisions[-1])

        def call() -> Message:
            commits, title = since(desk.compared(change), earlier, later)
            return self.Since(of_commits(title, commits, LONGEST))

        self.reading.ask(self, "comparing with what you looked at", call)

    def on_saying_since(self, message: Since) -> None:
        if not message.comparison.files:
            self.notify(f"Nothing differs: {message.comparison.title}.", markup=False)
        else:
            self.app.push_screen(SinceScreen(self.paint, self.reading, message.comparison))

    # --- marks ------------------------------------------------------------------------------------------------------

    def kept(self, marks: Sequence[Mark]) -> None:
        """Keep marks: what was shown a moment later, what was reviewed at once."""
        self._unkept += marks
        if any(mark.reviewed for mark in marks):
            self.keep_marks()
        elif len(self._unkept) == len(marks):
            self.set_timer(_SOON, self.keep_marks)

    def keep_marks(self) -> None:
        unkept, self._unkept = self._unkept, []
        try:
            if unkept:
                self.desk.keep_marks(self.change.change_id, unkept)
        except ReviewerError as error:
            self.notify(f"{error.message}. {error.hint}", severity="error", markup=False)
