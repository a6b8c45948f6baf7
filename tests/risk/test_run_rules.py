"""What a change's runs did against what the base's did, what they reported and what the agent claimed of them."""

from dataclasses import replace

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.model.finding import Finding, Severity
from reviewer.model.observed import Claimed, CrossCheck, Observed, Reached, RunFacts, RunPair
from reviewer.model.report import Case, Coverage, Result, TestReport
from reviewer.model.reported import TestCounts
from reviewer.model.run import Conclusion
from reviewer.risk.runs import judge_runs
from reviewer.text import Untrusted

PATCH = parse_patch(
    b"diff --git a/app/pay.py b/app/pay.py\nindex 1..2 100644\n--- a/app/pay.py\n+++ b/app/pay.py\n@@ -1,0 +1,24 @@\n"
    + b"".join(b"+line %d\n" % n for n in range(24))
)


def run(
    *reached: str, programs: tuple[str, ...] = ("python3",), wrote: tuple[str, ...] = (), watched: bool = True,
    conclusion: Conclusion = Conclusion.SUCCESS, tests: TestReport | None = None, lines: Coverage | None = None,
) -> Observed:  # fmt: skip
    return Observed(
        "tests", (Untrusted("pytest"),), conclusion, watched=watched,
        reached=tuple(Reached("connect tcp", Untrusted(target), Untrusted("python3")) for target in reached),
        programs=tuple((Untrusted(name), 1) for name in programs),
        written=tuple(Untrusted(path) for path in wrote), tests=tests, coverage=lines,
    )  # fmt: skip


def judged(head: Observed, base: Observed | None = None, **more: object) -> list[Finding]:
    return judge_runs(PATCH, RunFacts((RunPair(head, base),), **more))  # type: ignore[arg-type]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.category, finding.severity.value) for finding in findings]


def report(**results: str) -> TestReport:
    return TestReport(tuple(Case(Untrusted("suite"), Untrusted(n), Result(r)) for n, r in results.items()))


def test_a_target_that_the_base_does_not_reach_for_is_high_and_named() -> None:
    found = judged(run("telemetry.example.net:443", "db.example.net:5432"), run("db.example.net:5433"))
    assert told(found) == [("network-egress", "high")]
    assert "telemetry.example.net:443 (python3)" in found[0].message.raw and "db.example" not in found[0].message.raw
    assert found[0].run == "tests" and found[0].line is None


@pytest.mark.parametrize("target", ["127.0.0.1:5432", "[::1]:80", "localhost:80", "/run/docker.sock", "x.localhost:1"])
def test_the_machine_itself_is_no_target(target: str) -> None:
    assert judged(run(target), run()) == []


def test_without_a_base_to_compare_reaching_out_is_a_medium_and_says_so() -> None:
    found = judged(run("telemetry.example.net:443"))
    assert told(found) == [("network-egress", "medium")] and "not run to compare" in found[0].message.raw
    assert judged(run("telemetry.example.net:443"), run(watched=False))[0].severity is Severity.MEDIUM


def test_what_was_not_watched_is_not_judged() -> None:
    assert judged(run("telemetry.example.net:443", programs=("curl",), watched=False), run()) == []


def test_asking_for_the_machines_credentials_is_critical() -> None:
    assert told(judged(run("169.254.169.254:80"), run())) == [("network-egress", "critical")]


def test_programs_that_are_new_are_named_and_weigh_by_what_they_can_do() -> None:
    found = judged(run(programs=("python3", "curl", "sort")), run())
    assert told(found) == [("new-command", "medium"), ("new-command", "low")]
    assert "curl" in found[0].message.raw and "sort" in found[1].message.raw
    assert judged(run(programs=("python3", "curl"))) == []


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        (".git/hooks/pre-commit", "high"),
        ("CLAUDE.md", "high"),
        ("../elsewhere", "high"),
        ("app/pay.py", "medium"),
        ("tests/test_pay.py", "medium"),
        ("app/left.py", "low"),
        (".pytest_cache/v/cache/lastfailed", None),
        ("app/__pycache__/pay.cpython-312.pyc", None),
        ("build/lib/pay.py", None),
        (".coverage", None),
    ],
)
def test_files_written_outside_the_expected_places(path: str, severity: str | None) -> None:
    assert told(judged(run(wrote=(path,)))) == ([("stray-write", severity)] if severity else [])
    assert judged(run(wrote=(path,)), run(wrote=(path,))) == []


def test_a_claim_of_green_over_a_failing_run_is_high_and_cites_both() -> None:
    claim = Claimed(Untrusted("all 48 tests pass"), conclusion=Conclusion.SUCCESS, passed=48)
    found = judged(run(conclusion=Conclusion.FAILURE), claims=(claim,))
    assert told(found) == [("claim-contradicted", "high")]
    assert "all 48 tests pass" in found[0].message.raw and "failure" in found[0].message.raw
    assert judged(run(), claims=(claim,)) == []


