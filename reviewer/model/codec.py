"""Turns model values into JSON and back, validating on the way in; the wire format of the checkpoint API."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from reviewer.model.errors import ReviewerError
from reviewer.text import Untrusted, show

T = TypeVar("T")


def _encode(value: object) -> Any:
    if isinstance(value, Untrusted):
        try:
            value.raw.encode()
        except UnicodeEncodeError:
            # JSON is UTF-8: bytes that are not travel as Latin-1 text behind a mark.
            return {"bytes": value.to_bytes().decode("latin-1")}
        return value.raw
    raise NotImplementedError(type(value).__name__)


def _decode(kind: type, value: Any) -> Any:
    if kind is Untrusted:
        if isinstance(value, str):
            return Untrusted(value)
        if isinstance(value, dict) and isinstance(value.get("bytes"), str):
            return Untrusted.from_bytes(value["bytes"].encode("latin-1", "replace"))
        raise ValueError("expected text")
    raise NotImplementedError(kind.__name__)


def to_json(value: object) -> bytes:
    """Encode a model value (or lists, dicts and tuples of them) as JSON."""
    return msgspec.json.encode(value, enc_hook=_encode)


def from_json(kind: type[T], data: bytes | str) -> T:
    """Decode and validate; raises ReviewerError with what is wrong and where."""
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=_decode)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ReviewerError(f"not a valid {kind.__name__}: {show(str(error), limit=300)}") from None
