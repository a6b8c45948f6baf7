"""Judges one revision against a policy: each requirement with its state, its reason and who asks for it.

What must stay true: pure; rejecting and requesting changes are always allowed; approval only when nothing is unmet; of
rules that ask for the same the strictest counts, and only those who may waive a rule waive it, each rule by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity
from reviewer.model.policy import Demand, Facts, Judgement, Layer, Policy, Rule, Window
from reviewer.model.requirement import DECISION, GROUP, Requirement, RequirementState, Silent
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.held import left
from reviewer.policy.merge import built_in, people_of
from reviewer.policy.select import passed_over, selected
from reviewer.policy.windows import held_until, said
from reviewer.text import show

MET = RequirementState.MET
UNMET = RequirementState.UNMET
WAITING = RequirementState.WAITING
NOT_APPLICABLE = RequirementState.NOT_APPLICABLE
FINDINGS, SIZE, SECRETS, FREEZE = "findings", "size", "no secrets", "freeze: "


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a revision with its evidence, and at which time, Unix seconds.

    `runs_named` are the runs that the target branch asks for; `votes` the approvals that stand.
    """

    revision: Revision
    runs: Sequence[Run] = ()
    findings: Sequence[Finding] = ()
    scanned: bool = False
    facts: Facts | None = None
    runs_named: Sequence[str] = ()
    votes: Sequence[Decision] = ()
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Asking:
    """A rule that is about the case, and why."""

    rule: Rule
    because: str

    @property
    def demand(self) -> Demand:
        return self.rule.demand


def judge(policy: Policy, case: Case, decision: Decision | None = None) -> Judgement:
    """The requirements of `policy` on a case, and the verdicts that they allow.

    `decision` is the approval that is being judged: what it acknowledges and waives counts, it itself does not yet.
    """
    judged = _Judged(policy, case, decision)
    requirements = tuple(judged.requirements())
    locked = any(r.open and not r.by_people for r in requirements)
    allowed = (Verdict.REJECT, Verdict.REQUEST_CHANGES)
    return Judgement(requirements, allowed if locked else (Verdict.APPROVE, *allowed))


def asking(policy: Policy, case: Case) -> list[Asking]:
    """The rules that are about a case, those of the highest layer first."""
    found = []
    own = left(policy, case.facts, case.findings)
    for rule in (built_in(policy), *policy.rules):
        because = selected(rule.when, case.facts, own if rule.source.layer is Layer.TEAM else case.findings)
        if because is not None:
            found.append(Asking(rule, because))
    return sorted(found, key=lambda each: each.rule.source.rank)


def silent(policy: Policy, case: Case) -> tuple[Silent, ...]:
    """The rules that ask nothing of a case, and why, those of the highest layer first."""
    own = left(policy, case.facts, case.findings)
    found = []
    for rule in sorted(policy.rules, key=lambda rule: rule.source.rank):
        findings = own if rule.source.layer is Layer.TEAM else case.findings
        why = passed_over(rule.when, case.facts, findings)
        if not why and rule.demand.frozen is not None and held_until(rule.demand.frozen, case.now) is None:
            why = "it is not frozen now"
        if why:
            found.append(Silent(rule.name, _layer(rule), rule.source.file, why))
    return tuple(found)


