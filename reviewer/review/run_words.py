"""Says in words what stands above a run: its outcome, its place among others, whether its output is followed; pure."""

from __future__ import annotations

from reviewer.model.run import Run
from reviewer.review.lines import Line, Part
from reviewer.review.preview import limit_words, run_outcome
from reviewer.review.searching import asked
from reviewer.text import show


def run_title(run: Run, revision: int | None) -> Line:
    """Which run it is: name, revision, attempt, command."""
    where = f"  r{revision if revision is not None else '?'} #{run.attempt}  "
    command = " ".join(show(word, limit=80) for word in run.command)
    return ((f" {show(run.name, limit=40)}", "text bold"), (where, "muted"), (command, "muted italic"))


def run_standing(run: Run, now: float) -> Line:
    """What became of it, or for how long it has been going on."""
    word, style = run_outcome(run)
    took = f"  {run.seconds:.1f} s" if run.seconds is not None else ""
    if run.seconds is None and run.started_at is not None:
        took = f"  {max(0.0, now - run.started_at):.0f} s"
    exited = f"  exit status {run.exit_status}" if run.exit_status else ""
    limit = f"  {said}" if (said := limit_words(run.limit_hit)) else ""
    return ((f" {word}", style), (f"{took}{exited}", "muted"), (f"{limit} ", "run-failure"))


def place_words(cursor: int, lines: int, *, live: bool, tailing: bool, counting: bool) -> Line:
    """Where in the output the cursor stands, and whether the end is followed."""
    at = f" line {min(cursor + 1, lines):,} of {lines:,}{'+' if counting else ''} " if lines else " "
    if not live:
        return ((at, "muted"),)
    if tailing:
        return ((at, "muted"), ("following the end ", "accent"))
    return ((at, "muted"), ("not following: G goes to the end and follows ", "run-waiting"))


def marked(parts: Line, said: str) -> Line:
    """A line with each place marked that holds what was searched for; a pattern marks the whole line."""
    query = asked(said)
    if query.pattern:
        return parts
    small = query.text.lower()
    found: list[Part] = []
    for text, style in parts:
        at, folded = 0, text.lower()
        # Some letters change their length with their case: then nothing is marked, for the places would be others.
        while small and len(folded) == len(text) and (hit := folded.find(small, at)) >= 0:
            found += [(text[at:hit], style), (text[hit : hit + len(small)], "match on:match-surface")]
            at = hit + len(small)
        found.append((text[at:], style))
    return tuple(part for part in found if part[0])
