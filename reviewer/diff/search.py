"""Finds the lines of a file's difference that hold a text or fit a pattern, from the patch's bytes.

What must stay true: the work grows with the patch alone, whatever it and the pattern hold: no match is tried from
each place anew, all places of the pattern that fit so far are one number, and what follows from it is learned once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from reviewer.diff.lines import line_chunk_end
from reviewer.diff.pattern import BEGIN, END, Choice, Node, Repeat, Sequence, Symbols, parsed
from reviewer.model.diff import FileDiff, Hunk
from reviewer.model.errors import UsageError

LIMIT: Final = 10_000
_PLACES: Final = 400
_PARTS: Final = 20_000
_STATES: Final = 1000
_UNKNOWN: Final = -1
_HIT: Final = -2


def find_text(
    diff: FileDiff,
    needle: bytes,
    regex: bool = False,
    *,
    ignore_case: bool = False,
    limit: int = LIMIT,
    stop: Callable[[], bool] | None = None,
) -> Iterator[tuple[int, int]]:
    """The lines that hold `needle`, as (hunk, line of the hunk counted from 0), at most `limit` of them.

    The marker column is no part of a line, git's remarks on missing newlines are no lines. `ignore_case` is about
    ASCII letters. `stop` is asked now and then whether anybody still wants to know. Raises UsageError for a pattern
    that cannot be read.
    """
    if not needle or (b"\n" in needle and not regex):
        return
    look: Callable[[bytes], Iterator[int]]
    if regex:
        pattern = Pattern(needle, ignore_case=ignore_case)
        look = pattern.lines
    elif ignore_case:
        small = needle.lower()
        look = lambda piece: _holding(piece.lower(), small)  # noqa: E731
    else:
        look = lambda piece: _holding(piece, needle)  # noqa: E731
    for index, hunk in enumerate(diff.hunks):
        for base, piece in _pieces(diff.patch, hunk):
            if stop is not None and stop():
                return
            for n in look(piece):
                yield index, base + n
                limit -= 1
                if limit <= 0:
                    return


def _pieces(patch: bytes, hunk: Hunk) -> Iterator[tuple[int, bytes]]:
    """Whole lines of a hunk, many at a time, with the number of the first; without the LF of the last."""
    at, base = hunk.start, 0
    while at < hunk.end:
        cut = line_chunk_end(patch, at, hunk.end)
        ended = patch[cut - 1] == 0x0A
        yield base, patch[at : cut - ended]
        base += patch.count(b"\n", at, cut)
        at = cut


def _holding(piece: bytes, needle: bytes) -> Iterator[int]:
    """The lines of a piece that hold `needle` behind their marker column."""
    n = counted = at = 0
    while (found := piece.find(needle, at)) >= 0:
        start = piece.rfind(b"\n", counted, found) + 1 or counted
        n += piece.count(b"\n", counted, start)
        counted = start
        if found == start:  # only in the marker column
            at = found + 1
            continue
        end = piece.find(b"\n", found)
        if piece[start] != 0x5C:
            yield n
        if end < 0:
            return
        at = end


class Pattern:
    """A pattern that lines are matched against. Raises UsageError where it cannot be read, or is too large."""

    def __init__(self, pattern: bytes, *, ignore_case: bool = False) -> None:
        self._symbols = [0] * 258  # of each symbol the places of the pattern that it fits
        self._follow: list[int] = []  # of each place the places that may come next
        self._parts = 0
        self._empty, self._first, self._last = self._build(parsed(pattern, ignore_case=ignore_case))
        # What is known of a set of places that fit: its number, and by byte the number of the set that follows.
        self._numbers: dict[int, int] = {}
        self._sets: list[int] = []
        self._table: list[list[int]] = []
        self._begin = self._anchored(0, BEGIN)

    # --- from the tree to places ------------------------------------------------------------------------------------

    def _build(self, node: Node) -> tuple[bool, int, int]:
        """Whether a part may be empty, and the places that it may begin and end with."""
        self._parts += 1
        if self._parts > _PARTS:
            raise _too_large()
        match node:
            case Symbols(those):
                place = self._place(those)
                return False, place, place
            case Sequence(parts):
                return self._chain(self._build(part) for part in parts)
            case Choice(parts):
                built = [self._build(part) for part in parts]
                first = last = 0
                for _, one, other in built:
                    first, last = first | one, last | other
                return any(empty for empty, _, _ in built), first, last
            case Repeat(part, least, most):
                return self._chain(self._repeated(part, least, most))

    def _repeated(self, part: Node, least: int, most: int | None) -> Iterator[tuple[bool, int, int]]:
        copies = max(least, 1) if most is None else most
        for n in range(copies):
            empty, first, last = self._build(part)
            if most is None and n == copies - 1:
                self._link(last, first)
            yield empty or n >= least, first, last

    def _chain(self, parts: Iterator[tuple[bool, int, int]]) -> tuple[bool, int, int]:
        empty, first, last = True, 0, 0
        for part_empty, part_first, part_last in parts:
            self._link(last, part_first)
            first |= part_first if empty else 0
            last = part_last | (last if part_empty else 0)
            empty = empty and part_empty
        return empty, first, last

    def _place(self, those: int) -> int:
        if len(self._follow) >= _PLACES:
            raise _too_large()
        place = 1 << len(self._follow)
        self._follow.append(0)
        for symbol in range(258):
            if those >> symbol & 1:
                self._symbols[symbol] |= place
        return place

    def _link(self, froms: int, firsts: int) -> None:
        while froms:
            low = froms & -froms
            self._follow[low.bit_length() - 1] |= firsts
            froms ^= low

    # --- from places to lines ---------------------------------------------------------------------------------------

    def _step(self, places: int, symbol: int) -> int:
        """The places that fit one symbol later; a match may begin anywhere."""
        reached = self._first
        while places:
            low = places & -places
            reached |= self._follow[low.bit_length() - 1]
            places ^= low
        return reached & self._symbols[symbol]

    def _anchored(self, places: int, symbol: int) -> int:
        """The places that fit at the beginning or end of a line, where one anchor may follow another."""
        reached = self._step(places, symbol)
        while (more := reached | self._step(reached, symbol)) != reached:
            reached = more
        return reached

    def _number(self, places: int) -> int:
        if places & self._last:
            return _HIT
        number = self._numbers.get(places)
        if number is None:
            if len(self._sets) >= _STATES:
                self._numbers.clear()
                self._sets.clear()
                self._table.clear()
            number = self._numbers[places] = len(self._sets)
            self._sets.append(places)
            self._table.append([_UNKNOWN] * 256)
        return number

    def matches(self, line: bytes) -> bool:
        """Whether the pattern fits somewhere in a line, given without its LF."""
        if self._empty:
            return True
        at = self._number(self._begin)
        if at == _HIT:
            return True
        table = self._table
        for byte in line:
            following = table[at][byte]
            if following == _UNKNOWN:
                row = table[at]
                following = row[byte] = self._number(self._step(self._sets[at], byte))
            if following == _HIT:
                return True
            at = following
        return bool(self._anchored(self._sets[at], END) & self._last)

    def lines(self, piece: bytes) -> Iterator[int]:
        """The lines of a piece of a hunk that fit; a CR at their end is no part of them."""
        for n, line in enumerate(piece.split(b"\n")):
            if line[:1] != b"\\" and self.matches(line[1:].removesuffix(b"\r")):
                yield n


def _too_large() -> UsageError:
    return UsageError("the pattern is too large", f"keep it below {_PLACES} characters, repetitions counted out")
