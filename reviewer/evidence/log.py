"""Keeps what a run prints as one plain file: the first and the last half of a cap, and how much lay between.

What must stay true: its size in memory and on the disk is bounded by the cap, however much is printed; the first half
is the same bytes while the run goes on and afterwards.
"""

from __future__ import annotations

from collections import deque
from typing import BinaryIO


class Log:
    """`add` each chunk, then `finish`; `size` is what was kept."""

    def __init__(self, out: BinaryIO, cap: int) -> None:
        self._out = out
        self._half = head_of(cap)
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0
        self.size = 0

    def add(self, data: bytes) -> None:
        room = self._half - self.size
        if room > 0:
            self.size += self._out.write(data[:room])
            data = data[room:]
        if not data:
            return
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size > self._half:
            oldest = self._tail.popleft()
            cut = min(len(oldest), self._tail_size - self._half)
            self._tail_size -= cut
            self._dropped += cut
            if cut < len(oldest):
                self._tail.appendleft(oldest[cut:])

    def finish(self) -> None:
        if self._dropped:
            self.size += self._out.write(b"\n[%d bytes were not kept]\n" % self._dropped)
        for part in self._tail:
            self.size += self._out.write(part)
        self._out.flush()


def head_of(cap: int) -> int:
    """How much of the beginning is kept."""
    return max(1, cap // 2)
