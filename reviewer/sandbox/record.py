"""Writes a run's record: JSON lines, a header, one event per output chunk, a trailer with the digest of all before it.

Header: `record` (format version 1), `subject`, `snapshot`, `command`, `limits`, `capabilities`, `started_at`.
Output event: `event` "output", `stream`, `offset` (bytes printed before it), `at` (seconds since the start), `data`
(base64) or, once the cap is reached, `dropped` bytes; the last half of the cap is kept and written before the trailer.
Trailer: `event` "end" with exit status, times, memory, limit hit, files written and deleted, and `digest`, the
SHA-256 over all bytes of the record before the trailer's line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import deque
from typing import BinaryIO

from reviewer.sandbox.launch import Capabilities, Outcome, SandboxRequest


class Recorder:
    """One record being written; call it with each chunk of output, then `finish` it."""

    def __init__(self, out: BinaryIO, request: SandboxRequest, capabilities: Capabilities, started_at: float) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self._half = request.limits.output // 2
        self._offset = 0
        self._tail: deque[tuple[str, int, float, bytes]] = deque()
        self._tail_bytes = 0
        self._dropped = 0
        self._began = time.monotonic()
        self._line(
            {
                "record": 1,
                "subject": request.subject,
                "snapshot": request.snapshot_digest,
                "command": list(request.command),
                "limits": {name: getattr(request.limits, name) for name in request.limits.__slots__},
                "capabilities": {
                    "tier": capabilities.tier,
                    "launcher": capabilities.launcher,
                    "kernel": capabilities.kernel,
                    "guarantees": {name: list(value) for name, value in capabilities.guarantees.items()},
                },
                "started_at": started_at,
            }
        )

    def __call__(self, stream: str, data: bytes) -> None:
        chunk = (stream, self._offset, time.monotonic() - self._began, data)
        self._offset += len(data)
        if chunk[1] < self._half:
            self._chunk(chunk)
            return
        self._tail.append(chunk)
        self._tail_bytes += len(data)
        while self._tail_bytes - len(self._tail[0][3]) >= self._half:
            oldest = len(self._tail.popleft()[3])
            self._tail_bytes -= oldest
            self._dropped += oldest

    def finish(self, outcome: Outcome) -> str:
        """Write what was kept of the end, and the trailer; returns the digest."""
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
                "written": list(outcome.written),
                "deleted": list(outcome.deleted),
                "reason": outcome.reason,
                "digest": digest,
            }
        )
        self._out.flush()
        return digest

    def _chunk(self, chunk: tuple[str, int, float, bytes]) -> None:
        stream, offset, at, data = chunk
        encoded = base64.b64encode(data).decode()
        self._line({"event": "output", "stream": stream, "offset": offset, "at": round(at, 6), "data": encoded})

    def _line(self, value: dict[str, object]) -> None:
        line = json.dumps(value).encode() + b"\n"
        self._hash.update(line)
        self._out.write(line)


def check_digest(record: bytes) -> bool:
    """Whether a record's trailer names the digest of all before it."""
    body = record.rstrip(b"\n")
    start = body.rfind(b"\n") + 1
    try:
        trailer = json.loads(body[start:])
        return bool(trailer["digest"] == hashlib.sha256(record[:start]).hexdigest())
    except (ValueError, KeyError, TypeError):
        return False
