"""What `text.show` and its kin promise, over every character of Unicode and over made-up lines."""

import sys
import unicodedata
from collections.abc import Callable, Iterator

import pytest
from growth import linear
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from wcwidth import wcwidth

from reviewer.model.codec import from_json, to_json
from reviewer.text import (
    LINE_LIMIT,
    MARK_LIMIT,
    Untrusted,
    cell_width,
    cells_until,
    fit,
    show,
    show_lines,
    show_log_line,
    show_mapped,
    wrapped,
)

# Unicode's Default_Ignorable_Code_Point, then what draws a blank all the same.
IGNORABLE = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]  # fmt: skip
BLANK = [(0x00A0, 0x00A0), (0x1680, 0x1680), (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x2800, 0x2800),
         (0x3000, 0x3000), (0xFFF9, 0xFFFB), (0x1D159, 0x1D159)]  # fmt: skip
INVISIBLE = frozenset(chr(code) for first, last in IGNORABLE + BLANK for code in range(first, last + 1))
FORBIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")
EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
HARMFUL = frozenset(c for c in EVERY if unicodedata.category(c) in FORBIDDEN) | INVISIBLE
# All planes with something in them; of the rest, which is unassigned or private, a few.
MANY = [*EVERY[:0x20000], *EVERY[0xE0000:0xE1000], *EVERY[0x20000 :: 4099]]
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x07\r\b\t\n\u202e\u200d\ufe0f\u0301\u20dd\u1161\u2800\U000e0041\U0001f1e6\udc80аe本"),
    ),
    max_size=80,
)


def harmless(shown: str) -> bool:
    return HARMFUL.isdisjoint(shown)


def _mapped(text: str) -> str:
    return show_mapped(text)[0]


def _lines(text: str) -> str:
    return "".join(show_lines(text))


def _log(text: str) -> str:
    return "".join(span.text for span in show_log_line(text.encode("utf-8", "surrogatepass")))


def _fit(text: str) -> str:
    return fit(show(text), 7)


def _wrapped(text: str) -> str:
    return "".join(wrapped(show(text), 3))


def _until(text: str) -> str:
    shown = show(text)
    return shown[: cells_until(shown, 3)]


@pytest.mark.parametrize("surface", [_mapped, _lines, _log, _fit, _wrapped, _until])
def test_characters_are_shown_harmlessly_on_every_way_out(surface: Callable[[str], str]) -> None:
    for begin in range(0, len(MANY), 256):
        for text in ("a".join(MANY[begin : begin + 256]), *MANY[begin : begin + 256 : 37]):
            assert harmless(surface(text)), hex(ord(text[0]))


def _signs() -> Iterator[tuple[str, str]]:
    """Every character, and what it is shown as after a letter: some draw nothing only there."""
    for begin in range(0, len(EVERY), 4096):
        text = "a" + "a".join(EVERY[begin : begin + 4096])
        shown, places = show_mapped(text, limit=1 << 20)
        pieces = (shown[places[n] : places[n + 1]] for n in range(1, len(text), 2))
        yield from zip(EVERY[begin : begin + 4096], pieces, strict=True)


@pytest.fixture(scope="module")
def signs() -> dict[str, str]:
    return dict(_signs())


def test_every_character_of_unicode_is_shown_harmlessly(signs: dict[str, str]) -> None:
    assert len(signs) == sys.maxunicode + 1
    assert [hex(ord(char)) for char, sign in signs.items() if not sign or not harmless(sign)] == []


@pytest.mark.parametrize("cells", [wcwidth, get_character_cell_size], ids=["wcwidth", "rich"])
def test_what_passes_is_as_wide_as_terminals_and_screens_take_it_to_be(
    cells: Callable[[str], int], signs: dict[str, str]
) -> None:
    passing = [char for char, sign in signs.items() if sign.removesuffix("<mixed>") == char]
    assert len(passing) > 100_000
    assert [hex(ord(char)) for char in passing if cell_width(char) != cells(char)] == []


@given(HOSTILE)
def test_what_was_shown_once_is_safe_to_show_again(text: str) -> None:
    once = show(text, limit=60)
    assert harmless(once)
    assert harmless(show(once))
    assert cell_width(show(once)) == cell_width(once) or "<mixed>" in show(once)
    assert len(show_lines(text)) == text.count("\n") + 1


@given(HOSTILE, st.sampled_from([1, 5, 20, 4000]))
def test_places_grow_and_agree_with_what_is_shown(raw: str, limit: int) -> None:
    shown, offsets = show_mapped(raw, limit=limit)
    assert shown == show(raw, limit=limit)
    assert len(offsets) == len(raw) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[0] == 0
    assert offsets[-1] <= len(shown)
    # What is shown for the first characters does not depend on what follows, but for where a token ends.
    for at in range(0, len(raw), 7):
        assert shown[: offsets[at]].replace("<mixed>", "").startswith(
            show(raw[:at], limit=limit).split(" ... ")[0].replace("<mixed>", "")
        )


