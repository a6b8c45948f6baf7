"""Says where a change stands under its policy, and takes up what the policy lets pass without a person; pure.

What must stay true: what the policy lets pass is kept apart from approvals and never counted as one; a revision passes
at most once, and only while nobody has spoken on it.
"""

from __future__ import annotations

from dataclasses import replace

from reviewer.gate.events import Command, Life, PassAsked, PolicyRead
from reviewer.model.change import State
from reviewer.model.comment import AuthorKind
from reviewer.model.decision import Decision
from reviewer.model.finding import Finding
from reviewer.model.policy import Judgement, Passage
from reviewer.model.run import RunState
from reviewer.policy.autonomy import holds, may_pass
from reviewer.policy.held import switched_off
from reviewer.policy.judge import Case, judge
from reviewer.risk.switched import folded

_OPEN_RUNS = (RunState.QUEUED, RunState.RUNNING)

Step = tuple[Life, tuple[Command, ...]]


def standing(life: Life, now: float = 0.0, decision: Decision | None = None) -> Judgement:
    """The requirements of the current revision at a time; `decision` is an approval that is to be allowed or not."""
    return judge(life.policy, case_of(life, now), decision)


def case_of(life: Life, now: float) -> Case:
    """What a policy judges of a change."""
    return Case(
        life.current,
        life.runs,
        life.all_findings,
        life.scanned and not life.judging,
        life.facts,
        life.run_names,
        life.approvals,
        now,
    )


def told(life: Life) -> tuple[Finding, ...]:
    """What the scan and the runs found, as it is shown: of a rule that is off, one line that says so."""
    findings = life.all_findings
    return folded(findings, switched_off(life.policy, life.facts, findings))


def policy_read(life: Life, event: PolicyRead) -> Step:
    if event.digest != life.current.digest:
        return life, ()
    life = replace(life, policy=event.policy)
    if life.state is not State.APPROVED or (life.passed is None and standing(life).approved):
        return life, ()
    note = "the policy changed after the approval: look again"
    return replace(life, state=State.PENDING, approvals=(), note=note), ()


def asked_to_pass(life: Life) -> Step:
    """Ask whether the change passes without a person, once everything that is waited for has come."""
    open_runs = any(run.state in _OPEN_RUNS for run in life.runs if run.revision_digest == life.current.digest)
    ready = life.scanned and not life.judging and not open_runs
    if life.state is not State.PENDING or not life.policy.autonomous or life.passed is not None or not ready:
        return life, ()
    ended = sum(run.revision_digest == life.current.digest for run in life.runs)
    return life, (_command(life, "pass", f"pass {ended}"),)


def pass_asked(life: Life, event: PassAsked) -> Step:
    if event.digest != life.current.digest or life.state is not State.PENDING or life.passed is not None:
        return life, ()
    case = case_of(life, event.at)
    before = replace(event.before, spoken=event.before.spoken or spoken_on(life))
    answer = may_pass(life.policy, case, before)
    kept = answer.why if answer.rule is None else holds(life.policy, case)
    if answer.rule is None or kept:
        return replace(life, kept=kept), ()
    source = answer.rule.source
    layer = source.layer.value if source.layer is not None else ""
    submitter = life.facts.submitter if life.facts is not None else ""
    passed = Passage(event.digest, answer.rule.name, layer, source.file, event.at, submitter)
    note = f'passed by the policy, no person: rule "{passed.rule}" of {passed.source}'
    life = replace(life, state=State.APPROVED, passed=passed, kept="", note=note)
    return life, (_command(life, "land", "land policy"),)


def spoken_on(life: Life) -> bool:
    """Whether a person has decided, tried to, or remarked on the change, in any of its revisions."""
    said = any(comment.author_kind is AuthorKind.PERSON for comment in life.comments)
    return bool(said or life.decided or life.withdrawn or life.held or life.approvals)


def _command(life: Life, kind: str, stage: str) -> Command:
    return Command(kind, life.change_id, life.current.head, life.current.digest, stage)
