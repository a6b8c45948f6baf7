"""Tells code from comments and from what stands in strings, line by line, in the languages that changes are written in.

What must stay true: one pass over a line, no backtracking beyond it; a hunk begins in the middle of a file, so that
nothing is known of what was open before it, and an unclosed quote is a character like any other.
"""

from __future__ import annotations

import re
from typing import Final

Masked = tuple[str, str]
"""A line's code without comments, and the same with the contents of its strings blanked."""

_DOUBLE: Final = r'"(?:[^"\\]|\\.)*"'
_SINGLE: Final = r"'(?:[^'\\]|\\.)*'"
_CHARACTER: Final = r"'(?:[^'\\]|\\.)'"
_BACKTICK: Final = r"`(?:[^`\\]|\\.)*`"
_TRIPLE: Final = r'[rRbBfFuU]{0,2}(?:"""|\'\'\')'


def _scanner(comment: str, *strings: str, opener: str = "") -> re.Pattern[str]:
    parts = [r"(?P<escape>\\.)"]
    if opener:
        parts.append(f"(?P<open>{opener})")
    parts += [f"(?P<comment>{comment})", f"(?P<string>{'|'.join(strings)})"]
    return re.compile("|".join(parts))


_SCANNERS: Final = {
    "python": _scanner(r"#.*", _DOUBLE, _SINGLE, opener=_TRIPLE),
    "hash": _scanner(r"(?:(?<=\s)|^)#.*", _DOUBLE, _SINGLE),
    "ruby": _scanner(r"(?:(?<=\s)|^)#(?!\{).*", _DOUBLE, _SINGLE, _BACKTICK),
    "elixir": _scanner(r"(?:(?<=\s)|^)#(?!\{).*", _DOUBLE, _SINGLE, opener='"""'),
    "terraform": _scanner(r"#.*|//.*", _DOUBLE, opener=r"/\*"),
    "c": _scanner(r"//.*", _DOUBLE, _CHARACTER, opener=r"/\*"),
    "script": _scanner(r"(?<![:\w])//.*", _DOUBLE, _SINGLE, _BACKTICK, opener=r"/\*"),
    "go": _scanner(r"//.*", _DOUBLE, _CHARACTER, _BACKTICK, opener=r"/\*"),
    "php": _scanner(r"(?<!:)//.*|#(?!\[).*", _DOUBLE, _SINGLE, opener=r"/\*"),
    "sql": _scanner(r"--.*", _DOUBLE, _SINGLE, opener=r"/\*"),
    "lua": _scanner(r"--.*", _DOUBLE, _SINGLE),
    "markup": _scanner(r"(?!)", _DOUBLE, _SINGLE, opener="<!--"),
    "ini": _scanner(r"^\s*[#;].*", _DOUBLE),
    "json": _scanner(r"(?!)", _DOUBLE),
    "batch": _scanner(r"^\s*(?:@?rem\b|::).*", _DOUBLE),
    "tex": _scanner(r"%.*", _DOUBLE),
}  # fmt: skip
_FAMILY: Final = {
    "python": "python",
    **dict.fromkeys(("shell", "yaml", "docker", "make", "perl", "r", "powershell", "toml", "nix", "julia"), "hash"),
    "ruby": "ruby",
    "elixir": "elixir",
    "terraform": "terraform",
    **dict.fromkeys(("c", "java", "csharp", "rust", "swift", "kotlin", "scala", "dart", "proto"), "c"),
    **dict.fromkeys(("javascript", "groovy", "jsonc", "css"), "script"),
    "go": "go",
    "php": "php",
    "sql": "sql",
    "lua": "lua",
    "haskell": "lua",
    "markup": "markup",
    "ini": "ini",
    "batch": "batch",
    "json": "json",
}
_CLOSER: Final = {"/*": "*/", "<!--": "-->", '"""': '"""', "'''": "'''"}
_SIGNS: Final = re.compile(r"""["'`#/\-<;%:]|(?i:rem)""")
# After these a string that begins a line is a value, no description of what follows.
_AWAITS: Final = ("(", "[", ",", "=", "+", "%", "\\", "{", " return")
_STAR: Final = re.compile(r"\s*\*(?:[\s/]|$)")


class Masker:
    """Reads one side of one file; `restart` at each hunk."""

    def __init__(self, language: str) -> None:
        self._family = _FAMILY.get(language, "")
        self._scan = _SCANNERS.get(self._family)
        self._open = ""
        self._prose = False
        self._awaits = False

    def restart(self) -> None:
        self._open = ""
        self._prose = False
        self._awaits = False

    def follow(self, other: Masker, text: str) -> None:
        """Take over where the other side stands after a line that both have."""
        self._open, self._prose, self._awaits = other._open, other._prose, other._awaits

    def mask(self, text: str) -> Masked:
        """Read the next line."""
        code, bare = self._mask(text)
        if bare and not bare.isspace():
            self._awaits = bare.rstrip().endswith(_AWAITS)
        return code, bare

    def _mask(self, text: str) -> Masked:
        if self._scan is None or (not self._open and not _SIGNS.search(text) and "*" not in text[:80]):
            return text, text
        if not self._open and self._family in ("c", "script", "go", "php") and _STAR.match(text):
            return "", ""  # the middle of a block comment that began above the hunk
        code: list[str] = []
        bare: list[str] = []
        at = 0
        while True:
            if self._open:
                at = self._close(text, at, code)
                if self._open:
                    break
            found = self._piece(text, at, code, bare)
            if found is None:
                break
            at = found
        return "".join(code), "".join(bare)

    def _close(self, text: str, at: int, code: list[str]) -> int:
        """Go to the end of what is open; of a string, the text stays code."""
        end = text.find(self._open, at)
        stop = len(text) if end < 0 else end + len(self._open)
        if not self._prose:
            code.append(text[at:stop])
        if end >= 0:
            self._open = ""
        return stop

    def _piece(self, text: str, at: int, code: list[str], bare: list[str]) -> int | None:
        """Read up to what opens over several lines, or to the end of the line (None)."""
        assert self._scan is not None
        begin = at
        for match in self._scan.finditer(text, at):
            kind = match.lastgroup
            if kind == "escape":
                continue
            plain = text[begin : match.start()]
            code.append(plain)
            bare.append(plain)
            begin = match.end()
            if kind == "comment":
                return None
            if kind == "string":
                code.append(match[0])
                bare.append(match[0][0] + match[0][-1])
                continue
            sign = match[0].lstrip("rRbBfFuU")
            self._open = _CLOSER[sign]
            self._prose = sign in ("/*", "<!--") or not (text[: match.start()].strip() or self._awaits)
            if not self._prose:
                code.append(match[0])
                bare.append(sign)
            return begin
        code.append(text[begin:])
        bare.append(text[begin:])
        return None
