"""Finds the lines of one hunk by number, by side and by byte offset, without making an object a line.

What must stay true: making one costs a count of its newlines; what else is known of a line, its kind and its numbers,
is read from the bytes on the way to the line that is asked for; lines are split on LF alone.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate
from operator import itemgetter
from typing import Final

from reviewer.model.diff import Hunk, Line
from reviewer.model.finding import Side
from reviewer.text import LINE_LIMIT, MARK_LIMIT

CLIP: Final = LINE_LIMIT * 4 * (1 + MARK_LIMIT)
"""Bytes of a line that a row carries: more than `show` draws of any text, so that it always says "more" of the rest."""
BLOCK: Final = 4096
_CHUNK: Final = 1 << 16
_PAGE: Final = 256
_KINDS: Final = bytes(code if code in b"+-\\" else 0x20 for code in range(256))
_FIRST: Final = itemgetter(0)
_RUN: Final = {ord(kind): re.compile(b"%b*" % re.escape(kind)) for kind in (b"+", b"-", b"\\")}

PLUS, MINUS, BARE, SPACE = b"+-\\ "
"""The kinds of a line as bytes: added, removed, git's remark on a missing newline, unchanged."""


def first_bytes(lines: bytes) -> bytes:
    """The first byte of each line of `lines`, which has no LF at its end; LF for an empty line."""
    pieces = lines.split(b"\n")
    try:
        return bytes(map(_FIRST, pieces))
    except IndexError:
        return b"".join([piece[:1] or b"\n" for piece in pieces])


def line_chunk_end(data: bytes, at: int, end: int, size: int = _CHUNK) -> int:
    """Where whole lines from `at` end, about `size` bytes on; past it only where one line is longer than that."""
    if at + size >= end:
        return end
    cut = data.rfind(b"\n", at, at + size)
    if cut < 0:
        cut = data.find(b"\n", at + size, end)
    return end if cut < 0 else cut + 1


