"""What people say of findings on this desk: not useful, accepted until a day, taken back; and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UsageError
from reviewer.model.feedback import Feedback, FeedbackKind, Look
from reviewer.model.finding import Finding
from reviewer.risk.feedback import Tally, accepted, tallies, weighed
from reviewer.store.feedback import FeedbackStore
from reviewer.text import Untrusted, show

DAY: Final = 86_400
LONGEST_DAYS: Final = 365
"""Nobody accepts a risk for longer without looking again."""
REASON: Final = 1000


@dataclass(frozen=True, slots=True)
class FeedbackDesk:
    """The feedback of one reviewer's desk."""

    store: FeedbackStore
    reviewer: Untrusted
    clock: Callable[[], float]
    new_id: Callable[[], str]

    def entries(self, repo_id: str | None = None) -> list[Feedback]:
        return self.store.entries(repo_id)

    def tallies(self, repo_id: str) -> list[Tally]:
        """How the rules that somebody called not useful fare in a repository."""
        return tallies(self.entries(repo_id), self.store.looks(repo_id), self.clock())

    def weighed(self, detail: ChangeDetail) -> ChangeDetail:
        """The change with findings of rules that stepped back as info."""
        repo_id = detail.change.repo_id
        entries = self.entries(repo_id)
        if not any(entry.kind is FeedbackKind.NOT_USEFUL for entry in entries):
            return detail
        told = tallies(entries, self.store.looks(repo_id), self.clock())
        return replace(detail, findings=weighed(detail.findings, told))

    def accepted(self, detail: ChangeDetail) -> dict[str, Feedback]:
        """By fingerprint, the acceptances that stand on findings of the change."""
        mine = {finding.fingerprint for finding in detail.findings}
        standing = accepted(self.entries(detail.change.repo_id), self.clock())
        return {name: entry for name, entry in standing.items() if name in mine}

    def not_useful(self, detail: ChangeDetail, finding: Finding, reason: str = "") -> Feedback:
        """Say that a finding was not useful; said again, it is the same entry."""
        for entry in self.entries(detail.change.repo_id):
            same = entry.kind is FeedbackKind.NOT_USEFUL and entry.fingerprint == finding.fingerprint
            if same and entry.stands(self.clock()):
                return entry
        return self._add(FeedbackKind.NOT_USEFUL, detail, finding, reason, None)

    def accept(self, detail: ChangeDetail, finding: Finding, days: int, reason: str) -> Feedback:
        """Accept a finding's risk for some days. Raises UsageError for no reason, or too many days."""
        if not 1 <= days <= LONGEST_DAYS:
            raise UsageError(f"a risk is accepted for 1 to {LONGEST_DAYS} days", "look again then")
        if not reason.strip():
            raise UsageError("a risk is accepted with a reason", "say why it may stand")
        return self._add(FeedbackKind.ACCEPTED, detail, finding, reason, self.clock() + days * DAY)

    def revoke(self, prefix: str) -> Feedback:
        """Take an entry back. Raises UsageError where the beginning of its id names none, or several."""
        found = [entry for entry in self.entries() if entry.feedback_id.startswith(prefix)] if prefix else []
        if len(found) != 1:
            why = "is the beginning of several entries" if found else "names no entry"
            raise UsageError(f"{show(prefix, limit=60)} {why}", "see them with: reviewer findings list")
        if found[0].revoked_at is not None:
            raise UsageError(f"{show(prefix, limit=60)} was taken back already")
        self.store.revoke(found[0].feedback_id, self.clock())
        return found[0]

    def looked(self, detail: ChangeDetail) -> None:
        """Remember that a person decided over a change's findings."""
        now, repo_id = self.clock(), detail.change.repo_id
        self.store.looked(Look(repo_id, f.rule, f.file, f.fingerprint, now) for f in detail.findings)

    def _add(
        self, kind: FeedbackKind, detail: ChangeDetail, finding: Finding, reason: str, until: float | None
    ) -> Feedback:
        entry = Feedback(
            self.new_id(), kind, detail.change.repo_id, finding.rule, finding.category, finding.file,
            finding.fingerprint, Untrusted(reason.strip()[:REASON]), self.reviewer, self.clock(), until,
            change_id=detail.change.change_id,
        )  # fmt: skip
        self.store.add(entry)
        return entry


def find(detail: ChangeDetail, prefix: str) -> Finding:
    """The finding that the beginning of a fingerprint names. Raises UsageError where it names none, or several."""
    found = [f for f in detail.findings if f.fingerprint.startswith(prefix.lower())] if len(prefix) >= 4 else []
    if len({f.fingerprint for f in found}) != 1:
        why = "is the beginning of several findings" if found else "names no finding of the change"
        raise UsageError(
            f"{show(prefix, limit=60)} {why}", f"see them with: reviewer show {show(detail.change.change_id, limit=60)}"
        )
    return found[0]


def standing_words(entry: Feedback, now: float) -> str:
    """As "accepted by ann for 12 more days"; safe to show."""
    who = show(entry.by, limit=40)
    if entry.kind is FeedbackKind.NOT_USEFUL:
        return f"not useful, says {who}"
    days = max(0, -int(-((entry.until or now) - now) // DAY))
    return f"accepted by {who} for {days} more day{'s' if days != 1 else ''}"
