"""Approval is allowed only where every requirement holds; the other verdicts always."""

from dataclasses import replace

from reviewer.model.change import Revision, Size
from reviewer.model.decision import Verdict
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import Judgement, Policy, RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.judge import judge
from reviewer.text import Untrusted

REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(1, 1, 0)
)
PASSED = Run("r", "d" * 64, "tests", (), RunState.DONE, Conclusion.SUCCESS, 0)
HIGH = Finding("r", "symlink", Severity.HIGH, Untrusted("a"), Side.NEW, None, Untrusted("m"), "f1")


def state(judgement: Judgement, name: str) -> RequirementState:
    return next(r.state for r in judgement.requirements if r.name == name)


def test_nothing_configured_and_nothing_found_is_approvable() -> None:
    assert judge(Policy(), REVISION, [], [], scanned=True).approvable


def test_each_thing_that_is_missing_locks_approval_and_nothing_else() -> None:
    conflict = replace(REVISION, result_tree=None, conflicts=(Untrusted("x\x1b"),))
    other = replace(PASSED, revision_digest="0" * 64)
    failed = replace(PASSED, conclusion=Conclusion.FAILURE, exit_status=1)
    not_run = replace(PASSED, state=RunState.NOT_RUN, conclusion=None, reason="no sandbox")
    names = ["tests"]
    locked = [
        judge(Policy(), conflict, [], [], scanned=True),
        judge(Policy(), REVISION, [], [], scanned=False),
        judge(Policy(), REVISION, [], [HIGH], scanned=True),
        *(
            judge(Policy(), REVISION, runs, [], scanned=True, configured_runs=names)
            for runs in ([], [other], [failed], [not_run], [PASSED, failed])
        ),
    ]
    for judgement in locked:
        assert judgement.allowed == (Verdict.REJECT, Verdict.REQUEST_CHANGES)
        assert not any("\x1b" in r.why for r in judgement.requirements)


def test_what_was_missing_and_came_unlocks() -> None:
    assert judge(Policy(), REVISION, [PASSED], [], scanned=True, configured_runs=["tests"]).approvable
    assert judge(Policy(), REVISION, [], [HIGH], scanned=True, acknowledged=["f1"]).approvable
    loose = judge(Policy(require_run=False), REVISION, [], [], scanned=True, configured_runs=["tests"])
    assert loose.approvable
    assert state(loose, "run: tests") is RequirementState.NOT_APPLICABLE
