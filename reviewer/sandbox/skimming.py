"""Skims a run's record from a file: all that happened, without what was printed, in bounded memory.

What must stay true: every line counts for the digest, and a line that is no event makes the whole no record, as when it
is read in full; of events beyond the bounds only the number is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal

import msgspec

from reviewer.model.errors import ReviewerError
from reviewer.sandbox.reading import End, Event, Header, Output, Record, Seconds

KEPT: Final = 5000
"""Events of each kind that are kept, first come first."""
_LINE: Final = 64 << 20
"""No honest line is longer: chunks are of 32 KiB, and a trailer names what was bounded itself."""
_HINT: Final = "look at the output alone, or read it with: reviewer record show"


class _Printed(msgspec.Struct, tag_field="event", tag="output"):
    stream: Literal["stdout", "stderr"] = "stdout"
    offset: int = 0
    at: Seconds = 0.0
    dropped: int = 0
    cleared: bool = False


_PRINTED: Final = msgspec.json.Decoder(_Printed)
_STARTS: Final = b'{"event": "output"'


def skim(file: BinaryIO) -> Record:
    """The record without the bytes of its output. Raises ReviewerError where it is none."""
    try:
        return _skimmed(file)
    except (ValueError, IndexError, RecursionError, msgspec.MsgspecError) as error:
        raise ReviewerError("this is not a run's record of a version that is known here", _HINT) from error


def _skimmed(file: BinaryIO) -> Record:
    lines = _lines(file)
    digest = hashlib.sha256()
    first = next(lines, b"")
    header = msgspec.convert(_loads(first), Header)
    digest.update(first)
    events: list[Event] = []
    counts: dict[type, int] = {}
    end: End | None = None
    before = ""
    for line in lines:
        if end is not None:
            raise ValueError("it ends more than once")
        event = _event(line)
        if isinstance(event, End):
            end, before = event, digest.hexdigest()
            continue
        digest.update(line)
        counts[type(event)] = counts.get(type(event), 0) + 1
        if counts[type(event)] <= KEPT:
            events.append(event)
    return Record(header, events, end, end is not None and end.digest == before)


def _event(line: bytes) -> Event:
    if line.startswith(_STARTS):
        printed = _PRINTED.decode(line)
        return Output(printed.stream, printed.offset, printed.at, "", printed.dropped, printed.cleared)
    found: Event = msgspec.convert(_loads(line), Event)
    return found


def _loads(line: bytes) -> object:
    # Names that are not UTF-8 hold lone surrogates, which only the standard library reads.
    return json.loads(line, parse_constant=_no_number)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines; one that was not written to its end is left out."""
    while line := file.readline(_LINE):
        if not line.endswith(b"\n"):
            if len(line) >= _LINE:
                raise ValueError("a line is longer than any of a record")
            return
        yield line
