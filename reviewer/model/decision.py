"""Decisions: a reviewer's verdict bound to one revision digest, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.comment import Comment
from reviewer.model.mark import Seen
from reviewer.text import Untrusted


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request changes"


class DecisionState(StrEnum):
    """On the desk: sealed -> sending -> confirmed | conflict | blocked; withdrawn while it was still held."""

    SEALED = "sealed"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one thing was let through: a finding, by its fingerprint, or a requirement that was waived, by its name."""

    about: str
    text: Untrusted


@dataclass(frozen=True, slots=True)
class Decision:
    """One human decision; `decision_id` is a UUID made once and the idempotency key. Never edited.

    `overrides` names the requirements that the reviewer waives; what the policy does not let them is not waived.
    """

    decision_id: str
    change_id: str
    digest: str
    verdict: Verdict
    reason: Untrusted
    reviewer: Untrusted
    decided_at: float
    comments: tuple[Comment, ...] = ()
    result_tree: str | None = None
    acknowledged: tuple[str, ...] = ()
    unattended: bool = False
    envelope: str = ""
    seen: Seen | None = None
    """How much of the difference was on screen; None where it was decided without one."""
    overrides: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The pipeline's acknowledgement. `status` is accepted, stale, already, refused or withdrawn."""

    decision_id: str
    status: str
    detail: str = ""
    current_digest: str | None = None
