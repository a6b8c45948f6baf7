"""Rendered text is cut, padded and wrapped by cells: never wider than asked, nothing lost but blanks."""

from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.text import cell_width, cells_until, fit, show, show_mapped, wrapped

SHOWN = st.text(st.sampled_from("ab  日本😀é\u0301\u0308z-.\t\x1b\u202e"), max_size=60).map(show)
WIDTHS = st.integers(0, 40)


@given(SHOWN, WIDTHS, st.booleans())
@example("日本", 3, False)
@example("日", 1, True)
def test_fit_gives_exactly_the_width(text: str, width: int, right: bool) -> None:
    fitted = fit(text, width, right=right)
    assert cell_width(fitted) == width
    if cell_width(text) <= width:
        assert fitted.strip() == text.strip()
    elif width:
        assert "…" in fitted


@given(SHOWN, WIDTHS)
def test_as_many_characters_as_fit_and_no_more(text: str, cells: int) -> None:
    kept = cells_until(text, cells)
    assert cell_width(text[:kept]) <= cells
    # The next one would be too wide: so a mark is never torn from what it stands on.
    assert kept == len(text) or cell_width(text[: kept + 1]) > cells


@given(SHOWN, st.integers(2, 40))
@example("    " + "x" * 50, 20)
@example("日本語" * 9, 5)
def test_wrapped_lines_are_within_the_width_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert lines
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_stay_whole_and_long_ones_are_broken() -> None:
    assert wrapped("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrapped("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrapped("  - " + "x" * 8, 10) == ["  -", "x" * 8]
    assert wrapped("", 10) == [""]


def test_an_indented_word_too_long_for_its_line_leaves_no_empty_one() -> None:
    assert wrapped("    " + "x" * 20, 10)[0] == "    xxxxxx"


@given(st.text(st.sampled_from("ab\t日\u0301\x1b\u202e\udc80p\u0430"), max_size=30), st.sampled_from([5, 4000]))
def test_each_character_has_its_place_in_what_is_shown(raw: str, limit: int) -> None:
    shown, offsets = show_mapped(raw, limit=limit)
    assert shown == show(raw, limit=limit)
    assert len(offsets) == len(raw) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] <= len(shown)
