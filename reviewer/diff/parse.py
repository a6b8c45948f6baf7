"""Parses what git prints of a difference: `--raw -z`, `--numstat -z` and patches; bytes in, model values out.

What must stay true: lines are split on LF alone; garbage never raises, it is passed over; a hunk's extent is taken
from the counts in its header, so that a content line that looks like a header stays content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from reviewer.diff.lines import first_bytes, line_chunk_end
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
_TYPE: Final = 0o170000
_MODE: Final = re.compile(rb"[0-7]{1,7}\Z")
_COUNT: Final = re.compile(rb"[0-9]{1,15}\Z")
_HEADER_LINES: Final = 32
_HUNK: Final = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?([^\n]*)\Z")
_COMMIT: Final = re.compile(rb"^(?:commit|From) ([0-9a-f]{7,40})\b", re.MULTILINE)
_SUBJECT: Final = re.compile(rb"^(?:    |Subject: (?:\[PATCH[^\]\n]{0,40}\] )?)(\S[^\n]{0,400})", re.MULTILINE)
_ABOVE: Final = 1 << 16
_COMBINED: Final = (b"diff --cc ", b"diff --combined ")
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
                _number(score) if pair else None,
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
        added, removed = _number(fields[0]), _number(fields[1])
        binary = added is None or removed is None
        found[Untrusted.from_bytes(path)] = None if binary else (added or 0, removed or 0)
    return found


def parse_patch(data: bytes) -> list[FileDiff]:
    """Every file of a patch: git's own format, or plain unified diffs.

    A file that became another type, which git prints as one removed and one made, is one file here as in `--raw`.
    """
    sections = _sections(data)
    files: list[FileDiff] = []
    begins, above = 0, EMPTY
    for n, section in enumerate(sections):
        end = sections[n + 1].start if n + 1 < len(sections) else len(data)
        header = data[section.start : min(section.header_end, end)]
        change, binary = _header(header)
        combined = header.startswith(_COMBINED)
        hunks: list[Hunk] = section.hunks
        retyped = _retyped(files[-1].change, change) if files else None
        if retyped is None:
            begins = section.start
            above = _above(data, sections[n - 1] if n else None, begins)
        else:
            change, binary = retyped, binary or files[-1].binary
            hunks = [*sections[n - 1].hunks, *hunks]
            above = files.pop().above
        if begins:
            hunks = [replace(hunk, start=hunk.start - begins, end=hunk.end - begins) for hunk in hunks]
        files.append(FileDiff(change, data[begins:end], tuple(hunks), binary, combined, above))
    return files


def _above(data: bytes, before: _Section | None, start: int) -> Untrusted:
    """The last commit that is named between two files, and its subject; empty where there is none."""
    begin = 0
    if before is not None:
        begin = before.hunks[-1].end if before.hunks else before.start
    gap = data[max(begin, start - _ABOVE) : start]
    commits = list(_COMMIT.finditer(gap))
    if not commits:
        return EMPTY
    subject = _SUBJECT.search(gap, commits[-1].end())
    return Untrusted.from_bytes(commits[-1][1][:10] + (b" " + subject[1] if subject else b""))


def _octal(data: bytes) -> int:
    return int(data, 8) if _MODE.match(data) else 0


def _number(data: bytes) -> int | None:
    return int(data) if _COUNT.match(data) else None


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _line_with(data: bytes, word: bytes, at: int) -> int:
    """The first line from the line at `at` on that begins with `word`; the end where there is none."""
    if data.startswith(word, at):
        return at
    found = data.find(b"\n" + word, at)
    return len(data) if found < 0 else found + 1


@dataclass(slots=True)
class _Section:
    """One file's part of a patch: where it and its header begin and end, and its hunks placed in the whole patch."""

    start: int
    header_end: int
    hunks: list[Hunk]


def _sections(data: bytes) -> list[_Section]:
    """The files of a patch in one pass; hunk bodies are skipped by their counts."""
    begins = [word for word in (b"diff --git ", *_COMBINED) if data.startswith(word) or b"\n" + word in data]
    git = bool(begins)
    nexts = [-1] * len(begins)
    found: list[_Section] = []
    at, next_hunk, next_file = 0, -1, -1 if git else len(data)
    while at < len(data):
        if next_hunk < at:
            next_hunk = _line_with(data, b"@@ -", at)
        if next_file < at:
            each = zip(begins, nexts, strict=True)
            nexts = [found if found >= at else _line_with(data, word, at) for word, found in each]
            next_file = min(nexts)
        if git:
            at = min(next_hunk, next_file)  # nothing else begins anything
        end = _line_end(data, at)
        if at == next_hunk < len(data):
            next_hunk = _line_with(data, b"@@ -", min(end + 1, len(data)))
            hunk = _hunk(data, at, end, min(next_hunk, next_file))
            if found:
                found[-1].header_end = min(found[-1].header_end, at)
                found[-1].hunks += [hunk] if hunk else []
            at = hunk.end if hunk else end
            at += at == end
            continue
        if at == next_file < len(data) or (
            not git and data.startswith(b"--- ", at) and data.startswith(b"+++ ", end + 1)
        ):
            found.append(_Section(at, len(data), []))
        at = end + 1
    return found


