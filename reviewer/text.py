"""Makes text from outside safe to show: one type that cannot be printed by accident, one renderer.

What must stay true: standard library only; nothing that `show` returns holds a control, bidirectional or invisible
character; a line is split on LF alone, so that git's lines and ours are the same lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

LINE_LIMIT: Final = 4000
"""Cells of one line that are shown before an explicit "N more"."""
MARK_LIMIT: Final = 8
"""Combining marks that one base character keeps."""


class Untrusted:
    """Text chosen by somebody else. It has no `str()`: pass it to `show` to see it, take `.raw` to compute with it."""

    __slots__ = ("raw",)
    raw: str

    def __init__(self, raw: str) -> None:
        object.__setattr__(self, "raw", raw)

    @classmethod
    def from_bytes(cls, data: bytes) -> Untrusted:
        """Decode UTF-8; each byte that is not UTF-8 is kept as a lone surrogate, so `to_bytes` gives the same bytes."""
        return cls(data.decode("utf-8", "surrogateescape"))

    def to_bytes(self) -> bytes:
        return self.raw.encode("utf-8", "surrogateescape")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Untrusted is frozen")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Untrusted) and other.raw == self.raw

    def __lt__(self, other: Untrusted) -> bool:
        return self.raw < other.raw

    def __hash__(self) -> int:
        return hash(("Untrusted", self.raw))

    def __bool__(self) -> bool:
        return bool(self.raw)

    def __str__(self) -> NoReturn:
        raise TypeError("untrusted text has no str(): show it with reviewer.text.show")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("untrusted text has no format(): show it with reviewer.text.show")

    def __repr__(self) -> str:
        return f"Untrusted({show(self, limit=200)!r})"

    def __reduce__(self) -> tuple[type[Untrusted], tuple[str]]:
        return (Untrusted, (self.raw,))


EMPTY: Final = Untrusted("")

# Letters that Unicode counts as letters or marks but that draw nothing: they can hide text as well as any control.
_FILLERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u034f\u00ad")
_VARIATION: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PLAIN: Final = re.compile(r"[\x20-\x7e]*\Z")


@lru_cache(maxsize=8192)
def _sign(char: str) -> str | None:
    """The visible sign for a character that must not reach a terminal, or None where it may pass."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code < 0xA0:
        return f"<{code:02X}>"
    if 0xDC80 <= code <= 0xDCFF:
        return "\ufffd"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if char in _FILLERS or _VARIATION.match(char):
        return f"<U+{code:04X}>"
    category = unicodedata.category(char)
    if category in ("Cf", "Zl", "Zp", "Cn", "Co", "Cc"):
        return f"<U+{code:04X}>"
    if category == "Zs" and char != " ":
        return f"<U+{code:04X}>"
    return None


@lru_cache(maxsize=8192)
def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def cell_width(shown: str) -> int:
    """Terminal cells of text that `show` has rendered."""
    return len(shown) if shown.isascii() else sum(map(_cells, shown))


