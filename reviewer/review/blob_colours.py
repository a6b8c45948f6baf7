"""Asks for the colours of a difference's lines, both sides, near what is shown, and has them by side and number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from reviewer.diff.rows import Row
from reviewer.model.diff import FileChange
from reviewer.model.finding import Side
from reviewer.review.colouring import Colouring
from reviewer.review.diff_lines import Spans

_TOGETHER: Final = 256
"""Lines of a long text that are coloured by one question: few enough to be there within two frames."""


class BlobColours:
    """`load` reads a blob, in another thread; `arrived` is called, in another thread, when there are new colours."""

    def __init__(self, load: Callable[[str], bytes], arrived: Callable[[], None]) -> None:
        self._load = load
        self._colouring = Colouring(lambda _key: arrived())
        self._known: dict[FileChange, Callable[[Side, int], Spans]] = {}
        self._keys: dict[FileChange, tuple[str, str, str]] = {}

    def close(self) -> None:
        self._colouring.close()

    def again(self) -> None:
        """Look up anew what has arrived."""
        self._known.clear()

    def want(self, change: FileChange, row: Row, *, later: bool = False) -> bool:
        """Whether the colours of a row are known; those that are not are asked for, `later` after all others."""
        there = True
        name, old, new = self._named(change)
        for line, oid, key, number in (
            (row.left, change.old_oid, old, row.left.old if row.left else None),
            (row.right, change.new_oid, new, row.right.new if row.right else None),
        ):
            if line is None or number is None or not key:
                continue
            known = self._colouring.get(key)
            if known is None or not known.covers(number - 1, number):
                there = False
                first = (number - 1) // _TOGETHER * _TOGETHER
                lines = (first, first + _TOGETHER)
                self._colouring.want(key, name, lambda oid=oid: self._load(oid), lines, later=later)  # type: ignore[misc]
        return there

    def _named(self, change: FileChange) -> tuple[str, str, str]:
        """A file's name, and of each side the blob and what tells its language; empty for a side that is not there."""
        known = self._keys.get(change)
        if known is None:
            name = change.path.raw.rsplit("/", 1)[-1]
            tells = PurePosixPath(name).suffix or name
            old, new = (f"{oid}{tells}" if oid.strip("0") else "" for oid in (change.old_oid, change.new_oid))
            known = self._keys[change] = name, old, new
        return known

    def of(self, change: FileChange) -> Callable[[Side, int], Spans]:
        """The colours of a file's lines, as far as they are known."""
        found = self._known.get(change)
        if found is None:
            _, old, new = self._named(change)
            sides = {Side.OLD: self._colouring.get(old), Side.NEW: self._colouring.get(new)}

            def found(side: Side, number: int) -> Spans:
                lines = sides[side]
                return lines[number - 1] if lines is not None and 0 < number <= len(lines) else ()

            self._known[change] = found
        return found
