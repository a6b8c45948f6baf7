"""What is known of a change's runs beside the base's: the inputs of the rules on runs, whoever made them.

What must stay true: *observed* (what the sandbox saw), *reported* (what the code under review wrote about itself) and
*claimed* (what the agent said) stay apart by type; an absent value says "not known", never "nothing".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.report import Coverage, TestReport
from reviewer.model.reported import TestCounts
from reviewer.model.run import Conclusion, Reached
from reviewer.text import Untrusted


@dataclass(frozen=True, slots=True)
class Observed:
    """One run, as the sandbox saw it; `tests`, `counts` and `coverage` as its own reports, or what it printed, told it;
    `missing` are reports that it was to leave and did not.

    `watched`: programs and attempts to reach out were watched; where it is False, none listed means nothing. `whole`:
    the lists name all there was. Paths are within the tree; `programs` are names of files and how often they started.
    """

    name: str
    command: tuple[Untrusted, ...]
    conclusion: Conclusion | None
    exit_status: int | None = None
    watched: bool = False
    whole: bool = True
    reached: tuple[Reached, ...] = ()
    programs: tuple[tuple[Untrusted, int], ...] = ()
    written: tuple[Untrusted, ...] = ()
    deleted: tuple[Untrusted, ...] = ()
    mode_changed: tuple[Untrusted, ...] = ()
    tests: TestReport | None = None
    coverage: Coverage | None = None
    counts: TestCounts | None = None
    missing: tuple[Untrusted, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPair:
    """The run of a change, and the same command over its base, where that was made."""

    head: Observed
    base: Observed | None = None


class CrossCheck(StrEnum):
    """A run that mixes the two sides: the base's tests over the change, or the change's new tests over the base."""

    BASE_TESTS = "the base's tests on the change"
    NEW_TESTS = "the change's new tests on the base"


@dataclass(frozen=True, slots=True)
class Claimed:
    """One thing that the agent said of a run: in its own `words`, and what they come to.

    `run` names the run that it is about, "" where it says none; a number is None where it tells none.
    """

    words: Untrusted
    run: str = ""
    conclusion: Conclusion | None = None
    passed: int | None = None
    failed: int | None = None
    skipped: int | None = None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """All that is known of the runs of one revision; rules on runs read this and the difference, nothing else."""

    runs: tuple[RunPair, ...] = ()
    checks: tuple[tuple[CrossCheck, Observed], ...] = ()
    claims: tuple[Claimed, ...] = ()
