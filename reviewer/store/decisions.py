"""Keeps decisions, what waits to be sent, and the log: `decisions.db`, which survives a power cut.

What must stay true: a decision, its envelope, its log leaf and its outbox row are one transaction; nothing here is
ever edited but the outbox's state, and what a pipeline answered is final; a damaged file is opened for reading only,
as far as it can be read, and never begun anew.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, DecisionState
from reviewer.model.errors import ReviewerError
from reviewer.store.opening import Damaged, Layout, connect, is_damage, open_private
from reviewer.text import show

_LAYOUT: Final = Layout(
    """
create table if not exists decisions (decision_id text primary key, change_id text not null, body blob not null);
create table if not exists log (
    seq integer primary key autoincrement, decision_id text not null, leaf text not null, chain text not null
);
create table if not exists outbox (
    item_id text primary key, kind text not null, change_id text not null, body blob not null, state text not null,
    at real not null, now integer not null, tries integer not null, due real not null, said text not null
)
""",
    1,
    ("journal_mode = delete", "synchronous = extra"),
    checked=True,
)
# Blocked waits too: for a token that the pipeline knows.
_WAITING: Final = (DecisionState.SEALED.value, DecisionState.SENDING.value, DecisionState.BLOCKED.value)
_CARRYING: Final = (*_WAITING, DecisionState.CONFIRMED.value)


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the outbox: a decision or a comment on its way. `now` asks the gate not to hold it."""

    item_id: str
    kind: str
    change_id: str
    state: DecisionState
    at: float
    now: bool
    tries: int
    due: float
    said: str
    decision: Decision | None = None
    comment: Comment | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log. `leaf` is SHA-256 of the envelope, `chain` SHA-256 of the chain before it and the leaf."""

    seq: int
    decision: Decision
    leaf: str
    chain: str


class Decisions:
    """One desk's decisions. Thread-safe: one connection, one lock. `notice` says where the file is damaged."""

    def __init__(self, path: Path) -> None:
        self.notice = ""
        self._lock = threading.RLock()
        self._path = path
        try:
            self._db = open_private(path, _LAYOUT)
        except Damaged as why:
            self.notice = f"the desk's decisions are damaged ({show(str(why), limit=80)}) and open for reading only"
            self._db = connect(path, read_only=True)
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> ReviewerError:
        if self.notice or (isinstance(error, sqlite3.Error) and is_damage(error)):
            hint = f"put a copy in the place of {show(str(self._path))}; `reviewer log --json` prints what can be read"
            return ReviewerError(self.notice or f"the desk's decisions are damaged: {error}", hint)
        hint = f"nothing was changed; see that the disk has room and that {show(str(self._path))} can be written"
        return ReviewerError(f"the desk's decisions cannot be used: {error}", hint)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.DatabaseError as error:
                raise self._refused(error) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._using():
            if self.notice:
                raise self._refused(ReviewerError(self.notice))
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    def add_decision(self, decision: Decision, *, now: bool) -> None:
        """Record a sealed decision, whole or not at all; again is nothing."""
        with self._transaction() as db:
            known = db.execute("select 1 from decisions where decision_id = ?", (decision.decision_id,)).fetchone()
            if known:
                return
            body = to_json(decision)
            db.execute("insert into decisions values (?, ?, ?)", (decision.decision_id, decision.change_id, body))
            last = db.execute("select chain from log order by seq desc limit 1").fetchone()
            leaf = hashlib.sha256(decision.envelope.encode()).hexdigest()
            chain = chained(last[0] if last else "", leaf)
            row = (decision.decision_id, leaf, chain)
            db.execute("insert into log (decision_id, leaf, chain) values (?, ?, ?)", row)
            self._queue(db, decision.decision_id, "decision", decision.change_id, body, decision.decided_at, now)

    def add_comment(self, change_id: str, comment: Comment) -> None:
        with self._transaction() as db:
            self._queue(db, comment.comment_id, "comment", change_id, to_json(comment), comment.created_at, True)

    def _queue(
        self, db: sqlite3.Connection, item_id: str, kind: str, change_id: str, body: bytes, at: float, now: bool
    ) -> None:
        row = (item_id, kind, change_id, body, DecisionState.SEALED.value, at, int(now), 0, 0.0, "")
        # What was refused or taken back may be said again; what waits or has arrived is there already.
        db.execute(
            "insert into outbox values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (item_id) do update set"
            " body = excluded.body, state = excluded.state, at = excluded.at, tries = 0, due = 0, said = ''"
            f" where outbox.state not in {_CARRYING}",
            row,
        )

    def items(self, *, due: float | None = None) -> list[Item]:
        """The outbox, oldest first; with `due` only what is to be sent by then."""
        asked = "" if due is None else f" where state in {_WAITING} and due <= ?"
        with self._using():
            rows = self._db.execute(
                "select item_id, kind, change_id, state, at, now, tries, due, said, body from outbox"
                + asked
                + " order by at, rowid",
                () if due is None else (due,),
            ).fetchall()
        return [_item(row) for row in rows]

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items() if item.item_id == item_id), None)

    def carried(self, change_id: str, digest: str) -> set[str]:
        """Ids of the comments on a change that are on their way or were taken, where it stands at `digest`.

        A verdict that was taken and held falls with its comments when another revision comes.
        """
        with self._using():
            rows = self._db.execute(
                f"select kind, item_id, state, body from outbox where change_id = ? and state in {_CARRYING}",
                (change_id,),
            ).fetchall()
        found: set[str] = set()
        for kind, item_id, state, body in rows:
            if kind == "comment":
                found.add(item_id)
            elif state in _WAITING or from_json(Decision, body).digest == digest:
                found.update(comment.comment_id for comment in from_json(Decision, body).comments)
        return found

    def mark(self, item_id: str, state: DecisionState, *, said: str = "", due: float = 0.0) -> None:
        """Note what became of an item; each note that it is being sent counts as a try.

        An answer is final: of two desks that send one item, the slower cannot put it back among the waiting ones.
        """
        with self._transaction() as db:
            db.execute(
                "update outbox set state = ?1, said = ?2, due = ?3, tries = tries + ?4 where item_id = ?5"
                f" and (state in {_WAITING} or ?1 not in {_WAITING})",
                (state.value, said, due, int(state is DecisionState.SENDING), item_id),
            )

    def withdraw_unsent(self, item_id: str) -> bool:
        """Take an item back that was never tried; False where it may have left already."""
        with self._transaction() as db:
            done = db.execute(
                "update outbox set state = ? where item_id = ? and state = ? and tries = 0",
                (DecisionState.WITHDRAWN.value, item_id, DecisionState.SEALED.value),
            )
            return done.rowcount == 1

    def log(self) -> list[Leaf]:
        """Every decision of this desk, oldest first; of a damaged file, those before the first that cannot be read."""
        found: list[Leaf] = []
        with self._using():
            try:
                for row in self._db.execute(
                    "select log.seq, decisions.body, log.leaf, log.chain from log join decisions using (decision_id)"
                    " order by log.seq"
                ):
                    found.append(Leaf(row[0], from_json(Decision, row[1]), row[2], row[3]))
            except (sqlite3.DatabaseError, ReviewerError):
                if not (self.notice and found):
                    raise
        return found


def chained(before: str, leaf: str) -> str:
    """The chain's next link."""
    return hashlib.sha256(f"{before}{leaf}".encode()).hexdigest()


def _item(row: tuple[str, str, str, str, float, int, int, float, str, bytes]) -> Item:
    item_id, kind, change_id, state, at, now, tries, due, said, body = row
    return Item(
        item_id,
        kind,
        change_id,
        DecisionState(state),
        at,
        bool(now),
        tries,
        due,
        said,
        from_json(Decision, body) if kind == "decision" else None,
        from_json(Comment, body) if kind == "comment" else None,
    )
