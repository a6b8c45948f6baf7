"""Turns what the inbox shows into a screenful that can be kept, and back into lines; pure.

What must stay true: as light to import as `inbox_rows`; the lines are those that the inbox itself paints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from reviewer.review.inbox_rows import heading, inbox_row
from reviewer.review.lines import BLANK, Line, age, cut, key_words, width_of

if TYPE_CHECKING:
    from reviewer.model.change import Change

_FIELDS = ("state", "run", "risk", "flags", "revision", "comments", "created_at")
_OUTSIDE = ("title", "branch", "agent", "target")


def kept(
    rows: Sequence[Change],
    fresh: frozenset[str],
    title: Line,
    as_of: float | None,
    keys: Sequence[tuple[str, str]],
    preview: bool,
    colours: Mapping[str, str],
) -> dict[str, Any]:
    """A screenful as plain values. `rows` are those shown, the cursor on the first; `preview` whether it is open."""
    return {
        "version": 1,
        "title": [list(part) for part in title],
        "as_of": as_of,
        "keys": [list(pair) for pair in keys],
        "preview": preview,
        "colours": dict(colours),
        "rows": [
            {
                **{name: getattr(row, name) for name in _FIELDS},
                **{name: getattr(row, name).raw.encode("utf-8", "replace").decode() for name in _OUTSIDE},
                "size": [row.size.added, row.size.removed] if row.size else None,
                "fresh": row.change_id in fresh,
            }
            for row in rows
        ],
    }


def screen_lines(peek: Mapping[str, Any], width: int, height: int, now: float) -> list[tuple[Line, str]]:
    """The lines of a screen, each with the colour behind it: title, heading, rows, the keys last.

    Raises KeyError, TypeError or ValueError for a screenful of another form.
    """
    if peek["version"] != 1:
        raise ValueError("another version")
    title: Line = tuple((str(text), str(style)) for text, style in peek["title"])
    rows = [_row(row) for row in peek["rows"]]
    room = height - 3
    preview = max(0, height - 2 - 1) * 45 // 100 if peek["preview"] and height >= 16 else 0
    synced = as_of_words(peek["as_of"], now)
    left = cut(title, 0, width - width_of(synced))
    gap = " " * max(0, width - width_of(left) - width_of(synced))
    lines: list[tuple[Line, str]] = [((*left, (gap, "text"), *synced), "panel"), (heading(width), "surface")]
    for n, row in enumerate(rows[: room - preview]):
        fresh = bool(row.fresh) and n > 0
        lines.append((inbox_row(row, width, now, fresh=fresh), "surface" if n else "cursor"))
    lines += [(BLANK, "surface")] * (room - preview - (len(lines) - 2)) + [(BLANK, "panel")] * preview
    keys = key_words([(str(key), str(word)) for key, word in peek["keys"]], width - 10)
    place = f" 1 of {len(rows)} "
    gap = " " * max(0, width - width_of(keys) - len(place))
    lines.append(((*keys, (gap, "text"), (place, "muted")), "panel"))
    return [(cut(line, 0, width), behind) for line, behind in lines]


def as_of_words(as_of: float | None, now: float) -> Line:
    """How old what is shown is; times are in Unix seconds."""
    return ((f" as of {age(now - as_of)} ago " if as_of else " not synced yet ", "muted"),)


def _row(fields: Mapping[str, Any]) -> Any:
    size = fields["size"]
    shown = SimpleNamespace(**{name: fields[name] for name in (*_FIELDS, *_OUTSIDE)}, fresh=fields["fresh"])
    shown.size = SimpleNamespace(added=int(size[0]), removed=int(size[1])) if size else None
    return shown
