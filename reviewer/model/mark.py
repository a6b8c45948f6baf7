"""Marks: what a reviewer has seen and reviewed of a change, hunk by hunk, known by content."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """One hunk of a change. `key` is made of its content; `digest` names the revision in which it was first shown."""

    key: str
    digest: str
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of a difference was on screen when it was decided on: hunks in all, shown whole, marked as reviewed."""

    hunks: int
    shown: int
    reviewed: int
