"""Says how each row of a stream is painted: headers, lines, gaps, remarks, and the colours behind them; pure.

What must stay true: a row is made when it is asked for; the rows are the same before and after the screens are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from reviewer.diff.moved import Move, Place
from reviewer.diff.quiet import quiet_lines
from reviewer.diff.rows import Row, RowKind
from reviewer.model.diff import FileChange
from reviewer.model.finding import Side
from reviewer.review.coverage import Ran, words
from reviewer.review.diff_lines import SIGNS, Colours, Signs, View, line_row, no_colours
from reviewer.review.diff_stream import DiffStream
from reviewer.review.diff_words import file_row, gap_row, hunk_row
from reviewer.review.lines import BLANK, Line, line
from reviewer.text import Untrusted, show

SPLIT_FROM: Final = 130
"""Cells from which on the two sides stand beside each other, unless a key says otherwise."""


class Colourist(Protocol):
    """Has the colours of lines, as far as they are known, and is told which are wanted, perhaps `later`."""

    def want(self, change: FileChange, row: Row, *, later: bool = False) -> bool: ...
    def of(self, change: FileChange) -> Colours: ...


class Plain:
    """No colours, and none wanted."""

    def want(self, change: FileChange, row: Row, *, later: bool = False) -> bool:
        return True

    def of(self, change: FileChange) -> Colours:
        return no_colours


class StreamLines:
    """The rows of `stream` as lines. `want` is told of a file that is not read yet and has come on screen.

    `colourless` collects the rows that were made while their colours were not known.
    """

    def __init__(self, stream: DiffStream, colours: Colourist, want: Callable[[int], None]) -> None:
        self.stream = stream
        self.sizes: Mapping[Untrusted, tuple[int, int] | None] = {}
        self.moves: Mapping[Place, Move] = {}
        self.signs: Signs = SIGNS
        self.unseen: Callable[[str], bool] = lambda _key: False
        self.ran: Mapping[Untrusted, Ran] = {}
        self.needle = ""
        self.loud = False
        self.colourless: set[int] = set()
        self._colours = colours
        self._want = want
        self._quiet: dict[tuple[int, int], frozenset[tuple[Side, int]]] = {}

    def begin(self) -> None:
        """Forget what was worked out of the difference before."""
        self.moves = {}
        self._quiet.clear()

    def line(self, n: int, width: int, shift: int = 0) -> Line:
        """Row `n`, its text moved `shift` cells to the left where lines are not broken."""
        file, row = self.stream.at(n)
        if row is None:
            if file not in self.stream.folded:
                self._want(file)
            at = n - self.stream.start(file)
            if at == 0:
                return self.file_line(file)
            return line("  reading …", "muted") if at == 1 else BLANK
        if row.kind is RowKind.FILE:
            return self.file_line(file)
        if row.kind is RowKind.HUNK:
            return self.hunk_line(file, row.hunk)
        if row.kind is RowKind.MESSAGE:
            return line(f"  {row.text}", "muted")
        if row.kind is RowKind.GAP:
            return gap_row(row.hidden) if row.hidden else BLANK
        if row.kind is RowKind.REMARK and row.remark >= 0:
            lines = self.stream.noted[row.remark].lines(self.stream.width)
            return lines[row.part] if row.part < len(lines) else BLANK
        piece = 0
        if row.kind is RowKind.REMARK:
            row, piece = self.stream.base(n, row.part)
        if not self._colours.want(self.stream.files[file], row):
            self.colourless.add(n)
        return self._code_line(file, row, piece, width, shift)

    def ahead(self, n: int) -> None:
        """Ask for the colours of a row that may come on screen."""
        if 0 <= n < self.stream.total:
            file, row = self.stream.at(n)
            if row is not None and row.kind is RowKind.LINE:
                self._colours.want(self.stream.files[file], row, later=True)

    def _code_line(self, file: int, row: Row, piece: int, width: int, shift: int) -> Line:
        change = self.stream.files[file]

        def moved(side: Side, number: int) -> str | None:
            move = self.moves.get((file, side, number))
            if move is None or not move.first:
                return None if move is None else ""
            there = show(self.stream.files[move.file].path, limit=60) if move.file != file else "line"
            return f"moved {'to' if side is Side.OLD else 'from'} {there}{' ' if move.file == file else ':'}{move.line}"

        view = View(
            width,
            self.stream.digits(file),
            self.stream.split,
            0 if self.stream.wrapped else shift,
            self.needle,
            frozenset() if self.loud else self._quiet_of(file, row.hunk),
            moved,
            piece,
            self.signs,
            self.ran.get(change.path, {}).get,
            self.stream.crlf(file),
            self.stream.wrapped,
        )
        return line_row(row, view, self._colours.of(change))

    def _quiet_of(self, file: int, hunk: int) -> frozenset[tuple[Side, int]]:
        known = self._quiet.get((file, hunk))
        if known is None:
            diff = self.stream.read(file)
            known = quiet_lines(diff, hunk) if diff is not None and hunk < len(diff.hunks) else frozenset()
            self._quiet[file, hunk] = known
        return known

    def hunk_line(self, file: int, hunk: int) -> Line:
        diff = self.stream.diff(file)
        assert diff is not None
        key = self.stream.key(file, hunk)
        return hunk_row(diff, hunk, self.stream.fold_reason(file, hunk), unseen=bool(key) and self.unseen(key))

    def file_line(self, file: int) -> Line:
        change = self.stream.files[file]
        why = self.stream.folded.get(file, "")
        size, flags = self.sizes.get(change.path), self.stream.flags.get(change.path, 0)
        ran = words(self.ran.get(change.path, {}))
        return file_row(change, size, folded=file in self.stream.folded, flags=flags, why=why, ran=ran)

    def header(self, top: int) -> Line | None:
        """The file and the hunk that row `top` is in, where their headers stand above it."""
        file, row = self.stream.at(top)
        if top == self.stream.start(file):
            return None
        header = self.file_line(file)[:2]
        if row is not None and row.hunk >= 0:
            return (*header, ("   ", "text"), *self.hunk_line(file, row.hunk))
        return header

    def lights(self, n: int) -> int | None:
        """How many cells of a line show that the cursor stands on it; None for all of them."""
        file, row = self.stream.at(n)
        if row is None or not (row.kind is RowKind.LINE or (row.kind is RowKind.REMARK and row.remark < 0)):
            return None
        digits = self.stream.digits(file)
        return digits + 1 if self.stream.split else 2 * digits + 2

    def behind(self, n: int) -> str:
        """The colour behind row `n`."""
        file, row = self.stream.at(n)
        if row is None:
            return "panel" if n == self.stream.start(file) else "surface"
        if row.kind is RowKind.FILE:
            return "panel"
        if row.kind is RowKind.HUNK:
            return "hunk-surface"
        return "remark-surface" if row.kind is RowKind.REMARK and row.remark >= 0 else "surface"
