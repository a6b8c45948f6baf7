"""Desk and gate are killed at any moment: no change, draft or decision is lost, none counts twice, the log holds."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from shell import IDENTITY, Shell

from reviewer.model.change import State
from reviewer.model.decision import DecisionState, Verdict
from reviewer.review.desk import Desk
from reviewer.wiring import make_desk

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path, runs=False)
    yield made
    made.stop_gate()


# --- a desk that dies at every statement and every request --------------------------------------------------------


class _Countdown:
    """Kills this process at the n-th moment before or after something that it does to a database or says to a gate."""

    def __init__(self, number: int) -> None:
        self.left = number

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _arm(countdown: _Countdown) -> None:
    """Count this process's statements and requests; it was forked for that."""

    class Counted(sqlite3.Connection):
        def execute(self, *args: Any, **more: Any) -> sqlite3.Cursor:
            countdown.step()
            done = super().execute(*args, **more)
            countdown.step()
            return done

    real_connect, real_request = sqlite3.connect, httpx.Client.request

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        return real_connect(*args, **{**more, "factory": Counted})

    def request(self: httpx.Client, *args: Any, **more: Any) -> httpx.Response:
        countdown.step()
        answer = real_request(self, *args, **more)
        countdown.step()
        return answer

    sqlite3.connect = connect  # type: ignore[assignment]
    httpx.Client.request = request  # type: ignore[method-assign]


def _one_verdict(desk: Desk, change_id: str) -> None:
    detail = desk.detail(change_id)
    desk.talk.draft(detail, "why?", None)
    desk.decide(detail, Verdict.REQUEST_CHANGES, "look", now=True)
    desk.sync()


