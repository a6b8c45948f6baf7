"""A verdict says what it would do, and what holds it back."""

from dataclasses import replace

import pytest
from made import change, detail, finding

from reviewer.model.change import State
from reviewer.model.decision import DecisionState, Verdict
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.review.deciding import consequence, locks, outcome, to_acknowledge

DECISION = Requirement("decision", RequirementState.WAITING, "0 of 1 approvals")


def test_nothing_locks_an_approval_when_all_but_the_decision_holds() -> None:
    shown = detail(requirements=(Requirement("merges", RequirementState.MET, "merges"), DECISION))
    assert locks(shown, Verdict.APPROVE, (), shown) == []


@pytest.mark.parametrize("state", [RequirementState.UNMET, RequirementState.WAITING])
def test_what_is_not_met_locks_approving_with_its_reason_and_nothing_else(state: RequirementState) -> None:
    shown = detail(requirements=(Requirement("run", state, "tests failed"), DECISION))
    assert locks(shown, Verdict.APPROVE, (), shown) == ["tests failed"]
    for verdict in (Verdict.REJECT, Verdict.REQUEST_CHANGES):
        assert locks(shown, verdict, (), shown) == []


def test_findings_hold_until_each_is_acknowledged() -> None:
    asks = Requirement("findings", RequirementState.UNMET, "2 to acknowledge", acknowledge=("one", "two"))
    shown = detail(findings=(finding("one"), finding("two"), finding("three")), requirements=(asks, DECISION))
    assert [f.fingerprint for f in to_acknowledge(shown)] == ["one", "two"]
    assert locks(shown, Verdict.APPROVE, ("one",), shown)
    assert locks(shown, Verdict.APPROVE, ("one", "three"), shown)
    assert not locks(shown, Verdict.APPROVE, ("two", "one"), shown)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_newer_revision_locks_every_verdict(verdict: Verdict) -> None:
    shown = detail()
    newer = detail(change(revision=2, digest="e" * 64))
    (why,) = locks(shown, verdict, (), newer)
    assert "revision 2 has come" in why
    assert "revision 1" in why


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("state", [State.LANDED, State.REJECTED, State.APPROVED, State.WAITING_TO_LAND])
def test_a_decided_change_takes_no_other_verdict(verdict: Verdict, state: State) -> None:
    shown = detail()
    assert state.value in locks(shown, verdict, (), detail(change(state=state)))[0]


def test_a_target_that_moved_under_an_open_dialog_asks_for_another_look() -> None:
    shown = detail()
    moved = replace(shown, revisions=(replace(shown.current, result_tree="f" * 40),))
    assert "look again" in locks(shown, Verdict.APPROVE, (), moved)[0]
    assert locks(shown, Verdict.REJECT, (), moved) == []


def test_consequences_name_agent_target_and_drafts_harmlessly() -> None:
    shown = detail(change(agent="cla\x1bude", target="ma\u202ein"))
    approve = " ".join(consequence(shown, Verdict.APPROVE, 2))
    assert "lands on ma<U+202E>in" in approve
    assert "2 draft comments go with it" in approve
    assert "10 seconds" in approve
    reject = " ".join(consequence(shown, Verdict.REJECT, 1))
    assert "cla␛ude is told no" in reject
    assert "1 draft comment goes" in reject
    assert "next revision" in consequence(shown, Verdict.REQUEST_CHANGES, 0)[0]


def test_outcomes_are_told_apart() -> None:
    assert outcome(Verdict.APPROVE, DecisionState.CONFIRMED, "")[1] is False
    said, bad = outcome(Verdict.APPROVE, DecisionState.CONFLICT, "a newer \x1b[2J revision")
    assert bad
    assert "a newer ␛[2J revision" in said
    said, bad = outcome(Verdict.REJECT, DecisionState.SEALED, "")
    assert not bad
    assert "kept in the outbox" in said
