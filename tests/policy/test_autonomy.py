"""What may pass without a person: one narrow way in, and everything that a clever agent would try beside it."""

from dataclasses import replace

import pytest

from reviewer.model.change import Size
from reviewer.model.detail import Revision
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.policy import Autonomous, Demand, Facts, Layer, PolicyFile, Rule, Source
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.policy.autonomy import Before, may_pass
from reviewer.policy.judge import Case
from reviewer.policy.merge import merged
from reviewer.text import Untrusted

TEAM, ORGANISATION = Source(Layer.TEAM, "reviewer.toml"), Source(Layer.ORGANISATION, "org.toml")
DOCS = Autonomous("docs", TEAM, ("docs-bot",), ("docs/**", "*.md"))
REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(1, 9, 0)
)
GREEN = Run("r", "d" * 64, "tests", (), RunState.DONE, Conclusion.SUCCESS, 0)
FACTS = Facts(
    agent=Untrusted("docs-bot"), target=Untrusted("main"), paths=(Untrusted("docs/a.md"),), whole=True, plain=True,
    submitter="docs-bot",
)  # fmt: skip
GOOD = Case(REVISION, [GREEN], [], True, FACTS, ["tests"])
INFO = Finding("r", "secret", Severity.INFO, Untrusted("docs/a.md"), Side.NEW, 1, Untrusted("m"), "f")


def granted(*entries: Autonomous, rules: tuple[Rule, ...] = ()) -> PolicyFile:
    return PolicyFile(TEAM, rules=rules, autonomous=entries)


POLICY = merged([granted(DOCS)])


NOTHING = Before()


def why(case: Case, before: Before = NOTHING) -> str:
    answer = may_pass(POLICY, case, before)
    assert answer.rule is None, answer
    return answer.why


def touching(*paths: str) -> Case:
    return replace(GOOD, facts=replace(FACTS, paths=tuple(Untrusted(path) for path in paths)))


def test_the_one_way_in() -> None:
    assert may_pass(POLICY, GOOD, Before()).rule == DOCS
    assert may_pass(merged([]), GOOD, Before()).rule is None, "by default nothing passes"


def test_a_name_is_a_claim() -> None:
    assert "a name is a claim" in why(replace(GOOD, facts=replace(FACTS, submitter="")))
    assert "is for the tokens docs-bot" in why(replace(GOOD, facts=replace(FACTS, submitter="other")))
    assert "a name is a claim" in why(replace(GOOD, facts=None))


@pytest.mark.parametrize(
    "path",
    ["src/a.py", "docs/../src/a.py\n", "docs/CLAUDE.md", "AGENTS.md", "docs/.hidden/a.md", ".github/a.md",
     "docs/conf.py", "docs/CODEOWNERS", "reviewer.toml"],
)  # fmt: skip
def test_one_path_outside_or_one_that_decides_something_keeps_it_back(path: str) -> None:
    assert why(touching("docs/a.md", path))


def test_what_is_odd_large_or_not_known_keeps_it_back() -> None:
    for facts in (replace(FACTS, whole=False), replace(FACTS, plain=False), replace(FACTS, paths=())):
        assert why(replace(GOOD, facts=facts))
    assert "larger" in why(replace(GOOD, revision=replace(REVISION, size=Size(1, 200, 1))))
    assert "larger" in why(replace(GOOD, revision=replace(REVISION, size=Size(21, 1, 1))))


def test_any_finding_and_any_run_that_is_not_green_keeps_it_back() -> None:
    assert "info, secret" in why(replace(GOOD, findings=[INFO]))
    assert "scan" in why(replace(GOOD, scanned=False))
    assert "runs" in why(replace(GOOD, runs=[]))
    assert "runs" in why(replace(GOOD, runs_named=[])), "no run at all is no green run"
    assert "runs" in why(replace(GOOD, runs=[replace(GREEN, revision_digest="0" * 64)]))
    assert "runs" in why(replace(GOOD, runs=[GREEN, replace(GREEN, conclusion=Conclusion.FAILURE)]))


def test_once_a_person_spoke_or_rejected_people_decide_and_a_flood_stops() -> None:
    assert "a person has spoken" in why(GOOD, Before(spoken=True))
    assert "rejected" in why(GOOD, Before(rejected=True))
    assert "24 hours" in why(GOOD, Before(today=10))


def test_a_file_waives_only_the_people_that_it_asks_for_itself() -> None:
    two = (Rule("", TEAM, demand=Demand(approvals=2)),)
    assert may_pass(merged([granted(DOCS, rules=two)]), GOOD, Before()).rule == DOCS
    for demand in (Demand(approvals=1), Demand(groups=("security",)), Demand(people_only=True)):
        above = PolicyFile(ORGANISATION, rules=(Rule("", ORGANISATION, demand=demand),))
        assert may_pass(merged([above, granted(DOCS)]), GOOD, Before()).rule is None, demand
    person = PolicyFile(Source(Layer.PERSON, "mine.toml"), approvals=1)
    assert may_pass(merged([granted(DOCS), person]), GOOD, Before()).rule is None


def test_every_layer_that_speaks_of_it_must_grant_it_and_a_person_alone_grants_nothing() -> None:
    src = replace(DOCS, source=ORGANISATION, paths=("src/**",))
    assert may_pass(merged([PolicyFile(ORGANISATION, autonomous=(src,)), granted(DOCS)]), GOOD, Before()).rule is None
    mine = replace(DOCS, source=Source(Layer.PERSON, "mine.toml"))
    assert may_pass(merged([PolicyFile(mine.source, autonomous=(mine,))]), GOOD, Before()).rule is None
