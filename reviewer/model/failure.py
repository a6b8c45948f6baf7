"""Says of an error that nobody foresaw what kind it is and where it came from: no values, no secrets, nothing raw.

What must stay true: no line holds a local variable or text that looks like a secret; each line is safe to show.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Final

from reviewer.model.secret import redact
from reviewer.text import show

_OURS: Final = Path(__file__).parents[1]
_CAUSES: Final = 8
_FRAMES: Final = 40


def redacted(text: str) -> str:
    """Text with whatever looks like a secret taken out, safe to show."""
    home = os.environ.get("HOME", "")
    if len(home) > 1:
        text = text.replace(home, "~")
    return show(redact(text), limit=300)


def frames(error: BaseException) -> list[str]:
    """The places that an error passed, the last of them innermost."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename)
        name = file.relative_to(_OURS) if file.is_relative_to(_OURS) else Path(*file.parts[-2:])
        found.append(show(f"{name}, line {frame.lineno}, in {frame.name}"))
    return found


def lines(error: BaseException) -> list[str]:
    """An error and what caused it, each with its places."""
    found: list[str] = []
    current: BaseException | None = error
    for _ in range(_CAUSES):
        if current is None:
            break
        found.append(f"{type(current).__name__}: {redacted(str(current))}")
        found.extend(f"  {frame}" for frame in frames(current)[-_FRAMES:])
        current = current.__cause__ or current.__context__
    return found
