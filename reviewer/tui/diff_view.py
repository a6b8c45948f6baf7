"""Shows the difference of a whole change as one stream of lines: files are read as they come near the screen.

What must stay true: only lines on screen are painted; what stands under the cursor stays there when files above it
become known, when the width changes, and when remarks come or go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from reviewer.diff.hunks import FileHunks
from reviewer.diff.moved import Move, Place
from reviewer.diff.rows import FileRows, RowKind
from reviewer.model.comment import Anchor
from reviewer.model.diff import FileChange
from reviewer.review.anchoring import anchor_at, anchor_between
from reviewer.review.blob_colours import BlobColours
from reviewer.review.coverage import Ran
from reviewer.review.diff_stream import DiffStream, Spot
from reviewer.review.file_list import Sizes
from reviewer.review.lines import Line
from reviewer.review.looked import Looked
from reviewer.review.remarks import Noted
from reviewer.review.stream_lines import SPLIT_FROM, StreamLines
from reviewer.text import Untrusted
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint

_TOGETHER = 0.03
"""Seconds in which colours that arrive are painted at once."""
_SOON = 0.03
"""Seconds after a frame in which what is around it is asked for, unless another key comes first."""
_END = 1 << 40
"""A row beyond the last one of any file."""
_FILES_AHEAD = 8
_HUNKS_AHEAD = 4

__all__ = ["SPLIT_FROM", "DiffView", "Spot"]


class DiffView(LineView):
    """The stream. It posts `Wanted` for files that come near, `At` for another file under the cursor, `Seen` for hunks
    that were on screen whole."""

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

    class Seen(Message):
        """Every row of some hunks was on screen, now or before; these are their keys."""

        def __init__(self, keys: Collection[str]) -> None:
            super().__init__()
            self.keys = keys

    def __init__(self, paint: Paint, load: Callable[[str], bytes]) -> None:
        super().__init__(paint, id="diff")
        self.stream = DiffStream()
        self.forced: bool | None = None
        self.anchor_from: Anchor | None = None
        self._asked: set[int] = set()
        self._pending: Spot | None = None
        self._file = -1
        self._width = 0
        self._recolouring = self._asking = False
        self._looked = Looked()
        self._looked_at = (-1, -1)
        self._colours = BlobColours(load, self._colours_came)
        self.lines = StreamLines(self.stream, self._colours, self.want)

    def on_unmount(self) -> None:
        self._colours.close()

    def _colours_came(self) -> None:
        if self.is_mounted:
            self.post_message(self.Coloured())

    def on_diff_view_coloured(self) -> None:
        """Paint again what has other colours now; both sides of a file arrive one soon after the other."""
        if not self._recolouring:
            self._recolouring = True
            self.set_timer(_TOGETHER, self._recolour)

    def _recolour(self) -> None:
        self._recolouring = False
        self._colours.again()
        rows, self.lines.colourless = self.lines.colourless, set()
        if rows:
            self.repaint_changed(rows)

    # --- content ----------------------------------------------------------------------------------------------------

    @property
    def files(self) -> Sequence[FileChange]:
        return self.stream.files

    def show_files(self, files: Sequence[FileChange], noted: Sequence[Noted]) -> None:
        """Show another difference, from its first file on."""
        self._asked.clear()
        self.lines.begin()
        self._looked.forget()
        self.cursor = 0
        self.scroll_top(0)
        self._shape()
        self.stream.show(files, noted)
        self.changed()
        self._file = -1
        self._tell()

    def show_sizes(self, sizes: Sizes) -> None:
        self.lines.sizes = sizes
        self.refresh()

    def show_moves(self, moves: Mapping[Place, Move]) -> None:
        self.lines.moves = moves
        self.refresh()

    def show_ran(self, ran: Mapping[Untrusted, Ran]) -> None:
        """Show beside changed lines whether they ran."""
        if ran != self.lines.ran:
            self.lines.ran = ran
            self.refresh()

    def show_noted(self, noted: Sequence[Noted]) -> None:
        """Show other remarks at their lines."""
        self.keeping(lambda: self.stream.show_noted(noted))

    def loaded(self, found: Sequence[tuple[int, FileHunks, str]]) -> None:
        """Take files' patches, each with what is said above its lines."""

        def take() -> None:
            for file, hunks, said in found:
                self.stream.loaded(file, hunks.diff, said, hunks)

        found = [each for each in found if each[0] < len(self.files)]
        self.keeping(take)
        if self._pending is not None and any(self._pending.file == file for file, _, _ in found):
            self.go_to(self._pending)

    @property
    def split(self) -> bool:
        return self.forced if self.forced is not None else self.size.width >= SPLIT_FROM

    def _shape(self) -> None:
        self._width = self.stream.width = self.size.width
        self.stream.split = self.split
        self.stream.rewrap()

    def lay_out(self) -> None:
        """Lay every file out again: other remarks, another width, other folds."""

        def again() -> None:
            self._shape()
            self.stream.lay_out()

        self.keeping(again)

    def keeping(self, change: Callable[[], object]) -> None:
        """Change what is shown; cursor and scroll position stay where they are in the text."""
        top, cursor = self.stream.spot(self.top), self.stream.spot(self.cursor)
        offset = self.cursor - self.top
        change()
        self._looked.forget_rows()
        self._looked_at = (-1, -1)
        if cursor is not None and self.stream.total:
            self.cursor = self.stream.row_of(cursor)
        self.changed()
        if cursor is not None and 0 <= offset < self.rows:
            self.scroll_top(self.cursor - offset)
        elif top is not None and self.stream.total:
            self.scroll_top(self.stream.row_of(top))

    # --- lines ------------------------------------------------------------------------------------------------------

    def total(self) -> int:
        return self.stream.total

    def line(self, n: int, width: int) -> Line:
        return self.lines.line(n, width, self.shift)

    @property
    def pinned(self) -> int:
        return 1 if self.rows > 8 else 0

    def pinned_line(self, y: int, width: int) -> tuple[Line, str] | None:
        """The file and the hunk that the top of the screen is in, where their headers have scrolled away."""
        if not self.stream.total or self.top >= self.stream.total:
            return None
        header = self.lines.header(self.top)
        return (header, "panel") if header is not None else None

    def slides(self) -> bool:
        return False

    def lights(self, n: int) -> int | None:
        return self.lines.lights(n)

    def behind(self, n: int) -> str:
        return self.lines.behind(n)

    def want(self, file: int) -> None:
        """Ask for a file once."""
        if file not in self._asked:
            self._asked.add(file)
            self.post_message(self.Wanted(file))

    # --- what was on screen -----------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        for message in self.news():
            self.post_message(message)
        return strips

    def news(self) -> list[At | Seen]:
        """What is to be told of what the frame that is made now shows: another file, hunks that are whole by it."""
        found: list[DiffView.At | DiffView.Seen] = []
        file = self.file
        if file is not None and file != self._file:
            self._file = file
            found.append(self.At(file))
        last = min(self.top + self.rows, self.stream.total)
        if self._looked_at != (looked_at := (self.top, last)):
            self._looked_at = looked_at
            if told := self._looked.look(self.stream, self.top, last):
                found.append(self.Seen(told))
            if not self._asking:
                self._asking = True
                self.set_timer(_SOON, self._ask_ahead)
        return found

    def _ask_ahead(self) -> None:
        """Ask for what the next keys may bring on screen: files, and colours, so that it is painted once and whole."""
        self._asking = False
        stream, rows, top = self.stream, self.rows, self.top
        if not 0 <= top < stream.total:
            return
        last = min(top + rows, stream.total) - 1
        first_file, last_file = stream.locate(top)[0], stream.locate(last)[0]
        for file in range(max(0, first_file - _FILES_AHEAD // 2), min(last_file + _FILES_AHEAD, len(self.files))):
            if file not in stream.folded and stream.read(file) is None:
                self.want(file)
        places = [*range(last + 1, last + 2 * rows, 8), *range(top - 1, top - rows, -8)]
        for file in range(first_file, min(last_file + 3, len(self.files))):
            places += stream.next_hunks(file, last if file == last_file else top, _HUNKS_AHEAD)
        # What is asked for first is answered first: it goes behind everything that is on screen.
        for n in places:
            self.lines.ahead(n)

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
        return self.stream.locate(self.cursor)[0] if 0 <= self.cursor < self.stream.total else None

    @property
    def hunk(self) -> tuple[int, int] | None:
        """The file and the hunk under the cursor."""
        if self.file is None:
            return None
        file, row = self.stream.at(self.cursor)
        return (file, row.hunk) if row is not None and row.hunk >= 0 else None

    def go_to(self, spot: Spot, *, high: bool = False) -> None:
        """Put the cursor on a place, reading its file first where that is needed; `high` puts it at the top."""
        if not 0 <= spot.file < len(self.files):
            return
        if self.stream.alone not in (None, spot.file):
            self._show_alone(spot.file)
        if spot.line is not None and self.stream.unfold(spot.file):
            self.changed()
        if self.stream.read(spot.file) is None and spot.file not in self.stream.folded:
            self._pending = spot
            self.want(spot.file)
        else:
            self._pending = None
        place = self.stream.row_of(spot)
        if high:
            self.scroll_top(place)
        elif not self.top + 2 <= place < self.top + self.rows - 3:
            self.scroll_top(place - self.rows // 3)
        self.move_to(place)
        if high:  # nothing stands above the beginning of a file: its header is the first row
            self.scroll_top(place)
        self._tell()

    def toggle_alone(self) -> None:
        """One file at a time, or all of them in one stream; the cursor stays where it is in the text."""
        here = self.file
        if here is not None:
            self.keeping(lambda: self._show_alone(here if self.stream.alone is None else None))

    def _show_alone(self, file: int | None) -> None:
        self.stream.show_alone(file)
        self._looked.forget_rows()
        self._looked_at = (-1, -1)
        self.cursor = 0
        self.changed()

    def go_to_file(self, file: int, *, tell: bool = True) -> None:
        """To the beginning of a file; without `tell` no `At` says so, for whoever knows already and may be further."""
        if not tell:
            self._file = file
        self.go_to(Spot(file), high=True)

    def next_file(self, step: int) -> None:
        here = self.file
        if here is None:
            return
        inside = self.cursor - self.stream.start(here)
        self.go_to_file(here if step < 0 and inside else max(0, min(here + step, len(self.files) - 1)))

    def to_next(self, step: int, holds: Callable[[FileRows, int], int | None]) -> bool:
        """To the next place that `holds` finds, in this file or another; whether there is one."""
        found = self.stream.beside(self.cursor, step, holds)
        if found is not None:
            self.go_to(found)
        return found is not None

    def next_hunk(self, step: int) -> None:
        """To the next hunk, in the next file where this one has none left."""
        self.to_next(step, lambda rows, n: rows.next_hunk(n) if step > 0 else rows.previous_hunk(n))

    def toggle_fold(self) -> None:
        file = self.file
        if file is not None:
            self.stream.toggle_file(file)
            self.cursor = self.stream.start(file)
            self.changed()
            if file in self.stream.folded:
                self.reveal(self.cursor)
            else:
                self.go_to(Spot(file))

    def toggle_split(self) -> None:
        self.forced = not self.split
        self.lay_out()

    def look_for(self, needle: str) -> None:
        """Mark a text wherever it is painted."""
        self.lines.needle = needle
        self.refresh()

    def action_edge(self, direction: int) -> None:
        if direction > 0 and self.files:
            last = len(self.files) - 1 if self.stream.alone is None else self.stream.alone
            self.go_to(Spot(last, row=_END))
        else:
            super().action_edge(direction)

    def action_page(self, direction: int) -> None:
        self._leap(direction * max(1, self.rows - 1 - self.pinned))

    def refresh_line(self, y: int) -> None:
        cells = self.lights(y) if 0 <= y < self.stream.total else None
        if cells is None:
            super().refresh_line(y)
        else:
            self.refresh(Region(0, y - self.top, cells, 1))

    def noted_here(self) -> Noted | None:
        """The remark that the cursor stands on."""
        if self.file is None:
            return None
        _, row = self.stream.at(self.cursor)
        is_remark = row is not None and row.kind is RowKind.REMARK and row.remark >= 0
        return self.stream.noted[row.remark] if row is not None and is_remark else None

    def remarked(self) -> Anchor | None:
        """What a comment made here is about: the lines from where a range was begun, a line, or the file."""
        here = anchor_at(self.stream, self.cursor)
        begun, self.anchor_from = self.anchor_from, None
        return anchor_between(self.stream, self.file or 0, begun, here) if begun and here else here

    def begin_range(self) -> Anchor | None:
        """Take the line under the cursor as the first, or last, of those that a comment is about."""
        self.anchor_from = anchor_at(self.stream, self.cursor)
        return self.anchor_from
