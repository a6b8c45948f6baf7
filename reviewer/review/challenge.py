"""Draws the challenge that a verdict asks for, and judges what was typed: pure, fed with the reads of a terminal.

What must stay true: the characters are drawn at random when asked for, never chosen by a change, from letters that the
form of no terminal's answer contains; a read of more than one byte is a burst, and a miss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

LETTERS: Final = "hjkopqsvz"
"""Letters that are no digit of a colour (a-f, r g b i), end no report (c m n t u w x y, and capitals), begin no title
(l). The text inside an answer, as a clipboard or a title, can hold any letter at all: `keystrokes` lets none out."""
LENGTH: Final = 3


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is asked for, and how much of it was typed."""

    wanted: str
    typed: int = 0

    @property
    def passed(self) -> bool:
        return self.typed == len(self.wanted)


def draw(choose: Callable[[str], str]) -> Challenge:
    """A new challenge; `choose` picks one letter, as `secrets.choice` does."""
    return Challenge("".join(choose(LETTERS) for _ in range(LENGTH)))


def read(challenge: Challenge, data: bytes, choose: Callable[[str], str]) -> Challenge:
    """The challenge after one read: one step further for the one right byte, drawn anew for anything else."""
    if not challenge.passed and data == challenge.wanted[challenge.typed].encode():
        return replace(challenge, typed=challenge.typed + 1)
    return draw(choose)
