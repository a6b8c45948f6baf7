"""Judges one revision against a policy: each requirement with its state and reason, then the verdicts that follow.

What must stay true: pure; rejecting and requesting changes are always allowed; approval only when nothing is unmet.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.change import Revision
from reviewer.model.decision import Verdict
from reviewer.model.finding import Finding, Severity
from reviewer.model.policy import Judgement, Policy, Requirement, RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.text import show

MET = RequirementState.MET
UNMET = RequirementState.UNMET
WAITING = RequirementState.WAITING


def judge(
    policy: Policy,
    revision: Revision,
    runs: Sequence[Run],
    findings: Sequence[Finding],
    *,
    scanned: bool,
    acknowledged: Sequence[str] = (),
    approvals: int = 0,
    configured_runs: Sequence[str] = (),
) -> Judgement:
    """The requirements of `policy` on `revision`, and the verdicts that they allow.

    `acknowledged` holds fingerprints of findings; `approvals` counts approvals that already stand, the one being
    judged not among them; `configured_runs` names the runs that the target branch asks for.
    """
    requirements = [
        _mergeable(revision),
        _scan(scanned),
        *_runs(policy, revision, runs, configured_runs),
        _acknowledged(policy, findings, acknowledged),
        _person(policy, approvals),
    ]
    open_ones = [r for r in requirements if r.state in (UNMET, WAITING) and r.name != "decision"]
    allowed = (Verdict.REJECT, Verdict.REQUEST_CHANGES)
    return Judgement(tuple(requirements), allowed if open_ones else (Verdict.APPROVE, *allowed))


def _mergeable(revision: Revision) -> Requirement:
    if revision.result_tree is not None:
        return Requirement("merges", MET, "merges into the target without conflict")
    names = ", ".join(show(name, limit=60) for name in revision.conflicts[:3])
    more = f" and {len(revision.conflicts) - 3} more" if len(revision.conflicts) > 3 else ""
    return Requirement("merges", UNMET, f"conflicts with the target in {names or 'the tree'}{more}")


def _scan(scanned: bool) -> Requirement:
    if scanned:
        return Requirement("scanned", MET, "the risk scan is complete")
    return Requirement("scanned", WAITING, "the risk scan is not complete yet")


def _runs(policy: Policy, revision: Revision, runs: Sequence[Run], names: Sequence[str]) -> list[Requirement]:
    if not names:
        return [Requirement("run", RequirementState.NOT_APPLICABLE, "the target branch names no command to run")]
    found = []
    for name in names:
        latest = [r for r in runs if r.name == name and r.revision_digest == revision.digest][-1:]
        state, why = _run_state(name, latest[0] if latest else None)
        if not policy.require_run and state is not MET:
            state, why = RequirementState.NOT_APPLICABLE, f"{why}; the policy does not require it"
        found.append(Requirement(f"run: {name}", state, why, policy.source))
    return found


def _run_state(name: str, run: Run | None) -> tuple[RequirementState, str]:
    if run is None or run.state in (RunState.QUEUED, RunState.RUNNING):
        return WAITING, f"{name} has not finished yet"
    if run.state is RunState.NOT_RUN:
        return UNMET, f"{name} was NOT RUN: {show(run.reason, limit=120)}"
    if run.conclusion is Conclusion.SUCCESS:
        return MET, f"{name} ran and exited 0"
    if run.conclusion is Conclusion.FAILURE:
        return UNMET, f"{name} failed with exit status {run.exit_status}"
    return UNMET, f"{name} ended as {(run.conclusion or run.state).value}"


def _acknowledged(policy: Policy, findings: Sequence[Finding], acknowledged: Sequence[str]) -> Requirement:
    high = [f for f in findings if f.severity.rank >= Severity.HIGH.rank]
    if not policy.acknowledge_high or not high:
        return Requirement("findings", MET, "no finding asks for an acknowledgement", policy.source)
    left = tuple(f.fingerprint for f in high if f.fingerprint not in acknowledged)
    if not left:
        return Requirement("findings", MET, f"all {len(high)} high findings are acknowledged", policy.source)
    why = f"{len(left)} of {len(high)} high findings are not acknowledged"
    return Requirement("findings", UNMET, why, policy.source, left)


def _person(policy: Policy, approvals: int) -> Requirement:
    state = MET if approvals >= policy.approvals else WAITING
    return Requirement("decision", state, f"{approvals} of {policy.approvals} approvals", policy.source)
