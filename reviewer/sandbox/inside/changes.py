"""Tells what a run left in its tree, and takes plain files out of it, by descriptor and without following any link.

What must stay true: called when every process of the run is dead; names, depth and bytes are bounded, and what was cut
is said.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

LISTED, LISTED_BYTES = 10_000, 1 << 20
DEPTH = 200
EXPORT_BYTES = 64 << 20
COLLECTED = 500
"""Files that patterns may match, and folders that are looked into for each part of one."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class Differences:
    """Compares what the run left (`upper`) with the snapshot (`lower`), both open folders.

    `whole` says that `upper` holds the whole tree, and not only what was changed over `lower`.
    """

    def __init__(self, upper: int, lower: int, *, whole: bool) -> None:
        self.written: list[str] = []
        self.deleted: list[str] = []
        self.modes: list[str] = []
        self.state = "complete"
        self._whole = whole
        self._room = LISTED_BYTES
        self._entries = LISTED
        if whole:
            # Without an overlay we hold no right over files but their owner's: a folder may be closed to its owner.
            os.fchmod(upper, stat.S_IMODE(os.fstat(upper).st_mode) | 0o700)
        self._folder(upper, lower, "", 0)

    def report(self) -> dict[str, Any]:
        lists = {"written": self.written, "deleted": self.deleted, "mode_changed": self.modes}
        return {**{name: sorted(paths) for name, paths in lists.items()}, "differences": self.state}

    def _full(self, depth: int) -> bool:
        if self._entries <= 0 or self._room <= 0 or depth > DEPTH:
            self.state = "cut"
            return True
        return False

    def _list(self, kind: list[str], path: str) -> None:
        kind.append(path)
        self._entries -= 1
        self._room -= len(path)

    def _folder(self, upper: int, lower: int | None, prefix: str, depth: int) -> None:
        there = set(os.listdir(upper))
        before = set(os.listdir(lower)) if lower is not None else set()
        for name in there:
            if self._full(depth):
                return
            self._entry(upper, lower if name in before else None, name, prefix + name, depth)
        if self._whole or _hides_lower(upper):
            for name in before - there:
                if self._full(depth):
                    return
                self._list(self.deleted, prefix + name)

    def _entry(self, upper: int, lower: int | None, name: str, path: str, depth: int) -> None:
        now = os.stat(name, dir_fd=upper, follow_symlinks=False)
        was = os.stat(name, dir_fd=lower, follow_symlinks=False) if lower is not None else None
        if stat.S_ISCHR(now.st_mode) and now.st_rdev == 0 and not self._whole:
            self._list(self.deleted, path)
        elif stat.S_ISDIR(now.st_mode):
            self._below(upper, lower if was is not None and stat.S_ISDIR(was.st_mode) else None, name, path, depth)
        elif was is None or lower is None or not _same(upper, lower, name, now, was):
            self._list(self.written, path)
        if was is not None and stat.S_IFMT(now.st_mode) == stat.S_IFMT(was.st_mode) and now.st_mode != was.st_mode:
            self._list(self.modes, path)

    def _below(self, upper: int, lower: int | None, name: str, path: str, depth: int) -> None:
        inner = None
        try:
            if self._whole:
                mode = os.stat(name, dir_fd=upper, follow_symlinks=False).st_mode
                os.chmod(name, stat.S_IMODE(mode) | 0o700, dir_fd=upper)
            folder = os.open(name, _FOLDER, dir_fd=upper)
        except OSError:
            self.state = "cut"
            return
        try:
            inner = os.open(name, _FOLDER, dir_fd=lower) if lower is not None else None
            self._folder(folder, inner, path + "/", depth + 1)
        finally:
            os.close(folder)
            if inner is not None:
                os.close(inner)


def _hides_lower(folder: int) -> bool:
    """Whether a folder of an overlay was removed and made anew."""
    try:
        return os.getxattr(folder, "user.overlay.opaque") == b"y"
    except OSError:
        return False


def _same(upper: int, lower: int, name: str, now: os.stat_result, was: os.stat_result) -> bool:
    if stat.S_IFMT(now.st_mode) != stat.S_IFMT(was.st_mode):
        return False
    if stat.S_ISLNK(now.st_mode):
        return os.readlink(name, dir_fd=upper) == os.readlink(name, dir_fd=lower)
    if not stat.S_ISREG(now.st_mode) or now.st_size != was.st_size:
        return False
    try:
        with _opened(upper, name) as left, _opened(lower, name) as right:
            while part := left.read(1 << 20):
                if part != right.read(1 << 20):
                    return False
    except OSError:
        return False
    return True


def _opened(folder: int, name: str) -> BinaryIO:
    return open(os.open(name, _FILE, dir_fd=folder), "rb")


def copy(source: int, target: int) -> None:
    """Bring folders, plain files and links of one folder into another."""
    for name in os.listdir(source):
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
        elif stat.S_ISDIR(found.st_mode):
            os.mkdir(name, 0o700, dir_fd=target)
            folders = os.open(name, _FOLDER, dir_fd=source), os.open(name, _FOLDER, dir_fd=target)
            copy(*folders)
            os.fchmod(folders[1], stat.S_IMODE(found.st_mode) | 0o700)
            for folder in folders:
                os.close(folder)
        elif stat.S_ISREG(found.st_mode):
            new = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=target)
            with _opened(source, name) as old, open(new, "wb") as out:
                while part := old.read(1 << 20):
                    out.write(part)
                os.fchmod(new, stat.S_IMODE(found.st_mode))


def size(folder: int) -> int:
    """Bytes that a copy of a folder needs, in whole pages."""
    total = 0
    for name in os.listdir(folder):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        total += (found.st_size + 8191) & ~4095
        if stat.S_ISDIR(found.st_mode):
            inner = os.open(name, _FOLDER, dir_fd=folder)
            total += size(inner)
            os.close(inner)
    return total


def export(tree: int, path: str, budget: int) -> bytes | str:
    """A plain file's bytes; or why not."""
    folder = os.dup(tree)
    try:
        *parents, name = path.split("/")
        for part in parents:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        if name in ("", "..", "."):
            return "not a plain file"
        with _opened(folder, name) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                return "not a plain file"
            found = opened.read(budget + 1)
            return found if len(found) <= budget else f"larger than {budget} bytes"
    except (OSError, ValueError) as error:
        return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    finally:
        os.close(folder)


def matching(tree: int, pattern: str) -> list[str]:
    """The paths of entries that a pattern matches, part by part; `*` stands for no slash, and no link is followed."""
    # Imported here: most runs collect nothing, and start sooner.
    from fnmatch import fnmatchcase

    found = [""]
    *folders, last = pattern.split("/")
    for part in (*folders, last):
        below: list[str] = []
        for folder in found[:COLLECTED]:
            try:
                names = _names(tree, folder) if "*" in part or "?" in part else [part]
            except OSError:
                continue
            below += [f"{folder}/{name}".lstrip("/") for name in sorted(names) if fnmatchcase(name, part)]
        found = below
    return found[:COLLECTED]


def _names(tree: int, path: str) -> list[str]:
    folder = os.dup(tree)
    try:
        for part in path.split("/") if path else ():
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.listdir(folder)
    finally:
        os.close(folder)
