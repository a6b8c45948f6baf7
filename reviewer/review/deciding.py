"""Tells what a verdict would do and what holds it back; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.model.change import Kind, State
from reviewer.model.decision import DecisionState, Reason, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.finding import Finding
from reviewer.model.requirement import Requirement
from reviewer.text import show

HOLD_SECONDS = 10.0
"""How long a gate holds a decision before it takes effect."""
DECIDABLE = (State.PENDING, State.CONFLICT)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reviewer settled in the dialog."""

    verdict: Verdict
    reason: str
    acknowledged: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """Leave the dialog for what holds the verdict back: a requirement, by its name."""

    requirement: str


def to_acknowledge(detail: ChangeDetail) -> list[Finding]:
    """The findings that an approval has to acknowledge one by one."""
    wanted = {name for requirement in detail.requirements for name in requirement.acknowledge}
    return [finding for finding in detail.findings if finding.fingerprint in wanted]


def to_override(detail: ChangeDetail, me: str) -> list[Requirement]:
    """The requirements that hold an approval back and that the reviewer may waive."""
    return [r for r in detail.requirements if r.open and not r.by_people and me in r.may_override]


def locks(
    detail: ChangeDetail, verdict: Verdict, acknowledged: Sequence[str], newest: ChangeDetail,
    overridden: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Why the verdict cannot be given now, in words that name who asks for it; nothing where it can."""
    if newest.change.digest != detail.change.digest:
        return [f"revision {newest.change.revision} has come; you are looking at revision {detail.change.revision}"]
    if newest.change.state not in DECIDABLE:
        return [f"the change is {newest.change.state.value}"]
    if verdict is not Verdict.APPROVE:
        return []
    if newest.current.result_tree != detail.current.result_tree:
        return ["the target moved and the result is another: look again"]
    return [asked_by(r) for r in holding(newest, acknowledged, overridden)]


def holding(detail: ChangeDetail, acknowledged: Sequence[str], overridden: Sequence[str] = ()) -> list[Requirement]:
    """The requirements that hold an approval back."""
    return [r for r in detail.requirements if r.name not in overridden and _holds(r, acknowledged)]


def asked_by(requirement: Requirement) -> str:
    """What is not met, and by whom it is asked for where a file does."""
    if not requirement.layer:
        return requirement.why
    rule = f'"{requirement.rule}", ' if requirement.rule else ""
    return f"{requirement.why} ({rule}{requirement.layer}, {requirement.source})"


def shown_in(requirement: str) -> str:
    """The pane of a review that shows what a requirement is about."""
    if requirement.startswith("run"):
        return "runs"
    return "findings" if requirement in ("findings", "no secrets", "scanned") else "requires"


def _holds(requirement: Requirement, acknowledged: Sequence[str]) -> bool:
    if requirement.by_people or not requirement.open:
        return False
    return not (requirement.acknowledge and set(requirement.acknowledge) <= set(acknowledged))


def consequence(detail: ChangeDetail, verdict: Verdict, drafts: int) -> list[str]:
    """What happens when the verdict is given, in sentences."""
    change = detail.change
    agent, target = show(change.agent, limit=40), show(change.target, limit=60)
    said = f" {drafts} draft comment{'s go' if drafts != 1 else ' goes'} with it." if drafts else ""
    if verdict is Verdict.REJECT:
        return [f"{agent} is told no, with your reason. Nothing lands.{said}"]
    if change.kind is Kind.DEPLOY and verdict is Verdict.APPROVE:
        return [f"The pipeline goes on with exactly this deploy.{said}", "Held for 10 seconds first: U takes it back."]
    if verdict is Verdict.REQUEST_CHANGES:
        return [f"{agent} gets it back with your reason and may send a next revision.{said}"]
    return [
        f"It lands on {target}. Where {target} is checked out, it waits until L, or reviewer land, brings it in.{said}",
        "Held for 10 seconds first: U takes it back.",
    ]


def outcome(verdict: Verdict, state: DecisionState, said: str) -> tuple[str, bool]:
    """What became of a verdict that was sent, in words, and whether that is bad news; `said` is the pipeline's."""
    if state is DecisionState.CONFIRMED:
        return f"{verdict.value}: sent, held for 10 seconds. U takes it back.", False
    if state is DecisionState.BLOCKED:
        return f"{verdict.value}: kept in the outbox. {show(said, limit=300)}", True
    if state is DecisionState.CONFLICT:
        return f"{verdict.value} was not taken: {show(said, limit=300)}", True
    return f"{verdict.value}: kept in the outbox, nobody answers. It is sent when the gate does.", False
