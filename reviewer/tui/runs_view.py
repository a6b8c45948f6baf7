"""Shows what ran: one heading a run with what was observed, and its output under it, folded where it passed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from textual.message import Message

from reviewer.model.run import Conclusion, Run, RunState
from reviewer.review.lines import BLANK, Line, line
from reviewer.review.log_lines import LogLines
from reviewer.review.preview import run_line
from reviewer.text import show
from reviewer.tui.line_view import LineView
from reviewer.tui.paint import Paint

_ATTEMPTS = 12
"""Attempts to reach out that are shown of one run; the record has more."""


class RunsView(LineView):
    """Runs as sections. It posts `Wanted` for the output of a run that is unfolded."""

    class Wanted(Message):
        def __init__(self, run: Run) -> None:
            super().__init__()
            self.run = run

    def __init__(self, paint: Paint) -> None:
        super().__init__(paint, id="runs")
        self.runs: Sequence[Run] = ()
        self._logs: dict[str, LogLines] = {}
        self._open: dict[str, bool] = {}
        self._starts: list[int] = [0]
        self._empty: list[Line] = []
        self.needle = ""

    def show_runs(self, runs: Sequence[Run], empty: Sequence[Line]) -> None:
        """Show other runs; what was folded stays folded."""
        self.runs = runs
        self._empty = list(empty)
        for run in runs:
            ended_badly = run.state is RunState.DONE and run.conclusion is not Conclusion.SUCCESS
            self._open.setdefault(run.run_id, ended_badly or len(runs) == 1)
            if ended_badly and run.log is not None and run.log not in self._logs:
                self._open[run.run_id] = True
            self._want(run)
        self._measure()

    def show_log(self, name: str, data: bytes) -> None:
        """Take the output of a run, by its blob's name."""
        self._logs[name] = LogLines(data)
        self._measure()

    def _want(self, run: Run) -> None:
        if run.log is not None and run.log not in self._logs and self._open.get(run.run_id):
            self.post_message(self.Wanted(run))

    def _above(self, run: Run) -> int:
        """Lines before the output: the heading, what contained it, what it tried to reach."""
        return 2 + min(len(run.attempts), _ATTEMPTS)

    def _height(self, run: Run) -> int:
        above = self._above(run)
        if not self._open.get(run.run_id):
            return above + 1
        log = self._logs.get(run.log) if run.log is not None else None
        return above + 1 + (max(1, len(log)) if log is not None else 1)

    def _measure(self) -> None:
        self._starts = [0, *accumulate(self._height(run) for run in self.runs)]
        self.changed()

    def total(self) -> int:
        return self._starts[-1] if self.runs else len(self._empty)

    def _where(self, n: int) -> tuple[Run, int]:
        index = bisect_right(self._starts, n) - 1
        return self.runs[index], n - self._starts[index]

    def line(self, n: int, width: int) -> Line:
        if not self.runs:
            return self._empty[n]
        run, at = self._where(n)
        opened = self._open.get(run.run_id)
        if at == 0:
            return ((("▾ " if opened else "▸ "), "accent"), *run_line(run))
        if at == 1:
            return self._facts(run)
        if at < self._above(run):
            return (("  ⇢ ", "risk-medium"), (show(run.attempts[at - 2], limit=200), "text"))
        if at == self._height(run) - 1:
            return BLANK
        log = self._logs.get(run.log) if run.log is not None else None
        if log is None:
            return line("    no output yet" if run.log is None else "    reading …", "muted")
        return (
            (("  ", "text"), *self._marked(log.line(at - self._above(run))))
            if len(log)
            else line("    it printed nothing", "muted")
        )

    def _marked(self, parts: Line) -> Line:
        wanted = self.needle.lower()
        if wanted and wanted in "".join(text for text, _ in parts).lower():
            return tuple((text, "match on:match-surface" if wanted in text.lower() else style) for text, style in parts)
        return parts

    def _facts(self, run: Run) -> Line:
        command = " ".join(show(word, limit=80) for word in run.command)
        tier = f"observed, contained ({run.tier})" if run.tier not in (None, "none") else "not evidence: nothing ran"
        if run.state in (RunState.QUEUED, RunState.RUNNING):
            tier = "in the sandbox, no network"
        return ((f"  {tier}  ", "muted"), (command, "muted italic"))

    def behind(self, n: int) -> str:
        return "panel" if self.runs and self._where(n)[1] == 0 else "surface"

    def toggle_fold(self) -> None:
        if self.runs:
            run, _ = self._where(self.cursor)
            self._open[run.run_id] = not self._open.get(run.run_id)
            self._want(run)
            self._measure()
            self.move_to(self._starts[list(self.runs).index(run)])

    def action_choose(self) -> None:
        self.toggle_fold()

    def search(self, needle: str, step: int) -> bool:
        """To the next line that holds a text; whether there is one."""
        self.needle = needle
        self.refresh()
        order = range(len(self.runs)) if step > 0 else reversed(range(len(self.runs)))
        for index in order:
            run = self.runs[index]
            log = self._logs.get(run.log) if run.log is not None else None
            if log is None or not self._open.get(run.run_id):
                continue
            first = self._starts[index] + self._above(run)
            start = self.cursor - first + step
            if step > 0:
                found = log.find(needle, max(0, start), 1)
            else:
                found = log.find(needle, min(len(log) - 1, start), -1)
            if found is not None:
                self.move_to(first + found)
                return True
        return False
