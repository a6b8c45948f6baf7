"""Keeps which rows of which hunks were on screen, so that nobody is said to have seen what never was; pure."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.review.diff_stream import DiffStream


class Looked:
    """What was on screen since the rows were laid out."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], list[range]] = {}
        self._whole: set[tuple[int, int]] = set()

    def forget_rows(self) -> None:
        """The rows were laid out anew: hunks seen whole stay so, parts of others begin again."""
        self._rows.clear()

    def forget(self) -> None:
        self._rows.clear()
        self._whole.clear()

    def look(self, stream: DiffStream, first: int, last: int) -> set[str]:
        """Rows from `first` up to `last` are on screen; returns the keys of hunks that have been so whole by now."""
        told: set[str] = set()
        for file, hunk in stream.hunks_between(first, last):
            if (file, hunk) in self._whole or stream.is_hunk_folded(file, hunk):
                continue
            span = stream.hunk_rows(file, hunk)
            rows = range(max(0, first - span.start), min(len(span), last - span.start))
            seen = self._rows[file, hunk] = joined([*self._rows.get((file, hunk), ()), rows])
            # A header that has scrolled away stands in the first row of the screen.
            if seen[0].start <= 1 and seen[0].stop >= len(span):
                self._whole.add((file, hunk))
                if key := stream.key(file, hunk):
                    told.add(key)
        return told


def joined(spans: Sequence[range]) -> list[range]:
    """Ranges put together where they touch, ascending."""
    found: list[range] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, span.stop))
        else:
            found.append(span)
    return found
