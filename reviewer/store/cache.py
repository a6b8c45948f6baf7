"""Keeps what a desk has pulled, the reviewer's drafts, and what they looked at: `cache.db`, in write-ahead mode.

What must stay true: everything but drafts, `looked` and `snoozed` can be pulled again, so a file that cannot be read is
moved aside and begun anew with what it still held of those, and `notice` says so; two desks on one home share it
without harm.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from reviewer.model.attention import Turn
from reviewer.model.change import Change, ChangeDetail, FileSize
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.errors import ReviewerError
from reviewer.model.listing import Counts, Listing, Looked, Order, Row, Snooze
from reviewer.model.query import Query
from reviewer.store import inbox
from reviewer.store.opening import Damaged, Layout, connect, is_damage, open_private
from reviewer.store.salvage import drafts_in, looked_in, snoozed_in
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
    + inbox.SCHEMA,
    2,
    ("journal_mode = wal", "synchronous = normal", "cache_size = -1000"),
)
_SAVE_DRAFT: Final = "insert or replace into drafts values (?, ?, ?, ?)"
_SAVE_LOOKED: Final = "insert or replace into looked values (?, ?, ?, ?, ?, ?)"
_SAVE_SNOOZED: Final = "insert or replace into snoozed values (?, ?, ?, ?)"
_MADE: Final = "inbox made by"
_FORM: Final = 1
"""How `inbox` is filled: a table that was filled in another way is made anew."""
_HEADS: Final = 500
"""Heads that are asked about at once."""

T = TypeVar("T")
_Row = tuple[object, ...]
_Values = Sequence[str | bytes | int | float]


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that was not sent yet."""

    change_id: str
    comment: Comment


