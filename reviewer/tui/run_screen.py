"""One run in full: its output as it comes, and beside it what its record holds, and the other runs of the change.

What must stay true: what was observed, what the run reported of itself and what is not known are told apart; a key that
starts or stops something only asks whoever opened the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from reviewer.model.detail import ChangeDetail
from reviewer.model.run import Run, RunState
from reviewer.review.desk import Desk
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, key_words, line, paragraph
from reviewer.review.preview import runs_of
from reviewer.review.run_comparison import comparison_lines, history_entries, run_before
from reviewer.review.run_desk import Told
from reviewer.review.run_facts import entries_of, group_entries, no_record, steps_of
from reviewer.review.run_tests import reported_entries
from reviewer.review.run_words import place_words, run_standing, run_title
from reviewer.review.titles import tab_at, tabs
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.field import Field
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.log_view import LogView
from reviewer.tui.paint import Paint
from reviewer.tui.run_logs import Log, RunLogs
from reviewer.tui.run_searching import RunSearching

PANES: Final = ("output", "steps", "started", "network", "files", "tests", "sandbox", "runs")
WIDE: Final = 120
"""From this width on the output stands beside another pane."""
_OPEN: Final = (RunState.QUEUED, RunState.RUNNING)


class RunScreen(RunSearching):
    """`logs` brings the output; `rerun` and `cancel` ask for more and for an end."""

    SCOPES = ("run", "list")
    BINDINGS = bindings("run")
    AUTO_FOCUS = ""
    CSS = """
    RunScreen #body { layout: horizontal; height: 1fr; }
    RunScreen #output { width: 3fr; }
    RunScreen #facts { width: 2fr; padding: 0 1; }
    RunScreen.wide #facts { border-left: vkey $panel; }
    """

    class Known(Message):
        """What is known of runs: this one, and where another one is named, that one beside it."""

        def __init__(self, told: Told, other: Told | None = None) -> None:
            super().__init__()
            self.told = told
            self.other = other

    def __init__(
        self,
        desk: Desk,
        paint: Paint,
        reading: Background,
        logs: RunLogs,
        detail: ChangeDetail,
        run: Run,
        rerun: Callable[[], None],
        cancel: Callable[[], None],
    ) -> None:
        super().__init__()
        self.desk = desk
        self.paint = paint
        self.reading = reading
        self.logs = logs
        self.detail = detail
        self.run_shown = run
        self._rerun = rerun
        self._cancel = cancel
        self.pane = "output"
        self.beside = "steps"
        self.known: Told | None = None
        self.others: dict[str, Told] = {}
        self._compared: set[str] = set()
        self.ready = False
        self.alone = False
        self._again = False
        self._tabs: list[Line] = []

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        yield Bar(self.paint, behind="surface", id="tabs")
        with Container(id="body"):
            yield LogView(self.paint)
            yield Entries(self.paint, id="facts")
        yield Field(id="search", compact=True)
        yield Bar(self.paint, id="keys")

    def on_mount(self) -> None:
        self.query_one("#search").display = False
        self.ready = True
        self.show_run(self.run_shown)
        self.lay_panes()
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        if self.run_shown.state is RunState.RUNNING:
            self._titles()
            if self.beside == "steps" and self.facts.display:
                self.fill()

    # --- which run --------------------------------------------------------------------------------------------------

    def show_run(self, run: Run) -> None:
        """Show another run, or this one as it is now."""
        if run.run_id != self.run_shown.run_id:
            self.output.lines, self.search, self.output.search, self.known = None, None, None, None
            self.output.shift = 0
            self.others, self._compared = {}, set()
        fresh = self.known is None or self.known.run != run
        self.run_shown = run
        self.logs.want(run)
        if fresh:
            self._ask_known(run)
        self.grown()
        self.fill()

    def update(self, detail: ChangeDetail) -> None:
        """Take the change as it is now."""
        self.detail = detail
        runs = {run.run_id: run for run in detail.runs}
        run = runs.get(self.run_shown.run_id, self.run_shown)
        if self._again:
            newest = next((one for one in runs_of(detail) if one.name == run.name), run)
            if newest.run_id != run.run_id:
                self._again, run = False, newest
        self.show_run(run)

    def grown(self, log: Log | None = None) -> None:
        """Some output came, of this run or of another."""
        mine = self.logs.of(self.run_shown)
        if log is not None and log is not mine:
            return
        live = self.run_shown.state in _OPEN
        self.output.show(mine.lines if mine is not None else None, live=live, empty=self._no_output(mine))
        if mine is not None and self.search is not None and self.search.done and self.search.start < mine.source.size:
            self.search.done = False
            self.logs.search(mine, self.search)
        self.told()

    def _no_output(self, log: Log | None) -> list[Line]:
        if self.run_shown.state in (RunState.NOT_RUN, RunState.QUEUED):
            return [row for _, rows in no_record(self.run_shown, max(30, self.output.size.width)) for row in rows]
        if log is not None and log.said:
            return [line(f"The output does not come: {log.said}", "run-failure")]
        if log is None or not log.ended:
            words = "It has printed nothing yet." if self.run_shown.state is RunState.RUNNING else "reading …"
            return [line(words, "muted")]
        return [line("It printed nothing.", "muted")]

    # --- what is known ----------------------------------------------------------------------------------------------

    def _ask_known(self, run: Run, other: Run | None = None) -> None:
        def call() -> Message:
            runs = self.desk.runs
            return self.Known(runs.told(run), runs.told(other) if other is not None else None)

        self.reading.ask(self, "reading the record", call)

    def on_run_screen_known(self, message: Known) -> None:
        if message.told.run.run_id == self.run_shown.run_id:
            self.known = message.told
        if message.other is not None:
            self.others[message.other.run.run_id] = message.other
        self.fill()

    def fill(self) -> None:
        """Fill the pane beside the output anew."""
        self._titles()
        width = max(30, self.facts.size.width - 2)
        entries = self._entries(width)
        if self.known is not None and self.known.said:
            entries = [(None, [line(self.known.said, "run-failure"), BLANK]), *entries]
        self.facts.fill(entries)

    def _entries(self, width: int) -> list[Entry]:
        now, run = self.desk.now(), self.run_shown
        record = self.known.record if self.known is not None else None
        if self.beside == "runs":
            return self._history(now, width)
        if self.beside == "tests":
            return reported_entries(run, self.known.tests if self.known is not None else None, width)
        lines: list[Line] = []
        if self.beside == "steps":
            beside = (run.revision_digest, run.attempt)
            together = [one for one in self.detail.runs if (one.revision_digest, one.attempt) == beside]
            lines = steps_of(together, now, width)
        more = entries_of(self.beside, record, width) if record is not None else self._unknown(width)
        groups = group_entries(run, width) if self.beside == "steps" else []
        return [(None, [*lines, BLANK]), *more, *groups] if lines else [*more, *groups]

    def _unknown(self, width: int) -> list[Entry]:
        if self.known is None or (self.run_shown.record is not None and not self.known.said):
            return [(None, [line("reading …", "muted")])]
        return no_record(self.run_shown, width)

    def _history(self, now: float, width: int) -> list[Entry]:
        """All runs, and how the one under the cursor, or the one before, differs from the one shown."""
        entries = history_entries(self.detail, self.run_shown, now, width)
        other = self._other()
        if other is None:
            said = paragraph("Move to another run: it is compared with this one.", width, "muted")
            return [*entries, (None, [BLANK, *said])]
        known = self.others.get(other.run_id)
        if known is None and other.run_id not in self._compared:
            self._compared.add(other.run_id)
            self._ask_known(self.run_shown, other)
        if known is None or self.known is None:
            return [*entries, (None, [BLANK, line("reading …", "muted")])]
        order = [run.run_id for run in self.detail.runs]
        before, after = sorted((known, self.known), key=lambda told: order.index(told.run.run_id))
        return [*entries, (None, [BLANK, *comparison_lines(before, after, width)])]

    def _other(self) -> Run | None:
        key = self.facts.key
        other = next((run for run in self.detail.runs if run.run_id == key), None)
        if other is None or other.run_id == self.run_shown.run_id:
            other = run_before(self.detail, self.run_shown)
        return other

    # --- panes ------------------------------------------------------------------------------------------------------

    @property
    def wide(self) -> bool:
        return self.app.size.width >= WIDE and not self.alone

    def lay_panes(self) -> None:
        """Show the panes that the width has room for, the one in use among them."""
        self.set_class(self.wide, "wide")
        if self.pane != "output":
            self.beside = self.pane
        self.output.display = self.wide or self.pane == "output"
        self.facts.display = self.wide or self.pane != "output"
        self.set_focus(self.output if self.pane == "output" else self.facts)
        self.told()
        self.call_after_refresh(self.fill)

    def on_resize(self, _event: events.Resize) -> None:
        self.lay_panes()

    def action_show(self, pane: str) -> None:
        self.pane = pane
        self.lay_panes()
        if pane == "runs":
            self.fill()
            self.facts.to_key(self.run_shown.run_id)
            self.fill()

    def action_alone(self) -> None:
        self.alone = not self.alone
        self.lay_panes()

    def action_pane(self, step: int) -> None:
        self.action_show(PANES[(PANES.index(self.pane) + step) % len(PANES)])

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        name = "output" if event.widget is self.output else self.beside if event.widget is self.facts else self.pane
        if name != self.pane:
            self.pane = name
            self.told()

    def on_bar_clicked(self, message: Bar.Clicked) -> None:
        place = tab_at(self._tabs, message.cell) if message.bar.id == "tabs" else None
        if place is not None:
            self.action_show(PANES[place])

    def on_line_view_moved(self, message: LineView.Moved) -> None:
        if message.view is self.facts and self.beside == "runs":
            self.fill()

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        if message.view is self.facts and self.beside == "steps" and isinstance(self.facts.key, tuple):
            (place,) = self.facts.key
            self.action_show("output")
            self.output.scroll_top(place)
            self.output.move_to(place)
        if message.view is self.facts and self.beside == "runs":
            run = next((run for run in self.detail.runs if run.run_id == self.facts.key), None)
            if run is not None:
                self.show_run(run)
                self.action_show("output")

    # --- the bars ---------------------------------------------------------------------------------------------------

    def _titles(self) -> None:
        numbers = {revision.digest: revision.number for revision in self.detail.revisions}
        run = self.run_shown
        self.query_one("#title", Bar).say(
            run_title(run, numbers.get(run.revision_digest)), run_standing(run, self.desk.now())
        )

    def told(self) -> None:
        run = self.run_shown
        counts = {"network": f" {run.network_attempts}" if run.network_attempts else ""}
        self._tabs = tabs(PANES, self.pane, counts)
        self.query_one("#tabs", Bar).say(tuple(part for tab in self._tabs for part in tab))
        view, log = self.output, self.logs.of(run)
        counting = log is not None and log.lines.counted < log.source.size
        where = place_words(view.cursor, view.printed, live=view.live, tailing=view.tailing, counting=counting)
        if self.search is not None:
            where = ((f" {self.search.words(view.cursor)} ", "accent"), *where)
        if log is not None and log.said and view.printed:
            where = ((f" {log.said} ", "run-failure"), *where)
        self.query_one("#keys", Bar).say(key_words([*footer("run"), *footer("app")], self._room(where)), where)

    def _room(self, where: Line) -> int:
        return max(20, self.app.size.width - sum(len(text) for text, _ in where))

    def on_log_view_stands(self, _message: LogView.Stands) -> None:
        self.told()

    # --- the rest ---------------------------------------------------------------------------------------------------

    def action_rerun(self) -> None:
        self._again = True
        self._rerun()

    def action_cancel(self) -> None:
        self._cancel()

    def on_failed(self, message: Failed) -> None:
        message.stop()
        self.notify(message.words, severity="error", markup=False, timeout=8)

    def action_back(self) -> None:
        if self.asking:
            self.close_field()
        else:
            self.dismiss()
