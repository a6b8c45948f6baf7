"""Reads a JUnit XML report, as pytest, Gradle, Maven, Jest, Go and others write it.

What must stay true: tests are counted by their own elements, never by the sums that a suite writes beside them; a suite
that counts more failures than its tests tell, or fails itself, has an error that no later sum takes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reviewer.evidence.reports.terms import CASES, MESSAGE, WORST, Case, Result, TestReport, refuse, seconds, text
from reviewer.evidence.reports.xml import walk

KIND: Final = "JUnit"
_RESULTS: Final = {"failure": Result.FAILED, "error": Result.ERRORED, "skipped": Result.SKIPPED}


def read_junit(data: bytes) -> TestReport:
    """Raises ReviewerError where it is none, or not whole."""
    reader = _Reader()
    walk(KIND, data, reader.start, reader.end, reader.characters)
    if not reader.suites:
        raise refuse(KIND, "it holds no test suite")
    return TestReport(tuple(reader.cases))


@dataclass(frozen=True, slots=True)
class _Suite:
    """A suite that is open: the failures that it counts, and how many were told before it."""

    name: str
    said: int
    before: int


class _Reader:
    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.suites = 0
        self._suites: list[_Suite] = []
        self._bad = 0
        self._case: Mapping[str, str] | None = None
        self._result = Result.PASSED
        self._message = ""
        self._told = False
        self._inside: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("testsuite", "testsuites"):
            self.suites += 1
            said = _whole(attributes.get("failures", "")) + _whole(attributes.get("errors", ""))
            self._suites.append(_Suite(attributes.get("name", ""), said, self._bad))
        elif name == "testcase" and self._case is None:
            self._case, self._result, self._message = attributes, Result.PASSED, ""
        elif name in ("failure", "error") and self._case is None and self._suites:
            self._untold(self._suites[-1].name, attributes.get("message", "") or "the suite itself failed")
        elif name in _RESULTS and self._case is not None:
            self._inside = name
            self._bad += name != "skipped"
            if WORST[_RESULTS[name]] >= WORST[self._result]:
                self._result = _RESULTS[name]
                self._message = attributes.get("message", "")
                self._told = bool(self._message)

    def end(self, name: str) -> None:
        if name == self._inside:
            self._inside = None
        elif name in ("testsuite", "testsuites"):
            suite = self._suites.pop()
            if (missing := suite.said - (self._bad - suite.before)) > 0:
                self._untold(suite.name, f"{missing} failures that the suite counts are told by no test", missing)
        elif name == "testcase" and self._case is not None:
            named = self._case.get("classname") or next((s.name for s in reversed(self._suites) if s.name), "")
            case = self._case
            took = seconds(case.get("time", ""))
            self._add(Case(text(named), text(case.get("name", "")), self._result, took, text(self._message)))
            self._case = None

    def _untold(self, suite: str, why: str, count: int = 1) -> None:
        self._bad += count
        self._add(Case(text(suite), text("the suite"), Result.ERRORED, message=text(why)))

    def _add(self, case: Case) -> None:
        if len(self.cases) >= CASES:
            raise ValueError(f"it holds more than {CASES} tests")
        self.cases.append(case)

    def characters(self, part: str) -> None:
        if self._inside is not None and self._case is not None and len(self._message) < MESSAGE:
            # What stands in the element begins a line of its own under what stands in its attribute.
            between = "\n" if self._told and part.strip() and not self._message.endswith("\n") else ""
            self._told = self._told and not part.strip()
            self._message += between + part[:MESSAGE]


def _whole(word: str) -> int:
    word = word.strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
