"""Paints the rows of a difference as parts of text: line numbers, signs, code colours, changed words, matches; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reviewer.diff.columns import TwoColumns
from reviewer.diff.lines import HunkLines
from reviewer.diff.refine import Span, changed_words, trailing_space
from reviewer.diff.rows import Row
from reviewer.diff.spans import CLASSES
from reviewer.model.diff import FileDiff, Line
from reviewer.model.finding import Side
from reviewer.review.lines import Line as Painted
from reviewer.review.lines import Part, cut, width_of
from reviewer.text import cell_width, show, show_mapped

LONGEST: Final = 8192
"""Bytes of one line that are decoded; what is behind them is counted."""
_MOST_ROWS: Final = 200
_UNKNOWN: Final = (" ", "muted")
_CLASS_STYLES: Final = tuple(f"syntax-{name}" if name else "text" for name in CLASSES)
Spans = Sequence[tuple[int, int, int]]
Colours = Callable[[Side, int], Spans]
"""The token classes of a line, by its side and its number on it."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that stand for what has no letter of its own."""

    added: str = "+"
    removed: str = "-"
    moved_here: str = ">"
    moved_away: str = "<"
    quiet: str = "~"
    tab: str = "→"
    space: str = "·"
    between: str = "│"
    ran: str = "∙"
    missed: str = "✗"
    more: str = "›"


SIGNS: Final = Signs()


