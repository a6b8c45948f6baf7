"""Reads a run's record back: every line validated, the digest over all of it, and whether it may be evidence.

What must stay true: a record comes from a file that anybody may have written, so nothing in it is believed beyond its
digest, and all text in it is text from outside; one line that is no event makes the whole no record.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from reviewer.model.errors import ReviewerError
from reviewer.sandbox.record import check_digest

RECORD_BYTES: Final = 1 << 30
_HINT: Final = "a record is what `reviewer run --record FILE` writes"
_E = TypeVar("_E")
Seconds = Annotated[float, Meta(ge=0, le=1e11)]


class Contained(msgspec.Struct, frozen=True):
    """How a run was contained: each guarantee with its state and its mechanism."""

    tier: str
    launcher: str
    kernel: str
    guarantees: dict[str, tuple[str, str]]
    version: str = ""


class Header(msgspec.Struct, frozen=True):
    record: Literal[1]
    subject: str
    snapshot: str | None
    command: list[str]
    limits: dict[str, float]
    capabilities: Contained
    started_at: Seconds
    sandboxed: bool = True
    read_only: list[str] = []
    dependencies: str = ""


class Output(msgspec.Struct, frozen=True, tag_field="event", tag="output"):
    """A chunk of output, or the number of bytes that were not kept at this place; `cleared`: that were taken away."""

    stream: Literal["stdout", "stderr"] = "stdout"
    offset: int = 0
    at: Seconds = 0.0
    data: str = ""
    dropped: int = 0
    cleared: bool = False


class Exec(msgspec.Struct, frozen=True, tag_field="event", tag="exec"):
    at: Seconds
    pid: int
    parent: int
    path: str
    arguments: list[str]
    cut: bool = False


class Network(msgspec.Struct, frozen=True, tag_field="event", tag="network"):
    at: Seconds
    kind: str
    target: str
    by: str
    outcome: str


class Tried(msgspec.Struct, frozen=True):
    kind: str
    target: str
    by: str
    outcome: str
    count: int
    first_at: Seconds


class End(msgspec.Struct, frozen=True, tag_field="event", tag="end"):
    exit_status: int
    conclusion: str | None
    tier: str
    digest: str
    written: list[str]
    deleted: list[str]
    seconds: Seconds = 0.0
    cpu_seconds: Seconds = 0.0
    peak_memory: int = 0
    limit_hit: str | None = None
    observed: bool = False
    attempts: list[Tried] = []
    attempts_unlisted: int = 0
    commands: int = 0
    programs: dict[str, int] = {}
    mode_changed: list[str] = []
    differences: str = ""
    reason: str = ""


Event = Output | Exec | Network | End


class Record(msgspec.Struct, frozen=True):
    """`end` is None where the record stops early; `whole` says that its digest is that of its bytes."""

    header: Header
    events: list[Event]
    end: End | None
    whole: bool

    def of(self, kind: type[_E]) -> Iterator[_E]:
        return (event for event in self.events if isinstance(event, kind))

    def chunks(self) -> Iterator[tuple[float, str, bytes]]:
        """What was printed and kept: seconds, stream, bytes; what was dropped comes as one chunk that says so."""
        at = 0.0
        for event in self.of(Output):
            if event.dropped:
                words = b"were cleared to make room" if event.cleared else b"were not kept"
                yield at, event.stream, b"\n[%d bytes %s]\n" % (event.dropped, words)
            else:
                at = event.at
                yield at, event.stream, b64decode(event.data)

    def doubts(self) -> list[str]:
        """Why this is no evidence for a change; empty where it may be."""
        found = []
        if self.end is None:
            found.append("it stops before its end: what ran is not known whole")
        elif any(printed.cleared for printed in self.of(Output)):
            found.append("its output was cleared to make room: its digest can no longer be checked")
        elif not self.whole:
            found.append("its digest is not that of its bytes: it was changed after it was written")
        if not self.header.sandboxed:
            found.append("it was made without a sandbox")
        elif self.end is not None and self.end.tier == "none":
            found.append("nothing ran")
        if self.header.snapshot is None:
            found.append("it is about a working copy, not about a commit")
        return found


def _loads(line: bytes) -> object:
    return json.loads(line, parse_constant=_no_number)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def read_record(data: bytes) -> Record:
    """Raises ReviewerError where it is none. A last line that was not written whole is left out."""
    if len(data) > RECORD_BYTES:
        raise ReviewerError(f"this is larger than any record ({RECORD_BYTES >> 20} MiB)", _HINT)
    lines = data.split(b"\n")
    lines.pop()
    try:
        # Names that are not UTF-8 hold lone surrogates, which only the standard library reads.
        header = msgspec.convert(_loads(lines[0]), Header)
        events = [msgspec.convert(_loads(line), Event) for line in lines[1:]]
        for event in events:
            if isinstance(event, Output):
                b64decode(event.data, validate=True)
    except (ValueError, IndexError, RecursionError, binascii.Error, msgspec.ValidationError) as error:
        raise ReviewerError("this is not a run's record of a version that is known here", _HINT) from error
    last = events.pop() if events and isinstance(events[-1], End) else None
    if any(isinstance(event, End) for event in events):
        raise ReviewerError("this record ends more than once", _HINT)
    end = last if isinstance(last, End) else None
    return Record(header, events, end, end is not None and check_digest(data))
