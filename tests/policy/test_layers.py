"""A lower layer can only tighten: the person's file tries every key, and chance tries combinations of all of them."""

from collections.abc import Iterable
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.model.change import Size
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import (
    Autonomous,
    Demand,
    Facts,
    Group,
    Layer,
    Policy,
    PolicyFile,
    Rule,
    Selector,
    Source,
    UnattendedPrincipal,
    Window,
)
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.autonomy import Before, may_pass
from reviewer.policy.judge import Case, judge
from reviewer.policy.merge import MOVED, merged
from reviewer.settings import LANDING_KEYS, POLICY_KEYS, TABLES, read_layer
from reviewer.text import Untrusted

ORGANISATION = """
[landing]
target_moved = "review"
[policy]
approvals = 2
require_run = true
acknowledge_high = true
groups = ["security"]
runs = ["tests"]
acknowledge = "medium"
acknowledge_reason = true
no_secrets = true
max_files = 5
max_lines = 50
people_only = true
unattended = []
override = ["ann"]
[[policy.require]]
name = "databases"
paths = ["db/**"]
approvals = 3
[[policy.freeze]]
name = "year's end"
from = 2026-12-20
until = 2027-01-04
[[policy.group]]
name = "security"
members = ["ann"]
"""
PERSON = {
    "approvals": "approvals = 1",
    "require_run": "require_run = false",
    "acknowledge_high": "acknowledge_high = false",
    "groups": "groups = []",
    "runs": "runs = []",
    "acknowledge": 'acknowledge = "critical"',
    "acknowledge_reason": "acknowledge_reason = false",
    "no_secrets": "no_secrets = false",
    "max_files": "max_files = 1000",
    "max_lines": "max_lines = 1000",
    "people_only": "people_only = false",
    "unattended": 'unattended = [{name = "mine", key = "ssh-ed25519 AAAA"}]',
    "override": 'override = ["me"]',
    "require": '[[policy.require]]\nname = "databases"\npaths = ["db/**"]\napprovals = 1\noverride = ["me"]',
    "freeze": '[[policy.freeze]]\nname = "year\'s end"\nfrom = 2001-01-01\nuntil = 2001-01-02\noverride = ["me"]',
    "group": '[[policy.group]]\nname = "security"\nmembers = ["me"]',
    "autonomous": '[[policy.autonomous]]\nname = "all"\ntokens = ["bot"]\npaths = ["**"]\nrequire_run = false',
    "example": '[[policy.example]]\nname = "all is well"\nexpect = []',
    "target_moved": '[landing]\ntarget_moved = "clean"',
}
SHUT = 1_798_000_000.0
"""Within the organisation's freeze."""
OPEN = 1_700_000_000.0


def layer(text: str, which: Layer) -> PolicyFile:
    return read_layer(text.encode(), Source(which, f"{which.value}.toml"))


def vote(who: str, *, unattended: bool = False, overrides: tuple[str, ...] = ()) -> Decision:
    return Decision(
        who, "c", "d" * 64, Verdict.APPROVE, Untrusted(""), Untrusted(who), 0.0, unattended=unattended,
        overrides=overrides,
    )  # fmt: skip


REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(9, 99, 0)
)
GREEN = Run("r", "d" * 64, "tests", (), RunState.DONE, Conclusion.SUCCESS, 0)
FINDINGS = [
    Finding("r", category, severity, Untrusted("a"), Side.NEW, 1, Untrusted("m"), category)
    for category, severity in (("secret", Severity.HIGH), ("symlink", Severity.MEDIUM))
]
FACTS = Facts(
    agent=Untrusted("bot"), target=Untrusted("main"), paths=(Untrusted("db/1.sql"),), whole=True, plain=True,
    submitter="bot",
)  # fmt: skip


def outcomes(policy: Policy) -> Iterable[tuple[str, bool]]:
    """Whether the policy lets each of many changes, votes and wishes through; True is the weaker answer."""
    small = replace(REVISION, size=Size(1, 5, 5))
    for revision in (REVISION, small):
        for runs in ((), (GREEN,)):
            for findings in ((), FINDINGS[:1], FINDINGS[1:]):
                for now in (SHUT, OPEN):
                    case = Case(revision, runs, findings, True, FACTS, ("tests",), (), now)
                    name = f"{revision.size.files} {len(runs)} {[f.category for f in findings]} {now}"
                    for wish in ((), ("size: files", "size: lines", "findings", "freeze: year's end", "no secrets")):
                        for who in ("me", "ann"):
                            decision = vote(who, overrides=wish)
                            yield f"approvable {name} {who} {wish}", judge(policy, case, decision).approvable
                    yield f"alone {name}", may_pass(policy, case, Before()).rule is not None
    for votes in ([], ["me"], ["me", "ann"], ["me", "ann", "bob"]):
        for program in (False, True):
            cast = [vote(who) for who in votes] + ([vote("mine", unattended=True)] if program else [])
            case = Case(REVISION, scanned=True, facts=FACTS, votes=cast, now=OPEN)
            yield f"approved by {votes} {program}", judge(policy, case).approved


def weaker(policy: Policy, than: Policy) -> list[str]:
    """In what a policy lets through what another holds."""
    return [
        name
        for (name, one), (_, other) in zip(outcomes(policy), outcomes(than), strict=True)
        if one and not other
    ] + (["target_moved"] if MOVED.index(policy.target_moved) < MOVED.index(than.target_moved) else [])


def test_every_key_is_tried() -> None:
    assert set(PERSON) == {*POLICY_KEYS, *TABLES, *LANDING_KEYS}


