"""Opens a database of the desk: private to its owner, of a schema that this version knows, made whole or not at all.

What must stay true: a file that is not there is made beside its place and linked into it, so that an empty or cut file
is always damage, never a beginning; nothing that somebody else owns or can read is opened.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from reviewer.model.errors import ReviewerError
from reviewer.text import show

BUSY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """What a database is made of: its tables, their version, the pragmas of each connection.

    `checked`: every page is looked at when it is opened, not only those that are asked for.
    """

    schema: str
    version: int
    pragmas: Sequence[str]
    checked: bool = False


class Damaged(Exception):
    """The file is no database, or its pages contradict each other."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is broken, rather than busy, full or not writable."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def refuse_open_to_others(path: Path) -> None:
    """Raise ReviewerError where the file or folder is a link, somebody else's, or open to others."""
    state = path.lstat()
    shown = show(str(path))
    if stat.S_ISLNK(state.st_mode):
        raise ReviewerError(f"{shown} is a symbolic link", "put the file itself in its place", 2)
    if state.st_uid != os.getuid():
        raise ReviewerError(f"{shown} belongs to another user", "set REVIEWER_HOME to a folder of your own", 2)
    if state.st_mode & 0o077:
        mode = "700" if stat.S_ISDIR(state.st_mode) else "600"
        raise ReviewerError(f"others can open {shown}", f"close it with: chmod {mode} {shown}", 2)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection to a file that is there; it never makes one."""
    mode = "ro" if read_only else "rw"
    where = f"file:{quote(os.fsencode(path))}?mode={mode}"
    return sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)


def open_private(path: Path, layout: Layout) -> sqlite3.Connection:
    """A checked connection. Raises Damaged for a broken file, ReviewerError for one that must not be touched."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_open_to_others(path.parent)
    if not path.is_symlink() and not path.exists():
        _make(path, layout)
    refuse_open_to_others(path)
    if path.stat().st_size == 0:
        raise Damaged("the file is empty")
    db = connect(path)
    try:
        for pragma in layout.pragmas:
            db.execute(f"pragma {pragma}")
        version = int(db.execute("pragma user_version").fetchone()[0])
        if version > layout.version:
            raise ReviewerError(
                f"{show(str(path))} was written by a newer version of reviewer",
                "update reviewer, or set REVIEWER_HOME to another folder",
            )
        if version < layout.version:
            _lay(db, layout)
        if layout.checked and (said := str(db.execute("pragma quick_check(1)").fetchone()[0])) != "ok":
            raise Damaged(said)
    except sqlite3.DatabaseError as error:
        db.close()
        if is_damage(error):
            raise Damaged(str(error)) from None
        raise
    except UnicodeDecodeError:
        # What sqlite says of a broken table holds a piece of it, as it is.
        db.close()
        raise Damaged("a table is not what it was") from None
    except BaseException:
        db.close()
        raise
    return db


def _make(path: Path, layout: Layout) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        db = sqlite3.connect(draft, isolation_level=None)
        try:
            _lay(db, layout)
        finally:
            db.close()
        # A link refuses to replace: of two desks that begin at once both end up with the same file.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lay(db: sqlite3.Connection, layout: Layout) -> None:
    db.executescript(f"begin immediate; {layout.schema}; pragma user_version = {layout.version}; commit;")
