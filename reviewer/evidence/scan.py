"""Scans one revision: its patch from the quarantine, parsed, through the risk engine."""

from __future__ import annotations

from reviewer.diff.parse import parse_numstat, parse_patch
from reviewer.model.change import Size
from reviewer.model.finding import Finding
from reviewer.repo.quarantine import Quarantine
from reviewer.risk.engine import scan


def scan_revision(quarantine: Quarantine, base: str, head: str) -> list[Finding]:
    """The findings of `base`..`head`; both are commits of the quarantine."""
    return scan(parse_patch(quarantine.patch(base, head)))


def size_of(quarantine: Quarantine, base: str, head: str) -> Size:
    """How large a revision is; binary files count as files without lines."""
    counts = parse_numstat(quarantine.numstat(base, head)).values()
    return Size(len(counts), sum(c[0] for c in counts if c), sum(c[1] for c in counts if c))
