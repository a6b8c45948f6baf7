"""Puts the inbox, or a difference, on screen before Textual is imported, which then paints over it.

What must stay true: on a terminal only; every byte of outside text has passed `text.show`; whatever fails, the terminal
is as it was before; what is imported here is a list that a test checks; keys typed meanwhile are answered, or kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reviewer.review.early_keys import EarlyKeys

ENTER = "\x1b[?1049h\x1b[?25l"
LEAVE = "\x1b[?1049l\x1b[?25h"


class Painted:
    """A terminal that shows our first screen. `settings` are the terminal's own, to be given back at the end."""

    def __init__(self, descriptor: int, settings: list[Any]) -> None:
        self.descriptor = descriptor
        self.settings = settings
        self.handed_over = False
        self.early: EarlyKeys | None = None
        self.ids: Sequence[str] = ()

    def stop_reading(self) -> bytes:
        """Leave the keys to somebody else; returns those that were read and not answered."""
        return self.early.end() if self.early is not None else b""

    def cursor(self) -> str:
        """The id of the change that the cursor was moved to."""
        return self.ids[self.early.place] if self.early is not None and self.early.place else ""

    def hand_over(self) -> None:
        """Somebody else gives the terminal back from now on."""
        self.handed_over = True

    def undo(self) -> None:
        """Give the terminal back as it was, where nobody else has taken it over."""
        if not self.handed_over:
            self.handed_over = True
            self.stop_reading()
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(self.descriptor, termios.TCSANOW, self.settings)
                sys.__stderr__.write("\x1b[0m" + LEAVE)  # type: ignore[union-attr]
                sys.__stderr__.flush()  # type: ignore[union-attr]


def paint(environ: Mapping[str, str]) -> Painted | None:
    """Paint the last screenful, or do nothing: no terminal, few colours, nothing kept."""
    if not can_paint(environ):
        return None
    home = environ.get("REVIEWER_HOME") or os.path.join(
        environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"), "reviewer"
    )
    from reviewer.store.peek import read_peek

    peek = read_peek(os.path.abspath(os.path.expanduser(home)), repository_root(os.getcwd()))
    if peek is None:
        return None
    deep, plain = is_deep(environ), "NO_COLOR" in environ
    painted = show(lambda width, height: screen(peek, width, height, time.time(), deep=deep, plain=plain))
    if painted is not None and peek["rows"]:
        _listen(painted, peek, deep=deep, plain=plain)
    return painted


def _listen(painted: Painted, peek: Mapping[str, Any], *, deep: bool, plain: bool) -> None:
    """Move the cursor as keys say from now on."""
    from reviewer.review.early_keys import EarlyKeys
    from reviewer.review.peek import rows_on

    width, height = _size()
    now = time.time()

    def made(place: int) -> list[str] | None:
        if place >= rows_on(peek, width, height):
            return None
        return screen_parts(peek, width, height, now, place, deep=deep, plain=plain)

    def write(text: str) -> None:
        sys.__stderr__.write(text)  # type: ignore[union-attr]
        sys.__stderr__.flush()  # type: ignore[union-attr]

    painted.ids = [str(row["change_id"]) for row in peek["rows"]]
    painted.early = EarlyKeys(painted.descriptor, made, write)


def _size() -> tuple[int, int]:
    """The terminal's width and height."""
    height, width = struct.unpack("HH", fcntl.ioctl(2, termios.TIOCGWINSZ, b"\0" * 8)[:4])
    return width, height


def can_paint(environ: Mapping[str, str]) -> bool:
    """Whether this is a terminal, with colours enough, and nobody asked for a plain start."""
    if not all(os.isatty(n) for n in (0, 1, 2)) or environ.get("TEXTUAL_DRIVER") or environ.get("REVIEWER_PLAIN_START"):
        return False
    return is_deep(environ) or environ.get("TERM", "").endswith("256color")


def is_deep(environ: Mapping[str, str]) -> bool:
    return environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")


def show(made: Callable[[int, int], str]) -> Painted | None:
    """Put on screen what `made` says for a width and a height; None where that cannot be done."""
    try:
        text = made(*_size())
        settings = termios.tcgetattr(0)
    except (OSError, termios.error, KeyError, TypeError, ValueError, AttributeError):
        return None
    painted = Painted(0, settings)
    # Nothing that is imported from here on is thrown away: the collector would look at all of it many times.
    gc.disable()
    try:
        termios.tcsetattr(0, termios.TCSANOW, _raw(settings))
        sys.__stderr__.write(text)  # type: ignore[union-attr]
        sys.__stderr__.flush()  # type: ignore[union-attr]
    except (OSError, termios.error):
        painted.undo()
        return None
    return painted