class Cache:
    """One desk's cache. Thread-safe: one connection, one lock. Raises ReviewerError where the disk refuses.

    `me` is the reviewer's name, by which it is told whose turn a change is.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time, me: str = "") -> None:
        self.notice = ""
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
        """Make the inbox's table from what is here, where another form or name made it."""
        asked = "select value from facts where name = ?"
        made_by = f"{_FORM} {self._me}".encode("utf-8", "replace").decode()
        try:
            if db.execute(asked, (_MADE,)).fetchone() == (made_by,):
                return
            with _transaction(db):
                inbox.rebuild(db, self._me)
                db.execute("insert or replace into facts values (?, ?)", (_MADE, made_by))
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
            drafts = drafts_in(aside)
            db, inode = self._plainly()
            db.executemany(_SAVE_DRAFT, drafts)
            db.executemany(_SAVE_LOOKED, looked_in(aside))
            db.executemany(_SAVE_SNOOZED, snoozed_in(aside))
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

    # --- changes ----------------------------------------------------------------------------------------------------

    def put(self, detail: ChangeDetail) -> None:
        """Keep a change as it was pulled, unless a newer state of it is here: two desks may pull at once."""

        def put(db: sqlite3.Connection) -> None:
            weighed = inbox.weighed(db, detail)
            change = weighed.change
            line = (change.change_id, change.seq, change.repo_id, to_json(change), to_json(weighed))
            kept = db.execute(
                "insert into changes values (?, ?, ?, ?, ?) on conflict (change_id) do update set seq = excluded.seq,"
                " repo_id = excluded.repo_id, line = excluded.line, detail = excluded.detail"
                " where excluded.seq >= changes.seq",
                line,
            )
            if kept.rowcount:
                inbox.put_change(db, weighed, self._me)

        self._write(put)

    def changes(self) -> list[Change]:
        """Every change, newest event last."""
        return self._ask("select line from changes order by seq", (), lambda row: from_json(Change, _bytes(row[0])))

    def detail(self, change_id: str) -> ChangeDetail | None:
        question = "select detail from changes where change_id = ?"
        found = self._ask(question, (change_id,), lambda row: from_json(ChangeDetail, _bytes(row[0])))
        return found[0] if found else None

    def matching(self, prefix: str) -> list[str]:
        """Ids of changes that begin with `prefix`."""
        question = "select change_id from changes where substr(change_id, 1, ?) = ?"
        return self._ask(question, (len(prefix), prefix), lambda row: str(row[0]))

    def forget_changes(self) -> None:
        """Drop what was pulled: another gate answers now. Drafts stay."""

        def forget(db: sqlite3.Connection) -> None:
            db.execute("delete from paths where id in (select id from inbox join changes using (change_id))")
            db.execute("delete from inbox where change_id in (select change_id from changes)")
            db.execute("delete from changes")

        self._write(forget)

    # --- the inbox ----------------------------------------------------------------------------------------------------

    def listing(
        self, repo_id: str | None, query: Query, order: Order, *, decided: bool, limit: int | None = None
    ) -> Listing:
        """Ids of rows in order. Without a `limit` it is read beside everything else, which may go on meanwhile."""
        now = self._clock()

        def read(db: sqlite3.Connection) -> Listing:
            return inbox.listing(db, repo_id, query, order, now, decided=decided, limit=limit)

        if limit is None:
            try:
                db = connect(self._path, read_only=True)
                try:
                    return read(db)
                finally:
                    db.close()
            except sqlite3.Error:
                pass  # asked again where damage is mended
        return self._do(read)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows of some ids that are still here."""
        return self._do(lambda db: inbox.rows(db, ids))

    def counts(self, repo_id: str | None) -> Counts:
        return self._do(lambda db: inbox.counts(db, repo_id, self._clock()))

    def values_of(self, repo_id: str | None, column: str) -> list[str]:
        """The commonest values of a column, in small letters."""
        return self._do(lambda db: inbox.values_of(db, repo_id, column))

    def looked(self, change_id: str, at: Looked) -> None:
        """Keep what a change was like when it was looked at; whatever it slept until has come."""
        values = (change_id, at.revision, at.comments, at.run, at.state, self._clock())
        self._ask(_SAVE_LOOKED, values)

    def snooze(self, change_ids: Collection[str], until: Snooze | None) -> None:
        """Let changes sleep; None wakes them."""

        def put(db: sqlite3.Connection) -> None:
            for change_id in change_ids:
                if until is None:
                    db.execute("delete from snoozed where change_id = ?", (change_id,))
                else:
                    db.execute(_SAVE_SNOOZED, (change_id, until.until, until.revision, int(until.run)))

        self._write(put)

    # --- branches that nobody submitted -----------------------------------------------------------------------------

    def found(self, repo_id: str) -> list[Change]:
        """The branches of a repository that were found, newest first."""
        # In this order of tables: what was found is few beside what the inbox may hold.
        tables = "found cross join inbox using (change_id)"
        question = f"select line from {tables} where repo_id = ? order by created desc, id"
        return self._ask(question, (repo_id,), lambda row: from_json(Change, _bytes(row[0])))

    def put_found(self, changes: Sequence[tuple[Change, Sequence[FileSize]]], gone: Sequence[str] = ()) -> None:
        """List branches that are new or different, and no longer those that are `gone`."""

        def put(db: sqlite3.Connection) -> None:
            inbox.drop(db, gone)
            inbox.put_found(db, changes)

        self._write(put)

    def submitted(self, repo_id: str, heads: Sequence[str]) -> set[str]:
        """Those of `heads` that are of a submitted change of a repository."""
        known: set[str] = set()
        for start in range(0, len(heads), _HEADS):
            some = heads[start : start + _HEADS]
            # A plus keeps the index of the repository, which holds every row, from being used for it.
            places = ", ".join("?" * len(some))
            question = f"select head from inbox where head in ({places}) and +repo_id = ? and turn <> ?"
            known.update(self._ask(question, (*some, repo_id, Turn.FOUND.place), lambda row: str(row[0])))
        return known

    # --- facts: cursor, gate, time of the last pull -----------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        found = self._ask("select value from facts where name = ?", (name,), lambda row: str(row[0]))
        return found[0] if found else None

    def set_fact(self, name: str, value: str) -> None:
        self._ask("insert or replace into facts values (?, ?)", (name, value))

    # --- drafts -----------------------------------------------------------------------------------------------------

    def save_draft(self, draft: Draft, now: float) -> None:
        self._ask(_SAVE_DRAFT, (draft.comment.comment_id, draft.change_id, to_json(draft.comment), now))

    def drop_draft(self, draft_id: str) -> None:
        self._ask("delete from drafts where draft_id = ?", (draft_id,))

    def drafts(self, change_id: str) -> list[Comment]:
        """The drafts on a change, oldest first."""
        question = "select body from drafts where change_id = ? order by saved_at, draft_id"
        return self._ask(question, (change_id,), lambda row: from_json(Comment, _bytes(row[0])))

    # --- scans of branches that nobody submitted --------------------------------------------------------------------

    def scan(self, span: str) -> bytes | None:
        """What was kept under `span`, a base and a head."""
        found = self._ask("select body from scans where span = ?", (span,), lambda row: _bytes(row[0]))
        return found[0] if found else None

    def keep_scan(self, span: str, body: bytes) -> None:
        self._ask("insert or replace into scans values (?, ?)", (span, body))


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


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
