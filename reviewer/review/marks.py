"""Knows which hunks were shown and reviewed, in this look and in earlier ones, and what is new since; pure.

What must stay true: a mark is bound to a hunk's content; a hunk without a key has no mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reviewer.model.mark import Mark, Seen


class MarkBook:
    """The marks of one change while one revision of it, `digest`, is looked at."""

    def __init__(self, marks: Iterable[Mark] = (), digest: str = "") -> None:
        self._digest = digest
        self._marks = {mark.key: mark for mark in marks}
        self._reviewed = {key for key, mark in self._marks.items() if mark.reviewed}
        self._earlier = {key for key, mark in self._marks.items() if mark.digest != digest}
        self.only_new = bool(self._earlier)

    @property
    def digests(self) -> frozenset[str]:
        """The revisions in which something was seen first."""
        return frozenset(mark.digest for mark in self._marks.values())

    def is_shown(self, key: str) -> bool:
        return key in self._marks

    def is_reviewed(self, key: str) -> bool:
        mark = self._marks.get(key)
        return mark is not None and mark.reviewed

    def is_old(self, key: str) -> bool:
        """Whether a hunk is folded because it was looked at in an earlier revision."""
        return self.only_new and key in self._earlier

    @property
    def folds(self) -> bool:
        """Whether any hunk is folded because of its mark."""
        return bool(self._reviewed) or (self.only_new and bool(self._earlier))

    def is_new(self, key: str) -> bool:
        """Whether a hunk came since an earlier look."""
        return bool(self._earlier) and key not in self._earlier and not self.is_reviewed(key)

    def show(self, keys: Iterable[str]) -> list[Mark]:
        """Hunks were on screen; returns the marks that this makes."""
        made = [Mark(key, self._digest) for key in sorted(set(keys)) if key and key not in self._marks]
        self._marks.update({mark.key: mark for mark in made})
        return made

    def review(self, keys: Iterable[str], *, done: bool) -> list[Mark]:
        """Mark hunks as reviewed, or as not; returns the marks that this makes."""
        made = []
        for key in keys:
            known = self._marks.get(key)
            if key and (known is None or known.reviewed != done):
                made.append(Mark(key, known.digest if known is not None else self._digest, done))
        self._marks.update({mark.key: mark for mark in made})
        (self._reviewed.update if done else self._reviewed.difference_update)(mark.key for mark in made)
        return made

    def seen(self, keys: Sequence[str]) -> Seen:
        """How much of some hunks was seen and reviewed."""
        known = [key for key in keys if key]
        return Seen(len(known), sum(map(self.is_shown, known)), sum(map(self.is_reviewed, known)))
