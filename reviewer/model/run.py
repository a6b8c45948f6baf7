"""Runs: one sandboxed execution of a named command over the snapshot of one revision, and what was observed.

What must stay true: what was claimed, what was reported and what was observed are different fields of different values,
and none is ever made from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.reported import Reported
from reviewer.text import Untrusted


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    NOT_RUN = "not run"


class Conclusion(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed out"
    ACTION_REQUIRED = "action required"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run: seconds, bytes, processes. `output` is what is kept of stdout and stderr together."""

    seconds: float = 600.0
    memory: int = 2 << 30
    processes: int = 256
    disk: int = 1 << 30
    output: int = 16 << 20


class Beside(StrEnum):
    """What a run is made for beside the change's own: to be held against that one."""

    BASE = "base"
    """The same command over the base commit."""
    BASE_TESTS = "base tests"
    """The change, with the tests as the base has them: it must pass."""
    NEW_TESTS = "new tests"
    """The base, with the tests as the change has them: it must fail."""


def check_name(run: str, kind: Beside) -> str:
    """The name of a cross-check; a colon stands in no name of a configured run."""
    return f"{run}: {kind.value}"


def named_check(name: str) -> tuple[str, Beside | None]:
    """The configured run that a name is about, and which cross-check of it, if it is one."""
    run, colon, kind = name.partition(": ")
    return (run, Beside(kind)) if colon and kind in set(Beside) else (name, None)


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A command that the target branch's `reviewer.toml` names.

    `reports` are files that it leaves in the tree, `tests` patterns of the paths that hold tests, for `cross_checks`.
    `links` are laid into the tree where it has nothing of that name; `dependencies` says what it is given to run with.
    """

    name: str
    command: tuple[str, ...]
    limits: Limits = Limits()
    read_only: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    reports: tuple[str, ...] = ()
    cross_checks: tuple[Beside, ...] = ()
    tests: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    dependencies: str = ""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Lock files of the base commit whose packages are prepared for runs: by hash, from `index` and `hosts` alone."""

    python: str = ""
    npm: str = ""
    index: str = "https://pypi.org/simple"
    hosts: tuple[str, ...] = ()
    seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Reached:
    """One way in which a run tried to reach out. `target` is "name:port" where a name was looked up, else an address.

    `kind` is "connect tcp", "look-up", "socket" ...; `by` the name of the program's file that did it.
    """

    kind: str
    target: Untrusted
    by: Untrusted
    count: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one revision. `record` and `log` are SHA-256 names of blobs; `reason` says why nothing ran.

    `over` is the merge result that it ran over, None for the head itself. `position` counts the runs that go before a
    queued one. `observed` says whether programs and attempts to reach out were watched: `attempts` holds a line for
    each kind of attempt, `reached` the same in parts, `network_attempts` how often there was one, `programs` the names
    of what the run started, `commands` how often it started one. `launcher` is the way in which it was contained.
    `reports` are what the run wrote of itself; `facts` is a blob, the JSON of an Observed: all tests, programs, files.
    `check` says what the run is held against the run `of` for; `held` then says whether it came out as it must, None
    where that cannot be told. `dependencies` says in words what it was given to run with. `note` is our own remark.
    """

    run_id: str
    revision_digest: str
    name: str
    command: tuple[Untrusted, ...]
    state: RunState
    conclusion: Conclusion | None = None
    exit_status: int | None = None
    started_at: float | None = None
    seconds: float | None = None
    tier: str | None = None
    record: str | None = None
    log: str | None = None
    log_bytes: int = 0
    network_attempts: int = 0
    limit_hit: str | None = None
    reason: str = ""
    attempt: int = 1
    over: str | None = None
    position: int | None = None
    observed: bool = False
    attempts: tuple[Untrusted, ...] = ()
    commands: int = 0
    programs: tuple[Untrusted, ...] = ()
    launcher: str | None = None
    reached: tuple[Reached, ...] = ()
    reports: tuple[Reported, ...] = ()
    facts: str | None = None
    check: Beside | None = None
    of: str = ""
    held: bool | None = None
    dependencies: str = ""
    note: str = ""
