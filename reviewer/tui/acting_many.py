"""What a reviewer does from the inbox: the next sensible thing, and what is done to all marked changes at once.

What must stay true: nothing is approved from here but the gates of one rollout, each after it was open; what sends
something asks first, and says how many it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import Screen

from reviewer.model.attention import Turn
from reviewer.model.change import Kind, State
from reviewer.model.errors import ReviewerError
from reviewer.model.listing import Counts, Row
from reviewer.review.desk import Desk
from reviewer.review.inbox import Inbox, line_of, unmarked
from reviewer.text import fit, show
from reviewer.tui.background import Background
from reviewer.tui.inbox_many import rejecting, snooze_of, snoozing
from reviewer.tui.inbox_view import InboxView
from reviewer.tui.paint import Paint

if TYPE_CHECKING:
    from reviewer.model.detail import ChangeDetail
    from reviewer.review.rollout import Gate, Opened


_TITLE = 66
"""Cells of a title in a dialog."""


class Acting(Screen[None]):
    """The part of the inbox's screen that does something."""

    desk: Desk
    paint: Paint
    sealing: Background
    acting: Background
    view: InboxView
    inbox: Inbox
    notifying: str
    opened: dict[str, Opened]

    class Gates(Message):
        """The open gates of the rollout of one change."""

        def __init__(self, change_id: str, details: Sequence[ChangeDetail]) -> None:
            super().__init__()
            self.change_id = change_id
            self.details = details

    class Acted(Message):
        """Something was done to some changes."""

        def __init__(self, said: str, bad: bool) -> None:
            super().__init__()
            self.said = said
            self.bad = bad

    def set(self, inbox: Inbox, *, again: bool = False) -> None:
        raise NotImplementedError

    def reload(self, *, recount: bool = True) -> None:
        raise NotImplementedError

    def chosen(self, *, submitted: bool) -> list[Row]:
        """The rows that are marked, else the one under the cursor; `submitted` leaves the others out, and says so."""
        ids = sorted(self.inbox.marked) or ([self.inbox.cursor] if self.inbox.cursor is not None else [])
        rows = self.desk.rows(ids)
        kept = [row for row in rows if not submitted or row.change.state is not State.DISCOVERED]
        if not kept and rows:
            self.notify("It was not submitted yet: open it first.", markup=False)
        return kept

    def action_next(self) -> None:
        """Open what is the reviewer's to decide; else go to the first that is; else open what was found."""
        row = self.view.row(self.view.place) if self.inbox.listing.ids else None
        if row is None:
            return
        mine = next((section for section in self.inbox.listing.sections if section.name == Turn.MINE.value), None)
        if row.turn is Turn.MINE or mine is None:
            self.view.action_choose()
        else:
            self.view.move_to(line_of(self.inbox.listing, mine.start, self.view.tall))

    def act(
        self, what: str, rows: Sequence[Row], call: Callable[[Row], object], done: str, *, seals: bool = False
    ) -> None:
        """Do something to each of some rows beside the screen; what was refused is told, and the rest is done.

        What `seals` waits for no gate, and is sent afterwards.
        """

        def every() -> Message:
            refused: list[ReviewerError] = []
            for row in rows:
                try:
                    call(row)
                except ReviewerError as error:
                    refused.append(error)
            if seals:
                self.acting.ask(self, "sending", self._send)
            said = f"{len(rows) - len(refused)} {done}"
            if refused:
                said += f", {len(refused)} not: {refused[0].message}"
            return self.Acted(said, bool(refused))

        (self.sealing if seals else self.acting).ask(self, what, every)
        self.set(unmarked(self.inbox))

    def on_acting_acted(self, message: Acted) -> None:
        self.notify(message.said, severity="error" if message.bad else "information", markup=False)
        self.reload()

    def action_rerun(self) -> None:
        rows = self.chosen(submitted=True)
        if rows:
            self.act("asking for runs", rows, lambda row: self.desk.rerun(row.change.change_id), "run again")

    def action_gates(self) -> None:
        """Approve the gates of one rollout together; of everything else an approval is given where it is open."""
        row = self.view.row(self.view.place) if self.inbox.listing.ids else None
        if row is None:
            return
        if row.change.kind is not Kind.DEPLOY:
            self.notify("Open it to approve it: from here only the gates of one rollout are.", markup=False)
            return
        change_id = row.change.change_id
        self.acting.ask(self, "reading the rollout", lambda: self.Gates(change_id, self.desk.gates(change_id)))

    def on_acting_gates(self, message: Gates) -> None:
        from reviewer.review.rollout import gates_of
        from reviewer.tui.rollout_screen import RolloutScreen

        gates = gates_of(message.details, self.opened)
        if not gates:
            self.notify("It is a part of no rollout that is open: approve it where it is open.", markup=False)
            return

        def newest() -> list[Gate]:
            return gates_of(self.desk.gates(message.change_id), self.opened)

        def done(why: str | None) -> None:
            if why is not None:
                self._release(gates, newest, why)

        self.app.push_screen(RolloutScreen(self.paint, gates, newest), done)

    def _release(self, gates: Sequence[Gate], newest: Callable[[], list[Gate]], why: str) -> None:
        """Seal one approval for each gate, all of them or none; they are sent afterwards."""

        def seal() -> Message:
            from reviewer.model.decision import Verdict
            from reviewer.review.rollout import locked

            now = newest()
            if held := locked(gates, now):
                return self.Acted(f"nothing was approved: {held}", True)
            for gate in now:
                self.desk.record(gate.detail, Verdict.APPROVE, why, seen=gate.seen)
            self.acting.ask(self, "sending", self._send)
            return self.Acted(f"{len(now)} approved, held for 10 seconds: U on each takes it back", False)

        self.sealing.ask(self, "approving", seal)

    def action_snooze(self) -> None:
        rows = self.chosen(submitted=False)
        if rows:
            self.app.push_screen(snoozing(self.paint, len(rows)), lambda key: self._snoozed(rows, key))

    def _snoozed(self, rows: Sequence[Row], key: str | None) -> None:
        if key is None:
            return
        for row in rows:
            self.desk.snooze([row.change.change_id], snooze_of(key, row.change.revision, self.desk.now()))
        self.notify(f"{len(rows)} {'awake' if key == 'wake' else 'asleep: is:snoozed shows them'}", markup=False)
        self.set(unmarked(self.inbox))
        self.reload()

    def action_reject(self) -> None:
        rows = self.chosen(submitted=True)
        named = [show(row.change.title, limit=200) or show(row.change.branch, limit=200) for row in rows]
        titles = [fit(name, _TITLE).rstrip() for name in named]
        if rows:
            self.app.push_screen(rejecting(self.paint, titles), lambda why: self._rejected(rows, why))

    def _rejected(self, rows: Sequence[Row], why: str | None) -> None:
        if why is None:
            return

        from reviewer.model.decision import Verdict

        def reject(row: Row) -> None:
            detail = self.desk.detail(row.change.change_id)
            if detail.change.digest != row.change.digest:
                raise ReviewerError("one has a newer revision", "look at it first")
            self.desk.record(detail, Verdict.REJECT, why)

        self.act("rejecting", rows, reject, "rejected", seals=True)

    def _send(self) -> Message | None:
        """Send what was sealed; where nobody answers, it waits."""
        self.desk.deliver()
        return None

    def told_outside(self, counts: Counts) -> None:
        """A bell or a desktop note for news, where the settings ask for one; in our own words alone."""
        said = f"reviewer: {counts.of(Turn.MINE)} to review"
        signal = {"bell": "\a", "osc9": f"\x1b]9;{said}\a", "osc777": f"\x1b]777;notify;reviewer;{said}\a"}
        driver = self.app._driver
        if driver is not None and self.notifying in signal:
            driver.write(signal[self.notifying])
