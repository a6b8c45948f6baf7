"""Shows every key of the screen that it was asked on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen

from reviewer.review.lines import BLANK, Line, line
from reviewer.text import fit, wrapped
from reviewer.tui.keys import KEYS, bindings
from reviewer.tui.line_view import Entries
from reviewer.tui.paint import Paint

TITLES = {
    "inbox": "The inbox",
    "stream": "The difference",
    "looking": "Looking",
    "review": "One change",
    "run": "One run",
    "decide": "Deciding",
    "editor": "Writing a comment",
    "list": "Moving",
    "app": "Everywhere",
}


class HelpScreen(ModalScreen[None]):
    """The keys of some scopes, then of everywhere."""

    SCOPES = ("help",)
    BINDINGS = bindings("help")
    CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Container { width: 72; max-width: 96%; height: 90%; background: $panel; padding: 1 2; }
    """

    def __init__(self, paint: Paint, scopes: Sequence[str]) -> None:
        super().__init__()
        self.paint = paint
        self.scopes = [*scopes, *(scope for scope in ("list", "app") if scope not in scopes)]

    def compose(self) -> ComposeResult:
        with Container():
            yield Entries(self.paint, follows=False, ground="panel", id="keys-of")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Entries))

    def on_resize(self) -> None:
        """Write it all for the width that there is."""
        room = min(72, self.app.size.width * 96 // 100) - 4 - 14
        lines: list[Line] = []
        for scope in self.scopes:
            lines += [line(TITLES.get(scope, scope), "text bold")]
            for key in KEYS:
                if key.scope == scope:
                    first, *rest = wrapped(key.says, max(10, room))
                    lines.append(((f"  {fit(key.shown, 12)}", "accent"), (first, "text")))
                    lines += [line(" " * 14 + more) for more in rest]
            lines.append(BLANK)
        self.query_one(Entries).fill([(None, lines)])

    def action_close(self) -> None:
        self.dismiss()
