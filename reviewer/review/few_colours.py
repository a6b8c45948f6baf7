"""Chooses among a terminal's 256 colours by hand, where the nearest one would lose the meaning; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_FEW: Final = {
    "added-surface": (22, 194),
    "removed-surface": (52, 224),
    "added-word": (28, 157),
    "removed-word": (88, 217),
    "cursor": (238, 252),
    "cursor-away": (236, 254),
    "hunk-surface": (235, 255),
    "remark-surface": (235, 255),
    "panel": (235, 255),
}
"""Numbers of the terminal's 256 colours on dark and on light ground, where the nearest one would lose the meaning."""

_FEW_BLUE: Final = {
    "added-surface": (17, 189),
    "added-word": (25, 153),
    "removed-surface": (58, 223),
    "removed-word": (94, 216),
}
"""The same for themes in which blue is what comes and orange what goes."""


AS_TEXT: Final = "syntax-operator"
"""What is painted as text is: among 256 the two are hardly told apart, and a page is an eighth shorter to send."""


def is_dark(colours: Mapping[str, str]) -> bool:
    """Whether a theme, colours as `#rrggbb` by meaning, is for dark terminals."""
    return int(colours["surface"][1:3], 16) < 128


def few_colours(colours: Mapping[str, str]) -> dict[str, int]:
    """The grounds of a theme as numbers among 256."""
    green, blue = (int(colours["added"][n : n + 2], 16) for n in (3, 5))
    table = {**_FEW, **_FEW_BLUE} if blue > green else _FEW
    return {name: pair[0 if is_dark(colours) else 1] for name, pair in table.items()}
