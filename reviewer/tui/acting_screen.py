"""What a reviewer does on a change: comments, decides, takes back, lands; each beside the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.message import Message

from reviewer.model.change import Change, State
from reviewer.model.comment import Anchor, Comment
from reviewer.model.decision import DecisionState, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.review.deciding import HOLD_SECONDS, Choice, Jump, outcome
from reviewer.review.desk import Desk
from reviewer.text import show
from reviewer.tui.background import Background, Failed
from reviewer.tui.comment_screen import LINES, CommentScreen
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.paint import Paint
from reviewer.tui.stream_screen import StreamScreen


class ActingScreen(StreamScreen):
    """`detail` is the revision on screen, `newest` the change as the store has it now, `drafts` what was not sent."""

    class Newest(Message):
        """The change as the store has it now, and the drafts on it."""

        def __init__(self, detail: ChangeDetail, drafts: list[Comment]) -> None:
            super().__init__()
            self.detail = detail
            self.drafts = drafts

    class Done(Message):
        """Something that was asked for was done."""

        def __init__(self, said: str, *, bad: bool = False, held: bool = False) -> None:
            super().__init__()
            self.said = said
            self.bad = bad
            self.held = held

    class Sealed(Message):
        """A verdict is sealed and recorded, and on its way."""

        def __init__(self, verdict: Verdict) -> None:
            super().__init__()
            self.verdict = verdict

    def __init__(
        self, desk: Desk, paint: Paint, reading: Background, sealing: Background, acting: Background, change: Change
    ) -> None:
        super().__init__(paint, reading)
        self.desk = desk
        self.sealing = sealing
        self.acting = acting
        self.change = change
        self.detail: ChangeDetail | None = None
        self.newest: ChangeDetail | None = None
        self.drafts: list[Comment] = []
        self.held_until = 0.0
        self.under_way = ""

    def ask_newest(self) -> None:
        """Read the store again, beside the screen."""
        change_id = self.change.change_id
        self.reading.ask(
            self,
            "reading the store",
            lambda: self.Newest(self.desk.detail(change_id), self.desk.talk.drafts(change_id)),
        )

    def act(self, what: str, call: Callable[[], str]) -> None:
        """Do something beside the screen; what it returns is said."""
        self.acting.ask(self, what, lambda: self.Done(call()))

    def on_acting_screen_sealed(self, message: Sealed) -> None:
        self.under_way = message.verdict.value
        self.told()

    def on_acting_screen_done(self, message: Done) -> None:
        message.stop()
        self.under_way = ""
        self.notify(message.said, severity="error" if message.bad else "information", markup=False)
        self.held_until = self.desk.now() + HOLD_SECONDS if message.held else 0.0
        self.told()
        self.ask_newest()

    def on_failed(self, message: Failed) -> None:
        message.stop()
        self.under_way = ""
        self.told()
        self.notify(message.words, severity="error", markup=False, timeout=8)

    # --- comments ---------------------------------------------------------------------------------------------------

    def action_comment(self) -> None:
        note = self.diff.noted_here()
        if self.detail is not None and note is not None and note.thread is not None:
            self._answer(self.detail, note.thread.root)
        else:
            self.write(self.diff.remarked())

    def _answer(self, detail: ChangeDetail, root: Comment) -> None:
        """Write an answer, going on with the draft that is there."""
        draft = next((draft for draft in self.drafts if draft.answers == root.comment_id), None)
        screen = CommentScreen(self.desk, self.paint, detail, root.anchor, draft, root)
        self.app.push_screen(screen, self._written)

    def action_range(self) -> None:
        begun = self.diff.begin_range()
        where = f"line {begun.start}" if begun is not None and begun.start is not None else "this place"
        self.notify(f"A range begins at {where}: move on, then c.", markup=False)

    def action_settle(self) -> None:
        """Settle the thread under the cursor, or open it again: only a person does."""
        note, detail = self.diff.noted_here(), self.detail
        if note is None or note.thread is None or detail is None:
            self.notify("There is no thread under the cursor.", markup=False)
            return
        thread = note.thread
        done = thread.settled is None

        def call() -> str:
            self.desk.talk.settle(detail, thread.root, done=done)
            return "settled" if done else "open again"

        self.act("settling the thread", call)

    def action_comment_all(self) -> None:
        self.write(None)

    def write(self, anchor: Anchor | None) -> None:
        """Write a comment on a place, going on with the draft that is there."""
        if self.detail is None:
            return
        draft = self.draft_at(anchor)
        place = draft.anchor if draft is not None else anchor
        above = not self.diff.keep_clear(LINES)
        screen = CommentScreen(self.desk, self.paint, self.detail, place, draft, above=above)
        self.app.push_screen(screen, self._written)

    def draft_at(self, anchor: Anchor | None) -> Comment | None:
        """The draft on a place."""
        mine = [draft for draft in self.drafts if draft.answers is None]
        return next((draft for draft in mine if _place(draft.anchor) == _place(anchor)), None)

    def _written(self, _kept: bool | None) -> None:
        shown = self.newest or self.detail
        if shown is not None:
            self.post_message(self.Newest(shown, self.desk.talk.drafts(self.change.change_id)))

    def action_send_drafts(self) -> None:
        detail = self.detail
        if detail is None or not self.drafts:
            self.notify("There are no drafts.", markup=False)
            return
        self.act("posting drafts", lambda: f"{self.desk.talk.send_drafts(detail)} comments posted")

    def accepted(self, _detail: ChangeDetail) -> Mapping[str, str]:
        """By fingerprint, the findings whose risk somebody accepted, and in words by whom and for how long."""
        return {}

    # --- deciding ---------------------------------------------------------------------------------------------------

    def action_decide(self, verdict: str) -> None:
        detail = self.detail
        if detail is None:
            return
        screen = DecideScreen(
            self.paint,
            detail,
            Verdict(verdict),
            len(self.drafts),
            lambda: self.newest or detail,
            self.accepted(detail),
            self.desk.reviewer.raw,
            self.seen() if self.keys is not None else None,
            self.unseen_findings(),
        )
        self.app.push_screen(screen, self._decided)

    def unseen_findings(self) -> frozenset[str]:
        """The fingerprints of findings whose hunk was never on screen whole."""
        return frozenset()

    def jump(self, requirement: str) -> None:
        """Show what a requirement is about."""

    def _decided(self, choice: Choice | Jump | None) -> None:
        detail = self.detail
        if choice is None or detail is None:
            return
        if isinstance(choice, Jump):
            self.jump(choice.requirement)
            return
        seen = self.seen() if self.keys is not None else None

        def seal() -> Message:
            item_id = self.desk.record(
                detail, choice.verdict, choice.reason, choice.acknowledged, seen=seen, overrides=choice.overrides,
                reasons=choice.reasons,
            )  # fmt: skip

            def send() -> Message:
                item = self.desk.send(item_id)
                said, bad = outcome(choice.verdict, item.state, item.said)
                return self.Done(said, bad=bad, held=item.state is DecisionState.CONFIRMED)

            self.acting.ask(self, choice.verdict.value, send)
            return self.Sealed(choice.verdict)

        self.sealing.ask(self, choice.verdict.value, seal)

    def action_undo(self) -> None:
        change_id = self.change.change_id
        mine = [item for item in self.desk.outbox() if item.decision is not None and item.change_id == change_id]
        if not mine:
            self.notify("You decided nothing on this change.", markup=False)
            return
        last = mine[-1].item_id
        self.act("undo", lambda: f"taken back: {self.desk.undo(change_id, last)}")

    def action_land(self) -> None:
        detail = self.newest
        if detail is None or detail.change.state is not State.WAITING_TO_LAND:
            self.notify("Only an approved change that waits can be landed.", markup=False)
            return
        self.act("landing", lambda: f"landed {self.desk.land(detail)[:12]} on {show(detail.change.target, limit=60)}")


def _place(anchor: Anchor | None) -> tuple[object, ...]:
    return (anchor.file, anchor.side, anchor.start) if anchor is not None else ()
