"""Names what lies in a demonstration's folder, and the environment in which all of it runs.

What must stay true: nothing outside the folder is written, and none of the user's own git settings apply in it.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from reviewer.model.errors import UsageError
from reviewer.text import show

_ONLY_OURS: Final = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TEMPLATE_DIR": "",
    "GIT_TERMINAL_PROMPT": "0",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One demonstration's folder."""

    root: Path

    @property
    def home(self) -> Path:
        """The demonstration's own `REVIEWER_HOME`."""
        return self.root / "home"

    @property
    def work(self) -> Path:
        """The reviewer's own worktree, with the target branch checked out."""
        return self.root / "parcel"

    @property
    def origin(self) -> Path:
        return self.root / "origin.git"

    @property
    def scratch(self) -> Path:
        """Temporary files of everything that runs here, so that nothing is left elsewhere after a kill."""
        return self.root / "tmp"

    @property
    def marker(self) -> Path:
        """The file that tells a demonstration's folder from any other: empty until all is made, locked while open."""
        return self.root / "reviewer-demo"

    def worktree(self, slug: str) -> Path:
        """Where the agent works that makes the change `slug`."""
        return self.root / "agents" / slug

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What every process of the demonstration sees: its own home, and nothing of git's from outside."""
        kept = {name: value for name, value in inherited.items() if not name.startswith("GIT_")}
        return {**kept, **_ONLY_OURS, "REVIEWER_HOME": str(self.home), "TMPDIR": str(self.scratch)}


def claim(place: Place) -> tuple[IO[str], bool]:
    """Take the folder for one demonstration: the open lock, and whether one stands there, made to its end.

    Raises UsageError for a folder that holds something else, or a demonstration that is open.
    """
    root = place.root
    if root.exists() and not place.marker.is_file() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{show(str(root))} is not empty", "name a new folder with: --dir DIR")
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = place.marker.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise UsageError(f"{show(str(root))} is open in another demo", "leave that one first") from None
    made = place.marker.stat().st_size > 0
    if not made:
        for half in (place.home, place.work, place.origin, place.root / "agents"):
            shutil.rmtree(half, ignore_errors=True)
    for folder in (place.home, place.scratch):
        folder.mkdir(mode=0o700, exist_ok=True)
    return lock, made
