"""Moved blocks have two ends that say the same; small or frequent lines move nowhere; layout is told from meaning."""

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.identity import hunk_keys
from reviewer.diff.moved import moved_lines
from reviewer.diff.parse import parse_patch
from reviewer.diff.quiet import quiet_lines
from reviewer.model.diff import FileDiff
from reviewer.model.finding import Side

BLOCK = ["def moved(alpha, beta):", "    total = alpha * beta", "    print(total)", "    return total"]


def diff_of(old: list[str], new: list[str], name: str = "x.py", context: int = 3) -> FileDiff:
    made = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=context)
    (found,) = parse_patch("".join(line + "\n" for line in made).encode())
    return found


def test_a_block_that_moved_to_another_file_knows_both_ends() -> None:
    there = ["y", *["  " + line for line in BLOCK]]
    found = moved_lines([(0, diff_of([*BLOCK, "x"], ["x"])), (1, diff_of(["y"], there))])
    assert {place for place in found if place[1] is Side.OLD} == {(0, Side.OLD, n) for n in range(1, 5)}
    first = found[0, Side.OLD, 1]
    assert (first.file, first.line, first.first) == (1, 2, True)
    back = found[1, Side.NEW, 2]
    assert (back.file, back.line) == (0, 1)
    assert not found[0, Side.OLD, 2].first


def test_little_things_do_not_move() -> None:
    assert not moved_lines([(0, diff_of(["}", "}", "}", "x"], ["x", "y", "}", "}", "}"]))])
    assert not moved_lines([(0, diff_of([BLOCK[0], "x"], ["x", "y", "z", "w", BLOCK[0]]))])


WORDS = st.lists(st.sampled_from([*BLOCK, "x = compute(1, 2)", "}", ""]), max_size=25)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_every_end_of_a_move_has_another_that_says_the_same(old: list[str], new: list[str]) -> None:
    if old == new:
        return
    diff = diff_of(old, new)
    found = moved_lines([(0, diff)])
    texts = {(Side.OLD, n): line for n, line in enumerate(old, 1)}
    texts |= {(Side.NEW, n): line for n, line in enumerate(new, 1)}
    for (_, side, line), move in found.items():
        other = Side.NEW if side is Side.OLD else Side.OLD
        assert texts[side, line].strip() == texts[other, move.line].strip()
        assert found[0, other, move.line].line == line


@pytest.mark.parametrize(
    ("name", "old", "new", "quiet"),
    [
        ("a.c", ["int  f( int x )"], ["int f(int x)"], True),
        ("a.c", ["f(a, b);"], ["f(a,", "  b);"], True),
        ("a.c", ['puts("a b");'], ['puts("ab");'], False),
        ("a.c", ['puts("a  b");'], ['puts("a b");'], False),
        ("a.c", ["return x;"], ["returnx;"], False),
        ("a.c", ["  x = 1;"], ["x = 1;"], True),
        ("a.py", ["    x = 1"], ["x = 1"], False),
        ("a.py", ["x =  1"], ["x = 1"], True),
        ("a.yaml", ["a: b"], ["  a: b"], False),
    ],
)
def test_layout_alone_is_told_from_what_means_something(name: str, old: list[str], new: list[str], quiet: bool) -> None:
    assert bool(quiet_lines(diff_of(["k", *old], ["k", *new], name), 0)) is quiet


def test_a_hunk_is_known_by_its_content_wherever_it_stands() -> None:
    around = [f"line {n}" for n in range(20)]
    one = diff_of([*around, "old", *around], [*around, "new", *around])
    other = diff_of(["above", *around, "old", *around], ["above", *around, "new", *around])
    assert hunk_keys(one) == hunk_keys(other)
    assert hunk_keys(one) != hunk_keys(diff_of([*around, "old", *around], [*around, "newer", *around]))
    assert hunk_keys(one) != hunk_keys(diff_of([*around, "old", *around], [*around, "new", *around], "y.py"))


def test_hunks_that_are_the_same_are_not_known_again() -> None:
    around = ["a", "b", "c", "d"]
    old, new = [*around, "old", *around, *around], [*around, "new", *around, *around]
    keys = hunk_keys(diff_of([*old, *old, "end"], [*new, *new, "end"]))
    assert keys == ["", ""]
