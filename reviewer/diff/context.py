"""Shows more of a file around its changes: a patch with more unchanged lines, made from the patch and the file; pure.

What must stay true: hunks keep their number and their order; they never overlap; no changed line is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reviewer.model.diff import FileDiff, FileStatus, Hunk

WHOLE: Final = 1 << 30
"""More lines than any file has."""
_FUNCTION_LINES: Final = 400
_HEAD: Final = re.compile(rb"[ \t]*[A-Za-z_$@#]")


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a file, split on LF; nothing behind the last one."""
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def with_context(diff: FileDiff, text: bytes, wanted: Mapping[int, tuple[int, int]]) -> FileDiff:
    """`diff` with more lines of `text`, its new side, above and below the hunks named; as many as there are."""
    if not wanted or not diff.hunks or diff.change.status is FileStatus.DELETED:
        return diff
    lines = lines_of(text)
    out = [diff.patch[: diff.hunks[0].start]]
    at = len(out[0])
    found: list[Hunk] = []
    end = 1  # the first line of the new side that is not shown yet
    for n, hunk in enumerate(diff.hunks):
        above, below = wanted.get(n, (0, 0))
        first = hunk.new_start if hunk.new_count else hunk.new_start + 1
        last = first + hunk.new_count
        following = diff.hunks[n + 1] if n + 1 < len(diff.hunks) else None
        limit = len(lines) + 1
        if following is not None:
            limit = following.new_start if following.new_count else following.new_start + 1
        more = max(0, min(above, first - end))
        less = max(0, min(below, limit - last, len(lines) + 1 - last))
        before = b"".join(b" " + line + b"\n" for line in lines[first - 1 - more : first - 1])
        body = diff.patch[hunk.start : hunk.end]
        after = b"".join(b" " + line + b"\n" for line in lines[last - 1 : last - 1 + less])
        if after and not body.endswith(b"\n"):
            body += b"\n"
        start = at
        out += [before, body, after]
        at += len(before) + len(body) + len(after)
        old_first = hunk.old_start if hunk.old_count else hunk.old_start + 1
        found.append(
            replace(
                hunk,
                old_start=old_first - more if hunk.old_count + more + less else hunk.old_start,
                old_count=hunk.old_count + more + less,
                new_start=first - more if hunk.new_count + more + less else hunk.new_start,
                new_count=hunk.new_count + more + less,
                start=start,
                end=at,
            )
        )
        between = diff.patch[hunk.end : following.start if following is not None else len(diff.patch)]
        out.append(between)
        at += len(between)
        end = last + less
    return replace(diff, patch=b"".join(out), hunks=tuple(found))


def function_around(text: bytes, hunk: Hunk) -> tuple[int, int]:
    """How many lines above and below a hunk show the function that it stands in, bounded."""
    lines = lines_of(text)
    first = hunk.new_start if hunk.new_count else hunk.new_start + 1
    last = first + hunk.new_count
    inside = [line for line in lines[first - 1 : last - 1] if line.strip()]
    deep = min((_indent(line) for line in inside), default=0)
    head = None
    for n in range(first - 2, max(-1, first - 2 - _FUNCTION_LINES), -1):
        line = lines[n] if n < len(lines) else b""
        if line.strip() and _HEAD.match(line) and (_indent(line) < deep or not _indent(line)):
            head = n
            break
    if head is None:
        return first - 1, 0
    edge = _indent(lines[head])
    end = last - 1
    while end < len(lines) and end < last + _FUNCTION_LINES:
        if lines[end].strip() and _indent(lines[end]) <= edge and lines[end].strip() not in (b"}", b"};", b")", b"end"):
            break
        end += 1
    return first - 1 - head, max(0, end - (last - 1))


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
