"""Approval is allowed only where every requirement holds; the other verdicts always."""

from dataclasses import replace

from reviewer.model.change import Size
from reviewer.model.decision import Decision, Reason, Verdict
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import (
    Demand,
    Facts,
    Group,
    Judgement,
    Layer,
    Policy,
    Rule,
    Selector,
    Source,
    UnattendedPrincipal,
    Window,
)
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.judge import Case, judge
from reviewer.text import Untrusted

REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(1, 1, 0)
)
PASSED = Run("r", "d" * 64, "tests", (), RunState.DONE, Conclusion.SUCCESS, 0)
HIGH = Finding("r", "symlink", Severity.HIGH, Untrusted("a"), Side.NEW, None, Untrusted("m"), "f1")


SCANNED = Case(REVISION, scanned=True)


def state(judgement: Judgement, name: str) -> RequirementState:
    return named(judgement, name).state


def named(judgement: Judgement, name: str) -> Requirement:
    return next(r for r in judgement.requirements if r.name == name)


def vote(who: str, **more: object) -> Decision:
    made = Decision("i", "c", "d" * 64, Verdict.APPROVE, Untrusted(""), Untrusted(who), 0.0)
    return replace(made, **more)  # type: ignore[arg-type]


EVERY = Selector()


def rule(
    layer: Layer = Layer.TEAM, when: Selector = EVERY, override: tuple[str, ...] = (), **asks: object
) -> Rule:
    demand = Demand(**asks)  # type: ignore[arg-type]
    return Rule(f"{layer.value}'s", Source(layer, f"{layer.value}.toml"), when, demand, override)


def test_nothing_configured_and_nothing_found_is_approvable() -> None:
    assert judge(Policy(), SCANNED).approvable


def test_each_thing_that_is_missing_locks_approval_and_nothing_else() -> None:
    conflict = replace(REVISION, result_tree=None, conflicts=(Untrusted("x\x1b"),))
    other = replace(PASSED, revision_digest="0" * 64)
    failed = replace(PASSED, conclusion=Conclusion.FAILURE, exit_status=1)
    not_run = replace(PASSED, state=RunState.NOT_RUN, conclusion=None, reason="no sandbox")
    locked = [
        judge(Policy(), replace(SCANNED, revision=conflict)),
        judge(Policy(), Case(REVISION)),
        judge(Policy(), replace(SCANNED, findings=[HIGH])),
        *(
            judge(Policy(), replace(SCANNED, runs=runs, runs_named=["tests"]))
            for runs in ([], [other], [failed], [not_run], [PASSED, failed])
        ),
    ]
    for judgement in locked:
        assert judgement.allowed == (Verdict.REJECT, Verdict.REQUEST_CHANGES)
        assert not any("\x1b" in r.why for r in judgement.requirements)


def test_what_was_missing_and_came_unlocks() -> None:
    assert judge(Policy(), replace(SCANNED, runs=[PASSED], runs_named=["tests"])).approvable
    assert judge(Policy(), replace(SCANNED, findings=[HIGH]), vote("ann", acknowledged=("f1",))).approvable
    loose = judge(Policy(require_run=False), replace(SCANNED, runs_named=["tests"]))
    assert loose.approvable
    assert state(loose, "run: tests") is RequirementState.NOT_APPLICABLE


def test_the_strictest_rule_counts_and_is_named_with_its_layer_file_and_reason() -> None:
    two = rule(Layer.ORGANISATION, Selector(paths=("db/**",)), approvals=2)
    three = rule(Layer.TEAM, Selector(paths=("*.sql",)), approvals=3)
    facts = Facts(paths=(Untrusted("db/1.sql"),), whole=True)
    found = named(judge(Policy(rules=(two, three)), replace(SCANNED, facts=facts, votes=[vote("ann")])), "decision")
    assert (found.why, found.layer, found.source, found.rule) == ("1 of 3 approvals", "team", "team.toml", "team's")
    assert found.because == "db/1.sql is in *.sql"
    elsewhere = Facts(paths=(Untrusted("src/a.py"),), whole=True)
    assert named(judge(Policy(rules=(two, three)), replace(SCANNED, facts=elsewhere)), "decision").layer == ""


def test_rules_select_by_path_kind_level_environment_agent_and_target() -> None:
    facts = Facts("code", Untrusted("codex"), Untrusted("release/2"), "production", (Untrusted("a/b.py"),), True)
    case = replace(SCANNED, facts=facts, findings=[HIGH])
    for fits, other in (
        (Selector(paths=("a/",)), Selector(paths=("b/",))),
        (Selector(kinds=("code",)), Selector(kinds=("deploy",))),
        (Selector(level=Severity.MEDIUM), Selector(level=Severity.CRITICAL)),
        (Selector(environments=("prod*",)), Selector(environments=("staging",))),
        (Selector(agents=("codex", "claude")), Selector(agents=("claude",))),
        (Selector(targets=("release/*",)), Selector(targets=("main",))),
    ):
        assert named(judge(Policy(rules=(rule(when=fits, approvals=2),)), case), "decision").why == "0 of 2 approvals"
        assert named(judge(Policy(rules=(rule(when=other, approvals=2),)), case), "decision").why == "0 of 1 approvals"


