"""A change's life as a pure reducer: `reduce(state, event) -> (state, commands)`; no clock, no ids, no input or output.

What must stay true: the same events give the same state and commands; a command's `key` is (change, head, stage), so
that a driver can see that a step was done; nothing lands but the revision that the decision names, while it is
current and its requirements hold; an event about another revision than the current one starts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reviewer.model.change import Revision, State
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Verdict
from reviewer.model.finding import Finding
from reviewer.model.policy import Judgement, Policy, RequirementState
from reviewer.model.run import Run, RunState
from reviewer.policy.judge import judge


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that the next step depends on. `held` waits out its undo time, `last` took effect."""

    change_id: str
    state: State
    revisions: tuple[Revision, ...]
    policy: Policy
    run_names: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    findings: tuple[Finding, ...] = ()
    scanned: bool = False
    held: Decision | None = None
    approvals: tuple[Decision, ...] = ()
    decided: tuple[str, ...] = ()
    landed: str | None = None
    note: str = ""
    last: Decision | None = None
    comments: tuple[Comment, ...] = ()

    @property
    def current(self) -> Revision:
        return self.revisions[-1]


# --- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """A revision was fetched; its policy and the runs that the target branch names came with it."""

    change_id: str
    revision: Revision
    policy: Policy
    run_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanFinished:
    digest: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run started, ended, was cancelled or could not run."""

    run: Run


@dataclass(frozen=True, slots=True)
class RerunAsked:
    digest: str


@dataclass(frozen=True, slots=True)
class Decided:
    decision: Decision


@dataclass(frozen=True, slots=True)
class Commented:
    """Somebody, a person or the agent, remarked on the change."""

    comment: Comment


@dataclass(frozen=True, slots=True)
class Withdrawn:
    decision_id: str


@dataclass(frozen=True, slots=True)
class HoldElapsed:
    decision_id: str


@dataclass(frozen=True, slots=True)
class Landed:
    """The result stands on the target, or (`waiting`) beside it for a worktree that has the target checked out."""

    digest: str
    commit: str
    waiting: bool


@dataclass(frozen=True, slots=True)
class LandingRefused:
    """The target moved in a way that asks again, or the result conflicts.

    `refreshed` is the same revision with the target's new tip and the result on it: what the next look is about.
    """

    digest: str
    why: str
    refreshed: Revision


Event = (
    Submitted
    | ScanFinished
    | RunChanged
    | RerunAsked
    | Decided
    | Commented
    | Withdrawn
    | HoldElapsed
    | Landed
    | LandingRefused
)
"""What can happen to a change."""

# --- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A step for the driver: scan, run, hold or land. `stage` names it within its change and head."""

    kind: str
    change_id: str
    head: str
    digest: str
    stage: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.change_id, self.head, self.stage)


class Refused(Exception):
    """The event is not allowed now; the state stays as it was. `stale` where it names an older revision."""

    def __init__(self, why: str, *, stale: bool = False) -> None:
        super().__init__(why)
        self.stale = stale


Step = tuple[Life, tuple[Command, ...]]


def standing(life: Life, acknowledged: tuple[str, ...] = ()) -> Judgement:
    """The requirements of the current revision as they are now."""
    return judge(
        life.policy,
        life.current,
        life.runs,
        life.findings,
        scanned=life.scanned,
        acknowledged=acknowledged,
        approvals=len(life.approvals),
        configured_runs=life.run_names,
    )


def reduce(life: Life | None, event: Event) -> Step:
    """The next state and the steps that it asks for. Raises Refused where the event is not allowed."""
    if isinstance(event, Submitted):
        return _submitted(life, event)
    if life is None:
        raise Refused("there is no such change")
    step: Callable[[Life, Event], Step] = _STEPS[type(event)]
    return step(life, event)


def _command(life: Life, kind: str, stage: str) -> Command:
    return Command(kind, life.change_id, life.current.head, life.current.digest, stage)


def _submitted(life: Life | None, event: Submitted) -> Step:
    revision = event.revision
    if life is not None:
        if life.state in (State.LANDED, State.WAITING_TO_LAND, State.APPROVED):
            raise Refused(f"the change is {life.state.value}: submit a new one")
        if revision.digest == life.current.digest:
            return life, ()
        if revision.number != life.current.number + 1:
            raise Refused("revisions are numbered one after the other")
    earlier = life.revisions if life else ()
    # Votes, runs and findings belong to a revision: none of them is carried over.
    fresh = Life(
        event.change_id,
        State.PENDING if revision.result_tree else State.CONFLICT,
        (*earlier, revision),
        event.policy,
        event.run_names,
        tuple(life.runs) if life else (),
        decided=life.decided if life else (),
        comments=life.comments if life else (),
        note="a held decision fell: a new revision came" if life and life.held else "",
    )
    runs = [_command(fresh, "run", f"run {name} 1") for name in event.run_names]
    return fresh, (_command(fresh, "scan", "scan"), *runs)


def _scan_finished(life: Life, event: ScanFinished) -> Step:
    if event.digest != life.current.digest or life.scanned:
        return life, ()
    return replace(life, findings=event.findings, scanned=True), ()


