"""Says whether a change may pass without a person, by which rule, and where not, why not; pure.

What must stay true: nothing that an agent can choose lets it in: not its name, title, claim or branch, only the token
that it submitted with; whatever is not known is a reason against; a file waives only the people that it asks for
itself; once a person has said anything on a change, people decide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reviewer.model.finding import Finding
from reviewer.model.policy import Autonomous, Facts, Layer, Policy
from reviewer.model.requirement import RequirementState
from reviewer.model.run import Conclusion
from reviewer.policy.globs import matches, named
from reviewer.policy.judge import Asking, Case, asking, judge, where
from reviewer.text import show

NEVER: Final = (
    "/reviewer.toml", "CODEOWNERS", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "SKILL.md", "copilot-instructions.md",
    "*.mdc", ".*", ".*/**", "**/.*/**", "Dockerfile*", "Makefile", "Jenkinsfile", "conf.py", "conftest.py",
    "*.lock", "package.json", "pyproject.toml", "setup.*", "LICENSE*",
)  # fmt: skip
"""Paths that no rule lets pass: they decide what is checked, what agents are told, or what runs elsewhere."""


@dataclass(frozen=True, slots=True)
class Before:
    """What happened to a change so far. `rejected`: one of the same branch or commit was; `today`: passed in 24 hours.

    `spoken`: a person has decided or remarked on it.
    """

    spoken: bool = False
    rejected: bool = False
    today: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The rule that lets a change pass, or why none does."""

    rule: Autonomous | None
    why: str


def may_pass(policy: Policy, case: Case, before: Before) -> Answer:
    """Whether the case needs no person."""
    granting = [entry for entry in policy.autonomous if entry.source.layer is not Layer.PERSON]
    if not granting:
        return Answer(None, "no rule lets a change pass without a person")
    facts = case.facts
    if facts is None or not facts.submitter:
        return Answer(
            None,
            "nothing proves which agent submitted it: a name is a claim, and only an agent's own token, used over"
            " TCP with `gate serve`, is proof",
        )
    asked = asking(policy, case)
    against = _against(case, facts, before, asked)
    if against:
        return Answer(None, against)
    chosen: list[Autonomous] = []
    for layer in dict.fromkeys(entry.source.layer for entry in policy.autonomous):
        mine = [entry for entry in policy.autonomous if entry.source.layer is layer]
        refusals = [_refusal(entry, case, facts, before) for entry in mine]
        if "" not in refusals:
            return Answer(None, refusals[0] if len(mine) == 1 else f"none of {len(mine)} rules fits: {refusals[0]}")
        chosen.append(mine[refusals.index("")])
    people = _people(asked, {entry.source.file for entry in chosen})
    if people:
        return Answer(None, people)
    return Answer(chosen[0], f"{chosen[0].name}: from {facts.submitter}, nothing found, within the limits")


def _against(case: Case, facts: Facts, before: Before, asked: Sequence[Asking]) -> str:
    """What keeps any rule from letting it pass."""
    if before.spoken:
        return "a person has spoken on it: people decide it"
    if before.rejected:
        return "a change of the same branch or commit was rejected: people decide it"
    if not case.scanned:
        return "the risk scan is not complete yet"
    if not facts.whole:
        return "it touches more files than are looked at one by one"
    if not facts.plain:
        return "it touches something that is no plain file of text"
    for path in facts.paths:
        if any(matches(pattern, path.raw) for pattern in NEVER):
            return f"{show(path, limit=80)} is never passed without a person"
    only = next((each for each in asked if each.demand.people_only), None)
    return f"{where(only.rule)} asks for people only" if only is not None else ""


def _refusal(entry: Autonomous, case: Case, facts: Facts, before: Before) -> str:
    """Why a rule does not let it pass; nothing where it does."""
    size = case.revision.size
    if facts.submitter not in entry.tokens:
        return f"{entry.name} is for the tokens {', '.join(entry.tokens)}, and {facts.submitter} submitted it"
    if entry.targets and not any(named(pattern, _branch(facts)) for pattern in entry.targets):
        return f"{entry.name} is for another target"
    outside = [path for path in facts.paths if not any(matches(pattern, path.raw) for pattern in entry.paths)]
    if outside or not facts.paths:
        return f"{show(outside[0], limit=80) if outside else 'nothing'} is not in the paths of {entry.name}"
    if size.files > entry.max_files or size.added + size.removed > entry.max_lines:
        return f"it is larger than {entry.name} lets pass: {entry.max_files} files, {entry.max_lines} lines"
    worst = _worst(case.findings)
    if worst is not None and (entry.level is None or worst.severity.rank > entry.level.rank):
        return f"the scan found something: {worst.severity.value}, {worst.category}"
    if entry.require_run and not _all_green(case):
        return f"{entry.name} asks for observed runs that passed"
    if before.today >= entry.a_day:
        return f"{before.today} changes passed by {entry.name} within 24 hours, and no more may"
    return ""


def _people(asked: Sequence[Asking], files: set[str]) -> str:
    """Which people are asked for by a file that grants nothing."""
    for each in asked:
        source = each.rule.source
        if source.layer is None or source.file in files:
            continue
        if each.demand.approvals or each.demand.groups:
            return f"{where(each.rule)} asks for people, and grants nothing"
    return ""


def holds(policy: Policy, case: Case) -> str:
    """What else the policy asks for that is not met, people aside; nothing where all is."""
    unmet = [r for r in judge(policy, case).requirements if r.open and not r.by_people]
    return "; ".join(requirement.why for requirement in unmet)


def waits(policy: Policy, case: Case) -> bool:
    """Whether evidence is still being made."""
    requirements = judge(policy, case).requirements
    return any(r.state is RequirementState.WAITING and not r.by_people for r in requirements)


def _branch(facts: Facts) -> str:
    return facts.target.raw.removeprefix("refs/heads/")


def _worst(findings: Sequence[Finding]) -> Finding | None:
    return max(findings, key=lambda finding: finding.severity.rank, default=None)


def _all_green(case: Case) -> bool:
    if not case.runs_named:
        return False
    mine = {run.name: run for run in case.runs if run.revision_digest == case.revision.digest}
    return all(name in mine and mine[name].conclusion is Conclusion.SUCCESS for name in case.runs_named)
