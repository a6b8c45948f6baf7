"""Moves one ref of a repository that is not ours, as git's own files are kept, and without git: no hook can fire.

What must stay true: the ref moves only from the value that was looked at, under the lock that git itself takes; nothing
is written through a link; its log is gone on with where there is one.
"""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from typing import Final

from reviewer.model.errors import ReviewerError, StaleError
from reviewer.repo.locate import Repository
from reviewer.repo.look import refs
from reviewer.text import show

_NAME: Final = re.compile(r"refs(/[^/]+){2,}")
_OID: Final = re.compile(r"[0-9a-f]{40}")
_NONE: Final = "0" * 40
_HERE: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def move_ref(repository: Repository, ref: str, new: str, old: str | None) -> None:
    """Point a ref at `new`. Raises StaleError where it does not stand at `old`; None: wherever it stands.

    Raises ReviewerError where somebody else holds its lock, or what is there is no plain file.
    """
    parts = ref.split("/")
    if not _NAME.fullmatch(ref) or {"", ".", ".."} & set(parts) or not _OID.fullmatch(new):
        raise ReviewerError(f"{show(ref, limit=100)} is no name of a ref")
    try:
        folder = _folder(repository, parts[:-1])
    except OSError as error:
        raise _refused(ref, error) from None
    lock = f"{parts[-1]}.lock"
    try:
        descriptor = os.open(lock, _NEW, 0o600, dir_fd=folder)
    except FileExistsError:
        os.close(folder)
        raise ReviewerError(f"{show(ref)} is locked", f"if no git runs there, remove {show(ref)}.lock") from None
    except OSError as error:
        os.close(folder)
        raise _refused(ref, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            now = _value(repository, ref, folder, parts[-1])
            if old is not None and now != old:
                raise StaleError("the target moved while the change was landing")
            # Others of the repository's group may need to read it: as open as the folder, never more.
            os.fchmod(descriptor, os.fstat(folder).st_mode & 0o666)
            file.write(f"{new}\n".encode())
            file.flush()
            os.fsync(descriptor)
        os.rename(lock, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except OSError as error:
        raise _refused(ref, error) from None
    finally:
        with suppress(OSError):
            os.unlink(lock, dir_fd=folder)
        os.close(folder)
    _log(repository, parts, now or _NONE, new)


def _refused(ref: str, error: OSError) -> ReviewerError:
    return ReviewerError(f"cannot move {show(ref)}: {error.strerror}", "see that you may write there, then try again")


def _folder(repository: Repository, parts: list[str], *, make: bool = True) -> int:
    """The folder of a ref, opened step by step, so that no link leads elsewhere."""
    folder = os.open(repository.common_dir, _HERE)
    for part in parts:
        try:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, os.fstat(folder).st_mode & 0o777, dir_fd=folder)
            below = os.open(part, _HERE, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _value(repository: Repository, ref: str, folder: int, name: str) -> str | None:
    """Where the ref stands, None where there is none. Raises ReviewerError for one that only points to another."""
    try:
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        state = None
    found = next((known.oid for known in refs(repository, ref.rpartition("/")[0]) if known.name == ref), None)
    if state is not None and (not stat.S_ISREG(state.st_mode) or found is None):
        raise ReviewerError(f"{show(ref)} is not a plain branch", "name another target, or make it one")
    return found


def _log(repository: Repository, parts: list[str], old: str, new: str) -> None:
    """Go on with the ref's log, where there is one; that it cannot be written stops nothing."""
    zone = time.strftime("%z")
    line = f"{old} {new} reviewer <reviewer@localhost> {int(time.time())} {zone}\tlanded by reviewer\n"
    with suppress(OSError):
        folder = _folder(repository, ["logs", *parts[:-1]], make=False)
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(parts[-1], flags, dir_fd=folder)
        finally:
            os.close(folder)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
