"""A search through output finds what is shown, in parts that are bounded, whatever the output holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.errors import UsageError
from reviewer.review import log_search
from reviewer.review.log_bytes import InMemory
from reviewer.review.log_search import FAILURE, Search, Wanted, search_part, wanted

ATOMS = st.sampled_from([b"a", b"B", b"\n", b"\r", b"\x1b[31m", b"\x1b[0m", b"ab", b"\xff", b"\x1b]0;\n\x07"])


def searched(data: bytes, looked_for: Wanted, *, rest: bool = True) -> Search:
    search = Search("", looked_for)
    while not search.done:
        search.take(search_part(InMemory(data), search.wanted, search.start, search.line, rest=rest))
    return search


@given(st.lists(ATOMS, max_size=60).map(b"".join), st.integers(1, 12))
def test_lines_are_found_across_parts_of_any_size(data: bytes, part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_search, "PART", part)
        found = searched(data, wanted("AB")).found
    lines = [line.replace(b"\x1b[31m", b"").replace(b"\x1b[0m", b"") for line in data.split(b"\n")]
    assert found == [n for n, line in enumerate(lines) if b"ab" in line.lower()]


def test_colours_do_not_hide_a_word_and_a_pattern_sees_the_end_of_a_line() -> None:
    data = b"\x1b[31mFAI\x1b[1mLED\x1b[0m tests/a.py\r\nnothing\n"
    assert searched(data, wanted("failed tests")).found == [0]
    assert searched(data, wanted("/a\\.py$/")).found == [0]
    assert searched(data, wanted("/^nothing$/")).found == [1]


def test_a_pattern_that_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="pattern"):
        wanted("/(a/")


def test_a_line_that_goes_on_is_left_for_later() -> None:
    search = searched(b"one\ntw", wanted("tw"), rest=False)
    assert (search.found, search.start, search.line) == ([], 4, 1)


def test_a_giant_line_is_passed_over() -> None:
    data = b"needle" + b"x" * (9 << 20) + b"needle\nneedle"
    assert searched(data, wanted("needle")).found == [0, 1]


def test_matches_are_walked_both_ways_round_the_ends() -> None:
    search = searched(b"x\n.\nx\n.\nx\n", wanted("x"))
    assert [search.after(0, 1), search.after(4, 1), search.after(2, -1), search.after(0, -1)] == [2, 0, 0, 4]
    assert search.words(2) == "2 of 3 matches"
    assert search.words(1) == "3 matches"
    assert searched(b"y", wanted("x")).words(0) == "no match"


@pytest.mark.parametrize(
    "line",
    [
        b"FAILED tests/test_a.py::test_b - assert 1 == 2", b"FAIL: test_x (tests.T)", b"--- FAIL: TestX (0.00s)",
        b"not ok 3 - it adds", b"Traceback (most recent call last):", b"E       assert 1 == 2",
        b"thread 'main' panicked at src/main.rs:2:5:", b"error[E0308]: mismatched types", b"ValueError: no",
        b"sh: 1: nope: not found", b"  \xe2\x9c\x95 it adds", b"fatal: not a repository",
    ],
)  # fmt: skip
def test_what_the_usual_tools_say_of_a_failure_is_found(line: bytes) -> None:
    data = b"collected 3 items\nall good, no errors\nok 2 - passed\n0 failed\n" + line + b"\n"
    assert searched(data, FAILURE).found == [4]
