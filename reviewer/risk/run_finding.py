"""Makes findings about runs: no line of the difference, but the run in which it was seen and words that stay the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from reviewer.model.finding import Finding, Severity, Side
from reviewer.text import Untrusted

NAMED: Final = 5
"""Targets, programs, files or tests that one message names; the rest is counted."""
_WORD: Final = 120


def seen_in_run(
    rule: str, category: str, severity: Severity, run: str, message: str, words: Iterable[str], *,
    file: str = "", line: int | None = None, count: int = 1,
) -> Finding:  # fmt: skip
    """A finding on a run; `words` are what stays the same when the run is made again."""
    identity = "\0".join((rule, run, file, *sorted(words)))
    fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Finding(
        rule, category, severity, Untrusted(file), Side.NEW, line, Untrusted(message), fingerprint, count=count, run=run
    )


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    said = ", ".join(name[:_WORD] for name in names[:NAMED])
    return f"{said} and {len(names) - NAMED} more" if len(names) > NAMED else said
