"""Changes: the unit under review through all its revisions, as the row by which the inbox lists it.

What must stay true: it imports nothing that a row does not need, since the first key of the inbox waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.finding import Severity
from reviewer.model.weight import Weight, words_of
from reviewer.text import Untrusted


class Kind(StrEnum):
    CODE = "code"
    DEPLOY = "deploy"
    SCRIPT = "script"
    TOOL_CALL = "tool-call"
    ACTION = "action"


class State(StrEnum):
    DISCOVERED = "discovered"
    PENDING = "pending"
    APPROVED = "approved"
    WAITING_TO_LAND = "approved, waiting to land"
    LANDED = "landed"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes requested"
    CONFLICT = "conflict"
    SUPERSEDED = "superseded"


OPEN_STATES = frozenset({State.DISCOVERED, State.PENDING, State.CONFLICT, State.CHANGES_REQUESTED})


@dataclass(frozen=True, slots=True)
class Size:
    files: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change as the inbox lists it. `repository` is where it was submitted from, `repo_id` our name for that."""

    change_id: str
    seq: int
    kind: Kind
    state: State
    repo_id: str
    repository: Untrusted
    title: Untrusted
    branch: Untrusted
    agent: Untrusted
    target: Untrusted
    revision: int
    digest: str
    head: str
    base: str
    size: Size | None
    risk: Severity | None
    flags: int
    categories: tuple[str, ...]
    run: str
    comments: int
    created_at: float
    updated_at: float
    note: str = ""
    """Our own short words on the state, as "target moved: look again"."""
    weights: tuple[Weight, ...] = ()
    """What its risk is made of, as the desk that lists it sees it."""

    @property
    def words(self) -> tuple[str, ...]:
        """The two words that matter most beside its level."""
        return tuple(words_of(self.weights)) or self.categories
