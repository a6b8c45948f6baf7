"""Reads a target branch's `reviewer.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from reviewer.model.policy import Policy
from reviewer.model.run import Prepare, RunSpec
from reviewer.settings.agents import AGENT_PREFIXES, AGENTS_KEYS
from reviewer.settings.policy import POLICY_KEYS, read_unattended
from reviewer.settings.prepare import read_prepare
from reviewer.settings.runs import read_run
from reviewer.settings.toml import Reader

REPOSITORY_FILE: Final = "reviewer.toml"
REPOSITORY_KEYS: Final = ("version", "run", "policy", "landing", "agents", "prepare")
LANDING_KEYS: Final = ("target_moved",)
TARGET_MOVED: Final = ("clean", "rerun", "review")


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What a target branch's `reviewer.toml` says; the defaults where it has none."""

    runs: tuple[RunSpec, ...] = ()
    policy: Policy = Policy()
    prefixes: tuple[str, ...] = AGENT_PREFIXES
    prepare: Prepare = field(default_factory=Prepare)


def read_repository(data: bytes | None, source: str = REPOSITORY_FILE) -> RepositorySettings:
    """Check a target branch's `reviewer.toml`; None stands for a branch without one. Raises UsageError."""
    if data is None:
        return RepositorySettings()
    reader = Reader(data, source)
    top = reader.table(reader.values, "", REPOSITORY_KEYS)
    if top.get("version", 1) != 1:
        raise reader.refuse("version", "1")
    runs = top.get("run", [])
    if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise reader.refuse("run", "[[run]] tables")
    specs = tuple(read_run(reader, run) for run in runs)
    if len({spec.name for spec in specs}) != len(specs):
        raise reader.refuse("name", "a different name for each [[run]]")
    policy = reader.table(top, "policy", POLICY_KEYS)
    landing = reader.table(top, "landing", LANDING_KEYS)
    agents = reader.table(top, "agents", AGENTS_KEYS)
    approvals = policy.get("approvals", 1)
    if not isinstance(approvals, int) or isinstance(approvals, bool) or not 1 <= approvals <= 10:
        raise reader.refuse("approvals", "1 to 10")
    return RepositorySettings(
        runs=specs,
        policy=Policy(
            approvals=approvals,
            require_run=reader.flag(policy, "require_run", True),
            acknowledge_high=reader.flag(policy, "acknowledge_high", True),
            target_moved=reader.string(landing, "target_moved", "clean", TARGET_MOVED),
            unattended=read_unattended(reader, policy),
            source=source,
        ),
        prefixes=reader.strings(agents, "prefixes", AGENT_PREFIXES),
        prepare=read_prepare(reader, top),
    )
