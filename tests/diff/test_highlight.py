"""Colours lie on the characters they were read from, whole texts and parts of them alike."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class
from pygments.token import Keyword, Number, String, _TokenType

import reviewer
from reviewer.diff.blocks import FAMILIES, blocks
from reviewer.diff.highlight import CLASSES, LONGEST_TEXT, LongText, coloured
from reviewer.diff.languages import LEXERS, language, lexer_for
from reviewer.diff.spans import LONGEST_LINE, Spans, pack, unpack

PIECES = st.sampled_from(
    ["x = 1", '"""', "'''", '"', "'", "`", "/*", "*/", "//", "#", "\n", "\n", " ", "\r", "\u2028", "\x0c", "\t", "\\",
     "<script>", "</script>", "<!--", "-->", "{{ a }}", "def f():", "é", "\udcff", "0x1", "return", "<?php", "$("]
)  # fmt: skip
SOURCE = st.lists(PIECES, max_size=25).map("".join)
NAMES = ["a.py", "a.html", "a.js", "a.php", "a.md", "a.c", "a.rs", "a.sh", "a.html.j2", "a.yaml", "a.vue", "Makefile"]
WORDS = {name: number for number, name in enumerate(CLASSES)}


@settings(deadline=None)
@given(st.sampled_from(NAMES), SOURCE)
def test_spans_lie_within_their_lines(name: str, text: str) -> None:
    lines = text.split("\n")
    spans = coloured(name, text)
    assert len(spans) <= len(lines)
    for line, found in zip(lines, spans, strict=False):
        ends = [place for start, length, _ in found for place in (start, start + length)]
        assert ends == sorted(ends) and all(0 <= end <= len(line) for end in ends)
        assert all(length > 0 and 0 < kind < len(CLASSES) for _, length, kind in found)


def words(name: str, text: str) -> list[list[tuple[str, str]]]:
    lines = text.split("\n")
    return [
        [(lines[n][start : start + length], CLASSES[kind]) for start, length, kind in found]
        for n, found in enumerate(coloured(name, text))
    ]


def test_strings_and_comments_over_lines_are_coloured_on_each_line() -> None:
    assert words("a.c", "/* one\n   two */ int x;") == [
        [("/* one", "comment")],
        [("   two */", "comment"), ("int", "type")],
    ]
    assert words("a.py", 's = """one\nreturn"""') == [
        [("=", "operator"), ('"""one', "string")],
        [('return"""', "string")],
    ]


def test_a_lexer_that_leaves_out_repeats_or_invents_colours_only_what_it_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Lexer):
        def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
            yield 0, Keyword, "ab"
            yield 5, Keyword, "ef"  # left out: a newline and more
            yield 0, Number, "ab"  # again
            yield 7, Number, "somewhere else"  # not there
            yield 7, String, "gh"

    monkeypatch.setattr("reviewer.diff.highlight.lexer_for", lambda *_: Odd())
    assert words("x", "ab\ncdefgh") == [[("ab", "keyword")], [("ef", "keyword"), ("gh", "string")]]


def test_a_character_outside_of_ascii_moves_nothing() -> None:
    assert words("a.py", "é = '日本'  # \udcff\U0001f600") == [
        [("=", "operator"), ("'日本'", "string"), ("# \udcff\U0001f600", "comment")]
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.unknown", "x = 1"),
        ("a.txt", "x = 1"),
        ("a.py", "x = 1\n" * (LONGEST_TEXT // 6 + 1)),
        ("a.js", "x = 1\n" + "y" * 20_001),
    ],
)
def test_what_is_not_coloured(name: str, text: str) -> None:
    assert not any(coloured(name, text))


def test_only_the_beginning_of_a_long_line_is_coloured() -> None:
    spans = coloured("a.py", "x = 1; " * 1000)[0]
    assert 0 < max(start + length for start, length, _ in spans) <= LONGEST_LINE


def test_every_language_of_the_table_has_its_lexer() -> None:
    assert {lexer for lexer in LEXERS.values() if find_lexer_class(lexer) is None} == set()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.py", "Python"),
        ("a.PY", "Python"),
        ("a.test.tsx", "TSX"),
        ("Dockerfile", "Docker"),
        ("Dockerfile.dev", "Docker"),
        (".bashrc", "Bash"),
        ("Cargo.lock", "TOML"),
        ("a.adb", "Ada"),
        ("a.nothing", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_the_file_s_name(name: str, known: str | None) -> None:
    assert language(name) == known


def test_plug_ins_are_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: pytest.fail("asked"))
    language.cache_clear()
    assert language("a.nothing") is None
    assert lexer_for("a.py") is not None


def test_a_script_without_an_ending_is_known_by_its_first_line() -> None:
    assert words("run", "#!/usr/bin/env python3\nreturn")[1] == [("return", "keyword")]
    assert words("run", "#!/bin/sh\nif true")[1][0] == ("if", "keyword")
    assert words("run", "no first line") == []


# --- parts of long texts --------------------------------------------------------------------------------------------


def test_parts_of_source_are_coloured_as_in_the_whole() -> None:
    lines = wrong = 0
    for path in sorted(Path(reviewer.__file__).parent.rglob("*.py"))[:40]:
        text = path.read_text()
        whole = coloured(path.name, text)
        long_text = LongText(path.name, text)
        for first in range(0, len(whole), 13):
            part = long_text.coloured(first, first + 13)
            wrong += sum(one != other for one, other in zip(part, whole[first : first + 13], strict=True))
            lines += len(part)
    assert lines > 1000 and wrong <= lines * 0.02


PROGRAMS = {
    "a.js": "let a = `one\nif ${b} \\` return\n` + 1;\n/* x\nif\n*/ if (c) {}\n// ` not open\nif (d) {}\n",
    "a.go": "var a = `one\nif \\`\nif b {\n}\n/*\nreturn\n*/ return\n",
    "a.java": 'String a = """\n  if (x) \\""" return\n  """;\n/* "\nif\n*/ char b = \'"\'; return;\n// /*\nreturn;\n',
    "a.sql": "/* select\nselect */ select 'it''s /*' from a;\n-- /*\nselect 1\n",
    "a.rs": "fn a<'a>(b: &'a str) { /* if\nif */ if b == \"/*\" { return; }\n let c = '\"';\nlet d = 1; }\n",
    "a.html": "<p>a</p>\n<!-- <b>\n<b> -->\n<b>c</b>\n",
    "a.css": 'a { content: "/*" }\n/* b {\nc: d }\n*/ e { f: g }\n',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_line_alone_is_coloured_as_in_the_whole(name: str) -> None:
    text = PROGRAMS[name]
    whole = coloured(name, text)
    long_text = LongText(name, text)
    inside = [n for n in range(len(whole)) if long_text.coloured(n, n + 1) != [whole[n]]]
    assert inside == []


