"""Lays one file's difference out in rows: header, hunks, lines alone or in pairs, remarks under their lines.

What must stay true: a row is computed when it is asked for, from the patch's bytes; every line of every hunk is
exactly one row, or one side of one; a remark whose line is not in the patch still has its rows, below the header.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from reviewer.diff.columns import Columns, next_run, previous_run
from reviewer.diff.hunks import FileHunks
from reviewer.diff.lines import BARE, HunkLines
from reviewer.model.diff import FileDiff, Hunk, Line
from reviewer.model.finding import Side
from reviewer.text import show


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
    `cut` is how many bytes at the end of the left and right text are left out, which only very long lines have.
    `hidden` is how many unchanged lines a gap stands for; the gap after the last hunk, and so the file, has 0.
    """

    kind: RowKind
    hunk: int = -1
    left: Line | None = None
    right: Line | None = None
    partner: Line | None = None
    remark: int = -1
    part: int = 0
    text: str = ""
    cut: tuple[int, int] = (0, 0)
    hidden: int = 0


def hunk_header(hunk: Hunk) -> str:
    """The header of a hunk, safe to show, with the function around it as git knows it."""
    ranges = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    return f"{ranges} {show(hunk.section)}" if hunk.section else ranges


class _Breaks:
    """Where remarks interrupt the content rows of one hunk."""

    def __init__(self, placed: Sequence[tuple[int, Remark]] = ()) -> None:
        ordered = sorted(placed, key=lambda entry: entry[0])
        self.remarks = [remark for _, remark in ordered]
        self.places = [place for place, _ in ordered]
        self.before = [0, *accumulate(remark.height for remark in self.remarks)]
        # Counted from the first content row, remarks included.
        self.starts = [place + 1 + before for place, before in zip(self.places, self.before, strict=False)]

    @property
    def height(self) -> int:
        return self.before[-1]

    def row(self, content: int) -> int:
        return content + self.before[bisect_left(self.places, content)]

    def content(self, at: int) -> tuple[int, int, int]:
        """The content row at or above `at`, the remark that stands there (-1: none), and which of its rows."""
        index = bisect_right(self.starts, at) - 1
        if index >= 0:
            part = at - self.starts[index]
            if part < self.remarks[index].height:
                return self.places[index], index, part
        return at - self.before[index + 1], -1, 0


