"""Orders the files of a change: by path, by risk, or each test beside the code that it tests; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from reviewer.model.diff import FileChange
from reviewer.model.finding import Finding
from reviewer.text import Untrusted


class Order(StrEnum):
    PATH = "by path"
    RISK = "by risk"
    TESTS = "tests beside code"


_TEST: Final = re.compile(r"^(?:test_|tests_)|(?:_test|_tests|\.test|\.spec|_spec|Test|Tests)(?=\.[^.]+$)")
_FOLDERS: Final = re.compile(r"(?:^|/)(?:tests?|specs?|__tests__)(?=/)")


def is_test(path: str) -> bool:
    return bool(_TEST.search(path.rsplit("/", 1)[-1]) or _FOLDERS.search(path))


def stem(path: str) -> str:
    """What a file and its test have in common: the name without the words that make it a test."""
    return _TEST.sub("", path.rsplit("/", 1)[-1]).split(".", 1)[0].lower()


def ordered(files: Sequence[FileChange], order: Order, findings: Sequence[Finding] = ()) -> list[FileChange]:
    """The same files in another order."""
    by_path = sorted(files, key=lambda file: file.path.to_bytes())
    if order is Order.RISK:
        worst: dict[Untrusted, int] = {}
        for finding in findings:
            worst[finding.file] = max(worst.get(finding.file, 0), finding.severity.rank)
        return sorted(by_path, key=lambda file: -worst.get(file.path, -1))
    if order is Order.TESTS:
        return _beside(by_path)
    return by_path


def _beside(files: Sequence[FileChange]) -> list[FileChange]:
    code = [file for file in files if not is_test(file.path.raw)]
    stems = {stem(file.path.raw) for file in code}
    tests: Mapping[str, list[FileChange]] = {name: [] for name in stems}
    alone: list[FileChange] = []
    for file in files:
        if is_test(file.path.raw):
            tests.get(stem(file.path.raw), alone).append(file)
    found: list[FileChange] = []
    for file in code:
        found.append(file)
        found += tests[stem(file.path.raw)]
        tests[stem(file.path.raw)].clear()
    return found + alone
