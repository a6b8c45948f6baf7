"""Walks the findings of a change, tells which were never on screen, and shows what holds an approval back."""

from __future__ import annotations

from reviewer.model.finding import Finding
from reviewer.review.deciding import shown_in
from reviewer.text import Untrusted
from reviewer.tui.acting_screen import ActingScreen
from reviewer.tui.diff_view import Spot
from reviewer.tui.line_view import Entries


class FindingWalk(ActingScreen):
    """A screen with a difference and a pane of findings. `]f` and `[f` are `f` and `F` for hands used to brackets."""

    walked = False
    _bracket: tuple[int, int] = (0, -1)

    def action_show(self, pane: str) -> None:
        """Go to a pane."""
        raise NotImplementedError

    def to_finding(self, index: int) -> None:
        """To the line that a finding is about."""
        if self.detail is None or index >= len(self.detail.findings):
            return
        finding = self.detail.findings[index]
        file = self.file_named(finding.file)
        if file is not None:
            self.diff.go_to(Spot(file, finding.side, finding.line))

    def to_file(self, path: object) -> None:
        """To the beginning of a file that is named by its path."""
        file = self.file_named(path) if isinstance(path, Untrusted) else None
        if file is not None:
            self.diff.go_to_file(file)

    def action_hunk(self, step: int) -> None:
        super().action_hunk(step)
        self._bracket = (step, self.diff.cursor)

    def action_finding(self, step: int) -> None:
        if self.detail is None or not self.detail.findings:
            self.notify("The scan found nothing.", markup=False)
            return
        bracket, self._bracket = self._bracket, (0, -1)
        if bracket == (-1, self.diff.cursor) and step > 0:
            # [f, in one go: the bracket said which way.
            step = -1
        view = self.query_one("#findings", Entries)
        here = view.key if isinstance(view.key, int) else -1
        count = len(self.detail.findings)
        other = (here + step) % count if self.walked else max(here, 0)
        self.walked = True
        view.to_key(other)
        self.to_finding(other)

    def unseen_findings(self) -> frozenset[str]:
        """The fingerprints of findings whose hunk was never on screen whole, as far as the files were read."""
        found = self.detail.findings if self.detail is not None else ()
        return frozenset(finding.fingerprint for finding in found if self._never_shown(finding))

    def _never_shown(self, finding: Finding) -> bool:
        file = self.file_named(finding.file)
        if file is None:
            return False
        stream = self.diff.stream
        rows = stream.rows(file)
        hunk = rows.hunk_of(finding.side, finding.line) if rows is not None else None
        if rows is None:
            return True
        return hunk is not None and not self.book.is_shown(stream.key(file, hunk))

    def jump(self, requirement: str) -> None:
        """Show what a requirement is about, the cursor on it."""
        pane = shown_in(requirement)
        self.action_show(pane)
        if pane == "requires":
            self.query_one("#requires", Entries).to_key(requirement)
        elif pane == "findings" and self.detail is not None:
            asked = {name for r in self.detail.requirements if r.name == requirement for name in r.acknowledge}
            index = next((n for n, f in enumerate(self.detail.findings) if f.fingerprint in asked), 0)
            self.query_one("#findings", Entries).to_key(index)
            self.to_finding(index)
        held = next((r for r in self.detail.requirements if r.name == requirement), None) if self.detail else None
        if held is not None:
            self.notify(f"This holds an approval back: {held.why}", markup=False)
