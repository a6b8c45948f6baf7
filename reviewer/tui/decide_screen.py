"""The dialog of a verdict: what will happen, to which revision, what is required, what locks it; then two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from reviewer.model.change import ChangeDetail
from reviewer.model.decision import Verdict
from reviewer.model.policy import Requirement, RequirementState
from reviewer.review.deciding import Choice, consequence, locks, to_acknowledge
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, key_words, line, paragraph, severity_style
from reviewer.review.preview import requirement_lines
from reviewer.text import fit, show
from reviewer.tui.bar import Bar
from reviewer.tui.challenge_view import ChallengeView
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint


def _height(entries: Sequence[Entry]) -> int:
    return sum(len(lines) for _, lines in entries)


class DecideScreen(ModalScreen[Choice | None]):
    """One verdict on one revision. `newest` gives the change as it is known now; `drafts` counts what goes with it.

    An approval is dismissed with a choice only after the challenge; the others after Enter on their reason.
    """

    SCOPES = ("decide",)
    BINDINGS = bindings("decide")
    CSS = """
    DecideScreen { align: center middle; background: $background 50%; }
    DecideScreen > Container { width: 100; max-width: 98%; height: auto; max-height: 96%; background: $panel;
                               padding: 1 2; border-left: outer $accent; }
    DecideScreen #which { height: 3; background: $panel; }
    DecideScreen #what { background: $panel; }
    DecideScreen #reason { margin: 1 0 0 0; background: $background; padding: 0 1; }
    """

    def __init__(
        self,
        paint: Paint,
        detail: ChangeDetail,
        verdict: Verdict,
        drafts: int,
        newest: Callable[[], ChangeDetail],
        accepted: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.paint = paint
        self.detail = detail
        self.verdict = verdict
        self.drafts = drafts
        self.newest = newest
        self.accepted = accepted or {}
        wanted = [finding.fingerprint for finding in to_acknowledge(detail)]
        self.acknowledged: dict[str, bool] = {name: name in self.accepted for name in wanted}
        if verdict is not Verdict.APPROVE:
            self.acknowledged = {}

    def compose(self) -> ComposeResult:
        with Container():
            yield Entries(self.paint, follows=False, ground="panel", id="which")
            yield Entries(self.paint, ground="panel", id="what")
            asks = "why, for the record (optional)" if self.verdict is Verdict.APPROVE else "why: the agent reads this"
            yield Input(placeholder=asks, id="reason", compact=True)
            if self.verdict is Verdict.APPROVE:
                yield ChallengeView(self.paint, "approve")
            else:
                yield Bar(self.paint, id="state")
            yield Bar(self.paint, id="decide-keys")

    def on_mount(self) -> None:
        self.refill()
        if self.verdict is Verdict.APPROVE:
            self.set_focus(self.query_one("#what" if self.acknowledged else "#challenge"))
        else:
            self.set_focus(self.query_one("#reason"))
        self.set_interval(1, self.recheck)
        self.recheck()

    # --- what it says -----------------------------------------------------------------------------------------------

    def refill(self) -> None:
        width = max(30, min(94, self.app.size.width - 8))
        view = self.query_one("#what", Entries)
        # What it is about stays in sight, however small the screen.
        self.query_one("#which", Entries).fill([(None, self._which(width))])
        # As high as what it says, as far as the screen has room beside the fields below.
        room = max(3, self.app.size.height - 15)
        entries = self._entries(width)
        if _height(entries) > room:
            entries = self._entries(width, brief=True)
        view.styles.height = min(_height(entries), room)
        view.fill(entries)

    def on_resize(self) -> None:
        self.refill()

    def _which(self, width: int) -> list[Line]:
        """The verdict, and exactly what it is about."""
        change, revision = self.detail.change, self.detail.current
        verb = {"approve": "Approve", "reject": "Reject", "request changes": "Send back for changes"}[
            self.verdict.value
        ]
        return [
            ((f"{verb}  ", "accent bold"), (fit(show(change.title, limit=300), width - len(verb) - 2), "text bold")),
            (
                (f"revision {revision.number}, digest {revision.digest[:12]}", "text"),
                (f"   head {revision.head[:12]}   by {show(change.agent, limit=30)}", "muted"),
            ),
            BLANK,
        ]

    def _entries(self, width: int, *, brief: bool = False) -> list[Entry]:
        """What happens, what is required, what is to be acknowledged; `brief` only counts what holds."""
        head: list[Line] = []
        for sentence in consequence(self.detail, self.verdict, self.drafts):
            head += paragraph(sentence, width)
        entries: list[Entry] = [(None, head if brief else [*head, BLANK])]
        if self.verdict is Verdict.APPROVE:
            asked = [self._as_acknowledged(r) for r in self.detail.requirements if not r.by_people]
            holding = [r for r in asked if r.state is RequirementState.MET] if brief else []
            for requirement in asked:
                if requirement not in holding:
                    entries.append((None, requirement_lines(requirement, width)))
            if holding:
                entries.append((None, [(("✓ ", "run-success"), (f"{len(holding)} requirements hold", "text"))]))
            wanted = to_acknowledge(self.detail)
            if wanted:
                entries.append((None, [BLANK, line("Acknowledge each of these with enter:", "text bold")]))
            for finding in wanted:
                box = "[x] " if self.acknowledged[finding.fingerprint] else "[ ] "
                place = show(finding.file, limit=60) + (f":{finding.line}" if finding.line else "")
                place = place or f"in the run {show(finding.run, limit=40)}"
                text = paragraph(show(finding.message, limit=300), width - 4, indent="    ")
                first: Line = (
                    (box, severity_style(finding.severity) + " bold"),
                    (f"{finding.severity.value}  ", "text"),
                    (place, "muted"),
                )
                if finding.fingerprint in self.accepted:
                    text += paragraph(self.accepted[finding.fingerprint], width - 4, "claim", indent="    ")
                entries.append((finding.fingerprint, [first, *text]))
        return entries

    def _as_acknowledged(self, requirement: Requirement) -> Requirement:
        """The requirement with what was ticked in this dialog counted."""
        seen = self._seen()
        if requirement.acknowledge and set(requirement.acknowledge) <= set(seen):
            return replace(requirement, state=RequirementState.MET, why=f"{len(seen)} findings acknowledged")
        return requirement

    def recheck(self) -> None:
        """Say anew what locks the verdict; evidence may have come meanwhile."""
        newest = self.newest()
        if newest.change.digest == self.detail.change.digest and newest.requirements != self.detail.requirements:
            self.detail = newest
            for finding in to_acknowledge(newest) if self.verdict is Verdict.APPROVE else ():
                self.acknowledged.setdefault(finding.fingerprint, finding.fingerprint in self.accepted)
            self.refill()
        held = locks(self.detail, self.verdict, self._seen(), newest)
        if self.verdict is Verdict.APPROVE:
            self.query_one(ChallengeView).hold_back("; ".join(held))
            self._keys([("enter", "acknowledge")] if self.acknowledged else [])
        else:
            why = "; ".join(held)
            state: Line = (("✗ locked: ", "run-failure"), (why, "text")) if why else (("enter sends it", "muted"),)
            self.query_one("#state", Bar).say(state)
            self._keys([])

    def _keys(self, more: list[tuple[str, str]]) -> None:
        view = self.query_one("#what", Entries)
        below = [("j k", "more")] if view.total() > view.rows else []
        keys = [("tab", "next field"), *more, *below, *footer("decide")]
        self.query_one("#decide-keys", Bar).say(key_words(keys, min(90, self.app.size.width - 8)))

    def _seen(self) -> tuple[str, ...]:
        return tuple(name for name, seen in self.acknowledged.items() if seen)

    # --- what is done -----------------------------------------------------------------------------------------------

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        name = self.query_one("#what", Entries).key
        if isinstance(name, str) and name in self.acknowledged:
            message.stop()
            self.acknowledged[name] = not self.acknowledged[name]
            self.refill()
            self.recheck()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.verdict is Verdict.APPROVE:
            self.set_focus(self.query_one("#challenge"))
            return
        reason = event.value.strip()
        if locks(self.detail, self.verdict, (), self.newest()):
            return
        if not reason and not self.drafts:
            self.query_one("#state", Bar).say((("say why first: the agent reads it", "run-waiting"),))
            return
        self.dismiss(Choice(self.verdict, reason, ()))

    def on_challenge_view_passed(self, _message: ChallengeView.Passed) -> None:
        # What was true when the dialog opened may not be now.
        self.recheck()
        if not self.query_one(ChallengeView).locked:
            self.dismiss(Choice(self.verdict, self.query_one("#reason", Input).value.strip(), self._seen()))

    def action_cancel(self) -> None:
        self.dismiss(None)
