"""Reports of a run about itself, as values: tests with their results, and which lines ran.

What must stay true: a report proves nothing by itself, for the code under review wrote it; it is *reported*, never
*observed*, and every text in it is from outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reviewer.text import Untrusted


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One test, as its report tells it. `suite` and `name` together are its identity between two runs."""

    suite: Untrusted
    name: Untrusted
    result: Result
    seconds: float = 0.0
    message: Untrusted = Untrusted("")


@dataclass(frozen=True, slots=True)
class TestReport:
    """The tests of one file, in its order."""

    __test__ = False

    cases: tuple[Case, ...]

    def counts(self) -> Mapping[Result, int]:
        found = Counter(case.result for case in self.cases)
        return {result: found[result] for result in Result}

    def words(self) -> str:
        """As "198 passed, 16 skipped"; it names what there is."""
        told = [f"{count} {result}" for result, count in self.counts().items() if count]
        return ", ".join(told) or "no tests"


@dataclass(frozen=True, slots=True)
class Coverage:
    """By path within the tree: the lines that could run, and those of them that did."""

    files: Mapping[str, tuple[frozenset[int], frozenset[int]]]

    def of_lines(self, changed: Mapping[str, frozenset[int]]) -> tuple[int, int]:
        """How many of the lines that could run did, among changed lines (new side)."""
        ran = could = 0
        for path, lines in changed.items():
            able, hit = self.files.get(path, (frozenset(), frozenset()))
            could += len(able & lines)
            ran += len(hit & lines)
        return ran, could

    def words(self, changed: Mapping[str, frozenset[int]]) -> str:
        """As "47 of 61 changed lines ran"."""
        ran, could = self.of_lines(changed)
        return f"{ran} of {could} changed lines ran" if could else "no changed line is one that could run"
