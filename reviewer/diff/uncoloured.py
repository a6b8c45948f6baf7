"""Takes out of a patch the colours that git gave it for a terminal, so that a pager can read it.

What must stay true: only sequences that git itself put there go, known by standing at the beginning of a line, where a
file's content never stands; whatever a file holds beside them stays, and is made visible like anything else.
"""

from __future__ import annotations

import re
from typing import Final

_SGR: Final = rb"\x1b\[[0-9;:]{0,40}m"
_COLOURED: Final = re.compile(rb"^(?:%s)+(?:diff --|commit [0-9a-f]|@@ )" % _SGR, re.MULTILINE)
_FIRST: Final = re.compile(rb"^(?:%s)+" % _SGR, re.MULTILINE)
_ONE: Final = re.compile(_SGR)
_ALWAYS: Final = {b"\x1b[m", b"\x1b[0m", b"\x1b[41m"}
"""The end of a colour, and what git marks white space with."""
_MOST: Final = 64


def without_colours(data: bytes) -> bytes:
    """A patch as `git diff --no-color` would have printed it; one that git did not colour comes back as it is."""
    if _COLOURED.search(data) is None:
        return data
    known = set(_ALWAYS)
    for match in _FIRST.finditer(data):
        known.update(_ONE.findall(match[0]))
        if len(known) > _MOST:
            break
    # Each sequence is looked up: a search for any of them would try them all, at every place.
    return _ONE.sub(lambda match: b"" if match[0] in known else match[0], data)
