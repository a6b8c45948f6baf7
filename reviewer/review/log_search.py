"""Searches a run's output for a text, a pattern or the first sign of a failure, one bounded part at a time; pure.

What must stay true: what is matched is what is shown, so escape sequences are left out; a line is looked at as far as
it is shown; the time grows with the output alone, whatever it and the pattern hold.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from reviewer.diff.search import Pattern
from reviewer.review.log_bytes import Bytes
from reviewer.review.searching import asked
from reviewer.text import LINE_LIMIT

PART: Final = 1 << 20
LIMIT: Final = 10_000
"""Lines that are kept; who has more wants another word."""
_LINE_BYTES: Final = LINE_LIMIT * 8
_SEQUENCE: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))")
_FAILURE: Final = re.compile(
    rb"^(?:E  |not ok\b|\s*--- FAIL|FAIL(?:ED|URES?)?\b|ERRORS?\b(?!s? ?[:=] ?0)|=+ (?:FAILURES|ERRORS) =+|Traceback \("
    rb"|\s*(?:fatal|error)(?:\[\w+\])?: |##\[error\]|::error)"
    rb"|\b(?:panicked at|FAILED|\w*(?:Error|Exception): |Segmentation fault|[Cc]ommand not found|: not found$)"
    rb"|\xe2\x9c\x97|\xe2\x9c\x95|\xe2\x9c\x96"
)
"""How the usual tools say that something went wrong. It finds a place to look at; it judges nothing."""
_SIGNS: Final = (
    b"FAIL", b"rror", b"ERROR", b"Exception", b"E  ", b"not ok", b"Traceback", b"panicked", b"fatal", b"Segmentation",
    b"not found", b"\xe2\x9c",
)  # fmt: skip
"""One of these is in every line that the pattern fits; to look for them takes no time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`fits` says whether a line is one; `may` whether any line of a text can be, as far as that is told quickly."""

    fits: Callable[[bytes], bool]
    may: Callable[[bytes], bool] = lambda _data: True


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that fit, ascending, and where the next part begins: its place and its line's number."""

    found: tuple[int, ...]
    start: int
    line: int


def wanted(said: str) -> Wanted:
    """Lines that hold what somebody typed, in any case. Raises UsageError for a pattern that cannot be read."""
    query = asked(said)
    if query.pattern:
        return Wanted(Pattern(query.needle, ignore_case=True).matches)
    small = query.needle.lower()

    def holds(text: bytes) -> bool:
        return small in text.lower()

    return Wanted(holds, holds)


FAILURE: Final = Wanted(lambda line: bool(_FAILURE.search(line)), lambda text: any(sign in text for sign in _SIGNS))
"""Lines that look like a sign that something went wrong."""


def search_part(source: Bytes, wanted: Wanted, start: int, line: int, *, rest: bool = True) -> Part:
    """Look at the lines from `start` on, which is where line number `line` begins, about PART bytes of them.

    Without `rest` a last line that has no end yet is left for later.
    """
    data = source.read(start, PART)
    cut = data.rfind(b"\n") + 1
    if not cut:
        return _endless(source, wanted, start, line, rest=rest)
    text = _plain(data[: cut - 1])
    lines = text.split(b"\n") if wanted.may(text) else ()
    found = tuple(line + n for n, one in enumerate(lines) if wanted.fits(_seen(one)))
    return Part(found, start + cut, line + data.count(b"\n"))


def _endless(source: Bytes, wanted: Wanted, start: int, line: int, *, rest: bool) -> Part:
    """A line that is longer than a part, or the last one: looked at from its beginning, then passed over."""
    at = start
    while (piece := source.read(at, PART)) and (feed := piece.find(b"\n")) < 0:
        at += len(piece)
    ended = bool(piece)
    if not ended and (at == start or not rest):
        return Part((), start, line)
    head = source.read(start, _LINE_BYTES).split(b"\n", 1)[0]
    found = (line,) if wanted.fits(_seen(_plain(head))) else ()
    return Part(found, at + feed + 1 if ended else at, line + 1)


def _plain(data: bytes) -> bytes:
    return _SEQUENCE.sub(b"", data) if b"\x1b" in data else data


def _seen(line: bytes) -> bytes:
    return line[:_LINE_BYTES].removesuffix(b"\r")


@dataclass(slots=True)
class Search:
    """One search under way over one output: what was found, how far it got, whether it is done."""

    said: str
    wanted: Wanted
    found: list[int] = field(default_factory=list)
    start: int = 0
    line: int = 0
    done: bool = False

    def take(self, part: Part) -> None:
        self.found += part.found
        self.done = part.start == self.start or len(self.found) >= LIMIT
        self.start, self.line = part.start, part.line

    def after(self, line: int, step: int) -> int | None:
        """The next line that fits, in the direction of `step`; round the end where there is none."""
        if not self.found:
            return None
        at = bisect_right(self.found, line) if step > 0 else bisect_left(self.found, line) - 1
        return self.found[at % len(self.found)]

    def words(self, line: int) -> str:
        """As "3 of 17 matches", as far as it has got."""
        count = f"{len(self.found)}{'' if self.done and len(self.found) < LIMIT else '+'}"
        at = bisect_left(self.found, line)
        here = f"{at + 1} of " if self.found[at : at + 1] == [line] else ""
        return f"{here}{count} matches" if self.found or not self.done else "no match"
