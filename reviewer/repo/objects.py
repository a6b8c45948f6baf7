"""Reads objects one by one through a single child that stays open, each re-hashed; walks what differs within bounds.

What must stay true: nothing is returned whose content is not what its name says; a tree is walked level by level, so
that a bomb of folders is refused before it is unfolded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final

from reviewer.model.errors import ReviewerError
from reviewer.repo.runner import Git

MAX_PATHS: Final = 200_000
MAX_DEPTH: Final = 1_000
MAX_NAMES: Final = 64 << 20
"""Bytes of all changed paths together."""
MAX_TREE: Final = 64 << 20
_MAX_PATH: Final = 4096
_ENTRY: Final = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_HEADER: Final = re.compile(rb"[0-9a-f]{40} ([a-z]+) ([0-9]{1,15})\n")
_TREE_OF: Final = re.compile(rb"tree ([0-9a-f]{40})\n")
_PARENT: Final = re.compile(rb"parent ([0-9a-f]{40})\n")
_TAGGED: Final = re.compile(rb"object ([0-9a-f]{40})\ntype (commit|tag)\n")
_TREE: Final = 0o040000
_MODULE: Final = 0o160000
_CHUNK: Final = 1 << 20
_AT_ONCE: Final = 1_000
"""Names asked for before an answer is read: fewer bytes than a pipe holds, so that neither side waits for ever."""

Entries = dict[bytes, tuple[int, str]]
Changed = dict[bytes, tuple[str | None, str | None]]
"""By path: the blob there before and after."""


class Objects:
    """An open `cat-file --batch`."""

    def __init__(self, asked: IO[bytes], answers: IO[bytes]) -> None:
        self._asked, self._answers = asked, answers

    def verify(self, oids: Iterable[str]) -> None:
        """Read objects of any size and throw them away. Raises ReviewerError where one is not what its name says."""
        for _ in self._each(list(oids), None):
            pass

    def blobs(self, oids: Sequence[str], limit: int) -> Iterator[bytes]:
        """The bytes of each. Raises ReviewerError where they are more than `limit` together."""
        for data in self._each(list(oids), b"blob", limit):
            limit -= len(data)
            if limit < 0:
                raise ReviewerError("the files are larger than a snapshot may be", "make the commit smaller")
            yield data

    def trees(self, oids: Iterable[str]) -> dict[str, Entries]:
        """The entries of trees: mode and object id by name."""
        asked = list(dict.fromkeys(oids))
        return {oid: _entries(oid, data) for oid, data in zip(asked, self._each(asked, b"tree"), strict=True)}

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        (data,) = self._each([commit], b"commit")
        match = _TREE_OF.match(data)
        if match is None:
            raise ReviewerError(f"commit {commit[:12]} is broken", "the change is refused; make its commits again")
        return match[1].decode()

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit, in its own order."""
        (data,) = self._each([commit], b"commit")
        match = _TREE_OF.match(data)
        found: list[str] = []
        at = match.end() if match else 0
        while parent := _PARENT.match(data, at):
            found.append(parent[1].decode())
            at = parent.end()
        return found

    def tagged(self, tag: str) -> tuple[str, bool]:
        """What an annotated tag names, and whether that is a tag once more. Raises ReviewerError for no commit."""
        (data,) = self._each([tag], b"tag")
        match = _TAGGED.match(data)
        if match is None:
            raise ReviewerError(f"tag {tag[:12]} names no commit", "name a commit or a branch")
        return match[1].decode(), match[2] == b"tag"

    def _each(self, oids: list[str], kind: bytes | None, limit: int = MAX_TREE) -> Iterator[bytes]:
        """The content of each; empty, and of any size, where no kind is asked for."""
        for begin in range(0, len(oids), _AT_ONCE):
            some = oids[begin : begin + _AT_ONCE]
            try:
                self._asked.write("".join(f"{oid}\n" for oid in some).encode())
                self._asked.flush()
            except OSError:
                raise ReviewerError("git stopped while objects were read", "try again") from None
            for oid in some:
                yield self._read(oid, kind, limit)

    def _read(self, oid: str, kind: bytes | None, limit: int) -> bytes:
        line = self._answers.readline(200)
        if not line:
            raise ReviewerError(
                f"git ended while it read object {oid[:12]}: it is broken, or unfolds to more than there is memory",
                "the repository is damaged or hostile: check it with: git fsck",
            )
        header = _HEADER.fullmatch(line)
        if header is None:
            raise ReviewerError(f"object {oid[:12]} is missing", "fetch it, then try again")
        size = int(header[2])
        if kind is not None and header[1] != kind:
            raise ReviewerError(f"object {oid[:12]} is no {kind.decode()}", "name a commit or a branch")
        if kind is not None and size > limit:
            raise ReviewerError(f"object {oid[:12]} has {size} bytes, more than {limit}", "the change is refused")
        digest = hashlib.sha1(b"%s %d\0" % (header[1], size), usedforsecurity=False)
        kept = []
        left = size
        while left:
            chunk = self._answers.read(min(left, _CHUNK))
            if not chunk:
                raise ReviewerError(f"object {oid[:12]} cannot be read to its end", "check it with: git fsck")
            digest.update(chunk)
            left -= len(chunk)
            if kind is not None:
                kept.append(chunk)
        self._answers.read(1)
        if digest.hexdigest() != oid:
            raise ReviewerError(
                f"object {oid[:12]} does not have the content that its name says",
                "the repository is damaged or forged: check it with: git fsck",
            )
        return b"".join(kept)


