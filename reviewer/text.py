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

# What draws nothing (fillers, selectors, tags), what one terminal draws as one sign with its neighbour and another does
# not (flags, skin tones), and what looks exactly like a sign of ASCII: each could hide or disguise what stands there.
_DISGUISED: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2800\u2d7f\U0001107f\U00013441\U00013442\U00016fe4\U0001d159"
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff"
    "\u01c0\u01c1\u01c3\u037e\u1fef\u2024\u2044\u2215\u29f8\ua789]"
)
# Hangul vowels and finals that join the syllable before them, and signs that newer tables call wide.
_JOINING: Final = re.compile("[\u1161-\u11ff\ud7b0-\ud7c6\ud7cb-\ud7fb]")
_WIDE: Final = re.compile("[\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\U0001d300-\U0001d356\U0001d360-\U0001d376]")
_EMOJI: Final = "\ufe0f"
"""Asks for a picture in place of the sign before it. Terminals take one or two cells then, so it stands as a sign of
its own, a small one where that is all it can mean: emoji are ordinary in what people and agents write."""
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
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    category = unicodedata.category(char)
    if category in ("Cf", "Zl", "Zp", "Cn", "Co") or (category == "Zs" and char != " ") or _DISGUISED.match(char):
        return f"<U+{code:04X}>"
    return None


def is_harmless(text: str) -> bool:
    """Whether nothing in `text` would be shown as a sign: what `show` gives always is."""
    return text.isprintable() if text.isascii() else all(_sign(char) is None for char in text)


@lru_cache(maxsize=8192)
def _cells(char: str) -> int:
    if unicodedata.category(char)[0] == "M" or _JOINING.match(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" or _WIDE.match(char) else 1


def cell_width(shown: str) -> int:
    """Terminal cells of text that `show` has rendered."""
    return len(shown) if shown.isascii() else sum(map(_cells, shown))


_ALIKE: Final = frozenset(
    "LATIN CYRILLIC GREEK ARMENIAN CHEROKEE COPTIC LISU DESERET TIFINAGH CANADIAN GOTHIC RUNIC CARIAN LYCIAN".split()
)
"""First words in the names of letters that look like those of another script."""


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    """Of which script a character of a token is: "" where it ends the token, "-" where it goes with any.

    "DISGUISE" is a letter or digit that is one of ASCII in other clothes: full width, mathematical, a ligature.
    """
    category = unicodedata.category(char)
    if category[0] == "M" or char == "_":
        return "-"
    if not char.isalnum():
        return ""
    if not char.isascii():
        clothes = unicodedata.decomposition(char).split(" ", 1)[0]
        plain = unicodedata.normalize("NFKC", char)
        if clothes not in ("<super>", "<sub>") and category != "No" and plain.isascii() and plain.isalnum():
            return "DISGUISE"
    word = unicodedata.name(char, "").split(" ", 1)[0]
    return word if word in _ALIKE and char.isalpha() else "-"


def _look_alikes(raw: str, limit: int) -> frozenset[int]:
    """Where tokens end, within the first `limit` characters, that mix letters which look alike."""
    if raw.isascii():
        return frozenset()
    ends: set[int] = set()
    scripts: set[str] = set()
    at = 0
    for at, char in enumerate(raw[: limit + 1]):
        script = _script(char)
        if script:
            scripts.add("ASCII" if script == "LATIN" and char.isascii() else script)
            continue
        if _mixed(scripts):
            ends.add(at)
        scripts.clear()
    if _mixed(scripts):
        ends.add(min(at + 1, limit))
    return frozenset(ends)


def _mixed(scripts: set[str]) -> bool:
    if len(scripts) < 2:
        return False
    if "ASCII" in scripts and "DISGUISE" in scripts:
        return True
    return len({"LATIN" if script == "ASCII" else script for script in scripts} & _ALIKE) > 1


def _is_picture(shown: str) -> bool:
    """Whether one character is a sign, such as a heart, of which a selector makes an emoji."""
    return len(shown) == 1 and shown > "\x7f" and shown != "\u25cc" and unicodedata.category(shown) in ("So", "Sm")


class _Renderer:
    """One line on its way to cells: how wide it is so far, and what a mark that comes next would stand on."""

    __slots__ = ("length", "limit", "marks", "read", "tab", "width")

    def __init__(self, tab: int, limit: int) -> None:
        self.tab, self.limit = tab, limit
        self.length = self.width = self.read = 0
        self.marks = MARK_LIMIT  # nothing to stand on

    def render(self, raw: str, marked: frozenset[int], offsets: list[int] | None = None) -> tuple[str, int]:
        """`raw` up to the limit of the line, and how many of its characters are left.

        `marked` holds the ends of look-alike tokens, counted from the line's beginning; `offsets` collects where each
        character begins.
        """
        out: list[str] = []
        length, width, marks, tab, limit = self.length, self.width, self.marks, self.tab, self.limit
        index = 0
        for index, char in enumerate(raw, self.read):
            if index in marked:
                out.append("<mixed>")
                length, width, marks = length + 7, width + 7, MARK_LIMIT
            if width >= limit:
                break
            if offsets is not None:
                offsets.append(length)
            piece = _sign(char)
            if char == "\t":
                piece = " " * (tab - width % tab)
            elif char == _EMOJI and out and _is_picture(out[-1]):
                piece = "\u25cc"
            if piece is None:
                cells = _cells(char)
                if cells:
                    # A mark on a blank could be torn from it at a line's end, and would land on what stands there.
                    out.append(char)
                    length, width, marks = length + 1, width + cells, MARK_LIMIT if char == " " else 0
                    continue
                if marks < MARK_LIMIT:
                    out.append(char)
                    length, marks = length + 1, marks + 1
                    continue
                piece = f"<U+{ord(char):04X}>"
            out.append(piece)
            length, width, marks = length + len(piece), width + len(piece), MARK_LIMIT
        else:
            index = self.read + len(raw)
            if index in marked:
                out.append("<mixed>")
                length, width, marks = length + 7, width + 7, MARK_LIMIT
        left = self.read + len(raw) - index
        self.length, self.width, self.marks, self.read = length, width, marks, index
        return "".join(out), left


def _more(left: int) -> str:
    return f" ... {left} more" if left else ""


def show(text: Untrusted | str, *, limit: int = LINE_LIMIT, tab: int = 4) -> str:
    """Render outside text as one line of harmless, visible text.

    C0 controls, DEL and LF become control pictures, C1 controls `<9B>`, invisible and bidirectional characters
    `<U+202E>`, each invalid byte one U+FFFD cell; tabs are expanded; a token that mixes Latin with look-alike
    letters is followed by `<mixed>`; what makes an emoji of a sign is a small circle; past `limit` cells an explicit
    "N more" stands for the rest.
    """
    raw = text.raw if isinstance(text, Untrusted) else text
    if len(raw) <= limit and raw.isascii() and _PLAIN.match(raw):
        return raw
    shown, left = _Renderer(tab, limit).render(raw, _look_alikes(raw, limit))
    return shown + _more(left)


def show_mapped(text: Untrusted | str, *, limit: int = LINE_LIMIT, tab: int = 4) -> tuple[str, Sequence[int]]:
    """As `show`, with the place in the result at which each character of the text begins, and one for its end."""
    raw = text.raw if isinstance(text, Untrusted) else text
    if len(raw) <= limit and raw.isascii() and _PLAIN.match(raw):
        return raw, range(len(raw) + 1)
    offsets: list[int] = []
    shown, left = _Renderer(tab, limit).render(raw, _look_alikes(raw, limit), offsets)
    shown += _more(left)
    offsets.extend([len(shown)] * (len(raw) + 1 - len(offsets)))
    return shown, offsets


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
    r"|\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)"  # a link
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC; without its end, its text stays
    r"|\x1b[ -/]*[0-~]"
)
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^/?#]*")


