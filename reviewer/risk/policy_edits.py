"""Compares two readings of a `reviewer.toml`: which keys ask for less, which for more, which for something else; pure.

What must stay true: a change that is not known to tighten is not told as one; what is built in stands where a side says
nothing; nothing here trusts that a value has the type that it should have.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reviewer.model.finding import Severity


class Way(StrEnum):
    """From what counts most on."""

    LOOSER = "looser"
    OTHER = "other"
    MINOR = "minor"
    TIGHTER = "tighter"


@dataclass(frozen=True, slots=True)
class Edit:
    """One key that differs. `header` names its table as it is written there, `nth` which of that name on each side.

    `key` is empty where the table itself came or went.
    """

    way: Way
    header: str
    nth: tuple[int | None, int | None]
    key: str
    said: str


_LEVELS: Final = {severity.value: severity.rank for severity in Severity}
_PASSES: Final = {"none": -1, **_LEVELS}
_MOVED: Final = ("clean", "rerun", "review")
_NO_LIMIT: Final = "no limit"
_SAYS: Final = 120

_DEMANDS: Final = {
    "approvals": "least", "require_run": "on", "groups": "asked", "runs": "asked", "acknowledge": "from",
    "acknowledge_high": "on", "acknowledge_reason": "on", "no_secrets": "on", "max_files": "most", "max_lines": "most",
    "people_only": "on", "override": "few",
}  # fmt: skip
_SELECTS: Final = {**dict.fromkeys(("paths", "kinds", "environments", "agents", "targets"), "about"), "level": "above"}
_WHEN: Final = {"from": "start", "until": "end", "hours": "hours", "days": "about", "zone": "differs"}
_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "[policy]": {**_DEMANDS, "unattended": "few"},
    "[[policy.require]]": {**_DEMANDS, **_SELECTS},
    "[[policy.freeze]]": {**_SELECTS, **_WHEN, "override": "few"},
    "[[policy.group]]": {"members": "few"},
    "[[policy.autonomous]]": {
        "tokens": "few", "paths": "few", "targets": "within", "level": "highest", "max_files": "most",
        "max_lines": "most", "require_run": "on", "a_day": "most",
    },
    "[[policy.example]]": {},
    "[landing]": {"target_moved": "moved"},
    "[scan]": {"off": "few"},
    "[agents]": {"prefixes": "other"},
    "[prepare]": {"python": "other", "npm": "other", "index": "differs", "hosts": "few"},
    "[[run]]": {
        "command": "differs", "cross_checks": "asked", "read_only": "few", "reports": "other", "tests": "other",
        "environment": "other",
    },
}  # fmt: skip
_BUILT_IN: Final[Mapping[str, Mapping[str, object]]] = {
    "[policy]": {"approvals": 1, "require_run": True, "acknowledge_high": True},
    "[[policy.autonomous]]": {
        "level": "none", "max_files": 20, "max_lines": 200, "require_run": True, "a_day": 10,
    },
    "[landing]": {"target_moved": "clean"},
}  # fmt: skip
# Of a table whose name the hunk does not show: what means the same in every one.
_ANYWHERE: Final = {
    **_DEMANDS, **_WHEN, "unattended": "few", "members": "few", "tokens": "few", "a_day": "most", "target_moved": "moved", "off": "few",
    "command": "differs", "cross_checks": "asked", "read_only": "few", "hosts": "few", "index": "differs",
    **dict.fromkeys(("paths", "targets", "level", "kinds", "agents", "environments", "prefixes", "reports"), "other"),
}  # fmt: skip
HEADLESS: Final = ""
"""The header of keys that stand above the first one that is seen."""


def edits(old: Mapping[str, Any], new: Mapping[str, Any], *, headless: bool) -> Iterator[Edit]:
    """What differs between two readings. `headless`: they begin within a table, and nobody knows which."""
    policies = _table(old, "policy"), _table(new, "policy")
    for header, kinds in _TABLES.items():
        name = header.strip("[]")
        sides = (old, new)
        if name.startswith("policy."):
            name, sides = name.removeprefix("policy."), policies
        if header.startswith("[["):
            yield from _lists(header, kinds, *(_listed(side, name) for side in sides))
        else:
            yield from _keys(header, "", (0, 0), kinds, *(_table(side, name) for side in sides))
    scalars = [{key: value for key, value in side.items() if not isinstance(value, Mapping)} for side in (old, new)]
    if headless:
        yield from _keys(HEADLESS, "", (0, 0), _ANYWHERE, *({k: v for k, v in s.items() if not _is_tables(v)} for s in scalars))
    elif old.get("version") != new.get("version"):
        yield Edit(Way.MINOR, HEADLESS, (0, 0), "version", "version")


def _lists(
    header: str, kinds: Mapping[str, str], old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Iterator[Edit]:
    """Tables of one kind, told apart by their names, and by their place where they have none."""
    left, right = _named(old), _named(new)
    for name, (at, table) in left.items():
        if name not in right:
            yield Edit(_GONE.get(header, Way.LOOSER), header, (at, None), "", f"{header} {_quoted(name)} is gone")
        else:
            there, other = right[name]
            yield from _keys(header, name, (at, there), kinds, table, other)
    for name, (at, _) in right.items():
        if name not in left:
            yield Edit(_CAME.get(header, Way.TIGHTER), header, (None, at), "", f"{header} {_quoted(name)} is new")


_GONE: Final = {"[[policy.autonomous]]": Way.TIGHTER, "[[policy.example]]": Way.MINOR, "[[policy.group]]": Way.OTHER}
_CAME: Final = {"[[policy.autonomous]]": Way.LOOSER, "[[policy.example]]": Way.MINOR, "[[policy.group]]": Way.OTHER}


def _keys(
    header: str, name: str, nth: tuple[int, int], kinds: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Edit]:
    built_in = _BUILT_IN.get(header, {})
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key, built_in.get(key)), new.get(key, built_in.get(key))
        if before == after or _is_tables(before) or _is_tables(after) or key == "name":
            continue
        kind = kinds.get(key, "minor")
        way = _way(kind, before, after)
        place = " ".join(filter(None, (header, _quoted(name) if name else "", key)))
        yield Edit(way, header, nth, key, f"{place}{_difference(kind, before, after)}")


# --- which way ------------------------------------------------------------------------------------------------------


def _way(kind: str, old: object, new: object) -> Way:
    """Whether what is asked for became less or more."""
    if kind == "minor":
        return Way.MINOR
    if kind == "other":
        return Way.OTHER
    if kind == "differs":
        return Way.LOOSER
    if kind in ("start", "end"):
        return _bound(kind, old, new)
    if kind == "hours":
        return Way.TIGHTER if _minutes(old) < _minutes(new) else Way.LOOSER
    if kind in _SETS:
        return _sets(kind, _entries(old), _entries(new))
    before, after = _strength(kind, old), _strength(kind, new)
    if before is None or after is None:
        return Way.OTHER
    return Way.LOOSER if after < before else Way.TIGHTER


_SETS: Final = ("asked", "few", "about", "within")
_NONE: Final = -10_000_000_000.0


def _strength(kind: str, value: object) -> float | None:
    """How much a value asks for; None for one of another type."""
    if kind == "on":
        return float(bool(value)) if isinstance(value, bool | None) else None
    if kind in ("least", "most"):
        if value is None:
            return 0.0 if kind == "least" else _NONE
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return float(value) if kind == "least" and abs(value) < 1e9 else -float(min(abs(value), 1e9))
    if value is None:
        # No level: a demand for acknowledgement is not there, and a rule is about changes of any.
        return {"from": _NONE, "above": 0.0, "highest": 0.0}.get(kind)
    if kind == "moved":
        return float(_MOVED.index(value)) if value in _MOVED else None
    known = _PASSES if kind == "highest" else _LEVELS
    # The higher the level from which something is asked for, the less is asked for.
    return -float(known[value] + 1) if isinstance(value, str) and value in known else None


def _sets(kind: str, old: Sequence[str], new: Sequence[str]) -> Way:
    gone, came = set(old) - set(new), set(new) - set(old)
    if kind == "asked":
        return Way.LOOSER if gone else Way.TIGHTER
    if kind == "few":
        return Way.LOOSER if came else Way.TIGHTER
    if kind == "about":
        # An empty list is about everything.
        return Way.LOOSER if new and (not old or gone) else Way.TIGHTER
    return Way.LOOSER if old and (not new or came) else Way.TIGHTER


def _bound(kind: str, old: object, new: object) -> Way:
    """A beginning that came later, or an end that came earlier, holds less up; so may what cannot be compared."""
    if new is None:
        return Way.TIGHTER
    moments = [str(each)[:25] for each in (old, new) if isinstance(each, datetime.date)]
    if len(moments) < 2 or moments[0][10:] != moments[1][10:]:
        return Way.LOOSER
    earlier = moments[1] < moments[0]
    return Way.TIGHTER if earlier == (kind == "start") else Way.LOOSER


def _minutes(hours: object) -> frozenset[int]:
    """The minutes of a day that hours take in: all where none are said, and none where they cannot be read."""
    if hours is None:
        return frozenset(range(1440))
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", str(hours)[:20])
    if found is None:
        return frozenset()
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return frozenset(range(start, end) if start < end else (*range(start, 1440), *range(end)))


# --- words ----------------------------------------------------------------------------------------------------------


def _difference(kind: str, old: object, new: object) -> str:
    if kind in _SETS:
        before, after = _entries(old), _entries(new)
        gone = [each for each in before if each not in after]
        came = [each for each in after if each not in before]
        said = [f"{word} {_short(', '.join(names))}" for word, names in (("loses", gone), ("gains", came)) if names]
        return f" {' and '.join(said)}" if said else " is in another order"
    return f" {_value(kind, old)} -> {_value(kind, new)}"


def _value(kind: str, value: object) -> str:
    if value is None:
        return _NO_LIMIT if kind == "most" else "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return _short(" ".join(map(str, value)) or "nothing")
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _SAYS else f"{text[:_SAYS]} ..."


def _quoted(name: str) -> str:
    return f'"{_short(name)}"'


# --- reading what may be anything -----------------------------------------------------------------------------------


def _table(side: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = side.get(name)
    return found if isinstance(found, Mapping) else {}


def _listed(side: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = side.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _named(tables: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, Mapping[str, Any]]]:
    found: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for at, table in enumerate(tables):
        name = table.get("name")
        # Of two with one name the second is another rule.
        key = name if isinstance(name, str) and name not in found else f"number {at + 1}"
        found[key] = (at, table)
    return found


def _is_tables(value: object) -> bool:
    """Whether a value is tables that are compared one by one."""
    return isinstance(value, list) and bool(value) and all(isinstance(e, Mapping) and "key" not in e for e in value)


def _entries(value: object) -> list[str]:
    if not isinstance(value, list):
        return [] if value is None else [str(value)]
    return [f"{each.get('name')} ({each.get('key')})" if isinstance(each, Mapping) else str(each) for each in value]
