"""Reads the Test Anything Protocol, versions 12 to 14, as prove, node's runner and bats write it."""

from __future__ import annotations

import re
from typing import Final

from reviewer.evidence.reports.terms import CASES, Case, Result, TestReport, bounded, refuse, text

KIND: Final = "TAP"
_LINE: Final = re.compile(r"(not )?ok\b(?: +(\d{1,9}))?(?: +- +| +)?(.*)")
_PLAN: Final = re.compile(r"1\.\.(\d{1,9})(?: *#.*)?")
_DIRECTIVE: Final = re.compile(r"(?<!\\)# *(skip\S*|todo)\b *(.*)", re.IGNORECASE)


def read_tap(data: bytes) -> TestReport:
    """A test that was planned and not told is one that failed. Raises ReviewerError where it is no TAP."""
    cases: list[Case] = []
    planned: int | None = None
    for line in bounded(KIND, data).decode("utf-8", "replace").split("\n"):
        # Indented lines tell the parts of a test that follows them with its own line.
        found = _LINE.fullmatch(line.rstrip("\r")) if line[:1] in "on" else None
        if found is not None:
            if len(cases) >= CASES:
                raise refuse(KIND, f"it holds more than {CASES} tests")
            cases.append(_case(found, len(cases) + 1))
            continue
        plan = _PLAN.fullmatch(line.rstrip("\r"))
        if plan is not None and planned is None:
            planned = int(plan[1])
        elif line.startswith("Bail out!"):
            cases.append(Case(text("TAP"), text("Bail out!"), Result.ERRORED, message=text(line[9:].strip())))
            return TestReport(tuple(cases))
    if planned is None:
        raise refuse(KIND, "it has no plan")
    missing = planned - len(cases)
    if missing > 0:
        said = text(f"{missing} of {planned} planned tests were never told")
        cases.append(Case(text("TAP"), text("the plan"), Result.ERRORED, message=said))
    return TestReport(tuple(cases))


def _case(found: re.Match[str], number: int) -> Case:
    directive = _DIRECTIVE.search(found[3])
    name = (found[3][: directive.start()] if directive else found[3]).strip() or f"test {found[2] or number}"
    result = Result.FAILED if found[1] else Result.PASSED
    if directive is not None and (directive[1].lower().startswith("skip") or found[1]):
        # A test that is still to do may fail.
        result = Result.SKIPPED
    return Case(text("TAP"), text(name), result, message=text(directive[2] if directive else ""))
