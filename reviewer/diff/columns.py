"""Lays a hunk's lines out in one column or in two: which lines share a row, and where the next change stands.

What must stay true: every line stands in exactly one row; of two columns the left one shows the old side in order,
the right one the new side; only unchanged lines and remarks on both sides stand in both.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Final, Protocol

from reviewer.diff.lines import BARE, MINUS, PLUS, SPACE, HunkLines

_CHANGED: Final = re.compile(rb"[-+]")
_BLOCK: Final = re.compile(rb"( +|\\+)|(-+\\*)?(\++\\*)?")


class Columns(Protocol):
    """The content rows of one hunk. Row arguments of the four searches may lie one before or after the rows."""

    lines: HunkLines
    count: int

    def at(self, row: int) -> tuple[int, int]:
        """The lines of a row, left and right; -1 where that side is empty."""

    def row(self, line: int) -> int:
        """The row of a line."""

    def next_changed(self, row: int) -> int | None:
        """The first changed row below."""

    def previous_changed(self, row: int) -> int | None:
        """The last changed row above."""


class OneColumn:
    """A row a line, in the patch's order."""

    __slots__ = ("count", "lines")

    def __init__(self, lines: HunkLines) -> None:
        self.lines = lines
        self.count = lines.count

    def at(self, row: int) -> tuple[int, int]:
        kind = self.lines.kind(row)
        return (-1 if kind == PLUS else row), (-1 if kind == MINUS else row)

    def row(self, line: int) -> int:
        return line

    def next_changed(self, row: int) -> int | None:
        found = _CHANGED.search(self.lines.kinds, row + 1)
        return found.start() if found else None

    def previous_changed(self, row: int) -> int | None:
        found = _last_changed(self.lines.kinds, 0, row)
        return found if found >= 0 else None


class TwoColumns:
    """Old side left, new side right; the k-th line removed in a run beside the k-th one added after it."""

    __slots__ = ("_first", "_middle", "_row", "count", "lines")

    def __init__(self, lines: HunkLines) -> None:
        self.lines = lines
        # Of each block (lines alike on both sides, or a run of changes): its first line, the first line of its right
        # column, its first row; and one more entry for the end.
        self._first = array("I")
        self._middle = array("I")
        self._row = array("I")
        rows = 0
        for match in _BLOCK.finditer(lines.kinds):
            first, last = match.span()
            if first == last:
                break
            self._first.append(first)
            self._row.append(rows)
            if match[1] is not None:
                middle = first
                rows += last - first
            else:
                middle = match.end(2) if match[2] is not None else first
                rows += max(middle - first, last - middle)
            self._middle.append(middle)
        self._first.append(lines.count)
        self._row.append(rows)
        self.count = rows

    def _both(self, block: int) -> bool:
        return self.lines.kinds[self._first[block]] in (SPACE, BARE)

    def at(self, row: int) -> tuple[int, int]:
        block = bisect_right(self._row, row) - 1
        into = row - self._row[block]
        left, middle = self._first[block] + into, self._middle[block]
        if self._both(block):
            return left, left
        right = middle + into
        return (left if left < middle else -1), (right if right < self._first[block + 1] else -1)

    def row(self, line: int) -> int:
        block = bisect_right(self._first, line) - 1
        first, middle = self._first[block], self._middle[block]
        if not self._both(block) and line >= middle:
            first = middle
        return self._row[block] + line - first

    def next_changed(self, row: int) -> int | None:
        below = row + 1
        if below >= self.count:
            return None
        block = bisect_right(self._row, below) - 1
        if below <= self._last_changed_row(block):
            return below
        found = _CHANGED.search(self.lines.kinds, self._first[block + 1])
        return self.row(found.start()) if found else None

    def previous_changed(self, row: int) -> int | None:
        above = min(row, self.count) - 1
        if above < 0:
            return None
        block = bisect_right(self._row, above) - 1
        last = self._last_changed_row(block)
        if last < 0:
            found = _last_changed(self.lines.kinds, 0, self._first[block])
            if found < 0:
                return None
            last = self._last_changed_row(bisect_right(self._first, found) - 1)
        return min(above, last)

    def _last_changed_row(self, block: int) -> int:
        """The last row of a block that shows a changed line, -1 where it is alike on both sides."""
        if self._both(block):
            return -1
        kinds, middle = self.lines.kinds, self._middle[block]
        old = kinds.rfind(MINUS, self._first[block], middle) - self._first[block]
        new = kinds.rfind(PLUS, middle, self._first[block + 1]) - middle
        return self._row[block] + max(old, new)


def _last_changed(kinds: bytearray, start: int, end: int) -> int:
    end = max(end, 0)
    return max(kinds.rfind(PLUS, start, end), kinds.rfind(MINUS, start, end))


def next_run(columns: Columns, row: int) -> int | None:
    """The first row of the next run of changes below: a run that `row` is in does not count."""
    at: int | None = row
    if 0 <= row < columns.count:
        kinds = columns.lines.kinds
        line = max(columns.at(row))
        if kinds[line] != SPACE:
            unchanged = kinds.find(SPACE, line)
            if unchanged < 0:
                return None
            at = columns.row(unchanged)
    return columns.next_changed(at) if at is not None else None


def previous_run(columns: Columns, row: int) -> int | None:
    """The first row of the nearest run of changes that begins above."""
    last = columns.previous_changed(row)
    if last is None:
        return None
    kinds = columns.lines.kinds
    line = max(columns.at(last))
    found = _CHANGED.search(kinds, kinds.rfind(SPACE, 0, line) + 1)
    return columns.row(found.start()) if found else None
