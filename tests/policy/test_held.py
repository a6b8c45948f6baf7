"""A rule that a repository turned off stays on wherever another layer asks, and for what passes without a person."""

from dataclasses import replace

import pytest

from reviewer.model.change import Size
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import Facts, Layer, Policy, PolicyFile, Source
from reviewer.model.requirement import RequirementState
from reviewer.policy.autonomy import Before, may_pass
from reviewer.policy.held import rules_off, switched_off
from reviewer.policy.judge import Case, judge, silent
from reviewer.policy.merge import merged
from reviewer.settings import read_layer, read_repository
from reviewer.text import Untrusted

FACTS = Facts(paths=(Untrusted("docs/a.md"),), whole=True, plain=True, submitter="bot", target=Untrusted("main"))
FOUND = (
    Finding("token", "secret", Severity.MEDIUM, Untrusted("docs/a.md"), Side.NEW, 1, Untrusted("a token"), "f1"),
    Finding("pipe", "remote-exec", Severity.HIGH, Untrusted("docs/a.md"), Side.NEW, 2, Untrusted("a pipe"), "f2"),
)
OFF = (b'[scan]\noff = ["symlink", "lint/*"]\n', ("symlink",))
REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(1, 1, 0)
)


def team(text: str = "", off: tuple[str, ...] = ("token", "pipe")) -> PolicyFile:
    read = read_repository(text.encode(), "reviewer.toml").policy
    return replace(read, off=off)


def above(text: str, layer: Layer = Layer.ORGANISATION) -> PolicyFile:
    return read_layer(text.encode(), Source(layer, f"{layer.value}.toml"))


def gone(*files: PolicyFile, facts: Facts = FACTS) -> set[str]:
    return {finding.rule for finding in switched_off(merged(files), facts, FOUND)}


def test_a_team_turns_off_what_only_itself_and_the_built_in_policy_ask_about() -> None:
    assert gone(team()) == {"token", "pipe"}
    assert gone(team('[policy]\nno_secrets = true\nacknowledge = "info"\n')) == {"token", "pipe"}


@pytest.mark.parametrize("layer", [layer for layer in Layer if layer is not Layer.TEAM])
def test_what_another_layer_asks_about_stays_on(layer: Layer) -> None:
    assert gone(team(), above("[policy]\nacknowledge_high = true\n", layer)) == {"token"}
    assert gone(team(), above('[policy]\nacknowledge = "low"\n', layer)) == set()
    assert gone(team(), above("[policy]\nno_secrets = true\n", layer)) == {"pipe"}
    assert gone(team(), above("[policy]\napprovals = 2\n", layer)) == {"token", "pipe"}
    selecting = '[[policy.require]]\nname = "r"\nlevel = "high"\napprovals = 2\n'
    assert gone(team(), above(selecting, layer)) == {"token"}
    elsewhere = '[[policy.require]]\nname = "r"\npaths = ["src/**"]\nno_secrets = true\n'
    assert gone(team(), above(elsewhere, layer)) == {"token", "pipe"}
    assert gone(team(), above(elsewhere, layer), facts=replace(FACTS, whole=False)) == {"pipe"}


def case(**more: object) -> Case:
    return replace(Case(REVISION, (), FOUND, True, FACTS), **more)  # type: ignore[arg-type]


def state(policy: Policy, name: str) -> RequirementState:
    return next(r.state for r in judge(policy, case()).requirements if r.name == name)


def test_what_is_off_is_not_asked_about_and_selects_no_rule_of_the_team() -> None:
    text = '[policy]\nno_secrets = true\n[[policy.require]]\nname = "two"\nlevel = "high"\napprovals = 2\n'
    on, off = merged([team(text, off=())]), merged([team(text)])
    assert (state(on, "findings"), state(off, "findings")) == (RequirementState.UNMET, RequirementState.MET)
    assert (state(on, "no secrets"), state(off, "no secrets")) == (RequirementState.UNMET, RequirementState.MET)
    wanted = [next(r.why for r in judge(p, case()).requirements if r.name == "decision") for p in (on, off)]
    assert wanted == ["0 of 2 approvals", "0 of 1 approvals"]
    assert silent(on, case()) == ()
    (told,) = silent(off, case())
    assert (told.rule, told.why) == ("two", "it is about findings from high on, and there is none")


def test_what_passes_without_a_person_is_judged_with_every_rule_on() -> None:
    text = '[[policy.autonomous]]\nname = "docs"\ntokens = ["bot"]\npaths = ["**"]\nrequire_run = false\n'
    policy = merged([team(text)])
    assert may_pass(policy, case(findings=()), Before()).rule is not None
    assert "the scan found something: high" in may_pass(policy, case(), Before()).why


def test_what_became_of_each_rule_is_told() -> None:
    alone = rules_off(merged([team()]), FACTS, FOUND)
    assert [(r.name, r.why) for r in alone] == [
        ("rule: token", "off in reviewer.toml: 1 finding, medium, told in one line of level info"),
        ("rule: pipe", "off in reviewer.toml: 1 finding, high, told in one line of level info"),
    ]
    kept = rules_off(merged([team(), above("[policy]\nno_secrets = true\n")]), FACTS, FOUND)[0]
    assert "on all the same" in kept.why and "the organisation's organisation.toml asks about such findings" in kept.why
    assert rules_off(merged([team(off=("symlink",))]), FACTS, FOUND) == ()


def test_other_layers_turn_nothing_off() -> None:
    assert merged([replace(above("[policy]\n"), off=("pipe",))]).off == ()
