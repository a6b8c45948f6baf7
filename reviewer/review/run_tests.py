"""Lists the tests and the coverage that a run told of itself, what failed first; pure.

What must stay true: all of it is *reported by the code under review*, and says so above; lists are bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reviewer.model.report import Case, Result, TestReport
from reviewer.model.reported import REPORTED, Reported, coverage_words, marks_words
from reviewer.model.run import Run, RunState
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, line, paragraph
from reviewer.text import cell_width, fit, show, show_lines

LISTED: Final = 2000
"""Tests of one kind that are shown."""
_MESSAGE: Final = 12
"""Lines of what a test said."""
_SHOWN: Final = (
    (Result.ERRORED, "✗ error  ", "run-failure"),
    (Result.FAILED, "✗ failed ", "run-failure"),
    (Result.SKIPPED, "- skipped", "run-waiting"),
    (Result.PASSED, "✓ passed ", "run-success"),
)


def reported_entries(run: Run, tests: TestReport | None, width: int) -> list[Entry]:
    """Every test that is known one by one, else the counts and the first that failed; then lines that did not run."""
    if not run.reports:
        return [(None, _none(run, width))]
    found: list[Entry] = [(None, [line(REPORTED.capitalize(), "text bold"), *_counts(run.reports, width), BLANK])]
    cases = tests.cases if tests is not None and tests.cases else _failing(run.reports)
    for result, sign, style in _SHOWN:
        those = [case for case in cases if case.result is result]
        for n, case in enumerate(those[:LISTED]):
            found.append(((result, n), _case(case, sign, style, width)))
        if len(those) > LISTED:
            found.append((None, [line(f"and {len(those) - LISTED} more {result}", "muted")]))
    missed = _missed(run.reports, width)
    return [*found, (None, [BLANK, *missed])] if missed else found


def _none(run: Run, width: int) -> list[Line]:
    if run.state in (RunState.QUEUED, RunState.RUNNING):
        return paragraph("What it tells of its tests is read when it has ended.", width, "run-waiting")
    said = paragraph("It told nothing of single tests that can be read.", width)
    more = "Name the files that it leaves in reviewer.toml, under this run:"
    return [*said, *paragraph(more, width, "muted"), line('  reports = ["build/*.xml", "coverage.json"]', "accent")]


def report_words(report: Reported) -> str:
    """What a report is called, the file that it stands in or the output, and what it tells, or why it does not."""
    name = show(report.path, limit=80).strip() or "what it printed"
    if report.reason:
        return f"{name}: {show(report.reason, limit=300)}"
    parts = [report.tests.words()] if report.tests is not None else []
    many = len(report.findings)
    parts += [f"{many} finding{'s' * (many > 1)}"] if many else []
    parts += [marks] if (marks := marks_words(report)) else []
    return f"{name}: {', '.join(parts) or report.kind or 'nothing'}"


def _counts(reports: Sequence[Reported], width: int) -> list[Line]:
    lines: list[Line] = []
    for report in reports:
        lines += paragraph(report_words(report), width - 2, "run-waiting" if report.reason else "text", indent="  ")
    covered = coverage_words(tuple(reports))
    return [*lines, line(f"  {covered}")] if covered else lines


def _failing(reports: Sequence[Reported]) -> list[Case]:
    return [case for report in reports for case in report.failing]


def _case(case: Case, sign: str, style: str, width: int) -> list[Line]:
    suite = f"{show(case.suite, limit=120)}: " if case.suite.raw else ""
    took = f"  {case.seconds:.2f} s" if case.seconds >= 0.01 else ""
    name, room = show(case.name, limit=400), max(10, width - 12 - len(took))
    # Of what is too long the suite goes first: many tests share it.
    name = fit(name if cell_width(suite + name) > room else suite + name, room)
    lines: list[Line] = [((f" {sign} ", style), (name, "text"), (took, "muted"))]
    if case.result is not Result.PASSED and case.message.raw.strip():
        said = show_lines(case.message, limit=400)
        for text in said[:_MESSAGE]:
            lines += paragraph(text, width - 4, "muted", indent="    ")
        if len(said) > _MESSAGE:
            lines.append(line(f"    and {len(said) - _MESSAGE} more lines", "muted"))
    return lines


def _missed(reports: Sequence[Reported], width: int) -> list[Line]:
    """Changed lines that could run and did not, file by file."""
    lines: list[Line] = []
    for report in reports:
        for file in report.coverage or ():
            if file.missed:
                words = f"{show(file.path, limit=200)}: {spans(file.missed)}"
                lines += paragraph(words, width - 2, "run-waiting", indent="  ")
    return [line("Changed lines that did not run", "text bold"), *lines[:LISTED]] if lines else []


def spans(numbers: Sequence[int]) -> str:
    """As "3-5, 9"."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in found)
