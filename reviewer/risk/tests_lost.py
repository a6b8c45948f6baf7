"""Rules on tests that go: a named test that stands nowhere afterwards, assertions that leave a test that stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.diff import FileStatus
from reviewer.model.finding import Severity, Side
from reviewer.risk.subject import Hit, Subject, Text

_NAMED: Final = re.compile(
    r"^\s*(?:async\s+)?def\s+(test_\w+)|^func\s+(Test\w+)\(|^\s*(?:it|test)\s*\(\s*['\"`]([^'\"`]{1,200})"
    r"|^\s*(?:public\s+)?(?:void|function|fun)\s+(test\w+|should\w+)\s*\(|^\s*(?:it|test|specify)\s+['\"]([^'\"]{1,200})"
)
_ASSERT: Final = re.compile(
    r"^\s*(assert\b|self\.assert\w+\(|expect\(|assert\w*!?\(|require\.\w+\(|Assert\.\w+\(|t\.(Error|Fatal)f?\("
    r"|\$this->assert\w+\(|\w+\.should\b)"
)


def _name(line: Text) -> str | None:
    match = _NAMED.match(line.code)
    return next((g for g in match.groups() if g), None) if match else None


def tests_lost(files: Sequence[Subject]) -> Iterator[tuple[Subject, Hit]]:
    """Hits over the whole change: what moved to another file, or went with the code it tested, is not lost."""
    tests = [file for file in files if file.facets.test]
    kept = {name for file in tests for line in file.added if (name := _name(line))}
    product_removed = {
        file.path for file in files if not file.facets.test and file.diff.change.status is FileStatus.DELETED
    }
    for file in tests:
        if file.diff.change.status is FileStatus.DELETED and product_removed:
            continue
        lost = [(line, name) for line in file.removed if (name := _name(line)) and name not in kept]
        added = sum(1 for line in file.added if _name(line))
        for line, name in lost[: max(0, len(lost) - added)]:
            message = f"removes the test {name!r}: what it guarded is no longer checked"
            yield (
                file,
                Hit("test-removed", "test-removed", Severity.HIGH, Side.OLD, line.number, message, "test", line.text),
            )
        if not lost and file.removed:
            yield from _assertions(file)


def _assertions(file: Subject) -> Iterator[tuple[Subject, Hit]]:
    gone = [line for line in file.removed if _ASSERT.match(line.code)]
    came = [line for line in file.added if _ASSERT.match(line.code)]
    if gone and not came:
        line = gone[0]
        message = f"removes {len(gone)} assertion{'s' * (len(gone) > 1)} from a test that stays"
        yield (
            file,
            Hit(
                "assertion-removed", "test-removed", Severity.HIGH, Side.OLD, line.number, message, "assert", line.text
            ),
        )
