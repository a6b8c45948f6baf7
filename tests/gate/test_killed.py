"""The gate killed at every step, in a process of its own: the next one goes on, nothing is lost or happens twice."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground, Make

from reviewer.model.change import State
from reviewer.model.codec import to_json
from reviewer.model.decision import Decision
from reviewer.model.run import Conclusion, RunState

# Does one thing on a home, and dies where it is told to: around a call of the product's own code.
CHILD = """
import importlib, os, sys, time
from pathlib import Path
from reviewer.gate.steps import Gate
from reviewer.model.codec import from_json
from reviewer.model.decision import Decision

home, work, action, where, attribute, when, condition = sys.argv[1:]
owner = importlib.import_module(where.split(":")[0])
if ":" in where:
    owner = getattr(owner, where.split(":")[1])
call = getattr(owner, attribute)
def dying(*args, **more):
    now = eval(condition, {"args": args, "more": more})
    if now and when == "before":
        os.kill(os.getpid(), 9)
    answer = call(*args, **more)
    if now:
        os.kill(os.getpid(), 9)
    return answer
setattr(owner, attribute, dying)
gate = Gate(Path(home), lambda: "c9", waits=())
if action == "submit":
    gate.submit(Path(work), "claude/fix", "main", "claude", "Do it", "")
if action == "decide":
    gate.decide(from_json(Decision, sys.stdin.buffer.read()), hold=0)
if action == "steps":
    while gate.step():
        pass