@pytest.mark.parametrize("key", sorted(PERSON))
@pytest.mark.parametrize("above", ["", ORGANISATION])
def test_the_persons_file_loosens_nothing(key: str, above: str) -> None:
    text = PERSON[key] if PERSON[key].startswith("[") else f"[policy]\n{PERSON[key]}"
    files = [layer(above, Layer.ORGANISATION)] if above else []
    assert not weaker(merged([*files, layer(text, Layer.PERSON)]), merged(files))


def test_the_same_text_by_the_team_itself_would_loosen() -> None:
    """Else the test above could not fail."""
    for key in ("approvals", "require_run", "acknowledge_high", "autonomous", "unattended"):
        text = PERSON[key] if PERSON[key].startswith("[") else f"[policy]\n{PERSON[key]}"
        loose = weaker(merged([layer(text, Layer.TEAM)]), merged([]))
        assert loose or key == "approvals", key


names = st.sampled_from(["me", "ann", "bob", "@security"])
windows = st.sampled_from([Window(until=SHUT + 9), Window(start=SHUT - 9, until=SHUT + 9), Window(days=(5, 6))])
demands = st.builds(
    Demand,
    approvals=st.integers(0, 3),
    groups=st.sets(st.sampled_from(["security", "dba"])).map(tuple),
    require_run=st.booleans(),
    configured_only=st.booleans(),
    runs=st.sets(st.sampled_from(["tests", "lint"])).map(tuple),
    acknowledge=st.sampled_from([None, *Severity]),
    acknowledge_reason=st.booleans(),
    no_secrets=st.booleans(),
    max_files=st.sampled_from([None, 0, 5]),
    max_lines=st.sampled_from([None, 0, 50]),
    people_only=st.booleans(),
    frozen=st.none() | windows,
)
selectors = st.builds(
    Selector,
    paths=st.sampled_from([(), ("db/**",), ("x/**",)]),
    level=st.sampled_from([None, Severity.HIGH]),
    agents=st.sampled_from([(), ("bot",), ("other",)]),
)


def files(which: Layer, *, speaking: bool) -> st.SearchStrategy[PolicyFile]:
    source = Source(which, f"{which.value}.toml")
    silent = st.none() if not speaking else st.nothing()
    return st.builds(
        PolicyFile,
        source=st.just(source),
        approvals=silent | st.integers(1, 3),
        require_run=silent | st.booleans(),
        acknowledge_high=silent | st.booleans(),
        target_moved=silent | st.sampled_from(MOVED),
        unattended=silent | st.sampled_from([(), (UnattendedPrincipal("mine", "k"),)]),
        override=st.sets(names).map(tuple),
        rules=st.lists(
            st.builds(
                Rule, st.sampled_from(["one", "year's end"]), st.just(source), selectors, demands,
                st.sets(names).map(tuple),
            ),
            max_size=3,
        ).map(tuple),
        groups=st.lists(
            st.builds(Group, st.just("security"), st.sets(st.sampled_from(["me", "ann", "bob"])).map(tuple)), max_size=1
        ).map(tuple),
        autonomous=st.lists(
            st.builds(
                Autonomous, st.just("alone"), st.just(source), st.just(("bot",)),
                st.sampled_from([("db/**",), ("**",), ("x/**",)]), level=st.sampled_from([None, Severity.MEDIUM]),
                require_run=st.booleans(),
            ),
            max_size=2,
        ).map(tuple),
        off=st.sampled_from([(), ("r",)]) if which is Layer.TEAM else st.just(()),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([Layer.REGULATOR, Layer.TEAM]).flatmap(lambda one: files(one, speaking=False)), max_size=2
    ),
    files(Layer.PERSON, speaking=False),
)
def test_no_file_of_a_person_ever_loosens(above: list[PolicyFile], person: PolicyFile) -> None:
    assert not weaker(merged([*above, person]), merged(above))


@settings(max_examples=60, deadline=None)
@given(files(Layer.ORGANISATION, speaking=True), files(Layer.TEAM, speaking=False))
def test_no_lower_file_loosens_what_a_higher_one_says(above: PolicyFile, below: PolicyFile) -> None:
    assert not weaker(merged([above, below]), merged([above]))


def test_a_group_that_a_higher_file_leaves_empty_is_not_filled_below() -> None:
    above = layer('[policy]\ngroups = ["security"]\noverride = ["@leads"]\n', Layer.ORGANISATION)
    below = layer('[[policy.group]]\nname = "security"\nmembers = ["me"]\n[[policy.group]]\nname = "leads"\n'
                  'members = ["me"]\n', Layer.TEAM)  # fmt: skip
    assert {group.name: group.members for group in merged([below, above]).groups} == {"security": (), "leads": ()}


def test_chance_fills_every_field() -> None:
    """A key that is added is to be tried as well."""
    assert {field.name for field in fields(Demand)} == {
        "approvals", "groups", "require_run", "configured_only", "runs", "acknowledge", "acknowledge_reason",
        "no_secrets", "max_files", "max_lines", "people_only", "frozen",
    }  # fmt: skip


def test_files_come_in_any_order_and_each_requirement_names_its_own() -> None:
    team = layer("[policy]\napprovals = 1\n", Layer.TEAM)
    above = layer(ORGANISATION, Layer.ORGANISATION)
    assert merged([team, above]) == merged([above, team])
    found = judge(merged([team, above]), Case(REVISION, scanned=True, facts=FACTS, now=OPEN)).requirements
    asked = {r.name: (r.layer, r.source, r.rule) for r in found if r.layer}
    assert asked["decision"] == ("organisation", "organisation.toml", "databases")
    assert asked["group: security"] == ("organisation", "organisation.toml", "")
