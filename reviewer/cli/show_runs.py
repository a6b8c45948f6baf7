"""Says what is known of a change's runs for `reviewer show`: what was observed, and apart from it what was reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reviewer.model.report import Case
from reviewer.model.reported import REPORTED, Reported, coverage_words, marks_words
from reviewer.model.run import Beside, Run, RunState
from reviewer.text import Untrusted, show

_FAILING: Final = 10
_REPORTS: Final = 20
_MUST: Final = {
    Beside.BASE: "the same over the base",
    Beside.BASE_TESTS: "the base's tests on the change, which must pass",
    Beside.NEW_TESTS: "the change's tests on the base, which must fail",
}


def run_object(run: Run) -> dict[str, Any]:
    """The documented JSON of a run; every outside text in it is rendered harmless."""
    return {
        "name": run.name,
        "state": run.state.value,
        "conclusion": run.conclusion.value if run.conclusion else None,
        "exit_status": run.exit_status,
        "seconds": run.seconds,
        "record": run.record,
        "reason": show(run.reason),
        "revision_digest": run.revision_digest,
        "position": run.position,
        "attempts": [show(attempt) for attempt in run.attempts],
        "network_attempts": run.network_attempts,
        "over": run.over,
        "check": run.check.value if run.check else None,
        "of": run.of or None,
        "held": run.held,
        "observed": run.observed,
        "programs": [show(name) for name in run.programs],
        "dependencies": run.dependencies,
        "note": run.note,
        "reported": [_report_object(report) for report in run.reports],
        "coverage": coverage_words(run.reports),
    }


def _report_object(report: Reported) -> dict[str, Any]:
    tests = report.tests
    return {
        "path": show(report.path),
        "kind": report.kind,
        "blob": report.blob,
        "reason": show(report.reason),
        "tests": {name: getattr(tests, name) for name in tests.__slots__} if tests is not None else None,
        "failing": [{"name": _name(case), "message": show(case.message, limit=500)} for case in report.failing],
        "coverage": [
            {"file": show(file.path), "ran": list(file.ran), "missed": list(file.missed)} for file in report.coverage
        ]
        if report.coverage is not None
        else None,
        "findings": len(report.findings),
        "steps": [
            {"name": show(step.name), "line": step.line, "lines": step.lines, "errors": step.errors}
            for step in report.steps
        ],
        "complaints": [
            {
                "level": "error" if one.error else "warning",
                "line": one.line,
                "message": show(one.message, limit=500),
                "file": show(one.file, limit=300),
                "file_line": one.file_line or None,
            }
            for one in report.complaints
        ],
    }


def run_lines(run: Run) -> Iterator[str]:
    """What `show` says of one run."""
    yield f"run       {show(run.name)}: {_observed(run)}"
    if run.check is not None:
        kept = {True: ": so it is", False: ": it is not so", None: ""}[run.held]
        yield f"          {_MUST[run.check]}{kept}"
    if run.dependencies:
        yield f"          ran with {show(run.dependencies, limit=200)}"
    if run.note:
        yield f"          {show(run.note, limit=200)}"
    yield from (f"          tried: {show(attempt, limit=200)}" for attempt in run.attempts)
    told = [report for report in run.reports if not report.reason]
    counted = [report for report in told if report.tests is not None]
    for report in counted[:_REPORTS]:
        if report.tests is not None:
            where = show(report.path, limit=80) if report.path else "its output"
            yield f"          {REPORTED}: {report.tests.words()} ({where})"
    if len(counted) > _REPORTS:
        yield f"          and {len(counted) - _REPORTS} more reports of tests"
    if covered := coverage_words(run.reports):
        yield f"          {REPORTED}: {covered}"
    yield from (f"          {REPORTED}: {marks} (its output)" for report in told if (marks := marks_words(report)))
    failing = [case for report in told for case in report.failing]
    for case in failing[:_FAILING]:
        said = _first_line(case)
        yield f"          reported failing: {_name(case)}" + (f": {said}" if said else "")
    if len(failing) > _FAILING:
        yield f"          and {len(failing) - _FAILING} more"
    unread = [report for report in run.reports if report.reason]
    for report in unread[:_REPORTS]:
        yield f"          not read: {show(report.path, limit=80)}: {show(report.reason, limit=200)}"
    if len(unread) > _REPORTS:
        yield f"          and {len(unread) - _REPORTS} more that were not read"


def _first_line(case: Case) -> str:
    return show(Untrusted(case.message.raw.strip().split("\n", 1)[0]), limit=120)


def _name(case: Case) -> str:
    suite = show(case.suite, limit=120)
    return f"{suite} {show(case.name, limit=120)}".strip()


def _observed(run: Run) -> str:
    """What is known of a run, in words: what we observed, or why there is nothing to observe yet."""
    if run.state is RunState.QUEUED:
        return "queued" + (f", {run.position} before it" if run.position else "")
    if run.state is RunState.RUNNING:
        return "running"
    why = f" ({show(run.reason)})" if run.reason else ""
    if run.state is RunState.NOT_RUN or run.conclusion is None:
        return f"{'NOT RUN' if run.state is RunState.NOT_RUN else run.state.value}{why}"
    if run.exit_status is None:
        return f"{run.conclusion.value}{why}"
    over = ", on the merge with the target" if run.over else ""
    return f"observed {run.conclusion.value}, exit status {run.exit_status}{over}{why}"
