"""Carries the colours of a text's lines from one process to another and keeps them small: packed numbers, checked.

What must stay true: what is unpacked was said by a program that read hostile text; a line whose numbers are no spans
of a line is a line without colours, and nothing raises but `unpack`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, overload

CLASSES: Final = ("", "keyword", "string", "comment", "number", "function", "type", "name", "operator")
"""Token classes by number; the themes name a colour for each as `syntax-<class>`."""
LONGEST_LINE: Final = 2000
"""Characters of a line that are coloured."""

Spans = list[tuple[int, int, int]]
"""(first character, length, number of the token class), ascending."""


class PackedLines(Sequence[Spans]):
    """The spans of some lines: how many each has, then three numbers a span."""

    __slots__ = ("_numbers", "_starts")

    def __init__(self, counts: Sequence[int], numbers: array[int]) -> None:
        self._starts = array("I", accumulate(counts, initial=0))
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self._starts) * self._starts.itemsize + len(self._numbers) * self._numbers.itemsize

    @overload
    def __getitem__(self, n: int) -> Spans: ...
    @overload
    def __getitem__(self, n: slice) -> list[Spans]: ...
    def __getitem__(self, n: int | slice) -> Spans | list[Spans]:
        if isinstance(n, slice):
            return [self[i] for i in range(*n.indices(len(self)))]
        if not -len(self) <= n < len(self):
            raise IndexError(n)
        n %= len(self)
        numbers = self._numbers[self._starts[n] * 3 : self._starts[n + 1] * 3]
        found: Spans = []
        end = 0
        for start, length, kind in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
            if start < end or not length or start + length > LONGEST_LINE or not 0 < kind < len(CLASSES):
                return []
            end = start + length
            found.append((start, length, kind))
        return found


def pack(lines: Sequence[Spans]) -> bytes:
    """The spans of lines as bytes, for `unpack` on the same machine."""
    counts = array("H", map(len, lines))
    numbers = array("H", [number for spans in lines for span in spans for number in span])
    return counts.tobytes() + numbers.tobytes()


def unpack(data: bytes, lines: int) -> PackedLines:
    """What `pack` made of so many lines. Raises ValueError where that cannot be."""
    counts, numbers = array("H"), array("H")
    head = lines * counts.itemsize
    if lines < 0 or head > len(data):
        raise ValueError("fewer lines than said")
    counts.frombytes(data[:head])
    numbers.frombytes(data[head:])  # raises where it is no whole number of items
    if sum(counts) * 3 != len(numbers):
        raise ValueError("not as many spans as counted")
    return PackedLines(counts, numbers)
