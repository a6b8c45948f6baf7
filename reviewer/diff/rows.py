"""Lays one file's difference out in rows: header, hunks, lines alone or in pairs, remarks under their lines.

What must stay true: a row is computed when it is asked for, from the patch's bytes; every line of every hunk is
exactly one row, or one side of one; a remark whose line is not in the patch still has its rows, below the header.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Final

from reviewer.model.diff import FileDiff, Line
from reviewer.model.finding import Side


class RowKind(Enum):
    FILE = "file"
    MESSAGE = "message"
    HUNK = "hunk"
    LINE = "line"
    REMARK = "remark"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Remark:
    """Room for something under a line: `key` is the caller's, `height` in rows; no `line` is the whole file."""

    key: int
    side: Side
    line: int | None
    height: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Of a pair `left` is the old side; in one column only one of them is set, both for unchanged lines.

    `partner` is the other line of a changed pair, for word changes in one column; `part` counts a remark's rows.
    """

    kind: RowKind
    hunk: int = -1
    left: Line | None = None
    right: Line | None = None
    partner: Line | None = None
    remark: int = -1
    part: int = 0
    text: str = ""


_BLOCK: Final = re.compile(rb"-+(?:\\*\++)?|\++| |\\")


class _HunkRows:
    """The content rows of one hunk, without remarks."""

    def __init__(self, diff: FileDiff, index: int, split: bool) -> None:
        self.index = index
        self.split = split
        self.lines = list(diff.lines(diff.hunks[index]))
        kinds = "".join(line.kind for line in self.lines).encode("latin-1", "replace")
        self.pairs: list[tuple[int, int]] = []
        self.partners: dict[int, int] = {}
        for match in _BLOCK.finditer(kinds):
            first, last = match.span()
            if kinds[first] in b" \\":
                self.pairs.append((first, first))
                continue
            old = [n for n in range(first, last) if kinds[n] == 45]
            new = [n for n in range(first, last) if kinds[n] == 43]
            bare = [n for n in range(first, last) if kinds[n] == 92]
            for n in range(max(len(old), len(new))):
                one, other = (old[n] if n < len(old) else -1), (new[n] if n < len(new) else -1)
                self.pairs.append((one, other))
                if one >= 0 and other >= 0:
                    self.partners[one], self.partners[other] = other, one
            self.pairs.extend((n, -1) for n in bare)
        self.count = len(self.pairs) if split else len(self.lines)

    def row(self, n: int) -> Row:
        if not self.split:
            line = self.lines[n]
            partner = self.partners.get(n)
            return Row(
                RowKind.LINE,
                self.index,
                line if line.kind != "+" else None,
                line if line.kind != "-" else None,
                self.lines[partner] if partner is not None else None,
            )
        one, other = self.pairs[n]
        left = self.lines[one] if one >= 0 else None
        right = self.lines[other] if other >= 0 else None
        return Row(RowKind.LINE, self.index, left, right)

    def find(self, side: Side, number: int) -> int | None:
        """The content row of a line, by its number on its side."""
        for n, line in enumerate(self.lines):
            if (line.old if side is Side.OLD else line.new) == number:
                if not self.split:
                    return n
                return next(i for i, pair in enumerate(self.pairs) if pair[0 if side is Side.OLD else 1] == n)
        return None


class FileRows:
    """The rows of one file. `message` stands where there are no hunks, such as for binary files."""

    def __init__(
        self,
        diff: FileDiff,
        *,
        split: bool = False,
        remarks: Sequence[Remark] = (),
        folded: bool = False,
        message: str = "",
    ) -> None:
        self.diff = diff
        self._messages = [message] if message else []
        self._hunks = [] if folded else [_HunkRows(diff, n, split) for n in range(len(diff.hunks))]
        loose, placed = self._placed([] if folded else remarks)
        self._head: list[Row] = [Row(RowKind.FILE), *(Row(RowKind.MESSAGE, text=text) for text in self._messages)]
        for remark in loose:
            self._head.extend(Row(RowKind.REMARK, remark=remark.key, part=part) for part in range(remark.height))
        # Of each hunk: where remarks interrupt its content, as (content row, remark), ascending.
        self._breaks: list[list[tuple[int, Remark]]] = [placed.get(n, []) for n in range(len(self._hunks))]
        heights = [
            1 + hunk.count + sum(remark.height for _, remark in breaks)
            for hunk, breaks in zip(self._hunks, self._breaks, strict=True)
        ]
        self.hunk_starts = [len(self._head) + before for before in accumulate(heights, initial=0)][: len(heights)]
        self._length = len(self._head) + sum(heights) + 1

    def _placed(self, remarks: Sequence[Remark]) -> tuple[list[Remark], dict[int, list[tuple[int, Remark]]]]:
        loose: list[Remark] = []
        placed: dict[int, list[tuple[int, Remark]]] = {}
        for remark in remarks:
            where = self._content_row(remark.side, remark.line)
            if where is None:
                loose.append(remark)
            else:
                placed.setdefault(where[0], []).append((where[1], remark))
        for breaks in placed.values():
            breaks.sort(key=lambda entry: entry[0])
        return loose, placed

    def _content_row(self, side: Side, number: int | None) -> tuple[int, int] | None:
        if number is None:
            return None
        for n, hunk in enumerate(self.diff.hunks[: len(self._hunks)]):
            start, count = (hunk.old_start, hunk.old_count) if side is Side.OLD else (hunk.new_start, hunk.new_count)
            if start <= number < start + count:
                found = self._hunks[n].find(side, number)
                return (n, found) if found is not None else None
        return None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, n: int) -> Row:
        if n < 0 or n >= self._length:
            raise IndexError(n)
        if n < len(self._head):
            return self._head[n]
        if n == self._length - 1:
            return Row(RowKind.GAP)
        index = bisect_right(self.hunk_starts, n) - 1
        at = n - self.hunk_starts[index] - 1
        if at < 0:
            return Row(RowKind.HUNK, index)
        for place, remark in self._breaks[index]:
            if at <= place:
                break
            if at <= place + remark.height:
                return Row(RowKind.REMARK, index, remark=remark.key, part=at - place - 1)
            at -= remark.height
        return self._hunks[index].row(at)

    def row_of(self, side: Side, number: int | None) -> int | None:
        """The row of a line by its number on its side, None where the patch does not show it."""
        where = self._content_row(side, number)
        if where is None:
            return None
        index, content = where
        before = sum(remark.height for place, remark in self._breaks[index] if place < content)
        return self.hunk_starts[index] + 1 + content + before

    def row_of_remark(self, key: int) -> int | None:
        """The first row of a remark."""
        for n, row in enumerate(self._head):
            if row.kind is RowKind.REMARK and row.remark == key:
                return n
        for index, breaks in enumerate(self._breaks):
            before = 0
            for place, remark in breaks:
                if remark.key == key:
                    return self.hunk_starts[index] + 2 + place + before
                before += remark.height
        return None
