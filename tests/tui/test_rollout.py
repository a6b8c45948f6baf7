"""The gates of one rollout are approved together, each only after it was open, each with a signature of its own.

The pipeline is one of the tests' own: ours takes code alone. Its commits are real, fetched by a real gate.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from stage import Place, asked, make_desk, opened, screen_text, type_slowly, until, until_shown

from reviewer.attest.statement import open_envelope, states
from reviewer.model.change import Change, Kind, State
from reviewer.model.decision import Decision, Receipt, Verdict
from reviewer.model.deploy import deploy_of
from reviewer.model.detail import ChangeDetail
from reviewer.review.desk import Desk
from reviewer.text import Untrusted


def as_deploy(detail: ChangeDetail, stage: str, seq: int, rollout: str = "shop 42", **wrong: str) -> ChangeDetail:
    """A change of code as the gate that lets its commit out."""
    code = detail.current
    said = {"kind": "deploy", "artifact": "sha256:" + "a" * 64, "environment": "production", "commit": code.head,
            "live": code.base, "rollout": {"id": rollout, "stage": stage}, **wrong}  # fmt: skip
    subject = json.dumps(said)
    digest = hashlib.sha256(subject.encode()).hexdigest()
    change = replace(
        detail.change, kind=Kind.DEPLOY, digest=digest, seq=seq, title=Untrusted(f"Let {stage} out"),
        state=State.PENDING, created_at=float(seq),
    )  # fmt: skip
    return replace(detail, change=change, revisions=(replace(code, digest=digest, subject=subject),))


class Releases:
    """A pipeline that lets artifacts out, and remembers what it was told."""

    def __init__(self, *gates: ChangeDetail) -> None:
        self.gates = {gate.change.change_id: gate for gate in gates}
        self.got: list[Decision] = []

    def changes(self, after: int = 0) -> tuple[str, list[Change]]:
        rows = sorted((gate.change for gate in self.gates.values()), key=lambda row: row.seq)
        return "releases", [row for row in rows if row.seq > after]

    def detail(self, change_id: str) -> ChangeDetail:
        return self.gates[change_id]

    def put(self, gate: ChangeDetail) -> None:
        self.gates[gate.change.change_id] = gate

    def decide(self, decision: Decision, *, now: bool) -> Receipt:
        assert self.gates[decision.change_id].change.digest == decision.digest
        self.got.append(decision)
        return Receipt(decision.decision_id, "accepted")

    def wait(self, after: int, seconds: int) -> int:
        end = time.monotonic() + min(seconds, 1)
        while time.monotonic() < end and not self.changes(after)[1]:
            time.sleep(0.02)
        return max([row.seq for row in self.changes()[1]], default=after)


Released = tuple[Place, Releases, Desk]


@pytest.fixture
def released(make_place: Callable[..., Place]) -> Released:
    """Two gates of one rollout, one of another, and a change of code."""
    place = make_place()
    ids = [place.submitted(f"claude/n{n}", {f"n{n}.py": f"a = {n}\n"}, title=f"Code {n}") for n in range(4)]
    canary, full, other, code = (place.desk.detail(change_id) for change_id in ids)
    releases = Releases(
        as_deploy(canary, "canary 10 %", 11),
        as_deploy(full, "everyone", 12),
        as_deploy(other, "staging", 13, "another"),
        replace(code, change=replace(code.change, seq=14)),
    )
    desk = Desk(replace(make_desk(place.home, place.work)._parts, connect=lambda: releases))  # type: ignore[arg-type,return-value]
    place.desks.append(desk)
    desk.sync()
    return place, releases, desk


async def test_gates_of_one_rollout_are_approved_together_once_each_was_open(released: Released) -> None:
    place, releases, desk = released
    async with opened(place, (120, 40), desk=desk) as (app, pilot):
        await until_shown(pilot, "deploy: Let canary", "deploy: Let everyone", "4 to review")
        await until_shown(pilot, "deploys to production", "rollout shop 42")
        # Found by its rollout; neither was open yet.
        await pilot.press("slash", *'"shop 42"', "enter")
        await until_shown(pilot, "1 of 2")
        await pilot.press("a")
        await until_shown(pilot, "Approve 2 gates of rollout shop 42", "production, canary 10 %")
        await until_shown(pilot, "production, everyone", "not open since this start", "2 of 2 are held back")
        await pilot.press("escape", "enter")
        await until_shown(pilot, "n0.py", "a = 0")
        await until(pilot, lambda: getattr(app.screen, "keys", None) is not None)
        await pilot.press("u")
        await until_shown(pilot, "1 of 2")
        await pilot.press("a")
        await until_shown(pilot, "1 of 2 is held back")
        assert not asked(app)
        await pilot.press("escape", "j", "enter")
        await until_shown(pilot, "n1.py", "a = 1")
        await until(pilot, lambda: getattr(app.screen, "keys", None) is not None)
        await pilot.press("u")
        await until_shown(pilot, "2 of 2")
        await pilot.press("a")
        await until_shown(pilot, "Approve 2 gates", "to approve, one after the other")
        assert "another" not in screen_text(app)
        assert not releases.got
        await type_slowly(pilot, asked(app))
        await until_shown(pilot, "2 approved, held for 10 seconds")
        await until(pilot, lambda: len(releases.got) == 2)
    assert {d.digest for d in releases.got} == {releases.gates[d.change_id].change.digest for d in releases.got}
    assert len({d.envelope for d in releases.got}) == 2
    key = desk._parts.key().public
    for decision in releases.got:
        assert decision.verdict is Verdict.APPROVE
        assert states(open_envelope(decision.envelope, [key]), decision)
        assert decision.seen is not None, "what was on screen is signed"


async def test_a_gate_that_changed_after_it_was_open_holds_all_of_them_back(released: Released) -> None:
    place, releases, desk = released
    canary, full = sorted(releases.gates.values(), key=lambda gate: gate.change.seq)[:2]
    async with opened(place, (80, 24), desk=desk) as (app, pilot):
        await until_shown(pilot, "4 to review")
        await pilot.press("slash", *'"shop 42"', "enter")
        for file in ("n0.py", "n1.py"):
            await until_shown(pilot, "of 2")
            await pilot.press("enter")
            await until_shown(pilot, file)
            await pilot.press("u", "j")
        await until_shown(pilot, "2 of 2")
        await pilot.press("a")
        await until_shown(pilot, "to approve, one after the other")
        newer = as_deploy(full, "everyone at once", 20)
        releases.put(replace(newer, change=replace(newer.change, revision=2)))
        await until_shown(pilot, "approve is locked", "other gates by now")
        await pilot.press("escape")
        await until_shown(pilot, "everyone at once")
        await pilot.press("a")
        await until_shown(pilot, "revision 2 came after you looked: look again", "1 of 2 is held back")
        await pilot.press("escape")
        # Nothing else is approved from the list.
        await pilot.press("escape", "G", "a")
        await until_shown(pilot, "Open it to approve it")
        assert app.screen is app.inbox_screen
    assert not releases.got
    assert canary.change.digest != newer.change.digest


def test_a_subject_counts_only_for_what_the_change_shows(released: Released) -> None:
    _place, releases, desk = released
    gate = next(iter(releases.gates.values()))
    code = replace(gate, change=replace(gate.change, kind=Kind.CODE))
    assert deploy_of(gate) is not None
    assert deploy_of(code) is None
    assert deploy_of(as_deploy(code, "everyone", 1, commit="f" * 40)) is None, "another commit than the one on screen"
    assert deploy_of(as_deploy(code, "everyone", 1, live="f" * 40)) is None
    assert deploy_of(as_deploy(code, "everyone", 1, environment="")) is None
    swapped = replace(gate, revisions=(replace(gate.current, subject=gate.current.subject + " "),))
    assert deploy_of(swapped) is None, "bytes that the digest is not of"
    deep = "[" * 60_000
    deeper = replace(gate.current, subject=deep, digest=hashlib.sha256(deep.encode()).hexdigest())
    assert deploy_of(replace(gate, change=replace(gate.change, digest=deeper.digest), revisions=(deeper,))) is None
    titles = [detail.change.title.raw for detail in desk.gates(gate.change.change_id)]
    assert titles == ["Let canary 10 % out", "Let everyone out"]
