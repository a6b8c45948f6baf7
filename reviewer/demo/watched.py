"""A desk that also says which change its reviewer opens, so that a demonstration can go on while they read."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.model.change import Change
from reviewer.model.detail import ChangeDetail
from reviewer.review.desk import Desk


class WatchedDesk(Desk):
    """The same desk as `desk`; `opened` hears of a branch each time its change is opened."""

    def __init__(self, desk: Desk, opened: Callable[[str], None]) -> None:
        super().__init__(desk._parts)
        self._heard = opened

    def open(self, change: Change) -> ChangeDetail:
        self._heard(change.branch.raw)
        return super().open(change)