class _Judged:
    def __init__(self, policy: Policy, case: Case, decision: Decision | None) -> None:
        self.policy = policy
        self.case = case
        self.decision = decision
        self.asking = asking(policy, case)
        self.findings = left(policy, case.facts, case.findings)
        voices = [*case.votes, *([decision] if decision is not None else [])]
        # A program waives nothing, whatever it is called.
        self.waived = [(name, v.reviewer.raw) for v in voices if not v.unattended for name in v.overrides]

    def requirements(self) -> Iterable[Requirement]:
        yield _mergeable(self.case.revision)
        if not self.case.scanned:
            yield Requirement("scanned", WAITING, "the risk scan is not complete yet")
        elif _cross_checks_open(self.case):
            # What they find is a part of what is decided on; that they hold is not asked for.
            yield Requirement("scanned", WAITING, "the risk scan is complete; cross-checks have not finished yet")
        else:
            yield Requirement("scanned", MET, "the risk scan is complete")
        yield from self._runs()
        yield self._findings()
        yield from self._secrets()
        yield from self._size()
        yield from self._freezes()
        yield self._approvals()
        yield from self._groups()

    # --- who asks ---------------------------------------------------------------------------------------------------

    def _strictest(
        self, name: str, strength: Callable[[Demand], float | None]
    ) -> tuple[float | None, Callable[[Requirement], Requirement]]:
        """The strongest of what is asked for by rules that nobody waived, and how to say who asks for it.

        Where every rule is waived, what they ask is told as met, and by whose word.
        """
        asked = [(each, value) for each in self.asking if (value := strength(each.demand)) is not None]
        if not asked:
            return None, lambda requirement: requirement
        left = [(each, value) for each, value in asked if not self._waivers(name, each.rule)]
        by = {who for each, _ in asked for who in self._waivers(name, each.rule)}
        worst = max(value for _, value in left or asked)
        ours = [each for each, value in left or asked if value == worst]
        may = [people_of(self.policy, each.rule.override) for each, _ in left]
        all_may = sorted(frozenset.intersection(*may)) if may else []

        def signed(requirement: Requirement) -> Requirement:
            first, *others = ours
            requirement = replace(
                requirement,
                source=first.rule.source.file,
                layer=_layer(first.rule),
                rule=first.rule.name,
                because=first.because,
                also=tuple(dict.fromkeys(where(each.rule) for each in others)),
                may_override=tuple(all_may),
            )
            if by and not left and requirement.open:
                why = f"overridden by {', '.join(show(who, limit=40) for who in sorted(by))}: {requirement.why}"
                return replace(requirement, state=MET, why=why, acknowledge=())
            return requirement

        return worst, signed

    def _waivers(self, name: str, rule: Rule) -> list[str]:
        may = people_of(self.policy, rule.override)
        return [who for waived, who in self.waived if waived == name and who in may]

    # --- what is asked ----------------------------------------------------------------------------------------------

    def _runs(self) -> Iterable[Requirement]:
        names = dict.fromkeys((*self.case.runs_named, *(run for each in self.asking for run in each.demand.runs)))
        if not names:
            strict, signed = self._strictest("run", _needs_some_run)
            if strict:
                yield signed(Requirement("run", UNMET, "an observed run is required, and the target branch names none"))
            else:
                yield Requirement("run", NOT_APPLICABLE, "the target branch names no command to run")
        for name in names:
            full = f"run: {name}"
            configured = name in self.case.runs_named

            def wanted(demand: Demand, name: str = name, configured: bool = configured) -> float | None:
                return _asked((demand.require_run and configured) or name in demand.runs)

            asked, signed = self._strictest(full, wanted)
            state, why = self._run_state(name)
            if not asked and state is not MET:
                state, why = NOT_APPLICABLE, f"{why}; the policy does not require it"
            told = signed(Requirement(full, state, why))
            # The run itself is named by the target branch's file, whoever asks that it passes.
            yield replace(told, source=self.policy.source) if not told.layer and configured else told

    def _run_state(self, name: str) -> tuple[RequirementState, str]:
        digest = self.case.revision.digest
        latest = [run for run in self.case.runs if run.name == name and run.revision_digest == digest][-1:]
        if not latest and name not in self.case.runs_named:
            return UNMET, f"{show(name, limit=40)} is required, and the target branch names no such run"
        return _run_state(name, latest[0] if latest else None)

    def _findings(self) -> Requirement:
        least, signed = self._strictest(FINDINGS, lambda d: -d.acknowledge.rank if d.acknowledge else None)
        asked = [f for f in self.findings if least is not None and f.severity.rank >= -least]
        if not asked:
            return signed(Requirement(FINDINGS, MET, "no finding asks for an acknowledgement"))
        reasons = any(each.demand.acknowledge_reason for each in self.asking)
        given = self.decision.acknowledged if self.decision is not None else ()
        told = {reason.about for reason in self.decision.reasons if reason.text.raw.strip()} if self.decision else set()
        left = tuple(f.fingerprint for f in asked if f.fingerprint not in given)
        silent = [f for f in asked if reasons and f.fingerprint in given and f.fingerprint not in told]
        what = "high findings" if least == -Severity.HIGH.rank else "findings"
        if left:
            why = f"{len(left)} of {len(asked)} {what} are not acknowledged"
        elif silent:
            why, left = f"{len(silent)} of {len(asked)} {what} need a reason each", tuple(f.fingerprint for f in silent)
        else:
            return signed(Requirement(FINDINGS, MET, f"all {len(asked)} {what} are acknowledged", reasons=reasons))
        return signed(Requirement(FINDINGS, UNMET, why, acknowledge=left, reasons=reasons))

    def _secrets(self) -> Iterable[Requirement]:
        asked, signed = self._strictest(SECRETS, lambda d: _asked(d.no_secrets))
        if asked:
            found = [f for f in self.findings if f.category == "secret"]
            if found:
                place = show(found[0].file, limit=80) + (f":{found[0].line}" if found[0].line else "")
                more = f" and {len(found) - 1} more" if len(found) > 1 else ""
                yield signed(Requirement(SECRETS, UNMET, f"what looks like a secret is in {place}{more}"))
            elif not self.case.scanned:
                yield signed(Requirement(SECRETS, WAITING, "the scan for secrets is not complete yet"))
            else:
                yield signed(Requirement(SECRETS, MET, "the scan found no secret"))

    def _size(self) -> Iterable[Requirement]:
        size = self.case.revision.size
        for what, count in (("files", size.files), ("lines", size.added + size.removed)):
            name = f"{SIZE}: {what}"

            def smallness(demand: Demand, what: str = what) -> float | None:
                limit = demand.max_files if what == "files" else demand.max_lines
                return None if limit is None else -limit

            most, signed = self._strictest(name, smallness)
            if most is not None:
                state = MET if count <= -most else UNMET
                yield signed(Requirement(name, state, f"{count} {what} differ; at most {-most:.0f} are allowed"))

    def _freezes(self) -> Iterable[Requirement]:
        for each in self.asking:
            window = each.demand.frozen
            until = held_until(window, self.case.now) if window is not None else None
            if window is None or until is None:
                continue
            name = f"{FREEZE}{each.rule.name}"
            _, signed = self._strictest(name, _equal(window))
            yield signed(Requirement(name, UNMET, f"{show(each.rule.name, limit=60)}: frozen {said(window, until)}"))

    def _approvals(self) -> Requirement:
        people = {vote.reviewer.raw for vote in self.case.votes if not vote.unattended}
        count, signed = self._strictest(DECISION, lambda d: d.approvals or None)
        wanted = int(count or 1)
        have = len(people)
        if wanted == 1 and not have and self._by_programs():
            have = 1
        state = MET if have >= wanted else WAITING
        return signed(Requirement(DECISION, state, f"{have} of {wanted} approvals"))

    def _by_programs(self) -> bool:
        """Whether every rule that asks for an approval is of a layer that names a program which approved."""
        if any(each.demand.people_only for each in self.asking):
            return False
        voted = {vote.reviewer.raw for vote in self.case.votes if vote.unattended}
        layers = {layer for p in self.policy.unattended if p.name in voted for layer in (*p.layers, "")}
        return all(_layer(each.rule) in layers for each in self.asking if each.demand.approvals)

    def _groups(self) -> Iterable[Requirement]:
        people = {vote.reviewer.raw for vote in self.case.votes if not vote.unattended}
        for group in dict.fromkeys(group for each in self.asking for group in each.demand.groups):
            name = f"{GROUP}{group}"
            _, signed = self._strictest(name, _holds(group))
            members = people_of(self.policy, [f"@{group}"])
            by = sorted(people & members)
            if by:
                why = f"{show(by[0], limit=40)} of {group} approved"
            elif not members:
                why = f"nobody is in the group {group}"
            else:
                some = ", ".join(show(name, limit=40) for name in sorted(members)[:4])
                why = f"somebody of {group} must approve: {some}{' ...' if len(members) > 4 else ''}"
            yield signed(Requirement(name, MET if by else WAITING, why))


