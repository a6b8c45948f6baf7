"""Finds the groups and complaints that a log marks in the way of GitHub Actions, printed or downloaded.

What must stay true: the marks are text from outside, which any test can print: they fold and name parts of a log, and
say nothing about how a run ended; names, groups and complaints are bounded.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Final

from reviewer.model.reported import COMPLAINTS, LogComplaint, LogStep
from reviewer.text import Untrusted

STEPS: Final = 500
_NAME: Final = 200
_LINE: Final = 1000
_STAMP: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
_MARK: Final = re.compile(rb"(?:##\[|::)(group|endgroup|error|warning)\b([^\]:]{0,300})(?:\]|::)([^\r\n]{0,1000})")


def read_marks(printed: bytes) -> tuple[tuple[LogStep, ...], tuple[LogComplaint, ...]]:
    """The groups of a log and its complaints, in order; a group that begins ends the one before."""
    if b"::" not in printed and b"##[" not in printed:
        return (), ()
    found: list[LogStep] = []
    complaints: list[LogComplaint] = []
    step: LogStep | None = None
    number = 0
    for number, line in enumerate(BytesIO(printed)):
        match = _mark(line) if b"::" in line[:_LINE] or b"##[" in line[:_LINE] else None
        if match is None:
            continue
        kind = match[1]
        if kind in (b"error", b"warning") and len(complaints) < COMPLAINTS:
            complaints.append(_complaint(match, number))
        if kind == b"error" and step is not None:
            step = replace(step, errors=step.errors + 1)
        if kind in (b"group", b"endgroup") and step is not None:
            found.append(replace(step, lines=number - step.line))
            step = None
        if kind == b"group" and len(found) < STEPS:
            step = LogStep(Untrusted.from_bytes(match[3].strip()[:_NAME]), number)
    if step is not None:
        found.append(replace(step, lines=number + 1 - step.line))
    return tuple(found), tuple(complaints)


def _complaint(match: re.Match[bytes], number: int) -> LogComplaint:
    """As `::error file=app.py,line=3::words`, its properties in any order and none of them needed."""
    named = {key.strip(): value for key, _, value in (part.partition(b"=") for part in match[2].split(b","))}
    place = named.get(b"line", b"").strip()
    at = int(place) if place.isdigit() and len(place) < 10 else 0
    file = Untrusted.from_bytes(_plain(named.get(b"file", b"").strip()))
    return LogComplaint(match[1] == b"error", number, Untrusted.from_bytes(_plain(match[3].strip())), file, at)


def _plain(escaped: bytes) -> bytes:
    """What stands for what a line of marks cannot hold."""
    for sign, meant in ((b"%0D", b"\r"), (b"%0A", b"\n"), (b"%3A", b":"), (b"%2C", b","), (b"%25", b"%")):
        escaped = escaped.replace(sign, meant)
    return escaped


def _mark(line: bytes) -> re.Match[bytes] | None:
    line = line[:_LINE]
    stamp = _STAMP.match(line)
    return _MARK.match(line, stamp.end() if stamp else 0)
