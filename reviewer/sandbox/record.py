"""Writes a run's record: JSON lines, a header, what happened in order, a trailer with the digest of all before it.

`record.schema.json` beside this file describes every line. In short:

Header: `record` (format version 1), `subject`, `snapshot`, `command`, `read_only` and `dependencies` (what it was given
to run with), `limits`, `capabilities`, `started_at`.
Output: `event` "output", `stream`, `offset` (bytes printed before it), `at` (seconds since the start), `data` (base64);
or, once the cap is reached, `dropped` bytes: the last half of the cap is kept and written before the trailer.
Exec: a program that was started, with `path`, `arguments`, `pid`, `parent`. Network: the first of each kind of attempt
to reach out. Trailer: `event` "end" with exit status, times, memory, limit hit, files written, deleted and given other
modes, all attempts with their counts, and `digest`, the SHA-256 over all bytes of the record before the trailer's line.

What must stay true: the size of a record is bounded by its limits, however small the pieces that a run prints; a
record that could not be written whole has no trailer that fits it, and whoever writes it is told at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from reviewer.model.errors import ReviewerError
from reviewer.sandbox.contract import Attempt, Capabilities, Outcome, SandboxRequest

_MERGED_SECONDS: Final = 0.05
_MERGED_BYTES: Final = 32 << 10
_LINE_COST: Final = 96
"""What the line of a chunk costs besides its bytes."""


class RecordError(ReviewerError):
    """The record cannot be written: what ran is no evidence."""

    def __init__(self, error: OSError) -> None:
        why = error.strerror or str(error)
        super().__init__(
            f"the run's record cannot be written ({why}): the run is no evidence", "make room, then run it again"
        )


@dataclass(slots=True)
class _Chunk:
    stream: str
    offset: int
    at: float
    data: bytearray

    def cost(self) -> int:
        return len(self.data) + _LINE_COST


class Recorder:
    """One record being written; call it with each chunk of output, tell it each event, then `finish` it.

    Everything that it does may raise RecordError.
    """

    def __init__(
        self,
        out: BinaryIO,
        request: SandboxRequest,
        capabilities: Capabilities,
        started_at: float,
        *,
        sandboxed: bool = True,
    ) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self._half = request.limits.output // 2
        self._offset = 0
        self._head_cost = 0
        self._pending: _Chunk | None = None
        self._tail: deque[_Chunk] = deque()
        self._tail_cost = 0
        self._dropped = 0
        self._began = time.monotonic()
        self._line(
            {
                "record": 1,
                "subject": request.subject,
                "snapshot": request.snapshot_digest,
                "sandboxed": sandboxed,
                "command": list(request.command),
                "read_only": [str(path) for path in request.read_only],
                "dependencies": request.dependencies,
                "limits": {name: getattr(request.limits, name) for name in request.limits.__slots__},
                "capabilities": {
                    "tier": capabilities.tier,
                    "launcher": capabilities.launcher,
                    "version": capabilities.version,
                    "kernel": capabilities.kernel,
                    "probe_seconds": capabilities.probe_seconds,
                    "guarantees": {name: list(value) for name, value in capabilities.guarantees.items()},
                },
                "started_at": started_at,
            }
        )

    def __call__(self, stream: str, data: bytes) -> None:
        at = time.monotonic() - self._began
        last = self._pending
        if (
            last is not None
            and last.stream == stream
            and len(last.data) + len(data) <= _MERGED_BYTES
            and at - last.at < _MERGED_SECONDS
        ):
            last.data += data
        else:
            self._settle()
            self._pending = _Chunk(stream, self._offset, at, bytearray(data))
        self._offset += len(data)

    def event(self, event: Mapping[str, Any]) -> None:
        """Take a start of a program or an attempt to reach out, as a launcher tells it."""
        at = round(max(0.0, event["clock"] - self._began), 6)
        facts = {name: value for name, value in event.items() if name not in ("event", "clock")}
        self._line({"event": event["event"], "at": at, **facts})

    def finish(self, outcome: Outcome) -> str:
        """Write what was kept of the end, and the trailer; returns the digest."""
        self._settle()
        if self._dropped:
            self._line({"event": "output", "dropped": self._dropped})
        for chunk in self._tail:
            self._chunk(chunk)
        digest = self._hash.hexdigest()
        self._line(
            {
                "event": "end",
                "exit_status": outcome.exit_status,
                "conclusion": outcome.conclusion.value if outcome.conclusion else None,
                "tier": outcome.tier,
                "seconds": outcome.seconds,
                "cpu_seconds": outcome.cpu_seconds,
                "peak_memory": outcome.peak_memory,
                "limit_hit": outcome.limit_hit,
                "observed": outcome.observed,
                "attempts": [_attempt(attempt) for attempt in outcome.attempts],
                "attempts_unlisted": outcome.attempts_unlisted,
                "inside_connections": outcome.inside_connections,
                "commands": outcome.commands,
                "programs": dict(outcome.programs),
                "written": list(outcome.written),
                "deleted": list(outcome.deleted),
                "mode_changed": list(outcome.mode_changed),
                "differences": outcome.differences,
                "reason": outcome.reason,
                "digest": digest,
            }
        )
        try:
            self._out.flush()
        except OSError as error:
            raise self._lost(error) from error
        return digest

    def _settle(self) -> None:
        """Give the last chunk its place: in the first half of the cap on the disk, behind it in memory."""
        chunk, self._pending = self._pending, None
        if chunk is None:
            return
        if self._head_cost < self._half:
            self._head_cost += chunk.cost()
            self._chunk(chunk)
            return
        self._tail.append(chunk)
        self._tail_cost += chunk.cost()
        while self._tail_cost - self._tail[0].cost() >= self._half:
            oldest = self._tail.popleft()
            self._tail_cost -= oldest.cost()
            self._dropped += len(oldest.data)

    def _chunk(self, chunk: _Chunk) -> None:
        encoded = b64encode(chunk.data).decode()
        at = round(chunk.at, 6)
        self._line({"event": "output", "stream": chunk.stream, "offset": chunk.offset, "at": at, "data": encoded})

    def _line(self, value: Mapping[str, object]) -> None:
        line = json.dumps(value).encode() + b"\n"
        self._hash.update(line)
        try:
            self._out.write(line)
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> RecordError:
        """Close the file now: what it still holds cannot be written, and must not raise anew when it is left."""
        with contextlib.suppress(OSError):
            self._out.close()
        return RecordError(error)


def _attempt(attempt: Attempt) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(attempt, name) for name in attempt.__slots__}
    return {name: value for name, value in facts.items() if value is not None}


def check_digest(record: bytes) -> bool:
    """Whether a record's trailer names the digest of all before it."""
    body = record.rstrip(b"\n")
    start = body.rfind(b"\n") + 1
    try:
        trailer = json.loads(body[start:])
        return bool(trailer["digest"] == hashlib.sha256(record[:start]).hexdigest())
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
