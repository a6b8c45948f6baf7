"""Every theme can be read: words against their ground, and what comes against what goes, also in 256 colours."""

import colorsys

import pytest
from rich.color import Color

from reviewer.settings import theme, theme_names
from reviewer.tui.paint import Paint

GROUNDS = {"added": "added-surface", "removed": "removed-surface", "text": "surface", "match": "match-surface"}
LEAST = {"high-contrast": 7.0}


def light(colour: str) -> float:
    """The relative luminance of a colour."""
    parts = [part / 255 for part in Color.parse(colour).get_truecolor()]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", theme_names())
def test_words_stand_out_from_their_ground(name: str) -> None:
    colours = theme(name)
    for ink, ground in GROUNDS.items():
        assert contrast(colours[ink], colours[ground]) >= LEAST.get(name, 4.5), (ink, ground)
    for syntax in (key for key in colours if key.startswith("syntax-")):
        for ground in ("surface", "added-surface", "removed-surface"):
            assert contrast(colours[syntax], colours[ground]) >= (7.0 if name in LEAST else 3.5), (syntax, ground)


@pytest.mark.parametrize("name", theme_names())
@pytest.mark.parametrize("system", ["truecolor", "256"])
def test_what_comes_and_what_goes_have_grounds_of_their_own(name: str, system: str) -> None:
    paint = Paint(theme(name))
    paint.of(system)
    grounds = {paint.style("text", where).bgcolor for where in ("surface", "added-surface", "removed-surface")}
    assert len(grounds) == 3
    assert paint.style("text", "cursor").bgcolor not in grounds
    words = {paint.style(f"text on:{word}").bgcolor for word in ("added-word", "removed-word")}
    assert not words & grounds


def test_the_theme_for_any_colour_vision_tells_blue_from_orange() -> None:
    colours = theme("colour-blind")
    hues = [colorsys.rgb_to_hsv(*(part / 255 for part in Color.parse(colours[k]).get_truecolor()))[0] * 360
            for k in ("added", "removed")]  # fmt: skip
    assert 190 < hues[0] < 240
    assert 20 < hues[1] < 50
