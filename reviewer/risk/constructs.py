"""Tells one construct from another, and what a line counts for when code moves.

What must stay true: a construct is the same on both sides of a change however its line is wrapped or indented.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import Line, Subject, words


def grade(file: Subject, line: Line) -> int:
    """What a line counts for: what is no code, or stands in prose, is no place to move code from or to; a test is no product."""
    if file.facets.prose or not line.code.strip():
        return 0
    return 1 if file.facets.test or file.facets.example else 2


_VALUE: Final = re.compile(r"[\s\"'`(\[{=:,]*([^\s\"'`,;()\[\]{}<>]{1,200})")


def construct(key: str, found: re.Match[str], line: Line, file: Subject) -> str:
    text = line.code if key == "line" else found[0].lower()
    if key == "value" and (after := _VALUE.match(found.string, found.end())):
        text += after[0].lower()
    elif key == "part":
        text += next((above.code for above in file.parents(line) if above.code.lstrip().startswith("- ")), "")
    elif key == "paths":
        text += " ".join(sorted(_PATHS.findall(found.string)))
    return words(text.replace("'", '"'))


_PATHS: Final = re.compile(r"[\"'`]([^\"'`\s]{0,80}/[^\"'`\s]{0,160})[\"'`]")
