"""Cuts what a run printed out of its record, and leaves its header, all that happened, and its trailer.

What must stay true: memory is bounded by one line; what is left says that it was cut, and is no evidence by itself: the
trailer's digest is still that of the whole record.
"""

from __future__ import annotations

import json
from typing import BinaryIO, Final

_PRINTED: Final = b'{"event": "output"'
_LINE: Final = 64 << 20
"""No line that we write is longer."""


def cut(record: BinaryIO, out: BinaryIO) -> None:
    """Copy `record` to `out`, with one line before the trailer that counts the bytes which were printed and kept."""
    printed = 0
    last = b""
    while line := record.readline(_LINE):
        if line.startswith(_PRINTED):
            printed += _bytes(line)
        else:
            out.write(last)
            last = line
    if printed:
        out.write(json.dumps({"event": "output", "dropped": printed, "cleared": True}).encode() + b"\n")
    out.write(last)


def _bytes(line: bytes) -> int:
    try:
        return len(json.loads(line).get("data", "").rstrip("=")) * 3 // 4
    except (ValueError, TypeError, AttributeError, RecursionError):
        return 0
