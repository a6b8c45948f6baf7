"""Delivery under every fault: one effect for each decision, and an end that is told; never lost, never twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from ground import Ground
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import InProcess

from reviewer.attest.statement import seal
from reviewer.gate.access import Caller
from reviewer.gate.api import application
from reviewer.model.change import State
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, DecisionState, Verdict
from reviewer.model.errors import ReviewerError
from reviewer.pipelines.checkpoint import Checkpoint
from reviewer.store.decisions import Decisions, Item
from reviewer.sync.push import deliver
from reviewer.text import Untrusted

PROBLEM = {"Content-Type": "application/problem+json"}


def problem(status: int, **headers: str) -> httpx.Response:
    body = {"type": "about:blank", "title": "x", "status": status, "detail": f"said {status}", "hint": ""}
    return httpx.Response(status, headers={**PROBLEM, **headers}, json=body)


class Faulty(httpx.BaseTransport):
    """A gate behind a bad line: `faults` says what befalls each request, one after the other, then all goes well."""

    def __init__(self, gate: httpx.BaseTransport) -> None:
        self._gate = gate
        self.faults: list[str] = []
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        fault = self.faults.pop(0) if self.faults else "none"
        if fault == "refused":
            raise httpx.ConnectError("connection refused")
        if fault == "no answer":
            raise httpx.ReadTimeout("timed out")
        if fault.isdigit():
            return problem(int(fault), **({"Retry-After": "7"} if fault == "429" else {}))
        if fault == "proxy":
            return httpx.Response(404, text="<html>not here</html>")
        if fault == "redirect":
            return httpx.Response(307, headers={"Location": "https://evil.example.org/"})
        answer = self._gate.handle_request(request)
        content = answer.read()
        # From here on the gate has done it.
        if fault == "cut":
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        if fault == "late 500":
            return problem(500)
        if fault == "garbage":
            content = b"\x00<html>" + content[:20]
        if fault == "half":
            content = content[: len(content) // 2]
        if fault == "other receipt":
            content = content.replace(b'"decision_id":"', b'"decision_id":"x')
        if fault == "empty":
            content = b""
        return httpx.Response(answer.status_code, headers={"Content-Type": "x"}, stream=httpx.ByteStream(content))


BEFORE = ["refused", "no answer", "500", "503", "502", "429", "proxy", "redirect"]
AFTER = ["cut", "late 500", "garbage", "half", "other receipt", "empty"]


class Sides:
    """A desk's outbox and a gate, with a bad line between them."""

    def __init__(self, ground: Ground, place: Path) -> None:
        self.ground = ground
        self.now = 1000.0
        app = application(ground.gate, lambda _request: Caller(Untrusted("ann"), "owner", local=True))
        self.line = Faulty(InProcess(app))
        self.pipeline = Checkpoint(httpx.Client(transport=self.line, base_url="http://gate"))
        self.place = place
        self.decisions = Decisions(place)
        self.change = ground.branch("claude/fix", app__txt="good 2\n")
        ground.settle()

    def decide(self, name: str, verdict: Verdict = Verdict.REQUEST_CHANGES) -> Decision:
        revision = self.ground.life(self.change).current
        who = Untrusted("ann")
        tree = revision.result_tree
        made = Decision(name, self.change, revision.digest, verdict, who, who, self.now, result_tree=tree)
        made = replace(made, envelope=seal(made, revision, self.ground.key))
        self.decisions.add_decision(made, now=True)
        return made

    def deliver(self) -> list[Item]:
        return deliver(self.pipeline, self.decisions, self.now)

    def state(self, name: str) -> DecisionState:
        item = self.decisions.item(name)
        assert item is not None
        return item.state

    def until_settled(self) -> int:
        """Deliver again and again, as a desk does; returns how often."""
        for turn in range(60):
            if not self.decisions.items(due=float("inf")):
                return turn
            self.deliver()
            self.now += 70
        raise AssertionError(self.decisions.items())

    def effects(self, kind: str) -> int:
        return [row[2] for row in self.ground.gate.driver.events(0)].count(kind)


@pytest.fixture
def sides(bare: Ground, tmp_path: Path) -> Iterator[Sides]:
    made = Sides(bare, tmp_path / "decisions.db")
    yield made
    made.decisions.close()


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_a_fault_delays_a_decision_and_never_loses_or_doubles_it(sides: Sides, fault: str) -> None:
    sides.decide("one")
    sides.line.faults = [fault, fault]
    sides.deliver()
    assert sides.state("one") is DecisionState.SEALED
    assert sides.effects("Decided") == (1 if fault in AFTER else 0)
    # Not due again yet: a gate in trouble is not hammered.
    asked = sides.line.asked
    sides.deliver()
    assert sides.line.asked == asked
    sides.until_settled()
    assert sides.state("one") is DecisionState.CONFIRMED
    assert sides.effects("Decided") == 1


def test_a_busy_gate_is_asked_again_when_it_said_to(sides: Sides) -> None:
    sides.decide("one")
    sides.line.faults = ["429"]
    sides.deliver()
    sides.now += 6
    assert sides.deliver() == []
    sides.now += 1
    assert [item.state for item in sides.deliver()] == [DecisionState.CONFIRMED]


def test_without_a_good_token_it_is_blocked_and_sent_once_there_is_one(sides: Sides) -> None:
    sides.decide("one")
    sides.line.faults = ["401"] * 3
    for _ in range(3):
        sides.deliver()
        assert sides.state("one") is DecisionState.BLOCKED
        sides.now += 70
    assert "kept" in sides.decisions.items()[0].said
    sides.deliver()
    assert sides.state("one") is DecisionState.CONFIRMED


