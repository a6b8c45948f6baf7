"""Sends little to the terminal: lines as finished text, scrolling by scroll region, frames at the link's own pace.

The one module that leans on Textual's private parts. What must stay true: what stands on the screen is what stock
painting puts there (REVIEWER_PLAIN_PAINT=1, held by a test); no text reaches a finished line unless the net let it
pass; a terminal that does not answer is never waited for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
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
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import ToastRack

if TYPE_CHECKING:
    from textual.screen import Screen

    from reviewer.tui.line_view import LineView

ON: Final = os.environ.get("REVIEWER_PLAIN_PAINT", "") in ("", "0")
_FAR: Final = 12
"""Blank cells from which on it takes fewer bytes to erase and jump than to write them."""
_UNDER_WAY: Final = 2
"""Frames that may be on their way to the terminal before painting waits for it."""
_PATIENCE: Final = 3.0
_ASK: Final = "\x1b[?2026$p"
_CODES: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")


@lru_cache(maxsize=4096)
def _codes(style: Style, system: ColorSystem) -> tuple[str, str, str]:
    """The SGR parameters of a style: ink, colour behind, attributes."""
    ink = style.color.downgrade(system).get_ansi_codes() if style.color else ("39",)
    back = style.bgcolor.downgrade(system).get_ansi_codes(False) if style.bgcolor else ("49",)
    held = style._attributes & style._set_attributes
    return ";".join(ink), ";".join(back), ";".join(code for bit, code in enumerate(_CODES) if held >> bit & 1)


def finished(segments: Sequence[Segment], system: ColorSystem) -> str:
    """Text for the terminal that paints `segments`: colours only where they change, blanks without ink."""
    out: list[str] = []
    ink = back = attributes = ""
    for text, style, _ in segments:
        if not text:
            continue
        to_ink, to_back, to_attributes = _codes(style, system) if style is not None else ("39", "49", "")
        blank = not to_attributes and text.isspace()
        wanted: list[str] = []
        if attributes != to_attributes:
            if attributes == "1":
                wanted.append("22")
            elif attributes:
                wanted.append("0")
                ink = back = ""
            if to_attributes:
                wanted.append(to_attributes)
            attributes = to_attributes
        if back != to_back:
            wanted.append(to_back)
            back = to_back
        if not blank and ink != to_ink:
            wanted.append(to_ink)
            ink = to_ink
        if wanted:
            out.append(f"\x1b[{';'.join(wanted)}m")
        if to_attributes:
            out.append(text)
            continue
        body = text.rstrip(" ")
        rest = len(text) - len(body)
        out.append(body)
        # One blank is written: some terminals do not tell an erased line's ground when they are asked for it.
        out.append(f" \x1b[{rest - 1}X\x1b[{rest - 1}C" if rest > _FAR else " " * rest)
    out.append("\x1b[m")
    return "".join(out)


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
        way = f"{rows}S" if rows > 0 else f"{-rows}T"
        self._driver.write(f"\x1b[m\x1b[{region.y + 1 + view.pinned};{region.bottom}r\x1b[{way}\x1b[r")

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
