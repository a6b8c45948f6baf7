"""A target that moved after the approval: landed, run again, or looked at again, as its own settings say."""

import pytest
from ground import SANDBOXED, Ground, Make

from reviewer.gate.events import RerunAsked
from reviewer.model.change import State
from reviewer.model.run import Conclusion, RunState

RULE = '[landing]\ntarget_moved = "{}"\n'
# Passes on each side alone; on the two merged it sees both words.
BOTH = "cat *.txt; ! (grep -q ours app.txt && grep -qs theirs {})"
TOGETHER = f'[[run]]\nname = "tests"\ncommand = ["sh", "-c", "{BOTH}"]\n'
contained = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")


def approved(ground: Ground, content: str = "good ours\n") -> str:
    change = ground.branch("claude/fix", app__txt=content)
    ground.settle()
    ground.gate.decide(ground.decision(change), hold=0)
    assert ground.gate.step(("hold",))
    return change


@contained
def test_the_run_is_made_again_on_exactly_the_result_and_then_it_lands(make: Make) -> None:
    ground = make(RULE.format("rerun") + TOGETHER.format("none.txt"))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    assert ground.gate.step(("land",))
    assert ground.state(change) is State.APPROVED
    assert "running again" in ground.life(change).note
    ground.settle()
    life = ground.life(change)
    assert (life.state, life.note) == (State.LANDED, "")
    first, second = life.runs
    assert (first.over, second.conclusion) == (None, Conclusion.SUCCESS)
    # What ran is what stands on the target, commit and all.
    assert second.over == life.landed == ground.git("rev-parse", "main")
    assert ground.gate.log(change, second.run_id, 0, 100)[1] == b"good ours\ntheirs\n"
    assert ground.git("show", "main:other.txt") == "theirs"


@contained
def test_a_result_whose_run_fails_asks_for_a_new_look_and_does_not_land(make: Make) -> None:
    ground = make(RULE.format("rerun") + TOGETHER.format("other.txt"))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    before = ground.git("rev-parse", "main")
    ground.settle()
    life = ground.life(change)
    assert (life.state, life.approvals) == (State.PENDING, ())
    assert "tests did not pass on the new result" in life.note
    assert life.runs[-1].conclusion is Conclusion.FAILURE
    assert ground.git("rev-parse", "main") == before
    # Asked for again it runs over the result once more: the head, which passed, is no longer the question.
    ground.gate.driver.apply(change, RerunAsked(life.current.digest))
    ground.settle()
    assert ground.life(change).runs[-1].over == life.runs[-1].over
    assert ground.life(change).runs[-1].conclusion is Conclusion.FAILURE


@contained
def test_a_result_that_is_approved_anew_lands_as_the_very_commit_that_ran(make: Make) -> None:
    ground = make(RULE.format("rerun") + TOGETHER.format("none.txt"))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    assert ground.gate.step(("land",))
    assert ground.gate.cancel(change, ground.life(change).runs[-1].run_id)
    assert ground.state(change) is State.PENDING
    ground.gate.driver.apply(change, RerunAsked(ground.life(change).current.digest))
    ground.settle()
    ground.gate.decide(ground.decision(change, at=1_800_000_000.0), hold=0)
    ground.settle()
    life = ground.life(change)
    assert life.state is State.LANDED
    assert life.runs[-1].over == life.landed == ground.git("rev-parse", "main")


@contained
def test_a_target_that_moves_while_the_result_runs_is_run_once_more(make: Make) -> None:
    ground = make(RULE.format("rerun") + TOGETHER.format("none.txt"))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    assert ground.gate.step(("land",))
    assert ground.gate.step(("run",))
    ground.target(third__txt="more\n")
    ground.settle()
    life = ground.life(change)
    assert life.state is State.LANDED
    assert [r.state for r in life.runs] == [RunState.DONE] * 3
    assert life.runs[-1].over == ground.git("rev-parse", "main")
    assert ground.git("show", "main:third.txt") == "more"


def test_review_always_asks_again(make: Make) -> None:
    ground = make(RULE.format("review"))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    ground.settle()
    assert ground.state(change) is State.PENDING
    assert "says review" in ground.life(change).note


@pytest.mark.parametrize("rule", ["clean", "rerun"])
def test_without_a_run_to_make_again_what_touches_no_common_file_lands(make: Make, rule: str) -> None:
    ground = make(RULE.format(rule))
    change = approved(ground)
    ground.target(other__txt="theirs\n")
    ground.settle()
    assert ground.state(change) is State.LANDED


def test_rules_that_changed_on_the_target_ask_again_and_hold_from_then_on(make: Make) -> None:
    ground = make(RULE.format("clean"))
    change = approved(ground)
    ground.target(reviewer__toml="[policy]\napprovals = 2\n")
    ground.settle()
    life = ground.life(change)
    assert life.state is State.PENDING
    assert "reviewer.toml" in life.note
    assert [rule.demand.approvals for rule in life.policy.rules] == [2]


@contained
def test_a_run_that_the_target_asks_for_since_then_is_made(make: Make) -> None:
    ground = make("")
    change = approved(ground)
    ground.target(reviewer__toml='[[run]]\nname = "new"\ncommand = ["true"]\n')
    ground.settle()
    assert [(r.name, r.conclusion) for r in ground.life(change).runs] == [("new", Conclusion.SUCCESS)]
