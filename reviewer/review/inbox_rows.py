"""Lays a change out as one or two lines of the inbox at a width; pure. Columns give way in a stated order.

What must stay true: nothing heavy is imported, since the first paint uses the same functions before anything else is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reviewer.review.lines import Line, age, columns, severity_style
from reviewer.text import fit, show

if TYPE_CHECKING:
    from reviewer.model.change import Change

BESIDE = 190
"""From this width on the preview stands beside the list."""
PLACE = 18
"""Cells at the end of the last line that say where the cursor stands: they alone change when it moves."""
TALL = 55
"""From this height on a row takes two lines, unless it was said otherwise."""
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
_SECTIONS = {
    "mine": "Your turn",
    "machine": "Machines are at work",
    "others": "Waiting for others",
    "agent": "The agent's turn",
    "found": "Found, not submitted",
    "nobody": "Decided",
}


_EDGE = ("", "text", 1, False)
"""Air at the right edge."""


class Beside(NamedTuple):
    """What a row tells beside its change. `fresh`: it came while the screen was open; `news` since it was last open."""

    fresh: bool = False
    marked: bool = False
    news: str = ""
    met: int = 0
    asked: int = 0
    stacked: bool = False


NOTHING = Beside()


class Panes(NamedTuple):
    """Cells and lines of the list (its heading aside) and of the preview, which has none where there is no room."""

    width: int
    lines: int
    preview_width: int = 0
    preview_lines: int = 0


def panes(width: int, height: int, preview: bool) -> Panes:
    """Where list and preview stand on a screen, between the title and the keys."""
    body = max(1, height - 2)
    if not preview or height < 16:
        return Panes(width, body - 1)
    if width >= BESIDE:
        beside = width * 2 // 5
        return Panes(width - beside, body - 1, beside, body)
    below = body * 45 // 100
    return Panes(width, body - 1 - below, width, below)


class Widths(NamedTuple):
    """Cells of each column at one width of the screen; 0 where it gave way."""

    risk: int = 13
    words: int = 0
    run: int = 10
    title: int = 20
    branch: int = 0
    state: int = 0
    agent: int = 0
    target: int = 0
    size: int = 0
    comments: int = 0
    met: int = 0
    news: int = 0
    revision: int = 0
    age: int = 5


_WANTED = (
    ("branch", 22, 0), ("revision", 4, 0), ("news", 10, 0), ("met", 5, 0), ("size", 12, 10), ("agent", 10, 10),
    ("words", 22, 10), ("state", 10, 10), ("comments", 5, 14), ("target", 10, 14),
)  # fmt: skip
"""Columns, their cells, and what the title has to keep beyond its least where they come."""
_kept_widths: dict[int, Widths] = {}


def widths(width: int) -> Widths:
    """Risk, run, title, age; then branch, revision, news, requirements, size, agent, words, state, comments, target.

    What comes first gives way last. A state for which there is no room of its own stands in the run's place.
    """
    known = _kept_widths.get(width)
    if known is None:
        known = _kept_widths[width] = _chosen(width)
    return known


def _chosen(width: int) -> Widths:
    chosen: dict[str, int] = {}
    left = width - 2 - 13 - 10 - 5 - 1 - 22
    for name, cells, kept in _WANTED:
        if left < cells + kept:
            break
        chosen[name] = cells
        left -= cells
    if chosen.get("branch") and left > 12:
        extra = min(20, left // 3)
        chosen["branch"] += extra
        left -= extra
    return Widths(title=max(8, 22 + left), **chosen)


def heading(width: int, *, tall: bool = False) -> Line:
    """The names of the columns."""
    w = widths(width)
    named: tuple[tuple[str, int], ...]
    if tall:
        named = (("", 2), ("risk", 13), ("run", 10), ("title, branch", max(8, width - 50)), ("news", 10), ("met", 5),
                 ("rev", 4))  # fmt: skip
    else:
        named = (
            ("", 2), ("risk", w.risk), ("why", w.words), ("run", w.run), ("title", w.title), ("branch", w.branch),
            ("state", w.state),
            ("agent", w.agent), ("target", w.target), ("size", w.size), ("talk", w.comments), ("met", w.met),
            ("news", w.news), ("rev", w.revision),
        )  # fmt: skip
    return columns((*((name, "muted", cells, False) for name, cells in named), ("age", "muted", w.age, True), _EDGE))


def section_line(name: str, count: int | None, width: int) -> Line:
    """The line above a section; `count` is None where it is not known yet."""
    said = _SECTIONS.get(name) or show(name, limit=max(20, width - 20)) or "Standing alone"
    return ((f"  {said}", "accent bold"), (f"  {count}" if count is not None else "", "muted"))


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


def met_words(beside: Beside) -> tuple[str, str]:
    """Requirements met of those asked for; where some are not, that is what the eye is to find."""
    if not beside.asked:
        return ("", "muted")
    return (f"{beside.met}/{beside.asked}", "muted" if beside.met == beside.asked else "run-waiting")


def _mark(beside: Beside) -> tuple[str, str, int, bool]:
    return ("◆" if beside.marked else "●" if beside.fresh else "", "accent", 2, False)


def _titled(row: Change, beside: Beside, cells: int) -> tuple[str, str, int, bool]:
    bold = " bold" if row.state in ("pending", "conflict") else ""
    quiet = "muted" if row.state == "discovered" else "text"
    title = show(row.title, limit=max(20, cells * 2)) or show(row.branch, limit=60)
    # Most are code: another kind is named.
    title = title if row.kind == "code" else f"{row.kind}: {title}"
    return (f"↳ {title}" if beside.stacked else title, quiet + bold, cells, False)


def inbox_row(row: Change, width: int, now: float, beside: Beside = NOTHING) -> Line:
    """One change as one line of `width` cells; `now` is in Unix seconds."""
    w = widths(width)
    risk, risk_style = risk_words(row)
    run, run_style = run_words(row.run)
    state, state_style = state_words(row.state)
    if state and not w.state and row.state != "discovered":
        # Where there is no room for both, what became of it says more than how it ran.
        run, run_style = fit(state, w.run - 1), state_style
    revision = f"r{row.revision}" if row.revision else ""
    # Where there is no room for what is new, the revision says that there is something.
    revision_style = "accent bold" if beside.news and not w.news else "muted"
    return columns(
        (
            _mark(beside),
            (risk, risk_style, w.risk, False),
            # In the colour of the risk: another one would be sent with every row that the cursor moves over.
            (", ".join(row.words), risk_style, w.words - 1 if w.words else 0, False),
            ("", "text", 1 if w.words else 0, False),
            (run, run_style, w.run, False),
            _titled(row, beside, w.title - 1),
            ("", "text", 1, False),
            (show(row.branch, limit=80), "muted", w.branch - 1 if w.branch else 0, False),
            ("", "text", 1 if w.branch else 0, False),
            (state, state_style, w.state, False),
            (show(row.agent, limit=20), "muted", w.agent, False),
            (show(row.target, limit=20), "muted", w.target, False),
            (size_words(row), "muted", w.size, False),
            (str(row.comments) if row.comments else "", "muted", w.comments, False),
            (*met_words(beside), w.met, False),
            (beside.news, "accent", w.news, False),
            (revision, revision_style, w.revision, False),
            (age(now - row.created_at), "muted", w.age, True),
            _EDGE,
        )
    )


def tall_row(row: Change, width: int, now: float, beside: Beside = NOTHING) -> tuple[Line, Line]:
    """One change as two lines of `width` cells: what is decided on, and below it where it comes from."""
    risk, risk_style = risk_words(row)
    run, run_style = run_words(row.run)
    state, state_style = state_words(row.state)
    room = max(8, width - 50)
    first = columns(
        (
            _mark(beside),
            (risk, risk_style, 13, False),
            (run, run_style, 10, False),
            _titled(row, beside, room - 1),
            ("", "text", 1, False),
            (beside.news, "accent", 10, False),
            (*met_words(beside), 5, False),
            (f"r{row.revision}" if row.revision else "", "muted", 4, False),
            (age(now - row.created_at), "muted", 5, True),
            _EDGE,
        )
    )
    where = f"{show(row.branch, limit=80)} → {show(row.target, limit=40)}"
    said = (f"{row.comments} said" if row.comments else "", size_words(row), show(row.agent, limit=20))
    second = columns(
        (
            ("", "text", 2, False),
            (", ".join(row.words), "muted", 22, False),
            ("", "text", 1, False),
            ("  ".join((where, *filter(None, reversed(said)))), "muted", max(8, width - 37), False),
            (state, state_style, 11, True),
            _EDGE,
        )
    )
    return first, second
