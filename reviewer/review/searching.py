"""Searches a whole difference, or the whole files on both its sides, for a text or a pattern; bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reviewer.diff.lines import HunkLines
from reviewer.diff.search import find_text
from reviewer.model.diff import FileChange, FileDiff, FileStatus, Hunk
from reviewer.model.finding import Side
from reviewer.text import EMPTY

LIMIT: Final = 10_000
"""Matches that are kept; who has more wants another word."""
_NO_FILE: Final = FileChange(FileStatus.MODIFIED, EMPTY, EMPTY, 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, in any case: a text, or a pattern where it was written `/between slashes/`."""

    text: str
    pattern: bool = False

    @property
    def needle(self) -> bytes:
        return self.text.encode("utf-8", "surrogateescape")


def asked(said: str) -> Query:
    """What somebody typed, as a query."""
    if len(said) > 2 and said[0] == said[-1] == "/":
        return Query(said[1:-1], pattern=True)
    return Query(said)


@dataclass(frozen=True, slots=True)
class Match:
    """A line that holds the text: its file's number, its side and its number on it."""

    file: int
    side: Side
    line: int


def search_files(
    files: Sequence[FileChange],
    read_all: Callable[[Sequence[FileChange]], Iterator[FileDiff]],
    said: str,
    blob: Callable[[str], bytes] | None = None,
    stop: Callable[[], bool] | None = None,
) -> list[Match]:
    """Every line that fits, in the order of the stream. Raises UsageError for a pattern that cannot be read.

    With `blob`, which reads them, whole files are searched: the new side, or the old one of a deleted file.
    """
    query = asked(said)
    found: list[Match] = []
    diffs = read_all(files) if blob is None else iter(())
    for n, file in enumerate(files):
        if stop is not None and stop():
            break
        if blob is not None:
            for side, oid in ((Side.NEW, file.new_oid), (Side.OLD, file.old_oid)):
                data = blob(oid) if oid.strip("0") else b""
                if data:
                    found += (Match(n, side, line) for line in _lines(data, query, LIMIT - len(found), stop))
                    break
        else:
            found += (Match(n, *place) for place in places(next(diffs), query, LIMIT - len(found), stop))
        if len(found) >= LIMIT:
            break
    return found


def places(
    diff: FileDiff, query: Query, limit: int = LIMIT, stop: Callable[[], bool] | None = None
) -> Iterator[tuple[Side, int]]:
    """The lines of one file's difference that fit, by side and number."""
    lines: HunkLines | None = None
    at = -1
    for hunk, number in find_text(diff, query.needle, query.pattern, ignore_case=True, limit=limit, stop=stop):
        if lines is None or hunk != at:
            at, lines = hunk, HunkLines(diff.patch, diff.hunks[hunk])
        line, _ = lines.line(number)
        if line.new is not None:
            yield Side.NEW, line.new
        elif line.old is not None:
            yield Side.OLD, line.old


def _lines(data: bytes, query: Query, limit: int, stop: Callable[[], bool] | None) -> Iterator[int]:
    """The lines of a text that fit, from 1: the text is looked at as one hunk of unchanged lines."""
    text = data if data.endswith(b"\n") else data + b"\n"
    patch = b" " + text[:-1].replace(b"\n", b"\n ") + b"\n"
    count = text.count(b"\n")
    hunk = Hunk(1, count, 1, count, EMPTY, 0, len(patch))
    whole = FileDiff(_NO_FILE, patch, (hunk,))
    for _, number in find_text(whole, query.needle, query.pattern, ignore_case=True, limit=limit, stop=stop):
        yield number + 1