def repository_root(folder: str) -> str:
    """The folder with the `.git` around `folder`, empty where there is none."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _raw(settings: list[Any]) -> list[Any]:
    """No echo, no lines, no signals from keys: what the application will set too."""
    mine: list[Any] = [part[:] if isinstance(part, list) else part for part in settings]
    mine[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    mine[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    mine[6][termios.VMIN] = 1
    return mine


# --- from lines to bytes ---------------------------------------------------------------------------------------------


def screen(peek: Mapping[str, Any], width: int, height: int, now: float, *, deep: bool, plain: bool) -> str:
    """The bytes that show a screenful: every line whole, from the first to the last."""
    return ENTER + "".join(screen_parts(peek, width, height, now, deep=deep, plain=plain))


def screen_parts(
    peek: Mapping[str, Any], width: int, height: int, now: float, cursor: int = 0, *, deep: bool, plain: bool
) -> list[str]:
    """The bytes of each line of a screenful."""
    from reviewer.review.peek import screen_lines

    if width < 20 or height < 6:
        raise ValueError("too small")
    colours = {str(name): str(value) for name, value in peek["colours"].items()}
    few = {str(name): int(value) for name, value in peek["few"].items()}
    lines = screen_lines(peek, width, height, now, cursor)[:height]
    return _parts(lines, width, colours, few, deep=deep, plain=plain)


def drawn(
    lines: Sequence[tuple[Any, str]],
    width: int,
    colours: Mapping[str, str],
    few: Mapping[str, int],
    *,
    deep: bool,
    plain: bool,
) -> str:
    """The bytes that show `lines`, each with the colour behind it, from the first row of the screen on."""
    return ENTER + "".join(_parts(lines, width, colours, few, deep=deep, plain=plain))


def _parts(
    lines: Sequence[tuple[Any, str]],
    width: int,
    colours: Mapping[str, str],
    few: Mapping[str, int],
    *,
    deep: bool,
    plain: bool,
) -> list[str]:
    from reviewer.review.lines import width_of

    found = []
    for n, (line, behind) in enumerate(lines, 1):
        parts = [f"\x1b[{n};1H"]
        last = ""
        for text, style in (*line, (" " * (width - width_of(line)), "text")):
            if text:
                codes = _sgr(style, behind, colours, {} if deep or plain else few, deep=deep, plain=plain)
                parts.append(text if codes == last else f"{codes}{text}")
                last = codes
        found.append(f"{''.join(parts)}\x1b[0m")
    return found


def _sgr(
    style: str, behind: str, colours: Mapping[str, str], few: Mapping[str, int], *, deep: bool, plain: bool
) -> str:
    ink, *more = style.split(" ")
    codes = ["0"]
    codes += ["1"] if "bold" in more else []
    codes += ["3"] if "italic" in more else []
    codes += ["4"] if "underline" in more else []
    behind = next((word[3:] for word in more if word.startswith("on:")), behind)
    for name, code in ((ink, 38), (behind, 48)):
        if name in few:
            codes.append(f"{code};5;{few[name]}")
            continue
        red, green, blue = (int(colours.get(name, colours["text"])[n : n + 2], 16) for n in (1, 3, 5))
        if plain:
            red = green = blue = round(0.2126 * red + 0.7152 * green + 0.0722 * blue)
        codes.append(f"{code};2;{red};{green};{blue}" if deep else f"{code};5;{_of_256(red, green, blue)}")
    return f"\x1b[{';'.join(codes)}m"


def _of_256(red: int, green: int, blue: int) -> int:
    """The nearest of the terminal's 256 colours, chosen as Rich chooses it, so that nothing shifts afterwards."""
    high, low = max(red, green, blue) / 255, min(red, green, blue) / 255
    light = (high + low) / 2
    spread = high - low
    saturation = 0.0 if not spread else spread / ((high + low) if light <= 0.5 else (2 - high - low))
    if saturation < 0.15:
        grey = round(light * 25)
        return 16 if grey == 0 else 231 if grey == 25 else 231 + grey
    six = [part / 95 if part < 95 else 1 + (part - 95) / 40 for part in (red, green, blue)]
    return 16 + 36 * round(six[0]) + 6 * round(six[1]) + round(six[2])
