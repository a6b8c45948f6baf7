"""Writes down a failure that nobody foresaw: its kind and its places, no values, no secrets; in a file of the home.

What must stay true: no traceback reaches a screen; a report holds no local variable, no argument of the command line
and no text that looks like a secret; writing it can fail without making things worse.
"""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Final

from reviewer import __version__
from reviewer.model import failure
from reviewer.model.errors import ReviewerError
from reviewer.model.failure import frames
from reviewer.text import show

KEPT: Final = 20


def unforeseen(error: BaseException, command: str) -> ReviewerError:
    """The error as users see it, its report written where the home allows that. `command` names the subcommand."""
    kind, place = type(error).__name__, _place(error)
    said = f"{command} failed in a way that nobody foresaw: {show(kind, limit=80)}{place}"
    kept = _keep(_report(error, command))
    if kept is None:
        return ReviewerError(said, "nothing that was sealed or submitted is lost; run `reviewer doctor`")
    return ReviewerError(said, f"nothing that was sealed or submitted is lost; the report is {show(str(kept))}")


def _place(error: BaseException) -> str:
    places = frames(error)
    return f" at {show(places[-1].rpartition(', in ')[0], limit=120)}" if places else ""


def _report(error: BaseException, command: str) -> str:
    lines = [f"reviewer {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    lines.append(f"command: {show(command, limit=40)}")
    return "\n".join([*lines, *failure.lines(error)]) + "\n"


def _keep(report: str) -> Path | None:
    from reviewer.settings import home

    try:
        folder = home() / "crashes"
        folder.mkdir(mode=0o700, exist_ok=True)
        for old in sorted(folder.glob("*.txt"))[: -KEPT + 1]:
            old.unlink()
        place = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.txt"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(place, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(report)
        return place
    except (OSError, ReviewerError):
        return None
