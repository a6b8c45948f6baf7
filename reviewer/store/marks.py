"""Keeps what a reviewer has seen and reviewed: `marks.db`, apart from the cache because it cannot be pulled again.

What must stay true: a mark is written before it is shown as kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reviewer.model.mark import Mark
from reviewer.store.kept import PRAGMAS, Kept, Row
from reviewer.store.opening import Layout

_LAYOUT: Final = Layout(
    """
create table if not exists marks (
    change_id text not null, key text not null, digest text not null, reviewed integer not null, at real not null,
    primary key (change_id, key)
) without rowid
""",
    1,
    PRAGMAS,
)


class Marks(Kept):
    """The marks of one desk. Thread-safe. Raises ReviewerError where the disk refuses."""

    layout = _LAYOUT
    noun = "marks of what you have seen"
    lost = ""

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
