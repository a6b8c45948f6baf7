"""Knows which row of a whole difference is what: files as far as they are read, folds, more context, marks; pure.

What must stay true: every row belongs to one file; a place named by `spot` is found again by `row_of` after any fold,
width or remark; what was folded or unfolded by hand stays so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewer.diff.hunks import FileHunks
from reviewer.diff.layout import Stream
from reviewer.diff.rows import FileRows, Remark, Row, RowKind
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.finding import Severity, Side
from reviewer.review.diff_lines import extra_rows
from reviewer.review.diff_words import ends_in_crlf, nothing_to_show
from reviewer.review.folding import reason_by_content, reason_by_name
from reviewer.review.remarks import Noted
from reviewer.text import Untrusted

UNKNOWN = 3
"""Lines that a file is guessed to have while it was not read."""
BY_HAND = "by hand"
CRLF = "every line here ends in CR LF"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that outlives a new layout: a file, and a line of it by side and number, or a row of its header."""

    file: int
    side: Side = Side.NEW
    line: int | None = None
    row: int = 0


class DiffStream:
    """The rows of a difference. Change `width`, `split` and `wrapped`, then `lay_out`.

    `reviewed` says of a hunk's key whether it was reviewed, `old` whether it was looked at before: such hunks fold.
    Where there is no hunk that is `marked` so, none is asked about.
    Of the files only `alone` is shown, where it is set: the others have no rows.
    """

    def __init__(self) -> None:
        self.files: Sequence[FileChange] = ()
        self.noted: Sequence[Noted] = ()
        self.flags: dict[Untrusted, int] = {}
        self.split = self.wrapped = False
        self.width = 80
        self.reviewed: Callable[[str], bool] = lambda _key: False
        self.old: Callable[[str], bool] = lambda _key: False
        self.marked: Callable[[], bool] = lambda: True
        self.folded: dict[int, str] = {}
        self.alone: int | None = None
        self._opened: set[int] = set()
        self._hunks_by_hand: dict[tuple[int, int], bool] = {}
        self._read: dict[int, FileDiff] = {}
        self._shown: dict[int, FileDiff] = {}
        self._hunks: dict[int, FileHunks] = {}
        self._said: dict[int, str] = {}
        self._crlf: set[int] = set()
        self._rows: dict[int, FileRows] = {}
        self._keyed: dict[int, FileHunks] = {}
        self._by_file: dict[Untrusted, list[int]] = {}
        self._wraps: dict[int, list[tuple[Side, int, int]]] = {}
        self._stream = Stream([])

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show(self, files: Sequence[FileChange], noted: Sequence[Noted]) -> None:
        """Begin with another difference."""
        self.files = files
        for kept in (self._read, self._shown, self._hunks, self._said, self._rows, self._keyed, self._wraps):
            kept.clear()
        self.folded.clear()
        self._opened.clear()
        self._crlf.clear()
        self._hunks_by_hand.clear()
        self.alone = None if self.alone is None else 0
        self.show_noted(noted)

    def show_noted(self, noted: Sequence[Noted]) -> None:
        self.noted = noted
        self.flags, self._by_file = {}, {}
        for n, note in enumerate(noted):
            self._by_file.setdefault(note.file, []).append(n)
            if note.finding is not None and note.finding.severity.rank >= Severity.MEDIUM.rank:
                self.flags[note.file] = self.flags.get(note.file, 0) + 1
        for n, file in enumerate(self.files):
            why = reason_by_name(file) if n not in self._opened and file.path not in self._by_file else ""
            if why and n not in self.folded:
                self.folded[n] = why
            elif self.folded.get(n, BY_HAND) != BY_HAND and file.path in self._by_file:
                del self.folded[n]
        self.lay_out()

    def loaded(self, file: int, diff: FileDiff, said: str = "", hunks: FileHunks | None = None) -> None:
        """Take a file's difference; `said` stands above its lines, which are folded where they would be noise.

        `hunks` are its own, where they were measured already.
        """
        self._read[file] = self._shown[file] = diff
        self._hunks[file] = hunks = hunks or FileHunks(diff)
        self._keyed[file] = hunks
        self._said[file] = said
        self._look_at_ends(file, diff)
        self._wraps.pop(file, None)
        path = self.files[file].path
        if file not in self._opened and file not in self.folded and path not in self._by_file:
            why = said if diff.binary and diff.hunks else reason_by_content(diff)
            if why:
                self.folded[file] = why
        self._place(file)

    def widened(self, file: int, diff: FileDiff) -> None:
        """Show the same difference of a file with more lines around it."""
        if file in self._read:
            self._shown[file] = diff
            self._hunks[file] = FileHunks(diff)
            self._wraps.pop(file, None)
            self._look_at_ends(file, diff)
            self._place(file)

    def _look_at_ends(self, file: int, diff: FileDiff) -> None:
        (self._crlf.add if ends_in_crlf(diff) else self._crlf.discard)(file)

    def lay_out(self) -> None:
        """Lay every file out again."""
        self._stream = Stream([self._high(file, UNKNOWN) for file in range(len(self.files))])
        for file in range(len(self.files)):
            if file in self.folded or file in self._read:
                self._place(file)

    def show_alone(self, file: int | None) -> None:
        """Show one file and no other, or all of them."""
        self.alone = file
        self.lay_out()

    def _high(self, file: int, rows: int) -> int:
        return rows if self.alone in (None, file) else 0

    def _place(self, file: int) -> None:
        if file in self.folded:
            self._rows.pop(file, None)
            self._stream.set(file, self._high(file, 1))
            return
        diff = self._shown[file]
        remarks = [Remark(-1 - n, *wrap) for n, wrap in enumerate(self._wrap(file))]
        for key in self._by_file.get(self.files[file].path, ()):
            note = self.noted[key]
            remarks.append(Remark(key, note.side, note.line, len(note.lines(self.width))))
        folds = self._folds(file, len(diff.hunks))
        said = self._said.get(file) or (CRLF if file in self._crlf else nothing_to_show(diff))
        rows = FileRows(
            diff,
            split=self.split,
            remarks=remarks,
            message=said,
            folded_hunks=folds,
            gaps=True,
            hunks=self._hunks[file],
        )
        self._rows[file] = rows
        self._stream.set(file, self._high(file, len(rows)))

    def _wrap(self, file: int) -> list[tuple[Side, int, int]]:
        """Lines that take more than one row: side, number, rows more."""
        if not self.wrapped:
            return []
        known = self._wraps.get(file)
        if known is None:
            known = self._wraps[file] = extra_rows(self._shown[file], self.width, self.digits(file), split=self.split)
        return known

    def rewrap(self) -> None:
        """Forget how long lines were broken: the width is another."""
        self._wraps.clear()

    # --- folds ------------------------------------------------------------------------------------------------------

    def _folds(self, file: int, hunks: int) -> frozenset[int]:
        if self.marked():
            return frozenset(n for n in range(hunks) if self.is_hunk_folded(file, n))
        return frozenset(n for (here, n), folded in self._hunks_by_hand.items() if here == file and folded)

    def is_hunk_folded(self, file: int, hunk: int) -> bool:
        by_hand = self._hunks_by_hand.get((file, hunk))
        if by_hand is not None:
            return by_hand
        key = self.key(file, hunk)
        return bool(key) and (self.reviewed(key) or self.old(key))

    def fold_reason(self, file: int, hunk: int) -> str:
        """Why a hunk is folded, in a word; empty where it is not."""
        if not self.is_hunk_folded(file, hunk):
            return ""
        key = self.key(file, hunk)
        if key and self.reviewed(key):
            return "reviewed"
        return "seen before" if key and self.old(key) else "folded"

    def toggle_file(self, file: int) -> None:
        if self.folded.pop(file, None) is None:
            self.folded[file] = BY_HAND
        else:
            self._opened.add(file)
        if file in self.folded or file in self._read:
            self._place(file)
        else:
            self._stream.set(file, self._high(file, UNKNOWN))

    def unfold(self, file: int) -> bool:
        """Show a file that is folded; whether it was."""
        if file not in self.folded:
            return False
        self.toggle_file(file)
        return True

    def toggle_hunk(self, file: int, hunk: int) -> None:
        self._hunks_by_hand[file, hunk] = not self.is_hunk_folded(file, hunk)
        self._place(file)

    def follow_marks(self, file: int, hunk: int) -> None:
        """Let a hunk fold or unfold by its marks again."""
        self._hunks_by_hand.pop((file, hunk), None)
        if file in self._read:
            self._place(file)

    # --- what stands where ------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        return self._stream.total

    def start(self, file: int) -> int:
        return self._stream.start(file)

    def height(self, file: int) -> int:
        return self._stream.height(file)

    def locate(self, n: int) -> tuple[int, int]:
        return self._stream.locate(n)

    def at(self, n: int) -> tuple[int, Row | None]:
        """The file of a row and what the row is; None while the file is not read, or folded."""
        file, at = self._stream.locate(n)
        rows = self._rows.get(file)
        return file, rows[at] if rows is not None and at < len(rows) else None

    def base(self, n: int, part: int) -> tuple[Row, int]:
        """The line whose continuation row `n` is, and which piece of it the row shows."""
        file, at = self._stream.locate(n)
        rows, back = self._rows[file], at - part - 1
        pieces = part + 1
        while rows[back].kind is RowKind.REMARK:
            pieces += 1
            back -= 1
        return rows[back], pieces

    def diff(self, file: int) -> FileDiff | None:
        """A file's difference as it is shown."""
        return self._shown.get(file)

    def read(self, file: int) -> FileDiff | None:
        """A file's difference as it was read."""
        return self._read.get(file)

    def crlf(self, file: int) -> bool:
        """Whether every line that is shown of a file ends in CR LF."""
        return file in self._crlf

    def rows(self, file: int) -> FileRows | None:
        return self._rows.get(file)

    def keys(self, file: int) -> list[str]:
        """The keys of a file's hunks; nothing while it is not read."""
        known = self._keyed.get(file)
        return known.keys if known is not None else []

    def key(self, file: int, hunk: int) -> str:
        keys = self.keys(file)
        return keys[hunk] if 0 <= hunk < len(keys) else ""

    def digits(self, file: int) -> int:
        """Cells of the largest line number of a file."""
        diff = self._shown.get(file)
        last = diff.hunks[-1] if diff is not None and diff.hunks else None
        return max(3, len(str(max(last.old_start + last.old_count, last.new_start + last.new_count)))) if last else 3

    def spot(self, n: int) -> Spot | None:
        if not 0 <= n < self.total:
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

    def row_of(self, spot: Spot) -> int:
        """The row of a place; where its line is folded away, the header of the hunk that holds it."""
        rows = self._rows.get(spot.file)
        start = self.start(spot.file)
        if rows is None:
            return start + max(0, min(spot.row, self.height(spot.file) - 1))
        found = rows.row_of(spot.side, spot.line) if spot.line is not None else None
        if found is None and spot.line is not None:
            hunk = rows.hunk_of(spot.side, spot.line)
            found = rows.hunk_starts[hunk] if hunk is not None and hunk < len(rows.hunk_starts) else None
        return start + (found if found is not None else min(spot.row, len(rows) - 1))

    def texts(self, file: int, side: Side, first: int, last: int) -> list[bytes]:
        """The lines of one side from `first` to `last`, as far as the difference shows them; bounded."""
        diff, rows = self._shown.get(file), self._rows.get(file)
        if diff is None or rows is None:
            return []
        found: list[bytes] = []
        for number in range(first, min(last, first + 200) + 1):
            hunk = rows.hunk_of(side, number)
            if hunk is None:
                continue
            lines = self._hunks[file].lines(hunk)
            at = lines.find(side, number)
            if at is not None:
                found.append(lines.line(at)[0].text)
        return found

    def hunk_rows(self, file: int, hunk: int) -> range:
        """The rows of a hunk in the whole stream, its header first."""
        rows = self._rows.get(file)
        if rows is None or hunk >= len(rows.hunk_starts):
            return range(0)
        starts = rows.hunk_starts
        end = starts[hunk + 1] if hunk + 1 < len(starts) else len(rows) - 1
        begin = self.start(file)
        return range(begin + starts[hunk], begin + end)

    def next_hunks(self, file: int, n: int, most: int) -> list[int]:
        """The first lines of the next hunks of a file below row `n`."""
        rows, begin = self._rows.get(file), self.start(file)
        if rows is None:
            return []
        at = bisect_right(rows.hunk_starts, n - begin)
        return [begin + start + 1 for start in rows.hunk_starts[at : at + most]]

    def hunks_between(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The hunks that have a row from `first` up to `last`."""
        at = max(first, 0)
        while at < min(last, self.total):
            file, inside = self._stream.locate(at)
            rows, begin = self._rows.get(file), self.start(file)
            if rows is not None:
                starts = rows.hunk_starts
                for hunk in range(max(bisect_right(starts, inside) - 1, 0), bisect_left(starts, last - begin)):
                    yield file, hunk
            at = begin + self.height(file)

    # --- from place to place ----------------------------------------------------------------------------------------

    def beside(self, n: int, step: int, holds: Callable[[FileRows, int], int | None]) -> Spot | None:
        """The next place, file by file from row `n`: `holds(rows, row)` finds one in a file, from a row of it on."""
        if not 0 <= n < self.total:
            return None
        here, inside = self._stream.locate(n)
        rows = self._rows.get(here)
        found = holds(rows, inside) if rows is not None else None
        if found is not None:
            return Spot(here, row=found)
        file = here + step
        while 0 <= file < len(self.files):
            other = self._rows.get(file)
            if other is None:
                return Spot(file)  # not read yet, or folded: its header
            found = holds(other, -1 if step > 0 else len(other))
            if found is not None:
                return Spot(file, row=found)
            file += step
        return None

    def marks(self) -> Mapping[int, list[str]]:
        """The keys of all hunks that were read, by file."""
        return {file: self.keys(file) for file in self._read}
