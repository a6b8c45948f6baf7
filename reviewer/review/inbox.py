"""Keeps the inbox: which changes are shown, in which order, and where the cursor stands; pure transitions.

What must stay true: the cursor belongs to a change, not to a place, so that rows that come and go never move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reviewer.model.change import OPEN_STATES, Change, State

_TURN = {
    State.PENDING: 0,
    State.CONFLICT: 0,
    State.WAITING_TO_LAND: 0,
    State.APPROVED: 1,
    State.CHANGES_REQUESTED: 1,
    State.DISCOVERED: 2,
}


@dataclass(frozen=True, slots=True)
class Inbox:
    """`rows` are all changes as they came; `shown` those that the filter leaves, in order; `cursor` a change's id."""

    rows: tuple[Change, ...] = ()
    shown: tuple[Change, ...] = ()
    query: str = ""
    decided: bool = False
    cursor: str | None = None
    fresh: frozenset[str] = frozenset()
    loaded: bool = False

    @property
    def place(self) -> int:
        """The cursor's row; 0 where there is none."""
        return next((n for n, row in enumerate(self.shown) if row.change_id == self.cursor), 0)

    @property
    def current(self) -> Change | None:
        return self.shown[self.place] if self.shown else None


def order(row: Change) -> tuple[int, int, float, str]:
    """Whose turn it is, then risk, then age: the riskiest that has waited longest comes first."""
    turn = _TURN.get(row.state, 3)
    if turn > 2:
        return (turn, 0, -row.updated_at, row.change_id)
    return (turn, -row.risk.rank if row.risk else 1, row.created_at, row.change_id)


def words_of(row: Change) -> str:
    """What a filter looks in: everything that the row says, in small letters."""
    risk = row.risk.value if row.risk else ""
    outside = (row.title, row.branch, row.agent, row.target)
    ours = (row.change_id, row.state.value, row.run, risk, *row.categories)
    return " ".join([*(text.raw for text in outside), *ours]).lower()


def matches(row: Change, query: str) -> bool:
    """Whether every word of the query is in the row; a word after `-` must not be."""
    said = words_of(row)
    for word in query.lower().split():
        if word.startswith("-") and len(word) > 1:
            if word[1:] in said:
                return False
        elif word not in said:
            return False
    return True


def with_rows(inbox: Inbox, rows: Sequence[Change]) -> Inbox:
    """New rows; those that changed since they were last seen are marked fresh, the first load marks none."""
    known = {row.change_id: row for row in inbox.rows}
    fresh = {row.change_id for row in rows if _news(known.get(row.change_id), row)} if inbox.loaded else set()
    kept = {row.change_id for row in rows}
    marked = (inbox.fresh | fresh) & kept - {inbox.cursor}
    return _laid(replace(inbox, rows=tuple(rows), fresh=frozenset(marked), loaded=True))


def _news(before: Change | None, now: Change) -> bool:
    if before is None:
        # Branches that nobody submitted come and go as they are looked for.
        return now.state is not State.DISCOVERED
    seen = (before.revision, before.comments, before.state, before.run)
    return seen != (now.revision, now.comments, now.state, now.run)


def with_query(inbox: Inbox, query: str) -> Inbox:
    return _laid(replace(inbox, query=query))


def with_decided(inbox: Inbox, decided: bool) -> Inbox:
    """Show what was landed, rejected or superseded too, or not."""
    return _laid(replace(inbox, decided=decided))


def moved(inbox: Inbox, place: int) -> Inbox:
    """The cursor on a row by its place, which is bounded; neither that row nor the one it leaves is fresh any more."""
    if not inbox.shown:
        return inbox
    row = inbox.shown[max(0, min(place, len(inbox.shown) - 1))]
    return replace(inbox, cursor=row.change_id, fresh=inbox.fresh - {row.change_id, inbox.cursor})


def _laid(inbox: Inbox) -> Inbox:
    wanted = [
        row
        for row in inbox.rows
        if (inbox.decided or row.state in OPEN_STATES or row.state in _TURN) and matches(row, inbox.query)
    ]
    shown = tuple(sorted(wanted, key=order))
    cursor = inbox.cursor
    if shown and all(row.change_id != cursor for row in shown):
        # What the cursor stood on is gone: the row that took its place has it now.
        cursor = shown[min(inbox.place, len(shown) - 1)].change_id
    return replace(inbox, shown=shown, cursor=cursor)