def test_a_rule_is_about_what_is_not_known_whole() -> None:
    policy = Policy(rules=(rule(when=Selector(paths=("db/**",)), approvals=2),))
    for facts in (None, Facts(paths=(Untrusted("a"),), whole=False)):
        assert named(judge(policy, replace(SCANNED, facts=facts)), "decision").why == "0 of 2 approvals"


def test_each_kind_of_demand_locks_until_it_is_met() -> None:
    secret = replace(HIGH, category="secret", severity=Severity.LOW)
    size = replace(REVISION, size=Size(3, 60, 50))
    frozen = Window("UTC", 100.0, 200.0)
    for asks, bad, good, name in (
        ({"require_run": True}, SCANNED, replace(SCANNED, runs=[PASSED], runs_named=["tests"]), "run"),
        ({"runs": ("tests",)}, SCANNED, replace(SCANNED, runs=[PASSED], runs_named=["tests"]), "run: tests"),
        ({"no_secrets": True}, replace(SCANNED, findings=[secret]), SCANNED, "no secrets"),
        ({"max_files": 2}, replace(SCANNED, revision=size), SCANNED, "size: files"),
        ({"max_lines": 100}, replace(SCANNED, revision=size), SCANNED, "size: lines"),
        ({"frozen": frozen}, replace(SCANNED, now=150.0), replace(SCANNED, now=200.0), "freeze: team's"),
        ({"acknowledge": Severity.LOW}, replace(SCANNED, findings=[secret]), SCANNED, "findings"),
    ):
        policy = Policy(rules=(rule(**asks),))
        locked = judge(policy, bad)
        assert not locked.approvable and named(locked, name).layer == "team", asks
        assert judge(policy, good).approvable, asks


def test_a_finding_that_needs_a_reason_is_not_acknowledged_without_one() -> None:
    policy = Policy(rules=(rule(acknowledge_reason=True),))
    case = replace(SCANNED, findings=[HIGH])
    assert named(judge(policy, case), "findings").reasons
    assert not judge(policy, case, vote("ann", acknowledged=("f1",))).approvable
    empty = vote("ann", acknowledged=("f1",), reasons=(Reason("f1", Untrusted("  ")),))
    assert not judge(policy, case, empty).approvable
    said = vote("ann", acknowledged=("f1",), reasons=(Reason("f1", Untrusted("a test key")),))
    assert judge(policy, case, said).approvable


def test_only_who_may_overrides_each_rule_by_itself_and_is_named() -> None:
    team = rule(Layer.TEAM, override=("ann", "@leads"), max_lines=1)
    policy = Policy(rules=(team,), groups=(Group("leads", ("bob",)),))
    case = replace(SCANNED, revision=replace(REVISION, size=Size(1, 9, 9)))
    assert named(judge(policy, case), "size: lines").may_override == ("ann", "bob")
    for who, may in (("ann", True), ("bob", True), ("eve", False)):
        judgement = judge(policy, case, vote(who, overrides=("size: lines",)))
        assert judgement.approvable is may, who
    assert named(judge(policy, case, vote("bob", overrides=("size: lines",))), "size: lines").why.startswith(
        "overridden by bob: 18 lines"
    )
    assert not judge(policy, case, vote("ann", unattended=True, overrides=("size: lines",))).approvable
    # The organisation's own limit stands, whatever the team lets its people waive.
    both = Policy(rules=(team, rule(Layer.ORGANISATION, max_lines=10)))
    left = judge(both, case, vote("ann", overrides=("size: lines",)))
    assert not left.approvable and named(left, "size: lines").layer == "organisation"
    assert named(judge(both, case), "size: lines").may_override == ()


def test_groups_wait_for_one_of_their_people_and_never_for_a_program() -> None:
    policy = Policy(rules=(rule(groups=("dba",)),), groups=(Group("dba", ("ann",)),))
    assert judge(policy, SCANNED).approvable, "a group keeps nobody from approving"
    assert not judge(policy, replace(SCANNED, votes=[vote("bob")])).approved
    assert not judge(policy, replace(SCANNED, votes=[vote("bob"), vote("ann", unattended=True)])).approved
    assert judge(policy, replace(SCANNED, votes=[vote("ann")])).approved


def test_a_program_stands_for_one_approval_of_the_files_that_name_it_and_never_for_a_person() -> None:
    bot = (UnattendedPrincipal("bot", "k", ("team",)),)
    by_bot = replace(SCANNED, votes=[vote("bot", unattended=True)])
    assert judge(Policy(unattended=bot), by_bot).approved
    assert judge(Policy(unattended=bot, rules=(rule(approvals=1),)), by_bot).approved
    for rules in ((rule(approvals=2),), (rule(Layer.ORGANISATION, approvals=1),), (rule(people_only=True),)):
        policy = Policy(unattended=bot, rules=rules)
        assert not judge(policy, by_bot).approved
        with_ann = judge(policy, replace(by_bot, votes=[*by_bot.votes, vote("ann")]))
        assert with_ann.approved is (rules[0].demand.approvals < 2)
