"""Finds the whole files behind a patch, so that it is coloured and can be widened: as objects, or in the worktree.

What must stay true: nothing is taken for a side of the patch but content with the id that the patch names for it; where
there is no repository, or the content is not there, the patch is shown alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.repo.locate import locate
from reviewer.repo.plain import read_plain
from reviewer.repo.quarantine import Quarantine

_ID: Final = re.compile(r"[0-9a-f]{4,40}\Z")
_MOST_IDS: Final = 4_000
_MOST_FILES: Final = 200
"""Files of the worktree that are read, and hashed, for a patch."""


def with_sides(
    diffs: Sequence[FileDiff], folder: Path, home: Path, limit: int
) -> tuple[Sequence[FileDiff], Callable[[str], bytes]]:
    """The files with whole ids where those are known, and what reads a side by its id, at most `limit` bytes of it."""
    try:
        repository = locate(folder)
        beside = Quarantine.open(home, repository.repo_id).beside(repository)
        whole = _whole(beside, diffs)
    except ReviewerError:
        return diffs, lambda _oid: b""
    here = {} if repository.bare else _worktree(diffs, whole, repository.root, limit)
    found = [
        replace(diff, change=replace(
            diff.change,
            old_oid=whole.get(diff.change.old_oid, diff.change.old_oid),
            new_oid=whole.get(diff.change.new_oid, here.get(diff.change.new_oid, (diff.change.new_oid, b""))[0]),
        ))
        for diff in diffs
    ]  # fmt: skip
    texts = dict(here.values())

    def blob(oid: str) -> bytes:
        if oid in texts or len(oid) != 40 or not oid.strip("0"):
            return texts.get(oid, b"")
        try:
            return beside.blob(oid, limit)
        except ReviewerError:
            return b""

    return found, blob


def _whole(beside: Quarantine, diffs: Sequence[FileDiff]) -> dict[str, str]:
    """The whole id of each that the patch names and that is here; one that could be two is left out."""
    asked = dict.fromkeys(
        oid for diff in diffs for oid in (diff.change.old_oid, diff.change.new_oid) if _ID.match(oid) and oid.strip("0")
    )
    ids = list(asked)[:_MOST_IDS]
    told = beside.git.run(["cat-file", "--batch-check"], input="".join(f"{oid}\n" for oid in ids).encode())
    found = {}
    for oid, line in zip(ids, told.decode("ascii", "replace").split("\n"), strict=False):
        full, _, rest = line.partition(" ")
        if rest.startswith("blob ") and full.startswith(oid):
            found[oid] = full
    return found


def _worktree(
    diffs: Sequence[FileDiff], whole: dict[str, str], root: Path, limit: int
) -> dict[str, tuple[str, bytes]]:
    """By id as the patch names it: what git would call a file of the worktree, and its bytes, where the two agree."""
    found: dict[str, tuple[str, bytes]] = {}
    wanted = [diff.change for diff in diffs if diff.change.new_oid not in whole and _ID.match(diff.change.new_oid)]
    for change in wanted[:_MOST_FILES]:
        path = Path(change.new_path.raw)
        if path.is_absolute() or ".." in path.parts or not change.new_oid.strip("0"):
            continue
        try:
            data = read_plain(root / path, limit + 1)
        except (ReviewerError, OSError, ValueError):
            continue
        if data is None or len(data) > limit:
            continue
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        if oid.startswith(change.new_oid):
            found[change.new_oid] = oid, data
    return found
