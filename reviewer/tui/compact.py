"""Sends little to the terminal: lines as finished text, scrolling by scroll region, frames at the link's own pace.

The one module that leans on Textual's private parts. What must stay true: what stands on the screen is what stock
painting puts there (REVIEWER_PLAIN_PAINT=1, held by a test); no text reaches a finished line unless the net let it
pass; a terminal that does not answer is never waited for.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.messages import TerminalSupportsSynchronizedOutput
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import ToastRack

if TYPE_CHECKING:
    from reviewer.tui.line_view import LineView

ON: Final = os.environ.get("REVIEWER_PLAIN_PAINT", "") in ("", "0")
_FAR: Final = 12
"""Blank cells from which on it takes fewer bytes to erase and jump than to write them."""
_UNDER_WAY: Final = 2
"""Frames that may be on their way to the terminal before painting waits for it."""
_PATIENCE: Final = 3.0
_ASK: Final = "\x1b[?2026$p"
_CODES: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_UNSEEN: Final = ("", "1", "3", "1;3")
"""Attributes that do not show where there is no letter."""


@lru_cache(maxsize=4096)
def _codes(style: Style, system: ColorSystem) -> tuple[str, str, str]:
    """The SGR parameters of a style: ink, colour behind, attributes."""
    ink = style.color.downgrade(system).get_ansi_codes() if style.color else ("39",)
    back = style.bgcolor.downgrade(system).get_ansi_codes(False) if style.bgcolor else ("49",)
    held = style._attributes & style._set_attributes
    return ";".join(ink), ";".join(back), ";".join(code for bit, code in enumerate(_CODES) if held >> bit & 1)


class _Pen:
    """What was written, in which colours the terminal writes now, and blanks on `ground` that still are to be."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.ink = self.back = self.attributes = self.ground = ""
        self.blanks = 0

    def turn(self, ink: str, back: str, attributes: str) -> None:
        """Change what is different; an empty ink is any."""
        wanted: list[str] = []
        if self.attributes != attributes:
            if self.attributes == "1":
                wanted.append("22")
            elif self.attributes:
                wanted.append("0")
                self.ink = self.back = ""
            if attributes:
                wanted.append(attributes)
            self.attributes = attributes
        if self.back != back:
            wanted.append(back)
            self.back = back
        if ink and self.ink != ink:
            wanted.append(ink)
            self.ink = ink
        if wanted:
            self.out.append(f"\x1b[{';'.join(wanted)}m")

    def blank(self) -> None:
        """Write the blanks that wait."""
        if self.attributes not in _UNSEEN or self.back != self.ground:
            self.turn("", self.ground, "")
        n, self.blanks = self.blanks, 0
        # One blank is written: some terminals do not tell an erased line's ground when they are asked for it.
        self.out.append(f" \x1b[{n - 1}X\x1b[{n - 1}C" if n > _FAR else " " * n)


def finished(segments: Sequence[Segment], system: ColorSystem) -> str:
    """Text for the terminal that paints `segments`: colours only where they change, blanks without ink."""
    pen = _Pen()
    for text, style, _ in segments:
        if not text:
            continue
        ink, back, attributes = _codes(style, system) if style is not None else ("39", "49", "")
        plain = attributes in _UNSEEN
        if pen.blanks and not (plain and back == pen.ground):
            pen.blank()
        body = text.rstrip(" ") if plain else text
        if body:
            # Blanks before it are written in its colours: one change for both.
            pen.turn(ink, back, attributes)
            if pen.blanks:
                pen.blank()
            pen.out.append(body)
        pen.ground = back
        pen.blanks += len(text) - len(body)
    if pen.blanks:
        pen.blank()
    return "".join(pen.out) + "\x1b[m"


class Finished(Strip):
    """A strip that is written as `finished` does, where nothing lies over it."""

    __slots__ = ()

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            self._render_cache = finished(self._segments, console._color_system or ColorSystem.TRUECOLOR)
        return self._render_cache


def whole_lines(widget: Widget, crop: Region) -> bool:
    """Whether a widget's lines may go to the terminal as they are: no border, no cut, and no filter but the net.

    A filter that has `passed` was applied when the line was made; our colours hold none that the other one changes.
    """
    return (
        ON
        and not crop.x
        and crop.width == widget.size.width
        and not any(widget.gutter)
        and all(isinstance(f, ANSIToTruecolor) or hasattr(f, "passed") for f in widget.app.get_line_filters())
    )


