"""Judges a run that passed against its own word: failures that it exits 0 over, tests that it tells nothing of any more.

What must stay true: pure; a report may accuse and never acquit; what the base's run does in the same way is no news.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.model.finding import Finding, Severity
from reviewer.model.observed import CrossCheck, Observed, RunFacts, RunPair
from reviewer.model.reported import TestCounts
from reviewer.model.run import Conclusion
from reviewer.risk.run_finding import listed, seen_in_run


def silent(pair: RunPair) -> Iterator[Finding]:
    """Findings on one run that passed."""
    head, base = pair.head, pair.base
    if head.conclusion is not Conclusion.SUCCESS:
        return
    yield from _denied(head, base)
    counts, before = head.counts, base.counts if base is not None else None
    if before is not None and before.total and (counts is None or not counts.total):
        message = f"it exits 0 and tells of no test, where the base's run tells: {before.words()}"
        yield seen_in_run("run-silent", "test-gaming", Severity.HIGH, head.name, message, ())
        return
    yield from _fewer(head, base)
    gone = [path.raw for path in head.missing if base is None or path not in base.missing]
    if gone:
        message = f"it exits 0 and does not leave what it is to report: {listed(gone)}"
        yield seen_in_run("run-unreported", "test-gaming", Severity.MEDIUM, head.name, message, gone, count=len(gone))


def base_tests_fewer(facts: RunFacts) -> Iterator[Finding]:
    """Findings on the base's tests over the change where they pass because fewer of them run."""
    bases = {pair.head.name: pair.base for pair in facts.runs}
    for kind, seen in facts.checks:
        base = bases.get(seen.name)
        if kind is not CrossCheck.BASE_TESTS or seen.conclusion is not Conclusion.SUCCESS or base is None:
            continue
        before, now = base.counts, seen.counts
        if before is not None and before.passed > (now.passed if now is not None else 0):
            said = now.words() if now is not None else "no tests"
            message = f"the base's tests pass on it for fewer of them run: {said}; on the base: {before.words()}"
            yield seen_in_run("base-tests-fewer", "test-weakened", Severity.HIGH, seen.name, message, ())


def _denied(head: Observed, base: Observed | None) -> Iterator[Finding]:
    failed = _failed(head.counts)
    if not failed or (base is not None and base.conclusion is Conclusion.SUCCESS and _failed(base.counts)):
        return
    tests = "1 test" if failed == 1 else f"{failed} tests"
    message = f"it exits 0, and its own report says that {tests} failed"
    severity = Severity.MEDIUM if base is None else Severity.HIGH
    yield seen_in_run("run-denied", "test-gaming", severity, head.name, message, (), count=failed)


def _fewer(head: Observed, base: Observed | None) -> Iterator[Finding]:
    """Where tests have names on both sides, they are compared one by one; this is for the others."""
    if base is None or head.counts is None or base.counts is None or (head.tests is not None and base.tests is not None):
        return
    if head.counts.passed < base.counts.passed and head.counts.total <= base.counts.total:
        message = f"it tells: {head.counts.words()}; the base's run: {base.counts.words()}"
        yield seen_in_run("run-fewer", "test-removed", Severity.MEDIUM, head.name, message, ())


def _failed(counts: TestCounts | None) -> int:
    return counts.failed + counts.errored if counts is not None else 0
