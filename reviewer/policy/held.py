"""Says which findings a repository does without, as its rules are off, and what keeps the others on; pure.

What must stay true: what a layer beside the repository's own asks about stays on, and so does what a rule of such a
layer selects by: a team turns off only what nobody but itself and the built-in policy asks about.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.finding import Finding
from reviewer.model.policy import Facts, Layer, Policy, Rule
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.policy.select import selected
from reviewer.text import show


def switched_off(policy: Policy, facts: Facts | None, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of rules that are off, and that nobody else asks about."""
    named = [finding for finding in findings if finding.named_in(policy.off)]
    if not named:
        return ()
    others = others_about(policy, facts, findings)
    return tuple(finding for finding in named if kept_on(others, finding) is None)


def left(policy: Policy, facts: Facts | None, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that count for the repository's own rules."""
    gone = frozenset(switched_off(policy, facts, findings))
    return tuple(finding for finding in findings if finding not in gone) if gone else tuple(findings)


def rules_off(policy: Policy, facts: Facts | None, findings: Sequence[Finding]) -> tuple[Requirement, ...]:
    """What became of each rule that is off and saw something: told as a line, or on all the same, and by whose word."""
    named = [finding for finding in findings if finding.named_in(policy.off)]
    others = others_about(policy, facts, findings) if named else []
    rules: dict[str, list[Finding]] = {}
    for finding in named:
        rules.setdefault(finding.rule, []).append(finding)
    return tuple(_told(policy, others, rule, found) for rule, found in rules.items())


def _told(policy: Policy, others: Sequence[Rule], rule: str, found: Sequence[Finding]) -> Requirement:
    worst = max((finding.severity for finding in found), key=lambda severity: severity.rank)
    count = sum(finding.count for finding in found)
    many = f"{count} finding{'s' if count != 1 else ''}, {'up to ' if count != 1 else ''}{worst.value}"
    kept = [(finding, by) for finding in found if (by := kept_on(others, finding)) is not None]
    why = f"off in {policy.source}: {many}, told in one line of level info"
    if kept:
        layer = kept[0][1].source
        on = "" if len(kept) == len(found) else f"{sum(finding.count for finding, _ in kept)} of "
        asks = f"the {layer.layer.value if layer.layer else ''}'s {layer.file} asks about such findings"
        why = f"off in {policy.source}, and on all the same for {on}{many}: {asks}"
    return Requirement(f"rule: {show(rule, limit=80)}", RequirementState.NOT_APPLICABLE, why, policy.source)


def others_about(policy: Policy, facts: Facts | None, findings: Sequence[Finding]) -> list[Rule]:
    """The rules of other layers than the repository's own that are about a change with these findings."""
    others = [rule for rule in policy.rules if rule.source.layer not in (Layer.TEAM, None)]
    return [rule for rule in others if selected(rule.when, facts, findings) is not None]


def kept_on(others: Sequence[Rule], finding: Finding) -> Rule | None:
    """The rule of another layer that asks about findings like this one."""
    for rule in others:
        demand = rule.demand
        levels = [level for level in (demand.acknowledge, rule.when.level) if level is not None]
        if any(finding.severity.rank >= level.rank for level in levels):
            return rule
        if demand.no_secrets and finding.category == "secret":
            return rule
    return None
