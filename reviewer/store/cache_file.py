"""Opens the desk's cache, mends it and fills its inbox anew: the ground of `cache`.

What must stay true: a file that cannot be read is moved aside once and begun anew with what it held of drafts, what was
looked at and what sleeps; two desks on one home share it without harm.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Final, TypeVar

from reviewer.model.errors import ReviewerError
from reviewer.store.inbox import SCHEMA
from reviewer.store.opening import Damaged, Layout, is_damage, open_private
from reviewer.text import show

_LAYOUT: Final = Layout(
    """
create table if not exists changes (
    change_id text primary key, seq integer not null, repo_id text not null, line blob not null, detail blob not null
);
create table if not exists facts (name text primary key, value text not null);
create table if not exists drafts (
    draft_id text primary key, change_id text not null, body blob not null, saved_at real not null
);
create table if not exists scans (span text primary key, body blob not null);
"""
    + SCHEMA,
    2,
    ("journal_mode = wal", "synchronous = normal", "cache_size = -1000"),
)
SAVE_DRAFT: Final = "insert or replace into drafts values (?, ?, ?, ?)"
SAVE_LOOKED: Final = "insert or replace into looked values (?, ?, ?, ?, ?, ?)"
SAVE_SNOOZED: Final = "insert or replace into snoozed values (?, ?, ?, ?)"
_MADE: Final = "inbox made by"
_FORM: Final = 2
"""How `inbox` is filled: a table that was filled in another way is filled anew."""
_AT_ONCE: Final = 500
"""Rows that are filled anew before anything is read."""

T = TypeVar("T")
_Row = tuple[object, ...]
_Values = Sequence[str | bytes | int | float]


class CacheFile:
    """The file of one desk's cache. Thread-safe: one connection, one lock. Raises ReviewerError where the disk refuses.

    `me` is the reviewer's name, by which it is told whose turn a change is. Where another name or form filled the
    inbox's table, it is filled anew; with `behind` by whoever calls `refill`, until which more and more of it is right.
    `named` gives the name of the repository that a folder is a worktree of.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, me: str = "", *, behind: bool = False,
        named: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        self.notice = ""
        self._behind = behind
        self._named = named or (lambda folder: PurePath(folder).name)
        self._filled_to: str | None = None
        self._path = path
        self._clock = clock
        self._me = me
        self._lock = threading.RLock()
        self._inode = 0
        self._db, self._inode = self._opened()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # --- the file ---------------------------------------------------------------------------------------------------

    def _opened(self) -> tuple[sqlite3.Connection, int]:
        try:
            with self._locked(fcntl.LOCK_SH):
                return self._plainly()
        except Damaged as why:
            return self._begun_anew(str(why))

    def _plainly(self) -> tuple[sqlite3.Connection, int]:
        try:
            db = open_private(self._path, _LAYOUT)
            self._filled(db)
            return db, self._path.stat().st_ino
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._refused(error) from None

    def _filled(self, db: sqlite3.Connection) -> None:
        """Fill the inbox's table from what is here, where another form or name filled it."""
        asked = "select value from facts where name = ?"
        try:
            self._filled_to = None
            if db.execute(asked, (_MADE,)).fetchone() == (self._made_by,):
                return
            self._filled_to = ""
            while self._filled_to is not None:
                self._fill_on(db, _AT_ONCE)
                if self._behind:
                    return
        except sqlite3.DatabaseError as error:
            db.close()
            if is_damage(error):
                raise Damaged(str(error)) from None
            raise
        except ReviewerError as error:
            db.close()
            raise Damaged(error.message) from None
        except UnicodeDecodeError:
            db.close()
            raise Damaged("a text in it is not what it was") from None

    @property
    def _made_by(self) -> str:
        return f"{_FORM} {self._me}".encode("utf-8", "replace").decode()

    def _fill_on(self, db: sqlite3.Connection, many: int) -> None:
        """Fill `many` rows anew, from where that ended; once it is done, note for whom."""
        from reviewer.store import filling

        after = self._filled_to
        if after is None:
            return
        with _transaction(db):
            last = filling.refill(db, self._me, after, many, self._named)
            if last is None:
                db.execute("insert or replace into facts values (?, ?)", (_MADE, self._made_by))
        self._filled_to = last

    def refill(self, many: int) -> int:
        """Fill `many` rows of the inbox anew where that is to be done; how many are left."""

        def fill(db: sqlite3.Connection) -> int:
            self._fill_on(db, many)
            if self._filled_to is None:
                return 0
            left = "select (select count(*) from changes where change_id > ?1) + "
            left += "(select count(*) from found where change_id > ?1)"
            return int(db.execute(left, (self._filled_to,)).fetchone()[0]) or 1

        return self._do(fill) if self._filled_to is not None else 0

    def _refused(self, error: Exception) -> ReviewerError:
        hint = f"see that the disk has room and that {show(str(self._path))} can be written"
        return ReviewerError(f"the desk's cache cannot be opened: {error}", hint)

    def _begun_anew(self, why: str) -> tuple[sqlite3.Connection, int]:
        """Move the file aside and bring its drafts into a new one; done once, by the first of several desks."""
        with self._locked(fcntl.LOCK_EX):
            try:
                db, inode = self._plainly()
                if inode != self._inode:
                    return db, inode  # another desk was first
                db.close()
            except Damaged as again:
                why = str(again)
            aside = self._path.with_name(f"{self._path.name}.broken-{int(self._clock())}-{os.getpid()}")
            for suffix in ("-shm", "-wal", ""):
                place = self._path.with_name(self._path.name + suffix)
                if place.exists():
                    place.rename(aside.with_name(aside.name + suffix))
            from reviewer.store.salvage import drafts_in, looked_in, snoozed_in

            drafts = drafts_in(aside)
            db, inode = self._plainly()
            db.executemany(SAVE_DRAFT, drafts)
            db.executemany(SAVE_LOOKED, looked_in(aside))
            db.executemany(SAVE_SNOOZED, snoozed_in(aside))
            self.notice = (
                f"the cache could not be read ({show(why, limit=80)}) and is pulled again;"
                f" {len(drafts)} drafts were brought over; the old file is {show(aside.name)}"
            )
            return db, inode

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the lock of the file's name: shared to open what stands there, alone to put another in its place."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._path.with_name("cache.lock").open("a")
        except OSError as error:
            raise self._refused(error) from None
        with lock:
            fcntl.flock(lock, how)
            yield

    def _here(self) -> bool:
        """Whether the file that is open still is the one that has the name."""
        try:
            return self._path.stat().st_ino == self._inode
        except OSError:
            return False

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work on the file; one that turns out broken is begun anew once and worked on again."""
        with self._lock:
            for last in (False, True):
                try:
                    if not self._here():
                        self._db.close()
                        self._db, self._inode = self._opened()
                    done = work(self._db)
                    if not self._here() and not last:
                        continue  # moved aside by another desk meanwhile: what was written is written again
                    return done
                except sqlite3.DatabaseError as error:
                    if last or not is_damage(error):
                        raise ReviewerError(
                            f"the desk's cache cannot be used: {error}", "see that the disk has room"
                        ) from None
                    why = str(error)
                except ReviewerError as error:
                    # A row that does not decode: bytes that rotted, or another version's.
                    if last or not error.message.startswith("not a valid"):
                        raise
                    why = "a row does not decode"
                self._db.close()
                self._db, self._inode = self._begun_anew(why)
        raise AssertionError("the second time returns or raises")

    def _ask(self, question: str, values: _Values = (), read: Callable[[_Row], T] | None = None) -> list[T]:
        """Run one statement, its rows read by `read`."""

        def work(db: sqlite3.Connection) -> list[T]:
            rows = db.execute(question, tuple(values)).fetchall()
            return [read(row) for row in rows] if read else []

        return self._do(work)

    def _write(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Work in one transaction."""

        def whole(db: sqlite3.Connection) -> None:
            with _transaction(db):
                work(db)

        self._do(whole)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise
