"""Lists changes from a narrow table: ids in order by an index, rows read in full only where they are on screen.

What must stay true: words of a query reach SQLite as parameters and never as SQL; nothing is imported that only
filling the table needs (`filling`); everything but `looked` and `snoozed` is made from `changes` and `found`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from sqlite3 import Connection
from typing import Final

from reviewer.model.attention import Turn
from reviewer.model.change import Change
from reviewer.model.codec import from_json
from reviewer.model.listing import Counts, Listing, Looked, Order, Row, Section, Snooze
from reviewer.model.query import Query
from reviewer.model.task import task_of
from reviewer.model.weight import weights_of
from reviewer.store.conditions import conditions

SCHEMA: Final = """
create table if not exists inbox (
    id integer primary key, change_id text not null unique, repo_id text not null, turn integer not null,
    rank integer not null, by_risk integer not null, by_age real not null, created real not null, updated real not null,
    size integer not null, revision integer not null, comments integer not null, stir integer not null,
    met integer not null, asked integer not null, kind text not null, run text not null, state text not null,
    head text not null, base text not null, repo text not null, agent text not null, branch text not null,
    target text not null, title text not null, categories text not null, decided_by text not null, words text not null
);
create index if not exists inbox_here on inbox (repo_id, turn, by_risk, by_age, id, words);
create index if not exists inbox_all on inbox (turn, by_risk, by_age, id);
create index if not exists inbox_newest on inbox (updated);
create index if not exists inbox_heads on inbox (head);
create index if not exists inbox_branches on inbox (branch);
create index if not exists inbox_record on inbox (repo_id, agent, state);
create index if not exists inbox_stir on inbox (stir);
create table if not exists paths (id integer not null, path text not null);
create index if not exists paths_of on paths (id);
create table if not exists found (change_id text primary key, line blob not null);
create table if not exists looked (
    change_id text primary key, revision integer not null, comments integer not null, run text not null,
    state text not null, at real not null
);
create table if not exists snoozed (change_id text primary key, until real, revision integer, run integer not null);
"""
_DECIDED: Final = Turn.NOBODY.place
_TURNS: Final = tuple(Turn)
# Asked once and not row by row, so that the index alone answers what it can.
_ASLEEP: Final = (
    "id in (select i.id from snoozed s join inbox i using (change_id) where (s.until is null or s.until > ?)"
    " and (s.revision is null or s.revision = i.revision) and (s.run = 0 or i.run in ('running', 'queued')))"
)
_ORDERS: Final = {
    Order.TURN: "turn, by_risk, by_age, id",
    Order.NEWEST: "updated desc, id desc",
    Order.AGENT: "agent, turn, by_risk, by_age, id",
    Order.REPOSITORY: "repo, repo_id, turn, by_risk, by_age, id",
}
_SECTIONS: Final = {Order.TURN: "turn", Order.AGENT: "agent", Order.REPOSITORY: "repo"}
# A plus keeps the index of the repository, which holds every row, from being used for it.
_PARENTS: Final = tuple(
    f"select {{0}} from inbox p where p.{of} = {{1}}.{to} and p.{of} <> '' and +p.repo_id = {{1}}.repo_id"
    " and +p.turn < {2} and p.id <> {1}.id"
    for of, to in (("head", "base"), ("branch", "target"))
)


# --- reading ----------------------------------------------------------------------------------------------------------


def listing(
    db: Connection, repo_id: str | None, query: Query, order: Order, now: float, *, decided: bool, limit: int | None
) -> Listing:
    """Ids that a query leaves, in order, with their sections; `limit` many of them at the most."""
    where, values = _where(repo_id, query, now, decided=decided)
    if order is Order.STACK:
        return _stacks(db, where, values, decided=decided)
    if order is Order.TASK:
        return _tasks(db, where, values)
    by = _SECTIONS.get(order)
    if limit is None:
        found = db.execute(f"select id from inbox where {where} order by {_ORDERS[order]}", values)
        return Listing(array("q", chain.from_iterable(found)), _sections(db, by, where, values))
    question = f"select id, {by or 0} from inbox where {where} order by {_ORDERS[order]} limit ?"
    first = db.execute(question, [*values, limit + 1]).fetchall()
    sections = _counted((by, 1) for _id, by in first[:limit]) if by else ()
    return Listing(array("q", (row[0] for row in first[:limit])), sections, len(first) <= limit)


def _where(repo_id: str | None, query: Query, now: float, *, decided: bool) -> tuple[str, list[str | int | float]]:
    parts, values = conditions(query, now, _ASLEEP)
    if repo_id is not None:
        parts.insert(0, "repo_id = ?")
        values.insert(0, repo_id)
    asked = {(term.key, term.value) for term in query.terms if not term.negated}
    if not decided and not any(key == "state" or (key, value) in _SHOWS_DECIDED for key, value in asked):
        parts.append(f"turn < {_DECIDED}")
    if not decided and ("is", "snoozed") not in asked:
        parts.append(f"not ({_ASLEEP})")
        values.append(now)
    return " and ".join(parts) or "1", values


_SHOWS_DECIDED: Final = frozenset({("is", "decided"), ("turn", "nobody")})


def _sections(db: Connection, by: str | None, where: str, values: Sequence[str | int | float]) -> tuple[Section, ...]:
    if by is None:
        return ()
    return _counted(db.execute(f"select {by}, count(*) from inbox where {where} group by {by} order by {by}", values))


def _counted(groups: Iterable[tuple[str | int, int]]) -> tuple[Section, ...]:
    """Sections of groups that follow each other, each with how many rows it has."""
    found: list[Section] = []
    start = 0
    for name, count in groups:
        said = _TURNS[name].value if isinstance(name, int) else name
        if found and found[-1].name == said:
            found[-1] = Section(found[-1].start, said, found[-1].count + count)
        else:
            found.append(Section(start, said, count))
        start += count
    return tuple(found)


def _tasks(db: Connection, where: str, values: Sequence[str | int | float]) -> Listing:
    """Changes that are attempts at one task, the task first whose first is first by turn; then those of one attempt."""
    tasks: dict[tuple[str, str], list[int]] = {}
    found = f"select id, repo_id, branch, agent from inbox where {where} order by {_ORDERS[Order.TURN]}"
    for row_id, repo, branch, agent in db.execute(found, values):
        tasks.setdefault((repo, task_of(branch, agent)), []).append(row_id)
    ids = array("q")
    sections: list[Section] = []
    for (_repo, task), attempts in tasks.items():
        if len(attempts) > 1:
            sections.append(Section(len(ids), f"task {task}", len(attempts)))
            ids.extend(attempts)
    alone = [attempts[0] for attempts in tasks.values() if len(attempts) == 1]
    if alone:
        sections.append(Section(len(ids), "", len(alone)))
    return Listing(ids + array("q", alone), tuple(sections))


def _stacks(db: Connection, where: str, values: Sequence[str | int | float], *, decided: bool) -> Listing:
    """Changes that build on each other, each stack from its ground up; then those that stand alone."""
    turn = _DECIDED + 1 if decided else _DECIDED
    parents = [f"({parent.format('p.id', 'c', turn)} limit 1)" for parent in _PARENTS]
    pairs = f"select c.id, coalesce({', '.join(parents)}) from inbox c"
    below = {child: parent for child, parent in db.execute(pairs) if parent is not None}
    grounded = set(below) | set(below.values())
    above: dict[int, list[int]] = {}
    alone = array("q")
    ids = array("q")
    sections: list[Section] = []
    for (row_id,) in db.execute(f"select id from inbox where {where} order by {_ORDERS[Order.TURN]}", values):
        if row_id in grounded:
            above.setdefault(below.get(row_id, 0), []).append(row_id)
        else:
            alone.append(row_id)
    shown = {row_id for rows_above in above.values() for row_id in rows_above}
    grounds = [row_id for parent, rows_above in above.items() if parent not in shown for row_id in rows_above]
    seen = set[int]()
    # Two that name each other stand on nothing: each is shown all the same.
    for ground in chain(grounds, shown):
        if ground in seen:
            continue
        start = len(ids)
        waiting = [ground]
        while waiting:
            row_id = waiting.pop()
            if row_id not in seen:
                seen.add(row_id)
                ids.append(row_id)
                waiting += reversed(above.get(row_id, []))
        sections.append(Section(start, str(ground), len(ids) - start))
    if alone:
        sections.append(Section(len(ids), "", len(alone)))
    return Listing(ids + alone, tuple(sections))


_STACKED: Final = " or ".join(f"exists ({parent.format('1', 'inbox', _DECIDED)})" for parent in _PARENTS)
_ROW: Final = (
    "select inbox.id, coalesce(changes.line, found.line), turn, met, asked, decided_by, stir, looked.revision,"
    " looked.comments, looked.run, looked.state, snoozed.until, snoozed.revision, snoozed.run, snoozed.change_id,"
    f" {_STACKED},"
    " (select count(*) from drafts where drafts.change_id = inbox.change_id)"
    " from inbox left join changes using (change_id) left join found using (change_id)"
    " left join looked using (change_id) left join snoozed using (change_id) where inbox.id in ({0})"
)


def rows(db: Connection, ids: Sequence[int]) -> list[Row]:
    """The rows of these ids that are still there, in no order."""
    found = db.execute(_ROW.format(", ".join("?" * len(ids))), list(ids)).fetchall()
    return [_row(values) for values in found if values[1] is not None]


def _row(values: tuple[object, ...]) -> Row:
    row_id, line, turn, met, asked, decided_by, stir, revision, comments, run, state, *rest = values
    until, at_revision, run_end, sleeps, stacked, drafts = rest
    looked = Looked(_int(revision), _int(comments), str(run), str(state)) if revision is not None else None
    snoozed = None
    if sleeps is not None:
        until = float(until) if isinstance(until, int | float) else None
        snoozed = Snooze(until, at_revision if isinstance(at_revision, int) else None, bool(run_end))
    change = from_json(Change, line if isinstance(line, bytes | str) else b"")
    return Row(
        _int(row_id),
        change if change.weights else replace(change, weights=weights_of(change)),
        _TURNS[_int(turn)],
        _int(met),
        _int(asked),
        str(decided_by),
        _int(stir),
        looked,
        snoozed,
        bool(stacked),
        _int(drafts),
    )


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def counts(db: Connection, repo_id: str | None, now: float) -> Counts:
    """How many there are of what."""
    here, values = ("repo_id = ?", [repo_id]) if repo_id is not None else ("1", [])
    turns = db.execute(f"select turn, count(*) from inbox where {here} group by turn", values).fetchall()
    asleep = "id in (select i.id from snoozed join inbox i using (change_id))"
    snoozed = f"select count(*) from inbox where {asleep} and {here} and {_ASLEEP}"
    machine = f"select run, count(*) from inbox where {here} and turn = {Turn.MACHINE.place} group by run"
    runs = dict(db.execute(machine, values).fetchall())
    stir = db.execute("select coalesce(max(stir), 0) from inbox").fetchone()[0]
    asleep_now = db.execute(snoozed, [*values, now]).fetchone()[0]
    known = tuple((_TURNS[turn], count) for turn, count in turns)
    return Counts(known, asleep_now, runs.get("running", 0), runs.get("queued", 0), stir)


def values_of(db: Connection, repo_id: str | None, column: str) -> list[str]:
    """The commonest values of a column, for completion."""
    if column not in ("agent", "branch", "target", "repo"):
        return []
    here, values = ("repo_id = ? and", [repo_id]) if repo_id is not None else ("", [])
    question = f"select {column} from inbox where {here} {column} <> '' group by 1 order by count(*) desc, 1 limit 50"
    return [str(row[0]) for row in db.execute(question, values)]

