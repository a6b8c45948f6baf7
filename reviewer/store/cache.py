"""Keeps what a desk has pulled, and the reviewer's drafts: `cache.db`, in write-ahead mode.

What must stay true: everything but drafts can be pulled again, so a file that cannot be read is moved aside and begun
anew with the drafts that it still held, and `notice` says so; two desks on one home share it without harm.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from reviewer.model.change import Change, ChangeDetail
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.errors import ReviewerError
from reviewer.store.opening import Damaged, Layout, is_damage, open_private
from reviewer.store.salvage import drafts_in
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
create table if not exists scans (span text primary key, body blob not null)
""",
    1,
    ("journal_mode = wal", "synchronous = normal"),
)
_SAVE_DRAFT: Final = "insert or replace into drafts values (?, ?, ?, ?)"

T = TypeVar("T")
_Row = tuple[object, ...]
_Values = Sequence[str | bytes | int | float]


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that was not sent yet."""

    change_id: str
    comment: Comment


class Cache:
    """One desk's cache. Thread-safe: one connection, one lock. Raises ReviewerError where the disk refuses."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.notice = ""
        self._path = path
        self._clock = clock
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
            return db, self._path.stat().st_ino
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._refused(error) from None

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

    def _ask(self, question: str, values: _Values = (), read: Callable[[_Row], T] | None = None) -> list[T]:
        """Run one statement, its rows read by `read`; a broken file is begun anew once and asked again."""
        with self._lock:
            for last in (False, True):
                try:
                    if not self._here():
                        self._db.close()
                        self._db, self._inode = self._opened()
                    rows = self._db.execute(question, tuple(values)).fetchall()
                    if not self._here() and not last:
                        continue  # moved aside by another desk meanwhile: what was written is written again
                    return [read(row) for row in rows] if read else []
                except sqlite3.DatabaseError as error:
                    if last or not is_damage(error):
                        raise ReviewerError(
                            f"the desk's cache cannot be used: {error}", "see that the disk has room"
                        ) from None
                    why = str(error)
                except ReviewerError as error:
                    # A row that does not decode: bytes that rotted, or another version's.
                    if last or read is None or not error.message.startswith("not a valid"):
                        raise
                    why = "a row does not decode"
                self._db.close()
                self._db, self._inode = self._begun_anew(why)
        return []

    # --- changes ----------------------------------------------------------------------------------------------------

    def put(self, detail: ChangeDetail) -> None:
        """Keep a change as it was pulled, unless a newer state of it is here: two desks may pull at once."""
        change = detail.change
        self._ask(
            "insert into changes values (?, ?, ?, ?, ?) on conflict (change_id) do update set seq = excluded.seq,"
            " repo_id = excluded.repo_id, line = excluded.line, detail = excluded.detail"
            " where excluded.seq >= changes.seq",
            (change.change_id, change.seq, change.repo_id, to_json(change), to_json(detail)),
        )

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
        self._ask("delete from changes")

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


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
