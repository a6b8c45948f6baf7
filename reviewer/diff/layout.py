"""Stacks the files of a change into one stream of rows: which file a row is in, and where a file begins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Stream:
    """Heights in rows, one a file; what is not read yet has its best guess. Row numbers begin with 0."""

    def __init__(self, heights: Sequence[int]) -> None:
        self._heights = list(heights)
        self._starts = [0, *accumulate(self._heights)]

    @property
    def total(self) -> int:
        return self._starts[-1]

    def __len__(self) -> int:
        return len(self._heights)

    def height(self, file: int) -> int:
        return self._heights[file]

    def start(self, file: int) -> int:
        """The first row of a file."""
        return self._starts[file]

    def set(self, file: int, height: int) -> int:
        """Give a file its true height; returns by how many rows everything after it moved."""
        moved = height - self._heights[file]
        if moved:
            self._heights[file] = height
            self._starts = [0, *accumulate(self._heights)]
        return moved

    def locate(self, row: int) -> tuple[int, int]:
        """The file of a row, and the row's place in it. Raises IndexError outside the stream."""
        if not 0 <= row < self.total:
            raise IndexError(row)
        file = bisect_right(self._starts, row) - 1
        return file, row - self._starts[file]
