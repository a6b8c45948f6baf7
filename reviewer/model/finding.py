"""Findings: located observations by a rule, ordered by severity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.text import Untrusted


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """4 for critical down to 0 for info."""
        return 4 - list(Severity).index(self)


class Side(StrEnum):
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line that a finding points at; `line` counts from 1 on its side."""

    side: Side
    line: int
    text: Untrusted


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw. `line` is None for a whole file; `fingerprint` is stable across revisions.

    `run` names the run in which it was seen, `file` is then empty where no file is meant; `tool` names the scanner that
    said it, empty for our own rules.
    """

    rule: str
    category: str
    severity: Severity
    file: Untrusted
    side: Side
    line: int | None
    message: Untrusted
    fingerprint: str
    evidence: tuple[Evidence, ...] = ()
    count: int = 1
    run: str = ""
    tool: str = ""
