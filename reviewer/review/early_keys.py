"""Answers the keys that move the cursor over the painted inbox while the screens are still being loaded.

What must stay true: nothing but the cursor moves; the first key that is not known here, and all that follow it, are
kept in order for whoever reads the keys next.
"""

from __future__ import annotations

import _thread
import os
import select
from collections.abc import Callable, Sequence

_STEPS = {b"j": 1, b"\x1b[B": 1, b"\x1bOB": 1, b"k": -1, b"\x1b[A": -1, b"\x1bOA": -1}
_READ = 4096


class EarlyKeys:
    """Reads a terminal's keys until `end`.

    `made` gives the bytes of each line of the screen with the cursor on a row, None for a row that is not on it;
    `write` sends bytes to the terminal. `place` is the row that the cursor is on.
    """

    def __init__(
        self, descriptor: int, made: Callable[[int], Sequence[str] | None], write: Callable[[str], object]
    ) -> None:
        self.place = 0
        self._left = b""
        self._ended = False
        self._descriptor = descriptor
        self._made = made
        self._write = write
        self._woken, self._wake = os.pipe()
        self._reading = _thread.allocate_lock()
        self._reading.acquire()
        _thread.start_new_thread(self._read, ())

    def end(self) -> bytes:
        """Read no more; returns, once, what was read and is not answered."""
        if self._ended:
            return b""
        self._ended = True
        os.write(self._wake, b"x")
        with self._reading:
            os.close(self._wake)
            os.close(self._woken)
        return self._left

    def _read(self) -> None:
        try:
            shown = self._made(0) or ()
            while True:
                ready = select.select([self._descriptor, self._woken], [], [])[0]
                if self._woken in ready:
                    return
                data = os.read(self._descriptor, _READ)
                if not data:
                    return
                shown = self._answer(data, shown)
                if self._left:
                    return
        except Exception:
            return  # what comes next waits in the terminal
        finally:
            self._reading.release()

    def _answer(self, data: bytes, shown: Sequence[str]) -> Sequence[str]:
        """Move as `data` says, as far as it is known here; returns the lines that are on screen now."""
        lines = shown
        while data:
            key = next((key for key in _STEPS if data.startswith(key)), None)
            if key is None:
                break
            place = max(0, self.place + _STEPS[key])
            after = self._made(place) if place != self.place else lines
            if after is None:
                break
            self.place, lines, data = place, after, data[len(key) :]
        self._left = data
        self._write("".join(new for old, new in zip(shown, lines, strict=False) if new != old))
        return lines
