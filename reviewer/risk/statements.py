"""Joins the lines of one statement, so that rules see it whole however it is wrapped.

What must stay true: a statement ends after `LONGEST` lines and after `WIDEST` characters, each line belongs to one of
them, and what is joined reads as the same statement on one line would, so that wrapping anew is no news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reviewer.risk.subject import Line, Subject

LONGEST: Final = 10
WIDEST: Final = 1200
_TRAILS: Final = re.compile(r"(?:[(\[,\\+%|&=.]|\b(?:and|or|not|as|in|is|typeof|await|return))\s*$")
_LEADS: Final = re.compile(r"\s*(?:[|.+%&]|\?\.|->|::|<>|(?:and|or|as|is)\b)")
# A block begins: what it holds are statements of their own.
_BLOCK: Final = re.compile(r"(?:(?:=>|\)|->)\s*\{|\bdo(?:\s*\|[^|\n]{0,60}\|)?|\{\s*\|[^|\n]{0,60}\||\{\s*\(?\w[\w, ]{0,40}\)?\s*(?:->|in))\s*$")
_OPENS: Final = ("{", "do", "|", "->", "in")
_HERE: Final = re.compile(r"<<[~-]?[\"']?([A-Z_][A-Z_\d]{1,30})\b")
_LITERAL_ENDS: Final = re.compile(r"([\"'`])\s*[+.&]?\s*$|(\")\s*(?:\.\.|<>)\s*$")
_LITERAL_BEGINS: Final = re.compile(r"[fFrRbBuU$@]{0,2}([\"'`])")
# Statements that do nothing by themselves: what they take in, and what a function takes.
_NAMES_ONLY: Final = re.compile(r"\s*(?:from\s|import\s|export\s+\{|(?:async\s+)?(?:def|func|function|fn)\s|using\s+[\w.]+\s*;|package\s|class\s)")
_NOT_JOINED: Final = frozenset({"", "json", "jsonc", "css", "markup", "ini", "proto", "toml"})


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines of one side that belong together; `whole` stands where the first does and holds the words of all."""

    lines: list[Line]
    starts: list[int]
    whole: Line

    def line_at(self, offset: int) -> int:
        """Which of the lines a place in the joined text came from."""
        return max(0, sum(1 for start in self.starts if start <= offset) - 1)


def statements(file: Subject, kind: str) -> Iterator[Statement]:
    """The statements over several lines that a changed line of this side is part of."""
    if file.facets.language in _NOT_JOINED or not (file.added if kind == "+" else file.removed):
        return
    side = [line for line in file.lines if line.kind in (" ", kind) and line.code.strip()]
    at = 0
    while at < len(side):
        taken = _extent(side, at, file.facets.language) if at + 1 < len(side) else 1
        lines = side[at : at + taken]
        if taken > 1 and not _NAMES_ONLY.match(lines[0].code) and any(line.kind == kind for line in lines):
            yield _joined(lines, kind)
        at += taken


def _extent(side: list[Line], at: int, language: str) -> int:
    """How many lines the statement takes that begins at one."""
    depth, width, taken = 0, 0, 0
    quotes = ticks = triple = 0
    here = ""
    ended = ";" if language == "sql" else ""
    while at + taken < len(side) and taken < LONGEST:
        line = side[at + taken]
        width += len(line.code)
        if line.hunk != side[at].hunk or (taken and width > WIDEST):
            break
        taken += 1
        if here:
            if line.code.strip() == here:
                break
            continue
        if ended:
            if line.code.rstrip().endswith(ended):
                break
            continue
        bare = line.bare
        depth += bare.count("(") + bare.count("[") - bare.count(")") - bare.count("]")
        if '"' in bare or "'" in bare:
            triple += line.code.count('"""') + line.code.count("'''")
            quotes += bare.replace('"""', "").count('"')
        ticks += bare.count("`")
        if bare.endswith(_OPENS) and _BLOCK.search(bare):
            break
        found = _HERE.search(line.code) if "<<" in line.code else None
        if found:
            here = found[1]
            continue
        if depth > 0 or quotes % 2 or ticks % 2 or triple % 2 or _TRAILS.search(line.bare):
            continue
        following = side[at + taken] if at + taken < len(side) else None
        if following is None or following.hunk != line.hunk or not _LEADS.match(following.bare):
            break
    return max(1, taken)


def _joined(lines: list[Line], kind: str) -> Statement:
    text, bare = lines[0].code.rstrip(), lines[0].bare.rstrip()
    starts = [0]
    for line in lines[1:]:
        text, bare = text.removesuffix("\\").rstrip(), bare.removesuffix("\\").rstrip()
        part = line.code.strip()
        ends, begins = _LITERAL_ENDS.search(text), _LITERAL_BEGINS.match(part)
        starts.append(len(text))
        if ends and begins and begins[1] in (ends[1], ends[2]):
            text = text[: ends.start()] + part[begins.end() :]
        else:
            text = _glued(text, part)
        bare = _glued(bare, line.bare.strip())
    first = lines[0]
    whole = Line(kind, first.number, first.other, text, text, bare, first.at, first.hunk)
    return Statement(lines, starts, whole)


def _glued(text: str, part: str) -> str:
    """Two parts as they would stand on one line."""
    if part[:1] in (")", "]"):
        return text.removesuffix(",") + part
    if text.endswith(("(", "[")) or (part.startswith((".", "?.", "->", "::")) and part[1:2] != " "):
        return text + part
    return f"{text} {part}"
