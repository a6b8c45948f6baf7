"""Shows a change as the checkpoint API does: the gate's record turned into the values that a desk reads."""

from __future__ import annotations

from reviewer.gate.driver import Recorded
from reviewer.gate.lifecycle import Life, standing
from reviewer.model.change import Change, ChangeDetail, Kind
from reviewer.model.run import Conclusion, Run, RunState


def change_of(recorded: Recorded) -> Change:
    """The row of the inbox."""
    life, origin = recorded.life, recorded.origin
    ranks = sorted(life.findings, key=lambda f: -f.severity.rank)
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
        run=_run_word(life),
        comments=len(life.comments),
        created_at=recorded.created_at,
        updated_at=recorded.updated_at,
        note=life.note,
    )


def _run_word(life: Life) -> str:
    latest: dict[str, Run] = {r.name: r for r in life.runs if r.revision_digest == life.current.digest}
    if not life.run_names:
        return "none asked"
    if len(latest) < len(life.run_names) or any(r.state is RunState.RUNNING for r in latest.values()):
        return "running"
    if any(r.state is RunState.NOT_RUN for r in latest.values()):
        return "NOT RUN"
    return "passed" if all(r.conclusion is Conclusion.SUCCESS for r in latest.values()) else "failed"


def detail_of(recorded: Recorded) -> ChangeDetail:
    """Everything that a decision rests on."""
    life = recorded.life
    decisions = tuple(d for d in (*life.approvals, life.held, life.last) if d is not None)
    return ChangeDetail(
        change_of(recorded),
        life.revisions,
        life.runs,
        life.findings,
        life.scanned,
        life.comments,
        tuple({d.decision_id: d for d in decisions}.values()),
        standing(life).requirements,
        life.landed,
    )
