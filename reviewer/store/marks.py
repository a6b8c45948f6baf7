"""Keeps what a reviewer has seen and reviewed: `marks.db`, apart from the cache because it cannot be pulled again.

What must stay true: a mark is written before it is shown as kept; a file that is damaged is moved aside and said, never
silently begun anew; two desks on one home share it without harm.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from reviewer.model.errors import ReviewerError
from reviewer.model.mark import Mark
from reviewer.store.opening import Damaged, Layout, is_damage, open_private
from reviewer.text import show

_LAYOUT: Final = Layout(
    """
create table if not exists marks (
    change_id text not null, key text not null, digest text not null, reviewed integer not null, at real not null,
    primary key (change_id, key)
) without rowid
""",
    1,
    ("journal_mode = wal", "synchronous = full"),
)


Row = tuple[str | int | float, ...]


class Marks:
    """The marks of one desk. Thread-safe. Raises ReviewerError where the disk refuses."""

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

    def of(self, change_id: str) -> list[Mark]:
        """The marks on a change."""
        question = "select key, digest, reviewed from marks where change_id = ? order by at, key"
        return [Mark(str(key), str(digest), bool(done)) for key, digest, done in self._ask(question, [(change_id,)])]

    def keep(self, change_id: str, marks: Iterable[Mark]) -> None:
        """Write marks. The revision in which a hunk was first shown stays as it was."""
        now = self._clock()
        rows: list[Row] = [(change_id, mark.key, mark.digest, int(mark.reviewed), now) for mark in marks]
        if rows:
            self._ask(
                "insert into marks values (?, ?, ?, ?, ?) on conflict (change_id, key)"
                " do update set reviewed = excluded.reviewed, at = excluded.at",
                rows,
            )

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
                        raise ReviewerError(
                            f"the marks cannot be kept: {show(str(error), limit=120)}", "see that the disk has room"
                        ) from None
                    self._move_aside(str(error))
        raise AssertionError("unreachable")

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = open_private(self._path, _LAYOUT)
            except OSError as error:
                raise ReviewerError(f"the marks cannot be opened: {error}", "see that the disk has room") from None
        return self._db

    def _move_aside(self, why: str) -> None:
        """Keep a damaged file beside its place, and begin another: what was seen is to be looked at again."""
        self.close()
        aside = self._path.with_name(f"{self._path.name}.broken-{int(self._clock())}-{os.getpid()}")
        for suffix in ("-shm", "-wal", ""):
            place = self._path.with_name(self._path.name + suffix)
            if place.exists():
                place.rename(aside.with_name(aside.name + suffix))
        self.notice = (
            f"the marks of what you have seen could not be read ({show(why, limit=80)}):"
            f" they begin anew; the old file is {show(aside.name)}"
        )
