"""Reads out of a broken cache what nobody else has: drafts by SQLite, then page by page; the rest by SQLite alone.

What must stay true: the broken file is only read; a row counts as a draft only where its body is a valid comment that
carries the row's own id; of a page the newest image counts, so that what was deleted stays deleted.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reviewer.model.codec import from_json
from reviewer.model.comment import Comment
from reviewer.model.errors import ReviewerError
from reviewer.store.opening import connect

Row = tuple[str, str, bytes, float]
"""Draft id, change id, the comment as JSON, when it was saved."""

_LEAF: Final = 0x0D
_MAX_FILE: Final = 1 << 30
_MAX_BODY: Final = 8 << 20


def drafts_in(path: Path) -> list[Row]:
    """The drafts that a broken cache still holds, oldest first."""
    found = {row[0]: row for row in _by_pages(path)}
    found.update({row[0]: row for row in _by_query(path)})
    return sorted(found.values(), key=lambda row: (row[3], row[0]))


def looked_in(path: Path) -> list[tuple[object, ...]]:
    """What was looked at, as rows of the table `looked`."""
    kinds = (str, int, int, str, str, float)
    return _rows(path, "select change_id, revision, comments, run, state, at from looked", kinds)


def snoozed_in(path: Path) -> list[tuple[object, ...]]:
    """What sleeps, as rows of the table `snoozed`."""
    kinds = (str, float | None, int | None, int)
    return _rows(path, "select change_id, until, revision, run from snoozed", kinds)


def _rows(path: Path, question: str, kinds: tuple[Any, ...]) -> list[tuple[object, ...]]:
    """The rows that SQLite still reads and whose values are of these kinds."""
    found: list[tuple[object, ...]] = []
    try:
        db = connect(path, read_only=True)
    except (sqlite3.Error, UnicodeDecodeError):
        return found
    try:
        for row in db.execute(question):
            if all(isinstance(value, kind) for value, kind in zip(row, kinds, strict=True)):
                found.append(row)
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    finally:
        db.close()
    return found


def _sound(row: tuple[object, ...]) -> Row | None:
    if len(row) != 4:
        return None
    draft_id, change_id, body, saved_at = row
    if not (isinstance(draft_id, str) and isinstance(change_id, str) and isinstance(body, bytes)):
        return None
    try:
        same = from_json(Comment, body).comment_id == draft_id
    except ReviewerError:
        return None
    return (draft_id, change_id, body, float(saved_at) if isinstance(saved_at, int | float) else 0.0) if same else None


def _by_query(path: Path) -> Iterator[Row]:
    for order in ("asc", "desc"):
        try:
            db = connect(path, read_only=True)
        except (sqlite3.Error, UnicodeDecodeError):
            return
        try:
            for row in db.execute(f"select draft_id, change_id, body, saved_at from drafts order by rowid {order}"):
                if sound := _sound(row):
                    yield sound
            return
        except (sqlite3.Error, UnicodeDecodeError):
            continue  # from the other end up to the break
        finally:
            db.close()


def _by_pages(path: Path) -> Iterator[Row]:
    try:
        if path.stat().st_size > _MAX_FILE:
            return
        data = path.read_bytes()
        log = path.with_name(path.name + "-wal")
        logged = log.read_bytes() if log.is_file() and log.stat().st_size <= _MAX_FILE else b""
    except OSError:
        return
    size = _page_size(data)
    pages = {n: data[at : at + size] for n, at in enumerate(range(0, len(data), size), 1)}
    pages.update(_logged(logged, size))
    for page in pages.values():
        if len(page) == size and page[0] == _LEAF:
            for payload in _payloads(page, pages):
                row = _sound(_columns(payload))
                if row:
                    yield row


def _page_size(data: bytes) -> int:
    size = int.from_bytes(data[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536) and data[:6] == b"SQLite" else 4096


def _logged(log: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Page images of a write-ahead log that belong to its current round, oldest first."""
    if len(log) < 32 or int.from_bytes(log[8:12], "big") != size:
        return
    for at in range(32, len(log) - size - 23, size + 24):
        if log[at + 8 : at + 16] != log[16:24]:
            return
        yield int.from_bytes(log[at : at + 4], "big"), log[at + 24 : at + 24 + size]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(9):
        byte = data[at + step]
        if step == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    raise IndexError(at)


def _payloads(page: bytes, pages: dict[int, bytes]) -> Iterator[bytes]:
    """The records of one table leaf, each put together with its overflow pages."""
    size = len(page)
    for n in range(int.from_bytes(page[3:5], "big")):
        try:
            at = int.from_bytes(page[8 + 2 * n : 10 + 2 * n], "big")
            length, at = _varint(page, at)
            _rowid, at = _varint(page, at)
        except IndexError:
            continue
        if not 0 < length <= _MAX_BODY:
            continue
        local = length
        if length > size - 35:
            least = (size - 12) * 32 // 255 - 23
            local = least + (length - least) % (size - 4)
            local = local if local <= size - 35 else least
        payload = page[at : at + local]
        following = int.from_bytes(page[at + local : at + local + 4], "big") if local < length else 0
        while len(payload) < length and following in pages:
            over = pages[following]
            following = int.from_bytes(over[:4], "big")
            payload += over[4 : 4 + length - len(payload)]
            if len(over) < size:
                break
        if len(payload) == length:
            yield payload


def _columns(record: bytes) -> tuple[object, ...]:
    """The values of one record; nothing where it is none."""
    try:
        end, at = _varint(record, 0)
        kinds: list[int] = []
        while at < end and len(kinds) < 8:
            kind, at = _varint(record, at)
            kinds.append(kind)
        values: list[object] = []
        at = end
        for kind in kinds:
            length = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind] if kind < 10 else (kind - 12) // 2
            raw = record[at : at + length]
            at += length
            if kind == 7:
                values.append(struct.unpack(">d", raw)[0])
            elif kind < 12:
                values.append(int.from_bytes(raw, "big", signed=True) if kind < 7 else kind - 8)
            else:
                values.append(raw if kind % 2 == 0 else raw.decode())
        return tuple(values)
    except (IndexError, ValueError, struct.error):
        return ()
