"""Feedback on findings: that one was not useful, or that its risk is accepted until a day; made by people alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.text import Untrusted


class FeedbackKind(StrEnum):
    NOT_USEFUL = "not useful"
    ACCEPTED = "accepted risk"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One entry. It is about the finding `fingerprint`, which `rule` made on `file` in the repository `repo_id`.

    `until` is when an acceptance ends, in Unix seconds as all times; `revoked_at` when somebody took the entry back.
    """

    feedback_id: str
    kind: FeedbackKind
    repo_id: str
    rule: str
    category: str
    file: Untrusted
    fingerprint: str
    reason: Untrusted
    by: Untrusted
    at: float
    until: float | None = None
    revoked_at: float | None = None
    change_id: str = ""

    def stands(self, now: float) -> bool:
        """Whether it counts: neither taken back nor over."""
        return self.revoked_at is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Look:
    """A finding that a person decided over: what the share of those that were not useful is a share of."""

    repo_id: str
    rule: str
    file: Untrusted
    fingerprint: str
    at: float
