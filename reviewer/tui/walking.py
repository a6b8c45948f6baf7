"""The keys of a difference: walking, folding, more context, marks, copying, ways of showing; over any stream screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from textual.message import Message
from textual.widgets import Input

from reviewer.diff.context import WHOLE, function_around, with_context
from reviewer.diff.moved import Move, Place
from reviewer.diff.rows import FileRows, RowKind
from reviewer.model.diff import FileChange, FileDiff, Hunk
from reviewer.model.finding import Side
from reviewer.model.mark import Mark, Seen
from reviewer.review.marks import MarkBook
from reviewer.review.ordering import Order
from reviewer.text import show
from reviewer.tui.background import Background
from reviewer.tui.compact import CompactScreen
from reviewer.tui.diff_view import DiffView, Spot

MORE = 10
"""Lines that are shown more of above and below a hunk with each key."""


class Walking(CompactScreen):
    """What a reader does in a difference. `book` are the marks; `kept` is told of those that were made."""

    reading: Background
    subject: str
    book: MarkBook
    order: Order

    class Widened(Message):
        """A file's difference with more lines around it was made."""

        def __init__(self, subject: str, file: int, diff: FileDiff, go_to: Spot | None) -> None:
            super().__init__()
            self.subject = subject
            self.file = file
            self.diff = diff
            self.go_to = go_to

    class Surveyed(Message):
        """Every file was read once: what moved, and the keys of all hunks."""

        def __init__(self, subject: str, moves: dict[Place, Move], keys: list[str]) -> None:
            super().__init__()
            self.subject = subject
            self.moves = moves
            self.keys = keys

    @property
    def diff(self) -> DiffView:
        return self.query_one(DiffView)

    def blob_reader(self) -> Callable[[str], bytes]:
        """A function that reads a blob, safe to call from another thread."""
        raise NotImplementedError

    def kept(self, marks: Sequence[Mark]) -> None:
        """Marks were made."""

    def told(self) -> None:
        """Something that the bars tell has changed."""

    def reorder(self) -> None:
        """Show the files in another `order`."""

    # --- walking ----------------------------------------------------------------------------------------------------

    def action_hunk(self, step: int) -> None:
        self.diff.next_hunk(step)

    def action_file(self, step: int) -> None:
        self.diff.next_file(step)

    def action_change(self, step: int) -> None:
        """To the next run of changed lines."""
        if step > 0:
            self.diff.to_next(step, lambda rows, n: rows.next_changed(n, runs=True))
        else:
            self.diff.to_next(step, lambda rows, n: rows.previous_changed(n, runs=True))

    def action_remark(self, step: int) -> None:
        """To the next comment, draft or finding that stands in the difference."""
        stream = self.diff.stream

        def holds(rows: FileRows, n: int) -> int | None:
            places = (rows.row_of_remark(key) for key in range(len(stream.noted)))
            beyond = [at for at in places if at is not None and (at > n if step > 0 else at < n)]
            return (min(beyond) if step > 0 else max(beyond)) if beyond else None

        if not self.diff.to_next(step, holds):
            self.notify("No comment or finding is left in this direction.", markup=False)

    def action_unseen(self, step: int) -> None:
        """To the next hunk that was never on screen whole."""
        stream = self.diff.stream

        def holds(rows: FileRows, n: int) -> int | None:
            file = next((f for f in range(len(stream.files)) if stream.rows(f) is rows), None)
            if file is None:
                return None
            places = [
                at
                for hunk, at in enumerate(rows.hunk_starts)
                if (at > n if step > 0 else at < n) and not self.book.is_shown(stream.key(file, hunk))
            ]
            return (places[0] if step > 0 else places[-1]) if places else None

        if not self.diff.to_next(step, holds):
            self.notify("Every hunk in this direction was on screen.", markup=False)

    def action_line(self) -> None:
        self.ask_for("line", "line of this file's new side, -line for its old side")

    def ask_for(self, what: str, words: str) -> None:
        """Open the field; what is typed goes to `answered`."""
        raise NotImplementedError

    def to_line(self, said: str) -> None:
        file = self.diff.file
        digits = said.strip().lstrip("-+")
        if file is None or not digits.isdigit() or len(digits) > 9:
            self.notify("A line is a number.", severity="error", markup=False)
            return
        spot = Spot(file, Side.OLD if said.strip().startswith("-") else Side.NEW, int(digits))
        rows = self.diff.stream.rows(file)
        if rows is not None and rows.hunk_of(spot.side, spot.line) is not None:
            self.diff.go_to(spot)
        else:
            self.widen_to(spot)

    def widen_to(self, spot: Spot) -> None:
        """Show the whole file, and go to a line of it that no hunk holds."""
        self._widen(spot.file, None, WHOLE, spot)

    # --- more context -----------------------------------------------------------------------------------------------

    def action_more(self, how: Literal["lines", "function", "file"]) -> None:
        """Show more of the file around the hunk under the cursor, or around all of them."""
        here = self.diff.hunk
        file = self.diff.file
        if file is None:
            return
        if how == "file":
            self._widen(file, None, WHOLE, None)
        elif here is not None:
            self._widen(here[0], here[1], MORE if how == "lines" else 0, None)

    def _widen(self, file: int, hunk: int | None, lines: int, go_to: Spot | None) -> None:
        stream = self.diff.stream
        diff, change = stream.read(file), self.diff.files[file]
        shown = stream.diff(file)
        if diff is None or shown is None or not diff.hunks:
            return
        blob, subject = self.blob_reader(), self.subject
        at = self.diff.cursor - stream.start(file)
        rows = stream.rows(file)
        if hunk is not None and rows is not None and at < len(rows) and rows[at].kind is RowKind.GAP:
            hunk = rows[at].hunk
        have = {
            n: (_first(old) - _first(new), _last(new) - _last(old))
            for n, (old, new) in enumerate(zip(diff.hunks, shown.hunks, strict=True))
        }

        def call() -> Message:
            text = blob(change.new_oid)
            wanted = dict(have)
            if hunk is None:
                wanted = dict.fromkeys(have, (lines, lines))
            elif lines:
                wanted[hunk] = (have[hunk][0] + lines, have[hunk][1] + lines)
            else:
                wanted[hunk] = function_around(text, diff.hunks[hunk])
            return self.Widened(subject, file, with_context(diff, text, wanted) if text else diff, go_to)

        self.reading.ask(self, "reading the file", call)

    def on_walking_widened(self, message: Widened) -> None:
        if message.subject != self.subject:
            return
        before = self.diff.stream.diff(message.file)
        if before is not None and before.hunks == message.diff.hunks:
            self.notify("There is no more of this file to show here.", markup=False)
            return
        self.diff.keeping(lambda: self.diff.stream.widened(message.file, message.diff))
        if message.go_to is not None:
            self.diff.go_to(message.go_to)

    # --- folds and marks --------------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        self.diff.toggle_fold()

    def action_fold_hunk(self) -> None:
        here = self.diff.hunk
        if here is not None:
            self._to_header(*here, lambda: self.diff.stream.toggle_hunk(*here))

    def _to_header(self, file: int, hunk: int, change: Callable[[], object]) -> None:
        """Fold or unfold; the cursor goes to the hunk's header."""
        self.diff.keeping(change)
        span = self.diff.stream.hunk_rows(file, hunk)
        if span:
            self.diff.move_to(span.start)

    def action_reviewed(self, what: Literal["hunk", "file"]) -> None:
        """Mark the hunk, or all of the file, as reviewed, or take the mark back; what is reviewed folds."""
        here, file, stream = self.diff.hunk, self.diff.file, self.diff.stream
        if file is None or (what == "hunk" and here is None):
            return
        hunks = range(len(stream.keys(file))) if what == "file" else range(here[1], here[1] + 1) if here else range(0)
        keys = [stream.key(file, hunk) for hunk in hunks]
        if not any(keys):
            self.notify("This hunk stands in the file twice: it cannot be known again.", markup=False)
            return
        done = not all(self.book.is_reviewed(key) for key in keys if key)
        made = self.book.review(keys, done=done)

        def change() -> None:
            for hunk in hunks:
                stream.follow_marks(file, hunk)

        self._to_header(file, hunks.start, change)
        if done:
            self.diff.next_hunk(1)
        self.kept(made)
        self.told()

    def action_only_new(self) -> None:
        """Show what was looked at in an earlier revision as well, or fold it."""
        self.book.only_new = not self.book.only_new
        self.diff.lay_out()
        said = "Only what is new since your last look." if self.book.only_new else "Everything."
        self.notify(said, markup=False)

    def on_diff_view_seen(self, message: DiffView.Seen) -> None:
        made = self.book.show(message.keys)
        if made:
            self.kept(made)
            self.told()

    def seen(self) -> Seen:
        """How much of the difference was on screen, as far as it was read."""
        return self.book.seen(self.all_keys())

    def all_keys(self) -> list[str]:
        """The keys of all hunks; while not all files were read, those of the files that were."""
        raise NotImplementedError

    # --- ways of showing --------------------------------------------------------------------------------------------

    def action_one_file(self) -> None:
        self.diff.toggle_alone()
        alone = self.diff.stream.alone is not None
        self.notify("One file at a time: } shows the next." if alone else "All files in one stream.", markup=False)

    def action_split(self) -> None:
        self.diff.toggle_split()

    def action_wrap(self) -> None:
        self.diff.stream.wrapped = not self.diff.stream.wrapped
        self.diff.lay_out()

    def action_loud(self) -> None:
        loud = self.diff.lines.loud = not self.diff.lines.loud
        self.diff.refresh()
        said = "Changes of layout alone are shown like others." if loud else "Changes of layout are dimmed."
        self.notify(said, markup=False)

    def action_order(self) -> None:
        orders = list(Order)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        self.reorder()
        self.notify(f"Files {self.order.value}.", markup=False)

    # --- copying ----------------------------------------------------------------------------------------------------

    def action_copy(self, what: Literal["line", "place"]) -> None:
        """Put the line, or its place, on the clipboard of the terminal (OSC 52); never without this key."""
        anchor = self.diff.remarked()
        if anchor is None:
            return
        place = show(anchor.file) + (f":{anchor.start}" if anchor.start is not None else "")
        text = place if what == "place" or anchor.start is None else show(anchor.text)
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied: {text[:60]}", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action in ("search", "search_whole") and isinstance(self.focused, Input))


def _first(hunk: Hunk) -> int:
    return hunk.new_start if hunk.new_count else hunk.new_start + 1


def _last(hunk: Hunk) -> int:
    return _first(hunk) + hunk.new_count


def by_path(files: Sequence[FileChange], path: object) -> int | None:
    """A file's number by its path."""
    return next((n for n, file in enumerate(files) if file.path == path), None)
