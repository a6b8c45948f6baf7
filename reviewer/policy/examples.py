"""Judges the examples of a policy file: what is asked of a made-up change, against what its author expects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reviewer.model.change import Size
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import Example, Policy
from reviewer.model.requirement import RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.autonomy import Before, holds, may_pass
from reviewer.policy.judge import FREEZE, Case, asking, judge
from reviewer.text import Untrusted

_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an example: what is asked and was not expected, and the other way round."""

    example: Example
    asked: tuple[str, ...]
    more: tuple[str, ...]
    less: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.more and not self.less


def check(policy: Policy, example: Example, runs_named: tuple[str, ...] = ()) -> Outcome:
    """The outcome of one example under a policy; `runs_named` are the runs that the file names."""
    if not example.at:
        # Of a time that is not said nothing is asked.
        policy = replace(policy, rules=tuple(rule for rule in policy.rules if rule.demand.frozen is None))
    alone = _case(example, runs_named or ("tests",))
    if may_pass(policy, alone, Before()).rule is not None and not holds(policy, alone):
        asked: tuple[str, ...] = ("passes alone",)
    else:
        asked = tuple(asks(policy, _case(example, runs_named)))
    more = tuple(word for word in asked if word not in example.expect)
    less = tuple(word for word in example.expect if word not in asked)
    return Outcome(example, asked, more, less)


def asks(policy: Policy, case: Case) -> list[str]:
    """What a policy asks of a change, each thing in a few words."""
    rules = [each.demand for each in asking(policy, case)]
    found = [f"approvals: {max(1, *(demand.approvals for demand in rules))}"]
    named = [r.name for r in judge(policy, case).requirements if r.state is not RequirementState.NOT_APPLICABLE]
    found += [name for name in named if name.startswith(("run", "group: ", FREEZE))]
    least = min((demand.acknowledge for demand in rules if demand.acknowledge), key=lambda s: s.rank, default=None)
    if least is not None and any(finding.severity.rank >= least.rank for finding in case.findings):
        reasons = ", with a reason" if any(demand.acknowledge_reason for demand in rules) else ""
        found.append(f"acknowledge: {least.value}{reasons}")
    found += ["no secrets"] if any(demand.no_secrets for demand in rules) else []
    for word, limits in (
        ("files", [demand.max_files for demand in rules]),
        ("lines", [demand.max_lines for demand in rules]),
    ):
        known = [limit for limit in limits if limit is not None]
        found += [f"at most {min(known)} {word}"] if known else []
    found += ["people only"] if any(demand.people_only for demand in rules) else []
    return found


def _case(example: Example, names: tuple[str, ...]) -> Case:
    facts = example.facts
    path = facts.paths[0] if facts.paths else Untrusted("a file")
    conclusion = {"passed": Conclusion.SUCCESS, "failed": Conclusion.FAILURE}.get(example.runs)
    runs = [Run(name, _DIGEST, name, (), RunState.DONE, conclusion) for name in names] if conclusion else []
    findings = []
    if example.level is not None or example.secret:
        severity = example.level or Severity.HIGH
        category = "secret" if example.secret else "example"
        findings.append(Finding("example", category, severity, path, Side.NEW, 1, Untrusted("an example"), "example"))
    revision = Revision(
        1, _DIGEST, "{}", "0" * 40, "0" * 40, "refs/heads/main", "0" * 40, "0" * 40, (), Untrusted(""), 0.0,
        Size(facts.files, facts.lines, 0),
    )  # fmt: skip
    return Case(revision, runs, findings, True, facts, names if example.runs != "none" else (), (), example.at)
