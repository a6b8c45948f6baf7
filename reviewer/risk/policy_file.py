"""Rules on a change of `reviewer.toml` itself: which key asks for less after it than before, from what to what.

What must stay true: any change of the file is a finding; a side that cannot be read is never taken for one that asks
for the same; bounded whatever stands in the file. The gate goes by the file of the target branch, so that a change of
it counts for the changes after it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from reviewer.model.diff import MODE_SUBMODULE, MODE_SYMLINK
from reviewer.model.finding import Severity
from reviewer.risk.policy_edits import HEADLESS, Edit, Way, edits
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

PATH: Final = "reviewer.toml"
_NO_FILE: Final = (MODE_SYMLINK, MODE_SUBMODULE)
"""What the gate does not read as a file, so that nothing of it holds."""
_BYTES: Final = 256 * 1024
_SMALL: Final = 16 * 1024
"""Of a part that ends within a list so much is tried again without its last lines."""
_DOTS: Final = 1000
"""In one line: a key of many parts costs its square to read. The gate refuses such a file."""
_TOLD: Final = 40
"""Edits that are told one by one."""
_WORDS: Final = 300
_HEADER: Final = re.compile(r"[ \t]*(\[\[?)[ \t]*([\w.-]{1,80})[ \t]*\]\]?[ \t]*(?:#.*)?\Z")
_KEY: Final = re.compile(r"[ \t]*([\w-]{1,80})(?:\.[\w.-]{1,80})?[ \t]*=")
_CATEGORY: Final = "check-weakened"
_SAYS: Final = {
    Way.LOOSER: ("policy-loosened", Severity.HIGH, "loosens the policy"),
    Way.OTHER: ("policy-changed", Severity.MEDIUM, "changes what the policy goes by"),
    Way.MINOR: ("policy-changed", Severity.LOW, f"changes {PATH}"),
    Way.TIGHTER: ("policy-tightened", Severity.INFO, "tightens the policy"),
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One side of one hunk: its values, and the lines of each key by table, which of that name, and key."""

    values: Mapping[str, Any]
    lines: Mapping[tuple[str, int, str], Sequence[Line]]


