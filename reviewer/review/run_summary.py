"""Says what runs are worth before their output is read: claimed, reported and observed apart, each run's facts; pure.

What must stay true: the three are never mixed in a line, and each says whose word it is; where nothing was observed,
that is said first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reviewer.evidence.claims import read_claims
from reviewer.model.detail import ChangeDetail
from reviewer.model.reported import REPORTED, coverage_words
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.review.lines import BLANK, Line, line, paragraph, severity_style
from reviewer.review.preview import run_outcome, runs_of
from reviewer.review.run_tests import report_words
from reviewer.text import Untrusted, show, show_lines

_ATTEMPTS: Final = 12
"""Attempts to reach out that are shown of one run; the record has more."""
_NAMED: Final = 8
_CHECKS: Final = {
    Beside.BASE: "the base's own run",
    Beside.BASE_TESTS: "the change under the base's tests: must pass",
    Beside.NEW_TESTS: "the base under the change's new tests: must fail",
}


def evidence_lines(detail: ChangeDetail, width: int) -> list[Line]:
    """What the agent claims, what the runs report of themselves, what we observed; then where they disagree."""
    runs = runs_of(detail)
    claim = _claim(detail)
    lines = _row("claimed", f"“{claim}”" if claim else "nothing", "claim" if claim else "muted", width)
    said = _reported(runs)
    said = f"{said}, says the code under review" if said else "nothing"
    lines += _row("reported", said, "muted" if said == "nothing" else "text", width)
    lines += _observed(detail, runs, width)
    for finding in detail.findings:
        if finding.run:
            words = f"▲ {show(finding.message, limit=300)}"
            lines += _row("", words, severity_style(finding.severity), width)
    if runs:
        lines.append(line(" enter opens a run in full, z folds it", "muted"))
    return [*lines, BLANK]


def _row(name: str, words: str, style: str, width: int) -> list[Line]:
    first, *rest = paragraph(words, width - 11, style)
    return [((f" {name:<9} ", "muted"), *first), *(((" " * 11, "text"), *more) for more in rest)]


def _claim(detail: ChangeDetail) -> str:
    """The first sentence of the claim that says something of tests, else its first line."""
    claimed = read_claims(detail.current.claim)
    if claimed:
        return show(claimed[0].words, limit=300)
    lines = show_lines(Untrusted(detail.current.claim.raw[:4000]), limit=300)
    return next((text.strip() for text in lines if text.strip()), "")


def _reported(runs: Sequence[Run]) -> str:
    told = [words for run in runs if run.check is None and (words := reported_words(run))]
    return "; ".join(told)


def reported_words(run: Run) -> str:
    """What a run's own reports say, as "198 passed, 16 skipped; 47 of 61 changed lines ran"."""
    parts = [report.tests.words() for report in run.reports if report.tests is not None]
    covered = coverage_words(run.reports)
    return ", ".join([*parts, *([covered] if covered else [])])


def _observed(detail: ChangeDetail, runs: Sequence[Run], width: int) -> list[Line]:
    if not runs:
        asked = detail.change.run != "none asked"
        words = "nothing yet: runs wait for their turn" if asked else "nothing: no run is configured"
        return _row("observed", words, "run-waiting", width)
    lines: list[Line] = []
    for n, run in enumerate(runs):
        word, style = run_outcome(run)
        took = f" in {run.seconds:.1f} s" if run.seconds is not None and run.state is RunState.DONE else ""
        times = run.network_attempts
        tried = f", {times} attempt{'s' * (times > 1)} to reach out" if times else ""
        words = f"{word} {show(run.name, limit=40)}{took}{tried}"
        lines += _row("observed" if not n else "", words, style, width)
    return lines


def about_run(run: Run, width: int) -> list[Line]:
    """The lines between a run's heading and its output: how it was held, what it was given, what it says of itself."""
    command = " ".join(show(word, limit=80) for word in run.command)
    lines: list[Line]
    if run.state is RunState.NOT_RUN:
        lines = [(("  not evidence: nothing ran  ", "run-failure"), (command, "muted italic"))]
        lines += paragraph(show(run.reason, limit=600) or "nothing usable was found here", width - 2, indent="  ")
        lines += [(("  what this machine can do, and what to install: ", "muted"), ("reviewer doctor", "accent"))]
        return lines
    if run.state in (RunState.QUEUED, RunState.RUNNING):
        held = "in the sandbox, no network" if run.state is RunState.RUNNING else _waits(run)
    else:
        held = f"observed, contained ({run.tier}{', ' + show(run.launcher, limit=20) if run.launcher else ''})"
        if run.tier in (None, "none"):
            held = "not evidence: nothing ran"
    lines = [((f"  {held}  ", "muted"), (command, "muted italic"))]
    lines += _check(run, width)
    if run.dependencies:
        lines += paragraph(f"given: {show(run.dependencies, limit=300)}", width - 2, "muted", indent="  ")
    if run.note:
        lines += paragraph(show(run.note, limit=300), width - 2, "run-waiting", indent="  ")
    lines += _reports(run, width)
    for text in run.attempts[:_ATTEMPTS]:
        lines.append((("  ⇢ ", "risk-medium"), (show(text, limit=200), "text")))
    return lines


def _waits(run: Run) -> str:
    return f"waits for its turn, {run.position} before it" if run.position else "waits for its turn"


def _check(run: Run, width: int) -> list[Line]:
    """What a run is held against another one for, and whether it came out as it must."""
    if run.check is None:
        return []
    state, style = ("not known yet" if run.check is not Beside.BASE else "to compare with", "muted")
    if run.held is not None:
        state, style = ("as it must be", "run-success") if run.held else ("NOT as it must be", "run-failure")
    words = f"{_CHECKS[run.check]}{f' ({show(run.of, limit=40)})' if run.of else ''}: "
    return [(("  cross-check: ", "muted"), (words, "text"), (state, style))] if width else []


def _reports(run: Run, width: int) -> list[Line]:
    if not run.reports:
        return []
    lines: list[Line] = [line(f"  {REPORTED}:", "muted italic")]
    for report in run.reports:
        words = report_words(report)
        lines += paragraph(words, width - 4, "run-waiting" if report.reason else "text", indent="    ")
        for case in report.failing[:_NAMED]:
            suite = f"{show(case.suite, limit=60)}: " if case.suite.raw else ""
            lines.append((("      ✗ ", "run-failure"), (f"{suite}{show(case.name, limit=100)}", "text")))
    covered = coverage_words(run.reports)
    if covered:
        lines.append(line(f"    {covered}"))
    return lines


def ended_badly(run: Run) -> bool:
    return run.state is RunState.DONE and run.conclusion is not Conclusion.SUCCESS
