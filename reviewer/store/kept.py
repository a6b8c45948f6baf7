"""Keeps what cannot be pulled again in a small database of its own, as marks and feedback.

What must stay true: a file that is damaged is moved aside and said, never silently begun anew; two desks on one home
share it without harm.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reviewer.model.errors import ReviewerError
from reviewer.store.opening import Damaged, Layout, is_damage, open_private
from reviewer.text import show

PRAGMAS: Final = ("journal_mode = wal", "synchronous = full")
_ROOM: Final = "see that the disk has room"
Row = tuple[str | int | float | bytes | None, ...]


class Kept:
    """One such database. Thread-safe. Raises ReviewerError where the disk refuses.

    `noun` is what it holds, in the plural; `lost` what a reviewer has to do where it begins anew.
    """

    layout: Layout
    noun: str
    lost: str

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.notice = ""
        self._path = path
        self._clock = clock
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _ask(self, statement: str, rows: list[Row]) -> list[tuple[object, ...]]:
        with self._lock:
            for last in (False, True):
                try:
                    db = self._opened()
                    if statement.startswith("select"):
                        return db.execute(statement, rows[0]).fetchall()
                    db.execute("begin immediate")
                    try:
                        db.executemany(statement, rows)
                        db.execute("commit")
                    except BaseException:
                        db.execute("rollback")
                        raise
                    return []
                except (sqlite3.DatabaseError, Damaged) as error:
                    if last or not (isinstance(error, Damaged) or is_damage(error)):
                        said = show(str(error), limit=120)
                        raise ReviewerError(f"the {self.noun} cannot be kept: {said}", _ROOM) from None
                    self._move_aside(str(error))
        raise AssertionError("unreachable")

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = open_private(self._path, self.layout)
            except OSError as error:
                raise ReviewerError(f"the {self.noun} cannot be opened: {error}", _ROOM) from None
        return self._db

    def _move_aside(self, why: str) -> None:
        """Keep a damaged file beside its place, and begin another."""
        self.close()
        aside = self._path.with_name(f"{self._path.name}.broken-{int(self._clock())}-{os.getpid()}")
        for suffix in ("-shm", "-wal", ""):
            place = self._path.with_name(self._path.name + suffix)
            if place.exists():
                place.rename(aside.with_name(aside.name + suffix))
        self.notice = (
            f"the {self.noun} could not be read ({show(why, limit=80)}):"
            f" they begin anew{self.lost}; the old file is {show(aside.name)}"
        )
