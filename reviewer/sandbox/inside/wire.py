"""Writes and reads the lines of JSON that process 1 exchanges with the one who asked.

The standard library's `json` costs a tenth of a run's whole start, for its imports alone; its parts in C do not. What
must stay true: what is written here is read by `json.loads` as the same value, and the other way round.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_quoted: Any = None
_scanner: Any = None
try:
    import _json

    _quoted, _scanner = _json.encode_basestring_ascii, _json.make_scanner
except (ImportError, AttributeError):  # another Python, or a later one
    pass


class _Plain:
    """How the scanner is to read: no hooks, no more than JSON."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def encode(value: Any) -> str:
    if _quoted is None:
        import json

        return json.dumps(value)
    if isinstance(value, str):
        return str(_quoted(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(name)}: {encode(one)}" for name, one in value.items()) + "}"
    return "[" + ", ".join([encode(one) for one in value]) + "]"


def decode(line: bytes) -> Any:
    """Raises ValueError for what is no JSON."""
    text = line.decode().strip()
    if _scanner is None:
        import json

        return json.loads(text)
    try:
        value, end = _scanner(_Plain)(text, 0)
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError("more than one value")
    return value
