"""Says what a painted line is made of: parts of harmless text, each with the name of a meaning; pure.

A style's name is a colour of the theme by meaning ("muted", "risk-high"), then any of "bold", "italic", "underline" and
"on:NAME" for the colour behind it. What a name looks like is the theme's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reviewer.text import cell_width, cells_until, fit, wrapped

Part = tuple[str, str]
"""Text that `show` has rendered, and the name of its style."""
Line = tuple[Part, ...]

BLANK: Line = ()


def line(text: str, style: str = "text") -> Line:
    return ((text, style),)


def width_of(parts: Line) -> int:
    return sum(cell_width(text) for text, _ in parts)


def cut(parts: Line, start: int, width: int) -> Line:
    """The cells from `start` on, `width` at most; half of a wide character is a space."""
    found: list[Part] = []
    at = 0
    for text, style in parts:
        have = cell_width(text)
        if at + have > start and width > 0:
            skip = max(0, start - at)
            if skip:
                kept = cells_until(text, skip)
                gap = skip - cell_width(text[:kept])
                # A wide character that the edge cuts leaves its other half as a space.
                text = " " * (cell_width(text[kept : kept + 1]) - gap) + text[kept + 1 :] if gap else text[kept:]
            room = cells_until(text, width)
            if room < len(text):
                text = text[:room]
                text += " " * min(1, width - cell_width(text))
            found.append((text, style))
            width -= cell_width(text)
        at += have
    return tuple(found)


def shortened(parts: Line, width: int) -> Line:
    """The parts in `width` cells: what does not fit ends in `…`, or goes where too little of it would be left."""
    if width_of(parts) <= width:
        return parts
    kept: list[Part] = []
    for text, style in parts:
        have = cell_width(text)
        if have > width:
            if width >= 8 or (not kept and width > 0):
                kept += [*cut(((text, style),), 0, width - 1), ("…", style)]
            break
        kept.append((text, style))
        width -= have
    return tuple(kept)


def columns(cells: Iterable[tuple[str, str, int, bool]]) -> Line:
    """Cells of (text, style, width, to the right), each padded or cut to its width."""
    return tuple((fit(text, width, right=right), style) for text, style, width, right in cells if width > 0)


def paragraph(text: str, width: int, style: str = "text", *, indent: str = "") -> list[Line]:
    """Rendered text broken at `width`, each line after `indent`."""
    return [((indent, style), (piece, style)) for piece in wrapped(text, max(8, width - cell_width(indent)))]


def severity_style(severity: str | None) -> str:
    """The style of a severity by its name; none is muted."""
    return f"risk-{severity}" if severity in ("critical", "high", "medium", "low") else "muted"


def key_words(keys: Sequence[tuple[str, str]], width: int) -> Line:
    """Keys and what they do, for a footer: as many as the width has room for, the last one always among them."""
    room = width - sum(len(f" {key} {word} ") for key, word in keys[-1:])
    kept: list[tuple[str, str]] = []
    for key, word in keys[:-1]:
        room -= len(f" {key} {word} ")
        if room < 0:
            break
        kept.append((key, word))
    parts: list[Part] = []
    for key, word in (*kept, *keys[-1:]):
        parts += [(f" {key} ", "accent bold"), (f"{word} ", "muted")]
    return tuple(parts)


def age(seconds: float) -> str:
    """How long ago, in three or four cells: 12s, 5m, 3h, 2d, 9w."""
    seconds = max(0.0, seconds)
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size * (2 if unit == "w" else 1):
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
