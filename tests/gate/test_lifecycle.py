"""The reducer's promises: nothing lands but what was decided, while it is current and its requirements hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.gate.lifecycle import (
    Decided,
    Event,
    HoldElapsed,
    Landed,
    LandingRefused,
    Life,
    Refused,
    RerunAsked,
    RunChanged,
    ScanFinished,
    Submitted,
    Withdrawn,
    reduce,
    standing,
)
from reviewer.model.change import Revision, Size, State
from reviewer.model.decision import Decision, Verdict
from reviewer.model.policy import Policy
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.text import Untrusted


def revision(n: int) -> Revision:
    return Revision(
        n, f"d{n}", "{}", f"h{n}", "b", "refs/heads/main", "t", f"tree{n}", (), Untrusted(""), 0, Size(1, 1, 0)
    )


def run(n: int, conclusion: Conclusion | None = Conclusion.SUCCESS, attempt: int = 1) -> Run:
    state = RunState.DONE if conclusion else RunState.RUNNING
    return Run(f"r{n}-{attempt}", f"d{n}", "tests", (), state, conclusion, 0, attempt=attempt)


def decision(n: int, name: str = "x", verdict: Verdict = Verdict.APPROVE, who: str = "ann") -> Decision:
    return Decision(name, "c", f"d{n}", verdict, Untrusted(""), Untrusted(who), 0, result_tree=f"tree{n}")


def submitted(n: int, policy: Policy = Policy()) -> Submitted:
    return Submitted("c", revision(n), policy, ("tests",))


def after(*events: Event) -> Life:
    life: Life | None = None
    for event in events:
        life, _commands = reduce(life, event)
    assert life is not None
    return life


READY: tuple[Event, ...] = (submitted(1), ScanFinished("d1", ()), RunChanged(run(1)))


def test_from_submission_to_landed() -> None:
    _life, commands = reduce(None, submitted(1))
    assert [c.stage for c in commands] == ["scan", "run tests 1"]
    held = after(*READY, Decided(decision(1)))
    assert held.state is State.PENDING
    approved, commands = reduce(held, HoldElapsed("x"))
    assert [c.key for c in commands] == [("c", "h1", "land x")]
    assert reduce(approved, Landed("d1", "m", False))[0].state is State.LANDED
    waiting = reduce(approved, Landed("d1", "m", True))[0]
    assert waiting.state is State.WAITING_TO_LAND
    assert reduce(waiting, Landed("d1", "m", False))[0].state is State.LANDED


@pytest.mark.parametrize(
    "events",
    [
        (submitted(1), RunChanged(run(1))),
        (submitted(1), ScanFinished("d1", ())),
        (submitted(1), ScanFinished("d1", ()), RunChanged(run(1, Conclusion.FAILURE))),
        (submitted(1), ScanFinished("d1", ()), RunChanged(run(1, None))),
        (*READY, RunChanged(run(1, Conclusion.FAILURE, 2))),
    ],
)
def test_an_approval_before_its_requirements_hold_is_refused(events: tuple[Event, ...]) -> None:
    with pytest.raises(Refused):
        reduce(after(*events), Decided(decision(1)))
    reduce(after(*events), Decided(decision(1, verdict=Verdict.REJECT)))


def test_a_new_revision_takes_votes_and_evidence_away() -> None:
    life = after(*READY, Decided(decision(1)), submitted(2))
    assert not standing(life).approvable
    assert reduce(life, HoldElapsed("x")) == (life, ())
    with pytest.raises(Refused) as caught:
        reduce(life, Decided(decision(1, "y")))
    assert caught.value.stale


def test_the_same_decision_twice_is_one_and_one_person_is_one_vote() -> None:
    two = (submitted(1, Policy(approvals=2)), *READY[1:])
    life = after(*two, Decided(decision(1)))
    assert reduce(life, Decided(decision(1))) == (life, ())
    life = after(*two, Decided(decision(1)), HoldElapsed("x"))
    assert life.state is State.PENDING
    with pytest.raises(Refused, match="already"):
        reduce(life, Decided(decision(1, "y")))
    life = after(*two, Decided(decision(1)), HoldElapsed("x"), Decided(decision(1, "y", who="bob")), HoldElapsed("y"))
    assert life.state is State.APPROVED


def test_undo_works_until_it_took_effect() -> None:
    life = after(*READY, Decided(decision(1)))
    assert reduce(life, Withdrawn("x"))[0].held is None
    with pytest.raises(Refused):
        reduce(after(*READY, Decided(decision(1)), HoldElapsed("x")), Withdrawn("x"))


def test_a_requirement_that_falls_while_the_decision_is_held_stops_it() -> None:
    life = after(*READY, Decided(decision(1)), RunChanged(run(1, Conclusion.FAILURE, 2)), HoldElapsed("x"))
    assert life.state is State.PENDING
    assert "not applied" in life.note


EVENTS = st.one_of(
    st.sampled_from([1, 2, 3]).map(submitted),
    st.sampled_from(["d1", "d2", "d3"]).map(lambda d: ScanFinished(d, ())),
    st.builds(
        lambda n, c, a: RunChanged(run(n, c, a)),
        st.integers(1, 3),
        st.sampled_from([None, Conclusion.SUCCESS, Conclusion.FAILURE]),
        st.integers(1, 2),
    ),
    st.sampled_from(["d1", "d2", "d3"]).map(RerunAsked),
    st.builds(
        lambda n, i, v: Decided(decision(n, i, v)),
        st.integers(1, 3),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(list(Verdict)),
    ),
    st.sampled_from(["x", "y", "z"]).map(Withdrawn),
    st.sampled_from(["x", "y", "z"]).map(HoldElapsed),
    st.builds(lambda d, w: Landed(d, "m", w), st.sampled_from(["d1", "d2", "d3"]), st.booleans()),
    st.integers(1, 3).map(lambda n: LandingRefused(f"d{n}", "moved", revision(n))),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_only_a_decided_current_and_green_revision_lands(events: list[Event]) -> None:
    life: Life | None = None
    keys: set[tuple[str, str, str]] = set()
    for event in (submitted(1), *events):
        before = life
        try:
            life, commands = reduce(life, event)
        except Refused:
            assert life == before
            continue
        for command in commands:
            assert command.digest == life.current.digest
            if command.kind == "land":
                assert command.key not in keys
                assert life.scanned
                assert all(vote.digest == life.current.digest for vote in life.approvals)
                latest = [r for r in life.runs if r.revision_digest == life.current.digest][-1]
                assert latest.conclusion is Conclusion.SUCCESS
                keys.add(command.key)
        if life.landed is not None:
            assert keys