def _mixed_script(token: str) -> bool:
    """Whether one token mixes Latin with Cyrillic or Greek letters: the usual dress of a look-alike."""
    scripts = {unicodedata.name(c, "").split(" ", 1)[0] for c in token if c.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


_TOKEN: Final = re.compile(r"\w+")


def _expand(raw: str, marked: frozenset[int], tab: int, limit: int, offsets: list[int] | None = None) -> str:
    """Render `raw`; `marked` holds the ends of look-alike tokens, `offsets` collects where each character begins."""
    out: list[str] = []
    length = width = marks = 0

    def put(piece: str, cells: int) -> None:
        nonlocal length, width
        out.append(piece)
        length += len(piece)
        width += cells

    for index, char in enumerate(raw):
        if width >= limit:
            put(f" ... {len(raw) - index} more", 0)
            break
        if index in marked:
            put("<mixed>", 7)
        if offsets is not None:
            offsets.append(length)
        if char == "\t":
            step = tab - width % tab
            put(" " * step, step)
            marks = 0
            continue
        sign = _sign(char)
        if sign is not None:
            put(sign, len(sign))
            marks = 0
            continue
        cells = _cells(char)
        if cells:
            marks = 0
        else:
            marks += 1
            if marks > MARK_LIMIT or not out:
                put(f"<U+{ord(char):04X}>", 8)
                continue
        put(char, cells)
    else:
        if len(raw) in marked:
            put("<mixed>", 7)
    if offsets is not None:
        offsets.extend([length] * (len(raw) + 1 - len(offsets)))
    return "".join(out)


def _look_alikes(raw: str, limit: int) -> frozenset[int]:
    """Where tokens end that mix Latin with look-alike scripts."""
    if raw.isascii():
        return frozenset()
    return frozenset(m.end() for m in _TOKEN.finditer(raw[: limit + 1]) if _mixed_script(m[0]))


def show(text: Untrusted | str, *, limit: int = LINE_LIMIT, tab: int = 4) -> str:
    """Render outside text as one line of harmless, visible text.

    C0 controls, DEL and LF become control pictures, C1 controls `<9B>`, invisible and bidirectional characters
    `<U+202E>`, each invalid byte one U+FFFD cell; tabs are expanded; a token that mixes Latin with look-alike
    scripts is followed by `<mixed>`; past `limit` cells an explicit "N more" stands for the rest.
    """
    raw = text.raw if isinstance(text, Untrusted) else text
    if len(raw) <= limit and raw.isascii() and _PLAIN.match(raw):
        return raw
    return _expand(raw, _look_alikes(raw, limit), tab, limit)


def show_mapped(text: Untrusted | str, *, limit: int = LINE_LIMIT, tab: int = 4) -> tuple[str, Sequence[int]]:
    """As `show`, with the place in the result at which each character of the text begins, and one for its end."""
    raw = text.raw if isinstance(text, Untrusted) else text
    if len(raw) <= limit and raw.isascii() and _PLAIN.match(raw):
        return raw, range(len(raw) + 1)
    offsets: list[int] = []
    return _expand(raw, _look_alikes(raw, limit), tab, limit, offsets), offsets


def show_lines(text: Untrusted | bytes | str, *, limit: int = LINE_LIMIT, tab: int = 4) -> list[str]:
    """Render text of several lines, split on LF only; a CR stays in its line as a visible picture."""
    if isinstance(text, bytes):
        text = Untrusted.from_bytes(text)
    raw = text.raw if isinstance(text, Untrusted) else text
    return [show(line, limit=limit, tab=tab) for line in raw.split("\n")]


class Styled(NamedTuple):
    """A stretch of log text with the colours that its SGR sequences asked for. Colours are 0-255 or None."""

    text: str
    fg: int | None = None
    bg: int | None = None
    bold: bool = False


_ESCAPE: Final = re.compile(
    r"\x1b\[([0-9;:]*)m"  # colours: the only sequence that means something to us
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other CSI
    r"|\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
)


def show_log_line(line: bytes, *, limit: int = LINE_LIMIT) -> list[Styled]:
    """Render one line of run output: colours as styles, every other escape sequence dropped, the rest as `show` does.

    Conceal and blink are ignored. Of text overwritten by carriage returns all parts stay, separated by the CR picture.
    """
    raw = line[: limit * 8].decode("utf-8", "surrogateescape").rstrip("\r")
    spans: list[Styled] = []
    fg: int | None = None
    bg: int | None = None
    bold = False
    at = 0
    for match in _ESCAPE.finditer(raw):
        if match.start() > at:
            spans.append(Styled(show(raw[at : match.start()], limit=limit), fg, bg, bold))
        at = match.end()
        if match[1] is not None:
            fg, bg, bold = _sgr(match[1], fg, bg, bold)
    if at < len(raw):
        spans.append(Styled(show(raw[at:], limit=limit), fg, bg, bold))
    return spans


def _sgr(codes: str, fg: int | None, bg: int | None, bold: bool) -> tuple[int | None, int | None, bool]:
    numbers = [int(c) if c.isdigit() and len(c) < 4 else 0 for c in re.split("[;:]", codes)]
    i = 0
    while i < len(numbers):
        n = numbers[i]
        if n == 0:
            fg, bg, bold = None, None, False
        elif n == 1:
            bold = True
        elif n == 22:
            bold = False
        elif 30 <= n <= 37:
            fg = n - 30
        elif 90 <= n <= 97:
            fg = n - 82
        elif n == 39:
            fg = None
        elif 40 <= n <= 47:
            bg = n - 40
        elif 100 <= n <= 107:
            bg = n - 92
        elif n == 49:
            bg = None
        elif n in (38, 48):
            if numbers[i + 1 : i + 2] == [5] and i + 2 < len(numbers):
                fg, bg = (numbers[i + 2] & 255, bg) if n == 38 else (fg, numbers[i + 2] & 255)
                i += 2
            elif numbers[i + 1 : i + 2] == [2]:
                i += 4
        i += 1
    return (None, None, bold) if fg is not None and fg == bg else (fg, bg, bold)


def fit(shown: str, width: int, *, right: bool = False) -> str:
    """Cut or pad text that `show` has rendered to exactly `width` cells; a cut is told by an ellipsis."""
    have = cell_width(shown)
    if have <= width:
        return " " * (width - have) + shown if right else shown + " " * (width - have)
    if width <= 0:
        return ""
    kept = cells_until(shown, width - 1)
    return shown[:kept] + "…" + " " * (width - 1 - cell_width(shown[:kept]))


def cells_until(shown: str, cells: int) -> int:
    """How many characters of rendered text fit into `cells`; marks stay with the base that they stand on."""
    if shown.isascii():
        return max(0, min(cells, len(shown)))
    used = 0
    for index, char in enumerate(shown):
        used += _cells(char)
        if used > cells:
            return index
    return len(shown)


def wrapped(shown: str, width: int) -> list[str]:
    """Break rendered text into lines of at most `width` cells, at spaces where there are any; never empty."""
    lines: list[str] = []
    rest = shown
    while cell_width(rest) > width > 1:
        at = cells_until(rest, width) or 1
        indent = len(rest) - len(rest.lstrip(" "))
        space = rest.rfind(" ", indent + 1, at + 1)
        cut = space if space > 0 else at
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip() if space > 0 else rest[cut:]
    return [*lines, rest]
