"""Parses what git prints of a difference: `--raw -z`, `--numstat -z` and patches; bytes in, model values out.

What must stay true: lines are split on LF alone; garbage never raises, it is passed over; a hunk's extent is taken
from the counts in its header, so that a content line that looks like a header stays content.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.model.diff import FileChange, FileDiff, FileStatus, Hunk
from reviewer.text import EMPTY, Untrusted

_STATUS: Final = {
    b"A": FileStatus.ADDED,
    b"M": FileStatus.MODIFIED,
    b"D": FileStatus.DELETED,
    b"R": FileStatus.RENAMED,
    b"C": FileStatus.COPIED,
    b"T": FileStatus.TYPE_CHANGED,
}
ZERO: Final = "0" * 40
_HUNK: Final = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?([^\n]*)\Z")
_ESCAPES: Final = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"\\": b"\\",
    b'"': b'"',
}


def parse_raw(data: bytes) -> list[FileChange]:
    """The rows of `git diff-tree --raw -z --full-index`, in git's order."""
    parts = data.split(b"\0")
    found: list[FileChange] = []
    at = 0
    while at + 1 < len(parts):
        meta = parts[at].split(b" ")
        if len(meta) != 5 or not meta[0].startswith(b":"):
            at += 1
            continue
        status = _STATUS.get(meta[4][:1], FileStatus.MODIFIED)
        pair = status in (FileStatus.RENAMED, FileStatus.COPIED)
        old = parts[at + 1]
        new = parts[at + 2] if pair and at + 2 < len(parts) else old
        at += 3 if pair else 2
        score = meta[4][1:]
        found.append(
            FileChange(
                status,
                Untrusted.from_bytes(old),
                Untrusted.from_bytes(new),
                _octal(meta[0][1:]),
                _octal(meta[1]),
                meta[2].decode("ascii", "replace"),
                meta[3].decode("ascii", "replace"),
                int(score) if pair and score.isdigit() else None,
            )
        )
    return found


def parse_numstat(data: bytes) -> dict[Untrusted, tuple[int, int] | None]:
    """Lines added and removed by new path, of `git diff-tree --numstat -z`; None for a binary file."""
    parts = data.split(b"\0")
    found: dict[Untrusted, tuple[int, int] | None] = {}
    at = 0
    while at < len(parts):
        fields = parts[at].split(b"\t", 2)
        at += 1
        if len(fields) != 3:
            continue
        path = fields[2]
        if not path and at + 1 < len(parts):
            path = parts[at + 1]
            at += 2
        binary = not (fields[0].isdigit() and fields[1].isdigit())
        found[Untrusted.from_bytes(path)] = None if binary else (int(fields[0]), int(fields[1]))
    return found


def parse_patch(data: bytes) -> list[FileDiff]:
    """Every file of a patch: git's own format, or plain unified diffs."""
    starts = _file_starts(data)
    ends = [*starts[1:], len(data)] if starts else []
    return [_file(data[start:end]) for start, end in zip(starts, ends, strict=True)]


def _octal(data: bytes) -> int:
    try:
        return int(data, 8)
    except ValueError:
        return 0


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _file_starts(data: bytes) -> list[int]:
    """Offsets at which a file's part of the patch begins. Hunk bodies are skipped by their counts."""
    starts: list[int] = []
    git = data.startswith(b"diff --git ") or b"\ndiff --git " in data
    at = 0
    while at < len(data):
        end = _line_end(data, at)
        if data.startswith(b"@@ -", at):
            at = _body_end(data, at)
            continue
        if data.startswith(b"diff --git ", at) or (
            not git and data.startswith(b"--- ", at) and data.startswith(b"+++ ", end + 1)
        ):
            starts.append(at)
        at = end + 1
    return starts


def _body_end(data: bytes, at: int) -> int:
    """Where the content of the hunk whose header stands at `at` ends."""
    end = _line_end(data, at)
    match = _HUNK.match(data[at:end].rstrip(b"\r"))
    at = end + 1
    if not match:
        return at
    old = int(match[2]) if match[2] is not None else 1
    new = int(match[4]) if match[4] is not None else 1
    while at < len(data):
        kind = data[at : at + 1]
        if kind == b"\\":
            at = _line_end(data, at) + 1
            continue
        if (old <= 0 and new <= 0) or kind not in (b" ", b"+", b"-", b"\n"):
            break
        old -= kind != b"+"
        new -= kind != b"-"
        if old < 0 or new < 0:
            break
        at = _line_end(data, at) + 1
    return min(at, len(data))


