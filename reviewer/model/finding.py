"""Findings: located observations by a rule, ordered by severity."""

from __future__ import annotations

from collections.abc import Collection
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
    said it, empty for our own rules. `off` is the level it would have, had the target branch not turned its rule off.
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
    off: Severity | None = None

    def named_in(self, names: Collection[str]) -> bool:
        """Whether its rule is among names as "rule", "tool/rule" and "tool/*"."""
        return self.rule in names or bool(self.tool and f"{self.tool}/*" in names)
