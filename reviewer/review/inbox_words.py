"""Says in words what the inbox is at: its title, where the cursor is, why nothing is listed, what is wrong; pure."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.attention import Turn
from reviewer.model.listing import Order
from reviewer.review.inbox import Inbox
from reviewer.review.lines import BLANK, Line, line, paragraph
from reviewer.review.query import Mistake
from reviewer.text import fit, show

_ORDERS = {
    Order.TURN: "",
    Order.NEWEST: "newest first",
    Order.AGENT: "by agent",
    Order.TASK: "by task",
    Order.REPOSITORY: "by repository",
    Order.STACK: "stacks",
}


def title_words(place: str, inbox: Inbox) -> Line:
    """What there is: how much waits, what machines are at, in which order; `place` is safe to show."""
    counts = inbox.counts
    parts = [f"{counts.of(Turn.MINE)} to review"]
    found = counts.of(Turn.FOUND)
    parts += [f"{found} found, not submitted"] if found else []
    parts += [f"{counts.running} running"] if counts.running else []
    parts += [f"{counts.queued} queued"] if counts.queued else []
    parts += [f"{counts.snoozed} asleep"] if counts.snoozed else []
    parts += [f"{len(inbox.marked)} marked"] if inbox.marked else []
    parts += [_ORDERS[inbox.order]] if _ORDERS[inbox.order] else []
    named = f" {place}" if place else ""
    return ((" reviewer", "accent bold"), (named, "text bold"), ("   " + "   ".join(parts), "muted"))


KEPT_OF_TITLE = 34
"""Cells of the title that nothing takes from what waits for the reviewer."""


def quiet_words(under_way: Sequence[str], room: int) -> Line:
    """What goes on beside the screen, in `room` cells at the most."""
    going = "   ".join(filter(None, under_way))
    return ((f" {fit(going, min(len(going), room - 2))} ", "muted"),) if going and room > 8 else BLANK


def trouble_words(said: str, hint: str, width: int) -> Line:
    """Why the pipeline does not answer, and what to do where there is room for it; both are safe to show."""
    hint = f"  {hint}" if hint and len(said) + len(hint) + 6 <= width else ""
    words = fit(said, max(8, min(len(said), width - len(hint) - 4)))
    return (("  ! ", "run-waiting bold"), (words, "run-waiting"), (hint, "accent"))


def place_words(inbox: Inbox) -> Line:
    """Where the cursor stands among how many."""
    many = len(inbox.listing.ids)
    if not many:
        return BLANK
    return ((f" {inbox.place + 1} of {many}{'' if inbox.listing.whole else '+'} ", "muted"),)


def mistake_lines(text: str, mistake: Mistake | None, offered: Sequence[str]) -> Line:
    """What the last word may become, of which tab takes the first; else what is wrong, and what it is about."""
    if offered:
        words = [_last_word(choice) for choice in offered[:12]]
        return ((" tab ", "accent bold"), (words[0], "text"), ("  " + "  ".join(words[1:]), "muted"))
    if mistake is None:
        return BLANK
    about = show(text[mistake.start : mistake.end], limit=40)
    below = " " * min(40, mistake.start)
    return ((below, "text"), (about, "run-failure underline"), (f"  {mistake.why}", "run-waiting"))


def _last_word(choice: str) -> str:
    return show(choice.rpartition(' "')[2] if choice.endswith('"') else choice.rpartition(" ")[2], limit=40)


def empty_lines(inbox: Inbox, said: str, hint: str, synced: bool, place: str, width: int) -> list[Line]:
    """Why nothing is listed, and what to do next. `said` is what keeps the pipeline from answering, `hint` the mend."""
    counts = inbox.counts
    if inbox.query.terms:
        nothing = paragraph(f"Nothing holds {show(inbox.text, limit=60)}.", width)
        return [*nothing, line("Escape clears the filter.", "muted")]
    if said:
        return [
            *paragraph("Nothing is kept here, and the pipeline does not answer:", width, "text bold"),
            *paragraph(said, width, "run-waiting", indent="  "),
            *(paragraph(hint, width, "accent", indent="  ") if hint else []),
            line("It is asked again by itself. To see what is wrong:"),
            line("  reviewer doctor", "accent"),
        ]
    if inbox.since is None:
        return [line("Reading ...", "muted")]
    return _how(place, width, asking=not synced, hidden=counts.of(Turn.NOBODY), asleep=counts.snoozed)


_SHOWS_UP = (
    "A branch by an agent shows up here by itself: by its prefix (claude/, codex/ ...), by a Co-authored-by trailer,"
    " or by the worktree that it was made in."
)


def _how(place: str, width: int, *, asking: bool, hidden: int, asleep: int) -> list[Line]:
    """How changes get here, for somebody who sees this for the first time."""
    lines = [line("Nothing waits for you.", "text bold")]
    if not place:
        lines += paragraph("This is no git repository: changes of all repositories are listed.", width)
    lines += [
        BLANK,
        *paragraph(_SHOWS_UP, min(width, 100)),
        (("Agents submit with: ", "text"), ("reviewer submit --branch claude/fix", "accent")),
        (("To see how it feels first: ", "text"), ("reviewer demo", "accent")),
    ]
    if asking:
        lines.append(line("The pipeline is being asked for the first time.", "muted"))
    if hidden:
        lines.append(line(f"{hidden} decided ones are hidden: A shows them.", "muted"))
    if asleep:
        lines.append(line(f"{asleep} sleep: A shows them, too.", "muted"))
    return lines
