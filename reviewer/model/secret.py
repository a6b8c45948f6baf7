"""Holds a token so that nothing shows it by accident, and takes what looks like one out of text.

What must stay true: standard library only; no representation, comparison or copy of a `Secret` gives its text away.
"""

from __future__ import annotations

import hmac
import re
from typing import Final, NoReturn

MASK: Final = "[...]"


class Secret:
    """A token. `reveal` is the one way to its text: call it where the text leaves for the host that it is for."""

    __slots__ = ("_text",)
    __hash__ = None  # type: ignore[assignment]
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Secret is frozen")

    def __eq__(self, other: object) -> bool:
        """In constant time; never equal to bare text."""
        if not isinstance(other, Secret):
            return False
        one, two = (each._text.encode("utf-8", "surrogatepass") for each in (self, other))
        return hmac.compare_digest(one, two)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not copied to where it could be read")


_SHAPES: Final = re.compile(
    # Each alternative begins with a fixed word or takes its run whole, so that no place is tried twice.
    r"(?s:-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z))"
    r"|(?i:(?<=://)[^\s/?#]*@)"  # a name and its password, up to the last @ before the host's end
    r"|(?i:(?<=://)[^\s:@/]{1,100}:[^\s@]{1,200}@)"  # the same with a slash in the password
    r"|(?i:\b(?:authorization|proxy-authorization|cookie|set-cookie)\b[\"']?\s{0,5}[:=][^\r\n]{0,4000})"
    r"|(?i:\b(?:bearer|basic)\s{1,5}[^\s\"']+)"
    r"|(?i:[\w-]{0,40}?(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|credentials?|private[_-]key)"
    r"[\"']?\s{0,5}[:=]\s{0,5}[\"']?[^\s\"'&]+)"
    r"|(?i:\b(?:gh[pousr]_|github_pat_|gl(?:pat|rt|cbt|dt|soat|ft)-|xox[a-z]-|xapp-|sk-|pk-|rk_|sk_|npm_|pypi-|rvw_)"
    r"[\w.-]+)"
    r"|\b(?:AKIA|ASIA|AGPA|AROA|AIDA)[A-Z0-9]{8,}"
    r"|\beyJ[\w-]*\.[\w-]*(?:\.[\w-]*)?"
    r"|[\w+/=-]{16,}"
)


def redact(text: str) -> str:
    """Text without whatever looks like a secret: rather too little is left than too much."""
    return _SHAPES.sub(MASK, text)
