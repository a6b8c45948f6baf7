"""Packs that lie: differences that unfold to more than there is memory, or to each other; their index says anything."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from hostile.traps import becomes, tree


def _number(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _entry(kind: int, size: int) -> bytes:
    out, size = bytes([kind << 4 | size & 15 | (128 if size > 15 else 0)]), size >> 4
    while size:
        out, size = out + bytes([size & 127 | (128 if size > 127 else 0)]), size >> 7
    return out


def _copies(source: int, times: int) -> bytes:
    """A difference that repeats its source, at most 64 KiB of it, some times over."""
    size = min(source, 0xFFFF)
    return _number(source) + _number(size * times) + (b"\xb0" + size.to_bytes(2, "little")) * times


def _pack(work: Path, entries: list[tuple[str, bytes]]) -> None:
    """A pack of entries as they are, and an index that says which names they have; both may lie."""
    data, places = b"PACK" + struct.pack(">II", 2, len(entries)), []
    for _, entry in entries:
        places.append(len(data))
        data += entry
    data += hashlib.sha1(data).digest()
    rows = sorted((bytes.fromhex(oid), zlib.crc32(entry), at) for (oid, entry), at in zip(entries, places, strict=True))
    index = b"\xfftOc" + struct.pack(">I", 2)
    index += b"".join(struct.pack(">I", sum(oid[0] <= n for oid, _, _ in rows)) for n in range(256))
    index += b"".join(oid for oid, _, _ in rows) + b"".join(struct.pack(">I", crc) for _, crc, _ in rows)
    index += b"".join(struct.pack(">I", at) for _, _, at in rows) + data[-20:]
    index += hashlib.sha1(index).digest()
    folder = work / ".git" / "objects" / "pack"
    (folder / f"pack-{'e' * 40}.pack").write_bytes(data)
    (folder / f"pack-{'e' * 40}.idx").write_bytes(index)


def _difference(base: str, data: bytes) -> bytes:
    return _entry(7, len(data)) + bytes.fromhex(base) + zlib.compress(data)


def bomb_of_differences(work: Path) -> None:
    """Some KiB that unfold to more than the memory that a child may have."""
    names = ["%040x" % (0xE0 + n) for n in range(3)]
    entries = [(names[0], _entry(3, 0xFFFF) + zlib.compress(b"a" * 0xFFFF))]
    entries.append((names[1], _difference(names[0], _copies(0xFFFF, 100))))
    entries.append((names[2], _difference(names[1], _copies(0xFFFF * 100, 40_000))))
    _pack(work, entries)
    becomes(work, tree(work, ("100644", b"a.py", names[2])))


def differences_in_a_circle(work: Path) -> None:
    """Two objects, each of which is the other with a change."""
    one, two = "e" * 39 + "1", "e" * 39 + "2"
    _pack(work, [(one, _difference(two, _copies(100, 1))), (two, _difference(one, _copies(100, 1)))])
    becomes(work, tree(work, ("100644", b"a.py", one)))
