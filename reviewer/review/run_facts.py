"""Lists what a run's record holds, for the panes of one run: moments, commands, network, files, containment; pure.

What must stay true: a record is text from outside, whoever wrote it; every list is bounded and says what it leaves out;
what was not watched is said to be unknown, never shown as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from reviewer.model.reported import COMPLAINTS, REPORTED, LogComplaint
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, line, paragraph
from reviewer.review.preview import limit_words, run_outcome
from reviewer.sandbox.reading import End, Exec, Network, Output, Record
from reviewer.text import Untrusted, cell_width, cells_until, fit, show

LISTED: Final = 2000
"""Entries of one kind that are shown."""
_RULER: Final = 16
_NARROW: Final = 64
"""Below this width a stretch of time takes half as many cells, and says when it began or how long it took."""
_QUIET: Final = 3.0
"""Seconds without a sign of life that are worth a line."""
_DEPTH: Final = 12


def shown(text: str, limit: int = 400) -> str:
    return show(Untrusted(text), limit=limit)


def no_record(run: Run, width: int) -> list[Entry]:
    """Why there is nothing to list, and what to do."""
    if run.state is RunState.NOT_RUN:
        why = show(run.reason, limit=600) or "nothing usable was found here"
        lines = [line("NOT RUN", "run-failure bold"), *paragraph(why, width), BLANK]
        lines += paragraph("What this machine can do, and what to install:", width, "muted")
        return [(None, [*lines, line("  reviewer doctor", "accent")])]
    if run.state is RunState.QUEUED:
        ahead = f"{run.position} before it" if run.position else "it is next"
        said, more, style = f"It waits for its turn: {ahead}.", "", "run-waiting"
    elif run.state is RunState.RUNNING:
        said, style = "It is under way: what it started, tried and wrote is known when it has ended.", "run-waiting"
        more = "1 shows what it prints, as it comes; K stops it."
    elif run.state is RunState.CANCELLED:
        said, more, style = "It was stopped, and proves nothing.", "R runs it again.", "run-failure"
    elif run.note:
        said, more, style = show(run.note, limit=300), "", "muted"
    else:
        said, more, style = "There is no record of this run: it is no evidence.", "R runs it again.", "run-failure"
    return [(None, [*paragraph(said, width, style), *(paragraph(more, width, "muted") if more else ())])]


def entries_of(pane: str, record: Record, width: int) -> list[Entry]:
    """What a pane of one run lists: steps, started, network, files or sandbox."""
    if pane == "steps":
        head, *moments = moment_lines(record, width)
        return [(None, [head]), *((n, [moment]) for n, moment in enumerate(moments))]
    lists = {"started": command_entries, "network": network_entries, "files": file_entries}
    return lists.get(pane, sandbox_entries)(record, width)


# --- moments --------------------------------------------------------------------------------------------------------


def ruler(at: float, length: float, whole: float, cells: int = _RULER) -> tuple[str, str, str]:
    """A stretch of time within a whole, as cells before, in and after it; never less than one cell."""
    if whole <= 0:
        return "", "━" * cells, ""
    first = min(cells - 1, int(min(1.0, at / whole) * cells))
    inside = max(1, min(cells - first, round(min(1.0, length / whole) * cells)))
    return "·" * first, "━" * inside, "·" * (cells - first - inside)


def _ruled(at: float, length: float, whole: float, style: str, width: int) -> Line:
    before, inside, after = ruler(at, length, whole, _RULER if width >= _NARROW else _RULER // 2)
    return ((before, "muted"), (inside, style), (after, "muted"))


def steps_of(runs: Sequence[Run], now: float, width: int) -> list[Line]:
    """Runs that were asked for together, on one scale: when each began, how long it took, which limit it hit."""
    begun = [run for run in runs if run.started_at is not None]
    if not begun:
        return []
    zero = min(run.started_at or 0.0 for run in begun)
    spans = [(run, (run.started_at or zero) - zero, _length(run, now)) for run in begun]
    whole = max(at + length for _, at, length in spans)
    lines = [line("Steps of this revision", "text bold")]
    for run, at, length in spans:
        word, style = run_outcome(run)
        limit = f"  {said}" if (said := limit_words(run.limit_hit)) else ""
        again = f" #{run.attempt}" if run.attempt > 1 else ""
        lines.append(
            (
                *_ruled(at, length, whole, style, width),
                (f" {at:>7.1f} s {length:>7.1f} s  " if width >= _NARROW else f" {length:>5.1f} s  ", "muted"),
                (show(run.name, limit=30) + again, "text"),
                (f"  {word}", style),
                (limit, "run-failure"),
            )
        )
    return lines


def _length(run: Run, now: float) -> float:
    if run.seconds is not None:
        return run.seconds
    return max(0.0, now - run.started_at) if run.state is RunState.RUNNING and run.started_at is not None else 0.0


def moment_lines(record: Record, width: int) -> list[Line]:
    """What happened when: programs, attempts to reach out, silences, limits, the end."""
    # Events are timed from when the run was asked for, its length from when its command began.
    whole = max([e.at for e in _timed(record)] + ([record.end.seconds] if record.end is not None else []), default=0.0)
    lines = [line("In this run", "text bold")]
    found = list(_moments(record, whole))
    for at, length, style, words in found[:LISTED]:
        when = f" {at:>7.2f} s  " if width >= _NARROW else f" {at:>5.2f} s  "
        lines.append((*_ruled(at, length, whole, style, width), (when, "muted"), (words, style)))
    if len(found) > LISTED:
        lines.append(line(f"and {len(found) - LISTED} more", "muted"))
    return lines


def group_entries(run: Run, width: int) -> list[Entry]:
    """Groups, errors and warnings that the output marks as GitHub Actions do, each by (its mark's line, from 0)."""
    steps = [step for report in run.reports for step in report.steps]
    complaints = [complaint for report in run.reports for complaint in report.complaints]
    found: list[Entry] = []
    if steps:
        found = [(None, _head("Groups in its output", width))]
    for step in steps[:LISTED]:
        lines = f"{step.lines:>6} line{'s' if step.lines != 1 else ' '}  "
        errors = f"  {step.errors} error{'s' if step.errors != 1 else ''}" if step.errors else ""
        name = fit(show(step.name, limit=200) or "without a name", max(10, width - len(lines) - len(errors) - 3))
        found.append(((step.line,), [(("▸ ", "accent"), (lines, "muted"), (name, "text"), (errors, "run-failure"))]))
    if len(steps) > LISTED:
        found.append((None, [line(f"and {len(steps) - LISTED} more", "muted")]))
    if complaints:
        found.append((None, _head("Errors and warnings in its output", width)))
    found += [((one.line,), [_complaint(one, width)]) for one in complaints]
    if len(complaints) >= COMPLAINTS:
        found.append((None, [line("its output may mark more: these are the first", "muted")]))
    return found


def _head(title: str, width: int) -> list[Line]:
    return [BLANK, line(title, "text bold"), *paragraph(REPORTED, width, "muted italic")]


def _complaint(one: LogComplaint, width: int) -> Line:
    """One complaint with the place that it names: of a long path the end stays, and its line."""
    sign, style = ("✗ ", "run-failure") if one.error else ("! ", "run-waiting")
    at = f":{one.file_line}" if one.file_line else ""
    file = show(one.file, limit=300)
    room = max(8, width // 3 - len(at))
    over = cell_width(file) - room
    file = "…" + file[cells_until(file, over + 1) + 1 :] if over > 0 else file
    place = f"{file}{at}  " if file else ""
    words = fit(show(one.message, limit=400) or "without words", max(8, width - cell_width(place) - 3))
    return ((sign, style), (place, "muted"), (words, "text"))


def _timed(record: Record) -> Iterable[Output | Exec | Network]:
    return (event for event in record.events if not isinstance(event, End))


def _moments(record: Record, whole: float) -> Iterable[tuple[float, float, str, str]]:
    last, printed = 0.0, False
    for event in sorted(_timed(record), key=lambda event: event.at):
        if event.at - last >= _QUIET:
            yield last, event.at - last, "muted", f"nothing for {event.at - last:.1f} s"
        if isinstance(event, Exec):
            yield event.at, 0.0, "text", f"starts {shown(' '.join(event.arguments), 160)}"
        elif isinstance(event, Network):
            yield event.at, 0.0, "risk-medium", f"⇢ {shown(f'{event.kind} {event.target}')}, {shown(event.outcome)}"
        elif event.dropped:
            gone = "were cleared to make room" if event.cleared else "are not kept"
            yield last, 0.0, "run-waiting", f"{event.dropped} bytes of output {gone}"
        elif not printed:
            printed = True
            yield event.at, 0.0, "text", "prints its first line"
        last = max(last, event.at)
    end = record.end
    if end is None:
        yield last, 0.0, "run-failure", "the record stops here"
        return
    if whole - last >= _QUIET:
        yield last, whole - last, "muted", f"nothing for {whole - last:.1f} s"
    if end.limit_hit:
        stopped = end.limit_hit == Conclusion.CANCELLED
        said = "it was stopped" if stopped else f"the limit on {shown(end.limit_hit)} is hit"
        yield whole, 0.0, "run-failure", said
    style = "run-success" if end.exit_status == 0 else "run-failure"
    yield whole, 0.0, style, f"ends with exit status {end.exit_status}"


# --- commands -------------------------------------------------------------------------------------------------------


def command_entries(record: Record, width: int) -> list[Entry]:
    """Each program that was started, under the one that started it, with its arguments."""
    programs = list(record.of(Exec))
    if not programs:
        watched = record.end is not None and record.end.observed
        said = "It started nothing else." if watched else "Which programs it started was not watched here: unknown."
        return [(None, [line(said, "text" if watched else "run-waiting")])]
    depths: dict[int, int] = {}
    found: list[Entry] = []
    for n, event in enumerate(programs[:LISTED]):
        # One process may become another program: it stays where it is.
        depth = depths.setdefault(event.pid, depths.get(event.parent, -1) + 1)
        indent = "  " * min(depth, _DEPTH)
        words = shown(" ".join(event.arguments) or event.path, 2000) + (" …" if event.cut else "")
        first, *rest = paragraph(words, width - len(indent) - 18)
        when = f"{event.at:>8.2f} s {event.pid:>5}  "
        lines: list[Line] = [((when, "muted"), (indent, "text"), *first)]
        lines += [((" " * 18 + indent, "text"), *more) for more in rest]
        found.append((n, lines))
    started = max(len(programs), record.end.commands if record.end is not None else 0)
    if started > len(found):
        found.append((None, [line(f"and {started - len(found)} more were started", "muted")]))
    return found


# --- network --------------------------------------------------------------------------------------------------------


def network_entries(record: Record, width: int) -> list[Entry]:
    """Each kind of attempt to reach out: where to, by whom, how often, when first, what became of it."""
    end = record.end
    if end is None or not end.observed:
        return [(None, [line("Attempts to reach out were not watched here: unknown.", "run-waiting")])]
    if not end.attempts:
        never = [line("It never tried to reach out."), line("Nothing could answer: a run has no network.", "muted")]
        return [(None, never)]
    found: list[Entry] = [(None, [line("Nothing of this left the sandbox.", "muted"), BLANK])]
    for n, tried in enumerate(end.attempts[:LISTED]):
        times = f"{tried.count} times" if tried.count > 1 else "once"
        about = f"{shown(tried.kind, 60)}, {times}, first at {tried.first_at:.2f} s, by {shown(tried.by, 60)}: "
        lines: list[Line] = [(("⇢ ", "risk-medium"), (shown(tried.target, max(20, width - 4)), "text bold"))]
        lines += paragraph(about + shown(tried.outcome, 60), width - 2, "muted", indent="  ")
        found.append((n, lines))
    more = len(end.attempts) - min(len(end.attempts), LISTED) + end.attempts_unlisted
    if more:
        found.append((None, [line(f"and {more} more", "muted")]))
    return found


# --- files ----------------------------------------------------------------------------------------------------------


def file_entries(record: Record, width: int) -> list[Entry]:
    """What the run left in its copy of the tree: written, deleted, given another mode."""
    end = record.end
    if end is None:
        return [(None, [line("The record stops before its end: what was left is unknown.", "run-failure")])]
    kinds = (("written", end.written, "added", "A"), ("deleted", end.deleted, "removed", "D"),
             ("mode", end.mode_changed, "risk-medium", "M"))  # fmt: skip
    found: list[Entry] = []
    for kind, paths, style, sign in kinds:
        for path in paths[:LISTED]:
            found.append(((kind, path), [((f" {sign} ", style), (fit(shown(path, 1000), max(8, width - 4)), "text"))]))
        if len(paths) > LISTED:
            found.append((None, [line(f"and {len(paths) - LISTED} more {kind}", "muted")]))
    head = [*paragraph("In its own copy of the tree, which is thrown away.", width, "muted"), BLANK]
    if end.differences not in ("", "complete"):
        head.insert(0, line(f"The list is not whole: {shown(end.differences)}", "run-waiting"))
    if not found:
        return [(None, [line("It left every file as it was.")])]
    return [(None, head), *found]


# --- containment ----------------------------------------------------------------------------------------------------

_STATES: Final = (("absent", "run-failure"), ("reduced", "run-waiting"), ("enforced", "run-success"))
_SIGNS: Final = {"absent": "✗", "reduced": "!", "enforced": "✓"}


def sandbox_entries(record: Record, width: int) -> list[Entry]:
    """How the run was contained, each guarantee with its mechanism, what is missing first; its bounds; its doubts."""
    header, kept = record.header, record.header.capabilities
    doubts = record.doubts()
    head: list[Line] = [line("Observed: we ran it, and this is what held it", "text bold")]
    if doubts:
        head = [line("This is no evidence:", "run-failure bold")]
        head += [row for doubt in doubts for row in paragraph(doubt, width - 2, "run-failure", indent="  ")]
    facts = [
        ("subject", shown(header.subject)),
        ("snapshot", shown(header.snapshot or "none: a working copy")),
        ("command", shown(" ".join(header.command))),
        ("given", shown(header.dependencies or ", ".join(header.read_only) or "nothing beside the commit")),
        ("contained", f"{shown(kept.tier, 20)}, by {shown(kept.launcher, 30)} {shown(kept.version, 30)}".rstrip()),
        ("kernel", shown(kept.kernel, 80)),
    ]
    if record.end is not None:
        end = record.end
        facts.append(("used", f"{end.cpu_seconds:.1f} s of processor, {end.peak_memory / (1 << 20):.0f} MiB at most"))
    limits = ", ".join(f"{shown(name, 20)} {_amount(name, value)}" for name, value in header.limits.items())
    facts.append(("limits", limits))
    lines = [*head, BLANK]
    for name, value in facts:
        first, *rest = paragraph(value, max(10, width - 11))
        lines += [((f"{name:<11}", "muted"), *first), *(((" " * 11, "text"), *more) for more in rest)]
    lines.append(BLANK)
    for state, style in _STATES:
        for name, (held, how) in kept.guarantees.items():
            if held == state:
                first, *rest = paragraph(f"{shown(name, 40)}: {shown(how)}", width - 13)
                lines.append(((f"{_SIGNS[state]} {state:<10} ", style), *first))
                lines += [((" " * 13, "text"), *more) for more in rest]
    return [(None, lines)]


def _amount(name: str, value: float) -> str:
    if name == "seconds":
        return f"{value:g} s"
    if name == "processes":
        return f"{value:g}"
    return f"{value / (1 << 20):g} MiB"
