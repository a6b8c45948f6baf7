"""Turns lines of meaning into strips of colour: the one module through which text reaches the terminal.

What must stay true: no text is parsed as markup; what a line holds was rendered by `text.show`, and the filter below
is the net for what was not; colours come from the theme alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.theme import Theme

from reviewer.review.few_colours import AS_TEXT, few_colours, is_dark
from reviewer.review.lines import Line
from reviewer.text import cell_width, is_harmless, show
from reviewer.tui.compact import Finished

_BLACK: Final = Color(0, 0, 0)
_LETTERS: Final = str.maketrans("▾▸▲●◆✎✓✗‼…⋯→·∙│▏▕—━⇢›“”", "v>!*@~+x!..>_.|||-=>>\"\"")
"""Our own signs in ASCII, for REVIEWER_ASCII=1; the same characters in a change's text turn into ASCII with them."""


class Net(LineFilter):
    """Makes visible whatever control or invisible character reached a line in spite of everything."""

    passed = True

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.control or is_harmless(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control or is_harmless(segment.text) else Segment(show(segment.text), segment.style)
            for segment in segments
        ]


class Paint:
    """The colours in use. `use` changes them for everything that is painted afterwards."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        self.generation = 0
        self.few = False
        self.ascii = bool(os.environ.get("REVIEWER_ASCII"))
        self._net = Net()
        self.use(colours)

    def use(self, colours: Mapping[str, str]) -> None:
        self.colours = dict(colours)
        self._few = few_colours(colours)
        self.generation += 1
        self._styles: dict[tuple[str, str], Style] = {}

    def style(self, name: str, behind: str = "surface") -> Style:
        """The look of a style's name (`review/lines.py`) on the colour `behind`."""
        known = self._styles.get((name, behind))
        if known is None:
            known = self._styles[(name, behind)] = self._made(name, behind)
        return known

    def _made(self, name: str, behind: str) -> Style:
        ink, *more = name.split(" ")
        back = next((word[3:] for word in more if word.startswith("on:")), behind)
        return Style(
            color=self._colour(ink),
            bgcolor=self._colour(back),
            bold="bold" in more,
            italic="italic" in more,
            underline="underline" in more,
        )

    @property
    def dark(self) -> bool:
        return is_dark(self.colours)

    def of(self, system: str | None) -> None:
        """Paint for a terminal's colours: of 256, the dark and the pale ones are chosen by hand."""
        if (system == "256") != self.few:
            self.few = system == "256"
            self.use(self.colours)

    def _colour(self, name: str) -> RichColor:
        if self.few:
            name = "text" if name == AS_TEXT else name
            if name in self._few:
                return RichColor.from_ansi(self._few[name])
        if name.startswith("ansi-"):
            return RichColor.from_ansi(int(name[5:]))
        return RichColor.parse(self.colours.get(name, self.colours["text"]))

    def strip(self, line: Line, width: int, behind: str = "surface") -> Strip:
        """A line as exactly `width` cells."""
        segments = []
        used = 0
        for text, name in line:
            if self.ascii and not text.isascii():
                text = text.translate(_LETTERS)
            if text:
                segments.append(Segment(text, self.style(name, behind)))
                used += cell_width(text)
        if used < width:
            segments.append(Segment(" " * (width - used), self.style("text", behind)))
            used = width
        if used > width:
            segments = list(Strip(segments, used).crop(0, width))
        return Finished(self._net.apply(segments, _BLACK), width)

    def theme(self, name: str, dark: bool) -> Theme:
        """The same colours for the widgets that Textual brings."""
        c = self.colours
        return Theme(
            name=name,
            primary=c["accent"],
            secondary=c["accent"],
            accent=c["accent"],
            warning=c["risk-medium"],
            error=c["removed"],
            success=c["added"],
            foreground=c["text"],
            background=c["surface"],
            surface=c["panel"],
            panel=c["panel"],
            dark=dark,
        )
