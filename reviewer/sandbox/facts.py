"""Puts what a run tried into a few short words for a reviewer; pure.

What must stay true: the words hold text that the run chose and are `Untrusted`; their number and length are bounded,
and what does not fit is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.sandbox.contract import Attempt, Outcome
from reviewer.text import Untrusted

SHOWN = 20
PROGRAMS = 40
_LENGTH = 200


def reached_out(outcome: Outcome) -> tuple[Attempt, ...]:
    """The attempts worth a line each: a look-up is left out where a connection to that name tells more."""
    named = {(attempt.host, attempt.by) for attempt in outcome.attempts if attempt.kind != "look-up"}
    return tuple(a for a in outcome.attempts if a.kind != "look-up" or (a.host, a.by) not in named)


def count_attempts(outcome: Outcome) -> int:
    """How often a run tried to reach out."""
    return sum(attempt.count for attempt in reached_out(outcome)) + outcome.attempts_unlisted


def attempt_words(attempt: Attempt) -> Untrusted:
    """As "connect tcp telemetry.example.net:443 (python3), refused, 3 times"."""
    times = f", {attempt.count} times" if attempt.count > 1 else ""
    target = attempt.target if len(attempt.target) <= _LENGTH else attempt.target[:_LENGTH] + "…"
    return Untrusted(f"{attempt.kind} {target} ({attempt.by}), {attempt.outcome}{times}")


def attempt_lines(outcome: Outcome, shown: int = SHOWN) -> tuple[Untrusted, ...]:
    """One line an attempt, first come first; the last line counts what has none."""
    attempts: Sequence[Attempt] = reached_out(outcome)
    lines = [attempt_words(attempt) for attempt in attempts[:shown]]
    more = len(attempts) - len(lines) + outcome.attempts_unlisted
    return (*lines, Untrusted(f"and {more} more")) if more else tuple(lines)


def program_names(outcome: Outcome) -> tuple[Untrusted, ...]:
    """The names of the programs that ran, most started first."""
    names = sorted(outcome.programs, key=lambda name: (-outcome.programs[name], name))
    return tuple(Untrusted(name[:80]) for name in names[:PROGRAMS])
