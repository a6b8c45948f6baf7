"""The five agents, through a real gate: what is observed of each, a second look, answers to what was asked, a kill."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.demo.agents import Agents, Pace
from reviewer.demo.ending import stop_gate
from reviewer.demo.place import Place
from reviewer.demo.repository import make_repository
from reviewer.demo.watched import WatchedDesk
from reviewer.model.change import Change, State
from reviewer.model.decision import Verdict
from reviewer.model.errors import UnreachableError
from reviewer.pipelines.checkpoint import connect, holder
from reviewer.review.desk import Desk
from reviewer.sandbox.launch import probe
from reviewer.wiring import make_desk

contained = pytest.mark.skipif(probe().tier == "none", reason="needs contained runs")


def agents(place: Place, **pace: float) -> Agents:
    pace = {"between": 0, "second_look": 1e9, "opened": 0, **pace}
    return Agents(place, lambda: connect(place.home), time.time, lambda: str(uuid.uuid4()), Pace(**pace))


def until(desk: Desk, holds: Callable[[dict[str, Change]], bool]) -> dict[str, Change]:
    """The submitted changes by branch, as soon as `holds` says yes to them."""
    for _ in range(600):
        try:
            desk.sync()
        except UnreachableError:
            pass  # killed by the test, and started by the next to ask
        rows = {row.branch.raw: row for row in desk.changes() if row.state is not State.DISCOVERED}
        if holds(rows):
            return rows
        time.sleep(0.05)
    raise AssertionError({name: (row.state, row.revision, row.run) for name, row in rows.items()})


def settled(rows: dict[str, Change]) -> bool:
    return len(rows) == 5 and all(row.run in ("passed", "failed") for row in rows.values())


def log(desk: Desk, row: Change) -> str:
    (run,) = (r for r in desk.detail(row.change_id).runs if r.name == "tests" and r.revision_digest == row.digest)
    place = desk.runs.place(run.log)
    assert place is not None
    return place.read_text()


@contained
def test_five_changes_are_run_and_scanned_and_answered(place: Place) -> None:
    make_repository(place, require_run=True)
    theirs = agents(place)
    theirs.look()
    desk = WatchedDesk(make_desk(place.home, place.work), theirs.opened)
    rows = until(desk, settled)

    assert {name: row.run for name, row in rows.items()} == {
        "claude/volumetric-weight": "passed",
        "codex/label-template": "failed",
        "cursor/inches-and-pounds": "passed",
        "copilot/usage-counts": "passed",
        "jules/quote-files": "passed",
    }
    labels = desk.detail(rows["codex/label-template"].change_id)
    assert "all 34 pass" in labels.current.claim.raw
    assert "FAILED (failures=1)" in log(desk, labels.change)
    weakened = desk.detail(rows["cursor/inches-and-pounds"].change_id)
    assert "test-weakened" in {finding.category for finding in weakened.findings}
    counted = rows["copilot/usage-counts"]
    assert "tls-disabled" in {finding.category for finding in desk.detail(counted.change_id).findings}
    assert "POST https://counts.parcel-metrics.example" in log(desk, counted)
    assert {row.agent.raw for row in rows.values()} == {"claude", "codex", "cursor", "copilot", "jules"}

    # The second look is taken once the reviewer has opened the change, and not before.
    files = rows["jules/quote-files"]
    theirs.look()
    assert until(desk, settled)["jules/quote-files"].revision == 1
    desk.open(files)
    theirs.look()
    files = until(desk, lambda now: now["jules/quote-files"].revision == 2)["jules/quote-files"]

    # Sent back, each agent answers with the reviewer's words and a next revision whose tests pass.
    asked = {name: row for name, row in until(desk, settled).items() if not name.startswith("claude/")}
    desk.talk.draft(desk.detail(files.change_id), "what if the disk is full?", None)
    for row in asked.values():
        desk.decide(desk.detail(row.change_id), Verdict.REQUEST_CHANGES, "not\nyet", now=True)
    sent_back = until(desk, lambda now: all(now[name].state is State.CHANGES_REQUESTED for name in asked))
    theirs.look()
    newer = until(desk, lambda now: all(now[name].revision > sent_back[name].revision for name in asked))
    assert set(newer) == set(rows)
    rows = until(desk, settled)
    for name in asked:
        assert (rows[name].run, rows[name].state, rows[name].flags) == ("passed", State.PENDING, 0), name
        answer = desk.detail(rows[name].change_id).comments[-1]
        assert answer.author.raw == name.split("/")[0]
        assert answer.body.raw.startswith("> not\n> yet\n")
    assert "> what if the disk is full?\n" in desk.detail(files.change_id).comments[-1].body.raw
    assert "POST https://" not in log(desk, rows["copilot/usage-counts"])

    # Out of revisions, an agent says so, once.
    desk.decide(desk.detail(files.change_id), Verdict.REQUEST_CHANGES, "more", now=True)
    until(desk, lambda now: now["jules/quote-files"].state is State.CHANGES_REQUESTED)
    theirs.look()
    theirs.look()
    desk.sync()
    said = [comment.body.raw for comment in desk.detail(files.change_id).comments if comment.author.raw == "jules"]
    assert len(said) == 2
    assert said[1].endswith("that was my last revision.")


def test_what_was_done_before_is_not_done_again_and_a_killed_gate_is_started(place: Place) -> None:
    make_repository(place, require_run=False)
    agents(place).look()
    stop_gate(place.home)
    agents(place, second_look=0).look()
    _gate, rows = connect(place.home).changes()
    assert sorted((row.branch.raw, row.revision) for row in rows) == [
        ("claude/volumetric-weight", 1),
        ("codex/label-template", 1),
        ("copilot/usage-counts", 1),
        ("cursor/inches-and-pounds", 1),
        ("jules/quote-files", 2),
    ]


def test_a_branch_that_somebody_changed_is_left_alone_and_the_others_go_on(place: Place) -> None:
    make_repository(place, require_run=False)
    theirs = agents(place)
    theirs.look()
    work = place.worktree("quote-files")
    (work / "parcel" / "bulk.py").write_text('"""Written anew by somebody."""\n')
    subprocess.run(["git", "commit", "-qam", "Begin again"], cwd=work, check=True)
    theirs.opened("jules/quote-files")
    theirs.look()
    theirs.look()
    _gate, rows = connect(place.home).changes()
    assert {row.revision for row in rows} == {1}
    # Nothing half applied is left for whoever works there.
    state = subprocess.run(["git", "status"], cwd=work, check=True, capture_output=True, text=True).stdout
    assert "am session" not in state
    assert "working tree clean" in state


def test_the_agents_process_ends_itself_and_the_gate_when_whoever_started_it_is_killed(place: Place) -> None:
    make_repository(place, require_run=False)
    starter = (
        "import subprocess, sys, time\n"
        f"command = [sys.executable, '-P', '-m', 'reviewer.demo.agents', 'keep', {str(place.root)!r}]\n"
        "print(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        player = Path("/proc") / parent.stdout.readline().strip()
        desk = make_desk(place.home, place.work)
        until(desk, lambda rows: len(rows) >= 2)
        gate = Path("/proc") / str(holder(place.home)[0])
        assert gate.exists()
        parent.send_signal(signal.SIGKILL)
    for _ in range(200):
        if not (alive(player) or alive(gate)):
            break
        time.sleep(0.05)
    assert not alive(player)
    assert not alive(gate)
    assert (place.work / "README.md").exists()


def alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

