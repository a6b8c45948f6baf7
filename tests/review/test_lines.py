"""Lines of parts keep to their widths, with wide characters, marks and signs in them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.model.finding import Severity
from reviewer.review.lines import age, columns, cut, paragraph, severity_style, shortened, width_of
from reviewer.text import cell_width, show

SHOWN = st.text(st.sampled_from("ab 日本😀e\u0301\x1b\u202e"), max_size=30).map(show)
PARTS = st.lists(st.tuples(SHOWN, st.sampled_from(["text", "muted"])), max_size=6).map(tuple)


def cells(parts: tuple[tuple[str, str], ...]) -> list[str]:
    """What stands in each cell; the second half of a wide character is empty."""
    found: list[str] = []
    for text, _ in parts:
        for char in text:
            width = cell_width(char)
            if width:
                found += [char] + [""] * (width - 1)
    return found


@given(PARTS, st.integers(0, 30), st.integers(0, 30))
@example((("日本語", "text"),), 1, 3)
@example((("日", "text"), ("本", "muted")), 1, 2)
@example((("a日", "text"),), 0, 2)
def test_a_cut_is_what_stands_in_those_cells(parts: tuple[tuple[str, str], ...], start: int, width: int) -> None:
    whole = cells(parts)
    found = cells(cut(parts, start, width))
    assert len(found) == max(0, min(width, len(whole) - start))
    for at, char in enumerate(found):
        wanted = whole[start + at]
        torn = (at == 0 and wanted == "") or (at == width - 1 and cell_width(wanted) == 2)
        assert char == (" " if torn else wanted)


@given(PARTS, st.integers(0, 30))
def test_what_is_shortened_fits_and_says_that_something_is_left_out(
    parts: tuple[tuple[str, str], ...], width: int
) -> None:
    found = shortened(parts, width)
    assert width_of(found) <= width
    if width_of(parts) <= width:
        assert found == parts
    elif found and found[-1][0] != "…":
        assert found == parts[: len(found)]


def test_a_part_of_which_too_little_would_be_left_goes() -> None:
    parts = (("a title", "text"), ("claude/branch", "muted"))
    assert shortened(parts, 19) == (("a title", "text"), ("claude/bran", "muted"), ("…", "muted"))
    assert shortened(parts, 10) == (("a title", "text"),)
    assert shortened(parts, 4) == (("a t", "text"), ("…", "text"))


@given(st.lists(st.tuples(SHOWN, st.just("text"), st.integers(0, 20), st.booleans()), max_size=6))
def test_columns_are_as_wide_as_they_were_asked(asked: list[tuple[str, str, int, bool]]) -> None:
    assert width_of(columns(asked)) == sum(width for _, _, width, _ in asked)


@given(SHOWN, st.integers(12, 60))
def test_a_paragraph_keeps_to_its_width(text: str, width: int) -> None:
    for line in paragraph(text, width, indent="  "):
        assert width_of(line) <= width
        assert line[0] == ("  ", "text")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (7200, "2h"), (86400, "1d"), (13 * 86400, "13d"),
     (14 * 86400, "2w"), (900 * 86400, "128w")],
)  # fmt: skip
def test_age_is_one_number_and_one_letter(seconds: float, said: str) -> None:
    assert age(seconds) == said


def test_each_severity_has_a_colour_and_the_harmless_ones_are_quiet() -> None:
    assert severity_style(Severity.HIGH) == "risk-high"
    assert severity_style(Severity.INFO) == severity_style(None) == "muted"
