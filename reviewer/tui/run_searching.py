"""What is looked for in the output of one run, copied from it or written to a file; over any screen that shows one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from reviewer.model.errors import ReviewerError
from reviewer.model.run import Run
from reviewer.review.desk import Desk
from reviewer.review.log_search import FAILURE, Search, wanted
from reviewer.text import show
from reviewer.tui.background import Background
from reviewer.tui.line_view import Entries
from reviewer.tui.log_view import LogView
from reviewer.tui.run_logs import RunLogs


class RunSearching(Screen[None]):
    """Who derives from it composes a LogView, an Entries called "facts" and a field called "search"."""

    class Saved(Message):
        """The output was written to a file."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    desk: Desk
    reading: Background
    logs: RunLogs
    run_shown: Run
    pane: str

    def __init__(self) -> None:
        super().__init__()
        self.search: Search | None = None
        self._sought: int | None = None
        self._writing: Background | None = None
        self._submit: Callable[[str], None] = self._look_for

    @property
    def output(self) -> LogView:
        return self.query_one(LogView)

    @property
    def facts(self) -> Entries:
        return self.query_one("#facts", Entries)

    def lay_panes(self) -> None:
        raise NotImplementedError

    def action_show(self, pane: str) -> None:
        raise NotImplementedError

    def told(self) -> None:
        """Say anew what stands in the bars."""
        raise NotImplementedError

    # --- the field --------------------------------------------------------------------------------------------------

    def _ask_for(self, words: str, submit: Callable[[str], None], value: str = "") -> None:
        self._submit = submit
        field = self.query_one("#search", Input)
        field.placeholder, field.value = words, value
        field.display = True
        self.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close_field()
        try:
            self._submit(event.value)
        except ReviewerError as error:
            self.notify(f"{error.message}. {error.hint}", severity="error", markup=False)

    @property
    def asking(self) -> bool:
        return bool(self.query_one("#search").display)

    def close_field(self) -> None:
        self.query_one("#search").display = False
        self.lay_panes()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action == "search" and isinstance(self.focused, Input))

    # --- searching --------------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        self._ask_for("search in the output: text, or /pattern/", self._look_for)

    def _look_for(self, said: str) -> None:
        if said:
            self._begin(Search(said, wanted(said)), self.output.cursor - 1)
        else:
            self.search = self.output.search = None
            self.output.refresh()
            self.told()

    def action_failure(self) -> None:
        """To the first line that looks like a failure; `n` goes to the next."""
        self._begin(Search("", FAILURE), -1)

    def _begin(self, search: Search, after: int) -> None:
        log = self.logs.of(self.run_shown)
        if self.pane != "output":
            self.action_show("output")
        if log is None:
            self.notify("There is no output.", markup=False)
            return
        self.search = self.output.search = search
        self._sought = after
        self.logs.search(log, search)
        self.told()

    def searched(self, message: RunLogs.Searched) -> None:
        """Take a part of a search, and go to the first hit as soon as it is known."""
        search = message.search
        if search is not self.search:
            return
        search.take(message.part)
        if self._sought is not None and (search.done or any(n > self._sought for n in search.found)):
            place, self._sought = search.after(self._sought, 1), None
            if place is not None:
                self.output.move_to(place)
            else:
                said = f"{show(search.said, limit=60)} is not in the output." if search.said else ""
                self.notify(said or "Nothing in the output looks like a failure.", markup=False)
        if not search.done:
            self.logs.search(message.log, search)
        self.output.refresh()
        self.told()

    def action_found(self, step: int) -> None:
        place = self.search.after(self.output.cursor, step) if self.search is not None else None
        if place is not None:
            self.output.move_to(place)

    # --- taking along -----------------------------------------------------------------------------------------------

    def action_copy(self, _what: str) -> None:
        """Put the line under the cursor on the clipboard of the terminal (OSC 52); never without this key."""
        if self.pane == "output" and self.output.printed and self.output.lines is not None:
            text = self.output.lines.text(self.output.cursor)
        elif self.facts.total():
            parts = self.facts.line(self.facts.cursor, self.facts.size.width)
            text = "".join(part for part, _ in parts).strip()
        else:
            return
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied: {text[:60]}", markup=False)

    def action_save(self) -> None:
        name = "".join(c if c.isascii() and c.isalnum() else "-" for c in self.run_shown.name)[:40]
        self._ask_for("a new file for the output; NAME.cast makes an asciicast", self._save, f"{name}.log")

    def _save(self, name: str) -> None:
        if not name.strip():
            return
        path, run, change_id = Path(name.strip()).expanduser(), self.run_shown, self.logs.change_id

        def call() -> Message:
            size = self.desk.runs.save(change_id, run, path)
            return self.Saved(f"{show(str(path), limit=200)}: {size:,} bytes written")

        if self._writing is None:
            self._writing = self.reading.beside("writing")
        self._writing.ask(self, "writing the output", call)
        self.notify(f"writing {show(str(path), limit=200)} …", markup=False, timeout=2)

    def on_unmount(self) -> None:
        if self._writing is not None:
            self._writing.close()

    def on_run_searching_saved(self, message: Saved) -> None:
        self.notify(message.said, markup=False)
