"""Weighs the risk of a change: one aspect after the other, each with a step and words, never one number made of all.

What must stay true: pure; an order of two changes can be told in words, by the first aspect in which they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reviewer.text import Untrusted, show

if TYPE_CHECKING:
    from reviewer.model.change import Change
    from reviewer.model.detail import FileSize

_STEPS: Final = 8
_GRAVE: Final = frozenset(
    (
        "secret remote-exec ci-injection ci-privilege agent-injection agent-config obfuscated code-exec tls-disabled"
        " auth-weakened destructive-sql destructive-cmd infra-guard-removed privilege-widening lockfile-tamper"
        " install-hook dep-suspicious hidden-unicode homoglyph unsafe-deserial injection network-egress"
    ).split()
)
"""Categories of what harms as soon as it lands or runs."""
_BARRIERS: Final = frozenset("test-removed test-weakened test-gaming check-weakened suppression-added".split())
"""Categories of what takes away what would have found the harm."""
_MIGRATIONS: Final = ("migrations/", "migrate/", "alembic/", "flyway/", "liquibase/")


@dataclass(frozen=True, slots=True)
class Weight:
    """One aspect: how much it weighs, 0 to 7, in a word or two for a row, and why in a few more.

    The word is empty where there is nothing to tell.
    """

    aspect: str
    step: int
    word: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """What became of the agent's changes in this repository before: rejected or sent back, and landed."""

    rejected: int = 0
    landed: int = 0


def weights_of(
    change: Change,
    files: Sequence[FileSize] = (),
    record: AgentRecord | None = None,
    owners: Sequence[Untrusted] = (),
) -> tuple[Weight, ...]:
    """The aspects of a change, the one that counts most first."""
    return (
        _level(change),
        _categories(change),
        _reversible(change, files),
        _run(change),
        _size(change),
        _owners(owners),
        _record(record or AgentRecord(), show(change.agent, limit=40)),
    )


def packed(weights: Sequence[Weight]) -> int:
    """The same order as an integer, for an index: each aspect decides only where all before it are equal."""
    number = 0
    for weight in weights:
        number = number * _STEPS + min(_STEPS - 1, max(0, weight.step))
    return number


def words_of(weights: Sequence[Weight], most: int = 2) -> list[str]:
    """The words that matter most, beside the level: of the aspects that weigh something, the first."""
    return [weight.word for weight in weights[1:] if weight.step and weight.word][:most]


def reasons(weights: Sequence[Weight]) -> list[str]:
    """Why the change stands where it does, an aspect a line, the first one first."""
    return [f"{weight.aspect}: {weight.why}" for weight in weights if weight.why]


def _level(change: Change) -> Weight:
    if change.risk is None:
        return Weight("level", 0, "", "nothing was flagged")
    many = f"{change.flags} findings" if change.flags != 1 else "1 finding"
    return Weight("level", change.risk.rank + 1, change.risk.value, f"{change.risk.value}, {many}")


def _categories(change: Change) -> Weight:
    if not change.categories:
        return Weight("kind", 0)
    step = max(3 if name in _GRAVE else 2 if name in _BARRIERS else 1 for name in change.categories)
    return Weight("kind", step, change.categories[0], ", ".join(change.categories))


def _reversible(change: Change, files: Sequence[FileSize]) -> Weight:
    if change.kind.value in ("deploy", "action"):
        return Weight("taken back", 2, change.kind.value, f"a {change.kind.value} acts as soon as it is approved")
    for file in files:
        path = file.path.raw.lower()
        if path.endswith(".sql") or any(f"/{folder}" in f"/{path}" for folder in _MIGRATIONS):
            return Weight("taken back", 1, "migration", f"{show(file.path, limit=60)} changes data that stays changed")
    return Weight("taken back", 0)


def _run(change: Change) -> Weight:
    if change.run == "failed":
        return Weight("run", 3, "run failed", "an observed run failed")
    if change.run in ("NOT RUN", "cancelled"):
        return Weight("run", 2, "not run", "what should have run did not")
    if change.run in ("none asked", "never run"):
        return Weight("run", 1, "", "nothing was run")
    return Weight("run", 0, "", "observed runs passed" if change.run == "passed" else "")


def _size(change: Change) -> Weight:
    size = change.size
    if size is None:
        return Weight("size", 0)
    lines = size.added + size.removed
    why = f"{lines} lines in {size.files} file{'s' if size.files != 1 else ''}"
    if lines > 1000:
        return Weight("size", 4, "very large", why)
    if size.files > 30:
        return Weight("size", 3, "very wide", why)
    if lines > 300:
        return Weight("size", 2, "large", why)
    if size.files > 10:
        return Weight("size", 1, "wide", why)
    return Weight("size", 0, "", why)


def _owners(owners: Sequence[Untrusted]) -> Weight:
    if len(owners) < 2:
        return Weight("owners", 0, "", f"owned by {show(owners[0], limit=40)}" if owners else "")
    named = ", ".join(show(owner, limit=40) for owner in owners[:4])
    return Weight("owners", min(3, len(owners) - 1), f"{len(owners)} owners", f"crosses {len(owners)} owners: {named}")


def _record(record: AgentRecord, agent: str) -> Weight:
    known = f"{agent} here: {record.landed} landed, {record.rejected} rejected or sent back"
    if not record.rejected:
        return Weight("record", 0, "", known if record.landed else "")
    worse = record.rejected > record.landed
    return Weight("record", 2 if worse else 1, "often rejected" if worse else "rejected before", known)
