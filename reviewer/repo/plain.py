"""Reads small files of a repository that somebody else wrote: plain ones alone, never waiting, never past a limit."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.text import show

_SHARD: Final = re.compile(r"[0-9a-f]{2}")


def read_plain(path: Path, limit: int) -> bytes | None:
    """At most `limit` bytes of a plain file; None where there is nothing. Raises UsageError for anything else."""
    try:
        # Without O_NONBLOCK a pipe would keep us waiting; a link could lead to anything.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if path.is_symlink():
            raise UsageError(f"{show(str(path))} is a symbolic link", "replace it by the file itself") from None
        raise UsageError(f"{show(str(path))} cannot be read: {error.strerror}", "see that you may read it") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{show(str(path))} is not a plain file", "look at what made it so, or clone again")
        return file.read(limit)


def first_line(path: Path) -> str:
    """The first line of a plain file, short; empty where there is none."""
    data = read_plain(path, 4096) or b""
    return data.decode("utf-8", "surrogateescape").split("\n")[0]


def only_plain(folder: Path, most: int) -> None:
    """Refuse what git would wait for in a folder of refs: all but folders, plain files and links to other refs."""
    folders, seen = [folder], 0
    while folders:
        place = folders.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    seen += 1
                    if seen > most:
                        raise UsageError(f"there are too many files below {show(str(folder))}", "clean up there")
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    elif entry.is_symlink():
                        if not str(Path(entry.path).readlink()).startswith("refs/"):
                            raise UsageError(f"{show(entry.path)} is a symbolic link", "remove it, or name a ref in it")
                    elif not entry.is_file(follow_symlinks=False):
                        raise UsageError(f"{show(entry.path)} is not a plain file", "remove it, or clone again")
        except OSError:
            continue


def only_plain_objects(objects: Path) -> None:
    """Refuse what git would wait for, or be led away by, in place of an object of its own file."""
    try:
        with os.scandir(objects) as entries:
            folders = [entry.path for entry in entries if _SHARD.fullmatch(entry.name) and entry.is_dir()]
        for folder in folders:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.is_file(follow_symlinks=False):
                        raise UsageError(f"{show(entry.path)} is not a plain file", "remove it, or clone again")
    except OSError as error:
        raise UsageError(f"cannot read {show(str(objects))}: {error.strerror}", "see that you may read it") from None
