"""Keeps what runs leave as files named by the SHA-256 of their bytes, and takes away what may go.

What must stay true: a blob is on the disk, name and all, before anybody names it; what was kept, or found to be there,
by a step that still goes on is never taken away; whether a file is there is the truth, whatever else says so; only one
process at a time keeps and takes away here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from reviewer.model.errors import MissingError, ReviewerError
from reviewer.sandbox.cutting import cut

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_CUT: Final = ".cut"


class _Own(threading.local):
    # What a step keeps, it keeps in its own thread.
    names: list[str] | None = None


class Blobs:
    """The blobs of one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._used: int | None = None
        self._held: Counter[str] = Counter()
        self._since: set[str] | None = None
        self._own = _Own()

    # --- keeping and reading ----------------------------------------------------------------------------------------

    def keep(self, data: bytes) -> str:
        """Keep bytes; returns their name. Raises ReviewerError where the disk does not take them."""
        name = hashlib.sha256(data).hexdigest()
        if self.hold(name) and self._whole(name, data):
            return name
        draft = self.folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._settle(draft, self.folder / name, len(data))
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            why = error.strerror or "the disk failed"
            raise ReviewerError(
                f"what the run left cannot be kept ({why}): the run is no evidence", "make room, then run it again"
            ) from None
        return name

    def _whole(self, name: str, data: bytes) -> bool:
        """Whether the file of that name holds `data`; one that was damaged is written anew."""
        try:
            return (self.folder / name).read_bytes() == data
        except OSError:
            return False

    def _settle(self, draft: Path, place: Path, size: int) -> None:
        with self._lock:
            if self._used is not None:
                self._used += size - (place.stat().st_size if place.exists() else 0)
            draft.rename(place)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, name: str) -> bytes:
        """Raises MissingError where it is not there, ReviewerError where it is no longer what its name says."""
        try:
            data = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise MissingError("there is no such blob") from None
        if hashlib.sha256(data).hexdigest() != name:
            raise ReviewerError("what a run left is damaged: it is not what its name says", "run it again")
        return data

    def cut_record(self, name: str) -> Path | None:
        """A record whose output was taken away: what is left of it; None where there is none."""
        place = self.folder / f"{name}{_CUT}"
        return place if _NAME.fullmatch(name) and place.is_file() else None

    # --- holding ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """What this thread keeps or holds within the block stays at least until its end."""
        before, self._own.names = self._own.names, []
        try:
            yield
        finally:
            mine, self._own.names = self._own.names, before
            with self._lock:
                self._held.subtract(mine)
                self._held = +self._held

    def hold(self, name: str) -> bool:
        """Whether a blob is there; one that is stays until the block that this thread is holding in ends."""
        with self._lock:
            if self._own.names is not None:
                self._own.names.append(name)
                self._held[name] += 1
            if self._since is not None:
                self._since.add(name)
            return (self.folder / name).is_file()

    # --- taking away ------------------------------------------------------------------------------------------------

    def used(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            if self._used is None:
                self._used = sum(size for _name, size in self._files())
            return self._used

    def sizes(self) -> dict[str, int]:
        """The name of each blob, and how large it is."""
        return {name: size for name, size in self._files() if _NAME.fullmatch(name)}

    def _files(self) -> Iterator[tuple[str, int]]:
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        yield entry.name, entry.stat(follow_symlinks=False).st_size
        except (FileNotFoundError, NotADirectoryError):
            return

    def tidy(self) -> None:
        """Take away what was being written when an earlier process on this folder died."""
        for name, _size in list(self._files()):
            if name.startswith("."):
                (self.folder / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def clearing(self) -> Iterator[Callable[[str], bool]]:
        """Gives what takes one blob away and says whether it did: none that was kept or held since the block began."""
        with self._lock:
            self._since = set(self._held)
        try:
            yield self._drop
        finally:
            with self._lock:
                self._since = None

    def _drop(self, name: str) -> bool:
        with self._lock:
            if self._since is None or name in self._since:
                return False
            place = self.folder / name
            try:
                size = place.stat().st_size
                place.unlink()
            except FileNotFoundError:
                return False
            if self._used is not None:
                self._used -= size
            return True

    def cut(self, name: str) -> None:
        """Keep what a record says beside its output, so that the record itself can go."""
        target = self.folder / f"{name}{_CUT}"
        if target.exists():
            return
        draft = self.folder / f".{name}{_CUT}"
        with (self.folder / name).open("rb") as record, draft.open("wb") as out:
            cut(record, out)
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
        self._settle(draft, target, size)
