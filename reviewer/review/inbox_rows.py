"""Lays a change out as one row of the inbox at a width; pure. Columns give way in a stated order.

What must stay true: nothing heavy is imported, since the first paint uses the same functions before anything else is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewer.review.lines import Line, age, columns, severity_style
from reviewer.text import show

if TYPE_CHECKING:
    from reviewer.model.change import Change

_RUN = {
    "passed": ("✓ passed", "run-success"),
    "failed": ("✗ failed", "run-failure"),
    "running": ("… running", "run-waiting"),
    "queued": ("… queued", "run-waiting"),
    "cancelled": ("✗ stopped", "run-failure"),
    "NOT RUN": ("! NOT RUN", "run-failure"),
    "none asked": ("- none", "muted"),
    "never run": ("- not run", "muted"),
}
_STATE = {
    "discovered": ("found", "muted"),
    "pending": ("", "text"),
    "conflict": ("conflict", "run-failure"),
    "approved": ("approved", "run-success"),
    "approved, waiting to land": ("to land", "run-success"),
    "changes requested": ("sent back", "muted"),
    "landed": ("landed", "run-success"),
    "rejected": ("rejected", "muted"),
    "superseded": ("superseded", "muted"),
}


class Widths(NamedTuple):
    """Cells of each column at one width of the screen; 0 where it gave way."""

    risk: int = 13
    run: int = 10
    title: int = 20
    branch: int = 0
    agent: int = 0
    target: int = 0
    size: int = 0
    state: int = 0
    comments: int = 0
    revision: int = 0
    age: int = 5


_WANTED = (("branch", 22), ("state", 10), ("revision", 4), ("size", 12), ("agent", 10), ("comments", 5), ("target", 10))


def widths(width: int) -> Widths:
    """Risk, run, title and age stay; then branch, state, revision, size, agent, comments, target as there is room."""
    chosen: dict[str, int] = {}
    left = width - 2 - 13 - 10 - 5 - 22
    for name, cells in _WANTED:
        # The last ones come only where the title keeps room to be read.
        if left >= cells + (14 if name in ("comments", "target") else 0):
            chosen[name] = cells
            left -= cells
    if chosen.get("branch") and left > 12:
        extra = min(20, left // 3)
        chosen["branch"] += extra
        left -= extra
    return Widths(title=max(8, 22 + left), **chosen)


def heading(width: int) -> Line:
    """The names of the columns."""
    w = widths(width)
    return columns(
        (name, "muted", cells, right)
        for name, cells, right in (
            ("", 2, False),
            ("risk", w.risk, False),
            ("run", w.run, False),
            ("title", w.title, False),
            ("branch", w.branch, False),
            ("state", w.state, False),
            ("agent", w.agent, False),
            ("target", w.target, False),
            ("size", w.size, False),
            ("talk", w.comments, False),
            ("rev", w.revision, False),
            ("age", w.age, True),
        )
    )


def run_words(run: str) -> tuple[str, str]:
    """The run's outcome as a sign with a word, and its style."""
    return _RUN.get(run, (run, "muted"))


def state_words(state: str) -> tuple[str, str]:
    return _STATE.get(state, (show(state, limit=20), "muted"))


def risk_words(row: Change) -> tuple[str, str]:
    """The highest flag and how many there are, and its style."""
    if row.risk is None:
        return ("- none", "muted")
    sign = {"critical": "‼", "high": "▲", "medium": "△"}.get(row.risk, "·")
    return (f"{sign} {row.risk} {row.flags}", severity_style(row.risk))


def size_words(row: Change) -> str:
    return f"+{row.size.added} -{row.size.removed}" if row.size else ""


def inbox_row(row: Change, width: int, now: float, *, fresh: bool = False) -> Line:
    """One change at `width` cells; `now` is in Unix seconds."""
    w = widths(width)
    bold = " bold" if row.state == "pending" else ""
    quiet = "muted" if row.state == "discovered" else "text"
    risk, risk_style = risk_words(row)
    run, run_style = run_words(row.run)
    state, state_style = state_words(row.state)
    title = show(row.title, limit=max(20, w.title * 2)) or show(row.branch, limit=60)
    return columns(
        (
            ("●" if fresh else "", "accent", 2, False),
            (risk, risk_style, w.risk, False),
            (run, run_style, w.run, False),
            (title, quiet + bold, w.title - 1, False),
            ("", "text", 1, False),
            (show(row.branch, limit=80), "muted", w.branch - 1 if w.branch else 0, False),
            ("", "text", 1 if w.branch else 0, False),
            (state, state_style, w.state, False),
            (show(row.agent, limit=20), "muted", w.agent, False),
            (show(row.target, limit=20), "muted", w.target, False),
            (size_words(row), "muted", w.size, False),
            (str(row.comments) if row.comments else "", "muted", w.comments, False),
            (f"r{row.revision}" if row.revision else "", "muted", w.revision, False),
            (age(now - row.created_at), "muted", w.age, True),
        )
    )
