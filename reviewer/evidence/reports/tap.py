"""Reads the Test Anything Protocol, versions 12 to 14, as prove, node's runner and bats write it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Final

from reviewer.evidence.reports.terms import CASES, Case, Result, TestReport, bounded, refuse, text

KIND: Final = "TAP"
_LINE: Final = re.compile(r"(not )?ok\b(?: +(\d{1,9}))?(?: +- +| +)?(.*)")
_PLAN: Final = re.compile(r"1\.\.(\d{1,9})(?: *#.*)?")
_DIRECTIVE: Final = re.compile(r"(?<!\\)# *(skip\S*|todo)\b *(.*)", re.IGNORECASE)


def read_tap(data: bytes) -> TestReport:
    """Tests that are more or fewer than planned, or planned twice, are an error of the plan. Raises ReviewerError."""
    cases: list[Case] = []
    plans: list[int] = []
    for raw in BytesIO(bounded(KIND, data)):
        line = raw.removesuffix(b"\n").decode("utf-8", "replace")
        # Indented lines tell the parts of a test that follows them with its own line.
        found = _LINE.fullmatch(line.rstrip("\r")) if line[:1] in "on" else None
        if found is not None:
            if len(cases) >= CASES:
                raise refuse(KIND, f"it holds more than {CASES} tests")
            cases.append(_case(found, len(cases) + 1))
            continue
        plan = _PLAN.fullmatch(line.rstrip("\r"))
        if plan is not None:
            plans = [*plans[:1], int(plan[1])]
        elif line.startswith("Bail out!"):
            cases.append(Case(text("TAP"), text("Bail out!"), Result.ERRORED, message=text(line[9:].strip())))
            return TestReport(tuple(cases))
    if not plans:
        raise refuse(KIND, "it has no plan")
    said = ""
    if len(plans) > 1:
        said = "it plans more than once"
    elif plans[0] > len(cases):
        said = f"{plans[0] - len(cases)} of {plans[0]} planned tests were never told"
    elif plans[0] < len(cases):
        said = f"{len(cases)} tests were told where {plans[0]} were planned"
    if said:
        cases.append(Case(text("TAP"), text("the plan"), Result.ERRORED, message=text(said)))
    return TestReport(tuple(cases))


def _case(found: re.Match[str], number: int) -> Case:
    directive = _DIRECTIVE.search(found[3])
    name = (found[3][: directive.start()] if directive else found[3]).strip() or f"test {found[2] or number}"
    result = Result.FAILED if found[1] else Result.PASSED
    if directive is not None and (directive[1].lower().startswith("skip") or found[1]):
        # A test that is still to do may fail.
        result = Result.SKIPPED
    return Case(text("TAP"), text(name), result, message=text(directive[2] if directive else ""))