class CompactScreen(Screen[None]):
    """A screen that may say, with the lines that a frame brings on it, what else changes by their being there."""

    def before_frame(self, shown: Collection[Widget]) -> None:
        """A frame of the widgets `shown` is about to be made, their layout as it was: what is said now is in it."""

    def _on_timer_update(self) -> None:
        paints = ON and self.is_current and not self.app._batch_count and bool(self._dirty_widgets)
        if paints and not self._layout_required and not self._scroll_required:
            shown = self._compositor.visible_widgets.keys()
            self.before_frame(shown)
            for widget in shown:
                if widget._repaint_required and widget is not self:
                    widget._repaint_required = False
                    self._dirty_widgets.add(widget)
        super()._on_timer_update()


class CompactApp(App[None]):
    """An application whose line views may scroll by region, and whose frames wait for a slow terminal."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._scrolled: tuple[LineView, Screen[Any], int] | None = None
        self._unanswered = 0
        self._holding = False

    # --- scrolling --------------------------------------------------------------------------------------------------

    def scrolls(self, view: LineView, rows: int) -> bool:
        """Move what is on screen of `view` by `rows` with the next frame; whether that can be done."""
        if not ON or self.is_headless or not view.is_attached or view.screen is not self.screen:
            return False
        region = view.region
        if region.x or region.width != self.size.width or region.bottom > self.size.height:
            return False
        if any(rack.children for rack in self.screen.children if isinstance(rack, ToastRack)):
            return False
        whole = Region(0, 0, region.width, region.height)
        if whole in view._repaint_regions or whole in self.screen._compositor._dirty_regions:
            return False
        before = 0
        if self._scrolled is not None:
            if self._scrolled[0] is not view:
                return False
            before = self._scrolled[2]
        if abs(before + rows) >= (region.height - view.pinned) // 2:
            self._scrolled = None
            return False
        inside = Region(0, view.pinned, region.width, region.height - view.pinned)
        # What waits to be painted moves along; what stands above the moving part stays.
        for kept in (view._repaint_regions, view._dirty_regions):
            moved = {dirty.translate((0, -rows)).intersection(inside) for dirty in kept if dirty.y >= view.pinned}
            kept.difference_update({dirty for dirty in kept if dirty.y >= view.pinned})
            kept.update(dirty for dirty in moved if dirty)
        self._scrolled = (view, self.screen, before + rows)
        return True

    def _begin_update(self) -> None:
        super()._begin_update()
        scrolled, self._scrolled = self._scrolled, None
        if scrolled is None or self._driver is None or not scrolled[2]:
            return
        view, screen, rows = scrolled
        if self.screen is not screen or not view.is_attached:
            view.refresh()
            return
        region = view.region
        way = f"{'' if abs(rows) == 1 else abs(rows)}{'S' if rows > 0 else 'T'}"
        # In whatever colour the new lines come: they are painted whole in the same frame.
        self._driver.write(f"\x1b[{region.y + 1 + view.pinned};{region.bottom}r\x1b[{way}\x1b[r")

    # --- pace -------------------------------------------------------------------------------------------------------

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self._holding and renderable is not None:
            self._go_on()  # what was rendered is rendered once: it is not held back
        super()._display(screen, renderable)
        if renderable is None or not ON or not self._sync_available or self._driver is None or self._batch_count:
            return
        if self.is_headless or not self._running:
            return
        self._driver.write(_ASK)
        self._driver.flush()
        self._unanswered += 1
        if self._unanswered >= _UNDER_WAY and not self._holding:
            self._holding = True
            self._begin_batch()
            self.set_timer(_PATIENCE, self._go_on)

    def _on_terminal_supports_synchronized_output(self, _message: TerminalSupportsSynchronizedOutput) -> None:
        self._unanswered = max(0, self._unanswered - 1)
        if self._unanswered < _UNDER_WAY:
            self._go_on()

    def _go_on(self) -> None:
        """Paint again: the terminal answered, or is not waited for any longer."""
        if self._holding:
            self._holding = False
            self._unanswered = min(self._unanswered, _UNDER_WAY - 1)
            self._end_batch()
            self.screen.check_idle()
