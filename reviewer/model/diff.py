"""The difference between two trees: files first, each file's hunks when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reviewer.text import EMPTY, Untrusted


class FileStatus(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type changed"


MODE_FILE = 0o100644
MODE_EXECUTABLE = 0o100755
MODE_SYMLINK = 0o120000
MODE_SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True)
class FileChange:
    """One row of `git diff --raw`: the cheap first level of a diff. Modes are 0, oids zeros on an absent side."""

    status: FileStatus
    old_path: Untrusted
    new_path: Untrusted
    old_mode: int
    new_mode: int
    old_oid: str
    new_oid: str
    similarity: int | None = None

    @property
    def path(self) -> Untrusted:
        """The path that the change is known by: the new one, or the old one of a deleted file."""
        return self.old_path if self.status is FileStatus.DELETED else self.new_path


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines. `start` and `end` are byte offsets of its content lines in the file's patch."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: Untrusted
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """One content line of a hunk. `kind` is " ", "+", "-" or "\\"; numbers are None on the side where it is absent."""

    kind: str
    old: int | None
    new: int | None
    text: bytes


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file's patch with its hunks located in it. `binary` files have no hunks.

    `combined`: a merge against several parents at once, which has no hunks of two sides. `above`: the commit and its
    subject, where a patch of several commits names them above this file.
    """

    change: FileChange
    patch: bytes
    hunks: tuple[Hunk, ...]
    binary: bool = False
    combined: bool = False
    above: Untrusted = EMPTY

    def lines(self, hunk: Hunk) -> Iterator[Line]:
        """The hunk's lines in order, split on LF only; `text` lacks the marker column and the LF."""
        old, new = hunk.old_start, hunk.new_start
        body = self.patch[hunk.start : hunk.end]
        pieces = body.split(b"\n")
        if not pieces[-1]:
            pieces.pop()
        for raw in pieces:
            kind = raw[:1].decode("latin-1") or " "
            text = raw[1:]
            if kind == "+":
                yield Line(kind, None, new, text)
                new += 1
            elif kind == "-":
                yield Line(kind, old, None, text)
                old += 1
            elif kind == "\\":
                yield Line(kind, None, None, text)
            else:
                yield Line(" ", old, new, text)
                old += 1
                new += 1

    def all_lines(self) -> Iterator[Line]:
        for hunk in self.hunks:
            yield from self.lines(hunk)
