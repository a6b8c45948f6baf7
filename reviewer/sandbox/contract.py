"""What goes into a contained run and what comes out of it, as frozen values.

What must stay true: whatever a run chose itself (targets, names, arguments, paths) is text from outside and must be
shown through `reviewer.text`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reviewer.model.run import Conclusion, Limits

NOT_RUN: Final = 125
OnOutput = Callable[[str, bytes], None]
OnEvent = Callable[[Mapping[str, Any]], None]
"""Gets each start of a program and each first attempt to reach out, as it happens; `clock` is monotonic seconds."""


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """One run: the command, the snapshot that it runs over, its bounds. `exports` are paths inside the tree.

    `collect` are patterns of such paths, as "reports/*.xml": what they match is exported, too. `read_only` names
    folders of the host, as a virtual environment, that the run sees at their own paths; `dependencies` says in words
    what they are, for the record.
    """

    command: tuple[str, ...]
    tree: Path
    limits: Limits = Limits()
    read_only: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    subject: str = "working copy"
    snapshot_digest: str | None = None
    exports: tuple[str, ...] = ()
    collect: tuple[str, ...] = ()
    observe: bool = True
    dependencies: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way in which a run tried to reach out, and how often. `kind`: "connect tcp", "look-up", "socket" ...

    `by` is the name of the file that ran. `host` is the name that was looked up for the address, where one was.
    """

    kind: str
    target: str
    by: str
    outcome: str
    count: int
    first_at: float
    host: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was observed. `exit_status` is the command's, 128 + n for a signal, 125 where it was not run.

    `observed` says whether programs and attempts were watched: where it is False, none listed means nothing.
    """

    exit_status: int
    conclusion: Conclusion | None
    tier: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    limit_hit: str | None = None
    written: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    exports: Mapping[str, bytes] = field(default_factory=dict)
    refused_exports: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    mode_changed: tuple[str, ...] = ()
    differences: str = ""
    observed: bool = False
    attempts: tuple[Attempt, ...] = ()
    attempts_unlisted: int = 0
    commands: int = 0
    programs: Mapping[str, int] = field(default_factory=dict)
    inside_connections: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the probe found: `tier` is "full" or "none"; `guarantees` maps each one to (state, mechanism)."""

    tier: str
    launcher: str
    kernel: str
    reason: str
    guarantees: Mapping[str, tuple[str, str]]
    version: str = ""
    probe_seconds: float = 0.0


def not_run(reason: str) -> Outcome:
    return Outcome(NOT_RUN, None, "none", reason=f"NOT RUN: {reason}")
