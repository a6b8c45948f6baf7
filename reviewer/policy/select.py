"""Says whether a rule is about a change, and in words why; pure.

What must stay true: where the facts are not known whole, a rule that asks for something is about the change.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.finding import Finding
from reviewer.model.policy import Facts, Selector
from reviewer.policy.globs import matches, named
from reviewer.text import show


def selected(when: Selector, facts: Facts | None, findings: Sequence[Finding]) -> str | None:
    """Why a rule is about the change, empty for one that is about every change; None where it is not."""
    said, against = _looked(when, facts, findings)
    return None if against else said


def passed_over(when: Selector, facts: Facts | None, findings: Sequence[Finding]) -> str:
    """The first thing that keeps a rule from being about the change; empty where it is about it."""
    return _looked(when, facts, findings)[1]


def _looked(when: Selector, facts: Facts | None, findings: Sequence[Finding]) -> tuple[str, str]:
    """Why a rule is about the change, and what speaks against that, empty where nothing does."""
    said: list[str] = []
    if when.level is not None:
        worst = max((f.severity for f in findings), key=lambda severity: severity.rank, default=None)
        if worst is None or worst.rank < when.level.rank:
            highest = f"the highest is {worst.value}" if worst is not None else "there is none"
            return "", f"it is about findings from {when.level.value} on, and {highest}"
        said.append(f"a finding is {worst.value}")
    if facts is None:
        # Submitted before facts were kept: nothing says that a rule is about something else.
        return ", ".join([*said, "what it touches is not known"]), ""
    for what, patterns, value in (
        ("the kind is", when.kinds, facts.kind),
        ("the environment is", when.environments, facts.environment),
        ("the agent says it is", when.agents, facts.agent.raw),
        ("the target is", when.targets, facts.target.raw.removeprefix("refs/heads/")),
    ):
        if patterns:
            told = f"{what} {show(value, limit=60) or 'not named'}"
            if not any(named(pattern, value) for pattern in patterns):
                return "", f"{told}, not {_some(patterns)}"
            said.append(told)
    if when.paths:
        found = touched(when.paths, facts)
        if found is None:
            return "", f"nothing that it touches is in {_some(when.paths)}"
        said.append(found)
    return ", ".join(said), ""


def _some(patterns: Sequence[str]) -> str:
    """The first of some patterns, and how many more there are."""
    first = " or ".join(show(pattern, limit=60) for pattern in patterns[:4])
    return f"{first}, or {len(patterns) - 4} more" if len(patterns) > 4 else first


def touched(patterns: Sequence[str], facts: Facts) -> str | None:
    """Which path of a change is meant by a pattern, in words; None where none is."""
    for path in facts.paths:
        for pattern in patterns:
            if matches(pattern, path.raw):
                return f"{show(path, limit=80)} is in {pattern}"
    return None if facts.whole else "it touches more files than are looked at one by one"
