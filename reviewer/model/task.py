"""Says which task a branch is an attempt at, by its name, so that the attempts of several agents stand together; pure.

What must stay true: a bare number stays, since it may be an issue's; what is not plainly a mark of an attempt stays.
"""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = re.compile(
    r"[-_/.](?:(?:try|take|attempt|retry)[-_]?\d{1,3}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6,40})\Z"
)
_MARKS: Final = 2
"""Marks that a name may end in: an attempt's number and an id."""


def task_of(branch: str, agent: str) -> str:
    """What is left of a branch's name without its agent, an id of its own and the number of an attempt."""
    first, slash, rest = branch.partition("/")
    name = rest if slash and rest and first == agent else branch
    for _ in range(_MARKS):
        match = _MARK.search(name)
        if match is None or not match.start():
            break
        name = name[: match.start()]
    return name
