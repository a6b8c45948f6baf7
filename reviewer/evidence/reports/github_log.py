"""Finds the groups and complaints that a log marks in the way of GitHub Actions, printed or downloaded.

What must stay true: the marks are text from outside, which any test can print: they fold and name parts of a log, and
say nothing about how a run ended; names, groups and complaints are bounded.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from reviewer.model.reported import LogStep
from reviewer.text import Untrusted

STEPS: Final = 500
_NAME: Final = 200
_LINE: Final = 1000
_STAMP: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")
_MARK: Final = re.compile(rb"(?:##\[|::)(group|endgroup|error|warning)\b[^\]:]{0,300}(?:\]|::)([^\r\n]{0,1000})")


def read_groups(printed: bytes) -> tuple[LogStep, ...]:
    """The groups of a log, in order; a group that begins ends the one before. Empty where it marks none."""
    if b"group" not in printed:
        return ()
    found: list[LogStep] = []
    step: LogStep | None = None
    number = 0
    for number, line in enumerate(printed.split(b"\n")):
        match = _mark(line) if b"::" in line[:_LINE] or b"##[" in line[:_LINE] else None
        if match is None:
            continue
        kind = match[1]
        if kind == b"error" and step is not None:
            step = replace(step, errors=step.errors + 1)
        if kind in (b"group", b"endgroup") and step is not None:
            found.append(replace(step, lines=number - step.line))
            step = None
        if kind == b"group":
            if len(found) >= STEPS:
                return tuple(found)
            step = LogStep(Untrusted.from_bytes(match[2].strip()[:_NAME]), number)
    if step is not None:
        found.append(replace(step, lines=number + 1 - step.line))
    return tuple(found)


def _mark(line: bytes) -> re.Match[bytes] | None:
    line = line[:_LINE]
    stamp = _STAMP.match(line)
    return _MARK.match(line, stamp.end() if stamp else 0)