_COLOURS: Final = re.compile(rb"\x1b\[([0-9;:]{0,60})m")


def open_colours(before: bytes) -> Styled:
    """The colours that are open where these bytes of run output end, as a stretch of no text."""
    open_now = Styled("")
    for match in _COLOURS.finditer(before):
        open_now = Styled("", *_sgr(match[1].decode(), *open_now[1:]))
    return open_now


def show_log_line(
    line: bytes | memoryview, *, limit: int = LINE_LIMIT, unread: int = 0, colours: Styled | None = None
) -> list[Styled]:
    """Render one line of run output: colours as styles, every other escape sequence dropped, the rest as `show` does.

    `unread` counts bytes of the line that follow and were not read, `colours` are open where it begins. Conceal and
    blink are ignored; a link's host is spelled out before its text. Of text overwritten by carriage returns all parts
    stay, separated by the CR picture.
    """
    beyond = unread + max(0, len(line) - limit * 8)
    raw = bytes(line[: limit * 8]).decode("utf-8", "surrogateescape")
    pieces = _styled(raw if beyond else raw.rstrip("\r"), colours or Styled(""))
    marked = _look_alikes("".join(piece.text for piece in pieces), limit)
    renderer = _Renderer(4, limit)
    spans: list[Styled] = []
    left = beyond
    for piece in pieces:
        shown, over = renderer.render(piece.text, marked) if left == beyond else ("", len(piece.text))
        left += over
        if shown:
            spans.append(piece._replace(text=shown))
    return [*spans, Styled(_more(left))] if left else spans


def _styled(raw: str, colours: Styled) -> list[Styled]:
    """The text between escape sequences, as it came, with its colours."""
    pieces: list[Styled] = []
    _, fg, bg, bold = colours
    at = 0
    for match in _ESCAPE.finditer(raw):
        if match.start() > at:
            pieces.append(Styled(raw[at : match.start()], fg, bg, bold))
        at = match.end()
        if match[1] is not None:
            fg, bg, bold = _sgr(match[1], fg, bg, bold)
        elif match[2]:
            host = _HOST.match(match[2])
            pieces.append(Styled(f"<{host[0] if host else match[2][:60]}>", fg, bg, bold))
    if at < len(raw):
        pieces.append(Styled(raw[at:], fg, bg, bold))
    return pieces


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
    while width > 1 and (at := cells_until(rest, width)) < len(rest):
        at = at or 1
        indent = len(rest) - len(rest.lstrip(" "))
        space = rest.rfind(" ", indent + 1, at + 1)
        cut = space if space > 0 else at
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip() if space > 0 else rest[cut:]
    return [*lines, rest]
