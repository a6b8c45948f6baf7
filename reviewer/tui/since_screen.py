"""Shows what a change did since the revision that was looked at last, over the review."""

from __future__ import annotations

from reviewer.tui.diff_app import DiffScreen


class SinceScreen(DiffScreen):
    """A difference of its own; leaving it goes back to the review."""

    def leave(self) -> None:
        self.app.pop_screen()