def policy_file(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on a change of the file that says what an approval asks for."""
    change = file.diff.change
    before = change.old_path.raw == PATH and not file.new and change.old_mode not in _NO_FILE
    after = change.new_path.raw == PATH and not file.gone and change.new_mode not in _NO_FILE
    if not before and not after:
        return
    if not file.lines:
        if before and not after:
            said = f"moves {PATH} away: nothing that it says holds any more"
            yield hit("policy-loosened", _CATEGORY, Severity.HIGH, None, said)
        else:
            yield hit("policy-changed", _CATEGORY, Severity.MEDIUM, None, f"changes {PATH} in a way that shows no lines")
        return
    found: list[tuple[Edit, Line]] = []
    unread = False
    if sum(len(line.text) for line in file.lines) > 2 * _BYTES:
        yield from _unread(file, file.lines, after)
        return
    for _, each in groupby(file.lines, key=lambda line: line.hunk):
        lines = list(each)
        if not any(line.kind != " " for line in lines):
            continue
        read = _both(lines, before, after)
        if read is None:
            unread = True
            yield from _unread(file, lines, after)
            continue
        old, new = read
        top = _first(lines)
        found += [(edit, _place(edit, old, new, lines)) for edit in edits(old.values, new.values, headless=not top)]
    if found or not unread:
        yield from _told(file, found)


def _first(lines: Sequence[Line]) -> bool:
    """Whether a hunk begins where the file does, so that the tables of its first keys are known."""
    first = lines[0]
    return first.number <= 1 and (first.kind != " " or first.other <= 1)


def _both(lines: Sequence[Line], before: bool, after: bool) -> tuple[_Reading, _Reading] | None:
    top = _first(lines)
    old = _read([line for line in lines if line.kind in " -"] if before else [], top)
    new = _read([line for line in lines if line.kind in " +"] if after else [], top)
    return (old, new) if old is not None and new is not None else None


def _unread(file: Subject, lines: Sequence[Line], after: bool) -> Iterator[Hit]:
    """That a side cannot be read, and what that means."""
    first = next((line for line in lines if line.kind != " "), None)
    whole = file.new or (len(file.heads) == 1 and _first(lines))
    broken = whole and after and _read([line for line in lines if line.kind in " +"], True) is None
    said = f"leaves a {PATH} that cannot be read: the gate refuses it" if broken else "changes what the policy goes by"
    yield hit("policy-changed", _CATEGORY, Severity.MEDIUM, first, said)


def _told(file: Subject, found: Sequence[tuple[Edit, Line]]) -> Iterator[Hit]:
    if not found:
        changed = (file.added or file.removed)[0]
        yield hit("policy-changed", _CATEGORY, Severity.LOW, changed, f"changes {PATH}, and nothing that it asks for")
        return
    places: dict[tuple[str, int, Way], list[tuple[Edit, Line]]] = {}
    for edit, line in found:
        places.setdefault((line.kind, line.number, edit.way), []).append((edit, line))
    ways = list(Way)
    for together in sorted(places.values(), key=lambda each: ways.index(each[0][0].way))[:_TOLD]:
        (edit, line), *_ = together
        rule, severity, said = _SAYS[edit.way]
        what = "; ".join(each.said for each, _line in together)
        construct = f"{rule} {edit.said[:200]}"
        yield hit(rule, _CATEGORY, severity, line, f"{said}: {what[:_WORDS]}", construct)


def _place(edit: Edit, old: _Reading, new: _Reading, lines: Sequence[Line]) -> Line:
    """The line that shows an edit: one that came for what is said now, else one that went."""
    for reading, nth, kind in ((new, edit.nth[1], "+"), (old, edit.nth[0], "-")):
        if nth is not None:
            mine = reading.lines.get((edit.header, nth, edit.key), ())
            changed = next((line for line in mine if line.kind == kind), None)
            if changed is not None:
                return changed
    return next((line for line in lines if line.kind != " "), lines[0])


# --- reading --------------------------------------------------------------------------------------------------------


def _read(lines: Sequence[Line], top: bool) -> _Reading | None:
    """One side as TOML; None where it is none. A hunk that begins within a list is read from its first key on."""
    if sum(len(line.full) for line in lines) > _BYTES or any(line.full.count(".") > _DOTS for line in lines):
        return None
    if not top:
        start = next((n for n, line in enumerate(lines) if _KEY.match(line.text) or _HEADER.match(line.text)), 0)
        if any(line.kind != " " for line in lines[:start]):
            return None
        lines = lines[start:]
    values = _parsed(lines)
    small = sum(len(line.text) for line in lines) < _SMALL
    for less in range(1, 9) if values is None and not top and small else ():
        # It may end within a list; what changed must not be what is left out.
        if any(line.kind != " " for line in lines[-less:]):
            break
        values = _parsed(lines[:-less])
        if values is not None:
            break
    return _Reading(values, _indexed(lines)) if values is not None else None


def _parsed(lines: Sequence[Line]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(line.full.removesuffix("\r") for line in lines))
    except (ValueError, RecursionError):
        # Also for a number with too many digits.
        return None


def _indexed(lines: Sequence[Line]) -> dict[tuple[str, int, str], list[Line]]:
    """The lines of each key, as far as they are written the plain way."""
    found: dict[tuple[str, int, str], list[Line]] = {}
    counts: dict[str, int] = {}
    header, nth, key = HEADLESS, 0, ""
    for line in lines:
        if head := _HEADER.match(line.text):
            header = f"[{head[2]}]" if head[1] == "[" else f"[[{head[2]}]]"
            nth, key = counts.get(header, 0), ""
            counts[header] = nth + 1
        elif named := _KEY.match(line.text):
            key = named[1]
        found.setdefault((header, nth, key), []).append(line)
    return found
