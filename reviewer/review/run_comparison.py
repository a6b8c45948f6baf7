"""Tells the runs of a change one from the other: all of them in a line each, and what two of them differ in; pure.

What must stay true: what a run reported of itself is labelled so, apart from what was observed; lists are bounded and
say what they leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reviewer.evidence.reports.terms import compare
from reviewer.model.detail import ChangeDetail
from reviewer.model.report import Case
from reviewer.model.reported import REPORTED
from reviewer.model.run import Run
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, age, line, paragraph
from reviewer.review.preview import limit_words, run_outcome
from reviewer.review.run_desk import Told
from reviewer.review.run_facts import shown
from reviewer.sandbox.reading import Exec, Record
from reviewer.text import fit, show

LISTED: Final = 12
_NARROW: Final = 56
"""Below this width a run says when it was, and not how long it took."""
_OLD: Final = 40
"""Runs that are listed; older ones are counted."""


def all_runs(detail: ChangeDetail) -> list[Run]:
    """Every run of the change over all its revisions, newest first."""
    return list(reversed(detail.runs))


def run_before(detail: ChangeDetail, run: Run) -> Run | None:
    """The run of the same name that came before."""
    runs = [one for one in detail.runs if one.name == run.name]
    at = next((n for n, one in enumerate(runs) if one.run_id == run.run_id), 0)
    return runs[at - 1] if at > 0 else None


def history_entries(detail: ChangeDetail, here: Run, now: float, width: int) -> list[Entry]:
    """A line for each run of the change, newest first, under its revision; the key is its id."""
    narrow = width < _NARROW
    numbers = {revision.digest: revision.number for revision in detail.revisions}
    found: list[Entry] = [(None, [line("Runs of this change, newest first", "text bold")])]
    runs = all_runs(detail)
    for run in runs[:_OLD]:
        word, style = run_outcome(run)
        number = numbers.get(run.revision_digest)
        took = f"{run.seconds:.1f} s" if run.seconds is not None else ""
        when = f"{age(now - run.started_at)} ago" if run.started_at is not None else ""
        exited = f"  exit {run.exit_status}" if run.exit_status else ""
        row: Line = (
            ("▸ " if run.run_id == here.run_id else "  ", "accent"),
            (f"r{number if number is not None else '?'} #{run.attempt:<3}", "muted"),
            (f"{word:<11} ", style),
            (fit(show(run.name, limit=40), 14 if narrow else 16), "text"),
            (f" {when:>7}" if narrow else f"  {took:>8}  {when:>8}{exited}", "muted"),
            (f"  {limit_words(run.limit_hit)}" if limit_words(run.limit_hit) else "", "run-failure"),
            (f"  ⇢ {run.network_attempts}" if run.network_attempts else "", "risk-medium"),
        )
        found.append((run.run_id, [row]))
    if len(runs) > _OLD:
        found.append((None, [line(f"  and {len(runs) - _OLD} older", "muted")]))
    return found


def comparison_lines(before: Told, after: Told, width: int) -> list[Line]:
    """What became different from one run to another: observed first, then what they reported of themselves."""
    lines = [line(f"From {_which(before.run)} to {_which(after.run)}", "text bold"), line("observed", "accent")]
    lines += _outcomes(before.run, after.run)
    if before.record is not None and after.record is not None:
        for what, old, new, style in _sets(before.record, after.record):
            lines += _only(f"new {what}", new, old, width, style)
            lines += _only(f"{what} no more", old, new, width, "muted")
    else:
        lines.append(line("  one of them has no record: what it started and tried is unknown", "run-waiting"))
    lines += [BLANK, line(f"tests, {REPORTED}", "accent")]
    if before.tests is None or after.tests is None:
        said = "no report of both tells single tests; reports in reviewer.toml names files that a run leaves"
        lines += paragraph(said, width - 2, "muted", indent="  ")
        return lines
    lines += paragraph(f"{before.tests.words()}  →  {after.tests.words()}", width - 2, indent="  ")
    told = compare(before.tests, after.tests)
    for title, cases, style in (
        ("newly failing", told.newly_failing, "run-failure"),
        ("newly skipped", told.newly_skipped, "run-waiting"),
        ("gone", told.gone, "run-waiting"),
        ("newly passing", told.newly_passing, "run-success"),
    ):
        lines += _cases(title, cases, style, width)
    if not any((told.newly_failing, told.newly_skipped, told.gone, told.newly_passing)):
        lines.append(line("  no test changed its result", "muted"))
    return lines


def _which(run: Run) -> str:
    return f"{show(run.name, limit=30)} #{run.attempt}"


def _outcomes(before: Run, after: Run) -> list[Line]:
    old, old_style = run_outcome(before)
    new, new_style = run_outcome(after)
    facts: list[Line] = [(("  outcome   ", "muted"), (old, old_style), ("  →  ", "muted"), (new, new_style))]
    for name, one, other in (
        ("exit", before.exit_status, after.exit_status),
        ("seconds", _round(before.seconds), _round(after.seconds)),
        ("limit", before.limit_hit or "none", after.limit_hit or "none"),
        ("programs", before.commands, after.commands),
        ("attempts", before.network_attempts, after.network_attempts),
    ):
        if one != other or name in ("exit", "seconds"):
            was, now = ("-" if value is None else str(value) for value in (one, other))
            facts.append(((f"  {name:<10}", "muted"), (was, "text"), ("  →  ", "muted"), (now, "text")))
    return facts


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _sets(before: Record, after: Record) -> Iterable[tuple[str, Sequence[str], Sequence[str], str]]:
    yield "command", _commands(before), _commands(after), "text"
    yield "attempt", _targets(before), _targets(after), "risk-medium"
    yield "file written", _written(before), _written(after), "text"


def _commands(record: Record) -> list[str]:
    return [" ".join(event.arguments) or event.path for event in record.of(Exec)]


def _targets(record: Record) -> list[str]:
    return [f"{tried.kind} {tried.target}" for tried in record.end.attempts] if record.end is not None else []


def _written(record: Record) -> list[str]:
    return record.end.written if record.end is not None else []


def _only(title: str, those: Sequence[str], others: Sequence[str], width: int, style: str) -> list[Line]:
    """What is in the one list and not in the other, each once, in order."""
    known = set(others)
    rows = [text for text in dict.fromkeys(those) if text not in known]
    lines: list[Line] = []
    for text in rows[:LISTED]:
        lines.append(((f"  {title}: ", "muted"), (shown(text, max(20, width - len(title) - 5)), style)))
    if len(rows) > LISTED:
        lines.append(line(f"  and {len(rows) - LISTED} more {title}", "muted"))
    return lines


def _cases(title: str, cases: Sequence[Case], style: str, width: int) -> list[Line]:
    if not cases:
        return []
    lines: list[Line] = [line(f"  {title}: {len(cases)}", style)]
    for case in cases[:LISTED]:
        suite = f"{show(case.suite, limit=80)}: " if case.suite.raw else ""
        lines.append((("    ", "text"), (f"{suite}{show(case.name, limit=max(20, width - 10))}", "text")))
    if len(cases) > LISTED:
        lines.append(line(f"    and {len(cases) - LISTED} more", "muted"))
    return lines
