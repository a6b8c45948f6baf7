"""Says what a pipeline is to a desk: the calls that every adapter answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reviewer.model.change import Change
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.detail import ChangeDetail


@dataclass(frozen=True, slots=True)
class LogPart:
    """Some of what a run wrote, raw; `ended` where nothing more will come."""

    data: bytes
    ended: bool


class Pipeline(Protocol):
    """A source of changes and a sink for decisions.

    Every call raises ReviewerError with the pipeline's own reason: UnreachableError where it did not answer, or not
    so that it can be understood; LoginError where it does not know us; ForbiddenError where we may not; MissingError
    where there is no such thing; StaleError where what was decided on is no longer current.
    """

    def changes(self, after: int = 0) -> tuple[str, list[Change]]:
        """The pipeline's own name for itself, and the changes with an event after `after`, by that event."""

    def detail(self, change_id: str) -> ChangeDetail: ...

    def submit(self, path: str, branch: str, target: str, agent: str, title: str, claim: str) -> ChangeDetail: ...

    def decide(self, decision: Decision, *, now: bool) -> Receipt:
        """Deliver; the same decision again is the same answer."""

    def withdraw(self, change_id: str, decision_id: str) -> Receipt: ...

    def comment(self, change_id: str, comment: Comment) -> Receipt:
        """Deliver; the same comment again is the same answer."""

    def rerun(self, change_id: str) -> ChangeDetail: ...

    def cancel(self, change_id: str, run_id: str) -> bool: ...

    def run_log(self, change_id: str, run_id: str, offset: int = 0) -> LogPart:
        """What a run has written from `offset` on, while it goes on and afterwards."""

    def landed(self, change_id: str) -> ChangeDetail: ...

    def blob(self, name: str, start: int = 0) -> bytes:
        """The bytes of a blob from `start` on."""

    def bundle(self, change_id: str, have: tuple[str, ...] = ()) -> bytes:
        """The current revision's commits as a git bundle, less what `have` reaches; empty where nothing is left."""

    def wait(self, after: int, seconds: int) -> int:
        """The newest sequence number, as soon as there is one after `after`, or when `seconds` have passed."""
