"""What a reviewer does about the runs of a change: reads and opens them, asks for them again, stops what goes on."""

from __future__ import annotations

from reviewer.model.change import Change
from reviewer.model.detail import ChangeDetail
from reviewer.model.run import Run, RunState
from reviewer.review.desk import Desk
from reviewer.review.lines import Line, line
from reviewer.review.preview import runs_of
from reviewer.text import show
from reviewer.tui.acting_screen import ActingScreen
from reviewer.tui.background import Background
from reviewer.tui.inbox_many import Choosing
from reviewer.tui.paint import Paint
from reviewer.tui.run_logs import Log, RunLogs
from reviewer.tui.run_screen import RunScreen
from reviewer.tui.runs_view import RunsView

_TURN = 0.3
"""Seconds between two looks at what goes on."""
_ALL = "all of them"


class RunActing(ActingScreen):
    """Whoever derives from it composes a RunsView, and hears of output that came through `logged`."""

    def __init__(
        self, desk: Desk, paint: Paint, reading: Background, sealing: Background, acting: Background, change: Change
    ) -> None:
        super().__init__(desk, paint, reading, sealing, acting, change)
        self.logs = RunLogs(desk, reading, self, change.change_id)
        self.opened_run: RunScreen | None = None

    @property
    def runs(self) -> RunsView:
        return self.query_one(RunsView)

    def begin_logs(self) -> None:
        """Look now and then for more output of what goes on."""
        self.set_interval(_TURN, self._turn)

    def _turn(self) -> None:
        if self.logs.open:
            self.logs.turn()

    def end_logs(self) -> None:
        self.logs.close()

    def logged(self, log: Log) -> None:
        """Hear of output that came."""

    # --- output -----------------------------------------------------------------------------------------------------

    def on_runs_view_wanted(self, message: RunsView.Wanted) -> None:
        self.logs.want(message.run)
        self._grown(self.logs.of(message.run))

    def on_run_logs_came(self, message: RunLogs.Came) -> None:
        self._grown(self.logs.take(message))

    def on_run_logs_counted(self, message: RunLogs.Counted) -> None:
        self.logs.counted(message)
        self._grown(message.log)

    def on_run_logs_searched(self, message: RunLogs.Searched) -> None:
        if self.opened_run is not None and message.search is self.opened_run.search:
            self.opened_run.searched(message)
        elif self.runs.searched(message):
            self.logs.search(message.log, message.search)

    def on_runs_view_sought(self, message: RunsView.Sought) -> None:
        log = self.logs.of(message.run)
        if log is not None:
            self.logs.search(log, message.search)

    def on_runs_view_chosen(self, message: RunsView.Chosen) -> None:
        message.stop()
        self.open_run(message.run)

    def _grown(self, log: Log | None) -> None:
        if log is None:
            return
        self.runs.grown()
        if self.opened_run is not None and self.opened_run.ready and self.opened_run.is_attached:
            self.opened_run.grown(log)
        self.logged(log)

    # --- one run ----------------------------------------------------------------------------------------------------

    def open_run(self, run: Run) -> None:
        """Show one run in full."""
        shown = self.newest or self.detail
        if shown is None:
            return
        self.opened_run = RunScreen(
            self.desk, self.paint, self.reading, self.logs, shown, run, self.action_rerun, self.action_cancel
        )
        self.app.push_screen(self.opened_run, self._run_closed)

    def _run_closed(self, _nothing: None) -> None:
        self.opened_run = None

    def tell_run(self, detail: ChangeDetail) -> None:
        """Hand the change as it is now to the run that is open."""
        if self.opened_run is not None and self.opened_run.ready and self.opened_run.is_attached:
            self.opened_run.update(detail)

    # --- again, and no more -----------------------------------------------------------------------------------------

    def action_rerun(self) -> None:
        shown = self.newest or self.detail
        if shown is not None and shown.change.run == "none asked" and not shown.scan_reason:
            self.notify("Nothing is configured to run: 3 says what to write.", severity="warning", markup=False)
            return

        def call() -> str:
            self.desk.rerun(self.change.change_id)
            return "Running again: what is observed counts, whatever is claimed."

        self.act("asking for a run", call)

    def action_cancel(self) -> None:
        """Ask which of the runs that go on to stop, and say what that means."""
        shown = self.newest or self.detail
        going = [run for run in runs_of(shown) if run.state in (RunState.QUEUED, RunState.RUNNING)] if shown else []
        if not going:
            self.notify("Nothing runs.", markup=False)
            return
        now = self.desk.now()
        entries: list[tuple[str | None, list[Line]]] = [
            (None, [line("What is stopped proves nothing: it counts as not passed until R runs it again.", "muted")]),
            *((run.run_id, [_going(run, now)]) for run in going),
        ]
        if len(going) > 1:
            entries.append((_ALL, [line(f" {_ALL}")]))
        names = [run.run_id for run in going]
        self.app.push_screen(
            Choosing(self.paint, "Stop a run", entries, enter="stop it"), lambda key: self._stop(names, key)
        )

    def _stop(self, names: list[str], key: str | None) -> None:
        if key is None:
            return
        change_id = self.change.change_id
        wanted = names if key == _ALL else [key]

        def call() -> str:
            stopped = sum(self.desk.pipeline().cancel(change_id, name) for name in wanted)
            return f"{stopped} stopped" if stopped else "It had ended before it could be stopped."

        self.act("stopping runs", call)


def _going(run: Run, now: float) -> Line:
    going = f"running for {max(0.0, now - run.started_at):.0f} s" if run.started_at is not None else run.state.value
    return ((f" {show(run.name, limit=40)}", "text bold"), (f"  {going}", "muted"))
