"""A change's life as a pure reducer: `reduce(state, event) -> (state, commands)`; no clock, no ids, no input or output.

What must stay true: the same events give the same state and commands; nothing lands but the revision that the
decision names, while it is current and its requirements hold; an event about another revision than the current one
starts nothing; a step that a change waits for is always queued, under way, or named as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from reviewer.gate.events import (
    STOP,
    CancelAsked,
    Command,
    Commented,
    Decided,
    Event,
    HoldElapsed,
    Landed,
    LandingRefused,
    Life,
    PassAsked,
    PolicyRead,
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
from reviewer.gate.passing import Step, asked_to_pass, pass_asked, policy_read, standing
from reviewer.model.change import State
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Verdict
from reviewer.model.run import Conclusion, Run, RunState, named_check

_OPEN_RUNS = (RunState.QUEUED, RunState.RUNNING)


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


# --- submission and evidence ----------------------------------------------------------------------------------------


def _submitted(life: Life | None, event: Submitted) -> Step:
    revision = event.revision
    stops: tuple[Command, ...] = ()
    if life is not None:
        if life.state in (State.LANDED, State.WAITING_TO_LAND, State.APPROVED):
            raise Refused(f"the change is {life.state.value}: submit a new one")
        if revision.digest == life.current.digest:
            return life, ()
        if revision.number != life.current.number + 1:
            raise Refused("revisions are numbered one after the other")
        life, stops = _stopped(life, "a new revision came")
    # Votes and findings belong to a revision, runs name theirs: none of them counts for another one.
    fresh = Life(
        event.change_id,
        State.PENDING if revision.result_tree else State.CONFLICT,
        (*(life.revisions if life else ()), revision),
        event.policy,
        event.run_names,
        life.runs if life else (),
        decided=life.decided if life else (),
        withdrawn=life.withdrawn if life else (),
        comments=life.comments if life else (),
        note="a held decision fell: a new revision came" if life and life.held else "",
        check_names=event.check_names,
        facts=event.facts,
    )
    fresh, runs = _queued(fresh, (*event.run_names, *event.check_names))
    return fresh, (*stops, _command(fresh, "scan", "scan"), *runs)


def run_id(life: Life, name: str, attempt: int) -> str:
    """The id of a run: the same for the same step, so that one made again after a crash replaces itself."""
    return f"{life.change_id}-{life.current.number}-{name.replace(' ', '+')}-{attempt}"


def _queued(life: Life, names: Iterable[str]) -> Step:
    """The named runs asked for once more, over the head or over the result that the life names."""
    commands = []
    for name in names:
        mine = [r for r in life.runs if r.name == name and r.revision_digest == life.current.digest]
        if any(r.state in _OPEN_RUNS and r.over == life.result for r in mine):
            continue
        attempt = max((r.attempt for r in mine), default=0) + 1
        of, check = named_check(name)
        run = Run(
            run_id(life, name, attempt),
            life.current.digest,
            name,
            (),
            RunState.QUEUED,
            attempt=attempt,
            over=life.result,
            check=check,
            of=of if check is not None else "",
        )
        life = replace(life, runs=(*life.runs, run))
        commands.append(_command(life, "run", f"run {name} {attempt}"))
    return life, tuple(commands)


def _stopped(life: Life, why: str, only: str | None = None) -> Step:
    """Every run that is queued or under way ended as cancelled, or the one of the id `only`."""
    heads = {revision.digest: revision.head for revision in life.revisions}
    runs, stops = [], []
    for run in life.runs:
        if run.state in _OPEN_RUNS and only in (None, run.run_id):
            stage = f"run {run.name} {run.attempt}"
            stops.append(Command(STOP, life.change_id, heads[run.revision_digest], run.revision_digest, stage))
            run = replace(run, state=RunState.CANCELLED, conclusion=Conclusion.CANCELLED, reason=why)
        runs.append(run)
    return replace(life, runs=tuple(runs)), tuple(stops)


def _scan_finished(life: Life, event: ScanFinished) -> Step:
    if event.digest != life.current.digest or life.scanned:
        return life, ()
    note = "" if life.note.startswith(_SCAN_FAILED) else life.note
    return asked_to_pass(replace(life, findings=event.findings, scanned=True, scan_failed="", note=note))


def _run_changed(life: Life, event: RunChanged) -> Step:
    run = event.run
    if all(revision.digest != run.revision_digest for revision in life.revisions):
        return life, ()  # of a revision that this change never had
    before = next((known for known in life.runs if known.run_id == run.run_id), None)
    if before is None:
        return _ended(replace(life, runs=(*life.runs, run)), run)
    if before.state not in _OPEN_RUNS:
        if before.state is not RunState.CANCELLED or run.state is not RunState.CANCELLED or before.log is not None:
            return life, ()
        # What it wrote until it was stopped.
        run = replace(run, reason=before.reason)
    return _ended(replace(life, runs=_exchanged(life.runs, run)), run)


def _ended(life: Life, run: Run) -> Step:
    """What follows from the change of one run: a run that ended and left facts is judged."""
    if run.state is not RunState.DONE or run.facts is None or run.revision_digest != life.current.digest:
        return _after_runs(life)
    life, more = _after_runs(replace(life, judging=(*life.judging, run.run_id)))
    return life, (_command(life, "judge", f"judge {run.run_id}"), *more)


def _runs_judged(life: Life, event: RunsJudged) -> Step:
    if event.digest != life.current.digest:
        return life, ()
    left = tuple(name for name in life.judging if name not in event.runs)
    note = "" if life.note.startswith(_FAILED_WORDS["judge"]) else life.note
    return asked_to_pass(replace(life, judging=left, run_findings=event.findings, note=note))


def _exchanged(runs: tuple[Run, ...], run: Run) -> tuple[Run, ...]:
    return tuple(run if known.run_id == run.run_id else known for known in runs)


def _after_runs(life: Life) -> Step:
    """Where an approved change waits for its runs over the new result: land it, or ask for a new look."""
    if life.state is not State.APPROVED or life.result is None:
        return asked_to_pass(life)
    over = [r for r in life.runs if r.over == life.result and r.revision_digest == life.current.digest]
    latest = {r.name: r for r in over}
    if any(name not in latest or latest[name].state in _OPEN_RUNS for name in life.run_names):
        return life, ()
    bad = [name for name in life.run_names if latest[name].conclusion is not Conclusion.SUCCESS]
    if bad:
        note = f"the target moved, and {bad[0]} did not pass on the new result: look again"
        return replace(life, state=State.PENDING, approvals=(), note=note), ()
    by = life.approvals[-1].decision_id if life.approvals else "policy"
    return life, (_command(life, "land", f"land {by} {life.result}"),)


def _rerun_asked(life: Life, event: RerunAsked) -> Step:
    if event.digest != life.current.digest:
        raise Refused("that revision is no longer current", stale=True)
    again = tuple(_command(life, stage.split(" ")[0], stage) for stage in life.failed)
    life = replace(life, failed=(), scan_failed="", note="" if again else life.note)
    if life.state is State.APPROVED and again:
        return life, again
    if life.state not in (State.PENDING, State.CONFLICT, State.CHANGES_REQUESTED):
        raise Refused(f"the change is {life.state.value}")
    life, runs = _queued(life, (*life.run_names, *(life.check_names if life.result is None else ())))
    return life, (*again, *runs)


def _cancel_asked(life: Life, event: CancelAsked) -> Step:
    if not any(run.run_id == event.run_id for run in life.runs):
        raise Refused("there is no such run")
    life, stops = _stopped(life, "cancelled by a person", event.run_id)
    life, more = _after_runs(life)
    return life, (*stops, *more)


_SCAN_FAILED = "the risk scan failed"
_FAILED_WORDS = {
    "pass": "the policy could not be asked",
    "scan": _SCAN_FAILED,
    "judge": "the runs could not be judged",
    "land": "landing failed",
    "hold": "the decision could not take effect",
}


def _step_failed(life: Life, event: StepFailed) -> Step:
    if event.digest != life.current.digest:
        return life, ()
    kind, _, rest = event.stage.partition(" ")
    if kind == "run":
        name, _, attempt = rest.rpartition(" ")
        run = next((r for r in life.runs if r.run_id == run_id(life, name, int(attempt))), None)
        if run is None or run.state not in _OPEN_RUNS:
            return life, ()
        state = RunState.NOT_RUN if event.last else RunState.QUEUED
        run = replace(run, state=state, reason=event.why, started_at=None)
        return _after_runs(replace(life, runs=_exchanged(life.runs, run)))
    then = f"ask again with: reviewer rerun {life.change_id}" if event.last else "it is tried again"
    life = replace(life, note=f"{_FAILED_WORDS.get(kind, kind)}: {event.why}; {then}")
    if event.last:
        scan_failed = event.why if kind == "scan" else life.scan_failed
        life = replace(life, failed=(*life.failed, event.stage), scan_failed=scan_failed)
    return life, ()


# --- decisions ------------------------------------------------------------------------------------------------------


def _decided(life: Life, event: Decided) -> Step:
    decision = event.decision
    if decision.decision_id in life.withdrawn:
        raise Refused("the decision was withdrawn")
    if decision.decision_id in life.decided:
        return life, ()
    if decision.digest != life.current.digest:
        raise Refused("the change has a newer revision", stale=True)
    if life.state not in (State.PENDING, State.CONFLICT):
        raise Refused(f"the change is {life.state.value}: too late")
    if life.held is not None:
        raise Refused("another decision is being held")
    _allowed(life, decision, event.at)
    held = replace(life, held=decision, decided=(*life.decided, decision.decision_id), note="")
    return held, (_command(held, "hold", f"hold {decision.decision_id}"),)


def _allowed(life: Life, decision: Decision, now: float) -> None:
    if decision.verdict is not Verdict.APPROVE:
        return
    if decision.result_tree != life.current.result_tree:
        raise Refused("the decision names another result", stale=True)
    if any(vote.reviewer == decision.reviewer for vote in life.approvals):
        raise Refused("you approved this revision already")
    judgement = standing(life, now, decision)
    if not judgement.approvable:
        raise Refused("; ".join(r.why for r in judgement.requirements if r.open and not r.by_people))


def _commented(life: Life, event: Commented) -> Step:
    return replace(life, comments=_joined(life.comments, (event.comment,))), ()


def _joined(before: tuple[Comment, ...], more: tuple[Comment, ...]) -> tuple[Comment, ...]:
    known = {comment.comment_id for comment in before}
    return (*before, *(comment for comment in more if comment.comment_id not in known))


def _withdrawn(life: Life, event: Withdrawn) -> Step:
    name = event.decision_id
    if name in life.withdrawn:
        return life, ()
    held = life.held is not None and life.held.decision_id == name
    if not held and name in life.decided:
        raise Refused("the decision took effect already")
    # One that never arrived is withdrawn too: should it still come, it is refused.
    life = replace(life, withdrawn=(*life.withdrawn, name))
    return (replace(life, held=None, note="a decision was withdrawn") if held else life), ()


def _hold_elapsed(life: Life, event: HoldElapsed) -> Step:
    decision = life.held
    if decision is None or decision.decision_id != event.decision_id:
        return life, ()
    # Comments travel with their verdict, and count once it took effect.
    life = replace(life, held=None, last=decision, comments=_joined(life.comments, decision.comments))
    if decision.verdict is Verdict.REJECT:
        return _stopped(replace(life, state=State.REJECTED), "the change was rejected")
    if decision.verdict is Verdict.REQUEST_CHANGES:
        return replace(life, state=State.CHANGES_REQUESTED), ()
    try:
        # Requirements may have fallen while it was held: a run that was asked for again and failed.
        _allowed(life, decision, event.at)
    except Refused as refused:
        return replace(life, last=None, note=f"approval not applied: {refused}"), ()
    life = replace(life, approvals=(*life.approvals, decision))
    if not standing(life, event.at).approved:
        return life, ()
    life = replace(life, state=State.APPROVED)
    return life, (_command(life, "land", f"land {decision.decision_id}"),)


# --- landing --------------------------------------------------------------------------------------------------------


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
    life = replace(
        life,
        state=State.PENDING if event.refreshed.result_tree else State.CONFLICT,
        revisions=(*life.revisions[:-1], event.refreshed),
        approvals=(),
        note=event.why,
        policy=event.policy,
        run_names=event.run_names,
    )
    known = {r.name for r in life.runs if r.revision_digest == life.current.digest}
    return _queued(life, [name for name in event.run_names if name not in known])


def _target_moved(life: Life, event: TargetMoved) -> Step:
    if event.digest != life.current.digest or life.state is not State.APPROVED:
        return life, ()
    if event.refreshed.digest != event.digest or event.refreshed.result_tree is None:
        raise Refused("a refreshed revision keeps its digest, and has a result")
    life = replace(
        life,
        revisions=(*life.revisions[:-1], event.refreshed),
        result=event.result,
        note="the target moved: running again on the new result",
    )
    life, stops = _stopped(life, "the target moved")
    life, runs = _queued(life, life.run_names)
    return life, (*stops, *runs)


_STEPS: dict[type, Callable[..., Step]] = {
    ScanFinished: _scan_finished,
    RunChanged: _run_changed,
    RunsJudged: _runs_judged,
    RerunAsked: _rerun_asked,
    CancelAsked: _cancel_asked,
    StepFailed: _step_failed,
    Decided: _decided,
    PolicyRead: policy_read,
    PassAsked: pass_asked,
    Commented: _commented,
    Withdrawn: _withdrawn,
    HoldElapsed: _hold_elapsed,
    Landed: _landed,
    LandingRefused: _landing_refused,
    TargetMoved: _target_moved,
}
