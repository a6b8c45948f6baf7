"""A change's whole way on real git: submitted, run, scanned, sent back, revised, approved, landed."""

from dataclasses import replace
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground

from reviewer.attest.sign import Key
from reviewer.attest.statement import seal
from reviewer.gate.events import Refused
from reviewer.model.change import State
from reviewer.model.decision import Verdict
from reviewer.model.errors import ForbiddenError, ReviewerError, StaleError, UsageError
from reviewer.model.run import Conclusion, RunState
from reviewer.text import Untrusted


def test_sent_back_revised_approved_landed(ground: Ground) -> None:
    change = ground.branch("claude/fix", app__txt="good, but slow\n")
    ground.settle()
    life = ground.life(change)
    assert life.scanned
    if SANDBOXED:
        assert [(r.state, r.conclusion) for r in life.runs] == [(RunState.DONE, Conclusion.SUCCESS)]
    ground.decide(change, Verdict.REQUEST_CHANGES)
    assert ground.state(change) is State.CHANGES_REQUESTED
    assert ground.branch("claude/fix", "claude/fix", app__txt="good and fast\n") == change
    ground.settle()
    assert ground.state(change) is State.PENDING
    ground.decide(change)
    assert ground.state(change) is State.LANDED
    assert ground.git("show", "main:app.txt") == "good and fast"
    assert ground.git("fsck", "--strict") == ""


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_a_failing_run_locks_approval(ground: Ground) -> None:
    change = ground.branch("claude/bad", app__txt="bad\n")
    ground.settle()
    with pytest.raises(Refused, match="failed with exit status 1"):
        ground.decide(change)
    ground.decide(change, Verdict.REJECT)
    assert ground.state(change) is State.REJECTED


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_the_command_comes_from_the_target_never_from_the_change(ground: Ground) -> None:
    change = ground.branch("claude/own-rules", app__txt="bad\n", reviewer__toml="[policy]\nrequire_run = false\n")
    ground.settle()
    assert ground.life(change).runs[0].conclusion is Conclusion.FAILURE


def test_ten_approvals_in_a_row_do_not_void_each_other(ground: Ground) -> None:
    changes = [ground.branch(f"claude/n{i}", **{f"file{i}__txt": "x\n"}) for i in range(10)]
    ground.settle()
    for change in changes:
        ground.decide(change)
    assert {ground.state(change) for change in changes} == {State.LANDED}
    assert len(ground.git("ls-tree", "--name-only", "main").split()) == 13


def test_a_target_that_touched_the_same_file_asks_for_a_new_look_and_a_conflict_too(ground: Ground) -> None:
    lines = [f"good {i}\n" for i in range(30)]
    ground.target(app__txt="".join(lines))
    first = ground.branch("claude/top", app__txt="".join(["good top\n", *lines[1:]]))
    second = ground.branch("claude/end", app__txt="".join([*lines[:-1], "good end\n"]))
    third = ground.branch("claude/top2", app__txt="".join(["good other top\n", *lines[1:]]))
    ground.settle()
    ground.decide(first)
    ground.decide(second)
    assert ground.state(second) is State.PENDING
    assert "app.txt" in ground.life(second).note
    ground.decide(second)
    assert ground.state(second) is State.LANDED
    ground.decide(third)
    assert ground.state(third) is State.CONFLICT
    assert [n.raw for n in ground.life(third).current.conflicts] == ["app.txt"]


def test_a_head_that_moved_is_stale_and_nothing_is_applied(ground: Ground) -> None:
    change = ground.branch("claude/fix", app__txt="good 2\n")
    ground.settle()
    before = ground.git("rev-parse", "main")
    ground.git("branch", "-f", "claude/fix", "main")
    with pytest.raises(StaleError):
        ground.decide(change)
    assert ground.git("rev-parse", "main") == before


def test_a_checked_out_target_is_left_alone(ground: Ground) -> None:
    change = ground.branch("claude/fix", app__txt="good 2\n")
    ground.settle()
    ground.git("switch", "-q", "main")
    before = ground.git("rev-parse", "HEAD")
    ground.decide(change)
    assert ground.state(change) is State.WAITING_TO_LAND
    assert ground.git("rev-parse", "HEAD") == before
    assert ground.git("status", "--porcelain") == ""
    assert ground.git("merge", "--ff-only", f"refs/reviewer/landed/{change}")


def test_what_cannot_be_reviewed_is_refused_with_a_reason(ground: Ground) -> None:
    ground.git("branch", "claude/nothing", "main")
    with pytest.raises(UsageError, match="nothing that the target"):
        ground.gate.submit(ground.work, "claude/nothing", "main", "claude", "", "")
    ground.git("switch", "-q", "-c", "claude/empty", "main")
    ground.git("commit", "-q", "--allow-empty", "-m", "empty")
    with pytest.raises(UsageError, match="change no file"):
        ground.gate.submit(ground.work, "claude/empty", "main", "claude", "", "")
    with pytest.raises(UsageError, match="target itself"):
        ground.gate.submit(ground.work, "main", "main", "claude", "", "")


def test_a_head_that_comes_back_is_looked_at_again(ground: Ground) -> None:
    change = ground.branch("claude/fix", app__txt="good 2\n")
    first = ground.git("rev-parse", "claude/fix")
    ground.settle()
    ground.branch("claude/fix", "claude/fix", app__txt="good 3\n")
    ground.settle()
    ground.git("branch", "-f", "claude/fix", first)
    assert ground.submit("claude/fix") == change
    ground.settle()
    life = ground.life(change)
    assert (life.current.number, life.scanned) == (3, True)
    ground.decide(change)
    assert ground.state(change) is State.LANDED


def test_a_decision_is_signed_by_who_decided_before_and_says_what_was_signed(ground: Ground, tmp_path: Path) -> None:
    change = ground.branch("claude/fix", app__txt="good 2\n")
    ground.settle()
    good = ground.decision(change)
    for bad in (
        replace(good, envelope=""),
        replace(good, verdict=Verdict.REJECT),
        replace(good, reason=Untrusted("another reason")),
        replace(good, reviewer=Untrusted("bob")),
    ):
        with pytest.raises(ReviewerError):
            ground.gate.decide(bad, hold=0)
    other = Key.load_or_create(tmp_path / "mallory")
    ground.gate.decide(ground.decision(change, Verdict.REQUEST_CHANGES), hold=100)
    forged = replace(good, decision_id="forged", envelope="")
    forged = replace(forged, envelope=seal(forged, ground.life(change).current, other))
    with pytest.raises(ForbiddenError, match="known key"):
        ground.gate.decide(forged, hold=0)
    # Where the key of the connection is known, no first use is trusted.
    with pytest.raises(ForbiddenError, match="known key"):
        ground.gate.decide(good, owner="somebody new", key=other.public)
