"""Rules on characters: those that hide or reorder text, and letters of one script dressed as another's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity, Side
from reviewer.risk.subject import Hit, Subject

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")
_INVISIBLE: Final = re.compile("[\u200b\u2060-\u2064\u180e\u115f\u1160\u3164\uffa0\u00ad]")
_JOINER: Final = re.compile("(?<=[A-Za-z0-9_])[\u200c\u200d\ufeff](?=[A-Za-z0-9_])")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_TOKEN: Final = re.compile(r"[^\W\d_][\w.-]{2,80}")


def hidden(file: Subject) -> Iterator[Hit]:
    """Hits on the file's added lines; ASCII lines cost nothing."""
    for line in file.added:
        if line.text.isascii():
            continue
        if _BIDI.search(line.text) or _TAGS.search(line.text) or _SELECTORS.search(line.text):
            severity = Severity.HIGH if file.facets.prose else Severity.CRITICAL
            message = "adds characters that reorder or hide text: what is shown is not what is read by machines"
            yield Hit("hidden-unicode", "hidden-unicode", severity, Side.NEW, line.number, message, "hidden", line.text)
        elif _JOINER.search(line.text) or (_INVISIBLE.search(line.text) and not file.facets.prose):
            message = "adds invisible characters inside code"
            yield Hit("invisible", "hidden-unicode", Severity.HIGH, Side.NEW, line.number, message, "hidden", line.text)
        if file.facets.language and not file.facets.prose and line.code:
            token = next((t for t in _TOKEN.findall(line.code) if not t.isascii() and _mixed(t)), None)
            if token:
                message = "mixes scripts inside one name: it looks like another name"
                yield Hit("homoglyph", "homoglyph", Severity.HIGH, Side.NEW, line.number, message, token, line.text)


def _mixed(token: str) -> bool:
    scripts = {unicodedata.name(c, "").split(" ", 1)[0] for c in token if c.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