def _run_changed(life: Life, event: RunChanged) -> Step:
    others = tuple(run for run in life.runs if run.run_id != event.run.run_id)
    before = next((run for run in life.runs if run.run_id == event.run.run_id), None)
    if before is not None and before.state not in (RunState.QUEUED, RunState.RUNNING):
        return life, ()
    return replace(life, runs=(*others, event.run)), ()


def _rerun_asked(life: Life, event: RerunAsked) -> Step:
    if event.digest != life.current.digest:
        raise Refused("that revision is no longer current", stale=True)
    if life.state not in (State.PENDING, State.CONFLICT):
        raise Refused(f"the change is {life.state.value}")
    commands = []
    for name in life.run_names:
        mine = [r for r in life.runs if r.name == name and r.revision_digest == event.digest]
        if not any(r.state in (RunState.QUEUED, RunState.RUNNING) for r in mine):
            attempt = max((r.attempt for r in mine), default=0) + 1
            commands.append(_command(life, "run", f"run {name} {attempt}"))
    return life, tuple(commands)


def _decided(life: Life, event: Decided) -> Step:
    decision = event.decision
    if decision.decision_id in life.decided:
        return life, ()
    if decision.digest != life.current.digest:
        raise Refused("the change has a newer revision", stale=True)
    if life.state not in (State.PENDING, State.CONFLICT):
        raise Refused(f"the change is {life.state.value}: too late")
    if life.held is not None:
        raise Refused("another decision is being held")
    _allowed(life, decision)
    held = replace(life, held=decision, decided=(*life.decided, decision.decision_id), note="")
    return held, (_command(held, "hold", f"hold {decision.decision_id}"),)


def _allowed(life: Life, decision: Decision) -> None:
    if decision.verdict is not Verdict.APPROVE:
        return
    if decision.result_tree != life.current.result_tree:
        raise Refused("the decision names another result", stale=True)
    if any(vote.reviewer == decision.reviewer for vote in life.approvals):
        raise Refused("you approved this revision already")
    judgement = standing(life, decision.acknowledged)
    if not judgement.approvable:
        open_ones = (RequirementState.UNMET, RequirementState.WAITING)
        raise Refused("; ".join(r.why for r in judgement.requirements if r.state in open_ones and r.name != "decision"))


def _commented(life: Life, event: Commented) -> Step:
    return replace(life, comments=_joined(life.comments, (event.comment,))), ()


def _joined(before: tuple[Comment, ...], more: tuple[Comment, ...]) -> tuple[Comment, ...]:
    known = {comment.comment_id for comment in before}
    return (*before, *(comment for comment in more if comment.comment_id not in known))


def _withdrawn(life: Life, event: Withdrawn) -> Step:
    if life.held is None or life.held.decision_id != event.decision_id:
        raise Refused("the decision took effect already")
    return replace(life, held=None, note="a decision was withdrawn"), ()


def _hold_elapsed(life: Life, event: HoldElapsed) -> Step:
    decision = life.held
    if decision is None or decision.decision_id != event.decision_id:
        return life, ()
    # Comments travel with their verdict, and count once it took effect.
    life = replace(life, held=None, last=decision, comments=_joined(life.comments, decision.comments))
    if decision.verdict is Verdict.REJECT:
        return replace(life, state=State.REJECTED), ()
    if decision.verdict is Verdict.REQUEST_CHANGES:
        return replace(life, state=State.CHANGES_REQUESTED), ()
    try:
        # Requirements may have fallen while it was held: a run that was asked for again and failed.
        _allowed(life, decision)
    except Refused as refused:
        return replace(life, last=None, note=f"approval not applied: {refused}"), ()
    life = replace(life, approvals=(*life.approvals, decision))
    if len(life.approvals) < life.policy.approvals:
        return life, ()
    life = replace(life, state=State.APPROVED)
    return life, (_command(life, "land", f"land {decision.decision_id}"),)


def _landed(life: Life, event: Landed) -> Step:
    if event.digest != life.current.digest or life.state not in (State.APPROVED, State.WAITING_TO_LAND):
        return life, ()
    state = State.WAITING_TO_LAND if event.waiting else State.LANDED
    return replace(life, state=state, landed=event.commit, note=""), ()


def _landing_refused(life: Life, event: LandingRefused) -> Step:
    if event.digest != life.current.digest or life.state is not State.APPROVED:
        return life, ()
    if event.refreshed.digest != event.digest:
        raise Refused("a refreshed revision keeps its digest")
    state = State.PENDING if event.refreshed.result_tree else State.CONFLICT
    revisions = (*life.revisions[:-1], event.refreshed)
    return replace(life, state=state, revisions=revisions, approvals=(), note=event.why), ()


_STEPS: dict[type, Callable[..., Step]] = {
    ScanFinished: _scan_finished,
    RunChanged: _run_changed,
    RerunAsked: _rerun_asked,
    Decided: _decided,
    Commented: _commented,
    Withdrawn: _withdrawn,
    HoldElapsed: _hold_elapsed,
    Landed: _landed,
    LandingRefused: _landing_refused,
}
