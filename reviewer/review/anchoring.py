"""Says what a comment at a row of a difference is about: a line, some lines, a remark's place, the file; pure."""

from __future__ import annotations

from reviewer.diff.rows import RowKind
from reviewer.model.comment import Anchor
from reviewer.model.finding import Side
from reviewer.review.diff_stream import DiffStream
from reviewer.text import Untrusted

_LINE_BYTES = 500
_BYTES = 4000


def anchor_at(stream: DiffStream, n: int) -> Anchor | None:
    """What stands in row `n`; None where there is no row."""
    if not 0 <= n < stream.total:
        return None
    file, row = stream.at(n)
    path = stream.files[file].path
    if row is not None and row.kind is RowKind.REMARK and row.remark < 0:
        row, _ = stream.base(n, row.part)
    if row is None or row.kind is not RowKind.LINE:
        if row is not None and row.kind is RowKind.REMARK:
            note = stream.noted[row.remark]
            return Anchor(note.file, note.side, note.line, note.line)
        return Anchor(path)
    for side, there in ((Side.NEW, row.right), (Side.OLD, row.left)):
        number = (there.new if side is Side.NEW else there.old) if there is not None else None
        if there is not None and number is not None:
            return Anchor(path, side, number, number, Untrusted.from_bytes(there.text[:_LINE_BYTES]))
    return Anchor(path)


def anchor_between(stream: DiffStream, file: int, begun: Anchor, here: Anchor) -> Anchor:
    """The lines from one place to another of the same side of a file; where they are not on one, the latter alone."""
    if begun.file != here.file or begun.side is not here.side or begun.start is None or here.start is None:
        return here
    first, last = sorted((begun.start, here.start))
    texts = stream.texts(file, here.side, first, last)
    return Anchor(here.file, here.side, first, last, Untrusted.from_bytes(b"\n".join(texts)[:_BYTES]))
