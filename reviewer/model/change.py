"""Changes: the unit under review through all its revisions, and the row by which the inbox lists it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.comment import Comment
from reviewer.model.decision import Decision
from reviewer.model.finding import Finding, Severity
from reviewer.model.requirement import Requirement, Silent
from reviewer.model.run import Run
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
class FileSize:
    """Lines added to and removed from one file; none for a binary one."""

    path: Untrusted
    added: int
    removed: int


FILES_KEPT = 300
"""Files that a revision names; its `size` counts all of them."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable version. `digest` is SHA-256 over the bytes of `subject`, a JSON text; times are Unix seconds.

    `result_tree` is head merged into the tip at submission, None where they conflict (`conflicts` names files).
    `files` are its first ones in order of path, FILES_KEPT at most.
    """

    number: int
    digest: str
    subject: str
    head: str
    base: str
    target_ref: str
    target_tip: str
    result_tree: str | None
    conflicts: tuple[Untrusted, ...]
    claim: Untrusted
    submitted_at: float
    size: Size
    files: tuple[FileSize, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ChangeDetail:
    """Everything that a reviewer decides on. `landed` is the commit that stands on the target, or waits to.

    `scan` is queued, running, done or failed, for the reason `scan_reason`. `owners` are those of what it touches,
    `silent` the rules of the policy that ask nothing of it.
    """

    change: Change
    revisions: tuple[Revision, ...]
    runs: tuple[Run, ...] = ()
    findings: tuple[Finding, ...] = ()
    scanned: bool = False
    comments: tuple[Comment, ...] = ()
    decisions: tuple[Decision, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    landed: str | None = None
    scan: str = "queued"
    scan_reason: str = ""
    owners: tuple[Untrusted, ...] = ()
    silent: tuple[Silent, ...] = ()

    @property
    def current(self) -> Revision:
        return self.revisions[-1]
