"""Keys that come before the screens: the cursor moves as far as it can be seen, all others are kept in order."""

import os
import threading

import pytest

from reviewer.review.early_keys import EarlyKeys

ROWS = 4


def made(place: int) -> list[str] | None:
    return [f"<{n}{'*' if n == place else ''}>" for n in range(ROWS)] if place < ROWS else None


class Typed:
    """Keys through a pipe; what was written for them."""

    def __init__(self) -> None:
        self.read, self.typed = os.pipe()
        self.wrote = ""
        self.news = threading.Event()
        self.keys = EarlyKeys(self.read, made, self.write)

    def write(self, text: str) -> None:
        self.wrote += text
        self.news.set()

    def type(self, data: bytes) -> None:
        os.write(self.typed, data)
        assert self.news.wait(5)

    def close(self) -> None:
        self.keys.end()
        os.close(self.read)
        os.close(self.typed)


@pytest.mark.parametrize(
    ("typed", "place", "left", "wrote"),
    [
        (b"j", 1, b"", "<0><1*>"),
        (b"\x1b[B\x1bOB", 2, b"", "<0><2*>"),
        (b"jkk", 0, b"", ""),
        (b"jj\rx", 2, b"\rx", "<0><2*>"),
        (b"jjjjk", 3, b"jk", "<0><3*>"),
        (b"\x1b[6~j", 0, b"\x1b[6~j", ""),
        (b"\xc3\xa4j", 0, b"\xc3\xa4j", ""),
    ],
)
def test_the_cursor_moves_and_what_is_not_known_is_kept(typed: bytes, place: int, left: bytes, wrote: str) -> None:
    keys = Typed()
    try:
        keys.type(typed)
        assert keys.keys.end() == left
        assert keys.keys.end() == b"", "told once"
        assert keys.keys.place == place
        assert keys.wrote == wrote, "only lines that are others now are written"
    finally:
        keys.close()


def test_keys_that_come_after_one_that_is_not_known_stay_where_they_are() -> None:
    keys = Typed()
    try:
        keys.type(b"/")
        os.write(keys.typed, b"jq")
        assert keys.keys.end() == b"/"
        assert os.read(keys.read, 10) == b"jq"
    finally:
        keys.close()


def test_a_screen_that_cannot_be_made_leaves_the_keys_alone() -> None:
    read, typed = os.pipe()
    keys = EarlyKeys(read, lambda _place: {}["no"], print)  # type: ignore[return-value]
    os.write(typed, b"j")
    assert keys.end() == b""
    assert os.read(read, 10) == b"j"
    os.close(read)
    os.close(typed)
