"""The dialog of one rollout: every gate by what goes where, what holds it back, one reason, and the challenge.

What must stay true: all gates are decided on or none; what was true when the dialog opened is read again each second,
and once more when the challenge is passed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from reviewer.review.lines import BLANK, Line, key_words, paragraph
from reviewer.review.rollout import Gate, gate_lines, locked
from reviewer.text import show
from reviewer.tui.bar import Bar
from reviewer.tui.challenge_view import ChallengeView
from reviewer.tui.field import Field
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries
from reviewer.tui.paint import Paint


class RolloutScreen(ModalScreen[str | None]):
    """Approves `gates` together; dismissed with the reason, empty where none was given. `newest` reads them again."""

    SCOPES = ("decide",)
    BINDINGS = bindings("decide")
    CSS = """
    RolloutScreen { align: center middle; background: $background 50%; }
    RolloutScreen > Container { width: 100; max-width: 98%; height: auto; max-height: 96%; background: $panel;
                                padding: 1 2; border-left: outer $accent; }
    RolloutScreen Entries { background: $panel; }
    RolloutScreen Input { margin: 1 0 0 0; background: $background; padding: 0 1; }
    """

    def __init__(self, paint: Paint, gates: Sequence[Gate], newest: Callable[[], list[Gate]]) -> None:
        super().__init__()
        self.paint = paint
        self.asked = self.shown = gates
        self.newest = newest

    def compose(self) -> ComposeResult:
        with Container():
            yield Bar(self.paint, id="which")
            yield Entries(self.paint, follows=False, ground="panel", id="what")
            yield Field(placeholder="why, for the record (optional)", id="reason", compact=True)
            yield ChallengeView(self.paint, "approve")
            yield Bar(self.paint, id="decide-keys")

    def on_mount(self) -> None:
        many = len(self.asked)
        rollout = show(self.asked[0].deploy.rollout, limit=60)
        what = f"Approve {'the one open gate' if many == 1 else f'{many} gates'} of rollout {rollout}"
        self.query_one("#which", Bar).say(((what, "accent bold"),))
        self.set_focus(self.query_one("#challenge"))
        self.set_interval(1, self.recheck)
        self.recheck()

    def on_resize(self) -> None:
        self.refill()

    def refill(self) -> None:
        width = max(30, min(94, self.app.size.width - 8))
        lines: list[Line] = [BLANK]
        for gate in self.shown:
            lines += [*gate_lines(gate, width), BLANK]
        lines += paragraph("Each is signed by itself and held for 10 seconds; U on it takes it back.", width)
        view = self.query_one("#what", Entries)
        view.styles.height = min(len(lines), max(3, self.app.size.height - 13))
        view.fill([(None, lines)])
        below = [("tab j k", "more")] if len(lines) > max(3, self.app.size.height - 13) else []
        keys = [("tab", "next field"), *below, *((k, w) for k, w in footer("decide") if k != "^g")]
        self.query_one("#decide-keys", Bar).say(key_words(keys, min(90, self.app.size.width - 8)))

    def recheck(self) -> None:
        """Read all of them again; one more or less, or a newer revision, is not what was asked about."""
        newest = self.newest()
        why = locked(self.asked, newest)
        self.query_one(ChallengeView).hold_back(why)
        self.shown = newest or self.shown
        self.refill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_focus(self.query_one("#challenge"))

    def on_challenge_view_passed(self, _message: ChallengeView.Passed) -> None:
        self.recheck()
        if not self.query_one(ChallengeView).locked:
            self.dismiss(self.query_one(Input).value.strip())

    def action_jump(self) -> None:
        """There is nothing to go to from here: each gate is looked at by itself."""

    def action_cancel(self) -> None:
        self.dismiss(None)