@dataclass(frozen=True, slots=True)
class View:
    """How lines are shown: cells of the view, cells of a line number, shift to the left, what is searched for.

    `quiet` are changed lines, by side and number, that only their layout makes different; `moved` says of one that
    moved where its other end is, empty inside a block. `wrapped` lines show only what has room, `piece` by piece;
    others end in a sign where they go on beyond the edge.
    `ran` says of a line of the new side whether it ran, None where that is not known.
    `crlf`: each line ends in CR LF, which is said above them and not in each.
    """

    width: int
    digits: int = 3
    split: bool = False
    shift: int = 0
    needle: str = ""
    quiet: Collection[tuple[Side, int]] = ()
    moved: Callable[[Side, int], str | None] = lambda _side, _number: None
    piece: int = 0
    signs: Signs = SIGNS
    ran: Callable[[int], bool | None] = lambda _number: None
    crlf: bool = False
    wrapped: bool = False

    def room(self) -> int:
        """Cells that a line's text has."""
        if self.split:
            return max(8, (self.width - 1) // 2 - self.digits - 2)
        return max(8, self.width - 2 * self.digits - 3)


def no_colours(_side: Side, _number: int) -> Spans:
    return ()


def decoded(text: bytes) -> str:
    """A line as text: at most `LONGEST` bytes of it."""
    return text[:LONGEST].decode("utf-8", "surrogateescape")


def line_row(row: Row, view: View, colours: Colours = no_colours, *, lit: bool = False) -> Painted:
    """One row of lines; `lit` leaves the colour behind it to the cursor."""
    old, new = row.left, row.right
    if view.split:
        words: tuple[list[Span], list[Span]] = ([], [])
        if old is not None and new is not None and old.kind == "-" and new.kind == "+":
            words = changed_words(decoded(old.text), decoded(new.text))
        half = (view.width - 1) // 2
        left = _half(old, Side.OLD, half, words[0], view, colours, lit, row.cut[0])
        right = _half(new, Side.NEW, view.width - half - 1, words[1], view, colours, lit, row.cut[1])
        return (*left, (view.signs.between, "muted"), *right)
    line = old if old is not None else new
    assert line is not None
    spans: list[Span] = []
    if row.partner is not None:
        one, other = (line, row.partner) if line.kind == "-" else (row.partner, line)
        spans = changed_words(decoded(one.text), decoded(other.text))[0 if line.kind == "-" else 1]
    side = Side.OLD if line.kind == "-" else Side.NEW
    number = tuple(
        f"{n:>{view.digits}}" if n is not None and not view.piece else " " * view.digits for n in (line.old, line.new)
    )
    gutter: list[Part] = [(f"{number[0]} {number[1]}", "muted"), _ran(line, view), _sign(line, side, view)]
    body = _body(line, side, spans, view, colours, lit, row.cut[0 if old is not None else 1])
    room = view.width - width_of(tuple(gutter))
    return (*gutter, *_filled(body, line, side, room, view, lit))


def _half(
    line: Line | None,
    side: Side,
    width: int,
    words: Sequence[Span],
    view: View,
    colours: Colours,
    lit: bool,
    left_out: int,
) -> Painted:
    if line is None:
        return ((" " * width, "text"),)
    number = line.old if side is Side.OLD else line.new
    shown = f"{number:>{view.digits}}" if number is not None and not view.piece else " " * view.digits
    ran = _ran(line, view) if side is Side.NEW else _UNKNOWN
    gutter: list[Part] = [(shown, "muted"), ran, _sign(line, side, view)]
    body = _body(line, side, words, view, colours, lit, left_out)
    return (*gutter, *_filled(body, line, side, width - width_of(tuple(gutter)), view, lit))


def _number(line: Line, side: Side) -> int:
    return (line.old if side is Side.OLD else line.new) or 0


def _ran(line: Line, view: View) -> Part:
    """Whether an added line ran; a blank where nothing is known."""
    ran = view.ran(line.new or 0) if line.kind == "+" and not view.piece else None
    if ran is None:
        return _UNKNOWN
    return (view.signs.ran, "run-success") if ran else (view.signs.missed, "run-failure bold")


def _sign(line: Line, side: Side, view: View) -> Part:
    signs = view.signs
    if view.piece or line.kind not in "+-":
        return " ", "muted"
    if view.moved(side, _number(line, side)) is not None:
        return (signs.moved_here if line.kind == "+" else signs.moved_away), "claim bold"
    if (side, _number(line, side)) in view.quiet:
        return signs.quiet, "muted bold"
    return (signs.added, "added bold") if line.kind == "+" else (signs.removed, "removed bold")


def _filled(body: Sequence[Part], line: Line, side: Side, room: int, view: View, lit: bool) -> list[Part]:
    """The text cut to its room, the colour behind it carried to the edge; cut, its last cell says so."""
    start = view.shift + view.piece * room
    parts = list(cut(tuple(body), start, room))
    rest = room - width_of(tuple(parts))
    if rest > 0:
        return [*parts, (" " * rest, f"text{_surface(line, side, view, lit)}")]
    beyond = _beyond(body, start + room) if not view.wrapped or view.piece == _MOST_ROWS else ""
    if not beyond:
        return parts
    return [*cut(tuple(parts), 0, room - 1), (view.signs.more, f"{beyond}{_surface(line, side, view, lit)}")]


def _beyond(body: Sequence[Part], end: int) -> str:
    """How to say that a line goes on after cell `end`, empty where it does not: loud where what changed lies there."""
    at = 0
    cut_off = False
    for text, style in body:
        at += cell_width(text)
        if at <= end:
            continue
        cut_off = True
        if "-word" in style or "match" in style:
            return "claim bold"
    return "muted" if cut_off else ""


def _surface(line: Line, side: Side, view: View, lit: bool) -> str:
    if lit or line.kind not in "+-":
        return ""
    number = _number(line, side)
    if (side, number) in view.quiet or view.moved(side, number) is not None:
        return ""
    return " on:added-surface" if line.kind == "+" else " on:removed-surface"


def _body(
    line: Line, side: Side, words: Sequence[Span], view: View, colours: Colours, lit: bool, left_out: int
) -> list[Part]:
    text = line.text.removesuffix(b"\r") if view.crlf else line.text
    raw = decoded(text)
    if line.kind == "\\":
        return [(show(raw.strip(), limit=80), "muted italic")]
    number = line.old if side is Side.OLD else line.new
    behind = _surface(line, side, view, lit)
    quiet = (side, number) in view.quiet
    word = {"+": " on:added-word", "-": " on:removed-word"}.get(line.kind, behind) if not quiet else behind
    matches = _matches(raw, view.needle)
    spans = colours(side, number) if number is not None and not quiet else ()
    parts = _styled(raw, spans, words, matches, behind, word, "muted" if quiet else "text")
    if line.kind in "+-":
        parts = _with_space(parts, raw, text, behind, view.signs)
        moved = view.moved(side, number or 0)
        if moved:
            parts.append((f"  {moved}", f"claim italic{behind}"))
    left_out += max(0, len(line.text) - LONGEST)
    if left_out:
        parts.append((f" … {left_out} more bytes", f"muted{behind}"))
    return parts


def _matches(raw: str, needle: str) -> list[Span]:
    if not needle:
        return []
    found: list[Span] = []
    small, wanted = raw.lower(), needle.lower()
    if len(small) != len(raw):
        return []
    at = small.find(wanted)
    while at >= 0 and len(found) < 200:
        found.append((at, at + len(wanted)))
        at = small.find(wanted, at + len(wanted))
    return found


def _with_space(parts: list[Part], raw: str, said: bytes, behind: str, signs: Signs) -> list[Part]:
    """The parts of a changed line with tabs and the white space at its end made visible."""
    bare = trailing_space(said[:LONGEST])
    tail = len(said[:LONGEST]) - bare
    if "\t" not in raw and not tail:
        return parts
    _, offsets = show_mapped(raw)
    tabs = [offsets[n] for n, char in enumerate(raw[:400]) if char == "\t"]
    end = len(raw.rstrip(" \t\f\v\r")) if tail else len(raw)
    first = offsets[end]
    if not tabs and first >= offsets[len(raw)]:
        return parts
    found: list[Part] = []
    at = 0
    for text, style in parts:
        pieces = list(text)
        head = max(0, min(len(text), first - at))
        end_of_tail = max(head, min(len(text), offsets[len(raw)] - at))
        inside = [n - at for n in tabs if at <= n < at + len(text)]
        for n in inside:
            pieces[n] = signs.tab
        cuts = {0, head, end_of_tail, len(text), *inside, *(n + 1 for n in inside)}
        for one, other in pairwise(sorted(cuts)):
            word = "".join(pieces[one:other])
            if head <= one < end_of_tail:
                found.append((word.replace(" ", signs.space), f"risk-high{behind}"))
            elif word == signs.tab and at + one in tabs:
                found.append((word, f"muted{_ground(style)}"))
            else:
                found.append((word, style))
        at += len(text)
    return found


def _ground(style: str) -> str:
    at = style.find(" on:")
    return style[at:] if at >= 0 else ""


def extra_rows(diff: FileDiff, width: int, digits: int, *, split: bool) -> list[tuple[Side, int, int]]:
    """The lines that do not fit into one row, as side, number, and how many rows more they take."""
    room = View(width, digits, split).room()
    long = re.compile(rb"[^\n]{%d,}" % (room // 4 + 1))
    found: list[tuple[Side, int, int]] = []
    for hunk in diff.hunks:
        lines: HunkLines | None = None
        columns: TwoColumns | None = None
        most: dict[int, tuple[Side, int, int]] = {}
        for match in long.finditer(diff.patch, hunk.start, hunk.end):
            text = decoded(match[0][1:])
            cells = cell_width(show(text)) if len(text) * 2 > room // 2 else 0
            more = min(_MOST_ROWS, (cells - 1) // room)
            if more <= 0:
                continue
            lines = lines or HunkLines(diff.patch, hunk)
            n = lines.line_at(match.start())
            line, _ = lines.line(n)
            side = Side.NEW if line.new is not None else Side.OLD
            number = line.new if line.new is not None else line.old
            if number is None:
                continue
            row = n
            if split:
                columns = columns or TwoColumns(lines)
                row = columns.row(n)
            if more > most.get(row, (side, 0, 0))[2]:
                most[row] = (side, number, more)
        found += most.values()
    return found


def _styled(
    raw: str, spans: Spans, words: Sequence[Span], matches: Sequence[Span], behind: str, word: str, ink: str = "text"
) -> list[Part]:
    """Text in parts of one style each; places are characters of `raw`."""
    shown, offsets = show_mapped(raw)
    end = len(raw)
    cuts = {0, end}
    for start, length, _ in spans:
        cuts.update((min(start, end), min(start + length, end)))
    for first, last in (*words, *matches):
        cuts.update((min(first, end), min(last, end)))
    places = sorted(cuts)
    parts: list[Part] = []
    at_span = at_word = at_match = 0
    for first, last in pairwise(places):
        while at_span < len(spans) and spans[at_span][0] + spans[at_span][1] <= first:
            at_span += 1
        while at_word < len(words) and words[at_word][1] <= first:
            at_word += 1
        while at_match < len(matches) and matches[at_match][1] <= first:
            at_match += 1
        style = ink
        if at_span < len(spans) and spans[at_span][0] <= first:
            kind = spans[at_span][2]
            style = _CLASS_STYLES[kind] if 0 <= kind < len(_CLASS_STYLES) else ink
        under = word if at_word < len(words) and words[at_word][0] <= first else behind
        if at_match < len(matches) and matches[at_match][0] <= first:
            style, under = "match", " on:match-surface"
        parts.append((shown[offsets[first] : offsets[last]], f"{style}{under}"))
    if len(shown) > offsets[end]:
        parts.append((shown[offsets[end] :], f"muted{behind}"))
    return parts