def _file(part: bytes) -> FileDiff:
    header_end = len(part) if part.startswith(b"@@") else part.find(b"\n@@ -")
    header_end = len(part) if header_end < 0 else header_end + 1
    header = part[:header_end]
    change, binary = _header(header)
    hunks: list[Hunk] = []
    at = header_end
    while at < len(part):
        end = _line_end(part, at)
        match = _HUNK.match(part[at:end].rstrip(b"\r"))
        if not match:
            at = end + 1
            continue
        stop = _body_end(part, at)
        hunks.append(
            Hunk(
                int(match[1]),
                int(match[2]) if match[2] is not None else 1,
                int(match[3]),
                int(match[4]) if match[4] is not None else 1,
                Untrusted.from_bytes(match[5]),
                min(end + 1, len(part)),
                stop,
            )
        )
        at = max(stop, end + 1)
    return FileDiff(change, part, tuple(hunks), binary)


def _header(header: bytes) -> tuple[FileChange, bool]:
    old = new = None
    old_mode = new_mode = 0
    old_oid = new_oid = ZERO
    status = FileStatus.MODIFIED
    similarity: int | None = None
    binary = False
    for line in header.split(b"\n"):
        word, _, rest = line.partition(b" ")
        if word == b"diff" and rest.startswith(b"--git "):
            old, new = _pair(rest[6:])
        elif line.startswith(b"--- "):
            old = _path(line[4:], b"a/") if line[4:].rstrip() != b"/dev/null" else None
            status = FileStatus.ADDED if old is None else status
        elif line.startswith(b"+++ "):
            name = _path(line[4:], b"b/")
            if line[4:].rstrip() == b"/dev/null":
                status = FileStatus.DELETED
            else:
                new = name
        elif line.startswith(b"new file mode "):
            status, new_mode = FileStatus.ADDED, _octal(line[14:])
        elif line.startswith(b"deleted file mode "):
            status, old_mode = FileStatus.DELETED, _octal(line[18:])
        elif line.startswith(b"old mode "):
            old_mode = _octal(line[9:])
        elif line.startswith(b"new mode "):
            new_mode = _octal(line[9:])
        elif line.startswith(b"rename from ") or line.startswith(b"copy from "):
            status = FileStatus.RENAMED if word == b"rename" else FileStatus.COPIED
            old = _path(line.split(b" from ", 1)[1], b"")
        elif line.startswith(b"rename to ") or line.startswith(b"copy to "):
            new = _path(line.split(b" to ", 1)[1], b"")
        elif word == b"similarity" and rest[6:].rstrip(b"%").isdigit():
            similarity = int(rest[6:].rstrip(b"%"))
        elif word == b"index" and b".." in rest:
            ids, _, mode = rest.partition(b" ")
            one, _, other = ids.partition(b"..")
            old_oid, new_oid = one.decode("ascii", "replace"), other.decode("ascii", "replace")
            if mode:
                old_mode = new_mode = _octal(mode)
        elif line.startswith((b"Binary files ", b"GIT binary patch")):
            binary = True
    old_path = Untrusted.from_bytes(old) if old is not None else EMPTY
    new_path = Untrusted.from_bytes(new) if new is not None else old_path
    if not old_path:
        old_path = new_path
    change = FileChange(status, old_path, new_path, old_mode, new_mode, old_oid, new_oid, similarity)
    return change, binary


def _path(data: bytes, prefix: bytes) -> bytes:
    data = data.rstrip(b"\r")
    if data.startswith(b'"'):
        data = _unquoted(data)[0]
    else:
        data = data.split(b"\t", 1)[0]
    return data[len(prefix) :] if prefix and data.startswith(prefix) else data


def _unquoted(data: bytes) -> tuple[bytes, bytes]:
    """A name in git's C quotes at the start of `data`, and what follows it."""
    out = bytearray()
    at = 1
    while at < len(data):
        char = data[at : at + 1]
        if char == b'"':
            return bytes(out), data[at + 1 :]
        if char == b"\\":
            octal = re.compile(rb"[0-3][0-7]{2}").match(data, at + 1)
            if octal:
                out.append(int(octal[0], 8))
                at += 4
                continue
            out += _ESCAPES.get(data[at + 1 : at + 2], data[at + 1 : at + 2])
            at += 2
            continue
        out += char
        at += 1
    return bytes(out), b""


def _pair(rest: bytes) -> tuple[bytes | None, bytes | None]:
    """The two names of a `diff --git` line, which leaves spaces unquoted: where both are equal they are known."""
    rest = rest.rstrip(b"\r")
    if rest.startswith(b'"'):
        one, after = _unquoted(rest)
        other = after.lstrip(b" ")
        other = _unquoted(other)[0] if other.startswith(b'"') else other
        return one.removeprefix(b"a/"), other.removeprefix(b"b/")
    half = len(rest) // 2
    one, other = rest[:half], rest[half + 1 :]
    if one.removeprefix(b"a/") == other.removeprefix(b"b/"):
        return one.removeprefix(b"a/"), other.removeprefix(b"b/")
    one, _, other = rest.partition(b" b/")
    return one.removeprefix(b"a/"), (_path(other, b"") if other else None)
