"""What a terminal answers presses no key and confirms nothing, however it is cut into reads; what a hand types does."""

import itertools
import re
from collections.abc import Iterable, Sequence

import pytest
from answers import ANSWERS, PASTES, REPORTS, STRINGS
from growth import linear
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser
from textual.events import Key

from reviewer.review.challenge import LETTERS
from reviewer.review.keystrokes import BURST_SECONDS, LOST_SECONDS, QUIET_SECONDS, Keystrokes

Reads = Iterable[tuple[str, float]]
A_MOMENT = BURST_SECONDS * 1.1
IN_USE = re.compile(r"\x1b\[(\?\d+;\d\$y|\d+;\d+R|<[\d;]+M|[\d;]+M|[IO])|\x1b\[200~[^\x1b]*\x1b\[201~")
"""What the screens are told of besides keys: the mouse, the focus, the modes that they asked for."""


def fed(strokes: Keystrokes, reads: Reads, at: float = 100.0) -> tuple[str, list[bool], float]:
    """What passed of reads of (text, seconds since the one before), which of them counted, and when the last came."""
    passed, alone = "", []
    for data, gap in reads:
        at += gap
        keys, typed = strokes.take(data, at)
        passed += keys
        alone.append(typed)
    return passed, alone, at


def cuts(text: str, gap: float) -> list[list[tuple[str, float]]]:
    """A text in one read, and in two and three at every place; every letter alone."""
    n = len(text)
    one = [(text, 1.0)]
    two = [[(text[:i], 1.0), (text[i:], gap)] for i in range(1, n)]
    some = range(1, n, max(1, n // 9))
    three = [[(text[:i], 1.0), (text[i:j], gap), (text[j:], gap)] for i, j in itertools.combinations(some, 2)]
    each = [(text[0], 1.0), *((char, gap) for char in text[1:])]
    return [one, *two, *three, each]


def pressed(text: str) -> list[str]:
    return [message.key for message in XTermParser().feed(text) if isinstance(message, Key)] if text else []


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.09])
@pytest.mark.parametrize("name", {**REPORTS, **STRINGS})
def test_an_answer_presses_no_key_however_it_is_cut(name: str, gap: float) -> None:
    if name == "iterm":
        gap = 0.0  # it begins like the focus: only what comes at once is known to be its rest
    for reads in cuts(ANSWERS[name], gap):
        passed, alone, _ = fed(Keystrokes(), reads)
        assert IN_USE.sub("", passed) == "", (name, reads)
        assert not any(alone), (name, reads)


@pytest.mark.parametrize("name", PASTES)
def test_a_paste_is_one_paste_of_text(name: str) -> None:
    for reads in cuts(PASTES[name], 0.001):
        passed, alone, _ = fed(Keystrokes(), reads)
        assert not any(alone), (name, reads)
        assert IN_USE.fullmatch(passed), (name, reads, passed)
        assert pressed(passed) == []


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"mouse", "mouse, urxvt", "focus", "focus lost"}))
def test_a_letter_right_after_an_answer_or_in_its_read_is_not_typed(name: str) -> None:
    strokes = Keystrokes()
    _, (with_it,), at = fed(strokes, [(ANSWERS[name] + LETTERS[0], 1.0)])
    _, (soon, later), _ = fed(strokes, [(LETTERS[0], QUIET_SECONDS * 0.9), (LETTERS[0], LOST_SECONDS + 0.01)], at)
    assert (with_it, soon, later) == (False, False, True)


@pytest.mark.parametrize("name", ["\x1b[<35;5;5M", "\x1b[?2026;2$y"])
def test_the_mouse_and_the_answer_to_each_frame_are_in_nobodys_way(name: str) -> None:
    strokes = Keystrokes()
    _, alone, _ = fed(strokes, [(name, 1.0), ("h", A_MOMENT), (name, 0.01), ("j" + name, A_MOMENT)])
    assert alone == [False, True, False, True]


@pytest.mark.parametrize("letter", [*LETTERS, "\x1b[104;;104u", "\x1b[106;1:1;106u"])
def test_a_hand_is_heard(letter: str) -> None:
    strokes = Keystrokes()
    passed, alone, _ = fed(strokes, [(letter, 1.0), (letter, A_MOMENT), (letter, BURST_SECONDS / 2)])
    assert alone == [True, True, False]
    assert passed == letter * 3


