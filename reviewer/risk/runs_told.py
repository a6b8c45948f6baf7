"""Judges what runs reported and what the agent claimed of them: contradictions, tests that no longer run, idle lines.

What must stay true: pure; a report is the word of the code under review, so it may accuse and never acquit; a claim is
compared with what was observed, and where nothing was observed nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding, Severity
from reviewer.model.observed import Claimed, CrossCheck, Observed, RunFacts, RunPair
from reviewer.model.report import Case, Coverage, Result
from reviewer.model.run import Conclusion
from reviewer.risk.facets import facets
from reviewer.risk.run_finding import listed, seen_in_run

IDLE: Final = 10
"""Changed lines of product code that never ran, from which on more than half of them is worth a medium finding."""
_BAD: Final = (Conclusion.FAILURE, Conclusion.TIMED_OUT)
_FAILED: Final = (Result.FAILED, Result.ERRORED)


def told(files: Sequence[FileDiff], facts: RunFacts) -> Iterator[Finding]:
    """Findings on claims, reports of tests, coverage and cross-checks."""
    for claim in facts.claims:
        yield from _claim(claim, [pair.head for pair in facts.runs])
    for pair in facts.runs:
        yield from _tests(pair)
        if pair.head.coverage is not None:
            yield from _coverage(files, pair.head.name, pair.head.coverage)
    for kind, seen in facts.checks:
        yield from _check(kind, seen, facts)


# --- claims ---------------------------------------------------------------------------------------------------------


def _claim(claim: Claimed, seen: Sequence[Observed]) -> Iterator[Finding]:
    about = [run for run in seen if not claim.run or run.name == claim.run]
    for run in about:
        failed = _count(run, _FAILED)
        says_green = claim.conclusion is Conclusion.SUCCESS or claim.failed == 0
        if says_green and (run.conclusion in _BAD or (failed or 0) > 0):
            what = f"{failed} tests failed" if failed else f"it ended as {(run.conclusion or Conclusion.FAILURE).value}"
            yield _contradicted(claim, run, Severity.HIGH, what)
            continue
        for name, said, was in (
            ("passed", claim.passed, _count(run, (Result.PASSED,))),
            ("skipped", claim.skipped, _count(run, (Result.SKIPPED,))),
        ):
            # One run of several may hold a part of what was claimed; more than claimed contradicts nothing.
            short = said is not None and was is not None and (was < said if name == "passed" else was > said)
            if short and len(about) == 1:
                what = run.counts.words() if run.counts is not None else f"{was} {name}, not {said}"
                yield _contradicted(claim, run, Severity.MEDIUM, what)
                break


def _contradicted(claim: Claimed, run: Observed, severity: Severity, what: str) -> Finding:
    said = " ".join(claim.words.raw.split())[:160]
    message = f"the agent says \N{LEFT DOUBLE QUOTATION MARK}{said}\N{RIGHT DOUBLE QUOTATION MARK}; observed: {what}"
    return seen_in_run("claim", "claim-contradicted", severity, run.name, message, (said, what))


def _count(run: Observed, results: Sequence[Result]) -> int | None:
    if run.counts is not None:
        counted = run.counts
        return sum(int(getattr(counted, result.value)) for result in results)
    return sum(case.result in results for case in run.tests.cases) if run.tests is not None else None


# --- tests ----------------------------------------------------------------------------------------------------------


def _tests(pair: RunPair) -> Iterator[Finding]:
    head, base = pair.head, pair.base
    if head.tests is None or base is None or base.tests is None:
        return
    before = {_name(case): case.result for case in base.tests.cases}
    after = {_name(case): case.result for case in head.tests.cases}
    skipped = sorted(n for n, result in after.items() if result is Result.SKIPPED and before.get(n, result) is not result)
    if skipped:
        message = f"{_many(skipped)} ran on the base and {_were(skipped)} skipped now: {listed(skipped)}"
        yield seen_in_run(
            "run-skipped", "test-weakened", Severity.MEDIUM, head.name, message, skipped, count=len(skipped)
        )
    gone = sorted(name for name, result in before.items() if name not in after and result is not Result.SKIPPED)
    came = sum(name not in before and result is not Result.SKIPPED for name, result in after.items())
    # A test that was renamed is gone and came; only what nothing came for is missing.
    if len(gone) > came:
        message = f"{_many(gone)} of the base no longer {'runs' if len(gone) == 1 else 'run'}, {came} came: {listed(gone)}"
        yield seen_in_run("run-gone", "test-removed", Severity.MEDIUM, head.name, message, gone, count=len(gone))


def _name(case: Case) -> str:
    return f"{case.suite.raw} {case.name.raw}".strip()


def _many(names: Sequence[str]) -> str:
    return "1 test" if len(names) == 1 else f"{len(names)} tests"


def _were(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


# --- coverage -------------------------------------------------------------------------------------------------------


def _coverage(files: Sequence[FileDiff], run: str, coverage: Coverage) -> Iterator[Finding]:
    idle: list[tuple[str, int, int, int]] = []
    for file in files:
        path = file.change.new_path.raw
        able, ran = coverage.files.get(path, (frozenset(), frozenset()))
        if not able or not facets(path).product:
            continue
        changed = {line.new for line in file.all_lines() if line.kind == "+" and line.new is not None}
        could = changed & able
        never = sorted(could - ran)
        if never:
            idle.append((path, never[0], len(never), len(could)))
    missing, total = sum(silent for _, _, silent, _ in idle), sum(lines for _, _, _, lines in idle)
    loud = missing >= IDLE and missing * 2 > total
    for path, first, silent, lines in idle:
        message = f"{silent} of {lines} changed lines that could run never ran"
        severity = Severity.MEDIUM if loud and silent * 2 > lines else Severity.INFO
        yield seen_in_run("run-idle", "not-covered", severity, run, message, (path,), file=path, line=first, count=silent)


# --- cross-checks ---------------------------------------------------------------------------------------------------


def _check(kind: CrossCheck, seen: Observed, facts: RunFacts) -> Iterator[Finding]:
    if kind is CrossCheck.BASE_TESTS and seen.conclusion in _BAD:
        own = next((pair for pair in facts.runs if pair.head.name == seen.name), None)
        if own is None or own.head.conclusion is not Conclusion.SUCCESS:
            return
        if own.base is not None and own.base.conclusion in _BAD:
            return
        failed = sorted(_name(case) for case in seen.tests.cases if case.result in _FAILED) if seen.tests else []
        which = f": {listed(failed)}" if failed else ""
        message = f"its own tests pass, the tests as they stand on the base fail on it{which}"
        yield seen_in_run("base-tests-fail", "test-weakened", Severity.HIGH, seen.name, message, failed)
    if kind is CrossCheck.NEW_TESTS and seen.conclusion is Conclusion.SUCCESS:
        message = "its new tests pass without its code as well: they do not show that it works"
        yield seen_in_run("new-tests-idle", "test-weakened", Severity.MEDIUM, seen.name, message, ())
