"""Output that comes late, twice or for a run that became another one's is not mixed into what is shown."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.message_pump import MessagePump

from reviewer.model.run import Run, RunState
from reviewer.pipelines.door import LogPart
from reviewer.text import Untrusted
from reviewer.tui.run_logs import RunLogs


class FakeDesk:
    """The parts of a desk that output is asked of."""

    def __init__(self) -> None:
        self.runs = self
        self.place_of: Path | None = None
        self.parts = [b"one\ntw", b"o\n"]

    def place(self, _name: str | None) -> Path | None:
        return self.place_of

    def log_part(self, _change: str, _run: Run, offset: int) -> LogPart:
        data = b"".join(self.parts)[offset : offset + 6]
        return LogPart(data, ended=False)


class Reading:
    """Keeps what was asked for, to be answered when a test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], Message | None]] = []

    def ask(self, _target: MessagePump, _what: str, call: Callable[[], Message | None]) -> None:
        self.calls.append(call)


@pytest.fixture
def logs() -> Iterator[tuple[RunLogs, FakeDesk, Reading]]:
    desk, reading = FakeDesk(), Reading()
    made = RunLogs(desk, reading, MessagePump(), "c1")  # type: ignore[arg-type]
    yield made, desk, reading
    made.close()


def run(**fields: Any) -> Run:
    return Run("r1", "d", "tests", (Untrusted("true"),), **{"state": RunState.RUNNING, **fields})


def came(reading: Reading) -> RunLogs.Came:
    message = reading.calls.pop(0)()
    assert isinstance(message, RunLogs.Came)
    return message


def shown(logs: RunLogs) -> list[str]:
    log = logs.of(run())
    assert log is not None
    return [log.lines.text(n) for n in range(len(log.lines))]


def test_parts_are_put_together_and_one_is_asked_for_at_a_time(logs: tuple[RunLogs, FakeDesk, Reading]) -> None:
    kept, _desk, reading = logs
    kept.want(run())
    kept.turn()
    kept.want(run())
    assert len(reading.calls) == 1
    first = came(reading)
    kept.take(first)
    assert shown(kept) == ["one", "tw"]
    kept.take(first)
    assert shown(kept) == ["one", "tw"], "the same part again"
    kept.turn()
    kept.turn()
    kept.take(came(reading))
    assert shown(kept) == ["one", "two"]


def test_what_a_run_left_at_its_end_takes_the_place_of_what_it_printed_before(
    logs: tuple[RunLogs, FakeDesk, Reading], tmp_path: Path
) -> None:
    kept, desk, reading = logs
    kept.want(run())
    late = came(reading)
    desk.place_of = tmp_path / "log"
    desk.place_of.write_bytes(b"all of it\n")
    kept.want(run(state=RunState.DONE, log="a" * 64))
    kept.take(late)
    assert shown(kept) == ["all of it"]
    assert not kept.open


def test_nothing_is_asked_of_a_run_that_has_not_begun(logs: tuple[RunLogs, FakeDesk, Reading]) -> None:
    kept, _desk, reading = logs
    kept.want(run(state=RunState.QUEUED))
    kept.want(run(state=RunState.NOT_RUN))
    assert reading.calls == []
