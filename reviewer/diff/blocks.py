"""Finds the strings and comments of a text that span lines, so that a part of it can be coloured as part of the whole.

What must stay true: one pass, linear in the text whatever stands in it; an opening without an end reaches to the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Block:
    """A string or comment over several lines: its first character, the one after its last, and what closes it."""

    start: int
    end: int
    closer: str


@dataclass(frozen=True, slots=True)
class _Family:
    """Languages that write strings and comments alike. `opening` finds whatever may hide an opening, too.

    `escapes` are the closers that a backslash takes away.
    """

    opening: re.Pattern[str]
    closers: dict[str, str]
    escapes: str


_DOUBLE: Final = r'"(?:\\.|[^"\\\n])*+"?'
_QUOTED: Final = rf"{_DOUBLE}|'(?:\\.|[^'\\\n])*+'?"
_CHAR: Final = r"'(?:\\[^\n]{1,8}?|[^\\'\n])'"
_C: Final = {"/*": "*/"}


def _family(closers: dict[str, str], rest: str, escapes: str = "") -> _Family:
    words = "|".join(map(re.escape, closers))
    return _Family(re.compile(f"(?P<open>{words})|{rest}"), closers, escapes)


_PYTHON: Final = _family({'"""': '"""', "'''": "'''"}, rf"#[^\n]*|{_QUOTED}", escapes="\"'")
_C_LIKE: Final = _family(_C, rf"//[^\n]*|{_DOUBLE}|{_CHAR}")
_TEXT_BLOCKS: Final = _family({**_C, '"""': '"""'}, rf"//[^\n]*|{_DOUBLE}|{_CHAR}", escapes='"')
_SCRIPT: Final = _family({**_C, "`": "`"}, rf"//[^\n]*|{_QUOTED}", escapes="`")
_GO: Final = _family({**_C, "`": "`"}, rf"//[^\n]*|{_QUOTED}")
_STYLES: Final = _family(_C, _QUOTED)
_SQL: Final = _family(_C, rf"--[^\n]*|{_DOUBLE}|'[^'\n]*+'?")
_MARKUP: Final = _family({"<!--": "-->"}, r"<!DOCTYPE")
FAMILIES: Final = {
    **dict.fromkeys(("Python", "Julia"), _PYTHON),
    **dict.fromkeys(("C", "C++", "Rust", "Objective-C", "Solidity", "Protocol Buffer", "Zig"), _C_LIKE),
    **dict.fromkeys(("Java", "Kotlin", "Scala", "Swift", "Dart", "Groovy", "C#"), _TEXT_BLOCKS),
    **dict.fromkeys(("JavaScript", "TypeScript", "JSX", "TSX"), _SCRIPT),
    "Go": _GO,
    **dict.fromkeys(("CSS", "SCSS", "LessCss", "PHP"), _STYLES),
    "SQL": _SQL,
    **dict.fromkeys(("HTML", "XML"), _MARKUP),
}
"""By the name of Pygments' lexer; parts of texts in other languages are coloured as if they were the whole."""


def blocks(language: str, text: str) -> list[Block]:
    """The strings and comments that hold a newline, in order."""
    family = FAMILIES.get(language)
    found: list[Block] = []
    if family is None:
        return found
    at = 0
    while (match := family.opening.search(text, at)) is not None:
        opener = match["open"]
        if opener is None:
            at = match.end()
            continue
        closer = family.closers[opener]
        end = _closing(text, closer, match.end(), escapes=closer[0] in family.escapes)
        if text.find("\n", match.end(), end) >= 0:
            found.append(Block(match.start(), end, closer))
        at = end
    return found


def _closing(text: str, closer: str, at: int, *, escapes: bool) -> int:
    """Where a block whose content begins at `at` ends."""
    while (found := text.find(closer, at)) >= 0:
        slash = found
        while escapes and slash > at and text[slash - 1] == "\\":
            slash -= 1
        if (found - slash) % 2 == 0:
            return found + len(closer)
        at = found + 1
    return len(text)
