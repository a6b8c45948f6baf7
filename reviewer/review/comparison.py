"""Reads a difference file by file: of two commits in a quarantine, or of a patch that somebody holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reviewer.diff.hunks import FileHunks
from reviewer.diff.parse import parse_numstat, parse_patch, parse_raw
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.repo.quarantine import Quarantine
from reviewer.review.run_suggesting import Suggestion, suggested
from reviewer.text import Untrusted

Sizes = dict[Untrusted, tuple[int, int] | None]
"""Lines added and removed by new path; None for a binary file."""
_TOGETHER: Final = 256
_PATH_BYTES: Final = 64 * 1024
"""Files, and bytes of their names, that one call to git is asked about."""


@dataclass(frozen=True, slots=True)
class Commits:
    """The difference from `base` to `head`, two object ids; every method but `read_all` asks git once."""

    quarantine: Quarantine
    base: str
    head: str

    def files(self) -> list[FileChange]:
        """The files in git's order: cheap at any size."""
        return parse_raw(self.quarantine.raw(self.base, self.head))

    def sizes(self) -> Sizes:
        return parse_numstat(self.quarantine.numstat(self.base, self.head))

    def suggestion(self) -> Suggestion | None:
        """A command that could prove the change, as the base's files look."""
        return suggested(self.quarantine.names(self.base), lambda path: self.quarantine.file(self.base, path))

    def read_all(self, files: Sequence[FileChange]) -> Iterator[FileDiff]:
        """The patches of many files, in their order: many a call, as a call costs more than a file."""
        at = 0
        while at < len(files):
            some: list[FileChange] = []
            size = 0
            while at < len(files) and len(some) < _TOGETHER and size < _PATH_BYTES:
                some.append(files[at])
                size += sum(map(len, _paths(files[at])))
                at += 1
            paths = list(dict.fromkeys(path for file in some for path in _paths(file)))
            found = parse_patch(self.quarantine.patch(self.base, self.head, paths))
            by_path = {diff.change.path: diff for diff in found}
            for file in some:
                diff = by_path.get(file.path)
                # Among some of the files git may pair another old name with a new one than among all of them.
                same = diff is not None and (diff.change.status, diff.change.old_path) == (file.status, file.old_path)
                yield replace(diff, change=file) if diff is not None and same else self.read(file)

    def read(self, file: FileChange) -> FileDiff:
        """One file's patch."""
        paths = _paths(file)
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


def _paths(file: FileChange) -> list[bytes]:
    return list(dict.fromkeys((file.old_path.to_bytes(), file.new_path.to_bytes())))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference to look at alone. `title` is safe to show; the functions may be called from any thread.

    `begun` is its first file, read and perhaps measured already, and what is said above its lines.
    """

    title: str
    files: Sequence[FileChange]
    read: Callable[[FileChange], FileDiff]
    read_all: Callable[[Sequence[FileChange]], Iterator[FileDiff]]
    sizes: Callable[[], Sizes]
    blob: Callable[[str], bytes]
    begun: tuple[FileHunks, str] | None = None


def of_commits(title: str, commits: Commits, blob_limit: int) -> Comparison:
    """Two commits, each file read when it comes on screen."""
    def blob(oid: str) -> bytes:
        return commits.blob(oid, blob_limit)

    return Comparison(title, commits.files(), commits.read, commits.read_all, commits.sizes, blob)


def of_patch(
    title: str, diffs: Sequence[FileDiff], blob: Callable[[str], bytes] = lambda _oid: b""
) -> Comparison:
    """The files of a patch; where `blob` has the whole files they are coloured, and more of them can be shown."""
    by_change = {id(diff.change): diff for diff in diffs}
    return Comparison(
        title,
        [diff.change for diff in diffs],
        lambda file: by_change[id(file)],
        lambda files: (by_change[id(file)] for file in files),
        lambda: {diff.change.path: _counted(diff) for diff in diffs},
        blob,
    )


def _counted(diff: FileDiff) -> tuple[int, int] | None:
    if diff.binary:
        return None
    kinds = [line.kind for line in diff.all_lines()]
    return kinds.count("+"), kinds.count("-")
