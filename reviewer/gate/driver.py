"""Drives the reducer on SQLite: an event, the state after it and the steps that it asks for are one transaction.

What must stay true: only the gate opens this database; a step is a row keyed by (change, head, stage), done in the
same transaction as the event that it ends in, so that after a power cut an unfinished step is taken up again and a
finished one never.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.gate.lifecycle import Command, Event, Life, Refused, reduce
from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.text import Untrusted, show

_SCHEMA: Final = """
create table if not exists changes (
    change_id text primary key, repo_id text not null, origin blob not null, source blob not null unique,
    created_at real not null, updated_at real not null, seq integer not null, life blob not null
);
create table if not exists events (
    seq integer primary key autoincrement, change_id text not null, type text not null, at real not null,
    body blob not null
);
create table if not exists jobs (
    change_id text not null, head text not null, stage text not null, kind text not null, digest text not null,
    due real not null, state text not null, primary key (change_id, head, stage)
);
create table if not exists answered (request_id text primary key, body text not null);
create table if not exists facts (name text primary key, value text not null);
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change came from, as it was submitted."""

    repository: Untrusted
    branch: Untrusted
    target: Untrusted
    agent: Untrusted
    title: Untrusted


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change as the database holds it."""

    life: Life
    origin: Origin
    repo_id: str
    created_at: float
    updated_at: float
    seq: int


class Driver:
    """One gate's database. Thread-safe: one connection, one lock."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            path.chmod(0o600)
            # A step that was acknowledged must outlive a power cut: rollback journal, synced with its folder.
            self._db.execute("pragma journal_mode = delete")
            self._db.execute("pragma synchronous = extra")
            self._db.executescript(_SCHEMA)
            # Nobody else runs this gate's steps: what was running when the last one died is to be taken up again.
            self._db.execute("update jobs set state = 'queued' where state = 'running'")
            self._db.execute("insert or ignore into facts values ('gate', ?)", (uuid.uuid4().hex,))
            self.gate_id = str(self._db.execute("select value from facts where name = 'gate'").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise ReviewerError(
                f"the gate's database cannot be used: {error}", f"move it aside to begin anew: {show(str(path))}"
            ) from None

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def create(self, change_id: str, repo_id: str, origin: Origin, event: Event) -> Life:
        """Record the first event of a new change."""
        with self._transaction() as db:
            life, commands = reduce(None, event)
            now = self._clock()
            seq = self._append(db, change_id, event, now)
            source = to_json((repo_id, origin.branch, origin.target, change_id))
            db.execute(
                "insert into changes values (?, ?, ?, ?, ?, ?, ?, ?)",
                (change_id, repo_id, to_json(origin), source, now, now, seq, to_json(life)),
            )
            self._queue(db, commands, now, 0)
            return life

    def apply(
        self,
        change_id: str,
        event: Event,
        *,
        hold: float = 0,
        done: Command | None = None,
        once: tuple[str, str] | None = None,
    ) -> Life:
        """Reduce one event; `done` is the step that it ends, `hold` the seconds that a decision waits.

        `once` is a request's id and the digest of its body: the same pair again changes nothing, the same id with
        another body raises UsageError. Raises Refused where the reducer does, with nothing written.
        """
        with self._transaction() as db:
            if once is not None:
                if self._answered(db, *once):
                    return self._load(db, change_id).life
                db.execute("insert into answered values (?, ?)", once)
            before = self._load(db, change_id).life
            life, commands = reduce(before, event)
            now = self._clock()
            if life != before:
                seq = self._append(db, change_id, event, now)
                db.execute(
                    "update changes set life = ?, seq = ?, updated_at = ? where change_id = ?",
                    (to_json(life), seq, now, change_id),
                )
            self._queue(db, commands, now, hold)
            if done is not None:
                db.execute("update jobs set state = 'done' where change_id = ? and head = ? and stage = ?", done.key)
            return life

    def answered(self, request_id: str, body: str) -> bool:
        """Whether this very request was answered already. Raises UsageError where the id had another body."""
        with self._lock:
            return self._answered(self._db, request_id, body)

    def _answered(self, db: sqlite3.Connection, request_id: str, body: str) -> bool:
        known = db.execute("select body from answered where request_id = ?", (request_id,)).fetchone()
        if known and known[0] != body:
            raise UsageError("that id was used for something else", "make a new one for each decision")
        return known is not None

    def _append(self, db: sqlite3.Connection, change_id: str, event: Event, now: float) -> int:
        row = (change_id, type(event).__name__, now, to_json(event))
        cursor = db.execute("insert into events (change_id, type, at, body) values (?, ?, ?, ?)", row)
        return int(cursor.lastrowid or 0)

    def _queue(self, db: sqlite3.Connection, commands: tuple[Command, ...], now: float, hold: float) -> None:
        for command in commands:
            due = now + (hold if command.kind == "hold" else 0)
            db.execute(
                "insert or ignore into jobs values (?, ?, ?, ?, ?, ?, 'queued')",
                (*command.key, command.kind, command.digest, due),
            )

    def take(self) -> Command | None:
        """The next step that is due, marked as running; None where there is none."""
        with self._transaction() as db:
            row = db.execute(
                "select kind, change_id, head, digest, stage from jobs where state = 'queued' and due <= ?"
                " order by kind = 'run', due, rowid limit 1",
                (self._clock(),),
            ).fetchone()
            if row is None:
                return None
            command = Command(*row)
            db.execute("update jobs set state = 'running' where change_id = ? and head = ? and stage = ?", command.key)
            return command

    def drop(self, command: Command) -> None:
        """End a step that has no event: its revision is no longer current."""
        with self._transaction() as db:
            db.execute("update jobs set state = 'done' where change_id = ? and head = ? and stage = ?", command.key)

    def postpone(self, command: Command, seconds: float) -> None:
        """Put a step that failed back into the queue, to be taken up again later."""
        with self._transaction() as db:
            db.execute(
                "update jobs set state = 'queued', due = ? where change_id = ? and head = ? and stage = ?",
                (self._clock() + seconds, *command.key),
            )

    def _load(self, db: sqlite3.Connection, change_id: str) -> Recorded:
        row = db.execute(
            "select life, origin, repo_id, created_at, updated_at, seq from changes where change_id = ?", (change_id,)
        ).fetchone()
        if row is None:
            raise Refused("there is no such change")
        return Recorded(from_json(Life, row[0]), from_json(Origin, row[1]), *row[2:])

    def load(self, change_id: str) -> Recorded:
        """One change. Raises Refused where there is none."""
        with self._lock:
            return self._load(self._db, change_id)

    def all(self, after: int = 0) -> list[Recorded]:
        """Changes whose last event came after `after`, in order of that event."""
        with self._lock:
            rows = self._db.execute("select change_id from changes where seq > ? order by seq", (after,)).fetchall()
            return [self._load(self._db, row[0]) for row in rows]

    def events(self, after: int) -> list[tuple[int, str, str, float]]:
        """(sequence number, change, type, time) of each event after `after`."""
        with self._lock:
            return self._db.execute(
                "select seq, change_id, type, at from events where seq > ? order by seq", (after,)
            ).fetchall()
