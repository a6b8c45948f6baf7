"""Brings the output of runs to the screens, part by part: of runs that ended and of those that go on.

What must stay true: nothing here waits; the output lies in files, never in memory as a whole; a pipeline that does not
answer is asked again later, and said so in a line, not in a message for each time.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

from textual.message import Message
from textual.message_pump import MessagePump

from reviewer.model.errors import MissingError, ReviewerError
from reviewer.model.run import Run, RunState
from reviewer.review.desk import Desk
from reviewer.review.log_bytes import LOG_BYTES, LogBytes
from reviewer.review.log_lines import LogLines, count_lines
from reviewer.review.log_search import Part, Search, search_part
from reviewer.text import show
from reviewer.tui.background import Background

AT_ONCE: Final = 1 << 20
"""Bytes whose lines are counted before anything is painted."""
_SLICE: Final = 8 << 20
_PATIENCE: Final = 8
"""Turns that a pipeline which did not answer is left alone."""
_TAIL: Final = 1 << 20


@dataclass(slots=True)
class Log:
    """One run's output as far as it is here; `said` is why no more comes, `ended` that all of it is here."""

    run: Run
    source: LogBytes
    lines: LogLines
    ended: bool = False
    said: str = ""
    asked: bool = False
    rest: int = field(default=0)

    @property
    def tail(self) -> bytes:
        """The last of it, for a short look."""
        return self.source.read(max(0, self.source.size - _TAIL), _TAIL)


class RunLogs:
    """The output of the runs of one change. Its messages go to `target`, which hands them to `take`."""

    class Came(Message):
        """Some of a run's output, from `start` on; `said` is why there is none."""

        def __init__(self, run: Run, start: int, data: bytes, ended: bool, said: str = "") -> None:
            super().__init__()
            self.run = run
            self.start = start
            self.data = data
            self.ended = ended
            self.said = said

    class Counted(Message):
        """The lines of some of a run's output."""

        def __init__(self, log: Log, start: int, counts: array[int]) -> None:
            super().__init__()
            self.log = log
            self.start = start
            self.counts = counts

    class Searched(Message):
        """A part of a run's output was searched."""

        def __init__(self, log: Log, search: Search, part: Part) -> None:
            super().__init__()
            self.log = log
            self.search = search
            self.part = part

    def __init__(self, desk: Desk, reading: Background, target: MessagePump, change_id: str) -> None:
        self._desk = desk
        self._reading = reading
        self._target = target
        self.change_id = change_id
        self._logs: dict[str, Log] = {}

    def of(self, run: Run) -> Log | None:
        """The output of a run, where it was asked for."""
        return self._logs.get(run.run_id)

    def want(self, run: Run) -> None:
        """Have a run's output brought, from where it is now."""
        log = self._logs.get(run.run_id)
        if log is None or (log.run.log != run.log and run.log is not None):
            # What was printed while it went on is the beginning of what is kept of it at most.
            if log is not None:
                log.source.close()
            log = self._logs[run.run_id] = self._begun(run)
        log.run = run
        if not log.ended:
            self._ask(log)

    def _begun(self, run: Run) -> Log:
        place = self._desk.runs.place(run.log)
        source = LogBytes(place)
        log = Log(run, source, LogLines(source), ended=place is not None)
        log.lines.grow(AT_ONCE)
        if place is not None:
            self._count(log)
        return log

    def turn(self) -> None:
        """Ask for more of what goes on; called a few times a second while something does."""
        for log in self._logs.values():
            if log.rest:
                log.rest -= 1
            elif not log.ended:
                self._ask(log)

    @property
    def open(self) -> bool:
        """Whether some output that was asked for is still to come."""
        return any(not log.ended for log in self._logs.values())

    def _ask(self, log: Log) -> None:
        if log.asked or log.run.state in (RunState.QUEUED, RunState.NOT_RUN):
            return
        log.asked = True
        run, start = log.run, log.source.size

        def call() -> Message:
            try:
                part = self._desk.runs.log_part(self.change_id, run, start)
            except MissingError as error:
                # It does not come back by itself: nobody asks again.
                return self.Came(run, start, b"", True, show(f"{error.message}; {error.hint}", limit=300))
            except ReviewerError as error:
                return self.Came(run, start, b"", False, show(error.message, limit=300))
            return self.Came(run, start, part.data, part.ended)

        self._reading.ask(self._target, "reading the output", call)

    def _count(self, log: Log) -> None:
        source, start = log.source, log.lines.counted
        if start < source.size:
            self._reading.ask(
                self._target, "reading the output", lambda: self.Counted(log, start, count_lines(source, start, _SLICE))
            )

    def take(self, message: Came) -> Log | None:
        """Take some output; the log that it belongs to, None where nobody wants it any more."""
        log = self._logs.get(message.run.run_id)
        if log is None:
            return None
        log.asked, log.said = False, message.said
        if message.start != log.source.size:
            return log
        if message.said:
            log.rest, log.ended = _PATIENCE, message.ended
            return log
        try:
            log.source.append(message.data[: LOG_BYTES - log.source.size])
        except OSError as error:
            log.said, log.ended = f"no room for more: {show(error.strerror or 'the disk failed')}", True
        log.lines.grow()
        log.ended = log.ended or message.ended
        if log.source.size >= LOG_BYTES:
            log.said, log.ended = f"only the first {LOG_BYTES >> 20} MiB are shown", True
        if message.data and not log.ended:
            # More of what is there already comes at once; of what is printed now, with the next turn.
            log.rest = 0 if len(message.data) >= AT_ONCE else 1
            if not log.rest:
                self._ask(log)
        return log

    def counted(self, message: Counted) -> None:
        """Take the lines of some output, and have the next ones counted."""
        message.log.lines.take(message.start, message.counts)
        self._count(message.log)

    def search(self, log: Log, search: Search) -> None:
        """Look at the next part of a run's output."""
        start, line, rest = search.start, search.line, log.ended

        def call() -> Message:
            return self.Searched(log, search, search_part(log.source, search.wanted, start, line, rest=rest))

        self._reading.ask(self._target, "searching", call)

    def close(self) -> None:
        for log in self._logs.values():
            log.source.close()
        self._logs.clear()
