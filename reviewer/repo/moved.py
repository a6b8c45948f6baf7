"""Says what came to a branch after a commit: commits and files, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reviewer.repo.look import commit_subjects
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted

_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Moved:
    """From `old` to `new`: the newest commits first, at most 50 of `count`, and every file that differs."""

    old: str
    new: str
    count: int
    commits: tuple[tuple[str, Untrusted], ...]
    files: tuple[Untrusted, ...]


def moved(view: Quarantine, old: str, new: str) -> Moved:
    """What `new` has that `old` had not, also where history was rewritten. Raises ReviewerError."""
    spec = f"{new}\n^{old}\n".encode()
    count = int(view.git.run(["rev-list", "--count", "--stdin"], input=spec))
    newest = view.git.run(["rev-list", f"--max-count={_MOST}", "--stdin"], input=spec).decode().split()
    subjects = commit_subjects(view.git, newest)
    files = tuple(Untrusted.from_bytes(name) for name in sorted(view.changed_paths(old, new)))
    return Moved(old, new, count, tuple((oid, subjects[oid]) for oid in newest if oid in subjects), files)
