"""Measures the hunks of one file's patch once, for every layout of it, and has their lines when one is asked for.

What must stay true: measuring makes no object a line and costs one pass over the bytes; a height is what laying the
hunk out gives, whatever stands in it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from reviewer.diff.columns import Columns, OneColumn, TwoColumns
from reviewer.diff.identity import hunk_keys
from reviewer.diff.lines import HunkLines, first_bytes
from reviewer.model.diff import FileDiff, Hunk

_LARGE: Final = 1 << 16
"""Bytes from which on a hunk is laid out by itself, and stays so: reading it anew would be felt."""
_TOGETHER: Final = 1 << 20
_KEPT: Final = 128
_KINDS: Final = bytes(code if code in b"+-\\@" else 0x20 for code in range(256))


class FileHunks:
    """The hunks of `diff`. What is known of them is worked out at the first question."""

    def __init__(self, diff: FileDiff) -> None:
        self.diff = diff
        self._heights: dict[bool, array[int]] = {}
        self._large: dict[int, HunkLines] = {}
        self._lines: dict[int, HunkLines] = {}
        self._large_columns: dict[tuple[int, bool], Columns] = {}
        self._columns: dict[tuple[int, bool], Columns] = {}

    def measured(self) -> FileHunks:
        """Itself, everything known that is to be known of all of them."""
        _ = self.ordered, self.hidden, self.keys, self.heights(split=True)
        return self

    @cached_property
    def ordered(self) -> bool:
        """Whether they follow each other on both sides without overlap."""
        return _in_order(self.diff.hunks)

    @cached_property
    def hidden(self) -> Sequence[int]:
        """How many unchanged lines lie above each, up to the one before."""
        return array("Q", (_hidden_above(self.diff.hunks, n) for n in range(len(self.diff.hunks))))

    @cached_property
    def keys(self) -> list[str]:
        """By what each is known again."""
        return hunk_keys(self.diff)

    def lines(self, n: int) -> HunkLines:
        """The lines of a hunk."""
        found = self._large.get(n)
        found = self._lines.get(n) if found is None else found
        if found is None:
            found = HunkLines(self.diff.patch, self.diff.hunks[n])
            if self._is_large(n):
                self._large[n] = found
            else:
                if len(self._lines) >= _KEPT:
                    self._lines.clear()
                self._lines[n] = found
        return found

    def columns(self, n: int, *, split: bool) -> Columns:
        """The rows of a hunk, in one column or in two."""
        found = self._large_columns.get((n, split)) or self._columns.get((n, split))
        if found is None:
            found = TwoColumns(self.lines(n)) if split else OneColumn(self.lines(n))
            if self._is_large(n):
                self._large_columns[n, split] = found
            else:
                if len(self._columns) >= _KEPT:
                    self._columns.clear()
                self._columns[n, split] = found
        return found

    def _is_large(self, n: int) -> bool:
        hunk = self.diff.hunks[n]
        return hunk.end - hunk.start >= _LARGE

    # --- heights ----------------------------------------------------------------------------------------------------

    def heights(self, *, split: bool) -> Sequence[int]:
        """How many rows the lines of each hunk take."""
        found = self._heights.get(split)
        if found is None:
            found = self._heights[split] = self._two_columns() if split else self._one_column()
        return found

    def _one_column(self) -> array[int]:
        patch, hunks = self.diff.patch, self.diff.hunks
        return array(
            "I",
            (
                patch.count(b"\n", hunk.start, hunk.end) + (hunk.end > hunk.start and patch[hunk.end - 1] != 0x0A)
                for hunk in hunks
            ),
        )

    def _two_columns(self) -> array[int]:
        found = array("I", self.heights(split=False))
        hunks = self.diff.hunks
        n = 0
        while n < len(hunks):
            last = n
            while not self._is_large(last) and last + 1 < len(hunks) and not self._is_large(last + 1):
                if hunks[last].end - hunks[n].start > _TOGETHER or not self._is_header_between(last):
                    break
                last += 1
            pairs = self._pairs(n, last, found) if not self._is_large(n) else None
            for at in range(n, last + 1):
                found[at] = found[at] - pairs[at - n] if pairs is not None else self.columns(at, split=True).count
            n = last + 1
        return found

    def _is_header_between(self, n: int) -> bool:
        """Whether one line, a header, stands between a hunk and the next."""
        hunk, following = self.diff.hunks[n], self.diff.hunks[n + 1]
        patch = self.diff.patch
        return patch.startswith(b"@", hunk.end) and patch.find(b"\n", hunk.end, following.start) + 1 == following.start

    def _pairs(self, first: int, last: int, heights: Sequence[int]) -> list[int] | None:
        """How many pairs of a removed and an added line the hunks have; None where they must be walked to know."""
        hunks = self.diff.hunks
        data = self.diff.patch[hunks[first].start : hunks[last].end].removesuffix(b"\n")
        kinds = first_bytes(data).translate(_KINDS) if data else b""
        wanted = list(heights[first : last + 1])
        if b"\\" in kinds or list(map(len, kinds.split(b"@"))) != wanted:
            return None
        # Between two runs of changes a bar, so that what is taken out of one never meets the other.
        kinds = kinds.replace(b"+-", b"+|-")
        before = map(len, kinds.split(b"@"))
        after = map(len, _without_pairs(kinds).split(b"@"))
        return [(one - other) // 2 for one, other in zip(before, after, strict=True)]


def _without_pairs(kinds: bytes) -> bytes:
    """The kinds less the pairs of each run: its removed lines, then its added ones, meet in its middle."""
    size = 1
    while b"-" * size + b"+" * size in kinds:
        size *= 2
    while size > 1:
        # No run has as many as `size` pairs: half of it is taken out of a run once at the most.
        size //= 2
        kinds = kinds.replace(b"-" * size + b"+" * size, b"")
    return kinds


def extent(start: int, count: int) -> tuple[int, int]:
    """A range of a hunk header as first line and line after the last; an empty one stands after its line."""
    return (start, start + count) if count else (start + 1, start + 1)


def _in_order(hunks: Sequence[Hunk]) -> bool:
    """Whether hunks follow each other on both sides without overlap, as git writes them."""
    old = new = 0
    for hunk in hunks:
        old_first, old_end = extent(hunk.old_start, hunk.old_count)
        new_first, new_end = extent(hunk.new_start, hunk.new_count)
        if old_first < old or new_first < new:
            return False
        old, new = old_end, new_end
    return True


def _hidden_above(hunks: Sequence[Hunk], n: int) -> int:
    """How many unchanged lines lie between hunk `n` and the one above, or the beginning of the file."""
    end = extent(hunks[n - 1].new_start, hunks[n - 1].new_count)[1] if n else 1
    return max(0, extent(hunks[n].new_start, hunks[n].new_count)[0] - end)
