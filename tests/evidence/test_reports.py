"""Reports that the code under review wrote: read as the tools write them, refused where they try more."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.evidence.claims import read_claims
from reviewer.evidence.reports import coverage as coverage_module
from reviewer.evidence.reports.coverage import read_cobertura, read_coverage_json, read_lcov
from reviewer.evidence.reports.github_log import read_marks
from reviewer.evidence.reports.junit import read_junit
from reviewer.evidence.reports.output import read_output
from reviewer.evidence.reports.tap import read_tap
from reviewer.evidence.reports.terms import Coverage, Result, TestReport, compare, within_tree
from reviewer.model.errors import ReviewerError
from reviewer.model.reported import Reported, marks_words
from reviewer.model.run import Conclusion
from reviewer.text import Untrusted

READERS = (read_junit, read_tap, read_lcov, read_cobertura, read_coverage_json)


def results(report: TestReport) -> list[tuple[str, str, str]]:
    return [(case.suite.raw, case.name.raw, case.result.value) for case in report.cases]


def test_what_pytest_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent(
            """
            import pytest
            def test_good(): pass
            def test_bad(): assert 1 == 2, "no \\x1b[31m"
            @pytest.mark.skip(reason="later")
            def test_later(): pass
            @pytest.fixture
            def broken(): raise RuntimeError("set-up")
            def test_broken(broken): pass
            """
        )
    )
    plain = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=.", "--junitxml=r.xml"]
    subprocess.run([sys.executable, "-m", "pytest", *plain], cwd=tmp_path, capture_output=True, check=False)
    report = read_junit((tmp_path / "r.xml").read_bytes())
    assert results(report) == [
        ("test_it", "test_good", "passed"),
        ("test_it", "test_bad", "failed"),
        ("test_it", "test_later", "skipped"),
        ("test_it", "test_broken", "errored"),
    ]
    assert report.words() == "1 passed, 1 failed, 1 errored, 1 skipped"
    assert "assert 1 == 2" in report.cases[1].message.raw
    assert "set-up" in report.cases[3].message.raw


def test_other_writers_of_junit_are_read() -> None:
    report = read_junit(
        b"""<?xml version="1.0"?><j:testsuites xmlns:j="urn:j"><j:testsuite name="outer"><j:testsuite name="go">
        <j:testcase name="TestA" time="1,000.5"/><j:testcase name="TestB" time="-1">
        <j:failure message="short">long</j:failure><j:skipped/></j:testcase></j:testsuite></j:testsuite>
        </j:testsuites>"""
    )
    assert results(report) == [("go", "TestA", "passed"), ("go", "TestB", "failed")]
    assert [case.seconds for case in report.cases] == [1000.5, 0.0]
    assert report.cases[1].message.raw == "short\nlong"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuite name="&b;"/>'
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>'
OUTSIDE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><testsuite><testcase name="&a;"/></testsuite>'
CUT = b'<testsuite><testcase name="a"/>'
DEEP = b"<testsuite>" * 1000 + b"</testsuite>" * 1000


@pytest.mark.parametrize("data", [BOMB, FILE, OUTSIDE, CUT, DEEP, b"", b"<html/>", b"\xff\xfe", b"<testsuite/>" * 2])
def test_a_report_that_tries_more_than_it_may_is_refused(data: bytes) -> None:
    with pytest.raises(ReviewerError, match="this JUnit report cannot be read"):
        read_junit(data)


def test_a_report_that_is_too_large_is_refused_before_it_is_read() -> None:
    for read in READERS:
        with pytest.raises(ReviewerError, match="larger than 32 MiB"):
            read(b" " * ((32 << 20) + 1))


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("junit", "tap"):
        monkeypatch.setattr(f"reviewer.evidence.reports.{name}.CASES", 3)
    with pytest.raises(ReviewerError, match="more than 3 tests"):
        read_junit(b"<testsuite>" + b"<testcase name='x'/>" * 4 + b"</testsuite>")
    with pytest.raises(ReviewerError, match="more than 3 tests"):
        read_tap(b"1..4\n" + b"ok\n" * 4)
    monkeypatch.setattr(coverage_module, "LINES", 3)
    with pytest.raises(ReviewerError, match="more than 3 lines"):
        read_lcov(b"SF:a\n" + b"DA:1,1\n" * 4)
    with pytest.raises(ReviewerError, match="more than 3 lines"):
        read_cobertura(b"<coverage><class filename='a'>" + b"<line number='1' hits='1'/>" * 4 + b"</class></coverage>")


SUMS = {
    b"<testsuite tests='214' failures='0'><testcase name='a'><failure/></testcase></testsuite>": "1 failed",
    b"<testsuites failures='1'><testsuite failures='1'><testcase/></testsuite></testsuites>": "1 passed, 1 errored",
    b"<testsuite errors='2' failures='x'><testcase name='a'><failure/></testcase></testsuite>": "1 failed, 1 errored",
    b"<testsuite failures='1' errors='1'><testcase><failure/><error/></testcase></testsuite>": "1 errored",
    b"<testsuite><error message='no module'/><testcase name='a'/></testsuite>": "1 passed, 1 errored",
    b"<testsuite tests='9'><testsuite tests='9'><testcase name='a'/></testsuite></testsuite>": "1 passed",
    b"<testsuite><testcase name='a'><testcase name='b'><failure/></testcase></testcase></testsuite>": "1 failed",
}


@pytest.mark.parametrize("report", SUMS)
def test_a_suite_is_counted_by_its_tests_and_a_failure_that_none_tells_is_an_error(report: bytes) -> None:
    assert read_junit(report).words() == SUMS[report]


@pytest.mark.parametrize(("tap", "said"), [
    (b"1..2\nok 1\nok 1\nok 2\n", "3 tests were told where 2 were planned"),
    (b"1..1\nok 1\n1..9\n", "it plans more than once"),
    (b"1..0 # SKIP nothing here\n", ""),
])  # fmt: skip
def test_a_plan_that_was_not_kept_or_not_the_only_one_is_an_error(tap: bytes, said: str) -> None:
    assert [case.message.raw for case in read_tap(tap).cases if case.result is Result.ERRORED] == [said] * bool(said)


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "no such", "hex"])
def test_an_encoding_that_is_not_read_is_refused_in_our_own_words(encoding: str) -> None:
    report = f"<?xml version='1.0' encoding='{encoding}'?><testsuite/>".encode()
    with pytest.raises(ReviewerError, match="this JUnit report cannot be read") as refused:
        read_junit(report)
    assert "codecs" not in refused.value.message


def test_tap_with_directives_parts_and_a_plan_that_was_not_kept() -> None:
    report = read_tap(
        b"TAP version 14\n1..7\nok 1 - adds\nnot ok 2 - divides\n  ---\n  message: by zero\n  ...\n"
        b"    ok 1 - a part of it\n    not ok 2 - another\nok 3 - late # SKIP no network\n"
        b"not ok 4 - soon # TODO write it\nok\nok 6 a name without a dash\r\n"
    )
    assert [(name, result) for _suite, name, result in results(report)] == [
        ("adds", "passed"),
        ("divides", "failed"),
        ("late", "skipped"),
        ("soon", "skipped"),
        ("test 5", "passed"),
        ("a name without a dash", "passed"),
        ("the plan", "errored"),
    ]
    assert report.cases[2].message.raw == "no network"
    assert report.cases[-1].message.raw == "1 of 7 planned tests were never told"
    bailed = read_tap(b"1..2\nok 1\nBail out! no database\nok 2\n")
    assert results(bailed)[-1] == ("TAP", "Bail out!", "errored")
    with pytest.raises(ReviewerError, match="no plan"):
        read_tap(b"all is well\n")


CHANGED = {"app/core.py": frozenset({1, 2, 3, 9}), "unknown.py": frozenset({1})}


def test_lcov_tells_which_changed_lines_ran() -> None:
    found = read_lcov(
        b"TN:\nSF:/change/app/core.py\nDA:1,5\nDA:2,0\nDA:3,1,hash\nDA:2,1\nDA:5,0\nDA:x,1\nDA:-1,1\nend_of_record\n"
        b"DA:9,1\nSF:/usr/lib/other.py\nDA:1,1\nend_of_record\nSF:../secret\nDA:1,1\nend_of_record\n"
    )
    assert found.files == {"app/core.py": (frozenset({1, 2, 3, 5}), frozenset({1, 2, 3}))}
    assert found.words(CHANGED) == "3 of 3 changed lines ran"
    assert Coverage({}).words(CHANGED) == "no changed line is one that could run"
    with pytest.raises(ReviewerError, match="names no file"):
        read_lcov(b"DA:1,1\n")


def test_cobertura_joins_its_source_folder() -> None:
    report = b"""<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
    <coverage><sources><source>%s</source></sources><packages><package><classes>
    <class filename="core.py"><methods/><lines><line number="1" hits="3"/><line number="2" hits="0"/></lines></class>
    </classes></package></packages></coverage>"""
    for source, path in ((b"/change/app", "app/core.py"), (b".", "core.py"), (b"app", "app/core.py"), (b"", "core.py")):
        found = read_cobertura(report % source)
        assert found.files == {path: (frozenset({1, 2}), frozenset({1}))}
    assert read_cobertura(report % b"/change/app").of_lines(CHANGED) == (1, 2)
    assert read_cobertura(report % b"/usr/lib").files == {}
    with pytest.raises(ReviewerError, match="holds no coverage"):
        read_cobertura(b"<x/>")


def test_what_coverage_writes_as_json_is_read() -> None:
    good = b'{"meta": {}, "files": {"app/core.py": {"executed_lines": [1, 2, true], "missing_lines": [3]}}}'
    assert read_coverage_json(good).words(CHANGED) == "2 of 3 changed lines ran"
    for bad in (b"{}", b"[]", b'{"files": []}', b'{"files": {"a": 1}}', b"[" * 100_000, b'{"files": {"a": {}}}'):
        with pytest.raises(ReviewerError, match="not what `coverage json` writes"):
            read_coverage_json(bad)


PATHS = [("a/b.py", "a/b.py"), ("./a//b", "a/b"), ("/change/a", "a"), ("C\\d", "C/d"), ("/change//etc/passwd", None)]
PATHS += [("/etc/passwd", None), ("a/../../b", None), ("", None), (".", None)]


@pytest.mark.parametrize(("path", "found"), PATHS)
def test_paths_stay_within_the_tree(path: str, found: str | None) -> None:
    assert within_tree(path) == found


def test_two_reports_tell_what_changed_between_them() -> None:
    def report(**tests: str) -> TestReport:
        parts = {"passed": "", "failed": "<failure/>", "skipped": "<skipped/>", "errored": "<error/>"}
        cases = "".join(f"<testcase classname='t' name='{name}'>{parts[r]}</testcase>" for name, r in tests.items())
        return read_junit(f"<testsuite>{cases}</testsuite>".encode())

    before = report(a="passed", b="failed", c="passed", d="passed", e="failed", f="skipped")
    after = report(a="failed", b="passed", c="skipped", e="errored", f="passed", new="errored", fresh="passed")
    found = compare(before, after)
    assert [case.name.raw for case in found.newly_failing] == ["a", "new"]
    assert [case.name.raw for case in found.newly_passing] == ["b", "f"]
    assert [case.name.raw for case in found.newly_skipped] == ["c"]
    assert [case.name.raw for case in found.gone] == ["d"]
    twice = read_junit(b"<testsuite><testcase name='a'><failure/></testcase><testcase name='a'/></testsuite>")
    assert compare(report(), twice).newly_failing[0].result is Result.FAILED


@given(st.binary(max_size=200), st.integers(0, 400))
def test_noise_is_read_or_refused_in_a_sentence(noise: bytes, at: int) -> None:
    good = (
        b"<testsuite><testcase name='a' time='1'><failure message='m'>t</failure></testcase></testsuite>",
        b"1..2\nok 1 - a\nnot ok 2 - b # TODO c\n",
        b"SF:a\nDA:1,1\nend_of_record\n",
        b"<coverage><class filename='a'><line number='1' hits='2'/></class></coverage>",
        b'{"files": {"a": {"executed_lines": [1], "missing_lines": []}}}',
    )
    for read, data in zip(READERS, good, strict=True):
        place = at % len(data)
        try:
            read(data[:place] + noise + data[place:])
        except ReviewerError as error:
            assert error.message.isprintable() and error.hint


def test_groups_that_a_log_marks_are_its_steps_and_nothing_more() -> None:
    log = (
        b"before\n::group::Set \x1b[31mup\nx\n::endgroup::\nbetween\n"
        b"2026-01-02T03:04:05.1234567Z ##[group]Run tests\n2026-01-02T03:04:05Z ##[error]it failed\n"
        b"::error file=a.py,line=3::worse\n##[group]Never closed\nlast\n"
    )
    steps, complaints = read_marks(log)
    assert [(s.name.raw, s.line, s.lines, s.errors) for s in steps] == [
        ("Set \x1b[31mup", 1, 2, 0),
        ("Run tests", 5, 3, 2),
        ("Never closed", 8, 2, 0),
    ]
    assert [(c.error, c.line, c.file.raw, c.file_line, c.message.raw) for c in complaints] == [
        (True, 6, "", 0, "it failed"),
        (True, 7, "a.py", 3, "worse"),
    ]
    assert read_marks(b"a ::group::b\n ##[group]c\n::groups::\n##[group\n") == ((), ())
    many, _ = read_marks(b"::group::a\n" * 2000 + b"::group::" + b"x" * 5000)
    assert len(many) == 500 and len(many[0].name.raw) == 1


COMPLAINTS = {
    b"::warning line=7,file=a/b.py,title=T::look": (False, "a/b.py", 7, "look"),
    b"::error::100%25%0Aof it": (True, "", 0, "100%\nof it"),
    b"::error file=a%2Cb%3A.py,line=-3::x": (True, "a,b:.py", 0, "x"),
    b"::error file=x,line=99999999999999999999::": (True, "x", 0, ""),
    b"##[warning]odd \xff": (False, "", 0, "odd \udcff"),
}


@pytest.mark.parametrize("mark", COMPLAINTS)
def test_a_complaint_is_read_with_the_place_that_it_names(mark: bytes) -> None:
    ((), (one,)) = read_marks(mark)
    assert (one.error, one.file.raw, one.file_line, one.message.raw) == COMPLAINTS[mark]


def test_the_first_complaints_of_a_flood_are_kept_and_the_rest_is_not_denied() -> None:
    steps, complaints = read_marks(b"::group::a\n" + b"::error::x\n" * 5000)
    assert steps[0].errors == 5000 and len(complaints) == 200
    assert marks_words(Reported(Untrusted(""), "output", steps=steps, complaints=complaints)) == (
        "1 group, 200 errors, and more"
    )


PRINTED = {
    b"....\n===== 198 passed, 16 skipped in 3.21s =====\n": "198 passed, 16 skipped",
    b"2 failed, 1 passed, 1 error in 0.12s": "1 passed, 2 failed, 1 errored",
    b"\x1b[32m== \x1b[1m3 passed\x1b[0m in 61.02s (0:01:01) ==\x1b[0m": "3 passed",
    b"Ran 214 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)": "208 passed, 1 failed, 2 errored, 3 skipped",
    b"Ran 1 test in 0.000s\n\nOK\n": "1 passed",
    b"Tests:       1 failed, 2 skipped, 10 passed, 13 total\nTime: 1s": "10 passed, 1 failed, 2 skipped",
    b"      Tests  3 failed | 10 passed (13)\n": "10 passed, 3 failed",
    b"test result: ok. 12 passed; 0 failed; 1 ignored;\n\ntest result: ok. 2 passed; 0 failed;": "14 passed, 1 skipped",
    b"  12 passing (3s)\n  2 pending\n  1 failing\n": "12 passed, 1 failed, 2 skipped",
}


@pytest.mark.parametrize("printed", PRINTED, ids=PRINTED.get)
def test_the_summary_that_a_test_program_prints_is_read(printed: bytes) -> None:
    counts = read_output(b"5 passed is what a test said\n" + printed)
    assert counts is not None and counts.words() == PRINTED[printed]


def test_what_is_no_summary_gives_no_counts() -> None:
    far = b"1 passed in 1s\n" + b"x\n" * 40_000
    for printed in (b"", b"3 files in 2s\n", b"OK\n", b"I saw 3 passed in 2s of silence\n", far):
        assert read_output(printed) is None


CLAIMS = {
    "All 214 tests pass.": (Conclusion.SUCCESS, 214, None, None),
    "I ran the suite: 214 tests passed, 0 failed": (Conclusion.SUCCESS, 214, 0, None),
    "198 passed, 16 skipped in 3.2s": (None, 198, None, 16),
    "214/214 tests passing": (Conclusion.SUCCESS, 214, 0, None),
    "- 12 of 14 tests passed": (None, 12, 2, None),
    "The full test suite passes": (Conclusion.SUCCESS, None, None, None),
    "Ran pytest; 1,204 passed": (None, 1204, None, None),
}


@pytest.mark.parametrize("said", CLAIMS)
def test_a_plain_claim_is_read(said: str) -> None:
    (claim,) = read_claims(Untrusted(f"I changed the parser.\n{said}\nMore words."))
    assert (claim.conclusion, claim.passed, claim.failed, claim.skipped) == CLAIMS[said]


@pytest.mark.parametrize(
    "said",
    [
        *("Tests should pass.", "All tests will pass once merged", "Fixed 3 failing tests.", "tests do not pass"),
        *("3 tests failed before, now all tests pass", "Make sure all tests pass", "14 files pass through"),
        *("Do all tests pass?", "10 tests passed and 12 tests passed", "20 of 14 tests passed", "passed " * 200),
    ],
)
def test_what_is_not_plain_is_no_claim(said: str) -> None:
    assert read_claims(Untrusted(said)) == ()
