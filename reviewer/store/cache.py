"""Keeps what a desk has pulled, and the reviewer's drafts: `cache.db`, in write-ahead mode.

What must stay true: everything but drafts can be pulled again, so a corrupt file is moved aside and begun anew, and
`notice` says so; two desks on one home share it without harm.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.change import Change, ChangeDetail
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.errors import ReviewerError
from reviewer.text import show

_SCHEMA: Final = """
create table if not exists changes (
    change_id text primary key, seq integer not null, repo_id text not null, line blob not null, detail blob not null
);
create table if not exists facts (name text primary key, value text not null);
create table if not exists drafts (
    draft_id text primary key, change_id text not null, body blob not null, saved_at real not null
);
create table if not exists scans (span text primary key, body blob not null);
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that was not sent yet."""

    change_id: str
    comment: Comment


class Cache:
    """One desk's cache. Thread-safe: one connection, one lock. Raises ReviewerError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self.notice = ""
        self._lock = threading.RLock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                raise ReviewerError(
                    f"the desk's cache cannot be opened: {error}", f"see that {show(str(path))} can be written"
                ) from None
            aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
            path.rename(aside)
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self.notice = f"the cache was damaged and is pulled again; the old file is {show(aside.name)}"
            self._db = self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        path.chmod(0o600)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        db.executescript(_SCHEMA)
        db.execute("select count(*) from changes").fetchone()
        return db

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.DatabaseError as error:
                raise ReviewerError(f"the desk's cache cannot be used: {error}", "see that the disk has room") from None

    # --- changes ----------------------------------------------------------------------------------------------------

    def put(self, detail: ChangeDetail) -> None:
        """Keep a change as it was pulled."""
        change = detail.change
        with self._using() as db:
            db.execute(
                "insert or replace into changes values (?, ?, ?, ?, ?)",
                (change.change_id, change.seq, change.repo_id, to_json(change), to_json(detail)),
            )

    def changes(self) -> list[Change]:
        """Every change, newest event last."""
        with self._using() as db:
            rows = db.execute("select line from changes order by seq").fetchall()
        return [from_json(Change, row[0]) for row in rows]

    def detail(self, change_id: str) -> ChangeDetail | None:
        with self._using() as db:
            row = db.execute("select detail from changes where change_id = ?", (change_id,)).fetchone()
        return from_json(ChangeDetail, row[0]) if row else None

    def matching(self, prefix: str) -> list[str]:
        """Ids of changes that begin with `prefix`."""
        with self._using() as db:
            rows = db.execute(
                "select change_id from changes where substr(change_id, 1, ?) = ?", (len(prefix), prefix)
            ).fetchall()
        return [row[0] for row in rows]

    def forget_changes(self) -> None:
        """Drop what was pulled: another gate answers now. Drafts stay."""
        with self._using() as db:
            db.execute("delete from changes")

    # --- facts: cursor, gate, time of the last pull -----------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        with self._using() as db:
            row = db.execute("select value from facts where name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_fact(self, name: str, value: str) -> None:
        with self._using() as db:
            db.execute("insert or replace into facts values (?, ?)", (name, value))

    # --- drafts -----------------------------------------------------------------------------------------------------

    def save_draft(self, draft: Draft, now: float) -> None:
        with self._using() as db:
            db.execute(
                "insert or replace into drafts values (?, ?, ?, ?)",
                (draft.comment.comment_id, draft.change_id, to_json(draft.comment), now),
            )

    def drop_draft(self, draft_id: str) -> None:
        with self._using() as db:
            db.execute("delete from drafts where draft_id = ?", (draft_id,))

    def drafts(self, change_id: str) -> list[Comment]:
        """The drafts on a change, oldest first."""
        with self._using() as db:
            rows = db.execute(
                "select body from drafts where change_id = ? order by saved_at, draft_id", (change_id,)
            ).fetchall()
        return [from_json(Comment, row[0]) for row in rows]

    # --- scans of branches that nobody submitted --------------------------------------------------------------------

    def scan(self, span: str) -> bytes | None:
        """What was kept under `span`, a base and a head."""
        with self._using() as db:
            row = db.execute("select body from scans where span = ?", (span,)).fetchone()
        return bytes(row[0]) if row else None

    def keep_scan(self, span: str, body: bytes) -> None:
        with self._using() as db:
            db.execute("insert or replace into scans values (?, ?)", (span, body))
