"""Lists the demonstration's changes: who proposes what, and the files that hold each revision.

What must stay true: a change's folder holds what an agent would hand in and nothing else: `N.patch` is the commit of
revision N with its message, `N.md` what the agent says about it. What comes of a change is found out when it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES: Final = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One agent's change. `second_look` says that its second revision comes unasked, while the first is open."""

    slug: str
    agent: str
    title: str
    second_look: bool = False

    @property
    def branch(self) -> str:
        return f"{self.agent}/{self.slug}"

    @property
    def revisions(self) -> int:
        """How many revisions the agent has to offer."""
        return len(list((FILES / self.slug).glob("*.patch")))

    def patch(self, number: int) -> Path:
        return FILES / self.slug / f"{number}.patch"

    def claim(self, number: int) -> str:
        """What the agent says about its revision."""
        return (FILES / self.slug / f"{number}.md").read_text(encoding="utf-8")


FIX: Final = Proposal("volumetric-weight", "claude", "Count volumetric weight by the gram")
"""A fix: what `--headless` walks to its end."""

PROPOSALS: Final = (
    FIX,
    Proposal("label-template", "codex", "Render labels from templates; add the customs declaration"),
    Proposal("inches-and-pounds", "cursor", "Read pounds, ounces and inches"),
    Proposal("usage-counts", "copilot", "Count quotes by route"),
    Proposal("quote-files", "jules", "Quote a whole CSV file", second_look=True),
)

DOCUMENTATION: Final = Proposal("pricing-example", "claude", "Work one price out in the documentation")
"""Prose alone: what is walked where nothing can be run."""


def history() -> list[Path]:
    """The commits that the target branch begins with, oldest first."""
    return sorted((FILES / "main").glob("*.patch"))


def policy() -> str:
    """The target branch's `reviewer.toml` as far as it is the same for every demonstration; ends in `[policy]`."""
    return (FILES / "main" / "reviewer.toml").read_text(encoding="utf-8")
