"""Turns what the inbox shows into a screenful that can be kept, and back into lines; pure.

What must stay true: as light to import as `inbox_rows`; the lines are those that the inbox itself paints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from reviewer.review.inbox_rows import PLACE, TALL, Beside, heading, inbox_row, panes, section_line, tall_row
from reviewer.review.lines import BLANK, Line, age, cut, key_words, width_of

if TYPE_CHECKING:
    from reviewer.model.change import Change

ROWS = 100
"""Changes that are kept: more than any screen has lines."""
_VERSION = 5
_FIELDS = ("change_id", "kind", "state", "run", "risk", "flags", "revision", "comments", "created_at")
_OUTSIDE = ("title", "branch", "agent", "target")


def kept(
    rows: Sequence[tuple[Change, Beside]],
    sections: Sequence[tuple[int, str, int]],
    total: int,
    title: Line,
    as_of: float | None,
    keys: Sequence[tuple[str, str]],
    colours: Mapping[str, str],
    few: Mapping[str, int],
    *,
    preview: bool,
    tall: bool | None,
) -> dict[str, Any]:
    """A screenful as plain values. `rows` are the first ones, the cursor on the first of them, `total` is how many
    there are; `sections` say where each begins, its name and its count; `preview` and `tall` are what was chosen.
    `few` are numbers of the terminal's 256 colours for grounds, where they were chosen by hand.
    """
    return {
        "version": _VERSION,
        "title": [list(part) for part in title],
        "as_of": as_of,
        "keys": [list(pair) for pair in keys],
        "preview": preview,
        "tall": tall,
        "total": total,
        "sections": [list(section) for section in sections],
        "colours": dict(colours),
        "few": dict(few),
        "rows": [
            {
                **{name: getattr(row, name) for name in _FIELDS},
                **{name: getattr(row, name).raw.encode("utf-8", "replace").decode() for name in _OUTSIDE},
                "size": [row.size.added, row.size.removed] if row.size else None,
                "words": list(row.words),
                "beside": list(beside),
            }
            for row, beside in rows
        ],
    }


def rows_on(peek: Mapping[str, Any], width: int, height: int) -> int:
    """How many rows are wholly on a screen."""
    lines = panes(width, height, bool(peek["preview"])).lines
    tall = height >= TALL if peek["tall"] is None else bool(peek["tall"])
    begins = {int(start) for start, _name, _count in peek["sections"]}
    used = 0
    for n in range(len(peek["rows"])):
        used += (n in begins) + (2 if tall else 1)
        if used > lines:
            return n
    return len(peek["rows"])


def screen_lines(
    peek: Mapping[str, Any], width: int, height: int, now: float, cursor: int = 0
) -> list[tuple[Line, str]]:
    """The lines of a screen, each with the colour behind it: title, heading, rows, the keys last.

    `cursor` is the row that the cursor is on.

    Raises KeyError, TypeError or ValueError for a screenful of another form.
    """
    if peek["version"] != _VERSION:
        raise ValueError("another version")
    title: Line = tuple((str(text), str(style)) for text, style in peek["title"])
    room = panes(width, height, bool(peek["preview"]))
    tall = height >= TALL if peek["tall"] is None else bool(peek["tall"])
    synced = as_of_words(peek["as_of"], now)
    left = cut(title, 0, width - width_of(synced))
    gap = " " * max(0, width - width_of(left) - width_of(synced))
    lines: list[tuple[Line, str]] = [((*left, (gap, "text"), *synced), "panel")]
    rows = _listed(peek, room.width, room.lines, now, cursor, tall=tall)
    listed = [(heading(room.width, tall=tall) if rows else BLANK, "surface"), *rows]
    if room.preview_width != width:
        # The ground of a preview that stands beside is painted in every line.
        listed += [(BLANK, "surface")] * (room.lines + 1 - len(listed))
        beside = " " * room.preview_width
        lines += [(_beside(line, behind, room.width, beside), "surface") for line, behind in listed]
    else:
        listed += [(BLANK, "surface")] * (room.lines + 1 - len(listed))
        lines += [*listed, *[(BLANK, "panel")] * room.preview_lines]
    place = f" {cursor + 1} of {int(peek['total'])} " if peek["rows"] else ""
    room_for_keys = max(0, width - PLACE)
    keys = cut(key_words([(str(key), str(word)) for key, word in peek["keys"]], room_for_keys), 0, room_for_keys)
    gap = " " * max(0, width - width_of(keys) - len(place))
    lines.append(((*keys, (gap, "text"), (place, "muted")), "panel"))
    return [(cut(line, 0, width), behind) for line, behind in lines]


def _listed(
    peek: Mapping[str, Any], width: int, room: int, now: float, cursor: int, *, tall: bool
) -> list[tuple[Line, str]]:
    begins = {int(start): (str(name), int(count)) for start, name, count in peek["sections"]}
    lines: list[tuple[Line, str]] = []
    for n, fields in enumerate(peek["rows"]):
        if n in begins:
            lines.append((section_line(*begins[n], width), "surface"))
        behind = "cursor" if n == cursor else "surface"
        row = _row(fields)
        fresh, *more = fields["beside"]
        beside = Beside(bool(fresh) and n != cursor, *more)
        if tall:
            lines += [(line, behind) for line in tall_row(row, width, now, beside)]
        else:
            lines.append((inbox_row(row, width, now, beside), behind))
        if len(lines) >= room:
            break
    return lines[:room]


def _beside(line: Line, behind: str, width: int, preview: str) -> Line:
    """A line of the list on its own colour, then the preview's ground."""
    padded = (*line, (" " * max(0, width - width_of(line)), "text"))
    if behind != "surface":
        padded = tuple((text, f"{style} on:{behind}") for text, style in padded)
    return (*padded, (preview, "text on:panel")) if preview else padded


def as_of_words(as_of: float | None, now: float) -> Line:
    """How old what is shown is; times are in Unix seconds."""
    return ((f" as of {age(now - as_of)} ago " if as_of else " not synced yet ", "muted"),)


def _row(fields: Mapping[str, Any]) -> Any:
    size = fields["size"]
    shown = SimpleNamespace(**{name: fields[name] for name in (*_FIELDS, *_OUTSIDE)})
    shown.size = SimpleNamespace(added=int(size[0]), removed=int(size[1])) if size else None
    shown.words = tuple(map(str, fields["words"]))
    return shown
