"""Shows what ran: what was claimed, reported and observed, then one heading a run, and its output folded under it.

Of a run that goes on the last lines are shown, as they come; all of it is the run's own screen's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

from textual.message import Message

from reviewer.model.errors import ReviewerError
from reviewer.model.run import Run, RunState
from reviewer.review.lines import BLANK, Line, line
from reviewer.review.log_search import Search, wanted
from reviewer.review.preview import run_line
from reviewer.review.run_summary import about_run, ended_badly
from reviewer.review.run_words import marked
from reviewer.text import show
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint
from reviewer.tui.run_logs import Log, RunLogs

_TAIL: Final = 8
"""Lines shown of a run that goes on."""


class RunsView(LineView):
    """Runs as sections; `log_of` gives the output of one as far as it is here."""

    class Wanted(Message):
        """The output of a run is to be shown."""

        def __init__(self, run: Run) -> None:
            super().__init__()
            self.run = run

    class Sought(Message):
        """The output of a run is to be searched."""

        def __init__(self, run: Run, search: Search) -> None:
            super().__init__()
            self.run = run
            self.search = search

    class Chosen(LineView.Chosen):
        """A run is to be shown in full."""

        def __init__(self, view: LineView, place: int, run: Run) -> None:
            super().__init__(view, place)
            self.run = run

    def __init__(self, paint: Paint, log_of: Callable[[Run], Log | None]) -> None:
        super().__init__(paint, id="runs")
        self.runs: Sequence[Run] = ()
        self.search: Search | None = None
        self._log_of = log_of
        self._open: dict[tuple[str, RunState], bool] = {}
        self._asked: set[tuple[str, str | None]] = set()
        self._head: Sequence[Line] = ()
        self._about: list[Sequence[Line]] = []
        self._starts: list[int] = [0]
        self._searched: str | None = None
        self._sought: int | None = None

    def show_runs(self, runs: Sequence[Run], head: Sequence[Line], empty: Sequence[Line], width: int) -> None:
        """Show other runs under `head`; what was folded stays folded. `empty` is shown where there are none.

        `width` is what the view has, or will have when it is shown.
        """
        self.runs = runs
        self._head = [*head, *(empty if not runs else ())]
        self._about = [about_run(run, width) for run in runs]
        for run in runs:
            self._want(run)
        self._measure()

    def grown(self) -> None:
        """Some output came."""
        self._measure()

    def _opened(self, run: Run) -> bool:
        """Whether a run's output is unfolded: as somebody said, else where there is something to see in it."""
        telling = ended_badly(run) or run.state is RunState.RUNNING or len(self.runs) == 1
        return self._open.get((run.run_id, run.state), telling)

    def _want(self, run: Run) -> None:
        if run.state in (RunState.QUEUED, RunState.NOT_RUN) or (run.log is None and run.state is not RunState.RUNNING):
            return
        if (run.run_id, run.log) not in self._asked and self._opened(run):
            self._asked.add((run.run_id, run.log))
            self.post_message(self.Wanted(run))

    def _output(self, run: Run) -> range:
        """The lines of a run's output that are shown."""
        log = self._log_of(run)
        count = len(log.lines) if log is not None else 0
        return range(max(0, count - _TAIL) if run.state is RunState.RUNNING else 0, count)

    def _height(self, index: int) -> int:
        run = self.runs[index]
        above = 1 + len(self._about[index])
        if not self._opened(run):
            return above + 1
        return above + 1 + max(1, len(self._output(run))) + (run.state is RunState.RUNNING)

    def _measure(self) -> None:
        heights = (self._height(index) for index in range(len(self.runs)))
        self._starts = list(accumulate(heights, initial=len(self._head)))
        self.changed()

    def total(self) -> int:
        return self._starts[-1]

    def _where(self, n: int) -> tuple[int, int]:
        index = bisect_right(self._starts, n) - 1
        return index, n - self._starts[index]

    def line(self, n: int, width: int) -> Line:
        if n < len(self._head):
            return self._head[n]
        index, at = self._where(n)
        run, about = self.runs[index], self._about[index]
        if at == 0:
            return ((("▾ " if self._opened(run) else "▸ "), "accent"), *run_line(run))
        if at <= len(about):
            return about[at - 1]
        if at == self._height(index) - 1:
            return BLANK
        shown = self._output(run)
        number = at - 1 - len(about)
        if run.state is RunState.RUNNING and number == max(1, len(shown)):
            return line("    … as it comes; enter shows all of it, K stops it", "muted")
        log = self._log_of(run)
        if log is None or not len(shown):
            return line(_nothing(run, log), "muted")
        text = log.lines.line(shown[number])
        if self.search is not None and run.run_id == self._searched:
            text = marked(text, self.search.said)
        return (("  ", "text"), *text)

    def behind(self, n: int) -> str:
        return "panel" if n >= len(self._head) and self._where(n)[1] == 0 else "surface"

    @property
    def run(self) -> Run | None:
        """The run under the cursor."""
        if not self.runs:
            return None
        return self.runs[self._where(self.cursor)[0] if self.cursor >= len(self._head) else 0]

    def toggle_fold(self) -> None:
        run = self.run
        if run is not None:
            self._open[run.run_id, run.state] = not self._opened(run)
            self._want(run)
            self._measure()
            self.move_to(self._starts[list(self.runs).index(run)])

    def action_choose(self) -> None:
        run = self.run
        if run is not None:
            self.post_message(self.Chosen(self, self.cursor, run))

    # --- searching --------------------------------------------------------------------------------------------------

    def look_for(self, said: str) -> None:
        """Search the output of the run under the cursor, or of the first that has some."""
        here = self.run
        found = [run for run in (here, *self.runs) if run is not None and len(self._output(run))]
        if not found:
            self.notify("There is no output to search.", markup=False)
            return
        run = found[0]
        try:
            self.search = Search(said, wanted(said))
        except ReviewerError as error:
            self.notify(f"{error.message}. {error.hint}", severity="error", markup=False)
            return
        self._searched = run.run_id
        if not self._opened(run):
            self._open[run.run_id, run.state] = True
            self._measure()
        self._sought = self._line_here(run) - 1
        self.post_message(self.Sought(run, self.search))

    def _first(self, run: Run) -> int:
        """Where the first line of a run's output is shown."""
        index = list(self.runs).index(run)
        return self._starts[index] + 1 + len(self._about[index])

    def _line_here(self, run: Run) -> int:
        """The line of a run's output under the cursor, as far as it is one."""
        shown = self._output(run)
        return shown.start + max(0, self.cursor - self._first(run))

    def searched(self, message: RunLogs.Searched) -> bool:
        """Take a part of a search; whether there is more to look at."""
        search, run = message.search, message.log.run
        if search is not self.search:
            return False
        search.take(message.part)
        if self._sought is not None and (search.done or any(n > self._sought for n in search.found)):
            place, self._sought = search.after(self._sought, 1), None
            if place is None:
                said = f"{show(search.said, limit=60)} is not in the output of {show(run.name, limit=40)}."
                self.notify(said, markup=False)
            else:
                self._to(place)
        self.refresh()
        return not search.done

    def _to(self, place: int) -> None:
        run = next((run for run in self.runs if run.run_id == self._searched), None)
        if run is not None and place in self._output(run):
            self.move_to(self._first(run) + place - self._output(run).start)

    def found(self, step: int) -> None:
        """To the next match, or the one before."""
        run = next((run for run in self.runs if run.run_id == self._searched), None)
        if run is not None and self.search is not None:
            place = self.search.after(self._line_here(run), step)
            if place is not None:
                self._to(place)

_SILENT: Final = {
    RunState.RUNNING: "    it has printed nothing yet",
    RunState.QUEUED: "    no output yet",
    RunState.NOT_RUN: "    nothing ran, so nothing was printed",
}


def _nothing(run: Run, log: Log | None) -> str:
    if log is not None and log.said:
        return f"    the output does not come: {log.said}"
    if run.state in _SILENT:
        return _SILENT[run.state]
    if log is None:
        return "    no output is kept" if run.log is None else "    reading …"
    return "    it printed nothing" if log.ended else "    reading …"

