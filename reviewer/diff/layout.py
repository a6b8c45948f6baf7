"""Stacks the files of a change into one stream of rows: which file a row is in, and where a file begins.

What must stay true: giving one file its true height costs no more with many files than with few, so that heights may
come in one by one while the stream is on screen.
"""

from __future__ import annotations

from collections.abc import Sequence


class Stream:
    """Heights in rows, one a file; what is not read yet has its best guess. Row numbers begin with 0."""

    def __init__(self, heights: Sequence[int]) -> None:
        self._heights = list(heights)
        # A binary indexed tree: entry i holds the heights of the files from i - (lowest set bit of i) up to i.
        self._tree = [0, *self._heights]
        for at in range(1, len(self._tree)):
            above = at + (at & -at)
            if above < len(self._tree):
                self._tree[above] += self._tree[at]
        self._total = sum(self._heights)
        self._top = 1 << (len(self._heights).bit_length() - 1) if self._heights else 0

    @property
    def total(self) -> int:
        return self._total

    def __len__(self) -> int:
        return len(self._heights)

    def height(self, file: int) -> int:
        return self._heights[file]

    def start(self, file: int) -> int:
        """The first row of a file; of the number after the last file, the row after the last."""
        if not 0 <= file <= len(self._heights):
            raise IndexError(file)
        before = 0
        while file:
            before += self._tree[file]
            file &= file - 1
        return before

    def set(self, file: int, height: int) -> int:
        """Give a file its true height; returns by how many rows everything after it moved."""
        moved = height - self._heights[file]
        self._heights[file] = height
        self._total += moved
        at = file + 1
        while moved and at < len(self._tree):
            self._tree[at] += moved
            at += at & -at
        return moved

    def locate(self, row: int) -> tuple[int, int]:
        """The file of a row, and the row's place in it. Raises IndexError outside the stream."""
        if not 0 <= row < self._total:
            raise IndexError(row)
        file, step = 0, self._top
        while step:
            if file + step < len(self._tree) and self._tree[file + step] <= row:
                file += step
                row -= self._tree[file]
            step >>= 1
        return file, row
