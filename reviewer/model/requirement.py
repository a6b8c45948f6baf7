"""Requirements: the named conditions of an approval, as they are met or not, with who asks for each.

What must stay true: every change carries some, so that this loads nothing of the rules that they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DECISION = "decision"
"""The requirement that people meet by approving."""
GROUP = "group: "
"""What the name of a requirement begins with that somebody of a group meets by approving."""


class RequirementState(StrEnum):
    MET = "met"
    UNMET = "unmet"
    WAITING = "waiting"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Silent:
    """A rule of a policy that asks nothing of a change, and `why`: what it selects by is something else."""

    rule: str
    layer: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One named condition of approval. `why` is our own sentence; `acknowledge` names findings to be acknowledged.

    `rule` of `layer`, in the file `source`, asks for it, `because` the change is what the rule selects; `also` names
    others that ask for the same. `may_override` are those who may waive it. `reasons`: each finding needs one.
    """

    name: str
    state: RequirementState
    why: str
    source: str = "default"
    acknowledge: tuple[str, ...] = ()
    layer: str = ""
    rule: str = ""
    because: str = ""
    also: tuple[str, ...] = ()
    may_override: tuple[str, ...] = ()
    reasons: bool = False

    @property
    def by_people(self) -> bool:
        """Whether people meet it by approving, so that it keeps nobody from doing so."""
        return self.name == DECISION or self.name.startswith(GROUP)

    @property
    def open(self) -> bool:
        return self.state in (RequirementState.UNMET, RequirementState.WAITING)
