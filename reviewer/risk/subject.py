"""One file of a change as rules see it: its facets, and its added and removed lines, decoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Severity, Side
from reviewer.risk.facets import Facets, facets

CLIP: Final = 2000
"""Characters of a line that rules look at."""


@dataclass(frozen=True, slots=True)
class Text:
    """One added or removed line. `code` is its text without a comment-only line's text; lines count from 1."""

    number: int
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One file. A line in `added` stands on the new side, in `removed` on the old."""

    diff: FileDiff
    path: str
    facets: Facets
    added: Sequence[Text]
    removed: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule saw at one place; `construct` names what is counted as the same thing in one file."""

    rule: str
    category: str
    severity: Severity
    side: Side
    line: int | None
    message: str
    construct: str
    text: str = ""


def subject(diff: FileDiff) -> Subject:
    path = diff.change.path.raw
    known = facets(path)
    added: list[Text] = []
    removed: list[Text] = []
    for line in diff.all_lines():
        if line.kind == "+" and line.new is not None:
            added.append(_text(line.new, line.text, known))
        elif line.kind == "-" and line.old is not None:
            removed.append(_text(line.old, line.text, known))
    return Subject(diff, path, known, added, removed)


def _text(number: int, data: bytes, known: Facets) -> Text:
    text = data[: CLIP * 4].decode("utf-8", "surrogateescape")[:CLIP]
    bare = text.lstrip()
    comment = any(bare.startswith(sign) for sign in known.comments)
    return Text(number, text, "" if comment else text)
