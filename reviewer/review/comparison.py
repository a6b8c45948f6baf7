"""Reads a difference file by file: of two commits in a quarantine, or of a patch that somebody holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reviewer.diff.parse import parse_numstat, parse_patch, parse_raw
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted

Sizes = dict[Untrusted, tuple[int, int] | None]
"""Lines added and removed by new path; None for a binary file."""


@dataclass(frozen=True, slots=True)
class Commits:
    """The difference from `base` to `head`, two object ids; every method asks git once."""

    quarantine: Quarantine
    base: str
    head: str

    def files(self) -> list[FileChange]:
        """The files in git's order: cheap at any size."""
        return parse_raw(self.quarantine.raw(self.base, self.head))

    def sizes(self) -> Sizes:
        return parse_numstat(self.quarantine.numstat(self.base, self.head))

    def read(self, file: FileChange) -> FileDiff:
        """One file's patch."""
        paths = list(dict.fromkeys((file.old_path.to_bytes(), file.new_path.to_bytes())))
        found = parse_patch(self.quarantine.patch(self.base, self.head, paths))
        patch = next((diff for diff in found if diff.change.path == file.path), None)
        return replace(patch, change=file) if patch else FileDiff(file, b"", ())

    def blob(self, oid: str, limit: int) -> bytes:
        """A file's whole content; nothing where the side is absent, larger than `limit` or not to be had."""
        if not oid.strip("0"):
            return b""
        try:
            return self.quarantine.blob(oid, limit)
        except ReviewerError:
            return b""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference to look at alone. `title` is safe to show; the functions may be called from any thread."""

    title: str
    files: Sequence[FileChange]
    read: Callable[[FileChange], FileDiff]
    sizes: Callable[[], Sizes]
    blob: Callable[[str], bytes]


def of_commits(title: str, commits: Commits, blob_limit: int) -> Comparison:
    """Two commits, each file read when it comes on screen."""
    return Comparison(title, commits.files(), commits.read, commits.sizes, lambda oid: commits.blob(oid, blob_limit))


def of_patch(title: str, diffs: Sequence[FileDiff]) -> Comparison:
    """The files of a patch; the whole files are not there, so nothing is coloured."""
    by_change = {id(diff.change): diff for diff in diffs}
    return Comparison(
        title,
        [diff.change for diff in diffs],
        lambda file: by_change[id(file)],
        lambda: {diff.change.path: _counted(diff) for diff in diffs},
        lambda _oid: b"",
    )


def _counted(diff: FileDiff) -> tuple[int, int] | None:
    if diff.binary:
        return None
    kinds = [line.kind for line in diff.all_lines()]
    return kinds.count("+"), kinds.count("-")
