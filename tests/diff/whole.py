"""Says what of a patch is not shown, shown twice, or not the same when the shown lines are put together again."""

from collections import Counter

from reviewer.diff.lines import CLIP
from reviewer.diff.parse import parse_patch
from reviewer.diff.rows import FileRows, RowKind
from reviewer.model.diff import FileDiff, Line
from reviewer.review.diff_stream import DiffStream


def complaints(patch: bytes) -> list[str]:
    """What is wrong with how a patch is read and laid out; nothing where every line stands exactly once."""
    files = parse_patch(patch)
    said = [] if b"".join(file.patch for file in files) == patch else ["the files together are not the patch"]
    for file in files:
        name = file.change.path.raw
        for split in (False, True):
            rows = FileRows(file, split=split, gaps=True)
            shown = [rows[n] for n in range(len(rows))]
            lines = [line for row in shown if row.kind is RowKind.LINE for line in _lines(row.left, row.right)]
            if Counter(map(_key, lines)) != Counter(map(_key, file.all_lines())):
                said.append(f"{name}: {'split' if split else 'one column'}: not every line exactly once")
            if not split and _together(file, lines) != file.patch:
                said.append(f"{name}: put together again it is another patch")
            if [row.hunk for row in shown if row.kind is RowKind.HUNK] != list(range(len(file.hunks))):
                said.append(f"{name}: not every hunk has its header")
    stream = DiffStream()
    stream.show([file.change for file in files], ())
    for n, file in enumerate(files):
        stream.loaded(n, file)
    if [stream.at(n)[0] for n in range(stream.total)] != sorted(stream.at(n)[0] for n in range(stream.total)):
        said.append("the files are not in their order")
    return said


def _lines(left: Line | None, right: Line | None) -> list[Line]:
    return [left] if left is right and left is not None else [line for line in (left, right) if line is not None]


def _key(line: Line) -> tuple[str, int | None, int | None, bytes]:
    return line.kind, line.old, line.new, line.text[: CLIP - 4]


def _together(file: FileDiff, lines: list[Line]) -> bytes:
    """The patch made of its headers and the lines that are shown; what is cut of a line is taken from the patch."""
    out, at, shown = [], 0, iter(lines)
    for hunk in file.hunks:
        out.append(file.patch[at : hunk.start])
        for true in file.lines(hunk):
            line = next(shown)
            out.append(line.kind.encode() + (true.text if len(true.text) > CLIP else line.text) + b"\n")
        at = hunk.end
    out.append(file.patch[at:])
    return b"".join(out)
