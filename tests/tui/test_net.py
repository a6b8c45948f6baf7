"""The net under every line: what reached one in spite of everything is made visible, our own lines pass as they are."""

import sys

from rich.segment import Segment
from textual.color import Color

from reviewer.text import is_harmless, show
from reviewer.tui.paint import Net

GROUND = Color(0, 0, 0)


def caught(*texts: str) -> list[str]:
    return [segment.text for segment in Net().apply([Segment(text) for text in texts], GROUND)]


def test_every_character_that_would_be_shown_as_a_sign_is_caught() -> None:
    passed = [chr(code) for code in range(sys.maxunicode + 1) if is_harmless(chr(code))]
    assert len(passed) > 100_000
    assert [hex(ord(char)) for char in passed if show(f"a{char}").removesuffix("<mixed>") != f"a{char}"] == []
    for char in "\x1b\x9b\x07\r\n\u202e\u200b\ufe0f\U000e0041\u3164\u2800\u00ad\xa0\udcff":
        assert not is_harmless(char)
        assert all(is_harmless(text) for text in caught(f"a{char}b"))


def test_a_caught_segment_leaves_its_neighbours_as_they_are() -> None:
    assert caught("│ ", "a\x1b[2Jb", " ▾ 日本") == ["│ ", "a␛[2Jb", " ▾ 日本"]


def test_a_control_of_the_screen_itself_passes() -> None:
    segments = [Segment("\x1b[H", None, [(1,)]), Segment("text")]  # type: ignore[list-item]
    assert Net().apply(segments, GROUND) is segments
