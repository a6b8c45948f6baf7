"""Finds the lines of a run's output and paints them: colours as the run asked, in the theme's own shades; pure."""

from __future__ import annotations

import colorsys
from array import array
from functools import lru_cache
from typing import Final

from reviewer.review.lines import Line, Part
from reviewer.text import show_log_line

_LINE_BYTES: Final = 16_000
_BASE: Final = ("muted", "removed", "added", "risk-medium", "accent", "claim", "syntax-type", "text")
_HUES: Final = ("removed", "risk-medium", "added", "syntax-type", "accent", "claim")


class LogLines:
    """The output of one run by line number, from 0; a line is cut out and decoded when it is asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._ends = array("Q")
        at = data.find(b"\n")
        while at >= 0:
            self._ends.append(at)
            at = data.find(b"\n", at + 1)
        if data and not data.endswith(b"\n"):
            self._ends.append(len(data))

    def __len__(self) -> int:
        return len(self._ends)

    def raw(self, n: int) -> bytes:
        start = self._ends[n - 1] + 1 if n else 0
        return self.data[start : min(self._ends[n], start + _LINE_BYTES)]

    def line(self, n: int) -> Line:
        """One line; every escape sequence but colours is dropped, and what asks for hiding is shown."""
        parts: list[Part] = []
        for span in show_log_line(memoryview(self.data)[self._ends[n - 1] + 1 if n else 0 : self._ends[n]]):
            style = colour(span.fg) + (" bold" if span.bold else "")
            parts.append((span.text, style))
        return tuple(parts)

    def find(self, needle: str, start: int, step: int) -> int | None:
        """The next line from `start` on, in the direction of `step`, that holds `needle` in any case."""
        wanted = needle.lower().encode("utf-8", "surrogateescape")
        n = start
        while 0 <= n < len(self):
            if wanted in self.raw(n).lower():
                return n
            n += step
        return None


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
