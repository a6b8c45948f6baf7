"""The dialog of a verdict: what will happen, to which revision, what is required, what locks it; then two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from reviewer.model.decision import Reason, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.mark import Seen
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.review.deciding import Choice, Jump, consequence, holding, locks, to_acknowledge, to_override
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, key_words, line, paragraph, severity_style
from reviewer.review.preview import requirement_lines
from reviewer.text import Untrusted, fit, show
from reviewer.tui.bar import Bar
from reviewer.tui.challenge_view import ChallengeView
from reviewer.tui.field import Field
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint


def _height(entries: Sequence[Entry]) -> int:
    return sum(len(lines) for _, lines in entries)


class DecideScreen(ModalScreen[Choice | Jump | None]):
    """One verdict on one revision. `newest` gives the change as it is known now; `drafts` counts what goes with it.

    An approval is dismissed with a choice only after the challenge; the others after Enter on their reason; either
    with a jump to the requirement that holds it back. `me` is the reviewer, `seen` how much was on screen, `unseen`
    the fingerprints of findings that never were. What needs a reason of its own gets it in the field for reasons.
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
        me: str = "",
        seen: Seen | None = None,
        unseen: frozenset[str] = frozenset(),
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
        self.me = me
        self.looked = seen
        self.unseen = unseen
        self.waived: set[str] = set()
        self.reasons: dict[str, str] = {}
        self.about: str | None = None
        self.said = ""

    def compose(self) -> ComposeResult:
        with Container():
            yield Entries(self.paint, follows=False, ground="panel", id="which")
            yield Entries(self.paint, ground="panel", id="what")
            yield Field(placeholder=self.asks, id="reason", compact=True)
            if self.verdict is Verdict.APPROVE:
                yield ChallengeView(self.paint, "approve")
            else:
                yield Bar(self.paint, id="state")
            yield Bar(self.paint, id="decide-keys")

    def on_mount(self) -> None:
        self.refill()
        if self.verdict is Verdict.APPROVE:
            choosing = self.acknowledged or to_override(self.detail, self.me)
            self.set_focus(self.query_one("#what" if choosing else "#challenge"))
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
        if self.looked is not None and self.looked.shown < self.looked.hunks:
            left = self.looked.hunks - self.looked.shown
            head.append(((f"{left} of {self.looked.hunks} hunks were never on screen.", "run-waiting"),))
        elif self.looked is None:
            head.append((("Not all was read yet: how much was on screen is not known.", "run-waiting"),))
        entries: list[Entry] = [(None, head if brief else [*head, BLANK])]
        if self.verdict is Verdict.APPROVE:
            asked = [self._as_acknowledged(r) for r in self.detail.requirements if not r.by_people]
            holding = [r for r in asked if r.state is RequirementState.MET] if brief else []
            for requirement in asked:
                if requirement not in holding:
                    entries.append((None, requirement_lines(requirement, width)))
            if holding:
                entries.append((None, [(("✓ ", "run-success"), (f"{len(holding)} requirements hold", "text"))]))
            entries += self._waivable(width)
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
                    ("  never on screen" if finding.fingerprint in self.unseen else "", "run-waiting"),
                )
                if finding.fingerprint in self.reasons:
                    text += paragraph(self.reasons[finding.fingerprint], width - 4, "claim", indent="    ")
                if finding.fingerprint in self.accepted:
                    text += paragraph(self.accepted[finding.fingerprint], width - 4, "claim", indent="    ")
                entries.append((finding.fingerprint, [first, *text]))
        return entries

    def _waivable(self, width: int) -> list[Entry]:
        """What holds it back and may be waived by the reviewer, with their reason."""
        found: list[Entry] = []
        for requirement in to_override(self.detail, self.me):
            name = requirement.name
            box = "[x] " if name in self.waived else "[ ] "
            text = f"override {name}" + (f": {self.reasons[name]}" if name in self.waived else ", with a reason: enter")
            first, *rest = paragraph(show(text, limit=300), width - 4)
            lines: list[Line] = [((box, "run-waiting bold"), *first), *((("    ", "text"), *more) for more in rest)]
            found.append((("override", name), lines))
        return [(None, [BLANK]), *found] if found else []

    def _as_acknowledged(self, requirement: Requirement) -> Requirement:
        """The requirement with what was ticked in this dialog counted."""
        seen = self._seen()
        if requirement.name in self.waived:
            return replace(requirement, state=RequirementState.MET, why=f"overridden by you: {requirement.why}")
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
        held = locks(self.detail, self.verdict, self._seen(), newest, tuple(self.waived))
        if self.verdict is Verdict.APPROVE:
            self.query_one(ChallengeView).hold_back("; ".join(held))
            keys = [("enter", "acknowledge")] if self.acknowledged else []
            self._keys(keys + ([("^g", "what holds it")] if held else []))
        else:
            why = "; ".join(held)
            state: Line = (("✗ locked: ", "run-failure"), (why, "text")) if why else (("enter sends it", "muted"),)
            self.query_one("#state", Bar).say(state)
            self._keys([])

    def _keys(self, more: list[tuple[str, str]]) -> None:
        view = self.query_one("#what", Entries)
        below = [("j k", "more")] if view.total() > view.rows else []
        keys = [*more, ("tab", "next"), *below, *((k, w) for k, w in footer("decide") if k != "^g")]
        self.query_one("#decide-keys", Bar).say(key_words(keys, min(90, self.app.size.width - 8)))

    def _seen(self) -> tuple[str, ...]:
        return tuple(name for name, seen in self.acknowledged.items() if seen)

    # --- what is done -----------------------------------------------------------------------------------------------

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        name = self.query_one("#what", Entries).key
        if isinstance(name, tuple) and name[0] == "override":
            message.stop()
            self._toggle(str(name[1]), reason=True)
        elif isinstance(name, str) and name in self.acknowledged:
            message.stop()
            self._toggle(name, reason=any(r.reasons for r in self.detail.requirements))

    def _toggle(self, name: str, *, reason: bool) -> None:
        """Let one thing through, or not any more; where it needs a reason, the field asks for that first."""
        on = name not in self.waived and not self.acknowledged.get(name, False)
        if on and reason:
            self._ask_about(name)
            return
        self.reasons.pop(name, None)
        self._let(name, on=on)

    def _let(self, name: str, *, on: bool) -> None:
        if name in self.acknowledged:
            self.acknowledged[name] = on
        elif on:
            self.waived.add(name)
        else:
            self.waived.discard(name)
        self.refill()
        self.recheck()

    @property
    def asks(self) -> str:
        """What the field asks for."""
        if self.about is not None:
            return "why this one is fine, then enter"
        return "why, for the record (optional)" if self.verdict is Verdict.APPROVE else "why: the agent reads this"

    def _ask_about(self, name: str | None) -> None:
        """Have the field ask for the reason of one thing; None for that of the verdict again."""
        field = self.query_one("#reason", Input)
        if self.about is None:
            self.said = field.value
        self.about = name
        field.value = self.said if name is None else ""
        field.placeholder = self.asks
        self.set_focus(field if name is not None else self.query_one("#what"))

    def _answered(self, text: str) -> None:
        name = self.about
        self._ask_about(None)
        if name is not None and text.strip():
            self.reasons[name] = text.strip()
            self._let(name, on=True)

    def action_jump(self) -> None:
        """To the first requirement that holds the verdict back."""
        held = holding(self.detail, self._seen(), tuple(self.waived))
        if self.verdict is Verdict.APPROVE and held:
            self.dismiss(Jump(held[0].name))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.about is not None:
            self._answered(event.value)
            return
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
            reasons = tuple(Reason(name, Untrusted(text)) for name, text in sorted(self.reasons.items()))
            said = self.said if self.about is not None else self.query_one("#reason", Input).value
            self.dismiss(Choice(self.verdict, said.strip(), self._seen(), tuple(sorted(self.waived)), reasons))

    def action_cancel(self) -> None:
        if self.about is not None:
            self._ask_about(None)
            return
        self.dismiss(None)
