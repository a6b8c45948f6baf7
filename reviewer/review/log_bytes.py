"""Holds the bytes of one run's output outside of memory: a file of the store, or one without a name that grows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final, Protocol

LOG_BYTES: Final = 1 << 28
"""What is fetched of one run's output at most; the pipeline has the rest."""


class Bytes(Protocol):
    """Bytes that are read by their place."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, count: int) -> bytes:
        """Up to `count` bytes from `start` on, safe to call from any thread."""


class LogBytes:
    """The file at `place`, which nobody changes; without one, what was appended so far."""

    def __init__(self, place: Path | None = None) -> None:
        # Kept open as long as the lines are looked at.
        self._file = place.open("rb") if place else tempfile.TemporaryFile(prefix="reviewer-log-")  # noqa: SIM115
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, start: int, count: int) -> bytes:
        try:
            return os.pread(self._file.fileno(), count, start)
        except ValueError:
            # Closed meanwhile: whoever asked is no longer looked at.
            return b""

    def append(self, data: bytes) -> None:
        """Take what follows. Raises OSError where the disk is full."""
        view = memoryview(data)
        while view:
            written = os.pwrite(self._file.fileno(), view, self.size)
            view = view[written:]
            self.size += written

    def close(self) -> None:
        self._file.close()


class InMemory:
    """Bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, start: int, count: int) -> bytes:
        return self._data[start : start + count]
