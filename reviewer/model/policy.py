"""Policy: which verdicts are allowed, requirement by requirement, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.decision import Verdict


class RequirementState(StrEnum):
    MET = "met"
    UNMET = "unmet"
    WAITING = "waiting"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One named condition of approval. `why` is our own sentence; `acknowledge` names findings to be acknowledged."""

    name: str
    state: RequirementState
    why: str
    source: str = "default"
    acknowledge: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnattendedPrincipal:
    """A program that a policy lets approve with a key of its own; `key` is an OpenSSH public key line."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What the target branch's `reviewer.toml` asks for. `target_moved` is clean, rerun or review (DESIGN 8)."""

    approvals: int = 1
    require_run: bool = True
    acknowledge_high: bool = True
    target_moved: str = "clean"
    unattended: tuple[UnattendedPrincipal, ...] = ()
    source: str = "default"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for one revision: its requirements and the verdicts that they allow."""

    requirements: tuple[Requirement, ...]
    allowed: tuple[Verdict, ...]

    @property
    def approvable(self) -> bool:
        return Verdict.APPROVE in self.allowed
