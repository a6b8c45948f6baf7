"""Paints the rows of a difference as parts of text: line numbers, signs, code colours, changed words, matches; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from reviewer.diff.refine import Span, changed_words
from reviewer.diff.rows import Row
from reviewer.diff.spans import CLASSES
from reviewer.model.diff import (
    MODE_EXECUTABLE,
    MODE_SUBMODULE,
    MODE_SYMLINK,
    FileChange,
    FileDiff,
    FileStatus,
    Line,
)
from reviewer.model.finding import Side
from reviewer.review.lines import Line as Painted
from reviewer.review.lines import Part, cut, width_of
from reviewer.text import show, show_mapped

LONGEST: Final = 8192
"""Bytes of one line that are decoded; what is behind them is counted."""
_CLASS_STYLES: Final = tuple(f"syntax-{name}" if name else "text" for name in CLASSES)
Spans = Sequence[tuple[int, int, int]]
Colours = Callable[[Side, int], Spans]
"""The token classes of a line, by its side and its number on it."""


@dataclass(frozen=True, slots=True)
class View:
    """How lines are shown: cells of the view, cells of a line number, shift to the left, what is searched for."""

    width: int
    digits: int = 3
    split: bool = False
    shift: int = 0
    needle: str = ""


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
        return (*left, ("│", "muted"), *right)
    line = old if old is not None else new
    assert line is not None
    spans: list[Span] = []
    if row.partner is not None:
        one, other = (line, row.partner) if line.kind == "-" else (row.partner, line)
        spans = changed_words(decoded(one.text), decoded(other.text))[0 if line.kind == "-" else 1]
    number = tuple(f"{n:>{view.digits}}" if n is not None else " " * view.digits for n in (line.old, line.new))
    gutter: list[Part] = [(f"{number[0]} {number[1]} ", "muted"), _sign(line)]
    side = Side.OLD if line.kind == "-" else Side.NEW
    body = _body(line, side, spans, view, colours, lit, row.cut[0 if old is not None else 1])
    room = view.width - width_of(tuple(gutter))
    return (*gutter, *_filled(body, line, room, view.shift, lit))


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
    shown = f"{number:>{view.digits}}" if number is not None else " " * view.digits
    gutter: list[Part] = [(f"{shown} ", "muted"), _sign(line)]
    body = _body(line, side, words, view, colours, lit, left_out)
    return (*gutter, *_filled(body, line, width - width_of(tuple(gutter)), view.shift, lit))


def _sign(line: Line) -> Part:
    return {"+": ("+", "added bold"), "-": ("-", "removed bold")}.get(line.kind, (" ", "muted"))


def _filled(body: Sequence[Part], line: Line, room: int, shift: int, lit: bool) -> list[Part]:
    """The text cut to its room, the colour behind it carried to the edge."""
    parts = list(cut(tuple(body), shift, room))
    rest = room - width_of(tuple(parts))
    if rest > 0:
        parts.append((" " * rest, f"text{_surface(line, lit)}"))
    return parts


def _surface(line: Line, lit: bool) -> str:
    if lit:
        return ""
    return {"+": " on:added-surface", "-": " on:removed-surface"}.get(line.kind, "")


def _body(
    line: Line, side: Side, words: Sequence[Span], view: View, colours: Colours, lit: bool, left_out: int
) -> list[Part]:
    raw = decoded(line.text)
    if line.kind == "\\":
        return [(show(raw.strip(), limit=80), "muted italic")]
    number = line.old if side is Side.OLD else line.new
    behind = _surface(line, lit)
    word = {"+": " on:added-word", "-": " on:removed-word"}.get(line.kind, behind)
    matches = _matches(raw, view.needle)
    parts = _styled(raw, colours(side, number) if number is not None else (), words, matches, behind, word)
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


def _styled(
    raw: str, spans: Spans, words: Sequence[Span], matches: Sequence[Span], behind: str, word: str
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
        style = "text"
        if at_span < len(spans) and spans[at_span][0] <= first:
            kind = spans[at_span][2]
            style = _CLASS_STYLES[kind] if 0 <= kind < len(_CLASS_STYLES) else "text"
        under = word if at_word < len(words) and words[at_word][0] <= first else behind
        if at_match < len(matches) and matches[at_match][0] <= first:
            style, under = "match", " on:match-surface"
        parts.append((shown[offsets[first] : offsets[last]], f"{style}{under}"))
    if len(shown) > offsets[end]:
        parts.append((shown[offsets[end] :], f"muted{behind}"))
    return parts


# --- what is not a line ---------------------------------------------------------------------------------------------


def file_words(change: FileChange) -> str:
    """What happened to a file, in words: renamed, mode, symbolic link, submodule."""
    words = [] if change.status is FileStatus.MODIFIED else [change.status.value]
    if change.status in (FileStatus.RENAMED, FileStatus.COPIED):
        words[0] += f" from {show(change.old_path, limit=200)}"
        if change.similarity is not None and change.similarity < 100:
            words[0] += f" ({change.similarity} % alike)"
    if change.old_mode and change.new_mode and change.old_mode != change.new_mode:
        words.append(f"{mode_words(change.old_mode)} → {mode_words(change.new_mode)}")
    elif (change.new_mode or change.old_mode) in (MODE_SYMLINK, MODE_SUBMODULE):
        words.append(mode_words(change.new_mode or change.old_mode))
    elif change.status is FileStatus.ADDED and change.new_mode == MODE_EXECUTABLE:
        words.append("executable")
    return ", ".join(words)


def mode_words(mode: int) -> str:
    known = {
        MODE_SYMLINK: "symbolic link",
        MODE_SUBMODULE: "submodule",
        MODE_EXECUTABLE: "executable",
        0o100644: "file",
    }
    return known.get(mode, f"mode {mode:o}")


def file_row(change: FileChange, size: tuple[int, int] | None, *, folded: bool = False, flags: int = 0) -> Painted:
    """The header of a file in the stream."""
    sign = "▸" if folded else "▾"
    parts: list[Part] = [(f"{sign} ", "accent"), (show(change.path, limit=400), "text bold")]
    words = file_words(change)
    if words:
        parts.append((f"  {words}", "muted"))
    if size is not None:
        parts += [(f"  +{size[0]}", "added"), (f" -{size[1]}", "removed")]
    if flags:
        parts.append((f"  ▲ {flags}", "risk-high"))
    return tuple(parts)


def hunk_row(diff: FileDiff, index: int) -> Painted:
    """The header of a hunk: its ranges, and the function that git saw around it."""
    hunk = diff.hunks[index]
    ranges = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    section = f"  {show(hunk.section, limit=200)}" if hunk.section else ""
    return ((ranges, "hunk"), (section, "muted"))


def nothing_to_show(diff: FileDiff) -> str:
    """Why a file has no lines to show, empty where it has."""
    change = diff.change
    if diff.hunks:
        return ""
    if diff.combined:
        return "a merge compared with all its parents at once: see one side of it with reviewer diff A..B"
    if diff.binary:
        return f"binary: nothing that can be read as lines ({change.old_oid[:10]} → {change.new_oid[:10]})"
    if change.new_mode == MODE_SUBMODULE or change.old_mode == MODE_SUBMODULE:
        return f"submodule: {change.old_oid[:12]} → {change.new_oid[:12]}"
    if change.status in (FileStatus.RENAMED, FileStatus.COPIED):
        return "content unchanged"
    if change.old_oid == change.new_oid:
        return "only its mode changed"
    return "empty file" if change.status in (FileStatus.ADDED, FileStatus.DELETED) else "no line changed"
