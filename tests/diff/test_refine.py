"""Marked words are exactly what differs between two lines, and no line is too hostile to be compared."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.diff.refine import Span, changed_words, only_space_changed, trailing_space

WORDS = st.sampled_from(
    ["foo", "bar", " ", "  ", "\t", ",", "(", "é", "e\u0301", "\u2028", "\udcff", "a" * 150, "x", "日本"]
)
LINE = st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=40)


def without(text: str, spans: Sequence[Span]) -> str:
    at, kept = 0, []
    for first, last in spans:
        kept.append(text[at:first])
        at = last
    return "".join([*kept, text[at:]])


@given(LINE, LINE)
@example("f(a, b)", "f(a, c, b)")
@example("foo bar", "bar foo")
def test_without_the_marked_words_both_lines_are_the_same(old: str, new: str) -> None:
    left, right = changed_words(old, new)
    for text, spans in ((old, left), (new, right)):
        ends = [place for span in spans for place in span]
        assert ends == sorted(ends) and all(0 <= first < last <= len(text) for first, last in spans)
    if left or right:
        assert without(old, left) == without(new, right)
    assert changed_words(new, old) == (right, left)
    assert changed_words(old, old) == ([], [])


@given(st.lists(st.sampled_from(["foo", "bar", "qux"]), min_size=6, max_size=9), st.integers(0, 5))
def test_one_word_changed_is_one_word_marked(words: list[str], n: int) -> None:
    old = " ".join(words)
    new = " ".join([*words[:n], "other", *words[n + 1 :]])
    first = len(" ".join([*words[:n], ""]))
    assert changed_words(old, new) == ([(first, first + 3)], [(first, first + 5)])


def test_words_are_marked_whole_and_accents_with_their_letter() -> None:
    assert changed_words("call(first_name)", "call(first_game)") == ([(5, 15)], [(5, 15)])
    assert changed_words("the cafe is open", "the cafe\u0301 is open") == ([(4, 8)], [(4, 9)])
    assert changed_words("  indented", "\tindented") == ([(0, 2)], [(0, 1)])


def test_lines_with_little_in_common_are_not_marked() -> None:
    assert changed_words("        return foo", "        raise Problem(1)") == ([], [])


HUGE = 1 << 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a" * HUGE, "a" * (HUGE // 2) + "b" + "a" * (HUGE // 2)),
        ("x, " * 400, "x, " * 800),
        ("foo, " * (HUGE // 5), "foo, " * (HUGE // 10) + "bar, " * (HUGE // 10)),
        ("x" * HUGE, "y"),
        (" " * HUGE, " " * HUGE + "x"),
        ("ab " * 60, "ba " * 60),
    ],
)
def test_hostile_lines_are_compared_in_little_work(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    work = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, a: Sequence[str], b: Sequence[str], autojunk: bool) -> None:
            work.append(len(a) * len(b))
            super().__init__(junk, a, b, autojunk)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    left, right = changed_words(old, new)
    assert sum(work) <= 4000
    if left or right:
        assert without(old, left) == without(new, right)


def test_a_small_change_in_a_huge_line_is_marked_alone() -> None:
    old = "word " * 200_000 + "one" + " more" * 200_000
    assert changed_words(old, old.replace("one", "two")) == ([(1_000_000, 1_000_003)], [(1_000_000, 1_000_003)])


@given(st.text(" \t\rab", max_size=8), st.text(" \t\rab", max_size=8))
def test_lines_alike_but_for_white_space(one: str, other: str) -> None:
    alike = re.sub(r"\s", "", one) == re.sub(r"\s", "", other)
    assert only_space_changed(one.encode(), other.encode()) is (one != other and alike)


@pytest.mark.parametrize(
    ("text", "begins"), [(b"a", 1), (b"a ", 1), (b"a\t \r", 1), (b"a\r", 2), (b"  ", 0), (b"", 0), (b"a b", 3)]
)
def test_trailing_white_space_begins_here(text: bytes, begins: int) -> None:
    assert trailing_space(text) == begins
