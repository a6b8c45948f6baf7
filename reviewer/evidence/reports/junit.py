"""Reads a JUnit XML report, as pytest, Gradle, Maven, Jest, Go and others write it."""

from __future__ import annotations

from collections.abc import Mapping
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


class _Reader:
    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.suites = 0
        self._names: list[str] = []
        self._case: Mapping[str, str] | None = None
        self._result = Result.PASSED
        self._message = ""
        self._told = False
        self._inside: str | None = None

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("testsuite", "testsuites"):
            self.suites += 1
            self._names.append(attributes.get("name", ""))
        elif name == "testcase" and self._case is None:
            self._case, self._result, self._message = attributes, Result.PASSED, ""
        elif name in _RESULTS and self._case is not None:
            self._inside = name
            if WORST[_RESULTS[name]] >= WORST[self._result]:
                self._result = _RESULTS[name]
                self._message = attributes.get("message", "")
                self._told = bool(self._message)

    def end(self, name: str) -> None:
        if name == self._inside:
            self._inside = None
        elif name in ("testsuite", "testsuites"):
            self._names.pop()
        elif name == "testcase" and self._case is not None:
            if len(self.cases) >= CASES:
                raise ValueError(f"it holds more than {CASES} tests")
            suite = self._case.get("classname") or next((name for name in reversed(self._names) if name), "")
            case = self._case
            took = seconds(case.get("time", ""))
            self.cases.append(Case(text(suite), text(case.get("name", "")), self._result, took, text(self._message)))
            self._case = None

    def characters(self, part: str) -> None:
        if self._inside is not None and self._case is not None and len(self._message) < MESSAGE:
            # What stands in the element begins a line of its own under what stands in its attribute.
            between = "\n" if self._told and part.strip() and not self._message.endswith("\n") else ""
            self._told = self._told and not part.strip()
            self._message += between + part[:MESSAGE]
