"""Lays out the first screenful of a difference that is shown alone, from the first file of it; pure.

What must stay true: the lines are those that the screen itself paints once it is there, so that nothing moves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reviewer.model.diff import FileChange, FileDiff, Hunk
from reviewer.review.diff_stream import DiffStream
from reviewer.review.file_list import file_entries
from reviewer.review.lines import BLANK, Line, cut, key_words, width_of
from reviewer.review.stream_lines import SPLIT_FROM, Plain, StreamLines

FILES_FROM: Final = 100
"""Cells from which on the files stand beside the difference."""
FILES_WIDTH: Final = 32
_BORDER: Final = "▕"
_LONG: Final = 1 << 20
_LINE: Final = re.compile(rb"\n")
_OVER: Final = {0x2D: re.compile(rb"\n[^-]"), 0x2B: re.compile(rb"\n[^+]")}
"""Where a run of removed, or of added, lines is over."""


def frame(
    title: str,
    files: Sequence[FileChange],
    first: FileDiff,
    said: str,
    keys: Sequence[tuple[str, str]],
    width: int,
    height: int,
) -> list[tuple[Line, str]]:
    """The lines of a screen, each with the colour behind it. `said` stands above the lines of the `first` file."""
    beside = FILES_WIDTH if width >= FILES_FROM else 0
    room, rows = width - beside, height - 2
    stream = DiffStream()
    stream.width, stream.split = room, room >= SPLIT_FROM
    stream.show(files[:rows], ())
    stream.loaded(0, _beginning(first, rows), said)
    lines = StreamLines(stream, Plain(), lambda _file: None)
    entries = file_entries(files[:rows], {}, {}, beside - 1) if beside else []
    listed = [line for _, lines in entries for line in lines]
    here = next((n for n, (key, _) in enumerate(entries) if key == 0), 0)
    head: Line = ((f" {title}", "text bold"),)
    found: list[tuple[Line, str]] = [(_across(head, _where(stream, len(files)), width), "panel")]
    for n in range(rows):
        line, behind = (lines.line(n, room), lines.behind(n)) if n < stream.total else (BLANK, "surface")
        if not n:
            behind = "cursor"
        if beside:
            ground = "cursor-away" if n == here else "surface"
            left = cut(listed[n] if n < len(listed) else BLANK, 0, beside - 1)
            left = (*left, (" " * (beside - 1 - width_of(left)), "text"))
            edge = (_BORDER, "panel on:surface")
            line = (*(_grounded(left, ground)), edge, *_grounded(cut(line, 0, room), behind))
        found.append((cut(line, 0, width), behind))
    found.append((key_words(keys, width), "panel"))
    return found


def _beginning(diff: FileDiff, rows: int) -> FileDiff:
    """The same, of a very long file no more lines than so many rows show, in one column or in two."""
    if len(diff.patch) < _LONG:
        return diff
    out = [diff.patch[: diff.hunks[0].start]] if diff.hunks else []
    at = sum(map(len, out))
    hunks: list[Hunk] = []
    for hunk in diff.hunks:
        body = _few(diff.patch, hunk.start, hunk.end, rows) if len(hunks) < rows else b""
        hunks.append(replace(hunk, start=at, end=at + len(body)))
        out.append(body)
        at += len(body)
    return replace(diff, patch=b"".join(out), hunks=tuple(hunks))


def _few(patch: bytes, at: int, end: int, rows: int) -> bytes:
    """The first lines of a hunk; of a run of removed or of added lines no more than `rows`."""
    out: list[bytes] = []
    taken = 0
    while at < end and taken < 3 * rows:
        over = _OVER.get(patch[at], _LINE).search(patch, at, end)
        after = over.start() + 1 if over is not None else end
        cut = at
        for _ in range(rows):
            cut = patch.find(b"\n", cut, after) + 1 or after
            taken += 1
            if cut >= after:
                break
        out.append(patch[at:cut])
        at = after
    return b"".join(out)


def _where(stream: DiffStream, files: int) -> Line:
    known = sum(map(bool, stream.keys(0)))
    return ((f" 0/{known} seen  file 1 of {files} ", "muted"),)


def _across(left: Line, right: Line, width: int) -> Line:
    """One line, its left part cut where the right part needs the room."""
    left = cut(left, 0, max(0, width - width_of(right)))
    return (*left, (" " * max(0, width - width_of(left) - width_of(right)), "text"), *right)


def _grounded(line: Line, behind: str) -> Line:
    """A line whose parts name the colour behind them, where they have none of their own."""
    return tuple((text, style if " on:" in style else f"{style} on:{behind}") for text, style in line)
