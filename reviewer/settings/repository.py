"""Reads a target branch's `reviewer.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from reviewer.model.policy import Layer, PolicyFile, Source
from reviewer.model.run import Prepare, RunSpec
from reviewer.settings.agents import AGENT_PREFIXES, AGENTS_KEYS
from reviewer.settings.policy import read_policy
from reviewer.settings.prepare import read_prepare
from reviewer.settings.runs import read_run
from reviewer.settings.scan import read_off
from reviewer.settings.toml import Reader

REPOSITORY_FILE: Final = "reviewer.toml"
REPOSITORY_KEYS: Final = ("version", "run", "policy", "landing", "agents", "prepare", "scan")
_SILENT: Final = PolicyFile(Source(Layer.TEAM, "default"))


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What a target branch's `reviewer.toml` says; the defaults where it has none."""

    runs: tuple[RunSpec, ...] = ()
    policy: PolicyFile = _SILENT
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
    agents = reader.table(top, "agents", AGENTS_KEYS)
    return RepositorySettings(
        runs=specs,
        policy=replace(read_policy(reader, top, Source(Layer.TEAM, source)), off=read_off(reader, top)),
        prefixes=reader.strings(agents, "prefixes", AGENT_PREFIXES),
        prepare=read_prepare(reader, top),
    )