def where(rule: Rule) -> str:
    """Where a rule stands, in words: its name, layer and file."""
    return ", ".join(filter(None, (rule.name and f'"{rule.name}"', _layer(rule), rule.source.file)))


def _layer(rule: Rule) -> str:
    return rule.source.layer.value if rule.source.layer is not None else ""


def _asked(holds: bool) -> float | None:
    return 1.0 if holds else None


def _needs_some_run(demand: Demand) -> float | None:
    return _asked(demand.require_run and not demand.configured_only)


def _equal(window: Window) -> Callable[[Demand], float | None]:
    return lambda demand: _asked(demand.frozen == window)


def _holds(group: str) -> Callable[[Demand], float | None]:
    return lambda demand: _asked(group in demand.groups)


def _cross_checks_open(case: Case) -> bool:
    mine = (run for run in case.runs if run.check is not None and run.revision_digest == case.revision.digest)
    return any(run.state in (RunState.QUEUED, RunState.RUNNING) for run in mine)


def _mergeable(revision: Revision) -> Requirement:
    if revision.result_tree is not None:
        return Requirement("merges", MET, "merges into the target without conflict")
    names = ", ".join(show(name, limit=60) for name in revision.conflicts[:3])
    more = f" and {len(revision.conflicts) - 3} more" if len(revision.conflicts) > 3 else ""
    return Requirement("merges", UNMET, f"conflicts with the target in {names or 'the tree'}{more}")


def _run_state(name: str, run: Run | None) -> tuple[RequirementState, str]:
    if run is None or run.state in (RunState.QUEUED, RunState.RUNNING):
        return WAITING, f"{name} has not finished yet"
    if run.state is RunState.NOT_RUN:
        return UNMET, f"{name} was NOT RUN: {show(run.reason, limit=120)}"
    if run.conclusion is Conclusion.SUCCESS:
        return MET, f"{name} ran and exited 0"
    if run.conclusion is Conclusion.FAILURE:
        return UNMET, f"{name} failed with exit status {run.exit_status}"
    return UNMET, f"{name} ended as {(run.conclusion or run.state).value}"
