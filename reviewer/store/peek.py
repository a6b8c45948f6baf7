"""Keeps one screenful of the inbox for the next start, and reads it back with nothing but `sqlite3` and `json`.

What must stay true: reading never writes, never waits and never raises; what is kept is what the screen showed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any
from urllib.parse import quote


def peek_name(root: str) -> str:
    """The name of the fact under which a repository's screenful is kept; `root` is empty for no repository."""
    # The name of a folder may hold bytes that are no text, and that no database takes.
    return f"peek {root}".encode("utf-8", "backslashreplace").decode()


def read_peek(home: str, root: str) -> dict[str, Any] | None:
    """The last screenful of the desk at `home` on the repository at `root`; None where there is none to be had."""
    path = os.path.join(home, "store", "cache.db")
    try:
        state = os.lstat(path)
        if state.st_uid != os.getuid() or state.st_mode & 0o077:
            return None
        db = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=0)
        try:
            found = db.execute("select value from facts where name = ?", (peek_name(root),)).fetchone()
        finally:
            db.close()
        value = json.loads(found[0]) if found else None
    except (OSError, sqlite3.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
