"""What the files that a run wrote say of it, in short: *reported by the code under review*, so proof of nothing.

What must stay true: nothing here is ever shown as observed; every text is from outside; a report that could not be read
says why instead of telling half; what travels with a run is bounded, and says so by its counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reviewer.model.finding import Finding
from reviewer.model.report import Case
from reviewer.text import Untrusted

COMPLAINTS: Final = 200
"""Errors and warnings of one log that are kept."""
REPORTED: Final = "reported by the code under review"


@dataclass(frozen=True, slots=True)
class TestCounts:
    """How many tests ended in which way."""

    __test__ = False

    passed: int = 0
    failed: int = 0
    errored: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.errored + self.skipped

    def words(self) -> str:
        """As "198 passed, 16 skipped"; it names what there is."""
        told = [f"{count} {name}" for name in self.__slots__ if (count := getattr(self, name))]
        return ", ".join(told) or "no tests"


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Of a changed file's new lines those that ran, and those that could and did not; of others nothing is known."""

    path: Untrusted
    ran: tuple[int, ...]
    missed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LogStep:
    """A part of what a run printed that it marked itself: its name, its first line from 0, how many, and its errors."""

    name: Untrusted
    line: int
    lines: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class LogComplaint:
    """An error or a warning that the output marks: its line from 0, its words, and the place it names, 0 for none."""

    error: bool
    line: int
    message: Untrusted
    file: Untrusted = Untrusted("")
    file_line: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """One file that a run left, named by `path` in its tree and kept as the blob `blob`.

    `kind` names its format, "output" where the counts stand in what the run printed. `reason` says why it could not be
    read. `tests` counts all tests, `failing` holds the first that failed; `coverage` is None where it tells no lines,
    and names changed files only; `findings` are those of a SARIF file on changed lines;
    `steps` the groups that the output marks, by its lines as they are kept, `complaints` its first errors and warnings.
    """

    path: Untrusted
    kind: str
    blob: str | None = None
    reason: str = ""
    tests: TestCounts | None = None
    failing: tuple[Case, ...] = ()
    coverage: tuple[FileCoverage, ...] | None = None
    findings: tuple[Finding, ...] = ()
    steps: tuple[LogStep, ...] = ()
    complaints: tuple[LogComplaint, ...] = ()


def marks_words(report: Reported) -> str:
    """As "3 groups, 2 errors, 1 warning"; empty where the output marks none."""
    errors = sum(complaint.error for complaint in report.complaints)
    counts = ((len(report.steps), "group"), (errors, "error"), (len(report.complaints) - errors, "warning"))
    told = ", ".join(f"{many} {what}{'s' * (many > 1)}" for many, what in counts if many)
    return f"{told}, and more" if len(report.complaints) >= COMPLAINTS else told


def coverage_words(reports: tuple[Reported, ...]) -> str:
    """As "47 of 61 changed lines ran"; empty where no report tells of lines. What ran in one of them ran."""
    told = [file for report in reports for file in report.coverage or ()]
    ran = {(file.path, line) for file in told for line in file.ran}
    could = ran | {(file.path, line) for file in told for line in file.missed}
    if all(report.coverage is None for report in reports):
        return ""
    return f"{len(ran)} of {len(could)} changed lines ran" if could else "no changed line is one that could run"
