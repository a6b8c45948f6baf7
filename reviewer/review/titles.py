"""Says above a review which change it is, what state it is in, what came meanwhile, and which panes there are; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from reviewer.model.change import Change
from reviewer.model.comment import Comment
from reviewer.model.detail import ChangeDetail
from reviewer.model.requirement import RequirementState
from reviewer.review.deciding import DECIDABLE
from reviewer.review.inbox_rows import run_words, state_words
from reviewer.review.lines import BLANK, Line, width_of
from reviewer.text import show


def title(change: Change) -> Line:
    """What it is called, where it comes from and goes to, who wrote it."""
    return (
        (f" {show(change.title, limit=300) or show(change.branch, limit=100)} ", "text bold"),
        (f"  {show(change.branch, limit=80)} → {show(change.target, limit=40)}  ", "muted"),
        (show(change.agent, limit=30), "claim"),
    )


def standing(change: Change, held_seconds: float, under_way: str = "") -> Line:
    """Its state, its run, its revision; of a verdict, that it is on its way, or for how long it is held."""
    state, style = state_words(change.state)
    if held_seconds > 0 and change.state in DECIDABLE:
        state, style = f"held {int(held_seconds) + 1} s: U takes it back", "run-waiting"
    if under_way:
        state, style = f"{under_way}: sealed, on its way", "run-waiting"
    run, run_style = ("no run", "muted") if change.run == "none asked" else run_words(change.run)
    revision = f"r{change.revision} " if change.revision else ""
    return ((f"  {state} ", style), (f" {run} ", run_style), (f" {revision}{change.digest[:8]} ", "muted"))


def notice(change: Change, newest: Change | None) -> Line:
    """What the reviewer has to know before anything else; nothing where there is nothing."""
    if newest is not None and newest.digest != change.digest:
        return (
            (f" Revision {newest.revision} has come: ^r looks at it. ", "run-waiting bold"),
            ("What you see is the one before; no verdict on it counts.", "text"),
        )
    return ((f" {show(change.note, limit=300)} ", "run-waiting"),) if change.note else BLANK

_RUNS: Final = {"passed": " ✓", "failed": " ✗", "running": " …", "queued": " …", "NOT RUN": " !", "cancelled": " ✗"}


def counts(detail: ChangeDetail | None, files: int, drafts: Sequence[Comment]) -> dict[str, str]:
    """What stands behind a pane's name: how many there are, or that all is well."""
    if detail is None:
        return {}
    open_ones = (RequirementState.UNMET, RequirementState.WAITING)
    unmet = sum(requirement.state in open_ones for requirement in detail.requirements)
    talk = len(detail.comments) + len(drafts)
    return {
        "files": f" {files}",
        "runs": _RUNS.get(detail.change.run, ""),
        "findings": f" {len(detail.findings)}",
        "requires": f" {unmet}" if unmet else " ✓",
        "talk": f" {talk}" if talk else "",
    }


def tabs(panes: Sequence[str], here: str, behind: Mapping[str, str]) -> list[Line]:
    """Each pane's number and name, the one in use marked."""
    found: list[Line] = []
    for n, name in enumerate(panes, 1):
        used = name == here
        found.append(
            (
                (f" {n} ", "accent" if used else "muted"),
                (f"{name}{behind.get(name, '')}", "text bold underline" if used else "muted"),
                (" ", "muted"),
            )
        )
    return found


def tab_at(lines: Sequence[Line], cell: int) -> int | None:
    """Which tab lies at a cell."""
    end = 0
    for n, line in enumerate(lines):
        end += width_of(line)
        if cell < end:
            return n
    return None
