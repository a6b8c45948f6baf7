"""The ground of every screen with a difference: its files read as they are needed, walked, folded and searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from reviewer.model.diff import FileChange, FileDiff
from reviewer.review.lines import BLANK, Line
from reviewer.review.panes import Sizes, file_entries
from reviewer.review.remarks import Noted
from reviewer.review.searching import Match, search_files
from reviewer.text import Untrusted, show
from reviewer.tui.background import Background
from reviewer.tui.diff_view import DiffView, Spot
from reviewer.tui.line_view import Entries
from reviewer.tui.paint import Paint

AHEAD = 60
"""Files that are read before anybody has scrolled to them."""
FILES_WIDTH = 32


class StreamScreen(Screen[None]):
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
        """A file's patch was read."""

        def __init__(self, subject: str, file: int, diff: FileDiff) -> None:
            super().__init__()
            self.subject = subject
            self.file = file
            self.diff = diff

    class Matches(Message):
        """Where a text was found."""

        def __init__(self, needle: str, found: list[Match]) -> None:
            super().__init__()
            self.needle = needle
            self.found = found

    def __init__(self, paint: Paint, reading: Background) -> None:
        super().__init__()
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

    @property
    def diff(self) -> DiffView:
        return self.query_one(DiffView)

    def file_reader(self) -> Callable[[FileChange], FileDiff]:
        """A function that reads one file's patch, safe to call from another thread."""
        raise NotImplementedError

    def measurer(self) -> Callable[[], Sizes]:
        """A function that reads the sizes of all files, safe to call from another thread."""
        raise NotImplementedError

    def told(self) -> None:
        """Something that the bars tell has changed."""

    # --- files ------------------------------------------------------------------------------------------------------

    def show_stream(self, subject: str, files: Sequence[FileChange], noted: Sequence[Noted]) -> None:
        """Show another difference; `subject` names it."""
        self.subject, self.files, self.sizes = subject, files, {}
        self.matches, self.matched, self.needle = [], -1, ""
        self.diff.look_for("")
        self.diff.show_files(files, noted)
        measure = self.measurer()
        self.reading.ask(self, "measuring", lambda: self.Sized(subject, measure()))
        # The latest question is answered first: so the first file, asked for last, comes first.
        for file in reversed(range(min(len(files), AHEAD))):
            self.diff.want(file)

    def on_diff_view_wanted(self, message: DiffView.Wanted) -> None:
        if message.file >= len(self.files):
            return
        read, subject, number, file = self.file_reader(), self.subject, message.file, self.files[message.file]
        self.reading.ask(self, "reading a file", lambda: self.Loaded(subject, number, read(file)))

    def on_stream_screen_loaded(self, message: Loaded) -> None:
        if message.subject == self.subject:
            self.diff.loaded(message.file, message.diff)
            self.told()

    def on_stream_screen_sized(self, message: Sized) -> None:
        if message.subject == self.subject:
            self.sizes = message.sizes
            self.diff.show_sizes(message.sizes)
            self.fill_files()

    def fill_files(self) -> None:
        """Fill the list of files anew."""
        view = self.query_one("#files", Entries)
        width = view.size.width or FILES_WIDTH - 1
        view.fill(file_entries(self.files, self.sizes, self.flags, width))
        if self.diff.file is not None and not view.has_focus:
            view.to_key(self.diff.file)

    def file_named(self, path: object) -> int | None:
        """A file's number by its path."""
        return next((n for n, file in enumerate(self.files) if file.path == path), None)

    def where(self) -> Line:
        """Which file of how many, or which match, for a bar."""
        if self.needle and self.matches:
            return ((f" {self.matched + 1} of {len(self.matches)} matches ", "muted"),)
        file = self.diff.file
        return ((f" file {file + 1} of {len(self.files)} ", "muted"),) if file is not None and self.files else BLANK

    def on_diff_view_at(self, message: DiffView.At) -> None:
        self.query_one("#files", Entries).to_key(message.file)
        self.told()

    # --- walking ----------------------------------------------------------------------------------------------------

    def action_hunk(self, step: int) -> None:
        self.diff.next_hunk(step)

    def action_file(self, step: int) -> None:
        self.diff.next_file(step)

    def action_split(self) -> None:
        self.diff.toggle_split()

    def action_fold(self) -> None:
        self.diff.toggle_fold()

    # --- searching --------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        field = self.query_one("#search", Input)
        field.display = True
        self.set_focus(field)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action == "search" and isinstance(self.focused, Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close_search()
        self.look_for(event.value)

    def close_search(self) -> None:
        self.query_one("#search").display = False
        self.set_focus(self.query_one(f"#{self.pane}"))

    def look_for(self, needle: str) -> None:
        """Search the whole difference, also the files that were not read yet."""
        self.needle, self.matches, self.matched = needle, [], -1
        self.diff.look_for(needle)
        self.told()
        if needle:
            files, read = self.files, self.file_reader()
            self.reading.ask(self, "searching", lambda: self.Matches(needle, search_files(files, read, needle)))

    def on_stream_screen_matches(self, message: Matches) -> None:
        if message.needle != self.needle:
            return
        self.matches = message.found
        if not message.found:
            self.notify(f"{show(self.needle, limit=60)} is nowhere in this difference.", markup=False)
            return
        here = self.diff.file or 0
        self.matched = next((n for n, found in enumerate(message.found) if found.file >= here), 0) - 1
        self.action_found(1)

    def action_found(self, step: int) -> None:
        if self.matches:
            self.matched = (self.matched + step) % len(self.matches)
            found = self.matches[self.matched]
            self.diff.go_to(Spot(found.file, found.side, found.line))
            self.told()