@given(st.binary())
def test_bytes_come_back_unchanged(data: bytes) -> None:
    text = Untrusted.from_bytes(data)
    assert text.to_bytes() == data
    assert from_json(Untrusted, to_json(text)) == text
    assert all(harmless(span.text) for span in show_log_line(data))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("\u26a0\ufe0f careful", "\u26a0\u25cc careful"), ("\u2764\ufe0f", "\u2764\u25cc"),
     ("\u2194\ufe0f", "\u2194\u25cc"),
     ("\u26a0\ufe0f\ufe0f", "\u26a0\u25cc<U+FE0F>"), ("a\ufe0f", "a<U+FE0F>"), ("\ufe0f", "<U+FE0F>"),
     (">\ufe0f", "><U+FE0F>"),
     ("\u26a0\ufe0e", "\u26a0<U+FE0E>"), ("\u26a0\u200d\ufe0f", "\u26a0<U+200D><U+FE0F>")],
)  # fmt: skip
def test_an_emoji_is_a_small_sign_and_hides_nothing(raw: str, shown: str) -> None:
    assert show(raw) == shown
    assert harmless(shown)


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
    assert show(b"\xff\xc3(".decode("utf-8", "surrogateescape")) == "\ufffd\ufffd("
    assert show("a" * 5000).endswith(" 1000 more")
    assert show("a\tb") == "a   b"
    assert cell_width("日本") == 4


ALIKE = [
    "p\u0430ypal", "\u0391dmin", "\u0585pen", "\u13a0dmin", "e\uff56al", "\U0001d41eval", "\u212aey", "s\u2c9fcket",
    "i\ufb01le", "user\uff11", "\ua4d0dmin", "p\u0301\u0430", "а\u0391",
]  # fmt: skip
ALONE = ["привет", "Ωμέγα", "naïve", "日本", "x²", "Nº", "straße", "1ª", "ｆｕｌｌ", "हिन्दी", "a_1", "café日本", "xⁿ"]


@pytest.mark.parametrize("token", ALIKE)
def test_scripts_that_look_alike_are_marked_where_they_meet_in_a_token(token: str) -> None:
    assert show(f"if {token}(x)") == f"if {token}<mixed>(x)"
    assert show(token) == f"{token}<mixed>"


@pytest.mark.parametrize("token", ALONE)
def test_a_token_of_one_script_is_not_marked(token: str) -> None:
    assert show(f"if {token}(x)") == f"if {token}(x)"


@pytest.mark.parametrize("twin", "\u01c3\u037e\u2024\u2215\u2044\ua789")
def test_what_looks_just_like_a_sign_of_ascii_is_named(twin: str) -> None:
    assert show(f"environment{twin}=PROD") == f"environment<U+{ord(twin):04X}>=PROD"


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u093e", "\u1161"])
def test_a_base_keeps_eight_marks_and_a_blank_none(mark: str) -> None:
    sign = f"<U+{ord(mark):04X}>"
    assert show("e" + mark * 20).count(mark) == MARK_LIMIT
    for before in ("", " ", "\t", "\x1b", "\u202e"):
        assert show(before + mark).endswith(sign)
        assert mark not in show(before + mark)
    assert not any(line.startswith(mark) for line in wrapped(show(f"ab {mark}cd e{mark} f" * 9), 4))


def test_log_colours_are_styles_and_nothing_else_survives() -> None:
    spans = show_log_line(b"\x1b[1;31mfail\x1b[0m \x1b]52;c;aGk=\x07\x1b[6n\x1b[8mhidden")
    assert [(s.text, s.fg, s.bold) for s in spans] == [("fail", 1, True), (" ", None, False), ("hidden", None, False)]


def test_a_log_hides_nothing_behind_a_sequence_without_an_end_and_spells_hosts_out() -> None:
    assert _log("ok \x1b]0;FAILED 3 tests") == "ok 0;FAILED 3 tests"
    assert _log("\x1bPFAILED\x1b[31m 3") == "FAILED 3"
    assert _log("\x1b]8;;https://evil.example/x\x1b\\github.com\x1b]8;;\x1b\\") == "<https://evil.example>github.com"
    assert _log("p\x1b[31m\u0430\x1b[0mypal") == "p\u0430ypal<mixed>"
    assert _log("e" + "\x1b[m\u0301" * 20).count("\u0301") == MARK_LIMIT


KINDS = {
    "letters": "a", "marks": "\u0301", "escapes": "\x1b[0m", "bare escapes": "\x1b", "unterminated": "\x1b]0;x",
    "parameters": "\x1b[" + "1;" * 60, "returns": "\r", "tabs": "\t", "bidi": "\u202e", "wide": "日",
    "alike": "p\u0430 ", "one token": "p\u0430", "invalid": "\udc80", "blanks": "  x ",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_of_any_kind_is_capped_and_says_how_much_is_missing(kind: str) -> None:
    raw = KINDS[kind] * (1_000_000 // len(KINDS[kind]))
    log = show_log_line(raw.encode("utf-8", "surrogateescape"))
    for shown in (show(raw), "".join(span.text for span in log)):
        head, _, count = shown.rpartition(" ... ")
        assert cell_width(head) <= LINE_LIMIT + 16
        assert count.endswith(" more")
        assert int(count.removesuffix(" more")) > 400_000
    assert len(wrapped(show(raw), 20)) < LINE_LIMIT
    assert len(log) <= LINE_LIMIT


def test_colours_by_the_hundred_thousand_are_read_within_the_cap_and_the_last_one_counts() -> None:
    assert show_log_line(b"\x1b[" + b"1;" * 15_000 + b"32mx")[0] == ("x", 2, None, True)
    (told,) = show_log_line(b"\x1b[" + b"1;" * 100_000 + b"32mx")[-1:]
    assert told.text.endswith(" more")


@pytest.mark.parametrize("kind", KINDS)
def test_a_megabyte_is_ten_times_the_work_of_a_hundred_kilobytes_at_most(kind: str) -> None:
    def all_ways(text: str) -> None:
        show(text, limit=len(text))
        show_mapped(text)
        show_lines(text)
        show_log_line(text.encode("utf-8", "surrogateescape"), limit=len(text))

    assert linear(all_ways, KINDS[kind])