class HunkLines:
    """The content lines of one hunk of a patch, numbered from 0."""

    __slots__ = ("_before", "_block", "_kinds", "_new", "_old", "_patch", "_scanned", "count", "hunk")

    def __init__(self, patch: bytes, hunk: Hunk) -> None:
        self._patch = patch
        self.hunk = hunk
        start, end = hunk.start, hunk.end
        # Newlines before each block of the hunk's bytes; a small hunk has one block and keeps nothing.
        self._before: array[int] | None = None
        if end - start <= BLOCK:
            self.count = patch.count(b"\n", start, end)
        else:
            counts = (patch.count(b"\n", at, min(at + BLOCK, end)) for at in range(start, end, BLOCK))
            self._before = array("Q", accumulate(counts, initial=0))
            self.count = self._before.pop()
        if end > start and patch[end - 1] != 0x0A:
            self.count += 1
        self._kinds = bytearray()
        self._scanned = start
        # Lines of the old and of the new side before each page of lines.
        self._old = array("Q", (0,))
        self._new = array("Q", (0,))
        self._block = (0, 0, 0)

    def __len__(self) -> int:
        return self.count

    # --- bytes ----------------------------------------------------------------------------------------------------

    def offset(self, n: int) -> int:
        """Where line `n` begins in the patch."""
        start, end = self.hunk.start, self.hunk.end
        if n <= 0:
            return start
        skip = n
        if self._before is not None:
            block = bisect_right(self._before, n - 1) - 1
            skip -= self._before[block]
            start += block * BLOCK
            end = min(start + BLOCK, end)
        rest = self._patch[start:end].split(b"\n", skip)
        return end - len(rest[-1])

    def line_at(self, offset: int) -> int:
        """The line that holds the byte at `offset` of the patch."""
        start = self.hunk.start
        if self._before is None:
            return self._patch.count(b"\n", start, offset)
        block = min((offset - start) // BLOCK, len(self._before) - 1)
        return self._before[block] + self._patch.count(b"\n", start + block * BLOCK, offset)

    def span(self, n: int) -> tuple[int, int]:
        """Where the text of line `n` begins and ends in the patch, without marker column and LF."""
        start = self.offset(n)
        end = self._patch.find(b"\n", start, self.hunk.end)
        end = self.hunk.end if end < 0 else end
        return min(start + 1, end), end

    # --- kinds and numbers ----------------------------------------------------------------------------------------

    def _reach(self, n: int) -> None:
        """Read kinds up to line `n`, in chunks."""
        patch, end, kinds = self._patch, self.hunk.end, self._kinds
        while len(kinds) <= n and self._scanned < end:
            at = self._scanned
            cut = line_chunk_end(patch, at, end)
            if cut - at > 2 * _CHUNK:  # one line, too long to be copied for its first byte
                kinds += patch[at : at + 1].translate(_KINDS)
            else:
                last = cut - 1 if patch[cut - 1] == 0x0A else cut
                kinds += first_bytes(patch[at:last]).translate(_KINDS)
            self._scanned = cut
        old, new = self._old, self._new
        while len(old) * _PAGE <= len(kinds):
            first = (len(old) - 1) * _PAGE
            plus, minus, bare = self._counts(first, first + _PAGE)
            old.append(old[-1] + _PAGE - plus - bare)
            new.append(new[-1] + _PAGE - minus - bare)

    def _counts(self, first: int, last: int) -> tuple[int, int, int]:
        kinds = self._kinds
        return kinds.count(PLUS, first, last), kinds.count(MINUS, first, last), kinds.count(BARE, first, last)

    @property
    def kinds(self) -> bytearray:
        """The kind of every line, a byte each."""
        if len(self._kinds) < self.count:
            self._reach(self.count)
        return self._kinds

    def kind(self, n: int) -> int:
        if n >= len(self._kinds):
            self._reach(n)
        return self._kinds[n]

    def numbers(self, n: int) -> tuple[int, int]:
        """The numbers that the old and the new side count to at line `n`."""
        self._reach(n)
        page = n // _PAGE
        plus, minus, bare = self._counts(page * _PAGE, n)
        shared = n - page * _PAGE - bare
        return (
            self.hunk.old_start + self._old[page] + shared - plus,
            self.hunk.new_start + self._new[page] + shared - minus,
        )

    def line(self, n: int) -> tuple[Line, int]:
        """Line `n`, and how many bytes of it are left out because it is longer than `CLIP`."""
        start, end = self.span(n)
        kind = self.kind(n)
        old, new = self.numbers(n)
        clipped = end
        if end - start > CLIP:
            clipped = start + CLIP
            while clipped > start + CLIP - 4 and self._patch[clipped] & 0xC0 == 0x80:
                clipped -= 1
        bare = kind == BARE
        return Line(
            chr(kind),
            None if bare or kind == PLUS else old,
            None if bare or kind == MINUS else new,
            self._patch[start:clipped],
        ), end - clipped

    def find(self, side: Side, number: int) -> int | None:
        """The line with a number on a side; None where the hunk does not have it."""
        kinds = self.kinds
        first, before, other = (
            (self.hunk.old_start, self._old, PLUS) if side is Side.OLD else (self.hunk.new_start, self._new, MINUS)
        )
        wanted = number - first
        if wanted < 0:
            return None
        page = bisect_right(before, wanted) - 1
        seen = before[page]
        for n in range(page * _PAGE, min(page * _PAGE + _PAGE, self.count)):
            if kinds[n] != other and kinds[n] != BARE:
                if seen == wanted:
                    return n
                seen += 1
        return None

    # --- changes ------------------------------------------------------------------------------------------------------

    def partner(self, n: int) -> int | None:
        """The other line of a changed pair: the k-th line removed in a run goes with the k-th one added after it."""
        kind = self.kind(n)
        if kind not in (PLUS, MINUS):
            return None
        first, middle, end = self._block
        if not first <= n < end:
            first, middle, end = self._block = self._find_block(n)
        other = middle + n - first if kind == MINUS else first + n - middle
        wanted, limit = (PLUS, end) if kind == MINUS else (MINUS, middle)
        return other if other < limit and self._kinds[other] == wanted else None

    def _find_block(self, n: int) -> tuple[int, int, int]:
        """Where the run of changes around line `n` begins, where its added lines begin, and where they end."""
        kinds = self._kinds
        first = middle = n
        if kinds[n] == PLUS:
            first = middle = _run_start(kinds, PLUS, n)
            bare = _run_start(kinds, BARE, middle)
            if bare and kinds[bare - 1] == MINUS:
                first = _run_start(kinds, MINUS, bare)
            # Partners stand above: how far the added lines go on below, as far as it is known, is enough.
            return first, middle, self._run_end(PLUS, n, len(kinds))
        first = _run_start(kinds, MINUS, n)
        middle = self._run_end(BARE, self._run_end(MINUS, n, self.count), self.count)
        return first, middle, self._run_end(PLUS, middle, self.count)

    def _run_end(self, kind: int, at: int, limit: int) -> int:
        """Where the lines of one kind that begin at line `at` end; looks no further than `limit`."""
        while True:
            match = _RUN[kind].match(self._kinds, at)
            at = match.end() if match else at
            if at < len(self._kinds) or at >= limit:
                return at
            self._reach(at)


def _run_start(kinds: bytearray, kind: int, end: int) -> int:
    """Where the lines of one kind that end before `end` begin."""
    return 1 + max(kinds.rfind(other, 0, end) for other in (PLUS, MINUS, BARE, SPACE) if other != kind)
