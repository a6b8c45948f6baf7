"""Finds the folder of everything that the program keeps, and refuses one that others can enter."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from reviewer.model.errors import UsageError
from reviewer.text import show


def home(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything that the program keeps, made 0700 where missing.

    `REVIEWER_HOME` names it, else the platform's data folder. Raises UsageError where it is somebody else's, open to
    others, or cannot be written.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("REVIEWER_HOME")
    if named:
        place = Path(named).expanduser().absolute()
    else:
        import platformdirs

        place = Path(platformdirs.user_data_dir("reviewer", appauthor=False))
    shown = show(str(place))
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = place.stat()
    except OSError as error:
        raise UsageError(
            f"cannot use {shown} as the program's home: {error.strerror}", "set REVIEWER_HOME to a folder of your own"
        ) from None
    if not stat.S_ISDIR(state.st_mode):
        raise UsageError(f"{shown} is not a folder", "set REVIEWER_HOME to a folder of your own")
    if state.st_uid != os.getuid():
        raise UsageError(f"{shown} belongs to another user", "set REVIEWER_HOME to a folder of your own")
    if state.st_mode & 0o077:
        raise UsageError(f"others can enter {shown}", f"close it with: chmod 700 {shown}")
    if not os.access(place, os.W_OK | os.X_OK):
        raise UsageError(f"{shown} cannot be written", "set REVIEWER_HOME to a folder of your own")
    return place
