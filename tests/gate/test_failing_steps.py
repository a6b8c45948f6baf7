"""A step that cannot be done: tried again, then named on the change, and taken up again when somebody asks."""

import errno
import threading
from pathlib import Path

import pytest
from ground import SANDBOXED, TOML, Ground, Make

from reviewer.gate.driver import Driver
from reviewer.gate.events import CancelAsked, Refused, RerunAsked
from reviewer.gate.steps import Gate
from reviewer.gate.views import change_of, detail_of
from reviewer.model.change import State
from reviewer.model.errors import ReviewerError, UnreachableError
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.run import RunState
from reviewer.text import Untrusted

contained = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
SLOW = '[[run]]\nname = "slow"\ncommand = ["sh", "-c", "echo begun; sleep 60"]\n'


TRIED: list[object] = []


def full_disk(*args: object, **_more: object) -> None:
    TRIED.append(args)
    raise OSError(errno.ENOSPC, "No space left on device")


def full_database(*_args: object) -> None:
    raise UnreachableError("the gate's database cannot be used: database or disk is full")


def rerun(ground: Ground, change: str) -> None:
    ground.gate.driver.apply(change, RerunAsked(ground.life(change).current.digest))
    ground.settle()


def test_a_scan_that_fails_is_tried_again_then_named_and_done_when_asked(
    bare: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = bare.branch("claude/fix", app__txt="good 2\n")
    bare.gate._waits = (0.0, 0.0)
    with monkeypatch.context() as broken:
        broken.setattr("reviewer.gate.steps.scan_audited", full_disk)
        TRIED.clear()
        assert bare.gate.step()
        assert "tried again" in bare.life(change).note
        assert detail_of(bare.gate.driver.load(change)).scan == "queued"
        bare.settle()
        assert len(TRIED) == 3
    shown = detail_of(bare.gate.driver.load(change))
    assert (shown.scan, shown.scan_reason) == ("failed", "No space left on device")
    assert f"reviewer rerun {change}" in shown.change.note
    rerun(bare, change)
    shown = detail_of(bare.gate.driver.load(change))
    assert (shown.scan, shown.scan_reason, shown.change.note) == ("done", "", "")


def test_a_run_that_cannot_be_made_is_not_run_and_says_why(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SANDBOXED:
        pytest.skip("no sandbox here")
    change = ground.branch("claude/fix", app__txt="good 2\n")
    with monkeypatch.context() as broken:
        broken.setattr("reviewer.gate.steps.run_revision", full_disk)
        ground.settle()
    run = ground.life(change).runs[-1]
    assert (run.state, run.reason) == (RunState.NOT_RUN, "No space left on device")
    assert change_of(ground.gate.driver.load(change)).run == "NOT RUN"
    rerun(ground, change)
    assert change_of(ground.gate.driver.load(change)).run == "passed"


def test_an_error_that_nobody_foresaw_is_told_in_one_safe_line(bare: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("bad \x1b[2J byte")

    change = bare.branch("claude/fix", app__txt="good 2\n")
    monkeypatch.setattr("reviewer.gate.steps.scan_audited", broken)
    bare.settle()
    assert "ValueError: bad" in bare.life(change).note
    assert "\x1b" not in bare.life(change).note


def test_a_repository_that_is_away_keeps_decision_and_landing(bare: Ground) -> None:
    change = bare.branch("claude/fix", app__txt="good 2\n")
    bare.settle()
    decision = bare.decision(change)
    away = bare.work.with_name("away")
    bare.work.rename(away)
    with pytest.raises(UnreachableError):
        bare.gate.decide(decision, hold=0)
    away.rename(bare.work)
    bare.gate.decide(decision, hold=0)
    assert bare.gate.step(("hold",))
    bare.work.rename(away)
    bare.settle()
    assert bare.state(change) is State.APPROVED
    assert "landing failed" in bare.life(change).note
    away.rename(bare.work)
    rerun(bare, change)
    assert bare.state(change) is State.LANDED


def test_a_full_disk_under_the_database_loses_no_step(bare: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    change = bare.branch("claude/fix", app__txt="good 2\n")
    said = Untrusted("x" * 100_000)
    found = Finding("r", "c", Severity.LOW, Untrusted("f"), Side.NEW, 1, said, "p")
    monkeypatch.setattr("reviewer.gate.steps.scan_audited", lambda *_args: [found])
    pages = bare.gate.driver._db.execute("pragma page_count").fetchone()[0]
    bare.gate.driver._db.execute(f"pragma max_page_count = {pages}")
    bare.gate._waits = (0.0,)
    with monkeypatch.context() as worse:
        # Not even the failure can be written down at first.
        worse.setattr(bare.gate.driver, "fail", full_database)
        assert bare.gate.step()
        with pytest.raises(UnreachableError):
            bare.gate.step()
    bare.settle()
    assert "full" in bare.life(change).note
    # What could not be written is no event: the next one has its number, and nobody was told of it.
    assert bare.gate.driver.newest == bare.gate.driver.events(0)[-1][0]
    bare.gate.driver._db.execute(f"pragma max_page_count = {pages + 1000}")
    rerun(bare, change)
    assert bare.life(change).scanned


def test_a_damaged_database_is_refused_by_name_and_left_as_it_is(bare: Ground) -> None:
    bare.branch("claude/fix", app__txt="good 2\n")
    bare.gate.driver.close()
    place = bare.home / "gate" / "gate.db"
    whole = place.read_bytes()
    for damaged in (b"not a database at all", whole[: len(whole) // 2], whole[:4096] + b"\xff" * (len(whole) - 4096)):
        place.write_bytes(damaged)
        with pytest.raises(ReviewerError) as caught:
            Driver(place, lambda: 0.0)
        assert "gate.db" in caught.value.hint
        assert place.read_bytes() == damaged
    place.write_bytes(whole)
    bare.gate = bare.new_gate()


def test_a_database_of_another_format_is_refused_by_name(tmp_path: Path) -> None:
    driver = Driver(tmp_path / "gate.db", lambda: 0.0)
    driver._db.execute("pragma user_version = 7")
    driver.close()
    with pytest.raises(ReviewerError, match="format 7"):
        Driver(tmp_path / "gate.db", lambda: 0.0)


class Running:
    """A gate whose next run is under way in a thread."""

    def __init__(self, ground: Ground, change: str) -> None:
        self.gate: Gate = ground.gate
        self.thread = threading.Thread(target=self.gate.step, args=(("run",),))
        self.thread.start()
        self.run = ground.life(change).runs[-1]
        while self.gate.live.size(self.run.run_id) == 0:
            assert self.thread.is_alive()


@contained
def test_a_run_under_way_shows_its_output_and_ends_when_it_is_cancelled(make: Make) -> None:
    ground = make(SLOW)
    change = ground.branch("claude/fix", app__txt="good 2\n")
    other = ground.branch("claude/other", app__txt="good 3\n")
    assert change_of(ground.gate.driver.load(change)).run == "queued"
    under_way = Running(ground, change)
    shown = detail_of(ground.gate.driver.load(change), ground.gate.live.size, ground.gate.driver.waiting_runs())
    assert (shown.change.run, shown.runs[0].state, shown.runs[0].log_bytes) == ("running", RunState.RUNNING, 6)
    assert shown.runs[0].started_at is not None
    behind = detail_of(ground.gate.driver.load(other), waiting=ground.gate.driver.waiting_runs())
    assert behind.runs[0].position == 0
    assert ground.gate.log(change, shown.runs[0].run_id, 2, 100)[1] == b"gun\n"
    assert ground.gate.cancel(change, shown.runs[0].run_id)
    under_way.thread.join(20)
    assert not under_way.thread.is_alive()
    run, log = ground.gate.log(change, shown.runs[0].run_id, 0, 100)
    assert (run.state, log, run.reason) == (RunState.CANCELLED, b"begun\n", "cancelled by a person")
    assert change_of(ground.gate.driver.load(change)).run == "cancelled"
    assert not ground.gate.cancel(change, run.run_id)


@contained
def test_a_queued_run_is_cancelled_also_right_after_a_restart_and_can_be_asked_for_again(make: Make) -> None:
    ground = make(TOML)
    change = ground.branch("claude/fix", app__txt="good 2\n")
    ground.gate.step(("scan",))
    assert ground.gate.driver.take(("run",)) is not None
    ground.again()
    run = ground.life(change).runs[0]
    assert ground.gate.cancel(change, run.run_id)
    ground.settle()
    assert change_of(ground.gate.driver.load(change)).run == "cancelled"
    rerun(ground, change)
    assert change_of(ground.gate.driver.load(change)).run == "passed"
    with pytest.raises(Refused, match="no such run"):
        ground.gate.driver.apply(change, CancelAsked("another"))


@contained
def test_a_new_revision_ends_the_run_of_the_old_one(make: Make) -> None:
    ground = make(SLOW)
    change = ground.branch("claude/fix", app__txt="good 2\n")
    under_way = Running(ground, change)
    ground.branch("claude/fix", "claude/fix", app__txt="good 3\n")
    under_way.thread.join(20)
    assert not under_way.thread.is_alive()
    assert [(r.revision_digest == ground.life(change).current.digest, r.state) for r in ground.life(change).runs] == [
        (False, RunState.CANCELLED),
        (True, RunState.QUEUED),
    ]


@contained
def test_a_gate_that_ends_leaves_its_run_to_the_next_one(make: Make) -> None:
    ground = make(SLOW)
    change = ground.branch("claude/fix", app__txt="good 2\n")
    under_way = Running(ground, change)
    ground.gate.stop()
    under_way.thread.join(20)
    assert not under_way.thread.is_alive()
    ground.again()
    # It waits for its turn: nobody runs it right now.
    assert change_of(ground.gate.driver.load(change)).run == "queued"
    again = Running(ground, change)
    assert again.run.run_id == under_way.run.run_id
    ground.gate.stop()
    again.thread.join(20)
