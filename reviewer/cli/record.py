"""`reviewer record`: what a run's record says, whether it is whole, and the same as an asciicast."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from reviewer.model.errors import ReviewerError
from reviewer.sandbox.asciicast import asciicast
from reviewer.sandbox.reading import RECORD_BYTES, End, Exec, Record, read_record
from reviewer.text import Untrusted, show, show_log_line

_EXAMPLES = """\b
Examples:
  reviewer run --record run.jsonl -- pytest
  reviewer record show run.jsonl
  reviewer record show run.jsonl --output
  reviewer record check run.jsonl
  reviewer record export run.jsonl --format asciicast > run.cast

Exit status: 0 done; 1 it cannot be read, or `check` has doubts; 2 used wrongly.
"""
_LISTED = 40


@click.group("record", epilog=_EXAMPLES)
def command() -> None:
    """Records of runs, as `reviewer run --record FILE` and the gate write them; `-` reads standard input."""


@command.command("show", short_help="what ran, what it started, tried and left", epilog=_EXAMPLES)
@click.argument("source", metavar="RECORD")
@click.option("--output", is_flag=True, help="show what the run printed, too")
@click.option("--json", "as_json", is_flag=True, help="one object: header, end, doubts")
def show_record(source: str, output: bool, as_json: bool) -> int:
    """Say what ran, how it was contained, what it started, where it tried to reach and what it left."""
    record = _read(source)
    if as_json:
        facts = msgspec.to_builtins({"header": record.header, "end": record.end, "doubts": record.doubts()})
        click.echo(json.dumps(facts))
        return 0
    for line in _lines(record):
        click.echo(line)
    if output:
        click.echo()
        for line in _printed(record):
            click.echo(line)
    return 0


@command.command("check", short_help="whether it is whole and may be evidence", epilog=_EXAMPLES)
@click.argument("source", metavar="RECORD")
@click.option("--json", "as_json", is_flag=True, help="one object: whole, doubts")
def check_record(source: str, as_json: bool) -> int:
    """Exit 0 where a record is whole, made in a sandbox and about a commit; else 1, with each doubt."""
    record = _read(source)
    doubts = record.doubts()
    if as_json:
        click.echo(json.dumps({"whole": record.whole, "doubts": doubts}))
    else:
        for doubt in doubts or ["whole, and its digest is right"]:
            click.echo(doubt)
    return int(bool(doubts))


@command.command("export", short_help="its output for other players (asciicast)", epilog=_EXAMPLES)
@click.argument("source", metavar="RECORD")
@click.option("--format", "form", type=click.Choice(["asciicast"]), default="asciicast", show_default=True)
def export_record(source: str, form: str) -> int:
    """Write what the run printed, in its own time, for other players: asciicast 3, cleaned of all but colours."""
    del form
    for line in asciicast(_read(source)):
        click.echo(line, nl=False)
    return 0


def _read(source: str) -> Record:
    if source == "-":
        return read_record(sys.stdin.buffer.read(RECORD_BYTES + 1))
    try:
        with Path(source).open("rb") as file:
            return read_record(file.read(RECORD_BYTES + 1))
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ReviewerError(f"{show(source, limit=200)}: {why}", "name a file that a run wrote") from None


def _lines(record: Record) -> Iterator[str]:
    header, end, found = record.header, record.end, record.header.capabilities
    yield _row("subject", header.subject)
    yield _row("command", " ".join(header.command))
    if header.dependencies or header.read_only:
        yield _row("ran with", header.dependencies or ", ".join(header.read_only))
    yield _row("contained", f"{found.tier}, by {found.launcher} {found.version} on {found.kernel}")
    for state in ("reduced", "absent"):
        names = [name for name, (kept, _how) in found.guarantees.items() if kept == state]
        if names:
            yield _row(state, ", ".join(names))
    if end is not None:
        yield from _ended(end)
    programs = list(record.of(Exec))
    for event in programs[:_LISTED]:
        yield _row("started", f"{event.pid} by {event.parent}: {' '.join(event.arguments)}")
    more = max(end.commands if end is not None else 0, len(programs)) - len(programs[:_LISTED])
    if more:
        yield _row("started", f"and {more} more")
    for doubt in record.doubts():
        yield _row("no evidence", doubt)


def _ended(end: End) -> Iterator[str]:
    reason = end.reason or (f"the limit on {end.limit_hit} was hit" if end.limit_hit else "")
    yield _row("result", f"exit status {end.exit_status}" + (f", {reason}" if reason else ""))
    memory = end.peak_memory / (1 << 20)
    yield _row("used", f"{end.seconds:.2f} s, {end.cpu_seconds:.2f} s of processor, {memory:.0f} MiB of memory")
    tried = [
        f"{one.kind} {one.target} ({one.by}), {one.outcome}" + (f", {one.count} times" if one.count > 1 else "")
        for one in end.attempts
    ]
    if not end.observed:
        yield _row("reached out", "not observed")
    elif not tried:
        yield _row("reached out", "never")
    yield from _list("reached out", tried, end.attempts_unlisted)
    yield from _list("written", end.written)
    yield from _list("deleted", end.deleted)
    yield from _list("new mode", end.mode_changed)
    if end.differences not in ("", "complete"):
        yield _row("files", end.differences)


def _row(title: str, text: str) -> str:
    return f"{title:<12} {show(Untrusted(text), limit=2000)}"


def _list(title: str, rows: Sequence[str], more: int = 0) -> Iterator[str]:
    for row in rows[:_LISTED]:
        yield _row(title, row)
    more += len(rows) - len(rows[:_LISTED])
    if more:
        yield _row(title, f"and {more} more")


def _printed(record: Record) -> Iterator[str]:
    waiting = b""
    for _at, _stream, data in record.chunks():
        *lines, waiting = (waiting + data).split(b"\n")
        for line in lines:
            yield "".join(span.text for span in show_log_line(line))
    if waiting:
        yield "".join(span.text for span in show_log_line(waiting))
