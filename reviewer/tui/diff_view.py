"""Shows the difference of a whole change as one stream of lines: files are read as they come near the screen.

What must stay true: only lines on screen are painted; what stands under the cursor stays there when files above it
become known, when the width changes, and when remarks come or go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from textual.message import Message

from reviewer.diff.layout import Stream
from reviewer.diff.rows import FileRows, Remark, Row, RowKind
from reviewer.model.comment import Anchor
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.finding import Severity, Side
from reviewer.review.colouring import AROUND, Colouring
from reviewer.review.diff_lines import Spans, View, file_row, hunk_row, line_row, nothing_to_show
from reviewer.review.lines import BLANK, Line, line
from reviewer.review.panes import Sizes
from reviewer.review.remarks import Noted
from reviewer.text import Untrusted
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint

SPLIT_FROM = 130
"""Cells from which on the two sides stand beside each other, unless a key says otherwise."""
_UNKNOWN = 3
"""Lines that a file is guessed to have while it was not read."""


def _named(change: FileChange) -> tuple[str, str]:
    """A file's name without folders, and what tells its language."""
    name = change.path.raw.rsplit("/", 1)[-1]
    return name, PurePosixPath(name).suffix or name


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that outlives a new layout: a file, and a line of it by side and number, or a row of its header."""

    file: int
    side: Side = Side.NEW
    line: int | None = None
    row: int = 0


class DiffView(LineView):
    """The stream. It posts `Wanted` for files that come near, and `At` when the cursor enters another file."""

    class Wanted(Message):
        def __init__(self, file: int) -> None:
            super().__init__()
            self.file = file

    class At(Message):
        def __init__(self, file: int) -> None:
            super().__init__()
            self.file = file

    class Coloured(Message):
        """Colours of some text arrived."""

    def __init__(self, paint: Paint, load: Callable[[str], bytes]) -> None:
        super().__init__(paint, id="diff")
        self.files: Sequence[FileChange] = ()
        self.sizes: Sizes = {}
        self.noted: Sequence[Noted] = ()
        self.forced: bool | None = None
        self.needle = ""
        self._load = load
        self._diffs: dict[int, FileDiff] = {}
        self._rows: dict[int, FileRows] = {}
        self._asked: set[int] = set()
        self._folded: set[int] = set()
        self._flags: dict[Untrusted, int] = {}
        self._stream = Stream([])
        self._pending: Spot | None = None
        self._file = -1
        self._width = 0
        self._spans: dict[int, Callable[[Side, int], Spans]] = {}
        self._colouring = Colouring(lambda _key: self._colours_came())

    def on_unmount(self) -> None:
        self._colouring.close()

    def _colours_came(self) -> None:
        if self.is_mounted:
            self.post_message(self.Coloured())

    def on_diff_view_coloured(self) -> None:
        self._spans.clear()
        self.refresh()

    # --- content ----------------------------------------------------------------------------------------------------

    def show_files(self, files: Sequence[FileChange], noted: Sequence[Noted]) -> None:
        """Show another difference, from its first file on."""
        self.files = files
        self._diffs.clear()
        self._rows.clear()
        self._asked.clear()
        self._folded.clear()
        self._spans.clear()
        self.cursor = 0
        self.show_noted(noted)
        self._file = -1
        self._tell()

    def show_sizes(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.refresh()

    def show_noted(self, noted: Sequence[Noted]) -> None:
        """Show other remarks at their lines."""
        self.noted = noted
        self._flags = {}
        for note in noted:
            if note.finding is not None and note.finding.severity.rank >= Severity.MEDIUM.rank:
                self._flags[note.file] = self._flags.get(note.file, 0) + 1
        self.lay_out()

    def loaded(self, file: int, diff: FileDiff) -> None:
        """Take a file's patch."""
        if file >= len(self.files):
            return
        top, cursor = self._spot(self.top), self._spot(self.cursor)
        self._diffs[file] = diff
        self._place(file)
        self._settle(top, cursor)
        if self._pending is not None and self._pending.file == file:
            self.go_to(self._pending)

    @property
    def split(self) -> bool:
        return self.forced if self.forced is not None else self.size.width >= SPLIT_FROM

    def lay_out(self) -> None:
        """Lay every file out again: other remarks, another width, other folds."""
        top, cursor = self._spot(self.top), self._spot(self.cursor)
        self._width = self.size.width
        self._stream = Stream([_UNKNOWN] * len(self.files))
        for file in range(len(self.files)):
            if file in self._folded or file in self._diffs:
                self._place(file)
        self._settle(top, cursor)

    def _place(self, file: int) -> None:
        if file in self._folded:
            self._stream.set(file, 1)
            self._rows.pop(file, None)
            return
        diff = self._diffs[file]
        path = self.files[file].path
        remarks = [
            Remark(key, note.side, note.line, len(note.lines(self.size.width)))
            for key, note in enumerate(self.noted)
            if note.file == path
        ]
        rows = FileRows(diff, split=self.split, remarks=remarks, message=nothing_to_show(diff))
        self._rows[file] = rows
        self._stream.set(file, len(rows))

    def _settle(self, top: Spot | None, cursor: Spot | None) -> None:
        """Bring cursor and scroll position back to where they were in the text."""
        offset = self.cursor - self.top
        if cursor is not None:
            self.cursor = self._row_of(cursor)
        self.changed()
        if top is not None and cursor is not None and top.file == cursor.file:
            self.scroll_top(self.cursor - offset)
        elif top is not None:
            self.scroll_top(self._row_of(top))

    def _spot(self, n: int) -> Spot | None:
        if not 0 <= n < self._stream.total:
            return None
        file, at = self._stream.locate(n)
        rows = self._rows.get(file)
        if rows is None or at >= len(rows):
            return Spot(file, row=at)
        row = rows[at]
        if row.kind is RowKind.LINE:
            for side, found in ((Side.NEW, row.right), (Side.OLD, row.left)):
                number = (found.new if side is Side.NEW else found.old) if found is not None else None
                if number is not None:
                    return Spot(file, side, number, at)
        return Spot(file, row=at)

    def _row_of(self, spot: Spot) -> int:
        rows = self._rows.get(spot.file)
        start = self._stream.start(spot.file)
        if rows is None:
            return start + min(spot.row, self._stream.height(spot.file) - 1)
        found = rows.row_of(spot.side, spot.line) if spot.line is not None else None
        return start + (found if found is not None else min(spot.row, len(rows) - 1))

    # --- lines ------------------------------------------------------------------------------------------------------

    def total(self) -> int:
        return self._stream.total

    def _at(self, n: int) -> tuple[int, Row | None]:
        file, at = self._stream.locate(n)
        rows = self._rows.get(file)
        return file, rows[at] if rows is not None and at < len(rows) else None

    def line(self, n: int, width: int) -> Line:
        file, row = self._at(n)
        if row is None:
            if file not in self._folded:
                self.want(file)
            at = n - self._stream.start(file)
            if at == 0:
                return self._file_row(file)
            return line("  reading …", "muted") if at == 1 else BLANK
        if row.kind is RowKind.FILE:
            return self._file_row(file)
        if row.kind is RowKind.HUNK:
            return hunk_row(self._diffs[file], row.hunk)
        if row.kind is RowKind.MESSAGE:
            return line(f"  {row.text}", "muted")
        if row.kind is RowKind.REMARK:
            lines = self.noted[row.remark].lines(self._width)
            return lines[row.part] if row.part < len(lines) else BLANK
        if row.kind is RowKind.GAP:
            return BLANK
        self._want_colours(file, row)
        view = View(width, self._digits(file), self.split, self.shift, self.needle)
        return line_row(row, view, self._colours(file), lit=n == self.cursor)

    def slides(self) -> bool:
        return False

    def behind(self, n: int) -> str:
        _, row = self._at(n)
        if row is None or row.kind is RowKind.FILE:
            return "panel" if row is not None or n == self._stream.start(self._stream.locate(n)[0]) else "surface"
        if row.kind is RowKind.HUNK:
            return "hunk-surface"
        return "remark-surface" if row.kind is RowKind.REMARK else "surface"

    def _file_row(self, file: int) -> Line:
        change = self.files[file]
        return file_row(
            change, self.sizes.get(change.path), folded=file in self._folded, flags=self._flags.get(change.path, 0)
        )

    def _digits(self, file: int) -> int:
        hunks = self._diffs[file].hunks
        last = hunks[-1] if hunks else None
        return max(3, len(str(max(last.old_start + last.old_count, last.new_start + last.new_count)))) if last else 3

    def want(self, file: int) -> None:
        """Ask for a file once."""
        if file not in self._asked:
            self._asked.add(file)
            self.post_message(self.Wanted(file))

    def _colours(self, file: int) -> Callable[[Side, int], Spans]:
        known = self._spans.get(file)
        if known is None:
            known = self._spans[file] = self._asked_colours(file)
        return known

    def _want_colours(self, file: int, row: Row) -> None:
        """Ask for the colours around a row, where they are not known yet."""
        change = self.files[file]
        name, suffix = _named(change)
        for there, oid, number in (
            (row.left, change.old_oid, row.left.old if row.left else None),
            (row.right, change.new_oid, row.right.new if row.right else None),
        ):
            if there is None or number is None or not oid.strip("0"):
                continue
            key = f"{oid}{suffix}"
            known = self._colouring.get(key)
            if known is None or not known.covers(number - 1, number):
                near = number // AROUND * AROUND
                self._colouring.want(key, name, lambda oid=oid: self._load(oid), (near, near + AROUND))  # type: ignore[misc]

    def _asked_colours(self, file: int) -> Callable[[Side, int], Spans]:
        change = self.files[file]
        _, suffix = _named(change)
        known = {
            side: self._colouring.get(f"{oid}{suffix}")
            for side, oid in ((Side.OLD, change.old_oid), (Side.NEW, change.new_oid))
        }

        def spans(side: Side, number: int) -> Spans:
            lines = known[side]
            return lines[number - 1] if lines is not None and 0 < number <= len(lines) else ()

        return spans

    # --- going places -----------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        if self.size.width != self._width:
            self.lay_out()
        super().on_resize()

    def on_line_view_moved(self) -> None:
        self._tell()

    def _tell(self) -> None:
        file = self.file
        if file is not None and file != self._file:
            self._file = file
            self.post_message(self.At(file))

    @property
    def file(self) -> int | None:
        """The file under the cursor."""
        return self._stream.locate(self.cursor)[0] if 0 <= self.cursor < self._stream.total else None

    @property
    def hunk(self) -> tuple[FileDiff, int] | None:
        """The hunk under the cursor."""
        if self.file is None:
            return None
        file, row = self._at(self.cursor)
        return (self._diffs[file], row.hunk) if row is not None and row.hunk >= 0 else None

    def go_to(self, spot: Spot, *, high: bool = False) -> None:
        """Put the cursor on a place, reading its file first where that is needed; `high` puts it at the top."""
        if not 0 <= spot.file < len(self.files):
            return
        self._folded.discard(spot.file)
        if spot.file not in self._diffs:
            self._pending = spot
            self.want(spot.file)
        else:
            self._pending = None
            if spot.file not in self._rows:
                self.lay_out()
        place = self._row_of(spot)
        if high:
            self.scroll_top(place)
        elif not self.top + 2 <= place < self.top + self.rows - 3:
            self.scroll_top(place - self.rows // 3)
        self.move_to(place)
        self._tell()

    def go_to_file(self, file: int, *, tell: bool = True) -> None:
        """To the beginning of a file; without `tell` no `At` says so, for whoever knows already and may be further."""
        if not tell:
            self._file = file
        self.go_to(Spot(file), high=True)

    def next_file(self, step: int) -> None:
        here = self.file
        if here is None:
            return
        inside = self.cursor - self._stream.start(here)
        self.go_to_file(here if step < 0 and inside else max(0, min(here + step, len(self.files) - 1)))

    def next_hunk(self, step: int) -> None:
        """To the next hunk, in the next file where this one has none left."""
        here = self.file
        if here is None:
            return
        inside = self.cursor - self._stream.start(here)
        rows = self._rows.get(here)
        starts = rows.hunk_starts if rows is not None else []
        left = [at for at in starts if (at > inside if step > 0 else at < inside)]
        if left:
            self.go_to(Spot(here, row=left[0] if step > 0 else left[-1]))
        elif 0 <= here + step < len(self.files):
            other = self._rows.get(here + step)
            starts = other.hunk_starts if other is not None else []
            self.go_to(Spot(here + step, row=(starts[0 if step > 0 else -1] if starts else 0)))

    def toggle_fold(self) -> None:
        file = self.file
        if file is not None:
            self._folded ^= {file}
            self.cursor = self._stream.start(file)
            self.lay_out()

    def toggle_split(self) -> None:
        self.forced = not self.split
        self.lay_out()

    def look_for(self, needle: str) -> None:
        """Mark a text wherever it is painted."""
        self.needle = needle
        self.refresh()

    def remarked(self) -> Anchor | None:
        """What a comment made here is about."""
        if self.file is None:
            return None
        file, row = self._at(self.cursor)
        path = self.files[file].path
        if row is None or row.kind is not RowKind.LINE:
            if row is not None and row.kind is RowKind.REMARK:
                note = self.noted[row.remark]
                return Anchor(note.file, note.side, note.line, note.line)
            return Anchor(path)
        if row.right is not None and row.right.new is not None:
            return Anchor(path, Side.NEW, row.right.new, row.right.new, Untrusted.from_bytes(row.right.text[:500]))
        if row.left is not None and row.left.old is not None:
            return Anchor(path, Side.OLD, row.left.old, row.left.old, Untrusted.from_bytes(row.left.text[:500]))
        return Anchor(path)