@pytest.mark.parametrize("reads", [["hj"], ["h", "j"], ["\x1bh"], ["\x1b", "h"], ["\x1b[104;;104:106u"], ["\r"]])
def test_what_came_at_once_is_not_typed(reads: Sequence[str]) -> None:
    _, alone, _ = fed(Keystrokes(), [(data, BURST_SECONDS / 2 if n else 1.0) for n, data in enumerate(reads)])
    assert not alone[-1]


def test_an_answer_without_its_end_is_given_up() -> None:
    for begun in ("\x1b]52;c;abc", "\x1b[12;", "\x1b[200~abc", "\x1bPxyz", "\x1b[" + "1" * 200):
        strokes = Keystrokes()
        passed, _, at = fed(strokes, [(begun, 1.0), ("h", 0.3)])
        assert "h" not in pressed(passed + "\x1b[201~" if begun.startswith("\x1b[200") else passed)
        passed, alone, at = fed(strokes, [("j", LOST_SECONDS + 0.1), ("k", QUIET_SECONDS)], at)
        assert passed.endswith("jk")
        assert alone[-1]


KEYS = {
    "escape": "\x1b", "up": "\x1b[A", "ctrl+left": "\x1b[1;5D", "shift+tab": "\x1b[Z", "f1": "\x1bOP", "f5": "\x1b[15~",
    "pageup": "\x1b[5~", "home": "\x1b[H", "end": "\x1bOF", "alt+x": "\x1bx", "f2": "\x1b[[B", "tab": "\t",
    "a": "\x1b[97;;97u", "ctrl+d": "\x04", "escape of kitty": "\x1b[27u", "é": "é", "日": "日",
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_key_passes_as_it_came(key: str) -> None:
    strokes = Keystrokes()
    passed, _, at = fed(strokes, [(KEYS[key], 1.0)])
    assert passed + ("\x1b" if strokes.escaped(at + 0.11) else "") == KEYS[key]
    assert not strokes.escaped(at + 1)


def test_an_escape_key_and_what_is_typed_a_while_later_are_two() -> None:
    passed, _, _ = fed(Keystrokes(), [("\x1b", 1.0), ("]", 0.2), ("[", 0.2), ("h", 0.2)])
    assert passed == "\x1b][h"


def test_bytes_that_are_no_text_are_harmless() -> None:
    for data in (b"\x9b0n", b"\x9d52;c;hjk\x9c", b"\xff", b"\xc0\xaf"):
        passed, alone, _ = fed(Keystrokes(), [(data.decode("utf-8", "surrogateescape"), 1.0)])
        assert not {*LETTERS, "n", "0"} & set(passed)
        assert alone == [False]


@pytest.mark.parametrize("name", ["clipboard", "title", "version", "attributes", "setting", "graphics of kitty"])
def test_the_rest_of_an_answer_is_known_long_after_its_first_byte(name: str) -> None:
    passed, alone, _ = fed(Keystrokes(), [("\x1b", 1.0), (ANSWERS[name][1:], 0.4)])
    assert passed == "\x1b", "by then its first byte was the escape key"
    assert not any(alone)


@given(st.lists(st.tuples(st.text("\x1b[]P\\\x07hjk1;?~M\x9b\x9d200", max_size=6), st.floats(0, 1)), max_size=12))
def test_any_reads_are_taken_and_only_single_letters_count(reads: list[tuple[str, float]]) -> None:
    strokes, at = Keystrokes(), 0.0
    for data, gap in reads:
        at += gap
        _, alone = strokes.take(data, at)
        assert not alone or (len(data) == 1 and data.isprintable())


@pytest.mark.parametrize("unit", ["\x1b[", "\x1b[1", "\x1b]", "\x1b", "\x1b[200~", "\x1b[M", "a", "\x9b", "\x1bP\x1b"])
def test_a_flood_is_read_in_linear_time(unit: str) -> None:
    assert linear(lambda text: Keystrokes().take(text, 1.0), unit)


def test_letters_are_in_the_form_of_no_answer() -> None:
    assert len(set(LETTERS)) == len(LETTERS) >= 9
    assert not set(LETTERS) & set("abcdef0123456789rgbi"), "digits and names of colours"
    for name, answer in REPORTS.items():
        if name != "mouse, of old":  # three bytes of any kind, taken by their number
            assert not set(LETTERS) & set(answer), name
