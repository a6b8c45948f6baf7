"""Turns a record's output into an asciicast, version 3, so that other players show it in its own time.

What must stay true: a player hands its text to a real terminal, so only colours, tabs and line ends pass; every other
escape sequence is dropped and every control character becomes a visible sign, also where a chunk cuts it in two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from reviewer.sandbox.reading import Record
from reviewer.text import LINE_LIMIT, Styled, show, show_log_line

COLUMNS, ROWS = 100, 30
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"
_HELD = 4096
"""Bytes of a line that wait for its end."""


def asciicast(record: Record) -> Iterator[str]:
    """Line by line, each with its end."""
    command = " ".join(show(word, limit=200) for word in record.header.command)
    header = {
        "version": 3,
        "term": {"cols": COLUMNS, "rows": ROWS},
        "timestamp": int(record.header.started_at),
        "command": command,
        "title": show(record.header.subject, limit=200),
    }
    yield json.dumps(header) + "\n"
    if not record.whole:
        yield "# this record is not whole: what follows is no evidence\n"
    last = 0.0
    for at, text in _lines(record):
        yield json.dumps([round(max(0.0, at - last), 6), "o", text]) + "\n"
        last = max(last, at)
    if record.end is not None:
        rest = max(0.0, record.end.seconds - last)
        yield json.dumps([round(rest, 6), "x", str(record.end.exit_status)]) + "\n"


def _lines(record: Record) -> Iterator[tuple[float, str]]:
    """Each chunk's whole lines at the time of the chunk; what has no end yet waits, but not for ever."""
    waiting = {"stdout": b"", "stderr": b""}
    at = 0.0
    for at, stream, data in record.chunks():
        *lines, rest = (waiting.get(stream, b"") + data).split(b"\n")
        if len(rest) > _HELD:
            lines, rest = [*lines, rest], b""
        if lines:
            yield at, _shown(lines)
        waiting[stream] = rest
    for rest in waiting.values():
        if rest:
            yield at, _painted(show_log_line(rest))


def _shown(lines: list[bytes]) -> str:
    # What most programs print is letters alone, and needs no look at each of a hundred million bytes.
    joined = b"\n".join(lines)
    if max(map(len, lines)) <= LINE_LIMIT and not joined.translate(None, _PLAIN):
        return joined.decode("ascii").replace("\n", "\r\n") + "\r\n"
    return "".join(_painted(show_log_line(line)) + "\r\n" for line in lines)


def _painted(spans: list[Styled]) -> str:
    parts = []
    for span in spans:
        codes = [*("1" for _ in range(span.bold)), *_colour(span.fg, 38), *_colour(span.bg, 48)]
        parts.append(f"\x1b[{';'.join(codes)}m{span.text}\x1b[0m" if codes else span.text)
    return "".join(parts)


def _colour(number: int | None, ground: int) -> list[str]:
    return [] if number is None else [f"{ground};5;{number}"]