class FileRows:
    """The rows of one file. `message` stands where there are no hunks, such as for binary files.

    `folded` leaves only the header, `folded_hunks` only the headers of those hunks; remarks inside are not shown.
    With `gaps` a gap row above a hunk says how many unchanged lines lie between it and what stands above. `hunks` are
    those of the same `diff`, where they were measured before.
    """

    def __init__(
        self,
        diff: FileDiff,
        *,
        split: bool = False,
        remarks: Sequence[Remark] = (),
        folded: bool = False,
        message: str = "",
        folded_hunks: frozenset[int] = frozenset(),
        gaps: bool = False,
        hunks: FileHunks | None = None,
    ) -> None:
        self.diff = diff
        self.split = split
        self.folded_hunks = folded_hunks
        self._shown: Sequence[Hunk] = () if folded else diff.hunks
        self._hunks = hunks if hunks is not None else FileHunks(diff)
        self._heights = self._hunks.heights(split=split)
        self._hidden: Sequence[int] = self._hunks.hidden if gaps else bytes(len(diff.hunks))
        loose, placed = self._placed(() if folded else remarks)
        self._head: list[Row] = [Row(RowKind.FILE)]
        if message:
            self._head.append(Row(RowKind.MESSAGE, text=message))
        self._remark_rows: dict[int, int] = {}
        for remark in loose:
            self._remark_rows.setdefault(remark.key, len(self._head))
            self._head.extend(Row(RowKind.REMARK, remark=remark.key, part=part) for part in range(remark.height))
        self._breaks = {n: _Breaks(found) for n, found in placed.items()}
        self.hunk_starts: Sequence[int] = self._stacked()

    def _stacked(self) -> Sequence[int]:
        """Number the rows: of each hunk its gap, its header and its content."""
        at = len(self._head)
        starts = array("Q")
        folded, breaks = self.folded_hunks, self._breaks
        for n, (hidden, height) in enumerate(zip(self._hidden, self._heights, strict=True) if self._shown else ()):
            if hidden:
                at += 1
            starts.append(at)
            at += 1 if n in folded else 1 + height
            if n in breaks:
                at += self._interrupted(breaks[n], starts[-1])
        self._length = at + 1
        return starts

    def _interrupted(self, breaks: _Breaks, header: int) -> int:
        """Note where the remarks of a hunk stand; returns the rows that they take."""
        for start, remark in zip(breaks.starts, breaks.remarks, strict=True):
            self._remark_rows.setdefault(remark.key, header + 1 + start)
        return breaks.height

    def _placed(self, remarks: Sequence[Remark]) -> tuple[list[Remark], dict[int, list[tuple[int, Remark]]]]:
        loose: list[Remark] = []
        placed: dict[int, list[tuple[int, Remark]]] = {}
        for remark in remarks:
            if remark.height <= 0:
                continue
            hunk = self.hunk_of(remark.side, remark.line)
            if hunk is None:
                loose.append(remark)
            elif hunk not in self.folded_hunks:
                placed.setdefault(hunk, []).append((self._content_row(hunk, remark.side, remark.line), remark))
        return loose, placed

    def _hunk_columns(self, hunk: int) -> Columns | None:
        """The content rows of a hunk, laid out at the first question; None for a folded one."""
        return self._hunks.columns(hunk, split=self.split) if hunk not in self.folded_hunks else None

    def _content_height(self, hunk: int) -> int:
        return self._heights[hunk] if hunk not in self.folded_hunks else 0

    # --- from a line to its row ---------------------------------------------------------------------------------------

    def hunk_of(self, side: Side, number: int | None) -> int | None:
        """The hunk that holds a line, folded or not."""
        if number is None:
            return None
        old = side is Side.OLD
        first, last = 0, len(self._shown)
        if self._hunks.ordered:
            last = bisect_right(self._shown, number, key=lambda hunk: hunk.old_start if old else hunk.new_start)
            # Hunks without lines on this side may stand between a line and the hunk that holds it.
            while last and not (self._shown[last - 1].old_count if old else self._shown[last - 1].new_count):
                last -= 1
            first = max(last - 1, 0)
        for n in range(first, last):
            hunk = self._shown[n]
            start, count = (hunk.old_start, hunk.old_count) if old else (hunk.new_start, hunk.new_count)
            inside = start <= number < start + count
            if inside and (n in self.folded_hunks or self._hunks.lines(n).find(side, number) is not None):
                return n
        return None

    def _content_row(self, hunk: int, side: Side, number: int | None) -> int:
        columns = self._hunk_columns(hunk)
        line = columns.lines.find(side, number) if columns and number is not None else None
        return columns.row(line) if columns and line is not None else 0

    def row_of(self, side: Side, number: int | None) -> int | None:
        """The row of a line by its number on its side, None where the patch or a fold does not show it."""
        hunk = self.hunk_of(side, number)
        if hunk is None or hunk in self.folded_hunks:
            return None
        return self._row(hunk, self._content_row(hunk, side, number))

    def row_of_line(self, hunk: int, line: int) -> int | None:
        """The row of a hunk's line counted from 0, as `find_text` names it; None where it is folded."""
        columns = self._hunk_columns(hunk) if 0 <= hunk < len(self._shown) else None
        if columns is None or not 0 <= line < columns.lines.count:
            return None
        return self._row(hunk, columns.row(line))

    def row_of_remark(self, key: int) -> int | None:
        """The first row of a remark."""
        return self._remark_rows.get(key)

    def _row(self, hunk: int, content: int) -> int:
        breaks = self._breaks.get(hunk)
        return self.hunk_starts[hunk] + 1 + (breaks.row(content) if breaks else content)

    # --- from a row to what stands there ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, n: int) -> Row:
        if n < 0 or n >= self._length:
            raise IndexError(n)
        if n < len(self._head):
            return self._head[n]
        if n == self._length - 1:
            return Row(RowKind.GAP)
        index, content, remark, part = self._where(n)
        if content < 0:
            if n < self.hunk_starts[index]:
                return Row(RowKind.GAP, index, hidden=self._hidden[index])
            return Row(RowKind.HUNK, index, text=hunk_header(self._shown[index]))
        if remark >= 0:
            return Row(RowKind.REMARK, index, remark=self._breaks[index].remarks[remark].key, part=part)
        columns = self._hunk_columns(index)
        assert columns is not None
        return self._line_row(index, columns, content)

    def _where(self, n: int) -> tuple[int, int, int, int]:
        """Of a row below the head: its hunk, its content row (-1 for header and gap), remark and part of the remark."""
        index = bisect_right(self.hunk_starts, n) - 1
        if index < 0:
            return 0, -1, -1, 0
        at = n - self.hunk_starts[index] - 1
        if at < 0:
            return index, -1, -1, 0
        breaks = self._breaks.get(index)
        if at >= self._content_height(index) + (breaks.height if breaks else 0):
            return index + 1, -1, -1, 0
        content, remark, part = breaks.content(at) if breaks else (at, -1, 0)
        return index, content, remark, part

    def _line_row(self, hunk: int, columns: Columns, content: int) -> Row:
        lines = columns.lines
        one, other = columns.at(content)
        left, left_cut = lines.line(one) if one >= 0 else (None, 0)
        right, right_cut = (left, left_cut) if one == other else lines.line(other) if other >= 0 else (None, 0)
        partner = None
        if not self.split and one != other:
            found = lines.partner(max(one, other))
            partner = lines.line(found)[0] if found is not None else None
        return Row(RowKind.LINE, hunk, left, right, partner, cut=(left_cut, right_cut))

    def unended(self, n: int) -> tuple[bool, bool]:
        """Whether the left and the right line of a row are the last of their file and lack a newline."""
        if len(self._head) <= n < self._length - 1:
            hunk, content, remark, _ = self._where(n)
            columns = self._hunk_columns(hunk) if content >= 0 and remark < 0 else None
            if columns is not None:
                left, right = (_is_unended(columns.lines, line) for line in columns.at(content))
                return left, right
        return False, False

    # --- from row to row ----------------------------------------------------------------------------------------------

    def next_hunk(self, n: int) -> int | None:
        """The row of the next hunk's header below row `n`."""
        index = bisect_right(self.hunk_starts, n)
        return self.hunk_starts[index] if index < len(self.hunk_starts) else None

    def previous_hunk(self, n: int) -> int | None:
        """The row of the nearest hunk's header above row `n`."""
        index = bisect_left(self.hunk_starts, n)
        return self.hunk_starts[index - 1] if index else None

    def next_changed(self, n: int, *, runs: bool = False) -> int | None:
        """The next row below `n` with a changed line; with `runs` the first row of the next run of changes."""
        first, content, _ = self._nearest(n)
        for hunk in range(first, len(self._shown)):
            columns = self._hunk_columns(hunk)
            if columns is not None:
                at = content if hunk == first else -1
                found = next_run(columns, at) if runs else columns.next_changed(at)
                if found is not None:
                    return self._row(hunk, found)
        return None

    def previous_changed(self, n: int, *, runs: bool = False) -> int | None:
        """The nearest row above `n` with a changed line; with `runs` the first row of the nearest run above."""
        first, _, content = self._nearest(n)
        for hunk in range(first, -1, -1):
            columns = self._hunk_columns(hunk) if hunk < len(self._shown) else None
            if columns is not None:
                at = content if hunk == first else columns.count
                found = previous_run(columns, at) if runs else columns.previous_changed(at)
                if found is not None:
                    return self._row(hunk, found)
        return None

    def _nearest(self, n: int) -> tuple[int, int, int]:
        """A row's hunk, the content row to search below and the one to search above from."""
        if n < len(self._head):
            return 0, -1, 0
        if n >= self._length - 1:
            return len(self._shown), -1, 0
        hunk, content, remark, _ = self._where(n)
        return hunk, content, content + 1 if remark >= 0 else max(content, 0)


def _is_unended(lines: HunkLines, line: int) -> bool:
    return 0 <= line < lines.count - 1 and lines.kind(line) != BARE and lines.kind(line + 1) == BARE
