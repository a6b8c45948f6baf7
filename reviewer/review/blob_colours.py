"""Asks for the colours of a difference's lines, both sides, near what is shown, and has them by side and number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from reviewer.diff.rows import Row
from reviewer.model.diff import FileChange
from reviewer.model.finding import Side
from reviewer.review.colouring import AROUND, Colouring
from reviewer.review.diff_lines import Spans

_AHEAD: Final = AROUND
"""Lines before the edge of what is coloured at which more is asked for: who pages on should not see it plain first."""


class BlobColours:
    """`load` reads a blob, in another thread; `arrived` is called, in another thread, when there are new colours."""

    def __init__(self, load: Callable[[str], bytes], arrived: Callable[[], None]) -> None:
        self._load = load
        self._colouring = Colouring(lambda _key: arrived())
        self._known: dict[FileChange, Callable[[Side, int], Spans]] = {}

    def close(self) -> None:
        self._colouring.close()

    def again(self) -> None:
        """Look up anew what has arrived."""
        self._known.clear()

    def want(self, change: FileChange, row: Row) -> None:
        """Ask for the colours around a row, where they are not known yet."""
        name = change.path.raw.rsplit("/", 1)[-1]
        for there, oid, number in (
            (row.left, change.old_oid, row.left.old if row.left else None),
            (row.right, change.new_oid, row.right.new if row.right else None),
        ):
            if there is None or number is None or not oid.strip("0"):
                continue
            key = _key(change, oid)
            known = self._colouring.get(key)
            if known is None or not known.covers(number - _AHEAD, number + _AHEAD):
                near = max(0, number - _AHEAD) // _AHEAD * _AHEAD
                self._colouring.want(key, name, lambda oid=oid: self._load(oid), (near, near + 2 * _AHEAD))  # type: ignore[misc]

    def of(self, change: FileChange) -> Callable[[Side, int], Spans]:
        """The colours of a file's lines, as far as they are known."""
        found = self._known.get(change)
        if found is None:
            sides = {
                Side.OLD: self._colouring.get(_key(change, change.old_oid)),
                Side.NEW: self._colouring.get(_key(change, change.new_oid)),
            }

            def found(side: Side, number: int) -> Spans:
                lines = sides[side]
                return lines[number - 1] if lines is not None and 0 < number <= len(lines) else ()

            self._known[change] = found
        return found


def _key(change: FileChange, oid: str) -> str:
    """A blob, and what tells its language: its suffix, or its name where it has none."""
    name = change.path.raw.rsplit("/", 1)[-1]
    return f"{oid}{PurePosixPath(name).suffix or name}"
