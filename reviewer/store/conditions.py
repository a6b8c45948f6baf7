"""Turns a query into conditions over the table `inbox`: SQL of ours, and the query's words as parameters."""

from __future__ import annotations

from typing import Final

from reviewer.model.attention import Turn
from reviewer.model.finding import Severity
from reviewer.model.query import How, Query, Term

Values = list[str | int | float]

_RUNS: Final = {"stopped": ("cancelled",), "not-run": ("NOT RUN",), "none": ("none asked", "never run")}
_STATES: Final = {"approved-waiting-to-land": "approved, waiting to land"}
_HELD: Final = {"agent": "agent", "branch": "branch", "target": "target", "title": "title", "flag": "categories",
                "repo": "repo"}  # fmt: skip
_AMOUNTS: Final = {"size": "size", "rev": "revision"}
_TESTS: Final = {How.MORE: ">", How.LESS: "<", How.AT_LEAST: ">="}
_SEEN: Final = "select 1 from looked l where l.change_id = inbox.change_id"
_SAME: Final = (
    "l.revision = inbox.revision and l.comments >= inbox.comments and l.run = inbox.run and l.state = inbox.state"
)
_IS: Final = {
    "found": f"turn = {Turn.FOUND.place}",
    "submitted": f"turn <> {Turn.FOUND.place}",
    "open": f"turn < {Turn.NOBODY.place}",
    "decided": f"turn = {Turn.NOBODY.place}",
    "conflict": "state = 'conflict'",
    "drafted": "exists (select 1 from drafts d where d.change_id = inbox.change_id)",
    "new": f"turn <> {Turn.FOUND.place} and not exists ({_SEEN} and {_SAME})",
    "stale": f"exists ({_SEEN} and l.revision < inbox.revision)",
}


def conditions(query: Query, now: float, asleep: str) -> tuple[list[str], Values]:
    """One condition a term, and their parameters in order. `asleep` is the condition of a change that is snoozed."""
    parts: list[str] = []
    values: Values = []
    for term in query.terms:
        said, given = _condition(term, now, asleep)
        parts.append(f"not ({said})" if term.negated else f"({said})")
        values += given
    return parts, values


def _condition(term: Term, now: float, asleep: str) -> tuple[str, Values]:
    key, value = term.key, term.value
    if key == "":
        return "instr(words, ?) > 0", [_text(value)]
    if key == "risk":
        return "rank >= ?", [Severity(value).rank]
    if key == "run":
        names = _RUNS.get(value, (value,))
        return f"run in ({', '.join('?' * len(names))})", list(names)
    if key == "turn":
        return "turn = ?", [Turn(value).place]
    if key == "state":
        return "state = ?", [_STATES.get(value, value.replace("-", " "))]
    if key == "kind":
        return "kind = ?", [value]
    if key == "is":
        return (asleep, [now]) if value == "snoozed" else (_IS[value], [])
    if key == "path":
        return "id in (select paths.id from paths where path glob ?)", [_glob(_text(value))]
    if key == "age":
        # Older than means made before.
        return f"created {_TESTS[term.how].translate(_TURNED)} ?", [now - int(value)]
    if key in _AMOUNTS:
        return f"{_AMOUNTS[key]} {_TESTS[term.how]} ?", [int(value)]
    return f"instr({_HELD[key]}, ?) > 0", [_text(value)]


_TURNED: Final = str.maketrans("<>", "><")


def _glob(pattern: str) -> str:
    """A pattern of `*` and `?` alone: a bracket is a bracket."""
    return pattern.replace("[", "[[]")


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()
