"""A change's whole way on real git: submitted, run, scanned, sent back, revised, approved, landed; and killed."""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reviewer.gate.lifecycle import Refused
from reviewer.gate.steps import Gate
from reviewer.model.change import State
from reviewer.model.decision import Decision, Verdict
from reviewer.model.errors import StaleError, UsageError
from reviewer.model.run import Conclusion, RunState
from reviewer.sandbox.launch import probe
from reviewer.text import Untrusted

SANDBOXED = probe().tier != "none"
TOML = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "grep -q good app.txt"]\n'


class Desk:
    """A repository, a gate over it, and the few things that an agent and a reviewer do."""

    def __init__(self, root: Path, toml: str = TOML) -> None:
        self.work = root / "work"
        self.home = root / "home"
        self.work.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write(app__txt="good\n", other__txt="o\n", reviewer__toml=toml)
        # Nobody has main checked out, so that landing moves it.
        self.git("switch", "-q", "-c", "desk")
        self.gate = self.new_gate()
        self.ids = itertools.count()

    def new_gate(self) -> Gate:
        numbers = itertools.count(int(time.time_ns() % 10**9))
        return Gate(self.home, lambda: f"c{next(numbers)}")

    def git(self, *args: str) -> str:
        ident = ["-c", "user.name=t", "-c", "user.email=t@t"]
        run = subprocess.run(["git", *ident, *args], cwd=self.work, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    def write(self, **files: str) -> None:
        for name, content in files.items():
            (self.work / name.replace("__", ".")).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-qm", "work")

    def branch(self, name: str, start: str = "main", **files: str) -> str:
        self.git("switch", "-q", "-C", name, start)
        self.write(**files)
        self.git("switch", "-q", "desk")
        return self.gate.submit(self.work, name, "main", "claude", "Do it", "All tests passed.")

    def settle(self) -> None:
        while self.gate.step():
            pass

    def decision(self, change: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
        revision = self.gate.driver.load(change).life.current
        name = f"id{next(self.ids)}"
        who = Untrusted("ann")
        return Decision(
            name, change, revision.digest, verdict, who, who, 1_700_000_000, result_tree=revision.result_tree
        )

    def decide(self, change: str, verdict: Verdict = Verdict.APPROVE) -> None:
        self.gate.decide(self.decision(change, verdict), hold=0)
        self.settle()

    def state(self, change: str) -> State:
        return self.gate.driver.load(change).life.state


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, TOML if SANDBOXED else "")


def test_sent_back_revised_approved_landed(desk: Desk) -> None:
    change = desk.branch("claude/fix", app__txt="good, but slow\n")
    desk.settle()
    life = desk.gate.driver.load(change).life
    assert life.scanned
    if SANDBOXED:
        assert [(r.state, r.conclusion) for r in life.runs] == [(RunState.DONE, Conclusion.SUCCESS)]
    desk.decide(change, Verdict.REQUEST_CHANGES)
    assert desk.state(change) is State.CHANGES_REQUESTED
    assert desk.branch("claude/fix", "claude/fix", app__txt="good and fast\n") == change
    desk.settle()
    assert desk.state(change) is State.PENDING
    desk.decide(change)
    assert desk.state(change) is State.LANDED
    assert desk.git("show", "main:app.txt") == "good and fast"
    assert desk.git("fsck", "--strict") == ""


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_a_failing_run_locks_approval(desk: Desk) -> None:
    change = desk.branch("claude/bad", app__txt="bad\n")
    desk.settle()
    with pytest.raises(Refused, match="failed with exit status 1"):
        desk.decide(change)
    desk.decide(change, Verdict.REJECT)
    assert desk.state(change) is State.REJECTED


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_the_command_comes_from_the_target_never_from_the_change(desk: Desk) -> None:
    change = desk.branch("claude/own-rules", app__txt="bad\n", reviewer__toml="[policy]\nrequire_run = false\n")
    desk.settle()
    assert desk.gate.driver.load(change).life.runs[0].conclusion is Conclusion.FAILURE


def test_ten_approvals_in_a_row_do_not_void_each_other(desk: Desk) -> None:
    changes = [desk.branch(f"claude/n{i}", **{f"file{i}__txt": "x\n"}) for i in range(10)]
    desk.settle()
    for change in changes:
        desk.decide(change)
    assert {desk.state(change) for change in changes} == {State.LANDED}
    assert len(desk.git("ls-tree", "--name-only", "main").split()) == 13


def test_a_target_that_touched_the_same_file_asks_for_a_new_look_and_a_conflict_too(desk: Desk) -> None:
    lines = [f"good {i}\n" for i in range(30)]
    desk.git("switch", "-q", "main")
    desk.write(app__txt="".join(lines))
    desk.git("switch", "-q", "desk")
    first = desk.branch("claude/top", app__txt="".join(["good top\n", *lines[1:]]))
    second = desk.branch("claude/end", app__txt="".join([*lines[:-1], "good end\n"]))
    third = desk.branch("claude/top2", app__txt="".join(["good other top\n", *lines[1:]]))
    desk.settle()
    desk.decide(first)
    desk.decide(second)
    assert desk.state(second) is State.PENDING
    assert "app.txt" in desk.gate.driver.load(second).life.note
    desk.decide(second)
    assert desk.state(second) is State.LANDED
    desk.decide(third)
    assert desk.state(third) is State.CONFLICT
    assert [n.raw for n in desk.gate.driver.load(third).life.current.conflicts] == ["app.txt"]


def test_a_head_that_moved_is_stale_and_nothing_is_applied(desk: Desk) -> None:
    change = desk.branch("claude/fix", app__txt="good 2\n")
    desk.settle()
    before = desk.git("rev-parse", "main")
    desk.git("branch", "-f", "claude/fix", "main")
    with pytest.raises(StaleError):
        desk.decide(change)
    assert desk.git("rev-parse", "main") == before


def test_a_checked_out_target_is_left_alone(desk: Desk) -> None:
    change = desk.branch("claude/fix", app__txt="good 2\n")
    desk.settle()
    desk.git("switch", "-q", "main")
    before = desk.git("rev-parse", "HEAD")
    desk.decide(change)
    assert desk.state(change) is State.WAITING_TO_LAND
    assert desk.git("rev-parse", "HEAD") == before
    assert desk.git("status", "--porcelain") == ""
    assert desk.git("merge", "--ff-only", f"refs/reviewer/landed/{change}")


def test_what_cannot_be_reviewed_is_refused_with_a_reason(desk: Desk) -> None:
    desk.git("branch", "claude/nothing", "main")
    with pytest.raises(UsageError, match="nothing that the target"):
        desk.gate.submit(desk.work, "claude/nothing", "main", "claude", "", "")
    desk.git("switch", "-q", "-c", "claude/empty", "main")
    desk.git("commit", "-q", "--allow-empty", "-m", "empty")
    with pytest.raises(UsageError, match="change no file"):
        desk.gate.submit(desk.work, "claude/empty", "main", "claude", "", "")
    with pytest.raises(UsageError, match="target itself"):
        desk.gate.submit(desk.work, "main", "main", "claude", "", "")


def test_a_step_that_fails_is_taken_up_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    change = desk.branch("claude/fix", app__txt="good 2\n")
    monkeypatch.setattr("reviewer.gate.steps.RETRY_SECONDS", 0.0)
    desk.work.rename(desk.work.with_name("away"))
    desk.settle()
    desk.work.with_name("away").rename(desk.work)
    desk.gate.decide(desk.decision(change), hold=0)
    assert desk.gate.step()
    desk.work.rename(desk.work.with_name("away"))
    with pytest.raises(UsageError):
        desk.gate.step()
    desk.work.with_name("away").rename(desk.work)
    desk.settle()
    assert desk.state(change) is State.LANDED


CHILD = """
import itertools, os, sys, time
from pathlib import Path
from reviewer.gate import steps
gate = steps.Gate(Path(sys.argv[1]), lambda: "unused")
commit = gate.driver.apply
def apply(change, event, **more):
    if type(event).__name__ == sys.argv[2]:
        os.kill(os.getpid(), 9)
    return commit(change, event, **more)
gate.driver.apply = apply
while gate.step(): pass
"""


@pytest.mark.parametrize("dies_at", ["ScanFinished", "RunChanged", "HoldElapsed", "Landed"])
def test_killed_at_each_step_it_goes_on_and_nothing_happens_twice(desk: Desk, dies_at: str) -> None:
    if dies_at == "RunChanged" and not SANDBOXED:
        pytest.skip("no sandbox here")
    change = desk.branch("claude/fix", app__txt="good 2\n")
    if dies_at in ("HoldElapsed", "Landed"):
        desk.settle()
        desk.gate.decide(desk.decision(change), hold=0)
    desk.gate.driver.close()
    child = subprocess.run([sys.executable, "-c", CHILD, str(desk.home), dies_at], env=os.environ, capture_output=True)
    assert child.returncode == -9, child.stderr
    desk.gate = desk.new_gate()
    desk.settle()
    if dies_at not in ("HoldElapsed", "Landed"):
        desk.decide(change)
    assert desk.state(change) is State.LANDED
    kinds = [kind for _seq, _change, kind, _at in desk.gate.driver.events(0)]
    assert {kinds.count(kind) for kind in ("Submitted", "ScanFinished", "Decided", "HoldElapsed", "Landed")} == {1}
    assert desk.git("rev-list", "--count", "main..claude/fix") == "0"
    assert desk.git("show", "main:app.txt") == "good 2"
