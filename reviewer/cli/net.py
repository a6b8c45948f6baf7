"""The net under what commands print: whatever control or invisible character got there is made visible.

What must stay true: our own lines pass as they are; nothing written as text goes past it; no text makes printing fail,
whatever letters the terminal's encoding has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Net:
    """A stream of text over another one, which has its own reasons to fail."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if text.isascii() and text.replace("\n", "").isprintable():
            return self._stream.write(text)
        self._stream.write(written(caught(text), self._stream.encoding).decode(self._stream.encoding or "utf-8"))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError("what is written past the net would reach the terminal as it is")
        return getattr(self._stream, name)


def written(text: str, encoding: str | None) -> bytes:
    """Text as bytes of an encoding, as `\\u65e5` what it has no letter for."""
    return text.encode(encoding or "utf-8", "backslashreplace")


def caught(text: str) -> str:
    """Text of several lines, with signs where something would act or hide."""
    from reviewer.text import is_harmless, show

    lines = text.split("\n")
    return "\n".join(line if is_harmless(line) else show(line, limit=9 * len(line)) for line in lines)


@contextmanager
def nets() -> Iterator[None]:
    """Both standard streams with the net under them, until the block ends."""
    before = sys.stdout, sys.stderr
    under = [stream if isinstance(stream, Net) else Net(stream) for stream in before]
    sys.stdout, sys.stderr = under
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
