"""What people say of findings weighs: a rule that is often not useful steps back, a lock stays, an expiry is one."""

import pytest

from reviewer.model.feedback import Feedback, FeedbackKind, Look
from reviewer.model.finding import Finding, Severity, Side
from reviewer.risk.feedback import LOOKS, LOOKS_IN_FOLDER, accepted, tallies, weighed
from reviewer.text import Untrusted

NOW = 1000.0


def said(n: int, rule: str = "r", folder: str = "a", kind: FeedbackKind = FeedbackKind.NOT_USEFUL, **more: float) -> Feedback:
    return Feedback(
        f"id{n}", kind, "repo", rule, "c", Untrusted(f"{folder}/f.py"), f"{rule}{folder}{n}", Untrusted(""),
        Untrusted("ann"), 1.0, **more,
    )  # fmt: skip


def looks(count: int, rule: str = "r", folder: str = "a") -> list[Look]:
    return [Look("repo", rule, Untrusted(f"{folder}/f.py"), f"{rule}{folder}{n}", 1.0) for n in range(count)]


def finding(severity: Severity = Severity.MEDIUM, rule: str = "r", file: str = "a/f.py") -> Finding:
    return Finding(rule, "c", severity, Untrusted(file), Side.NEW, 1, Untrusted("said"), "fp")


def level(entries: list[Feedback], seen: list[Look], one: Finding) -> Severity:
    return weighed([one], tallies(entries, seen, NOW))[0].severity


@pytest.mark.parametrize(
    ("bad", "seen", "back"),
    [(2, LOOKS, True), (1, LOOKS, False), (2, 20, False), (3, 20, True), (2, 3, False), (0, 50, False)],
)
def test_a_rule_steps_back_once_more_than_one_look_in_ten_was_of_no_use(bad: int, seen: int, back: bool) -> None:
    entries = [said(n) for n in range(bad)]
    assert (level(entries, looks(seen), finding(file="b/g.py")) is Severity.INFO) is back


def test_a_folder_is_judged_by_fewer_looks_and_only_there() -> None:
    entries, seen = [said(0, folder="gen"), said(1, folder="gen")], looks(LOOKS_IN_FOLDER, folder="gen")
    assert level(entries, seen, finding(file="gen/x.py")) is Severity.INFO
    assert level(entries, seen, finding(file="src/x.py")) is Severity.MEDIUM
    assert level(entries, seen, finding(rule="other", file="gen/x.py")) is Severity.MEDIUM


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_what_locks_a_verdict_keeps_its_level_and_says_how_its_rule_fares(severity: Severity) -> None:
    told = tallies([said(n) for n in range(8)], looks(LOOKS), NOW)
    (weighed_one,) = weighed([finding(severity)], told)
    assert weighed_one.severity is severity and "not useful in 8 of 10 looks" in weighed_one.message.raw


def test_what_was_taken_back_counts_no_more() -> None:
    entries = [said(0, revoked_at=5.0), said(1), said(2, revoked_at=5.0)]
    assert level(entries, looks(LOOKS), finding()) is Severity.MEDIUM


def test_an_acceptance_stands_until_its_day_and_the_longest_one_is_told() -> None:
    short, long = (said(0, kind=FeedbackKind.ACCEPTED, until=NOW + n) for n in (1, 9))
    assert accepted([short, long], NOW) == {"ra0": long}
    assert accepted([short, long], NOW + 5) == {"ra0": long}
    assert accepted([short, long], NOW + 9) == {}
    assert accepted([said(0, kind=FeedbackKind.ACCEPTED, until=NOW + 1, revoked_at=1.0)], NOW) == {}
    assert accepted([said(0)], NOW) == {}
