"""The reducer's promises: nothing lands but what was decided, while it is current and its requirements hold."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.gate.events import (
    STOP,
    CancelAsked,
    Command,
    Decided,
    Event,
    HoldElapsed,
    Landed,
    LandingRefused,
    Life,
    Refused,
    RerunAsked,
    RunChanged,
    RunsJudged,
    ScanFinished,
    StepFailed,
    Submitted,
    TargetMoved,
    Withdrawn,
)
from reviewer.gate.lifecycle import reduce, standing
from reviewer.model.change import Size, State
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import Policy
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.text import Untrusted


def revision(n: int) -> Revision:
    return Revision(
        n, f"d{n}", "{}", f"h{n}", "b", "refs/heads/main", "t", f"tree{n}", (), Untrusted(""), 0, Size(1, 1, 0)
    )


def run(n: int, conclusion: Conclusion | None = Conclusion.SUCCESS, attempt: int = 1) -> Run:
    state = RunState.DONE if conclusion else RunState.RUNNING
    return Run(f"c-{n}-tests-{attempt}", f"d{n}", "tests", (), state, conclusion, 0, attempt=attempt)


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
    assert [c.key for c in commands] == [("c", "d1", "land x")]
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


def test_runs_are_queued_running_cancelled_and_asked_for_again() -> None:
    life = after(submitted(1))
    assert [(r.run_id, r.state) for r in life.runs] == [("c-1-tests-1", RunState.QUEUED)]
    life, commands = reduce(life, CancelAsked("c-1-tests-1"))
    assert [(c.kind, c.stage) for c in commands] == [(STOP, "run tests 1")]
    assert life.runs[0].state is RunState.CANCELLED
    assert reduce(life, RunChanged(run(1)))[0] == life
    stopped = replace(run(1), state=RunState.CANCELLED, log="f" * 64)
    assert reduce(life, RunChanged(stopped))[0].runs[0].log == "f" * 64
    life, commands = reduce(life, RerunAsked("d1"))
    assert [c.stage for c in commands] == ["run tests 2"]
    assert life.runs[-1].state is RunState.QUEUED
    with pytest.raises(Refused, match="no such run"):
        reduce(life, CancelAsked("other"))


def test_what_waits_for_a_turn_ends_with_its_revision_and_with_a_rejection() -> None:
    life, commands = reduce(after(submitted(1)), submitted(2))
    assert [(c.kind, c.digest) for c in commands] == [(STOP, "d1"), ("scan", "d2"), ("run", "d2")]
    assert [r.state for r in life.runs] == [RunState.CANCELLED, RunState.QUEUED]
    life = after(submitted(1), Decided(decision(1, verdict=Verdict.REJECT)))
    life, commands = reduce(life, HoldElapsed("x"))
    assert [c.kind for c in commands] == [STOP]
    assert "rejected" in life.runs[0].reason


def test_a_step_that_is_given_up_is_named_and_taken_up_again() -> None:
    life = after(submitted(1), StepFailed("d1", "scan", "the disk is full", False))
    assert "the disk is full" in life.note
    assert life.failed == ()
    life = after(submitted(1), StepFailed("d1", "scan", "the disk is full", True))
    assert life.scan_failed == "the disk is full"
    life, commands = reduce(life, RerunAsked("d1"))
    assert [c.stage for c in commands] == ["scan"]
    assert reduce(life, ScanFinished("d1", ()))[0].note == ""
    life = after(submitted(1), StepFailed("d1", "run tests 1", "no room", False))
    assert (life.runs[0].state, life.runs[0].reason) == (RunState.QUEUED, "no room")
    life = reduce(life, StepFailed("d1", "run tests 1", "no room", True))[0]
    assert life.runs[0].state is RunState.NOT_RUN
    assert [c.stage for c in reduce(life, RerunAsked("d1"))[1]] == ["run tests 2"]


def test_a_landing_that_is_given_up_lands_when_asked_again() -> None:
    life = after(*READY, Decided(decision(1)), HoldElapsed("x"), StepFailed("d1", "land x", "it is away", True))
    assert life.state is State.APPROVED
    assert "it is away" in life.note
    _life, commands = reduce(life, RerunAsked("d1"))
    assert [c.key for c in commands] == [("c", "d1", "land x")]


APPROVED: tuple[Event, ...] = (*READY, Decided(decision(1)), HoldElapsed("x"))
MOVED = TargetMoved("d1", replace(revision(1), target_tip="t2", result_tree="tree1b"), "merge")


def test_a_target_that_moved_is_run_again_and_then_lands() -> None:
    life, commands = reduce(after(*APPROVED), MOVED)
    assert [c.stage for c in commands] == ["run tests 2"]
    assert life.runs[-1].over == "merge"
    good = replace(run(1, attempt=2), over="merge")
    life, commands = reduce(life, RunChanged(good))
    assert [c.stage for c in commands] == ["land x merge"]
    assert life.state is State.APPROVED


@pytest.mark.parametrize(
    "event",
    [
        RunChanged(replace(run(1, Conclusion.FAILURE, 2), over="merge")),
        CancelAsked("c-1-tests-2"),
        StepFailed("d1", "run tests 2", "no room", True),
    ],
)
def test_a_result_whose_run_does_not_pass_asks_for_a_new_look(event: Event) -> None:
    life, commands = reduce(after(*APPROVED, MOVED), event)
    assert life.state is State.PENDING
    assert life.approvals == ()
    assert "look again" in life.note
    assert all(c.kind == STOP for c in commands)
    # What is run again is run over the result, not over the head that passed once.
    assert reduce(life, RerunAsked("d1"))[0].runs[-1].over == "merge"


def test_an_id_that_was_withdrawn_before_it_arrived_is_refused_when_it_does() -> None:
    life = after(*READY, Withdrawn("late"))
    with pytest.raises(Refused, match="withdrawn"):
        reduce(life, Decided(decision(1, "late")))
    assert reduce(life, Withdrawn("late")) == (life, ())


DIGESTS = st.sampled_from(["d1", "d2", "d3"])
STAGES = st.sampled_from(["scan", "run tests 1", "run tests 2", "land x", "land y merge"])
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
    st.integers(1, 3).map(lambda n: LandingRefused(f"d{n}", "moved", revision(n), Policy(), ("tests",))),
    st.integers(1, 3).map(lambda n: TargetMoved(f"d{n}", revision(n), "merge")),
    st.builds(
        lambda n, c, a: RunChanged(replace(run(n, c, a), over="merge")),
        st.integers(1, 3),
        st.sampled_from([Conclusion.SUCCESS, Conclusion.FAILURE]),
        st.integers(1, 3),
    ),
    st.builds(lambda d, s, last: StepFailed(d, s, "why", last), DIGESTS, STAGES, st.booleans()),
    st.builds(lambda n, a: CancelAsked(f"c-{n}-tests-{a}"), st.integers(1, 3), st.integers(1, 3)),
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
            assert command.kind == STOP or command.digest == life.current.digest
            if command.kind == "land" and not isinstance(event, RerunAsked):
                assert command.key not in keys
                assert life.scanned
                assert all(vote.digest == life.current.digest for vote in life.approvals)
                latest = [r for r in life.runs if r.revision_digest == life.current.digest][-1]
                assert latest.conclusion is Conclusion.SUCCESS
                keys.add(command.key)
        if life.landed is not None:
            assert keys


class Jobs:
    """The steps that a driver would have, so that only what was asked for can happen."""

    def __init__(self) -> None:
        self.queued: dict[tuple[str, str, str], Command] = {}
        self.known: set[tuple[str, str, str]] = set()

    def take(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if command.kind == STOP:
                self.queued.pop(command.key, None)
            elif command.key not in self.known:
                self.known.add(command.key)
                self.queued[command.key] = command

    def give_up(self, command: Command) -> None:
        """As a driver does: a step that was given up may be asked for again by the same name."""
        del self.queued[command.key]
        self.known.discard(command.key)


def ended(life: Life, command: Command, how: str) -> Event:
    if how == "fails":
        return StepFailed(command.digest, command.stage, "why", True)
    if command.kind == "scan":
        return ScanFinished(command.digest, ())
    if command.kind == "hold":
        return HoldElapsed(command.stage.removeprefix("hold "))
    if command.kind == "run":
        mine = next(
            r
            for r in life.runs
            if (f"run {r.name} {r.attempt}", r.revision_digest) == (command.stage, command.digest)
        )
        good = Conclusion.SUCCESS if how == "well" else Conclusion.FAILURE
        return RunChanged(replace(mine, state=RunState.DONE, conclusion=good))
    if how == "well":
        return Landed(command.digest, "m", False)
    moved = replace(life.current, target_tip="t2")
    return TargetMoved(command.digest, moved, f"merge{len(life.runs)}")


ASKED = st.sampled_from(["submit", "approve", "reject", "rerun", "cancel", "undo"])
TURNS = st.one_of(ASKED, st.tuples(st.integers(0, 5), st.sampled_from(["well", "badly", "fails"])))


@given(st.lists(TURNS, max_size=40))
def test_whatever_a_change_waits_for_is_queued_or_named_as_failed(turns: list[str | tuple[int, str]]) -> None:
    life, commands = reduce(None, submitted(1))
    jobs = Jobs()
    jobs.take(commands)
    for number, turn in enumerate(turns):
        event: Event
        command = None
        if isinstance(turn, tuple):
            if not jobs.queued:
                continue
            command = list(jobs.queued.values())[turn[0] % len(jobs.queued)]
            if command.digest != life.current.digest:
                del jobs.queued[command.key]
                continue
            if command.kind == "hold" and turn[1] == "fails":
                continue
            event = ended(life, command, turn[1])
        else:
            name = f"id{number}"
            current = life.current.number
            event = {
                "submit": submitted(current + 1),
                "approve": Decided(replace(decision(current, name), result_tree=life.current.result_tree)),
                "reject": Decided(decision(current, name, Verdict.REJECT)),
                "rerun": RerunAsked(life.current.digest),
                "cancel": CancelAsked(life.runs[-1].run_id),
                "undo": Withdrawn(life.held.decision_id if life.held else "none"),
            }[turn]
        try:
            life, commands = reduce(life, event)
        except Refused:
            assert command is None
            continue
        if command is not None:
            if isinstance(event, StepFailed):
                jobs.give_up(command)
            else:
                jobs.queued.pop(command.key, None)
        jobs.take(commands)
        waiting = {c.stage for c in jobs.queued.values() if c.digest == life.current.digest}
        for r in life.runs:
            if r.state in (RunState.QUEUED, RunState.RUNNING):
                assert f"run {r.name} {r.attempt}" in waiting
                assert r.revision_digest == life.current.digest
        if life.state is State.PENDING:
            assert life.scanned or "scan" in waiting or "scan" in life.failed
        if life.held is not None:
            assert f"hold {life.held.decision_id}" in waiting
        if life.state is State.APPROVED:
            named = any(stage.startswith("land") for stage in (*waiting, *life.failed))
            assert named or any(r.state is RunState.QUEUED and r.over == life.result for r in life.runs)


def test_cross_checks_and_what_they_find_are_waited_for_and_need_not_hold() -> None:
    life, commands = reduce(None, replace(submitted(1), check_names=("tests: new tests",)))
    assert [command.stage for command in commands] == ["scan", "run tests 1", "run tests: new tests 1"]
    (check,) = [asked for asked in life.runs if asked.check is not None]
    assert (check.check, check.of, check.name) == (Beside.NEW_TESTS, "tests", "tests: new tests")
    life = reduce(reduce(life, ScanFinished("d1", ()))[0], RunChanged(run(1)))[0]
    with pytest.raises(Refused, match="cross-checks have not finished yet"):
        reduce(life, Decided(decision(1)))
    ended = replace(check, state=RunState.DONE, conclusion=Conclusion.FAILURE, held=False, facts="blob")
    life, commands = reduce(life, RunChanged(ended))
    assert [command.stage for command in commands] == [f"judge {check.run_id}"]
    with pytest.raises(Refused, match="the risk scan is not complete yet"):
        reduce(life, Decided(decision(1)))
    found = Finding("r", "c", Severity.LOW, Untrusted(""), Side.NEW, None, Untrusted("m"), "f", run="tests")
    life = reduce(life, RunsJudged("d1", (check.run_id,), (found,)))[0]
    assert life.all_findings == (found,)
    assert reduce(life, Decided(decision(1)))[0].held is not None
    # Of another revision: nobody waits for it any more.
    assert reduce(life, RunsJudged("d2", (), ()))[0] == life
    assert reduce(life, submitted(2))[0].all_findings == ()


def test_judging_that_is_given_up_is_named_and_asked_for_again() -> None:
    ended = replace(run(1), facts="blob")
    life = after(submitted(1), ScanFinished("d1", ()), RunChanged(ended))
    stage = f"judge {ended.run_id}"
    life = reduce(life, StepFailed("d1", stage, "no room", True))[0]
    assert life.note.startswith("the runs could not be judged: no room; ask again with: reviewer rerun")
    again = reduce(life, RerunAsked("d1"))[1]
    assert stage in [command.stage for command in again]
