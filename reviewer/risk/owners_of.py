"""Tells what a line of a configuration belongs to: a resource, a job, a service, a part of a file.

What must stay true: a line that goes from one of them and comes to another has not come back.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import Line, Subject, words

# Heads that say of what kind what follows is, not which one.
_KINDS: Final = re.compile(r"\s*[\"']?(?:jobs|services|resources|Resources|stages|spec|data|steps|on|permissions|volumes|default|workflows|parameters|outputs|env|variables|strategy|modules?)[\"']?\s*:\s*\{?\s*$")


def owner(file: Subject, line: Line) -> str:
    """The head of what a line belongs to; empty where the patch does not show it."""
    heads = [above.code for above in file.parents(line, 200) if not _KINDS.match(above.code)]
    if heads:
        return words(heads[-1])
    return words(file.heads[line.hunk]) if line.hunk < len(file.heads) and line.indent else ""


def same_owner(file: Subject, gone: Line, other: Subject, came: Line) -> bool:
    """Whether a line that came belongs to what a line that went belonged to, or may do so."""
    old, new = owner(file, gone), owner(other, came)
    if not old or not new or old == new:
        return True
    # What has another name now, or stands in another file, took its lines along.
    return not any(line.kind != "-" and words(line.code) == old for line in file.lines) and old not in (words(head) for head in file.heads)


def same_part(file: Subject, gone: Line, came: Line) -> bool:
    """Whether two lines of a file may belong to the same entry of a list, as the containers of one pod are."""
    old, new = (next((words(above.code) for above in file.parents(line) if above.code.lstrip().startswith("- ")), "") for line in (gone, came))
    return not old or not new or old == new
