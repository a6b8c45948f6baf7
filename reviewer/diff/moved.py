"""Finds blocks of lines that were taken out in one place and put in at another, unchanged but for indentation; pure.

What must stay true: the work grows with the changed lines alone; a line is part of one block at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Side

_LINES: Final = 3
_LETTERS: Final = 30
"""A block has so many lines and letters at least: single braces and imports move about without meaning."""
LIMIT: Final = 100_000
_PLACES: Final = 8

Place = tuple[int, Side, int]
"""A file's number, a side, a line's number there."""


@dataclass(frozen=True, slots=True)
class Move:
    """The other end of a moved line; `first` where the block begins."""

    file: int
    line: int
    first: bool


def moved_lines(diffs: Iterable[tuple[int, FileDiff]]) -> Mapping[Place, Move]:
    """Of the changed lines of several files those that moved, each with its other end."""
    removed: list[tuple[int, int, bytes]] = []
    added: list[tuple[int, int, bytes]] = []
    for file, diff in diffs:
        for line in diff.all_lines():
            if line.kind == "-" and line.old is not None:
                removed.append((file, line.old, line.text.strip()))
            elif line.kind == "+" and line.new is not None:
                added.append((file, line.new, line.text.strip()))
        if len(removed) + len(added) > LIMIT:
            return {}
    where: dict[bytes, list[int]] = defaultdict(list)
    for n, (_, _, text) in enumerate(removed):
        if len(text) > 3:
            where[text].append(n)
    found: dict[Place, Move] = {}
    taken: set[int] = set()
    at = 0
    while at < len(added):
        length, start = 0, -1
        for candidate in where.get(added[at][2], ())[:_PLACES]:
            if candidate not in taken and (run := _run(removed, candidate, added, at, taken)) > length:
                length, start = run, candidate
        letters = sum(len(text) for _, _, text in added[at : at + length])
        if length < _LINES or letters < _LETTERS or _stays(removed[start], added[at]):
            at += 1
            continue
        for n in range(length):
            (old_file, old_line, _), (new_file, new_line, _) = removed[start + n], added[at + n]
            found[old_file, Side.OLD, old_line] = Move(new_file, new_line, n == 0)
            found[new_file, Side.NEW, new_line] = Move(old_file, old_line, n == 0)
            taken.add(start + n)
        at += length
    return found


def _run(
    removed: list[tuple[int, int, bytes]], start: int, added: list[tuple[int, int, bytes]], at: int, taken: set[int]
) -> int:
    """How many lines from both places on are the same and follow each other on both sides."""
    n = 0
    while start + n < len(removed) and at + n < len(added) and start + n not in taken:
        one, other = removed[start + n], added[at + n]
        if one[2] != other[2] or one[:2] != (removed[start][0], removed[start][1] + n):
            break
        if other[:2] != (added[at][0], added[at][1] + n):
            break
        n += 1
    return n


def _stays(one: tuple[int, int, bytes], other: tuple[int, int, bytes]) -> bool:
    """Whether a block was only indented where it stands."""
    return one[0] == other[0] and abs(one[1] - other[1]) < _LINES