@given(st.sampled_from(sorted(FAMILIES)), SOURCE)
def test_blocks_follow_each_other_within_the_text(lexer: str, text: str) -> None:
    at = 0
    for block in blocks(lexer, text):
        assert at <= block.start < block.end <= len(text) and "\n" in text[block.start : block.end]
        at = block.end


@settings(deadline=None)
@given(st.sampled_from(NAMES), SOURCE, st.integers(-3, 30), st.integers(-3, 30))
def test_any_part_of_any_text_has_a_colouring(name: str, text: str, first: int, last: int) -> None:
    long_text = LongText(name, text)
    lines = text.split("\n")[max(first, 0) : max(last, 0)] if first < last else []
    spans = long_text.coloured(first, last)
    assert len(spans) in (0, len(lines))
    for line, found in zip(lines, spans, strict=False):
        assert all(0 <= start < start + length <= len(line) for start, length, _ in found)


# --- colours on the way ---------------------------------------------------------------------------------------------


@st.composite
def span_lines(draw: st.DrawFn) -> list[Spans]:
    lines: list[Spans] = []
    for _ in range(draw(st.integers(0, 5))):
        cuts = sorted(draw(st.lists(st.integers(0, LONGEST_LINE), max_size=8, unique=True)))
        kinds = st.integers(1, len(CLASSES) - 1)
        lines.append([(a, b - a, draw(kinds)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)])
    return lines


@given(span_lines())
def test_colours_arrive_as_they_were_sent(lines: list[Spans]) -> None:
    found = unpack(pack(lines), len(lines))
    assert list(found) == lines and found[:] == lines
    assert [found[-1 - n] for n in range(len(lines))] == lines[::-1]
    for n in (len(lines), -len(lines) - 1):
        with pytest.raises(IndexError):
            found[n]


@given(st.binary(max_size=60), st.integers(-2, 9))
def test_garbage_on_the_way_is_refused_or_checked(data: bytes, lines: int) -> None:
    try:
        found = unpack(data, lines)
    except ValueError:
        return
    for spans in found:
        ends = [place for start, length, _ in spans for place in (start, start + length)]
        assert ends == sorted(ends) and all(0 <= end <= LONGEST_LINE for end in ends)
        assert all(length > 0 and 0 < kind < len(CLASSES) for _, length, kind in spans)
