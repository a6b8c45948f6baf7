"""Drives the reducer on SQLite: an event, the state after it and the steps that it asks for are one transaction.

What must stay true: only the gate opens this database; a step is a row keyed by (change, digest, stage), done in the
same transaction as the event that it ends in, so that after a power cut an unfinished step is taken up again and a
finished one never; a damaged file is refused by name and never begun anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.gate.events import STOP, Command, Decided, Event, Life, Refused, StepFailed
from reviewer.gate.lifecycle import reduce
from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError, UnreachableError, UsageError
from reviewer.store.opening import refuse_open_to_others
from reviewer.text import Untrusted, show

_FORMAT: Final = 1
_SCHEMA: Final = """
create table if not exists changes (
    change_id text primary key, repo_id text not null, origin blob not null, source blob not null unique,
    created_at real not null, updated_at real not null, seq integer not null, life blob not null
);
create index if not exists changes_by_seq on changes (seq);
create index if not exists changes_by_repository on changes (repo_id, seq);
create table if not exists events (
    seq integer primary key autoincrement, change_id text not null, type text not null, at real not null,
    body blob not null
);
create table if not exists jobs (
    change_id text not null, head text not null, stage text not null, kind text not null, digest text not null,
    due real not null, state text not null, tries integer not null, primary key (change_id, digest, stage)
);
create index if not exists jobs_by_state on jobs (state, due);
create table if not exists answered (request_id text primary key, body text not null);
create table if not exists keys (owner text primary key, public text not null, since real not null);
create table if not exists facts (name text primary key, value text not null);
create table if not exists cleared (name text primary key, at real not null, bound integer not null);
"""
KINDS: Final = ("hold", "land", "pass", "scan", "judge", "run")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change came from, as it was submitted. `bundled`: its commits came along, its branch is elsewhere."""

    repository: Untrusted
    branch: Untrusted
    target: Untrusted
    agent: Untrusted
    title: Untrusted
    bundled: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change as it stood at `read_at`. `active` names the stages of its current revision that are under way."""

    life: Life
    origin: Origin
    repo_id: str
    created_at: float
    updated_at: float
    seq: int
    active: frozenset[str] = frozenset()
    read_at: float = 0.0


class Driver:
    """One gate's database. Thread-safe: one connection, one lock. `on_stop` hears of each step that is to end."""

    def __init__(
        self, path: Path, clock: Callable[[], float], on_stop: Callable[[Command], None] = lambda _command: None
    ) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._path = path
        self._on_stop = on_stop
        # Raised by every step that is asked for, so that whoever does steps need not look all the time.
        self._asked = threading.Condition()
        self._newest = 0
        # Queues read before and after a restart are different answers, though no event came between.
        self.boot = uuid.uuid4().hex[:8]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in (path.parent, path):
            if os.path.lexists(place):
                refuse_open_to_others(place)
        with self._using():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            path.chmod(0o600)
            # A step that was acknowledged must outlive a power cut: rollback journal, synced with its folder.
            self._db.execute("pragma journal_mode = delete")
            self._db.execute("pragma synchronous = extra")
            self._check()
            # Tables and format at once: a gate that dies here leaves an empty file, which is begun again.
            self._db.executescript(f"begin immediate; {_SCHEMA}; pragma user_version = {_FORMAT}; commit;")
            # Nobody else runs this gate's steps: what was running when the last one died is to be taken up again.
            self._db.execute("update jobs set state = 'queued' where state = 'running'")
            self._db.execute("insert or ignore into facts values ('gate', ?)", (uuid.uuid4().hex,))
            self.gate_id = str(self._db.execute("select value from facts where name = 'gate'").fetchone()[0])
            self._newest = int(self._db.execute("select coalesce(max(seq), 0) from events").fetchone()[0])

    def _check(self) -> None:
        found = self._db.execute("pragma user_version").fetchone()[0]
        used = self._db.execute("select count(*) from sqlite_master").fetchone()[0]
        if used and found != _FORMAT:
            raise ReviewerError(
                f"the gate's database has format {found}, and this version of reviewer reads format {_FORMAT}",
                f"use the version that made it, or move it aside to begin anew: {show(str(self._path))}",
            )
        state = self._db.execute("pragma quick_check(1)").fetchone()[0]
        if state != "ok":
            raise sqlite3.DatabaseError("it is damaged")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.OperationalError as error:
                # A full disk, a folder that is away: nothing was written, and the same call may do later.
                raise UnreachableError(
                    f"the gate's database cannot be used: {error}",
                    f"see that the disk has room and that this can be written: {show(str(self._path))}",
                ) from None
            except sqlite3.DatabaseError as error:
                raise ReviewerError(
                    f"the gate's database cannot be used: {error}",
                    f"nothing was changed; restore it from a copy, or move it aside to begin anew: "
                    f"{show(str(self._path))}",
                ) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._using():
            self._db.execute("begin immediate")
            newest = self._newest
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                # The next event gets the number that this one does not keep.
                self._newest = newest
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    # --- events -----------------------------------------------------------------------------------------------------

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
        self._tell(commands)
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
            life, commands = self._reduce(db, change_id, event, hold)
            if done is not None:
                self._mark(db, done, "done")
        self._tell(commands)
        return life

    def fail(self, command: Command, why: str, waits: Sequence[float]) -> bool:
        """Note that a step raised. It is due again after the next of `waits`, or given up; returns whether it was.

        A decision's hold is never given up: the decision would be lost.
        """
        with self._transaction() as db:
            where = "change_id = ? and digest = ? and stage = ?"
            row = db.execute(f"select tries from jobs where {where} and state = 'running'", command.key).fetchone()
            if row is None:
                return False
            last = row[0] >= len(waits) and command.kind != "hold"
            event = StepFailed(command.digest, command.stage, why, last)
            _life, commands = self._reduce(db, command.change_id, event, 0)
            due = self._clock() + (0 if last else waits[min(row[0], len(waits) - 1)] if waits else 0)
            db.execute(
                f"update jobs set state = ?, due = ?, tries = tries + 1 where {where}",
                ("failed" if last else "queued", due, *command.key),
            )
        self._tell(commands)
        return last

    def _reduce(
        self, db: sqlite3.Connection, change_id: str, event: Event, hold: float
    ) -> tuple[Life, tuple[Command, ...]]:
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
        return life, commands

    def _tell(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if command.kind == STOP:
                self._on_stop(command)
        if commands:
            self.wake()

    def wake(self) -> None:
        """Have everybody who waits for a step look again."""
        with self._asked:
            self._asked.notify_all()

    def wait(self, kinds: Sequence[str], longest: float, stopping: threading.Event) -> None:
        """Wait until a step of one of `kinds` may be due or `stopping` is set, `longest` seconds at most."""
        marks = ", ".join("?" * len(kinds))
        with self._asked:
            with self._using():
                due = self._db.execute(
                    f"select min(due) from jobs where state = 'queued' and kind in ({marks})", tuple(kinds)
                ).fetchone()[0]
            left = longest if due is None else min(longest, due - self._clock())
            # Whoever stops us sets the one before it notifies the other.
            if left > 0 and not stopping.is_set():
                self._asked.wait(left)

    def answered(self, request_id: str, body: str) -> bool:
        """Whether this very request was answered already. Raises UsageError where the id had another body."""
        with self._using():
            return self._answered(self._db, request_id, body)

    def _answered(self, db: sqlite3.Connection, request_id: str, body: str) -> bool:
        known = db.execute("select body from answered where request_id = ?", (request_id,)).fetchone()
        if known and known[0] != body:
            raise UsageError("that id was used for something else", "make a new one for each decision")
        return known is not None

    def _append(self, db: sqlite3.Connection, change_id: str, event: Event, now: float) -> int:
        row = (change_id, type(event).__name__, now, to_json(event))
        cursor = db.execute("insert into events (change_id, type, at, body) values (?, ?, ?, ?)", row)
        self._newest = int(cursor.lastrowid or 0)
        return self._newest

    # --- steps ------------------------------------------------------------------------------------------------------

    def _queue(self, db: sqlite3.Connection, commands: tuple[Command, ...], now: float, hold: float) -> None:
        for command in commands:
            if command.kind == STOP:
                self._mark(db, command, "done")
                continue
            due = now + (hold if command.kind == "hold" else 0)
            # Asked for again, a step that was given up begins anew; one that is queued or done stays as it is.
            db.execute(
                "insert into jobs values (?, ?, ?, ?, ?, ?, 'queued', 0)"
                " on conflict do update set state = 'queued', due = excluded.due, tries = 0 where state = 'failed'",
                (command.change_id, command.head, command.stage, command.kind, command.digest, due),
            )

    def _mark(self, db: sqlite3.Connection, command: Command, state: str) -> None:
        row = (state, *command.key)
        db.execute("update jobs set state = ? where change_id = ? and digest = ? and stage = ?", row)

    def take(self, kinds: Sequence[str] = KINDS) -> Command | None:
        """The next step of one of `kinds` that is due, marked as running; None where there is none."""
        marks = ", ".join("?" * len(kinds))
        with self._using():
            wanted = (
                "select kind, change_id, head, digest, stage from jobs where state = 'queued' and due <= ?"
                f" and kind in ({marks}) order by kind = 'run', due, rowid limit 1"
            )
            # Looked for outside a transaction first: most looks find nothing, and need not touch the disk.
            if self._db.execute(wanted, (self._clock(), *kinds)).fetchone() is None:
                return None
            with self._transaction() as db:
                row = db.execute(wanted, (self._clock(), *kinds)).fetchone()
                command = Command(*row)
                self._mark(db, command, "running")
                return command

    def drop(self, command: Command) -> None:
        """End a step that has no event: its revision is no longer current, or it was stopped."""
        with self._transaction() as db:
            self._mark(db, command, "done")

    def pending(self) -> int:
        """How many steps are queued, under way, or wait to be tried again."""
        with self._using():
            row = self._db.execute("select count(*) from jobs where state in ('queued', 'running')").fetchone()
            return int(row[0])

    def waiting_runs(self) -> list[tuple[str, str]]:
        """(change, stage) of each queued run, the next one first."""
        with self._using():
            return self._db.execute(
                "select change_id, stage from jobs where state = 'queued' and kind = 'run' order by due, rowid"
            ).fetchall()

    # --- reading ----------------------------------------------------------------------------------------------------

    def _rows(self, db: sqlite3.Connection, where: str, arguments: Sequence[object]) -> list[Recorded]:
        active = db.execute("select change_id, digest, stage from jobs where state = 'running'").fetchall()
        rows = db.execute(
            f"select life, origin, repo_id, created_at, updated_at, seq from changes where {where}", arguments
        ).fetchall()
        found = []
        for row in rows:
            life = from_json(Life, row[0])
            mine = frozenset(s for c, d, s in active if (c, d) == (life.change_id, life.current.digest))
            found.append(Recorded(life, from_json(Origin, row[1]), row[2], row[3], row[4], row[5], mine, self._clock()))
        return found

    def _load(self, db: sqlite3.Connection, change_id: str) -> Recorded:
        rows = self._rows(db, "change_id = ?", (change_id,))
        if not rows:
            raise Refused("there is no such change")
        return rows[0]

    def load(self, change_id: str) -> Recorded:
        """One change. Raises Refused where there is none."""
        with self._using():
            return self._load(self._db, change_id)

    def all(self, after: int = 0, limit: int = -1) -> list[Recorded]:
        """Changes whose last event came after `after`, in order of that event."""
        with self._using():
            return self._rows(self._db, "seq > ? order by seq limit ?", (after, limit))

    def of_repository(self, repo_id: str) -> list[Recorded]:
        """The changes of one repository, newest event first."""
        with self._using():
            return self._rows(self._db, "repo_id = ? order by seq desc", (repo_id,))

    @property
    def newest(self) -> int:
        """The sequence number of the newest event, told without a look into the database."""
        return self._newest

    def events(self, after: int, limit: int = 1000) -> list[tuple[int, str, str, float]]:
        """(sequence number, change, type, time) of the next events after `after`."""
        with self._using():
            return self._db.execute(
                "select seq, change_id, type, at from events where seq > ? order by seq limit ?", (after, limit)
            ).fetchall()

    def decided(self, change_id: str) -> set[str]:
        """The digests of the revisions that decisions were taken on."""
        with self._using():
            rows = self._db.execute("select body from events where change_id = ? and type = 'Decided'", (change_id,))
            return {from_json(Decided, body).decision.digest for (body,) in rows}

    # --- keys -------------------------------------------------------------------------------------------------------

    def key_of(self, owner: str) -> str | None:
        """The public key that `owner`'s first decision was signed with."""
        with self._using():
            row = self._db.execute("select public from keys where owner = ?", (owner,)).fetchone()
            return str(row[0]) if row else None

    def keep_key(self, owner: str, public: str) -> None:
        """Remember a key, unless the owner has one already."""
        with self._transaction() as db:
            db.execute("insert or ignore into keys values (?, ?, ?)", (owner, public, self._clock()))

    # --- blobs ------------------------------------------------------------------------------------------------------

    def clear(self, names: Sequence[str], limit: int) -> None:
        """Write down that blobs go, to stay under `limit` bytes."""
        with self._transaction() as db:
            rows = [(name, self._clock(), limit) for name in names]
            db.executemany("insert or replace into cleared values (?, ?, ?)", rows)

    def cleared(self, name: str) -> int | None:
        """The limit under which a blob went; None where it did not."""
        with self._using():
            row = self._db.execute("select bound from cleared where name = ?", (name,)).fetchone()
            return int(row[0]) if row else None
