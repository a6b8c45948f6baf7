"""Shows a change as the checkpoint API does: the gate's record turned into the values that a desk reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from reviewer.gate.driver import Recorded
from reviewer.gate.events import Life
from reviewer.gate.passing import case_of, spoken_on, standing, told
from reviewer.model.change import Change, Kind
from reviewer.model.detail import ChangeDetail
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.autonomy import Before, may_pass
from reviewer.policy.held import rules_off
from reviewer.policy.judge import silent


def change_of(recorded: Recorded) -> Change:
    """The row of the inbox."""
    life, origin = recorded.life, recorded.origin
    ranks = sorted(told(life), key=lambda f: -f.severity.rank)
    return Change(
        change_id=life.change_id,
        seq=recorded.seq,
        kind=Kind.CODE,
        state=life.state,
        repo_id=recorded.repo_id,
        repository=origin.repository,
        title=origin.title,
        branch=origin.branch,
        agent=origin.agent,
        target=origin.target,
        revision=life.current.number,
        digest=life.current.digest,
        head=life.current.head,
        base=life.current.base,
        size=life.current.size,
        risk=ranks[0].severity if ranks else None,
        flags=len(ranks),
        categories=tuple(dict.fromkeys(f.category for f in ranks))[:2],
        run=_run_word(life, _runs_now(recorded)),
        comments=len(life.comments),
        created_at=recorded.created_at,
        updated_at=recorded.updated_at,
        note=life.note,
    )


def _stage(run: Run) -> str:
    return f"run {run.name} {run.attempt}"


def _runs_now(recorded: Recorded) -> list[Run]:
    """The runs as they are: one that was under way in a gate that died waits for its turn again."""
    return [
        replace(run, state=RunState.QUEUED, started_at=None)
        if run.state is RunState.RUNNING and _stage(run) not in recorded.active
        else run
        for run in recorded.life.runs
    ]


def _run_word(life: Life, runs: Sequence[Run]) -> str:
    if not life.run_names:
        return "none asked"
    mine = (r for r in runs if r.revision_digest == life.current.digest and r.check is None)
    latest: dict[str, Run] = {r.name: r for r in mine}
    states = {r.state for r in latest.values()}
    if RunState.RUNNING in states:
        return "running"
    if RunState.QUEUED in states or len(latest) < len(life.run_names):
        return "queued"
    failed = (Conclusion.SUCCESS, Conclusion.CANCELLED, None)
    if any(r.conclusion not in failed for r in latest.values()):
        return "failed"
    if RunState.NOT_RUN in states:
        return "NOT RUN"
    return "cancelled" if RunState.CANCELLED in states else "passed"


def detail_of(
    recorded: Recorded,
    written: Callable[[str], int] = lambda _run_id: 0,
    waiting: Sequence[tuple[str, str]] = (),
) -> ChangeDetail:
    """Everything that a decision rests on.

    `written` tells the bytes that a run under way has written so far, `waiting` is the gate's queue of runs.
    """
    life = recorded.life
    now = recorded.read_at
    decisions = tuple(d for d in (*life.approvals, life.held, life.last) if d is not None)
    runs = []
    for run in _runs_now(recorded):
        if run.state is RunState.RUNNING:
            run = replace(run, log_bytes=written(run.run_id))
        elif run.state is RunState.QUEUED and (life.change_id, _stage(run)) in waiting:
            run = replace(run, position=waiting.index((life.change_id, _stage(run))))
        runs.append(run)
    return ChangeDetail(
        change_of(recorded),
        life.revisions,
        tuple(runs),
        told(life),
        life.scanned,
        life.comments,
        tuple({d.decision_id: d for d in decisions}.values()),
        (*standing(life, now).requirements, *_alone(life, now), *rules_off(life.policy, life.facts, life.all_findings)),
        life.landed,
        _scan_word(recorded),
        life.scan_failed,
        life.facts.owners if life.facts is not None else (),
        silent(life.policy, case_of(life, now)),
    )


def _alone(life: Life, now: float) -> tuple[Requirement, ...]:
    """Whether a person is needed at all, where a policy has rules on that."""
    if not life.policy.autonomous:
        return ()
    if life.passed is not None and not life.approvals:
        passed = life.passed
        why = f'passed by the policy, no person: rule "{passed.rule}" of {passed.source}, from {passed.submitter}'
    else:
        kept = life.kept or may_pass(life.policy, case_of(life, now), Before(spoken=spoken_on(life))).why
        why = f"a person decides: {kept}"
    return (Requirement("without a person", RequirementState.NOT_APPLICABLE, why),)


def _scan_word(recorded: Recorded) -> str:
    life = recorded.life
    if life.scanned:
        return "done"
    if life.scan_failed:
        return "failed"
    return "running" if "scan" in recorded.active else "queued"
