"""Names what a change's life holds, what can happen to it, and the steps that it asks for: frozen values, no logic.

What must stay true: an event says what happened, with its own results; a command's `key` is (change, digest, stage),
so that a driver can see that a step was done.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.model.change import State
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding
from reviewer.model.policy import Facts, Passage, Policy
from reviewer.model.run import Run
from reviewer.policy.autonomy import Before


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that the next step depends on. `held` waits out its undo time, `last` took effect.

    `facts` are what the policy's rules select the current revision by. `passed` is that the policy let it pass without
    a person, `kept` why it did not.

    `failed` names steps that were given up, `scan_failed` why the scan was; a rerun takes both up again. `result` is
    the merge commit that runs are made over instead of the head, since the target moved. `check_names` are the
    cross-checks that are run beside `run_names`, `judging` the ids of runs whose findings are not known yet,
    `run_findings` those of the others.
    """

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
    withdrawn: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    scan_failed: str = ""
    result: str | None = None
    check_names: tuple[str, ...] = ()
    judging: tuple[str, ...] = ()
    run_findings: tuple[Finding, ...] = ()
    facts: Facts | None = None
    passed: Passage | None = None
    kept: str = ""

    @property
    def current(self) -> Revision:
        return self.revisions[-1]

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Those of the scan, then those of the runs."""
        return (*self.findings, *self.run_findings)


# --- events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """A revision was fetched; its policy and the runs that the target branch names came with it."""

    change_id: str
    revision: Revision
    policy: Policy
    run_names: tuple[str, ...]
    check_names: tuple[str, ...] = ()
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class ScanFinished:
    digest: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run started, ended, was cancelled or could not run."""

    run: Run


@dataclass(frozen=True, slots=True)
class RunsJudged:
    """What all runs of a revision that had ended come to, beside its claim and its base; `runs` are their ids."""

    digest: str
    runs: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RerunAsked:
    """Runs are asked for again, and with them what was given up."""

    digest: str


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """A run is not to begin, or not to go on."""

    run_id: str


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step raised, for the reason `why`. It is tried again, or given up where this was its `last` try."""

    digest: str
    stage: str
    why: str
    last: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision came, at a time of the gate's own clock."""

    decision: Decision
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class PolicyRead:
    """The policy was read again, and is another than before."""

    digest: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class PassAsked:
    """Whether the policy lets a revision pass without a person is to be settled now."""

    digest: str
    before: Before
    at: float


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
    at: float = 0.0


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
    `policy` and `run_names` are those of the new tip.
    """

    digest: str
    why: str
    refreshed: Revision
    policy: Policy
    run_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetMoved:
    """The target moved after the approval, and its policy wants the runs made again over `result` before it lands."""

    digest: str
    refreshed: Revision
    result: str


Event = (
    Submitted
    | ScanFinished
    | RunChanged
    | RunsJudged
    | RerunAsked
    | CancelAsked
    | StepFailed
    | Decided
    | PolicyRead
    | PassAsked
    | Commented
    | Withdrawn
    | HoldElapsed
    | Landed
    | LandingRefused
    | TargetMoved
)
"""What can happen to a change."""

# --- commands -------------------------------------------------------------------------------------------------------

STOP = "stop"
"""The kind of a command that ends another step, the one of its stage, instead of being one."""


@dataclass(frozen=True, slots=True)
class Command:
    """A step for the driver: scan, run, judge, pass, hold or land. `stage` names it within its change and revision."""

    kind: str
    change_id: str
    head: str
    digest: str
    stage: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.change_id, self.digest, self.stage)


class Refused(Exception):
    """The event is not allowed now; the state stays as it was. `stale` where it names an older revision."""

    def __init__(self, why: str, *, stale: bool = False) -> None:
        super().__init__(why)
        self.stale = stale