def _entries(oid: str, data: bytes) -> Entries:
    found: Entries = {}
    at = 0
    while match := _ENTRY.match(data, at):
        if match[2] in found:
            break
        found[match[2]] = int(match[1], 8), match[3].hex()
        at = match.end()
    if at != len(data):
        raise ReviewerError(f"tree {oid[:12]} is broken", "the change is refused; make its commits again")
    return found


@contextmanager
def reading(git: Git) -> Iterator[Objects]:
    """Objects through one child, which ends with the block."""
    with git.open(["cat-file", "--batch"]) as (asked, answers):
        yield Objects(asked, answers)


def walk(objects: Objects, base: str, head: str) -> Changed:
    """Every path whose blob differs between two commits or trees. Raises ReviewerError past a bound."""
    old, new = objects.tree_of(base), objects.tree_of(head)
    level: list[tuple[bytes, str | None, str | None]] = [(b"", old, new)] if old != new else []
    changed: Changed = {}
    names = 0
    for _ in range(MAX_DEPTH):
        if not level:
            return changed
        trees: dict[str | None, Entries] = {None: {}}
        trees.update(objects.trees(tree for _prefix, *pair in level for tree in pair if tree is not None))
        below: list[tuple[bytes, str | None, str | None]] = []
        for prefix, one, other in level:
            for name, before, after in _differing(trees[one], trees[other]):
                path = prefix + name
                names += len(path)
                if len(path) > _MAX_PATH or names > MAX_NAMES:
                    raise ReviewerError("the paths of the change are too long", "the change is refused; shorten them")
                folders = _id(before, folder=True), _id(after, folder=True)
                files = _id(before, folder=False), _id(after, folder=False)
                if folders != (None, None):
                    below.append((path + b"/", *folders))
                if files != (None, None):
                    changed[path] = files
                if len(below) + len(changed) > MAX_PATHS:
                    raise ReviewerError(f"the change has more than {MAX_PATHS} paths", "split it into smaller ones")
        level = below
    raise ReviewerError(f"the change has folders more than {MAX_DEPTH} deep", "the change is refused")


_Entry = tuple[int, str] | None


def _id(entry: _Entry, *, folder: bool) -> str | None:
    if entry is None or entry[0] == _MODULE or (entry[0] == _TREE) != folder:
        return None
    return entry[1]


def _differing(one: Entries, other: Entries) -> Iterator[tuple[bytes, _Entry, _Entry]]:
    if one is other:
        return
    for name, entry in other.items():
        before = one.get(name)
        if before != entry:
            yield name, before, entry
    for name, entry in one.items():
        if name not in other:
            yield name, entry, None


def verify(git: Git, oids: Iterable[str]) -> None:
    """Re-hash objects. Raises ReviewerError for the first that is not what its name says."""
    with reading(git) as objects:
        objects.verify(oids)
