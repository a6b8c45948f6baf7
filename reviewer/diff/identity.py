"""Knows a hunk again by its content: path, changed text and the lines around, wherever it stands in the file; pure."""

from __future__ import annotations

import hashlib
from collections import Counter

from reviewer.model.diff import FileDiff


def hunk_keys(diff: FileDiff) -> list[str]:
    """A key for each hunk, empty for hunks that are the same as another of the file: such are not known again."""
    path = diff.change.path.to_bytes()
    patch = memoryview(diff.patch)
    keys = []
    for hunk in diff.hunks:
        known = hashlib.sha256(b"%d %b " % (len(path), path))
        known.update(patch[hunk.start : hunk.end])
        keys.append(known.hexdigest()[:40])
    counts = Counter(keys)
    return [key if counts[key] == 1 else "" for key in keys]
