"""Everything that a reviewer decides on: a change with its revisions, runs, findings, comments and decisions."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.model.change import Change, Size
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision
from reviewer.model.finding import Finding
from reviewer.model.requirement import Requirement, Silent
from reviewer.model.run import Run
from reviewer.text import Untrusted


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
