"""Says whose turn it is on a submitted change, and how far it got.

What must stay true: pure; an agent learns of nothing but verdicts, so that a run that failed and a conflict wait for a
person who sends them back, and not for the agent.
"""

from __future__ import annotations

from reviewer.model.attention import Standing, Turn
from reviewer.model.change import State
from reviewer.model.decision import Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.requirement import RequirementState


def standing_of(detail: ChangeDetail, me: str) -> Standing:
    """Where a submitted change stands; `me` is the reviewer's name as decisions carry it."""
    asked = [r for r in detail.requirements if r.state is not RequirementState.NOT_APPLICABLE and not r.by_people]
    met = sum(r.state is RequirementState.MET for r in asked)
    current = [d for d in detail.decisions if d.digest == detail.change.digest]
    last = current[-1].reviewer.raw if current else ""
    mine = any(d.reviewer.raw == me and d.verdict is Verdict.APPROVE for d in current)
    return Standing(_turn(detail, mine=mine, waits=_waits(detail)), met, len(asked), last)


def _waits(detail: ChangeDetail) -> bool:
    """Whether evidence is still being made. A step that was given up makes none any more."""
    if detail.change.run in ("running", "queued"):
        return True
    return not detail.scanned and detail.scan in ("queued", "running")


def _turn(detail: ChangeDetail, *, mine: bool, waits: bool) -> Turn:
    state = detail.change.state
    if state is State.WAITING_TO_LAND:
        return Turn.MINE
    if state is State.APPROVED:
        return Turn.MACHINE
    if state is State.CHANGES_REQUESTED:
        return Turn.AGENT
    if state is State.DISCOVERED:
        return Turn.FOUND
    if state not in (State.PENDING, State.CONFLICT):
        return Turn.NOBODY
    if waits:
        return Turn.MACHINE
    return Turn.OTHERS if mine else Turn.MINE
