"""Runs: one sandboxed execution of a named command over the snapshot of one revision, and what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A command that the target branch's `reviewer.toml` names."""

    name: str
    command: tuple[str, ...]
    limits: Limits = Limits()
    read_only: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one revision. `record` and `log` are SHA-256 names of blobs; `reason` says why nothing ran.

    `over` is the merge result that it ran over, None for the head itself. `position` counts the runs that go before a
    queued one. `observed` says whether programs and attempts to reach out were watched: `attempts` holds a line for
    each kind of attempt, `network_attempts` how often there was one, `programs` the names of what the run started,
    `commands` how often it started one. `launcher` is the way in which it was contained.
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
