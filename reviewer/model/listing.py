"""Lists of the inbox as values: ids in order, their sections, one row with what is known beside its change."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from reviewer.model.attention import Turn
from reviewer.model.change import Change


class Order(StrEnum):
    """How the inbox is ordered; all but the newest first are in sections."""

    TURN = "turn"
    NEWEST = "newest"
    AGENT = "agent"
    TASK = "task"
    REPOSITORY = "repository"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, from place `start` on. `name` is what they share, for a stack the row it stands on."""

    start: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Ids of rows in order, never changed once made. `whole` is False for the first screenful of a longer list."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    sections: tuple[Section, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What a change was like when the reviewer last had it open."""

    revision: int
    comments: int
    run: str
    state: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when a change sleeps: a time, another revision than `revision`, the end of its runs; whichever is first."""

    until: float | None = None
    revision: int | None = None
    run: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the inbox. `stir` grows when the change's revision, comments, state or run change.

    `stacked`: it builds on another change that is open. `drafts` counts comments that were not sent.
    """

    row_id: int
    change: Change
    turn: Turn
    met: int = 0
    asked: int = 0
    decided_by: str = ""
    stir: int = 0
    looked: Looked | None = None
    snoozed: Snooze | None = None
    stacked: bool = False
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes there are: by turn, asleep, and what the machine is at."""

    turns: tuple[tuple[Turn, int], ...] = ()
    snoozed: int = 0
    running: int = 0
    queued: int = 0
    stir: int = 0
    """The newest change of any row."""

    def of(self, *turns: Turn) -> int:
        return sum(count for turn, count in self.turns if turn in turns)


Ids = Collection[int]
