"""Takes blobs in under the SHA-256 of their bytes, apart from the evidence, until a submission uses them.

What must stay true: nothing is kept but what hashes to its name, whole and synced; what nobody used for a day goes.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from reviewer.gate.problems import TooMuchError
from reviewer.model.errors import MissingError, ReviewerError, UnreachableError

LARGEST: Final = 256 << 20
TOGETHER: Final = 2 << 30
_DAY: Final = 86_400.0
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """The folder of what was sent and not used yet."""

    def __init__(self, folder: Path, largest: int = LARGEST, together: int = TOGETHER) -> None:
        self._folder = folder
        self._largest = largest
        self._together = together

    def place(self, name: str) -> Path | None:
        """Where a blob lies; None where there is none of that name."""
        place = self._folder / name
        return place if _NAME.fullmatch(name) and place.is_file() else None

    def read(self, name: str) -> bytes:
        place = self.place(name)
        if place is None:
            raise MissingError("there is no such blob", "send it first: PUT /review/v1/blobs/SHA256")
        return place.read_bytes()

    def drop(self, name: str) -> None:
        place = self.place(name)
        if place is not None:
            place.unlink(missing_ok=True)

    async def take(self, name: str, chunks: AsyncIterator[bytes]) -> bool:
        """Keep what arrives under its name; whether it is new. Raises where it is too large or hashes to another."""
        if not _NAME.fullmatch(name):
            raise ReviewerError("a blob is named by its SHA-256, 64 small hex digits")
        if self.place(name) is not None:
            return False
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        room = self._room()
        digest, size = hashlib.sha256(), 0
        descriptor, draft = tempfile.mkstemp(prefix=".", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self._largest:
                        raise TooMuchError(f"more than {self._largest} bytes", "a blob may have that many")
                    if size > room:
                        raise UnreachableError("the gate has no room for more blobs now", "try again later", 60)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != name:
                raise ReviewerError("the bytes have another SHA-256 than the name says", "send them again")
            Path(draft).rename(self._folder / name)
        finally:
            Path(draft).unlink(missing_ok=True)
        return True

    def _room(self) -> int:
        """Bytes that may still come, once what lay about for a day is gone."""
        used = 0
        for entry in self._folder.iterdir():
            state = entry.stat()
            if time.time() - state.st_mtime > _DAY:
                entry.unlink(missing_ok=True)
            else:
                used += state.st_size
        return self._together - used
