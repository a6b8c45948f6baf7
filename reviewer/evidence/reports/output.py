"""Reads the counts that common test programs print at their end: pytest, unittest, Jest, Vitest, Mocha, cargo.

What must stay true: the text is outside text and proves nothing; only the last part of it is looked at, line by line,
and what is no known summary gives nothing rather than a guess.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.model.reported import TestCounts

TAIL: Final = 64 << 10
_LINE: Final = 400
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;]{0,40}[A-Za-z]")
_COUNT: Final = re.compile(r"\b(\d{1,9}) (passed|failed|errors?|skipped|xfailed|xpassed|pending|todo|ignored)\b")
_PYTEST: Final = re.compile(r"=* ?(?:\d{1,9} [a-z]{1,12}, ){0,8}\d{1,9} [a-z]{1,12} in [\d.:]{1,20}s\b[^\n]{0,60}")
_RAN: Final = re.compile(r"Ran (\d{1,9}) tests? in [\d.]{1,20}s")
_VERDICT: Final = re.compile(r"(?:OK|FAILED)(?: \(([a-z =,\d]{1,120})\))?")
_JEST: Final = re.compile(r" {0,12}Tests?:? {1,20}(\d[^\n]{1,120})")
_CARGO: Final = re.compile(r"test result: \w{1,8}\. (\d[^\n]{1,160})")
_MOCHA: Final = re.compile(r" {1,8}(\d{1,9}) (passing|failing|pending)\b[^\n]{0,40}")
_MEANS: Final = {
    "passed": "passed", "xpassed": "passed", "failed": "failed", "error": "errored", "errors": "errored",
    "skipped": "skipped", "xfailed": "skipped", "pending": "skipped", "todo": "skipped", "ignored": "skipped",
    "passing": "passed", "failing": "failed",
}  # fmt: skip


def read_output(printed: bytes) -> TestCounts | None:
    """The counts of the last summary; several that cargo or Mocha print belong together. None where there is none."""
    lines = [_ESCAPE.sub("", line[:_LINE].decode("utf-8", "replace")).rstrip() for line in printed[-TAIL:].split(b"\n")]
    for n in range(len(lines) - 1, -1, -1):
        line = lines[n]
        if _PYTEST.fullmatch(line):
            return _counted(line)
        if (match := _JEST.fullmatch(line)) is not None and _COUNT.search(match[1]):
            return _counted(match[1])
        if (match := _VERDICT.fullmatch(line)) is not None and (counts := _unittest(lines, n, match[1])) is not None:
            return counts
        if _CARGO.fullmatch(line):
            return _counted("; ".join(part[1] for one in lines if (part := _CARGO.fullmatch(one)) is not None))
        if _MOCHA.fullmatch(line):
            near = [part for one in lines[max(0, n - 3) : n + 1] if (part := _MOCHA.fullmatch(one)) is not None]
            return _counted("; ".join(f"{part[1]} {_MEANS[part[2]]}" for part in near))
    return None


def _counted(text: str) -> TestCounts | None:
    sums = dict.fromkeys(TestCounts.__slots__, 0)
    found = _COUNT.findall(text.replace(" |", ","))
    for number, word in found:
        sums[_MEANS[word]] += int(number)
    return TestCounts(**sums) if found else None


def _unittest(lines: list[str], at: int, told: str | None) -> TestCounts | None:
    ran = next((found for one in reversed(lines[max(0, at - 4) : at]) if (found := _RAN.fullmatch(one))), None)
    if ran is None:
        return None
    parts = dict(part.strip().partition("=")[::2] for part in (told or "").split(","))
    number = {name: int(value) for name, value in parts.items() if value.isascii() and value.isdigit()}
    failed = number.get("failures", 0) + number.get("unexpected successes", 0)
    errored, skipped = number.get("errors", 0), number.get("skipped", 0) + number.get("expected failures", 0)
    return TestCounts(max(0, int(ran[1]) - failed - errored - skipped), failed, errored, skipped)
