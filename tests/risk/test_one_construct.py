"""One construct is one finding, whichever rules see it."""

import difflib

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.risk.engine import scan

LISTS = "forbid:\n  - a_rule\n  - b_rule\nenable:\n  - c_rule\n  - d_rule\npresets:\n  - bugs\n  - security\n"


def found(path: str, old: str, new: str) -> list[tuple[str, int | None]]:
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"a/{path}", f"b/{path}")
    patch = f"diff --git a/{path} b/{path}\n" + "".join(lines)
    return [(finding.rule, finding.line) for finding in scan(parse_patch(patch.encode()))]


@pytest.mark.parametrize(
    ("less", "told"),
    [
        (["  - d_rule\n"], [("rules-dropped", 6)]),
        (["  - c_rule\n", "  - d_rule\n"], [("rules-dropped", 5)]),
        # The first of them stands in a list that only one of the rules knows.
        (["  - b_rule\n", "  - d_rule\n"], [("rules-dropped", 3)]),
        (["  - security\n"], [("check-unlisted", 9)]),
        (["  - d_rule\n", "  - security\n"], [("rules-dropped", 6), ("check-unlisted", 9)]),
    ],
)
def test_a_rule_that_leaves_a_checkers_lists(less: list[str], told: list[tuple[str, int]]) -> None:
    new = LISTS
    for line in less:
        new = new.replace(line, "")
    assert found(".golangci.yml", LISTS, new) == told