def test_a_claim_of_more_tests_than_ran_is_medium_and_of_fewer_is_none() -> None:
    tests = report(a="passed", b="skipped")
    assert told(judged(run(tests=tests), claims=(Claimed(Untrusted("2 passed"), passed=2),))) == [
        ("claim-contradicted", "medium")
    ]
    assert judged(run(tests=tests), claims=(Claimed(Untrusted("1 passed"), passed=1),)) == []


def test_a_claim_about_another_run_says_nothing_of_this_one() -> None:
    claim = Claimed(Untrusted("lint is green"), run="lint", conclusion=Conclusion.SUCCESS)
    assert judged(run(conclusion=Conclusion.FAILURE), claims=(claim,)) == []


def test_tests_that_ran_on_the_base_and_are_skipped_or_gone_now() -> None:
    base = run(tests=report(a="passed", b="passed", c="skipped", d="passed"))
    found = judged(run(tests=report(a="skipped", b="passed", c="skipped")), base)
    assert told(found) == [("test-removed", "medium"), ("test-weakened", "medium")]
    assert "suite d" in found[0].message.raw and "suite a" in found[1].message.raw


def test_a_renamed_test_is_not_gone() -> None:
    assert judged(run(tests=report(b="passed")), run(tests=report(a="passed"))) == []


def test_changed_lines_that_never_ran_are_told_in_their_file() -> None:
    able = frozenset(range(1, 25))
    found = judged(run(lines=Coverage({"app/pay.py": (able, frozenset({1, 2, 3}))})))
    assert told(found) == [("not-covered", "medium")]
    assert (found[0].file.raw, found[0].line, found[0].count) == ("app/pay.py", 4, 21)
    most = judged(run(lines=Coverage({"app/pay.py": (able, able - {7})})))
    assert told(most) == [("not-covered", "info")]


def test_the_bases_tests_that_fail_on_a_change_whose_own_pass() -> None:
    failing = run(conclusion=Conclusion.FAILURE, tests=report(a="failed"))
    found = judged(run(), checks=((CrossCheck.BASE_TESTS, failing),))
    assert told(found) == [("test-weakened", "high")] and "suite a" in found[0].message.raw
    assert judged(run(conclusion=Conclusion.FAILURE), checks=((CrossCheck.BASE_TESTS, failing),)) == []
    assert told(judged(run(), checks=((CrossCheck.NEW_TESTS, run()),))) == [("test-weakened", "medium")]


def test_a_fingerprint_stays_when_the_run_is_made_again_and_text_from_a_run_is_bounded() -> None:
    names = tuple(f"h{n}.example.net:443" for n in range(2000))
    once, again = (judged(run(*order), run()) for order in (names, names[::-1]))
    assert [f.fingerprint for f in once] == [f.fingerprint for f in again]
    assert len(once[0].message.raw) < 1000 and "1995 more" in once[0].message.raw


def counted(*counts: int, conclusion: Conclusion = Conclusion.SUCCESS, missing: tuple[str, ...] = ()) -> Observed:
    """A run that printed so many tests passed, failed, errored, skipped; none where no number is given."""
    told = TestCounts(*counts) if counts else None
    return replace(run(conclusion=conclusion), counts=told, missing=tuple(Untrusted(path) for path in missing))


def test_a_run_that_exits_0_over_its_own_failures_is_high_unless_the_base_does_so() -> None:
    found = judged(counted(196, 2), counted(198))
    assert told(found) == [("test-gaming", "high"), ("test-removed", "medium")]
    assert found[0].message.raw == "it exits 0, and its own report says that 2 tests failed"
    assert told(judged(counted(196, 2))) == [("test-gaming", "medium")]
    assert judged(counted(196, 2), counted(196, 2)) == []
    assert judged(counted(196, 2, conclusion=Conclusion.FAILURE), counted(198)) == []


def test_a_run_that_passes_and_no_longer_tells_of_tests_is_high() -> None:
    for head in (counted(), counted(0)):
        found = judged(head, counted(198, 0, 0, 16))
        assert told(found) == [("test-gaming", "high")]
        assert "198 passed, 16 skipped" in found[0].message.raw
    assert judged(counted(), counted()) == [] and judged(counted()) == []


def test_fewer_tests_without_names_and_a_report_that_is_not_left_are_told() -> None:
    assert told(judged(counted(3), counted(198))) == [("test-removed", "medium")]
    assert judged(counted(198), counted(3)) == []
    found = judged(counted(3, missing=("out/*.xml",)), counted(3))
    assert told(found) == [("test-gaming", "medium")] and "out/*.xml" in found[0].message.raw
    assert judged(counted(3, missing=("out/*.xml",)), counted(3, missing=("out/*.xml",))) == []


def test_the_agents_word_is_held_against_the_counts_that_the_run_told() -> None:
    claim = Claimed(Untrusted("214 tests passed"), passed=214, skipped=0)
    (found,) = judged(counted(198, 0, 0, 16), claims=(claim,))
    assert found.message.raw == "the agent says “214 tests passed”; observed: 198 passed, 16 skipped"