def _killed(shell: Shell, change_id: str, countdown: _Countdown) -> bool:
    """Let a desk of its own process give a verdict; whether it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            make_desk(shell.home).pipeline()
            _arm(countdown)
            _one_verdict(make_desk(shell.home), change_id)
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_a_desk_killed_around_its_statements_and_requests(shell: Shell) -> None:
    outcomes: Counter[str] = Counter()
    # Every third moment: with those before and after each, that meets all kinds of them in a few seconds.
    for number in range(1, 400, 3):
        branch = f"claude/b{number}"
        shell.git("branch", branch, "main")
        shell.git("switch", "-q", branch)
        shell.commit(**{f"f{number}.txt": "x\n"})
        desk = make_desk(shell.home, shell.work)
        change_id = desk.submit(branch, "main", "claude", "", "").change.change_id
        killed = _killed(shell, change_id, _Countdown(number))
        # Whoever comes next, on the same home, finds everything and finishes it.
        after = make_desk(shell.home, shell.work)
        after.sync()
        mine = [leaf.decision for leaf in after.log_of_decisions() if leaf.decision.change_id == change_id]
        drafts = [comment.body.raw for comment in after.talk.drafts(change_id)]
        outcomes[f"{len(mine)} decisions, {len(drafts)} drafts"] += 1
        assert len(mine) <= 1
        if mine:
            assert drafts == []
            item = next(item for item in after.outbox() if item.item_id == mine[0].decision_id)
            assert item.state is DecisionState.CONFIRMED
            # Held decisions take effect in the gate's next step.
            for _ in range(500):
                detail = after.pipeline().detail(change_id)
                if detail.change.state is not State.PENDING:
                    break
                time.sleep(0.02)
            assert detail.change.state is State.CHANGES_REQUESTED
            assert [d.decision_id for d in detail.decisions] == [mine[0].decision_id]
            assert [comment.body.raw for comment in detail.comments] == ["why?"]
        else:
            assert after.pipeline().detail(change_id).decisions == ()
            assert drafts in ([], ["why?"])
        if not killed:
            break
    assert not killed
    assert set(outcomes) == {"0 decisions, 0 drafts", "0 decisions, 1 drafts", "1 decisions, 0 drafts"}
    shell.reviewer("verify")


# --- both sides at work, killed at random -------------------------------------------------------------------------


class Worker:
    """One of the two scripts, started again whenever it was killed."""

    def __init__(self, shell: Shell, name: str) -> None:
        self.shell, self.name = shell, name
        self.journal = shell.home.parent / f"{name}.jsonl"
        self.start()

    def start(self) -> None:
        env = {**os.environ, **IDENTITY, "REVIEWER_HOME": str(self.shell.home)}
        with (self.shell.home.parent / f"{self.name}.err").open("ab") as errors:
            self.child = subprocess.Popen(
                [sys.executable, str(SCRIPTS / f"{self.name}.py"), str(self.journal)],
                cwd=self.shell.work,
                env=env,
                stdin=subprocess.DEVNULL,
                stderr=errors,
            )

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def said(self, what: str) -> list[dict[str, str]]:
        """What it noted down, after the fact, of one kind; the last line may be cut."""
        lines = self.journal.read_text().split("\n")[:-1] if self.journal.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]


BRANCHES = 3


def _at_work(shell: Shell, seed: int) -> tuple[Worker, Worker]:
    """Let both work while the machine dies under them, then let them finish."""
    draw = random.Random(seed)
    shell.reviewer("sync")
    agent, reviewer = Worker(shell, "agent"), Worker(shell, "person")
    try:
        for _ in range(6):
            time.sleep(draw.uniform(0.1, 1.1))
            victim = draw.choice(["gate", "agent", "person", "person", "all"])
            if victim in ("gate", "all"):
                shell.stop_gate(signal.SIGKILL)
            for worker in (agent, reviewer):
                if victim in (worker.name, "all"):
                    worker.kill()
            for worker in (agent, reviewer):
                if worker.child.poll() is not None and not worker.said("done"):
                    worker.start()
        for worker in (agent, reviewer):
            worker.child.wait(180)
            assert worker.said("done"), (shell.home.parent / f"{worker.name}.err").read_text()
    finally:
        for worker in (agent, reviewer):
            worker.kill()
    return agent, reviewer


@pytest.mark.parametrize("seed", [1])
def test_both_sides_at_work_while_desk_and_gate_are_killed(seed: int, shell: Shell) -> None:
    for number in range(BRANCHES):
        shell.branch(f"claude/b{number}", **{f"f{number}.txt": "one\n"})
    agent, reviewer = _at_work(shell, seed)
    shell.reviewer("sync")
    desk = make_desk(shell.home, shell.work)
    rows = [row for row in desk.changes() if row.state is not State.DISCOVERED]
    # Each branch is one change, and each that the agent was told of is there.
    assert Counter(row.branch.raw for row in rows) == {f"claude/b{n}": 1 for n in range(BRANCHES)}
    assert {entry["change"] for entry in agent.said("submitted")} <= {row.change_id for row in rows}
    assert {row.revision for row in rows} == {2}
    assert {row.state for row in rows} <= {State.LANDED, State.WAITING_TO_LAND}
    # Each decision that the reviewer was told of is in the log and in the gate, once.
    log = Counter(leaf.decision.decision_id for leaf in desk.log_of_decisions())
    assert set(log.values()) == {1}
    assert {entry["decision"] for entry in reviewer.said("decided")} <= set(log)
    for row in rows:
        detail = desk.detail(row.change_id)
        ids = [decision.decision_id for decision in detail.decisions]
        assert len(ids) == len(set(ids))
        remarks = [comment.comment_id for comment in detail.comments]
        assert len(remarks) == len(set(remarks))
    # Each draft that was kept reached the gate, waits in the outbox, or still is a draft.
    arrived = {comment.comment_id for row in rows for comment in desk.detail(row.change_id).comments}
    kept = {comment.comment_id for row in rows for comment in desk.talk.drafts(row.change_id)}
    waiting = {c.comment_id for item in desk.outbox() if item.decision for c in item.decision.comments}
    assert {entry["draft"] for entry in reviewer.said("drafted")} <= arrived | kept | waiting
    assert not [item for item in desk.outbox() if item.state in (DecisionState.SEALED, DecisionState.SENDING)]
    shell.reviewer("verify")
    shell.reviewer("log")
    assert shell.git("fsck", "--strict") == ""
