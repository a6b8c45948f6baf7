"""Policy: what each layer asks for before a change is approved, and which verdicts follow.

What must stay true: a file's demands are added to those of the files above it and never replace them, so that a lower
layer can only tighten; each requirement names the rule, layer and file that ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reviewer.model.decision import Verdict
from reviewer.model.finding import Severity
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.text import Untrusted


class Layer(StrEnum):
    """Who draws the line, the highest first."""

    REGULATOR = "regulator"
    ORGANISATION = "organisation"
    PLATFORM = "platform"
    TEAM = "team"
    PERSON = "person"

    @property
    def rank(self) -> int:
        """0 for the highest."""
        return list(Layer).index(self)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands: layer and file (safe to show), and whose signature the file carries; None is built in."""

    layer: Layer | None = None
    file: str = "default"
    signer: str = ""

    @property
    def rank(self) -> int:
        return -1 if self.layer is None else self.layer.rank


BUILT_IN = Source()


@dataclass(frozen=True, slots=True)
class Selector:
    """Which changes a rule is about: all that is said must hold; where nothing is said, every change.

    `agents` are names as they are claimed. `level` is the least that the highest finding must be.
    """

    paths: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    level: Severity | None = None
    environments: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """When nothing is approved: between two times (Unix seconds), on days (0 is Monday), in hours (minutes of a day).

    Hours that end before they begin end on the next day. What is not said does not bound it.
    """

    zone: str = "UTC"
    start: float | None = None
    until: float | None = None
    hours: tuple[int, int] | None = None
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """What a rule asks for. `configured_only`: a run is asked for only where the target branch names one."""

    approvals: int = 0
    groups: tuple[str, ...] = ()
    require_run: bool = False
    configured_only: bool = False
    runs: tuple[str, ...] = ()
    acknowledge: Severity | None = None
    acknowledge_reason: bool = False
    no_secrets: bool = False
    max_files: int | None = None
    max_lines: int | None = None
    people_only: bool = False
    frozen: Window | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked for of which changes. `override` names who may waive it: people, or groups as "@name"."""

    name: str
    source: Source
    when: Selector = Selector()
    demand: Demand = Demand()
    override: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """People by the names that their decisions carry."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Autonomous:
    """What may pass without a person: from the holder of one of `tokens`, every path matched, within the limits.

    `level` is the highest finding that may be there; None is none at all. `a_day` bounds how many pass in 24 hours.
    """

    name: str
    source: Source
    tokens: tuple[str, ...]
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()
    level: Severity | None = None
    max_files: int = 20
    max_lines: int = 200
    require_run: bool = True
    a_day: int = 10


@dataclass(frozen=True, slots=True)
class UnattendedPrincipal:
    """A program that a policy lets approve with a key of its own; `key` is an OpenSSH public key line.

    `layers` are those whose files name it: for what other files ask, its approval does not count.
    """

    name: str
    key: str
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules select by. `whole`: every path that differs is among `paths`; `plain`: all are files of text.

    `submitter` is the agent whose own token submitted the revision, empty where nothing proves who did; `owners` are
    those that the target branch's CODEOWNERS names for the paths, `unowned` counts the paths without one.
    """

    kind: str = "code"
    agent: Untrusted = field(default_factory=lambda: Untrusted(""))
    target: Untrusted = field(default_factory=lambda: Untrusted(""))
    environment: str = ""
    paths: tuple[Untrusted, ...] = ()
    whole: bool = False
    plain: bool = False
    files: int = 0
    lines: int = 0
    submitter: str = ""
    owners: tuple[Untrusted, ...] = ()
    unowned: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up change, and what a policy file says that it asks of it, as `policy test` checks it."""

    name: str
    line: int
    facts: Facts
    level: Severity | None
    runs: str
    at: float
    secret: bool
    expect: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One layer's file as it was read; None stands for what it does not say. `override` may waive its plain keys.

    `off` names the rules of the scan that a repository does without.
    """

    source: Source
    approvals: int | None = None
    require_run: bool | None = None
    acknowledge_high: bool | None = None
    target_moved: str | None = None
    off: tuple[str, ...] = ()
    unattended: tuple[UnattendedPrincipal, ...] | None = None
    override: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    autonomous: tuple[Autonomous, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """All layers put together. The first fields are what is built in, as far as no file says otherwise.

    `target_moved` is clean, rerun or review (DESIGN 8). `source` is the file that names the runs, and the rules of the
    scan that are `off`.
    """

    approvals: int = 1
    require_run: bool = True
    acknowledge_high: bool = True
    target_moved: str = "clean"
    unattended: tuple[UnattendedPrincipal, ...] = ()
    source: str = "default"
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    autonomous: tuple[Autonomous, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for one revision: its requirements and the verdicts that they allow."""

    requirements: tuple[Requirement, ...]
    allowed: tuple[Verdict, ...]

    @property
    def approvable(self) -> bool:
        return Verdict.APPROVE in self.allowed

    @property
    def approved(self) -> bool:
        """Whether as many people approved as are asked for, of each group that is asked for."""
        return all(r.state is RequirementState.MET for r in self.requirements if r.by_people)


@dataclass(frozen=True, slots=True)
class Passage:
    """That the policy, and no person, let a revision pass: by which rule of which file, and when."""

    digest: str
    rule: str
    layer: str
    source: str
    at: float
    submitter: str
