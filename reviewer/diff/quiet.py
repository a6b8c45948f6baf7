"""Finds changes of layout alone: white space, or the same words on other lines; pure.

What must stay true: where indentation has a meaning it counts, so that nothing that runs otherwise is called quiet.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.diff.lines import HunkLines
from reviewer.model.diff import FileDiff, Line
from reviewer.model.finding import Side

_BLANK: Final = b" \t\r\f\v"
_INDENTED: Final = tuple(
    b".py .pyi .pyx .yml .yaml .mk Makefile .hs .nim .coffee .haml .sass .slim .pug .fs .md .rst .patch .diff".split()
)
_RUN: Final = re.compile(rb"[-+]+")
_TOKENS: Final = re.compile(rb"\w+|[^\w\s]")
_QUOTED: Final = re.compile(rb"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`")
_LONGEST: Final = 400
"""Changed lines of one run that are compared; a longer run is never quiet."""


def quiet_lines(diff: FileDiff, hunk: int) -> frozenset[tuple[Side, int]]:
    """The changed lines of a hunk, by side and number, that say the same as before but for their layout."""
    indented = diff.change.path.to_bytes().endswith(_INDENTED)
    lines = HunkLines(diff.patch, diff.hunks[hunk])
    found: set[tuple[Side, int]] = set()
    for run in _RUN.finditer(lines.kinds):
        if run.end() - run.start() > _LONGEST:
            continue
        sides = [lines.line(n)[0] for n in range(run.start(), run.end())]
        old = [line for line in sides if line.kind == "-"]
        new = [line for line in sides if line.kind == "+"]
        if old and new and _ink(old, indented) == _ink(new, indented):
            found.update(map(_place, sides))
            continue
        for one, other in zip(old, new, strict=False):
            if _ink([one], indented) == _ink([other], indented):
                found.update((_place(one), _place(other)))
    return frozenset(found)


def _place(line: Line) -> tuple[Side, int]:
    return (Side.OLD, line.old or 0) if line.kind == "-" else (Side.NEW, line.new or 0)


def _ink(run: list[Line], indented: bool) -> object:
    """What a run of lines says: words and signs, quoted texts as they are, indentation where it counts."""
    lines = [line.text for line in run]
    text = b"\n".join(lines)
    said: object = _TOKENS.findall(text), _QUOTED.findall(text)
    if indented:
        return said, [(line[: len(line) - len(line.lstrip(_BLANK))], line.split()) for line in lines]
    return said