@pytest.mark.parametrize("status", ["403", "409", "413", "422"])
def test_what_the_gate_refuses_is_a_conflict_and_is_never_sent_again(sides: Sides, status: str) -> None:
    sides.decide("one")
    sides.line.faults = [status]
    sides.deliver()
    assert (sides.state("one"), sides.decisions.items()[0].said) == (DecisionState.CONFLICT, f"said {status}")
    sides.now += 1000
    assert sides.deliver() == []


def test_what_is_missing_is_asked_for_some_times_and_then_told(sides: Sides) -> None:
    sides.decide("one")
    sides.line.faults = ["404"] * 50
    assert sides.until_settled() == 5
    assert sides.state("one") is DecisionState.CONFLICT
    sides.decide("two")
    sides.line.faults = ["404"]
    sides.until_settled()
    assert sides.state("two") is DecisionState.CONFIRMED


def test_a_gate_that_fails_over_one_item_takes_the_others(sides: Sides) -> None:
    sides.decide("one")
    said = Comment("c1", "d", Untrusted("ann"), AuthorKind.PERSON, Untrusted("why?"), sides.now + 1)
    sides.decisions.add_comment(sides.change, said)
    sides.line.faults = ["500"]
    sides.deliver()
    assert (sides.state("one"), sides.state("c1")) == (DecisionState.SEALED, DecisionState.CONFIRMED)


def test_a_desk_that_dies_between_answer_and_record_sends_the_same_again(sides: Sides) -> None:
    sides.decide("one", Verdict.APPROVE)
    killed = DyingDesk(sides.decisions)
    with pytest.raises(KeyboardInterrupt):
        deliver(sides.pipeline, killed, sides.now)  # type: ignore[arg-type]
    sides.decisions.close()
    sides.decisions = Decisions(sides.place)
    assert sides.state("one") is DecisionState.SENDING
    sides.ground.settle()
    assert sides.ground.state(sides.change) is State.LANDED
    sides.until_settled()
    assert sides.state("one") is DecisionState.CONFIRMED
    assert sides.effects("Decided") == sides.effects("Landed") == 1


class DyingDesk:
    """An outbox whose process dies when it wants to write the answer down."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    def __getattr__(self, name: str) -> object:
        return getattr(self._decisions, name)

    def mark(self, item_id: str, state: DecisionState, **more: object) -> None:
        if state is not DecisionState.SENDING:
            raise KeyboardInterrupt
        self._decisions.mark(item_id, state)


def test_an_answer_that_was_lost_is_found_again_though_the_head_moved_since(sides: Sides) -> None:
    sides.decide("one")
    sides.line.faults = ["cut"]
    sides.deliver()
    sides.ground.settle()
    sides.ground.branch("claude/fix", "claude/fix", app__txt="good 3\n")
    sides.until_settled()
    assert sides.state("one") is DecisionState.CONFIRMED
    assert sides.effects("Decided") == 1


def test_a_head_that_moved_before_it_arrived_is_a_conflict(sides: Sides) -> None:
    sides.decide("one", Verdict.APPROVE)
    sides.line.faults = ["refused"]
    sides.deliver()
    sides.ground.branch("claude/fix", "claude/fix", app__txt="good 3\n")
    sides.until_settled()
    assert sides.state("one") is DecisionState.CONFLICT
    assert sides.effects("Decided") == 0


def test_one_that_was_withdrawn_while_its_answer_was_lost_does_not_come_back(sides: Sides) -> None:
    sides.decide("one")
    sides.line.faults = ["refused"]
    sides.deliver()
    assert sides.pipeline.withdraw(sides.change, "one").status == "withdrawn"
    sides.until_settled()
    assert sides.state("one") is DecisionState.CONFLICT
    assert sides.effects("Decided") == 0


FAULTS = st.lists(st.sampled_from(["none", "401", "404", *BEFORE, *AFTER]), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=FAULTS, names=st.integers(1, 3))
def test_whatever_befalls_the_line_each_item_has_one_effect_or_none_and_says_so(
    sides: Sides, faults: list[str], names: int
) -> None:
    mark = len(sides.ground.life(sides.change).comments)
    sent = [
        Comment(f"{mark}-{n}", "d", Untrusted("ann"), AuthorKind.PERSON, Untrusted("x"), sides.now + n)
        for n in range(names)
    ]
    for comment in sent:
        sides.decisions.add_comment(sides.change, comment)
    sides.line.faults = list(faults)
    sides.until_settled()
    arrived = [c.comment_id for c in sides.ground.life(sides.change).comments[mark:]]
    assert len(set(arrived)) == len(arrived)
    for comment in sent:
        state = sides.state(comment.comment_id)
        if state is DecisionState.CONFLICT:
            # Only where the gate itself says, asked twice, that it knows of nothing.
            assert faults.count("404") >= 2
        else:
            assert (state is DecisionState.CONFIRMED) == (comment.comment_id in arrived), state


def test_two_desks_that_send_the_same_at_once_have_one_effect(sides: Sides) -> None:
    sides.decide("one")
    other = Decisions(sides.place)
    items = other.items(due=sides.now)
    sides.deliver()
    assert [item.item_id for item in items] == ["one"]
    deliver(sides.pipeline, other, sides.now)
    assert sides.state("one") is DecisionState.CONFIRMED
    assert sides.effects("Decided") == 1


def test_nothing_that_the_gate_says_can_raise_but_what_is_told(sides: Sides) -> None:
    for content in (b"null", b"[]", b'{"gate": 1}', b'{"gate":"x","changes":[{}],"cursor":1}', b"\xff" * 10):
        client = httpx.Client(
            transport=httpx.MockTransport(lambda _request, said=content: httpx.Response(200, content=said)),  # type: ignore[misc]
            base_url="http://gate",
        )
        with pytest.raises(ReviewerError):
            Checkpoint(client).changes()
