"""Says of a file that is no text what is known about it: kind, measures, sizes; shows UTF-16 as text where it says so.

What must stay true: nothing is decoded but a few bytes of headers; what is not understood is called unknown, by size.
"""

from __future__ import annotations

import difflib
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reviewer.diff.parse import parse_patch
from reviewer.model.diff import MODE_SUBMODULE, FileChange, FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.text import Untrusted, show

_BEGINNING: Final = 8000
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"RIFF", "RIFF media"),
    (b"BM", "bitmap image"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\x00", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "zstd archive"),
    (b"\x7fELF", "ELF program or library: it can run"),
    (b"MZ", "Windows program or library: it can run"),
    (b"\xcf\xfa\xed\xfe", "macOS program or library: it can run"),
    (b"\xca\xfe\xba\xbe", "Java class or macOS program: it can run"),
    (b"\x00asm", "WebAssembly module: it can run"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"OTTO", "font"),
    (b"\x00\x01\x00\x00", "font"),
    (b"wOF2", "font"),
    (b"\x80\x04\x95", "Python pickle: loading it runs code"),
)
_LFS: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?"
    rb"oid sha256:([0-9a-f]{64})\n(?:[^\n]*\n)*?size (\d{1,15})"
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF16_BYTES: Final = 256 * 1024
_UTF16_LINES: Final = 4000


def told(diff: FileDiff, blob: Callable[[str], bytes]) -> tuple[FileDiff, str]:
    """The difference to show, and words that stand above it; `binary` where its lines would be noise."""
    change = diff.change
    if MODE_SUBMODULE in (change.old_mode, change.new_mode):
        return diff, f"submodule: commit {_short(change.old_oid)} → {_short(change.new_oid)}; its files are not here"
    if not diff.hunks and not diff.binary:
        return diff, ""
    first = diff.hunks[0] if diff.hunks else None
    body = diff.patch[first.start : min(first.end, first.start + _BEGINNING)] if first is not None else b""
    if (pointer := _LFS.search(re.sub(rb"(?m)^[ +-]", b"", body))) is not None:
        size = _size(int(pointer[2]))
        return diff, f"Git LFS pointer: the content itself ({size}, sha256 {pointer[1][:12].decode()}) is not here"
    if not diff.binary and b"\0" not in body:
        return diff, ""
    old, new = (blob(oid) if oid.strip("0") else b"" for oid in (change.old_oid, change.new_oid))
    if (old or new).startswith(_UTF16) and max(len(old), len(new)) <= _UTF16_BYTES:
        shown = _as_text(diff, old, new)
        if shown is not None:
            return shown, "UTF-16, as its mark says: shown as text"
    return replace(diff, binary=True), _binary(diff, old, new)


def read_and_told(
    read: Callable[[FileChange], FileDiff], change: FileChange, blob: Callable[[str], bytes]
) -> tuple[FileDiff, str]:
    """A file's difference and the words above it; of one that cannot be read, why not and what to do."""
    try:
        diff, said = told(read(change), blob)
        if diff.above:
            said = f"commit {show(diff.above, limit=200)}{'; ' if said else ''}{said}"
        return diff, said
    except ReviewerError as error:
        advice = f"; {error.hint}" if error.hint else ""
        return FileDiff(change, b"", ()), f"not shown, and not seen: {error.message}{advice}"


def _binary(diff: FileDiff, old: bytes, new: bytes) -> str:
    kinds = [word for word in dict.fromkeys(_kind(data) for data in (old, new) if data) if word]
    sizes = [_size(len(data)) if data else "" for data in (old, new)]
    parts = [" → ".join(kinds) or "binary, of no kind that is known here"]
    measures = [_measures(data) for data in (old, new)]
    if any(measures):
        parts.append(" → ".join(dict.fromkeys(filter(None, measures))))
    parts.append(" → ".join(filter(None, sizes)) or "too large to be read, or not here")
    ids = " → ".join(_short(oid) for oid in (diff.change.old_oid, diff.change.new_oid) if oid.strip("0"))
    return f"{', '.join(parts)}  ({ids})" if ids else ", ".join(parts)


def _kind(data: bytes) -> str:
    if data[8:12] == b"WEBP":
        return "WebP image"
    return next((word for magic, word in _MAGIC if data.startswith(magic)), "")


def _measures(data: bytes) -> str:
    """Width and height of an image whose header says so."""
    try:
        if data.startswith(b"\x89PNG") and data[12:16] == b"IHDR":
            return "{}x{}".format(*struct.unpack(">II", data[16:24]))
        if data.startswith(b"GIF8"):
            return "{}x{}".format(*struct.unpack("<HH", data[6:10]))
        if data.startswith(b"\xff\xd8"):
            at = 2
            while at + 9 < min(len(data), 1 << 16) and data[at] == 0xFF:
                if data[at + 1] in (0xC0, 0xC1, 0xC2):
                    high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
                    return f"{wide}x{high}"
                at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    except struct.error:
        pass
    return ""


def _as_text(diff: FileDiff, old: bytes, new: bytes) -> FileDiff | None:
    """The difference of two UTF-16 texts, made here: git knows lines of single bytes alone."""
    try:
        one, other = (data.decode("utf-16").split("\n") if data else [] for data in (old, new))
    except UnicodeDecodeError:
        return None
    if max(len(one), len(other)) > _UTF16_LINES:
        return None
    made = "".join(line + "\n" for line in difflib.unified_diff(one, other, "a/x", "b/x", lineterm=""))
    found = parse_patch(made.encode("utf-8", "surrogatepass"))
    return replace(found[0], change=diff.change) if found else None


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _short(oid: str) -> str:
    return show(Untrusted(oid), limit=12)[:10] if oid.strip("0") else "none"
