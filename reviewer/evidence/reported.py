"""Reads the files that a run left about itself, and the summary that it printed, into what travels with the run.

What must stay true: it is all *reported by the code under review*; a file that the run did not write itself is no
report of it; one that cannot be read is named with its reason, and takes no other down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reviewer.evidence.reports.github_log import read_marks
from reviewer.evidence.reports.kinds import read_report
from reviewer.evidence.reports.output import read_output
from reviewer.evidence.reports.terms import CASES, WORST
from reviewer.evidence.scan import changed_lines
from reviewer.model.diff import FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.model.report import Case, Coverage, Result, TestReport
from reviewer.model.reported import FileCoverage, Reported, TestCounts
from reviewer.risk.external import merge
from reviewer.sandbox.contract import Outcome
from reviewer.text import Untrusted, show

ChangedLines = Mapping[str, Collection[int]]
"""By path: the numbers of the lines that a change added, on its new side."""
FOUND: Final = 100
"""Findings of other tools that travel with one report."""
FAILING: Final = 50
_MESSAGE: Final = 500
_LINES: Final = 50_000
"""Of changed lines that travel with a run, in all its reports."""
_BAD: Final = (Result.FAILED, Result.ERRORED)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All reports of a run: each in short, and all their tests and lines together, None where no report tells any."""

    reports: tuple[Reported, ...] = ()
    tests: TestReport | None = None
    coverage: Coverage | None = None
    counts: TestCounts | None = None


def gather(outcome: Outcome, printed: bytes, files: Sequence[FileDiff], run: str = "") -> Gathered:
    """Read what `outcome` of the run `run` exported.

    `printed` is its output as it was kept; `files` are what is under review: lines and findings elsewhere are left out.
    """
    changed = changed_lines(files)
    reports: list[Reported] = []
    tests_told = _Tests()
    told_tests = False
    lines: dict[str, tuple[set[int], set[int]]] = {}
    told_lines = False
    room = _LINES
    for path in (*outcome.exports, *outcome.refused_exports):
        data = outcome.exports.get(path)
        why = outcome.refused_exports.get(path) or _not_its_own(outcome, path)
        report = Reported(Untrusted(path), "", reason=why)
        if data is not None and not why:
            try:
                read = read_report(data)
            except ReviewerError as error:
                report = replace(report, reason=show(error.message, limit=300))
            except MemoryError:
                report = replace(report, reason="reading it took more memory than a report may")
            else:
                report = replace(report, kind=read.kind)
                if read.tests is not None:
                    told_tests = True
                    tests_told.add(read.tests)
                    report = replace(report, tests=count(read.tests), failing=_failing(read.tests))
                if read.coverage is not None:
                    told_lines = True
                    covered = _of_change(read.coverage, changed, room)
                    room -= sum(len(file.ran) + len(file.missed) for file in covered)
                    report = replace(report, coverage=covered)
                    _add(lines, read.coverage, changed)
                if read.found is not None:
                    taken = merge(files, (), read.found).findings[:FOUND]
                    report = replace(report, findings=tuple(replace(finding, run=run) for finding in taken))
        reports.append(report)
    tests = tests_told.report() if told_tests else None
    counts = count(tests) if tests is not None else read_output(printed)
    steps, complaints = read_marks(printed)
    if steps or complaints or (tests is None and counts is not None):
        told = counts if tests is None else None
        reports.append(Reported(Untrusted(""), "output", tests=told, steps=steps, complaints=complaints))
    coverage = Coverage({p: (frozenset(able), frozenset(hit)) for p, (able, hit) in lines.items()})
    return Gathered(tuple(reports), tests, coverage if told_lines else None, counts)


class _Tests:
    """The tests of several files: one that stands in two of them is one test, and as bad as the worst that is told."""

    def __init__(self) -> None:
        self._cases: dict[tuple[str, str, int], Case] = {}

    def add(self, report: TestReport) -> None:
        seen: Counter[tuple[str, str]] = Counter()
        for case in report.cases:
            name = case.suite.raw, case.name.raw
            key = (*name, seen[name])
            seen[name] += 1
            known = self._cases.get(key)
            if known is None and len(self._cases) >= CASES:
                continue
            if known is None or WORST[case.result] > WORST[known.result]:
                self._cases[key] = case

    def report(self) -> TestReport:
        return TestReport(tuple(self._cases.values()))


def _not_its_own(outcome: Outcome, path: str) -> str:
    """Why a file in the tree is no report of this run; empty where it is one."""
    if path in outcome.written:
        return ""
    if outcome.differences == "complete":
        return "the run did not write it: the file is a part of the change"
    return "it cannot be told whether the run wrote it: it left too many files"


def count(report: TestReport) -> TestCounts:
    counts = report.counts()
    return TestCounts(*(counts[result] for result in (Result.PASSED, Result.FAILED, Result.ERRORED, Result.SKIPPED)))


def _failing(report: TestReport) -> tuple[Case, ...]:
    bad = [case for case in report.cases if case.result in _BAD]
    return tuple(replace(case, message=Untrusted(case.message.raw[:_MESSAGE])) for case in bad[:FAILING])


def _of_change(found: Coverage, changed: ChangedLines, room: int) -> tuple[FileCoverage, ...]:
    files = []
    for path, numbers in changed.items():
        able, hit = found.files.get(path, (frozenset[int](), frozenset[int]()))
        mine = sorted(able.intersection(numbers))[:room]
        room -= len(mine)
        if mine:
            ran = tuple(line for line in mine if line in hit)
            files.append(FileCoverage(Untrusted(path), ran, tuple(line for line in mine if line not in hit)))
    return tuple(files)


def _add(lines: dict[str, tuple[set[int], set[int]]], found: Coverage, changed: ChangedLines) -> None:
    """Keep what is told of the changed files: of others nobody asks."""
    for path in changed:
        if path in found.files:
            able, hit = lines.setdefault(path, (set(), set()))
            able |= found.files[path][0]
            hit |= found.files[path][1]
