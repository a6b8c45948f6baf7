"""Fills the table of the inbox: one row a change, made from what was pulled and found.

What must stay true: a row keeps its id as long as its change is here; everything in it can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from sqlite3 import Connection
from typing import Final

from reviewer.model.attention import FOUND, Standing, Turn
from reviewer.model.change import Change, State
from reviewer.model.codec import from_json, to_json
from reviewer.model.deploy import deploy_of
from reviewer.model.detail import ChangeDetail, FileSize
from reviewer.model.standing import standing_of
from reviewer.model.weight import AgentRecord, packed, weights_of
from reviewer.text import Untrusted

_COLUMNS: Final = (
    "change_id repo_id turn rank by_risk by_age created updated size revision comments stir met asked kind run state"
    " head base repo agent branch target title categories decided_by words"
).split()
# What is news of a change: a row whose one of these differs was stirred.
_STIRRED: Final = " or ".join(f"inbox.{name} <> excluded.{name}" for name in ("revision", "comments", "state", "run"))
_PUT: Final = (
    f"insert into inbox ({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})"
    " on conflict (change_id) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("change_id", "stir"))
    + f", stir = case when {_STIRRED} then excluded.stir else inbox.stir end returning id"
)


def weighed(db: Connection, detail: ChangeDetail) -> ChangeDetail:
    """The same change with what its risk is made of, the agent's record in the repository included."""
    change = detail.change
    mine = "repo_id = ? and agent = ? and change_id <> ?"
    asked = (_text(change.repo_id), _text(change.agent.raw).lower(), change.change_id)
    counts = dict(db.execute(f"select state, count(*) from inbox where {mine} group by state", asked).fetchall())
    rejected = counts.get(State.REJECTED.value, 0) + counts.get(State.CHANGES_REQUESTED.value, 0)
    record = AgentRecord(rejected, counts.get(State.LANDED.value, 0))
    files = detail.revisions[-1].files if detail.revisions else ()
    return replace(detail, change=replace(change, weights=weights_of(change, files, record, detail.owners)))


Named = Callable[[str], str]
"""The name of the repository that a folder is a worktree of."""


def put_change(db: Connection, detail: ChangeDetail, me: str, named: Named) -> None:
    """List a submitted change; a branch that was found with the same head is no longer one that nobody submitted."""
    change = detail.change
    deploy = deploy_of(detail) if detail.revisions else None
    more = (deploy.rollout, deploy.environment, deploy.stage) if deploy is not None else ()
    files = detail.revisions[-1].files if detail.revisions else ()
    _put(db, change, standing_of(detail, me), files, change.seq, named, more)
    same = f"select change_id from inbox where head = ? and repo_id = ? and turn = {Turn.FOUND.place}"
    drop(db, [str(row[0]) for row in db.execute(same, (change.head, _text(change.repo_id))).fetchall()])


def put_found(
    db: Connection, changes: Iterable[tuple[Change, Sequence[FileSize]]], named: Named
) -> None:
    """List branches that nobody submitted; one that was, while it was being looked at, is listed as that already."""
    known = f"select 1 from inbox where head = ? and repo_id = ? and turn <> {Turn.FOUND.place} limit 1"
    for change, files in changes:
        if db.execute(known, (change.head, _text(change.repo_id))).fetchone():
            continue
        db.execute("insert or replace into found values (?, ?)", (change.change_id, to_json(change)))
        _put(db, change, FOUND, files, 0, named)


def drop(db: Connection, change_ids: Sequence[str]) -> None:
    """Branches that were found are there no longer."""
    for change_id in change_ids:
        db.execute("delete from paths where id = (select id from inbox where change_id = ?)", (change_id,))
        db.execute("delete from inbox where change_id = ?", (change_id,))
        db.execute("delete from found where change_id = ?", (change_id,))


def refill(db: Connection, me: str, after: str, many: int, named: Named) -> str | None:
    """List `many` changes and found branches anew, those whose ids come `after`; the last one's id, None for the last.

    What is listed stays listed meanwhile, as it was.
    """
    asked = (after, many)
    submitted = "select change_id, detail from changes where change_id > ? order by change_id limit ?"
    found = "select change_id, line from found where change_id > ? order by change_id limit ?"
    changes, branches = db.execute(submitted, asked).fetchall(), db.execute(found, asked).fetchall()
    ids = sorted(row[0] for row in (*changes, *branches))[:many]
    last = ids[-1] if ids else ""
    for change_id, detail in changes:
        if change_id <= last:
            put_change(db, from_json(ChangeDetail, detail), me, named)
    for change_id, line in branches:
        if change_id <= last:
            _put(db, from_json(Change, line), FOUND, None, 0, named)
    return last if len(ids) == many else None


def _put(db: Connection, change: Change, standing: Standing, files: Sequence[FileSize] | None, stir: int,
         named: Named, more: Sequence[Untrusted] = ()) -> None:  # fmt: skip
    """List a change, found by `more` words too; `files` are None where those that are known stay."""
    values = _values(change, standing, stir, named, more)
    row_id = db.execute(_PUT, [values[name] for name in _COLUMNS]).fetchone()[0]
    if files is None:
        return
    db.execute("delete from paths where id = ?", (row_id,))
    db.executemany("insert into paths values (?, ?)", [(row_id, _text(file.path.raw)) for file in files])


def _values(
    change: Change, standing: Standing, stir: int, named: Named, more: Sequence[Untrusted]
) -> dict[str, str | int | float]:
    title, branch, agent, target = (
        _text(text.raw).lower() for text in (change.title, change.branch, change.agent, change.target)
    )
    repo = _text(named(change.repository.raw)).lower()
    rank = change.risk.rank if change.risk else -1
    risk = change.risk.value if change.risk else ""
    # The riskiest that has waited longest comes first; of what waits for nobody the newest.
    settled = standing.turn is Turn.NOBODY
    newest = standing.turn in (Turn.FOUND, Turn.NOBODY)
    words = (title, branch, agent, target, change.change_id, change.state.value, change.run, risk, *change.categories,
             *(_text(text.raw) for text in more))  # fmt: skip
    return {
        "change_id": change.change_id,
        "repo_id": _text(change.repo_id),
        "turn": standing.turn.place,
        "rank": rank,
        "by_risk": 0 if settled else -packed(change.weights or weights_of(change)),
        "by_age": -change.updated_at if newest else change.created_at,
        "created": change.created_at,
        "updated": change.updated_at,
        "size": change.size.added + change.size.removed if change.size else 0,
        "revision": change.revision,
        "comments": change.comments,
        "stir": stir,
        "met": standing.met,
        "asked": standing.asked,
        "kind": change.kind.value,
        "run": change.run,
        "state": change.state.value,
        "head": change.head,
        "base": change.base,
        "repo": repo,
        "agent": agent,
        "branch": branch,
        "target": target,
        "title": title,
        "categories": " ".join(change.categories).lower(),
        "decided_by": _text(standing.decided_by),
        "words": "\n".join(words).lower(),
    }


def _text(raw: str) -> str:
    """Text that SQLite takes: bytes that are not UTF-8 are told by a sign."""
    return raw.encode("utf-8", "replace").decode()
