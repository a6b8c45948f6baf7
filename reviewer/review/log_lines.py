"""Finds the lines of a run's output and paints them: colours as the run asked, in the theme's own shades; pure.

What must stay true: the output is never in memory as a whole, nor is any line of it; a line is cut out and decoded when
it is asked for; what is remembered is one number for each 64 KiB.
"""

from __future__ import annotations

import colorsys
from array import array
from bisect import bisect_left
from collections import OrderedDict
from functools import lru_cache
from typing import Final

from reviewer.review.lines import Line, Part
from reviewer.review.log_bytes import Bytes, InMemory
from reviewer.text import LINE_LIMIT, open_colours, show_log_line

BLOCK: Final = 1 << 16
_LINE_BYTES: Final = LINE_LIMIT * 8
_OPEN: Final = 1 << 14
"""Bytes before a line in which a colour that is still open there is looked for."""
_KEPT: Final = 8
"""Blocks whose lines are remembered one by one."""
_BASE: Final = ("muted", "removed", "added", "risk-medium", "accent", "claim", "syntax-type", "text")
_HUES: Final = ("removed", "risk-medium", "added", "syntax-type", "accent", "claim")


def count_lines(source: Bytes, start: int, count: int) -> array[int]:
    """Line feeds in each block of `count` bytes from `start` on, which is a multiple of the block's size.

    Safe to call from any thread: that is how a large file becomes lines beside the screen.
    """
    found = array("Q")
    for at in range(start, min(start + count, source.size), BLOCK):
        found.append(source.read(at, BLOCK).count(b"\n"))
    return found


class LogLines:
    """The output of one run by line number, from 0, as far as `counted` bytes of it."""

    def __init__(self, source: Bytes | bytes) -> None:
        self.source: Bytes = InMemory(source) if isinstance(source, bytes) else source
        self.counted = 0
        self._feeds = array("Q")  # line feeds up to the end of each block
        self._open_end = False
        self._places: OrderedDict[tuple[int, int], array[int]] = OrderedDict()
        if isinstance(source, bytes):
            self.grow()

    def __len__(self) -> int:
        return (self._feeds[-1] if self._feeds else 0) + self._open_end

    def grow(self, count: int = 1 << 62) -> None:
        """Count what was appended since, `count` bytes at most."""
        start = self.counted - self.counted % BLOCK
        self.take(start, count_lines(self.source, start, count))

    def take(self, start: int, counts: array[int]) -> None:
        """Take what `count_lines` found from `start` on; what is known already, or leaves a gap, is dropped."""
        first = start // BLOCK
        if start > self.counted or (first + len(counts)) * BLOCK <= self.counted:
            return
        del self._feeds[first:]
        total = self._feeds[-1] if self._feeds else 0
        for count in counts:
            total += count
            self._feeds.append(total)
        self.counted = min(self.source.size, len(self._feeds) * BLOCK)
        self._open_end = self.counted > 0 and self.source.read(self.counted - 1, 1) != b"\n"

    def _feed(self, number: int) -> int:
        """The place of a line feed by its number, from 1; of the one behind the last, the end."""
        block = bisect_left(self._feeds, number)
        if block == len(self._feeds):
            return self.counted
        before = self._feeds[block - 1] if block else 0
        return block * BLOCK + self._in_block(block)[number - before - 1]

    def _in_block(self, block: int) -> array[int]:
        size = min(BLOCK, self.counted - block * BLOCK)
        known = self._places.get((block, size))
        if known is None:
            data = self.source.read(block * BLOCK, size)
            known = array("H")
            at = data.find(b"\n")
            while at >= 0:
                known.append(at)
                at = data.find(b"\n", at + 1)
            self._places[block, size] = known
            if len(self._places) > _KEPT:
                self._places.popitem(last=False)
        else:
            self._places.move_to_end((block, size))
        return known

    def span(self, n: int) -> tuple[int, int]:
        """Where a line begins and ends, its line feed left out."""
        return self._feed(n) + 1 if n else 0, self._feed(n + 1)

    def raw(self, n: int) -> bytes:
        """The beginning of a line, as much of it as is ever shown."""
        start, end = self.span(n)
        return self.source.read(start, min(end - start, _LINE_BYTES))

    def line(self, n: int) -> Line:
        """One line; every escape sequence but colours is dropped, and what asks for hiding is shown."""
        start, end = self.span(n)
        raw = self.source.read(start, min(end - start, _LINE_BYTES))
        before = self.source.read(max(0, start - _OPEN), min(start, _OPEN))
        parts: list[Part] = []
        for span in show_log_line(raw, unread=end - start - len(raw), colours=open_colours(before)):
            style = colour(span.fg) + (" bold" if span.bold else "")
            parts.append((span.text, style))
        return tuple(parts)

    def text(self, n: int) -> str:
        """One line without its colours."""
        return "".join(text for text, _ in self.line(n))


@lru_cache(maxsize=256)
def colour(number: int | None) -> str:
    """The style for one of the terminal's 256 colours: the nearest of the theme's, so that it can be read."""
    if number is None:
        return "text"
    if number < 16:
        return _BASE[number % 8]
    if number >= 232:
        return "muted" if number < 248 else "text"
    cube = number - 16
    red, green, blue = (level / 5 for level in (cube // 36, cube // 6 % 6, cube % 6))
    hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < 0.25:
        return "text"
    return _HUES[round(hue * 6) % 6]
