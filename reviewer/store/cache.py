"""Keeps what a desk has pulled, the reviewer's drafts, and what they looked at: `cache.db`, in write-ahead mode.

What must stay true: everything but drafts, `looked` and `snoozed` can be pulled again; nothing is imported here that
the first rows do not need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewer.model.attention import Turn
from reviewer.model.change import OPEN_STATES, Change, Kind
from reviewer.model.codec import from_json, to_json
from reviewer.model.listing import Counts, Listing, Looked, Order, Row, Snooze
from reviewer.model.query import Query
from reviewer.store import inbox
from reviewer.store.cache_file import SAVE_DRAFT, SAVE_LOOKED, SAVE_SNOOZED, CacheFile
from reviewer.store.opening import connect

if TYPE_CHECKING:
    from reviewer.model.comment import Comment
    from reviewer.model.detail import ChangeDetail, FileSize

_HEADS: Final = 500
"""Heads that are asked about at once."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that was not sent yet."""

    change_id: str
    comment: Comment


class Cache(CacheFile):
    """What one desk keeps. Raises ReviewerError where the disk refuses."""

    # --- changes ----------------------------------------------------------------------------------------------------

    def put(self, detail: ChangeDetail) -> None:
        """Keep a change as it was pulled, unless a newer state of it is here: two desks may pull at once."""

        from reviewer.store import filling

        def put(db: sqlite3.Connection) -> None:
            weighed = filling.weighed(db, detail)
            change = weighed.change
            line = (change.change_id, change.seq, change.repo_id, to_json(change), to_json(weighed))
            kept = db.execute(
                "insert into changes values (?, ?, ?, ?, ?) on conflict (change_id) do update set seq = excluded.seq,"
                " repo_id = excluded.repo_id, line = excluded.line, detail = excluded.detail"
                " where excluded.seq >= changes.seq",
                line,
            )
            if kept.rowcount:
                filling.put_change(db, weighed, self._me, self._named)

        self._write(put)

    def changes(self) -> list[Change]:
        """Every change, newest event last."""
        return self._ask("select line from changes order by seq", (), lambda row: from_json(Change, _bytes(row[0])))

    def detail(self, change_id: str) -> ChangeDetail | None:
        from reviewer.model.detail import ChangeDetail

        question = "select detail from changes where change_id = ?"
        found = self._ask(question, (change_id,), lambda row: from_json(ChangeDetail, _bytes(row[0])))
        return found[0] if found else None

    def gates(self, repo_id: str, rollout: str) -> list[ChangeDetail]:
        """The open gates of one rollout in a repository, the oldest first."""
        from reviewer.model.deploy import deploy_of
        from reviewer.model.detail import ChangeDetail

        question = (
            "select detail from inbox join changes using (change_id) where inbox.kind = ? and inbox.turn < ?"
            " and changes.repo_id = ? order by inbox.created, inbox.id"
        )
        asked = (Kind.DEPLOY.value, Turn.NOBODY.place, repo_id)
        found = self._ask(question, asked, lambda row: from_json(ChangeDetail, _bytes(row[0])))
        deploys = [(detail, deploy_of(detail)) for detail in found if detail.change.state in OPEN_STATES]
        return [detail for detail, deploy in deploys if deploy is not None and deploy.rollout.raw == rollout]

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
        self._ask(SAVE_LOOKED, values)

    def snooze(self, change_ids: Collection[str], until: Snooze | None) -> None:
        """Let changes sleep; None wakes them."""

        def put(db: sqlite3.Connection) -> None:
            for change_id in change_ids:
                if until is None:
                    db.execute("delete from snoozed where change_id = ?", (change_id,))
                else:
                    db.execute(SAVE_SNOOZED, (change_id, until.until, until.revision, int(until.run)))

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

        from reviewer.store import filling

        def put(db: sqlite3.Connection) -> None:
            filling.drop(db, gone)
            filling.put_found(db, changes, self._named)

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
        self._ask(SAVE_DRAFT, (draft.comment.comment_id, draft.change_id, to_json(draft.comment), now))

    def drop_draft(self, draft_id: str) -> None:
        self._ask("delete from drafts where draft_id = ?", (draft_id,))

    def drafts(self, change_id: str) -> list[Comment]:
        """The drafts on a change, oldest first."""
        from reviewer.model.comment import Comment

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
