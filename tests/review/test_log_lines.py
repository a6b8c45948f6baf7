"""A run's output is found by line and painted in the theme's colours; nothing else of what it asked for survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.review.log_bytes import LogBytes
from reviewer.review.log_lines import BLOCK, LogLines, colour, count_lines
from reviewer.settings import theme, theme_names

ATOMS = st.sampled_from(
    [b"a", b"\n", b"\r", b"\x1b[31m", b"\x1b[0m", b"\xff", b"\x1b]0;x\x07", b"\x85", b"\xe2\x80\xa8"]
)


def shown(log: LogLines, n: int) -> str:
    return "".join(text for text, _ in log.line(n))


@given(st.lists(ATOMS, max_size=40).map(b"".join))
def test_lines_are_those_between_line_feeds(data: bytes) -> None:
    log = LogLines(data)
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    assert [log.raw(n) for n in range(len(log))] == lines


def test_colours_become_styles_and_hiding_is_undone() -> None:
    log = LogLines(b"\x1b[1;31mFAIL\x1b[0m ok\x1b[8m secret\x1b[28m \x1b[30;40mblack on black\n")
    assert log.line(0)[:2] == (("FAIL", "removed bold"), (" ok", "text"))
    assert shown(log, 0) == "FAIL ok secret black on black"


def test_a_colour_stays_open_over_lines_until_it_is_closed() -> None:
    log = LogLines(b"\x1b[1;31mone\ntwo\n\x1b[32mthree\nfour\x1b[m\nfive\n")
    styles = [[style for _, style in log.line(n)] for n in range(len(log))]
    assert styles == [["removed bold"], ["removed bold"], ["added bold"], ["added bold"], ["text"]]


@pytest.mark.parametrize(
    "hostile",
    [b"\x1b]52;c;aGk=\x07", b"\x1b[2J", b"\x1b[6n", b"\x1bP+q544e\x1b\\", b"\x1b]8;;\x1b\\", b"\x1bc"],
)
def test_every_other_sequence_is_dropped(hostile: bytes) -> None:
    assert shown(LogLines(b"a" + hostile + b"b"), 0) == "ab"


def test_overwritten_text_stays_readable() -> None:
    assert shown(LogLines(b"all passed\rnothing ran\r\n"), 0) == "all passed␍nothing ran"


def test_a_line_of_megabytes_is_cut_out_not_decoded() -> None:
    log = LogLines(b"x" * (3 << 20) + b"\nlast")
    assert len(log) == 2
    assert len(shown(log, 0)) < 20_000
    assert shown(log, 1) == "last"


class Counting:
    """Bytes that tell how much of them was read at once."""

    def __init__(self, data: bytes) -> None:
        self.data, self.most = data, 0
        self.size = len(data)

    def read(self, start: int, count: int) -> bytes:
        found = self.data[start : start + count]
        self.most = max(self.most, len(found))
        return found


@given(st.lists(st.sampled_from([b"\n", b"a", b"x" * (BLOCK - 1), b"y" * BLOCK, b"z\n" * 9]), max_size=8), st.data())
def test_lines_are_the_same_however_the_output_came(pieces: list[bytes], data: st.DataObject) -> None:
    """In parts, as a run prints, or counted block by block beside the screen."""
    whole = b"".join(pieces)
    expected = whole.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    growing = LogBytes()
    lines = LogLines(growing)
    for piece in pieces:
        growing.append(piece)
        lines.grow(data.draw(st.sampled_from([1 << 62, BLOCK])))
    lines.grow()
    counted = LogLines(growing)
    while counted.counted < growing.size:
        start = counted.counted - counted.counted % BLOCK
        counted.take(start, count_lines(growing, start, 2 * BLOCK))
    growing_spans = [lines.span(n) for n in range(len(lines))]
    assert growing_spans == [counted.span(n) for n in range(len(counted))]
    assert [whole[start:end] for start, end in growing_spans] == expected
    growing.close()


def test_a_line_of_128_mib_is_neither_read_nor_kept_as_a_whole() -> None:
    source = Counting(b"first\n" + b"x" * (128 << 20) + b"\nlast")
    log = LogLines(source)
    log.grow()
    assert len(log) == 3
    assert [shown(log, 0), shown(log, 2)] == ["first", "last"]
    assert shown(log, 1).endswith(f" ... {(128 << 20) - 4000} more")
    assert source.most <= BLOCK


@pytest.mark.parametrize("name", theme_names())
def test_each_of_the_256_colours_is_one_of_the_theme(name: str) -> None:
    assert {colour(number) for number in [None, *range(256)]} <= set(theme(name))
    assert colour(1) != colour(2), "red and green are told apart"