"""
DRIVER = "reviewer.gate.driver:Driver"
ANY = "True"


def named(event: str) -> str:
    return f"type(args[2]).__name__ == {event!r}"


def dies(ground: Ground, action: str, place: tuple[str, str, str, str], said: bytes = b"") -> None:
    ground.gate.driver.close()
    command = [sys.executable, "-c", CHILD, str(ground.home), str(ground.work), action, *place]
    child = subprocess.run(command, env=os.environ, input=said, capture_output=True)
    assert child.returncode == -9, child.stderr
    ground.gate = ground.new_gate()


def once(ground: Ground, change: str) -> None:
    """Everything happened, and once."""
    assert ground.state(change) is State.LANDED
    kinds = [kind for _seq, _change, kind, _at in ground.gate.driver.events(0)]
    assert {kinds.count(kind) for kind in ("Submitted", "ScanFinished", "Decided", "HoldElapsed", "Landed")} == {1}
    assert "StepFailed" not in kinds
    runs = ground.life(change).runs
    assert all((r.state, r.conclusion) == (RunState.DONE, Conclusion.SUCCESS) for r in runs)
    assert len(runs) == int(SANDBOXED)
    assert ground.git("show", "main:app.txt") == "good 2"
    assert ground.git("rev-list", "--count", "main..claude/fix") == "0"
    assert ground.git("fsck", "--strict") == ""
    assert ground.gate.driver.pending() == 0


def agent_works(ground: Ground) -> None:
    ground.git("switch", "-q", "-c", "claude/fix", "main")
    ground.write(app__txt="good 2\n")
    ground.git("switch", "-q", "desk")


@pytest.mark.parametrize(
    "place",
    [
        ("reviewer.repo.quarantine:Quarantine", "fetch", "before", ANY),
        ("reviewer.repo.quarantine:Quarantine", "fetch", "after", ANY),
        ("reviewer.repo.quarantine:Quarantine", "merge_tree", "after", ANY),
        (DRIVER, "create", "before", ANY),
        (DRIVER, "_queue", "before", ANY),
        (DRIVER, "_queue", "after", ANY),
        (DRIVER, "create", "after", ANY),
    ],
)
def test_killed_while_it_takes_a_change_in(ground: Ground, place: tuple[str, str, str, str]) -> None:
    agent_works(ground)
    dies(ground, "submit", place)
    # Whoever submitted got no answer, and asks again.
    change = ground.submit("claude/fix")
    assert len(ground.gate.driver.all()) == 1
    ground.settle()
    ground.decide(change)
    once(ground, change)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("attribute", "condition"),
    [
        ("_append", named("Decided").replace("args[2]", "args[3]")),
        ("_queue", "args[2] and args[2][0].kind == 'hold'"),
        ("apply", named("Decided")),
    ],
)
def test_killed_while_it_takes_a_decision(ground: Ground, attribute: str, condition: str, when: str) -> None:
    agent_works(ground)
    change = ground.submit("claude/fix")
    ground.settle()
    decision: Decision = ground.decision(change)
    dies(ground, "decide", (DRIVER, attribute, when, condition), to_json(decision))
    # The desk got no answer, and sends the same again.
    assert ground.gate.decide(decision, hold=0) == "accepted"
    ground.settle()
    once(ground, change)


RUNS = [
    (DRIVER, "apply", "before", "type(args[2]).__name__ == 'RunChanged' and args[2].run.state.value == 'running'"),
    (DRIVER, "apply", "after", "type(args[2]).__name__ == 'RunChanged' and args[2].run.state.value == 'running'"),
    ("reviewer.evidence.run", "run", "after", ANY),
    ("reviewer.evidence.blobs:Blobs", "keep", "after", ANY),
    (DRIVER, "apply", "before", "type(args[2]).__name__ == 'RunChanged' and args[2].run.state.value == 'done'"),
    (DRIVER, "apply", "after", "type(args[2]).__name__ == 'RunChanged' and args[2].run.state.value == 'done'"),
]


@pytest.mark.parametrize(
    "place",
    [
        (DRIVER, "take", "after", ANY),
        (DRIVER, "apply", "before", named("ScanFinished")),
        (DRIVER, "_mark", "before", "args[3] == 'done'"),
        (DRIVER, "_mark", "after", "args[3] == 'done'"),
        (DRIVER, "apply", "after", named("ScanFinished")),
        *(RUNS if SANDBOXED else ()),
    ],
)
def test_killed_while_it_makes_evidence(ground: Ground, place: tuple[str, str, str, str]) -> None:
    agent_works(ground)
    change = ground.submit("claude/fix")
    dies(ground, "steps", place)
    ground.settle()
    ground.decide(change)
    once(ground, change)


LAND = "reviewer.gate.landing"


@pytest.mark.parametrize(
    "place",
    [
        (DRIVER, "apply", "before", named("HoldElapsed")),
        (DRIVER, "apply", "after", named("HoldElapsed")),
        (LAND, "land", "before", ANY),
        (LAND, "move_target", "before", ANY),
        ("reviewer.repo.land", "_bring", "before", ANY),
        ("reviewer.repo.land", "_bring", "after", ANY),
        (LAND, "move_target", "after", ANY),
        (DRIVER, "apply", "before", named("Landed")),
        (DRIVER, "_mark", "after", "args[3] == 'done' and args[2].kind == 'land'"),
        (DRIVER, "apply", "after", named("Landed")),
    ],
)
def test_killed_while_it_lands(ground: Ground, place: tuple[str, str, str, str]) -> None:
    agent_works(ground)
    change = ground.submit("claude/fix")
    ground.settle()
    ground.gate.decide(ground.decision(change), hold=0)
    if place[:2] == (LAND, "land"):
        place = ("reviewer.gate.steps", *place[1:])
    dies(ground, "steps", place)
    ground.settle()
    once(ground, change)


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
@pytest.mark.parametrize("event", ["TargetMoved", "RunChanged", "Landed"])
def test_killed_while_it_runs_again_over_a_moved_target(make: Make, event: str) -> None:
    toml = '[landing]\ntarget_moved = "rerun"\n[[run]]\nname = "tests"\ncommand = ["true"]\n'
    ground = make(toml)
    agent_works(ground)
    change = ground.submit("claude/fix")
    ground.settle()
    ground.gate.decide(ground.decision(change), hold=0)
    ground.target(other__txt="theirs\n")
    dies(ground, "steps", (DRIVER, "apply", "before", named(event)))
    ground.settle()
    life = ground.life(change)
    assert life.state is State.LANDED
    assert [r.state for r in life.runs] == [RunState.DONE] * 2
    assert life.runs[-1].over == life.landed == ground.git("rev-parse", "main")


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_killed_in_the_middle_of_a_run_it_leaves_no_orphan(make: Make, tmp_path: Path) -> None:
    word = f"reviewer-orphan-{os.getpid()}"
    ground = make(f'[[run]]\nname = "tests"\ncommand = ["sh", "-c", "echo {word}; sleep 60"]\n')
    agent_works(ground)
    change = ground.submit("claude/fix")
    dies(ground, "steps", ("reviewer.sandbox.record:Recorder", "__call__", "after", ANY))
    until = time.monotonic() + 20
    while any(word.encode() in _cmdline(entry) for entry in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert ground.life(change).runs[0].state is RunState.RUNNING
    assert ground.gate.driver.pending() == 1


def _cmdline(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""
