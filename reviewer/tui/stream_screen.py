"""The ground of every screen with a difference: its files read as they are needed, surveyed and searched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from reviewer.diff.hunks import FileHunks
from reviewer.diff.identity import hunk_keys
from reviewer.diff.moved import moved_lines
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding
from reviewer.review.file_list import FileList, Sizes
from reviewer.review.large_blocks import give_back_large_blocks
from reviewer.review.lines import BLANK, Line
from reviewer.review.marks import MarkBook
from reviewer.review.ordering import Order, ordered
from reviewer.review.remarks import Noted
from reviewer.review.searching import Match, asked, search_files
from reviewer.review.summaries import read_and_told
from reviewer.text import Untrusted, show
from reviewer.tui.background import Background
from reviewer.tui.diff_view import DiffView, Spot
from reviewer.tui.files_view import FilesView
from reviewer.tui.paint import Paint
from reviewer.tui.walking import Walking, by_path

TOGETHER = 16
"""Files that one question to git asks for at the most."""
AHEAD = 60
"""Files that are read before anybody has scrolled to them."""
SURVEYED_FILES, SURVEYED_LINES = 500, 60_000
"""A change up to this size is read whole once, for what moved in it and for how much of it was seen."""


class StreamScreen(Walking):
    """Shows `files` in a DiffView and an Entries called "files"; who derives from it composes both, and a "search".

    `pane` is the id of the pane in use. What was asked for an earlier `subject` and comes late is dropped.
    """

    class Sized(Message):
        """Lines added and removed by file."""

        def __init__(self, subject: str, sizes: Sizes) -> None:
            super().__init__()
            self.subject = subject
            self.sizes = sizes

    class Loaded(Message):
        """Files' patches were read, each with what is said above its lines."""

        def __init__(self, subject: str, found: Sequence[tuple[int, FileHunks, str]]) -> None:
            super().__init__()
            self.subject = subject
            self.found = found

    class Matches(Message):
        """Where a text was found."""

        def __init__(self, needle: str, found: list[Match]) -> None:
            super().__init__()
            self.needle = needle
            self.found = found

    def __init__(self, paint: Paint, reading: Background) -> None:
        super().__init__()
        give_back_large_blocks()
        self.paint = paint
        self.reading = reading
        self.files: Sequence[FileChange] = ()
        self.sizes: Sizes = {}
        self.flags: Mapping[Untrusted, int] = {}
        self.subject = ""
        self.pane = "diff"
        self.needle = ""
        self.matches: list[Match] = []
        self.matched = -1
        self.book = MarkBook()
        self.order = Order.PATH
        self.keys: list[str] | None = None
        self._asks = "search"
        self._wanted: list[int] = []
        self._surveyed = ""
        self._measured = False

    def file_reader(self) -> Callable[[FileChange], FileDiff]:
        """A function that reads one file's patch, safe to call from another thread."""
        raise NotImplementedError

    def files_reader(self) -> Callable[[Sequence[FileChange]], Iterator[FileDiff]]:
        """A function that reads many files' patches, safe to call from another thread."""
        raise NotImplementedError

    def measurer(self) -> Callable[[], Sizes]:
        """A function that reads the sizes of all files, safe to call from another thread."""
        raise NotImplementedError

    def findings(self) -> Sequence[Finding]:
        """What was found in the files, for their order."""
        return ()

    # --- files ------------------------------------------------------------------------------------------------------

    def show_stream(self, subject: str, files: Sequence[FileChange], noted: Sequence[Noted]) -> None:
        """Show another difference; `subject` names it."""
        self.subject, self.files, self.sizes, self.keys = subject, files, {}, None
        self.matches, self.matched, self.needle = [], -1, ""
        self.diff.look_for("")
        self._show(noted)
        self._measured = False
        self._ahead()

    def _show(self, noted: Sequence[Noted]) -> None:
        if self.order is not Order.PATH:
            self.files = ordered(self.files, self.order, self.findings())
        stream = self.diff.stream
        stream.marked = lambda: self.book.folds
        stream.reviewed, stream.old, self.diff.lines.unseen = self.book.is_reviewed, self.book.is_old, self.book.is_new
        self.diff.show_files(self.files, noted)

    def _ahead(self) -> None:
        for file in range(min(len(self.files), AHEAD)):
            self.diff.want(file)

    def reorder(self) -> None:
        here = self.files[self.diff.file].path if self.diff.file is not None else None
        self.matches, self.matched = [], -1
        if self.order is Order.PATH:
            self.files = ordered(self.files, Order.PATH)
        self.subject += "'"  # what comes late carries numbers of files in the order before
        self._show(self.diff.stream.noted)
        self.diff.lines.sizes = self.sizes
        self._ahead()
        self.fill_files()
        file = by_path(self.files, here)
        if file is not None:
            self.diff.go_to_file(file)
        self._survey()
        self.told()

    def on_diff_view_wanted(self, message: DiffView.Wanted) -> None:
        if not self._wanted:
            self.call_later(self._read_wanted)  # once those are here that come with it
        self._wanted.append(message.file)

    def _read_wanted(self) -> None:
        """Read the files that are wanted, those together that stand together: they come on screen in one frame."""
        stream = self.diff.stream
        wanted = [n for n in dict.fromkeys(self._wanted) if n < len(self.files) and stream.read(n) is None]
        self._wanted.clear()
        here = self.diff.file or 0
        wanted.sort(key=lambda n: (abs(n - here), n))
        # The latest question is answered first: so the nearest file, asked for last, comes first, alone as the others
        # may be long.
        for at in reversed(range(1, len(wanted), TOGETHER)):
            self._read(wanted[at : at + TOGETHER])
        if wanted:
            self._read(wanted[:1])

    def _read(self, numbers: Sequence[int]) -> None:
        read, read_all, blob, subject = self.file_reader(), self.files_reader(), self.blob_reader(), self.subject
        files = [self.files[n] for n in numbers]

        def call() -> Message:
            try:
                diffs = list(read_all(files)) if len(files) > 1 else []
            except ReviewerError:
                diffs = []  # one of them cannot be read: each by itself says so
            known = {id(file): diff for file, diff in zip(files, diffs, strict=False)}

            def one(file: FileChange) -> FileDiff:
                return known.get(id(file)) or read(file)

            told = [read_and_told(one, file, blob) for file in files]
            found = zip(numbers, told, strict=True)
            return self.Loaded(subject, [(n, FileHunks(diff).measured(), said) for n, (diff, said) in found])

        self.reading.ask(self, "reading a file", call)

    def on_stream_screen_loaded(self, message: Loaded) -> None:
        if message.subject == self.subject:
            self.diff.loaded(message.found)
            if not self._measured:
                # What is on screen comes first: counting the lines of all files can take long.
                self._measured = True
                measure, subject = self.measurer(), self.subject
                self.reading.ask(self, "measuring", lambda: self.Sized(subject, measure()))
            self._survey()
            self.told()

    def on_stream_screen_sized(self, message: Sized) -> None:
        if message.subject == self.subject:
            self.sizes = message.sizes
            self.diff.show_sizes(message.sizes)
            self.fill_files()
            self._survey()

    def _survey(self) -> None:
        """Read a change of a size that allows it whole, once, when the files that are on screen are there."""
        stream = self.diff.stream
        if self._surveyed == self.subject or any(stream.read(n) is None for n in range(min(len(self.files), AHEAD))):
            return
        lines = sum(sum(size) for size in self.sizes.values() if size)
        if not self.sizes:
            return
        self._surveyed = self.subject
        if len(self.files) > SURVEYED_FILES or lines > SURVEYED_LINES:
            return
        files, read_all, subject = tuple(self.files), self.files_reader(), self.subject

        def call() -> Message:
            diffs = list(read_all(files))
            keys = [key for diff in diffs for key in hunk_keys(diff)]
            return self.Surveyed(subject, dict(moved_lines(enumerate(diffs))), keys)

        self.reading.ask(self, "reading all files", call)

    def on_walking_surveyed(self, message: Walking.Surveyed) -> None:
        if message.subject == self.subject:
            self.keys = message.keys
            if message.moves:
                self.diff.show_moves(message.moves)
            self.told()

    def all_keys(self) -> list[str]:
        if self.keys is not None:
            return self.keys
        return [key for keys in self.diff.stream.marks().values() for key in keys]

    def fill_files(self) -> None:
        """Fill the list of files anew."""
        view = self.query_one("#files", FilesView)
        view.list_files(FileList(self.files, self.sizes, self.flags))
        if self.diff.file is not None and not view.has_focus:
            view.to_key(self.diff.file)

    def file_named(self, path: object) -> int | None:
        """A file's number by its path."""
        return by_path(self.files, path)

    def where(self) -> Line:
        """Which file of how many, how much was seen; or which match, for a bar."""
        if self.needle and self.matches:
            return ((f" {self.matched + 1} of {len(self.matches)} matches ", "muted"),)
        file = self.diff.file
        if file is None or not self.files:
            return BLANK
        seen = self.seen()
        told = f"{seen.shown}/{seen.hunks} seen" + (f", {seen.reviewed} reviewed" if seen.reviewed else "")
        return ((f" {told}  file {file + 1} of {len(self.files)} ", "muted"),)

    def before_frame(self, shown: Collection[Widget]) -> None:
        if self.diff in shown:
            for message in self.diff.news():
                if isinstance(message, DiffView.At):
                    self.on_diff_view_at(message)
                else:
                    self.on_diff_view_seen(message)

    def on_diff_view_at(self, message: DiffView.At) -> None:
        self.query_one("#files", FilesView).to_key(message.file)
        self.told()

    # --- the field: searching, going to a line ----------------------------------------------------------------------

    def action_search(self) -> None:
        self.ask_for("search", "search in this pane: text, or /pattern/")

    def action_search_whole(self) -> None:
        self.ask_for("whole", "search in the whole files of this change: text, or /pattern/")

    def ask_for(self, what: str, words: str) -> None:
        self._asks = what
        field = self.query_one("#search", Input)
        field.placeholder = words
        field.display = True
        self.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close_search()
        if self._asks == "line":
            self.to_line(event.value)
            event.input.value = ""
        else:
            self.look_for(event.value)

    def close_search(self) -> None:
        self.query_one("#search").display = False
        self.set_focus(self.query_one(f"#{self.pane}"))

    def look_for(self, needle: str) -> None:
        """Search the whole difference, also the files that were not read yet; or the whole files of it."""
        self.needle, self.matches, self.matched = needle, [], -1
        # A pattern is matched line by line elsewhere, in bounded time: its lines are walked, its letters not marked.
        self.diff.look_for("" if asked(needle).pattern else needle)
        self.told()
        if needle and not self.files:
            self.notify("There is no difference to search here yet.", markup=False)
        elif needle:
            files, read_all = self.files, self.files_reader()
            blob = self.blob_reader() if self._asks == "whole" else None
            stop = lambda: self.needle != needle  # noqa: E731
            self.reading.ask(
                self, "searching", lambda: self.Matches(needle, search_files(files, read_all, needle, blob, stop))
            )

    def on_stream_screen_matches(self, message: Matches) -> None:
        if message.needle != self.needle:
            return
        self.matches = message.found
        if not message.found:
            place = "in these files" if self._asks == "whole" else "in this difference"
            self.notify(f"{show(self.needle, limit=60)} is nowhere {place}.", markup=False)
            return
        here = self.diff.file or 0
        self.matched = next((n for n, found in enumerate(message.found) if found.file >= here), 0) - 1
        self.action_found(1)

    def action_found(self, step: int) -> None:
        if not self.matches:
            return
        self.matched = (self.matched + step) % len(self.matches)
        found = self.matches[self.matched]
        spot = Spot(found.file, found.side, found.line)
        rows = self.diff.stream.rows(found.file)
        if self._asks == "whole" and rows is not None and rows.hunk_of(found.side, found.line) is None:
            self.widen_to(spot)
        else:
            self.diff.go_to(spot)
        self.told()
