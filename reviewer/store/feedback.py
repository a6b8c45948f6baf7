"""Keeps what people said of findings, and which findings they decided over: `feedback.db`.

What must stay true: an entry is never changed but by being taken back, so that who accepted what stays known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reviewer.model.feedback import Feedback, FeedbackKind, Look
from reviewer.store.kept import PRAGMAS, Kept, Row
from reviewer.store.opening import Layout
from reviewer.text import Untrusted

_LAYOUT: Final = Layout(
    """
create table if not exists feedback (
    feedback_id text primary key, kind text not null, repo_id text not null, rule text not null, category text not null,
    file blob not null, fingerprint text not null, reason text not null, by text not null, at real not null,
    until real, revoked_at real, change_id text not null
) without rowid;
create index if not exists feedback_of on feedback (repo_id, at);
create table if not exists looks (
    repo_id text not null, fingerprint text not null, rule text not null, file blob not null, at real not null,
    primary key (repo_id, fingerprint)
) without rowid
""",
    1,
    PRAGMAS,
)
_COLUMNS: Final = (
    "feedback_id, kind, repo_id, rule, category, file, fingerprint, reason, by, at, until, revoked_at, change_id"
)


class FeedbackStore(Kept):
    """The feedback of one desk. Thread-safe. Raises ReviewerError where the disk refuses."""

    layout = _LAYOUT
    noun = "feedback on findings"
    lost = ": accepted risks count again"

    def entries(self, repo_id: str | None = None) -> list[Feedback]:
        """What was said in a repository, or in all, oldest first; what was taken back as well."""
        where, values = (" where repo_id = ?", (repo_id,)) if repo_id is not None else ("", ())
        return [_entry(row) for row in self._ask(f"select {_COLUMNS} from feedback{where} order by at", [values])]

    def add(self, entry: Feedback) -> None:
        row: Row = (
            entry.feedback_id, entry.kind.value, entry.repo_id, entry.rule, entry.category, entry.file.to_bytes(),
            entry.fingerprint, _text(entry.reason), _text(entry.by), entry.at, entry.until, None, entry.change_id,
        )  # fmt: skip
        self._ask("insert into feedback values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [row])

    def revoke(self, feedback_id: str, at: float) -> None:
        """Take an entry back; one that was before stays as it was."""
        statement = "update feedback set revoked_at = ? where feedback_id = ? and revoked_at is null"
        self._ask(statement, [(at, feedback_id)])

    def looks(self, repo_id: str) -> list[Look]:
        question = "select repo_id, rule, file, fingerprint, at from looks where repo_id = ?"
        return [
            Look(str(repo), str(rule), Untrusted.from_bytes(bytes(file)), str(fingerprint), float(at))  # type: ignore[arg-type, call-overload]
            for repo, rule, file, fingerprint, at in self._ask(question, [(repo_id,)])
        ]

    def looked(self, looks: Iterable[Look]) -> None:
        """Remember findings that were decided over; one that was before stays as it was."""
        rows: list[Row] = [(o.repo_id, o.fingerprint, o.rule, o.file.to_bytes(), o.at) for o in looks]
        if rows:
            self._ask("insert or ignore into looks values (?, ?, ?, ?, ?)", rows)


def _text(said: Untrusted) -> str:
    return said.to_bytes().decode("utf-8", "replace")


def _entry(row: tuple[object, ...]) -> Feedback:
    name, kind, repo, rule, category, file, fingerprint, reason, by, at, until, revoked, change = row
    assert isinstance(file, bytes)
    return Feedback(
        str(name), FeedbackKind(str(kind)), str(repo), str(rule), str(category), Untrusted.from_bytes(file),
        str(fingerprint), Untrusted(str(reason)), Untrusted(str(by)), _number(at) or 0.0, _number(until),
        _number(revoked), str(change),
    )  # fmt: skip


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
