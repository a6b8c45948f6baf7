"""Rules on lines that come into a CODEOWNERS file and take paths from those who owned them; what goes is told elsewhere.

What must stay true: the last line that is about a path counts, so that a line takes over only what stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

_FILE: Final = re.compile(r"(?:^|/)CODEOWNERS\Z")
_ABOVE: Final = 400
"""Lines above that one line is held against."""
_TRIED: Final = 200
"""Lines that came, of which each is held against those above."""
_SHOWN: Final = 80


def owners_moved(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on lines that leave paths without an owner, or give them to others."""
    if file.new or file.gone or not _FILE.search(file.path):
        return
    rows = [(line, *_row(line)) for line in file.lines if line.kind in " +"]
    gone = {_row(line) for line in file.removed}
    kept = dict(gone)
    came = [at for at, (line, pattern, owners) in enumerate(rows) if line.kind == "+" and pattern and (pattern, owners) not in gone]
    for at in came[:_TRIED]:
        line, pattern, owners = rows[at]
        if not owners:
            yield hit("owner-left-out", "check-weakened", Severity.HIGH, line, f"leaves {pattern[:_SHOWN]} without an owner")
            continue
        lost = _lost(pattern, owners, rows[max(0, at - _ABOVE) : at])
        more = [owner for owner in owners if owner not in kept.get(pattern, owners)]
        if lost:
            said = f"gives what {_some(lost)} own to {_some(owners)}: the last line counts"
            yield hit("owner-taken-over", "check-weakened", Severity.HIGH, line, said)
        elif more and set(kept[pattern]) <= set(owners):
            said = f"lets {_some(more)} approve for {pattern[:_SHOWN]}, too"
            yield hit("owner-added", "check-weakened", Severity.LOW, line, said)


def _lost(pattern: str, owners: Sequence[str], above: Sequence[tuple[Line, str, Sequence[str]]]) -> list[str]:
    """Owners of lines above that a line takes everything from."""
    taken = [other for _line, covered, others in above if covered and _covers(pattern, covered) for other in others]
    return [owner for owner in dict.fromkeys(taken) if owner not in owners]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4])[:_SHOWN]


def _covers(pattern: str, other: str) -> bool:
    """Whether a pattern is about all that another one is about, as far as their words tell."""
    if pattern in ("*", "**", "/**", "/*", "/"):
        return True
    folder = pattern.removesuffix("**").removesuffix("*")
    return pattern == other or (folder.endswith("/") and other.startswith(folder))


def _row(line: Line) -> tuple[str, tuple[str, ...]]:
    """The pattern of a line and its owners; empty where it is none."""
    words = line.text[:500].split("#")[0].replace("\\ ", "\0").split()
    if not words or words[0].startswith(("[", "^[", "!")):
        return "", ()
    return words[0], tuple(words[1:])
