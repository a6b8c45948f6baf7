"""Says which folders of the host a run may see: its interpreter and what was named, each at its own path, read-only.

What must stay true: a folder named too widely (the home folder, what lies above it, what the kernel makes up) is
refused, never narrowed in silence; an interpreter that lies in the home folder brings nothing else of it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from reviewer.sandbox.inside.enter import SYSTEM
from reviewer.text import show

_NEVER = ("/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/change")
_SHARED = ("/tmp", "/var/tmp", "/var", "/home", "/opt", "/srv", "/mnt", "/media")


class Unfit(Exception):
    """A named folder cannot be shown to a run; the message says which, and why."""


def read_only_places(named: Iterable[Path]) -> list[str]:
    """Absolute paths, none below another, none that the system's folders hold anyway. Raises Unfit."""
    wanted = {*_interpreter(Path(sys.base_prefix))}
    for path in named:
        wanted.update(_named(path))
    kept: list[str] = []
    for place in sorted(wanted, key=lambda place: place.parts):
        if place.parts[1] not in SYSTEM and not any(place.is_relative_to(above) for above in kept):
            kept.append(str(place))
    return kept


def environments(named: Iterable[Path]) -> list[Path]:
    """The virtual environments among the named folders."""
    return [place for place in map(_expanded, named) if (place / "pyvenv.cfg").is_file()]


def _expanded(path: Path) -> Path:
    text = os.path.expanduser(path)  # noqa: PTH111
    return Path(os.path.normpath(text))


def _named(path: Path) -> Iterator[Path]:
    place = _expanded(path)
    shown = show(str(path), limit=200)
    if not place.is_absolute():
        raise Unfit(f"read_only names {shown}: give a whole path, or one that begins with ~/")
    if not place.exists():
        raise Unfit(f"read_only names {shown}, which is not on this machine")
    real = place.resolve()
    for candidate in (place, real):
        if _too_wide(candidate):
            raise Unfit(f"read_only names {shown}, which holds more than a run may see; name the folder that it needs")
    yield place
    yield real
    if (place / "pyvenv.cfg").is_file():
        yield from _base_of(place)


def _too_wide(place: Path) -> bool:
    if any(home.is_relative_to(place) for home in (Path.home(), Path.home().resolve())):
        return True
    return str(place) in _SHARED or any(place.is_relative_to(name) for name in _NEVER)


def _base_of(environment: Path) -> Iterator[Path]:
    """The interpreter that a virtual environment was made from."""
    for line in (environment / "pyvenv.cfg").read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home":
            folder = Path(os.path.normpath(value.strip()))
            if folder.is_absolute() and (folder / "python3").exists():
                # The folder may hold links only, as the shims of a version manager or `/usr/local/bin` do.
                yield from _interpreter((folder / "python3").resolve().parent.parent)
                yield from _interpreter(folder.parent)


def _interpreter(prefix: Path) -> Iterator[Path]:
    """The folder of an interpreter; only its own parts where that folder is the home folder or above it."""
    if not _too_wide(prefix):
        yield prefix
        return
    yield from prefix.glob("lib/python3.*")
    yield from prefix.glob("lib64/python3.*")
    yield from prefix.glob("lib/libpython3*")
    yield from prefix.glob("bin/python3*")
    if prefix == Path(sys.base_prefix):
        yield Path(sysconfig.get_path("stdlib"))
