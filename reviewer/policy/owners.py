"""Reads a CODEOWNERS file and says who owns a path: the last line that is about it counts; pure.

Patterns are those of the field: `*` within a name, `**` over folders, a slash anchors, a folder means all below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reviewer.policy.globs import matches

PLACES: Final = (b".github/CODEOWNERS", b"CODEOWNERS", b"docs/CODEOWNERS", b".gitlab/CODEOWNERS")
"""Where it lies; the first that is there counts."""
_MOST: Final = 2000

Owners = Sequence[tuple[str, tuple[str, ...]]]
"""Patterns with those who own what they are about, in the file's order."""


def parse_owners(data: bytes) -> Owners:
    """The lines of a file; what is no line of owners is passed over."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for line in data.decode("utf-8", "surrogateescape").split("\n")[: 10 * _MOST]:
        words = line.replace("\\ ", "\0").split()
        if not words or words[0].startswith(("#", "[", "^[", "!")) or len(words[0]) > 500:
            continue
        owners = []
        for word in words[1:]:
            if word.startswith("#"):
                break
            owners.append(word)
        found.append((words[0].replace("\0", " "), tuple(owners)))
    return found[-_MOST:]


def owners_of(owners: Owners, path: str) -> tuple[str, ...]:
    """Who owns a path; nobody where no line is about it, or the last one names nobody."""
    for pattern, names in reversed(owners):
        last = pattern.rsplit("/", 1)[-1]
        if pattern.find("/") == len(pattern) - 1:
            pattern = f"**/{pattern}"  # a folder of that name, wherever it is
        below = bool(last) and "*" not in last and "?" not in last
        if matches(pattern, path) or (below and matches(_folder(pattern), path)):
            return names
    return ()


def _folder(pattern: str) -> str:
    """The pattern of everything below what a pattern without a slash at its end may name as a folder."""
    return f"{pattern}/**" if "/" in pattern else f"**/{pattern}/**"
