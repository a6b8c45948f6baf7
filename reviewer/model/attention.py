"""Names whose turn a change may be, and where one stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Turn(StrEnum):
    """In the order in which the inbox lists them."""

    MINE = "mine"
    MACHINE = "machine"
    OTHERS = "others"
    AGENT = "agent"
    FOUND = "found"
    NOBODY = "nobody"

    @property
    def place(self) -> int:
        """0 for what waits for the reviewer, up to 5 for what waits for nobody."""
        return list(Turn).index(self)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose turn it is; requirements met of those asked for, the decision aside; who decided last, where one did."""

    turn: Turn
    met: int = 0
    asked: int = 0
    decided_by: str = ""


FOUND = Standing(Turn.FOUND)
"""A branch that nobody submitted."""
