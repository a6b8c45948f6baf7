"""Keeps what runs under way have written so far, so that it can be read while they go on.

What must stay true: this is for looking; evidence is the record and the log that the run leaves at its end.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

_FULL: Final = b"\n[more is printed than is kept of the beginning: the end comes when the run has ended]\n"


class Live:
    """The output of the runs that this process has under way, each capped as its log is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        # Left behind by a gate that was killed; their runs are made again from the start.
        shutil.rmtree(folder, ignore_errors=True)

    def _place(self, run_id: str) -> Path:
        return self._folder / hashlib.sha256(run_id.encode("utf-8", "surrogateescape")).hexdigest()

    def begin(self, run_id: str, cap: int) -> Callable[[bytes], None]:
        """What takes the run's output, chunk by chunk."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._place(run_id)
        place.write_bytes(b"")
        with self._lock:
            self._sizes[run_id] = 0

        def write(chunk: bytes) -> None:
            with self._lock:
                size = self._sizes.get(run_id)
                if size is None or size > cap:
                    return
                if len(chunk) > cap - size:
                    chunk = chunk[: cap - size] + _FULL
                with place.open("ab") as file:
                    file.write(chunk)
                self._sizes[run_id] = size + len(chunk)

        return write

    def end(self, run_id: str) -> None:
        with self._lock:
            self._sizes.pop(run_id, None)
            self._place(run_id).unlink(missing_ok=True)

    def size(self, run_id: str) -> int:
        """Bytes that a run has written so far."""
        with self._lock:
            return self._sizes.get(run_id, 0)

    def read(self, run_id: str, offset: int, limit: int) -> bytes | None:
        """Up to `limit` bytes from `offset` on; None where the run is not under way here."""
        with self._lock:
            if run_id not in self._sizes:
                return None
            with self._place(run_id).open("rb") as file:
                file.seek(offset)
                return file.read(limit)
