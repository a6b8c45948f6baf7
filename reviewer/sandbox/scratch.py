"""Makes a folder for the length of one task, and takes away those of tasks that were killed.

What must stay true: a folder that somebody still uses is never taken away, also where its owner runs in another process
namespace: who uses one holds a lock on it, which the kernel lets go when it dies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A folder of our own under the system's, named after `kind`."""
    prefix = f"reviewer-{kind}-"
    _sweep(Path(tempfile.gettempdir()), prefix)
    while True:
        place = Path(tempfile.mkdtemp(prefix=prefix))
        held = _lock(place)
        # Another's sweep may have come between.
        if held is not None:
            break
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def _lock(place: Path) -> int | None:
    """The lock on a folder, as a descriptor; None where it is held, or gone."""
    try:
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(folder).st_nlink and place.exists():
            return folder
    except OSError:
        pass
    os.close(folder)
    return None


def _sweep(root: Path, prefix: str) -> None:
    for place in root.glob(f"{prefix}*"):
        try:
            found = place.lstat()
        except OSError:
            continue
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            continue
        held = _lock(place)
        if held is not None:
            shutil.rmtree(place, ignore_errors=True)
            os.close(held)
