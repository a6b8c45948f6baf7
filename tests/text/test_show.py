"""What `text.show` promises, over every character and over made-up lines."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.codec import from_json, to_json
from reviewer.text import MARK_LIMIT, Untrusted, cell_width, show, show_lines, show_log_line


def harmless(shown: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") for c in shown)


def test_every_character_is_shown_harmlessly() -> None:
    for start in range(0, sys.maxunicode + 1, 256):
        for code in range(start, start + 256):
            assert harmless(show(chr(code))), hex(code)


@given(st.text(st.characters()))
def test_lines_have_no_forbidden_character(text: str) -> None:
    assert harmless(show(text))
    assert len(show_lines(text)) == text.count("\n") + 1


@given(st.binary())
def test_bytes_come_back_unchanged(data: bytes) -> None:
    text = Untrusted.from_bytes(data)
    assert text.to_bytes() == data
    assert from_json(Untrusted, to_json(text)) == text
    assert all(harmless(span.text) for span in show_log_line(data))


def test_untrusted_text_cannot_be_printed_by_accident() -> None:
    text = Untrusted("\x1b[2Jhello")
    with pytest.raises(TypeError):
        str(text)
    with pytest.raises(TypeError):
        f"{text}"
    assert "\x1b" not in repr(text)


def test_signs() -> None:
    assert show("a\rb") == "a␍b"
    assert show("\x9b1m") == "<9B>1m"
    assert show("x\u202ey") == "x<U+202E>y"
    assert show("p\u0430ypal ok") == "p\u0430ypal<mixed> ok"
    assert show("привет") == "привет"
    assert show("e" + "\u0301" * 20).count("\u0301") == MARK_LIMIT
    assert show("a" * 5000).endswith(" 1000 more")
    assert show("a\tb") == "a   b"
    assert cell_width("日本") == 4


def test_log_colours_are_styles_and_nothing_else_survives() -> None:
    spans = show_log_line(b"\x1b[1;31mfail\x1b[0m \x1b]52;c;aGk=\x07\x1b[6n\x1b[8mhidden")
    assert [(s.text, s.fg, s.bold) for s in spans] == [("fail", 1, True), (" ", None, False), ("hidden", None, False)]
