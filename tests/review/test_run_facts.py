"""What a record holds is listed bounded, in harmless text, and what is unknown is never shown as nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import change, detail, finding, run

from reviewer.model.report import Case, Result, TestReport
from reviewer.model.reported import FileCoverage, LogComplaint, LogStep, Reported, TestCounts
from reviewer.model.run import Beside, Conclusion, RunState
from reviewer.review.lines import Line, width_of
from reviewer.review.run_comparison import comparison_lines, history_entries, run_before
from reviewer.review.run_desk import Told
from reviewer.review.run_facts import LISTED, entries_of, group_entries, no_record, ruler, steps_of
from reviewer.review.run_summary import about_run, evidence_lines
from reviewer.review.run_tests import reported_entries, spans
from reviewer.sandbox.reading import Contained, End, Event, Exec, Header, Network, Output, Record, Tried
from reviewer.text import Untrusted, is_harmless

PANES = ("steps", "started", "network", "files", "sandbox")
HOSTILE = st.text(st.sampled_from("a/ \x1b\n\x07\u202e\u200b\udcff\x9b"), max_size=12)


def record(*events: Event, **end: Any) -> Record:
    held = {"network": ("enforced", "own namespace"), "memory": ("reduced", "rlimit"), "disk": ("absent", "none")}
    header = Header(
        1, "commit abc", "s" * 64, ["make", "test"], {"seconds": 600.0, "memory": 2 << 30, "processes": 9},
        Contained("full", "native", "Linux 6", held), 1000.0,
    )  # fmt: skip
    asked = {"seconds": 10.0, "observed": True, "written": [], "deleted": [], **end}
    return Record(header, list(events), End(0, "success", "full", "d", **asked), True)


def words(rows: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in row) for row in rows)


def listed(pane: str, found: Record, width: int = 70) -> str:
    return words([row for _, rows in entries_of(pane, found, width) for row in rows])


@given(HOSTILE, HOSTILE, st.integers(20, 120))
def test_nothing_of_a_record_reaches_the_screen_as_it_came(one: str, other: str, width: int) -> None:
    events = (Exec(1.0, 5, 1, one, [other, one]), Network(2.0, other, one, one, other), Output("stdout", 0, 3.0))
    tried = [Tried(one, other, one, other, 2, 1.0)]
    found = record(*events, attempts=tried, written=[one], deleted=[other], mode_changed=[one], differences=other,
                   limit_hit=one)  # fmt: skip
    for pane in PANES:
        for _, rows in entries_of(pane, found, width):
            for row in rows:
                assert all(is_harmless(text) for text, _ in row)
    told = Told(run(), found, TestReport((Case(Untrusted(one), Untrusted(other), Result.FAILED),)))
    for row in comparison_lines(Told(run(), record(), TestReport(())), told, width):
        assert all(is_harmless(text) for text, _ in row)


def test_a_process_stands_under_the_one_that_started_it_with_its_arguments() -> None:
    found = record(
        Exec(0.1, 5, 1, "/bin/sh", ["sh", "-c", "x"]), Exec(0.2, 6, 5, "/bin/a", ["a", "--b"]),
        Exec(0.3, 7, 6, "/bin/c", ["c"]), Exec(0.4, 6, 5, "/bin/d", ["d"]), commands=9,
    )  # fmt: skip
    rows = listed("started", found).split("\n")
    assert [row[18:] for row in rows[:4]] == ["sh -c x", "  a --b", "    c", "  d"]
    assert rows[-1] == "and 5 more were started"


def test_what_was_not_watched_is_unknown_and_what_was_watched_and_is_not_there_is_nothing() -> None:
    assert "unknown" in listed("network", record(observed=False))
    assert "unknown" in listed("started", record(observed=False))
    assert "never tried" in listed("network", record())
    assert "nothing else" in listed("started", record())
    stopped = Record(record().header, [], None, False)
    assert "unknown" in listed("files", stopped)
    assert "no evidence" in listed("sandbox", stopped)


def test_what_is_missing_of_the_containment_comes_first() -> None:
    said = listed("sandbox", record())
    assert said.index("✗ absent") < said.index("! reduced") < said.index("✓ enforced")
    assert "seconds 600 s, memory 2048 MiB, processes 9" in said
    assert "given      nothing beside the commit" in said


def test_steps_tell_silences_limits_and_the_end() -> None:
    found = record(Exec(0.5, 5, 1, "a", ["a"]), Output("stdout", 0, 1.0), Output("stdout", 9, 8.0), limit_hit="time")
    said = listed("steps", found)
    for part in ("starts a", "prints its first line", "nothing for 7.0 s", "the limit on time is hit", "exit status 0"):
        assert part in said
    both = [run("one", started_at=10.0, seconds=5.0), run("two", started_at=15.0, seconds=5.0)]
    rows = words(steps_of(both, 99.0, 80))
    assert "━━━━····   5.0 s  one" in words(steps_of(both, 99.0, 44))
    assert "━━━━━━━━········     0.0 s     5.0 s  one" in rows
    assert "········━━━━━━━━     5.0 s     5.0 s  two" in rows


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_ruler_has_always_the_same_length_and_shows_something(at: float, length: float, whole: float) -> None:
    before, inside, after = ruler(at, length, whole)
    assert len(before + inside + after) == 16
    assert inside


def test_long_lists_say_what_they_leave_out() -> None:
    assert "and 7 more written" in listed("files", record(written=[f"f{n}" for n in range(LISTED + 7)]))
    tried = [Tried("connect", f"h{n}", "curl", "refused", 1, 0.0) for n in range(LISTED + 2)]
    assert "and 5 more" in listed("network", record(attempts=tried, attempts_unlisted=3))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": RunState.NOT_RUN, "reason": "no user namespaces"}, "reviewer doctor"),
        ({"state": RunState.QUEUED, "position": 3}, "3 before it"),
        ({"state": RunState.RUNNING}, "K stops it"),
        ({"state": RunState.CANCELLED}, "R runs it again"),
        ({}, "no evidence"),
    ],
)
def test_where_there_is_no_record_it_says_why_and_what_to_do(fields: dict[str, Any], said: str) -> None:
    assert said in words([row for _, rows in no_record(run(**fields), 80) for row in rows])


# --- two runs ---------------------------------------------------------------------------------------------------------


def report(**results: Result) -> TestReport:
    return TestReport(tuple(Case(Untrusted("s"), Untrusted(name), result) for name, result in results.items()))


def test_two_runs_differ_in_what_was_observed_and_apart_in_what_they_reported() -> None:
    good, bad, skipped = Result.PASSED, Result.FAILED, Result.SKIPPED
    tried = [Tried("connect tcp", "hooks.example.net:443", "curl", "refused", 1, 0.0)]
    shared = Exec(0.0, 4, 1, "make", ["make", "test"])
    before = Told(run(), record(shared, written=["a"]), report(a=good, b=good, c=bad, d=good))
    after = Told(
        replace(run(), attempt=2, conclusion=Conclusion.FAILURE, exit_status=1),
        record(shared, Exec(0.1, 5, 1, "curl", ["curl", "-s"]), attempts=tried),
        report(a=bad, b=skipped, c=good),
    )
    said = words(comparison_lines(before, after, 70))
    observed, reported = said.split("reported by the code under review")
    assert "make test" not in observed, "both ran it"
    told = ("✓ passed", "✗ failed", "new command: curl -s", "new attempt: connect tcp hooks", "file written no more: a")
    for part in told:
        assert part in observed
    for part in ("newly failing: 1", "s: a", "newly skipped: 1", "s: b", "newly passing: 1", "gone: 1", "s: d"):
        assert part in reported
    assert "3 passed, 1 failed  →  1 passed, 1 failed, 1 skipped" in reported
    assert "no report of both" in words(comparison_lines(before, replace(after, tests=None), 70))
    assert "unknown" in words(comparison_lines(before, replace(after, record=None), 70))


def test_history_names_every_run_newest_first_and_finds_the_one_before() -> None:
    first, second = run("tests", started_at=10.0), replace(run("tests", started_at=50.0), run_id="again", attempt=2)
    other = run("lint", started_at=20.0)
    shown = detail(change(), runs=(first, other, second))
    entries = history_entries(shown, second, 100.0, 80)
    assert [key for key, _ in entries] == [None, "again", "run-lint", "run-tests"]
    assert words([row for _, rows in entries for row in rows]).count("r1 #") == 3
    assert run_before(shown, second) == first
    assert run_before(shown, first) is None


# --- claimed, reported, observed --------------------------------------------------------------------------------------


def test_claimed_reported_and_observed_each_have_their_own_line() -> None:
    told = Reported(Untrusted("out.xml"), "junit", tests=TestCounts(passed=198, skipped=16))
    shown = detail(
        change(), claim="I changed it.\n\nAll 214 tests pass.", runs=(run(reports=(told,)),),
        findings=(finding("the agent says 214", file="", run="tests"), finding("a key")),
    )  # fmt: skip
    rows = words(evidence_lines(shown, 60)).split("\n")
    assert rows[0] == " claimed   “All 214 tests pass”"
    assert rows[1] == " reported  198 passed, 16 skipped, says the code under"
    assert rows[2] == "           review"
    del rows[2]
    assert rows[2].startswith(" observed  ✓ passed tests in 1.0 s")
    assert rows[3] == "           ▲ the agent says 214"
    assert "a key" not in "".join(rows)
    silent = words(evidence_lines(detail(change(run="none asked")), 60)).split("\n")
    assert [row.split()[1] for row in silent[:3]] == ["nothing", "nothing", "nothing:"]


def test_a_run_says_how_it_was_held_what_it_was_given_and_what_is_only_its_own_word() -> None:
    failing = (Case(Untrusted("s"), Untrusted("t\x1b[2J"), Result.FAILED),)
    told = Reported(Untrusted("out.xml"), "junit", tests=TestCounts(passed=1, failed=1), failing=failing)
    broken = Reported(Untrusted("cov"), "lcov", reason="it is larger than 32 MiB")
    rows = about_run(run(reports=(told, broken), dependencies="/venv, read only"), 70)
    said = words(rows)
    assert "given: /venv, read only" in said
    after = said.split("reported by the code under review:")[1]
    for part in ("out.xml: 1 passed, 1 failed", "✗ s: t", "cov: it is larger"):
        assert part in after
    assert all(is_harmless(text) for row in rows for text, _ in row)
    not_run = words(about_run(run(state=RunState.NOT_RUN, tier="none", reason="no user namespaces"), 70))
    assert "not evidence: nothing ran" in not_run
    assert "reviewer doctor" in not_run


def test_a_cross_check_says_what_must_be_and_whether_it_is() -> None:
    checked = run("tests: new tests", check=Beside.NEW_TESTS, of="tests", conclusion=Conclusion.FAILURE)
    assert "must fail (tests): as it must be" in words(about_run(replace(checked, held=True), 70))
    assert "NOT as it must be" in words(about_run(replace(checked, held=False), 70))


@given(st.integers(20, 160))
def test_lines_above_a_run_are_no_wider_than_the_pane(width: int) -> None:
    shown = detail(change(run="none asked"), claim="word " * 60)
    assert all(width_of(row) <= max(width, 20) for row in evidence_lines(shown, width))


# --- tests ------------------------------------------------------------------------------------------------------------


def test_reported_tests_are_listed_with_what_failed_first_and_lines_that_did_not_run() -> None:
    covered = (FileCoverage(Untrusted("a.py"), (1, 2), (3, 4, 5, 9)),)
    told = Reported(Untrusted("out.xml"), "junit", tests=TestCounts(1, 1, 0, 1), coverage=covered)
    cases = (
        Case(Untrusted("s"), Untrusted("good"), Result.PASSED), Case(Untrusted("s"), Untrusted("not"), Result.SKIPPED),
        Case(Untrusted("s"), Untrusted("bad\x1b[2J"), Result.FAILED, 1.5, Untrusted("why\nnot" + "\nx" * 99)),
    )  # fmt: skip
    entries = reported_entries(run(reports=(told,)), TestReport(cases), 60)
    said = words([row for _, rows in entries for row in rows])
    counted = "  out.xml: 1 passed, 1 failed, 1 skipped\n  2 of 6 changed lines ran\n"
    assert said.startswith(f"Reported by the code under review\n{counted}")
    assert said.index("✗ failed") < said.index("why") < said.index("- skipped") < said.index("✓ passed")
    assert "and 89 more lines" in said
    assert said.endswith("Changed lines that did not run\n  a.py: 3-5, 9")
    assert all(is_harmless(text) for _, rows in entries for row in rows for text, _ in row)


def test_a_run_without_reports_says_how_to_name_them() -> None:
    (rows,) = [rows for _, rows in reported_entries(run(), None, 60)]
    assert "reports = [" in words(rows)


@given(st.sets(st.integers(1, 60)))
def test_spans_name_each_number_once(numbers: set[int]) -> None:
    found: set[int] = set()
    for part in filter(None, spans(list(numbers)).split(", ")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    assert found == numbers


@given(HOSTILE, st.integers(40, 120))
def test_groups_that_the_output_marks_are_the_words_of_the_code_under_review(name: str, width: int) -> None:
    steps = (LogStep(Untrusted(name), 4, 3, 2), LogStep(Untrusted("b" * 300), 9, 1))
    wide = LogComplaint(False, 6, Untrusted("漢" * 300))
    said = (LogComplaint(True, 5, Untrusted(name), Untrusted("p" * 300), 3), wide)
    found = group_entries(run(reports=(Reported(Untrusted(""), "output", steps=steps, complaints=said),)), width)
    rows = [row for _, rows in found for row in rows]
    assert "reported by the code under review" in words(rows)
    assert [key for key, _ in found] == [None, (4,), (9,), None, (5,), (6,)]
    assert ":3  " in words(rows) and words(rows).count("reported by the code under review") == 2
    assert all(is_harmless(text) for row in rows for text, _ in row)
    assert all(width_of(row) <= width for row in rows)
