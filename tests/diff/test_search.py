"""A search finds what Python's own matcher finds, in lines as they stand in the file, and cannot be made to hang."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.diff.parse import parse_patch
from reviewer.diff.search import Pattern, find_text
from reviewer.model.diff import FileDiff
from reviewer.model.errors import UsageError

LINES = st.lists(
    st.sampled_from(
        [b"+a", b"-ab", b" ", b"+", b" +a", b"--a", b"+ba\r", b"\\ No newline a", b" A", b" \xc3\xa9a", b"-a" * 9]
    ),
    max_size=20,
)
NEEDLES = st.sampled_from([b"a", b"ab", b"+", b"-", b"+a", b" ", b"", b"\n", b"a\r", b"\xa9", b"No", b"A"])


def patch_of(lines: list[bytes]) -> FileDiff:
    old = sum(line[:1] in (b"-", b" ") for line in lines)
    new = sum(line[:1] in (b"+", b" ") for line in lines)
    hunk = b"@@ -1,%d +1,%d @@ a\n" % (old, new) + b"".join(line + b"\n" for line in lines)
    (diff,) = parse_patch(b"diff --git a/a b/a\n--- a/a\n+++ b/a\n" + hunk + hunk)
    return diff


@settings(deadline=None)
@given(LINES, NEEDLES, st.booleans())
def test_a_text_is_found_in_lines_without_their_markers(lines: list[bytes], needle: bytes, ignore_case: bool) -> None:
    def holds(line: bytes) -> bool:
        text, wanted = (line[1:].lower(), needle.lower()) if ignore_case else (line[1:], needle)
        return bool(needle) and line[:1] != b"\\" and wanted in text

    expected = [(hunk, n) for hunk in (0, 1) for n, line in enumerate(lines) if holds(line)]
    diff = patch_of(lines)
    assert list(find_text(diff, needle, ignore_case=ignore_case)) == expected
    if needle not in (b"", b"\n"):
        escaped = re.escape(needle).replace(b"\\\r", b"\\r")
        as_pattern = [hit for hit in expected if needle != b"a\r"]
        assert list(find_text(diff, escaped, True, ignore_case=ignore_case)) == as_pattern


SIGNS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-b0]", "\\d", "\\W", "\\s", "\\.", "[\\d-]", "[]a]", "c"])
PATTERNS = st.recursive(
    SIGNS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=8,
)
ANCHORED = st.tuples(st.sampled_from(["", "^", "^^"]), PATTERNS, st.sampled_from(["", "$", "$$"])).map("".join)


@settings(deadline=None, max_examples=300)
@given(ANCHORED, st.lists(st.text("abc0 .-]", max_size=8), min_size=1, max_size=6), st.booleans())
@example("^$", ["", "a"], False)
@example("(|a)b", ["b", "ab"], False)
def test_patterns_fit_where_python_says_so(pattern: str, lines: list[str], ignore_case: bool) -> None:
    compiled = Pattern(pattern.encode(), ignore_case=ignore_case)
    for line in lines:
        theirs = re.search(pattern.encode(), line.encode(), re.IGNORECASE if ignore_case else 0)
        assert compiled.matches(line.encode()) is (theirs is not None)


def test_signs_outside_of_ascii_are_one_sign() -> None:
    assert Pattern(b"^.$").matches("é".encode())
    assert not Pattern(b"^..$").matches("日".encode())
    assert Pattern("^[aé]+$".encode()).matches("éaé".encode())
    assert not Pattern("^[aé]+$".encode()).matches("è".encode())
    assert Pattern("é{2}".encode()).matches("éé".encode())
    assert Pattern(b"A", ignore_case=True).matches(b"a") and not Pattern(b"A").matches(b"a")


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a)", "[", "[a", "*", "a**", "a{2}{3}", "\\", "\\b", "\\1", "(?=a)", "(?P<n>a)", "[b-a]", "a{3,2}",
     "[^é]", "(" * 1000, "(((a{99}){99}){99}){99}", "((((){99}){99}){99}){99}", "a" * 500]
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_with_a_hint(pattern: str) -> None:
    with pytest.raises(UsageError) as refused:
        Pattern(pattern.encode())
    assert refused.value.message and refused.value.hint


@given(st.text("()[]{}|*+?.^$\\a0,-é\n\udcff", max_size=12))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    try:
        Pattern(text.encode("utf-8", "surrogateescape")).matches(b"a0")
    except UsageError:
        pass


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "a*a*a*a*a*b", "(.*a){12}b", "(a?){40}a{40}b"])
def test_patterns_that_make_others_hang_take_no_more_steps_than_the_line_has_bytes(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    steps = []
    step = Pattern._step
    monkeypatch.setattr(Pattern, "_step", lambda self, places, symbol: steps.append(1) or step(self, places, symbol))
    compiled = Pattern(pattern.encode())
    assert compiled.matches(b"a" * 5000 + b"!") is False
    assert len(steps) <= 5010


def test_a_pattern_that_knows_many_states_forgets_them_and_goes_on() -> None:
    compiled = Pattern(b"a[ab]{14}c")
    text = bytes(b"ab"[(n * n * 7919 >> 5) & 1] for n in range(60_000))
    assert compiled.matches(text) is False
    assert compiled.matches(text + b"a" + b"b" * 14 + b"c") is True
    assert len(compiled._sets) <= 1000


def test_a_search_ends_at_its_limit_or_when_nobody_wants_it() -> None:
    diff = patch_of([b"+a"] * 30)
    assert list(find_text(diff, b"a", limit=3)) == [(0, 0), (0, 1), (0, 2)]
    assert list(find_text(diff, b"a", stop=lambda: True)) == []
    answers = iter([False, True])
    assert len(list(find_text(diff, b"a", stop=lambda: next(answers)))) == 30


def test_lines_are_numbered_across_the_pieces_of_a_large_hunk() -> None:
    lines = [b"+%d" % n + b"x" * (n % 700) for n in range(3000)]
    diff = patch_of(lines)
    for regex in (False, True):
        assert list(find_text(diff, b"2999x", regex)) == [(0, 2999), (1, 2999)]
        hits = [(0, n) for n in range(3000) if b"77" in lines[n]]
        assert [hit for hit in find_text(diff, b"77", regex) if hit[0] == 0] == hits