def _hunk(data: bytes, at: int, end: int, bound: int) -> Hunk | None:
    """The hunk whose header stands from `at` to `end`; its content ends at `bound` at the latest."""
    match = _HUNK.match(data[at:end].rstrip(b"\r"))
    if not match:
        return None
    old = int(match[2]) if match[2] is not None else 1
    new = int(match[4]) if match[4] is not None else 1
    start = min(end + 1, len(data))
    stop = _body_end(data, start, bound, old, new)
    return Hunk(int(match[1]), old, int(match[3]), new, Untrusted.from_bytes(match[5]), start, stop)


def _body_end(data: bytes, at: int, bound: int, old: int, new: int) -> int:
    """Where the content of a hunk of `old` and `new` lines ends that begins at `at`."""
    while at < bound:  # many lines at a time, as long as all of them fit
        cut = line_chunk_end(data, at, bound)
        kinds = first_bytes(data[at : cut - 1 if data[cut - 1] == 0x0A else cut])
        removed, added, bare = kinds.count(b"-"), kinds.count(b"+"), kinds.count(b"\\")
        shared = len(kinds) - removed - added - bare
        if removed + shared > old or added + shared > new or kinds.translate(None, b" +-\\\n"):
            break
        old, new, at = old - removed - shared, new - added - shared, cut
    while at < bound:  # then line by line to the one that does not
        kind = data[at : at + 1]
        if kind != b"\\":
            if kind not in (b" ", b"+", b"-", b"\n"):
                break
            old -= kind != b"+"
            new -= kind != b"-"
            if old < 0 or new < 0:
                break
        at = _line_end(data, at) + 1
    return min(at, len(data))


def _retyped(one: FileChange, other: FileChange) -> FileChange | None:
    """The change of a file's type that a removed and a made file of one name are together."""
    modes = one.old_mode, other.new_mode
    if (
        (one.status, other.status) == (FileStatus.DELETED, FileStatus.ADDED)
        and one.old_path == other.new_path
        and all(modes)
        and (modes[0] ^ modes[1]) & _TYPE
    ):
        return FileChange(
            FileStatus.TYPE_CHANGED, one.old_path, other.new_path, *modes, one.old_oid, other.new_oid
        )
    return None


def _header(header: bytes) -> tuple[FileChange, bool]:
    """What the lines above the first hunk say. The first line that is none of theirs ends them."""
    old = new = None
    old_mode = new_mode = 0
    old_oid = new_oid = ZERO
    status = FileStatus.MODIFIED
    similarity: int | None = None
    for line in header.split(b"\n", _HEADER_LINES)[:_HEADER_LINES]:
        line = line.rstrip(b"\r")
        if line.startswith(b"diff --git "):
            old, new = _pair(line[11:])
        elif line.startswith(_COMBINED):
            old = new = _path(line.split(b" ", 2)[2], b"")
        elif line.startswith(b"--- "):
            if header.startswith(_COMBINED):
                break
            old = _path(line[4:], b"a/") if line[4:].rstrip() != b"/dev/null" else None
            status = FileStatus.ADDED if old is None else status
        elif line.startswith(b"+++ "):
            if line[4:].rstrip() == b"/dev/null":
                status = FileStatus.DELETED
            else:
                new = _path(line[4:], b"b/")
        elif line.startswith(b"new file mode "):
            status, new_mode = FileStatus.ADDED, _octal(line[14:])
        elif line.startswith(b"deleted file mode "):
            status, old_mode = FileStatus.DELETED, _octal(line[18:])
        elif line.startswith(b"old mode "):
            old_mode = _octal(line[9:])
        elif line.startswith(b"new mode "):
            new_mode = _octal(line[9:])
        elif line.startswith((b"rename from ", b"copy from ")):
            status = FileStatus.RENAMED if line.startswith(b"rename") else FileStatus.COPIED
            old = _path(line.split(b" from ", 1)[1], b"")
        elif line.startswith((b"rename to ", b"copy to ")):
            new = _path(line.split(b" to ", 1)[1], b"")
        elif line.startswith(b"similarity index "):
            similarity = _number(line[17:].rstrip(b"%\r"))
        elif line.startswith(b"index ") and b".." in line and b"," not in line:
            ids, _, mode = line[6:].partition(b" ")
            one, _, other = ids.partition(b"..")
            old_oid, new_oid = one.decode("ascii", "replace"), other.decode("ascii", "replace")
            if mode:
                old_mode = new_mode = _octal(mode.rstrip(b"\r"))
        elif not line.startswith((b"dissimilarity index ", b"index ", b"mode ")):
            break
    else:
        line = b""
    old_path = Untrusted.from_bytes(old) if old is not None else EMPTY
    new_path = Untrusted.from_bytes(new) if new is not None else old_path
    if not old_path:
        old_path = new_path
    change = FileChange(status, old_path, new_path, old_mode, new_mode, old_oid, new_oid, similarity)
    return change, line.startswith((b"Binary files ", b"GIT binary patch"))


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
