"""Searches the lines of a whole difference for a text, file by file; bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.finding import Side

LIMIT: Final = 10_000
"""Matches that are kept; who has more wants another word."""


@dataclass(frozen=True, slots=True)
class Match:
    """A line that holds the text: its file's number, its side and its number on it."""

    file: int
    side: Side
    line: int


def search_files(files: Sequence[FileChange], read: Callable[[FileChange], FileDiff], needle: str) -> list[Match]:
    """Every line with `needle` in any case, in the order of the stream."""
    wanted = needle.lower().encode("utf-8", "surrogateescape")
    found: list[Match] = []
    for n, file in enumerate(files):
        diff = read(file)
        if wanted not in diff.patch.lower():
            continue
        for line in diff.all_lines():
            number = line.new if line.new is not None else line.old
            if number is not None and wanted in line.text.lower():
                found.append(Match(n, Side.OLD if line.kind == "-" else Side.NEW, number))
                if len(found) >= LIMIT:
                    return found
    return found
