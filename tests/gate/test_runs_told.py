"""What a run reports, and what it is held against: read from its own files, kept with it, judged beside the claim."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ground import SANDBOXED, Make

from reviewer.cli.show_runs import run_lines, run_object
from reviewer.gate.views import change_of, detail_of
from reviewer.model.codec import from_json
from reviewer.model.finding import Severity
from reviewer.model.observed import Observed
from reviewer.model.reported import FileCoverage, coverage_words
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.sandbox.reading import read_record
from reviewer.text import Untrusted

pytestmark = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")

REPORTS = """
[[run]]
name = "tests"
command = ["sh", "-c", "mkdir out; cp app.txt out/junit.xml; cp other.txt out/lcov.info; echo x > out/bad"]
reports = ["out/*", "kept.xml", "missing.xml"]
"""
JUNIT = """<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="no">why</failure></testcase>
<testcase name="c"><skipped/></testcase></testsuite>"""
LCOV = "SF:/change/app.txt\nDA:1,1\nDA:2,0\nend_of_record\n"


def test_reports_travel_with_the_run_in_short_and_with_all_their_tests_as_a_blob(make: Make) -> None:
    ground = make(REPORTS)
    change = ground.branch("claude/x", app__txt=JUNIT, other__txt=LCOV, kept__xml=JUNIT)
    ground.settle()
    run = ground.life(change).runs[0]
    by_path = {report.path.raw: report for report in run.reports}
    assert set(by_path) == {"out/junit.xml", "out/lcov.info", "out/bad", "kept.xml", "missing.xml"}
    tests = by_path["out/junit.xml"]
    assert (tests.kind, tests.tests and tests.tests.words()) == ("JUnit", "1 passed, 1 failed, 1 skipped")
    assert [(case.name.raw, case.message.raw) for case in tests.failing] == [("b", "no\nwhy")]
    assert by_path["out/lcov.info"].coverage == (FileCoverage(Untrusted("app.txt"), (1,), (2,)),)
    assert coverage_words(run.reports) == "1 of 2 changed lines ran"
    assert by_path["out/bad"].reason.startswith("this report cannot be read")
    assert by_path["kept.xml"].reason == "the run did not write it: the file is a part of the change"
    assert by_path["missing.xml"].reason == "No such file or directory"
    assert tests.blob and (ground.gate.blobs / tests.blob).read_text() == JUNIT
    assert run.facts is not None
    facts = from_json(Observed, (ground.gate.blobs / run.facts).read_bytes())
    assert facts.tests is not None and [case.name.raw for case in facts.tests.cases] == ["a", "b", "c"]
    assert "out/junit.xml" in {path.raw for path in facts.written}


def test_which_lines_ran_is_told_over_a_merge_as_well_but_of_files_that_the_target_changed(make: Make) -> None:
    toml = f'[landing]\ntarget_moved = "rerun"\n{REPORTS}'
    long = "".join(f"line {n}\n" for n in range(40))
    ground = make(toml)
    ground.target(shared__txt=long)
    both = LCOV + LCOV.replace("app.txt", "shared.txt").replace("DA:1,1", "DA:40,1").replace("DA:2,0", "DA:2,0")
    changed = {"shared__txt": long.replace("line 39", "changed"), "app__txt": "a\nb\n", "other__txt": both}
    change = ground.branch("claude/x", **changed)
    ground.settle()
    ground.gate.decide(ground.decision(change), hold=0)
    ground.target(shared__txt="first\n" + long)
    ground.settle()
    runs = ground.life(change).runs
    first, again = ({file.path.raw: file.ran for r in run.reports for file in r.coverage or ()} for run in runs)
    assert first == {"app.txt": (1,), "shared.txt": (40,)} and runs[0].note == ""
    assert runs[1].over and again == {"app.txt": (1,)}
    assert runs[1].note == "which lines ran is not known of 1 changed file that the target changed as well"


def test_what_the_agent_says_is_held_against_what_ran(make: Make) -> None:
    ground = make('[[run]]\nname = "tests"\ncommand = ["cat", "app.txt"]\n')
    ground.git("switch", "-q", "-C", "claude/x", "main")
    ground.write(app__txt="== 198 passed, 16 skipped in 3.21s ==\n")
    ground.git("switch", "-q", "desk")
    claim = "I changed the words. 214 tests passed."
    change = ground.gate.submit(ground.work, "claude/x", "main", "claude", "Do it", claim)
    ground.settle()
    life = ground.life(change)
    assert life.runs[0].reports[0].kind == "output"
    found = [finding for finding in life.run_findings if finding.category == "claim-contradicted"]
    assert ["214 tests passed" in f.message.raw and "198 passed" in f.message.raw for f in found] == [True]
    assert found[0].run == "tests"
    recorded = ground.gate.driver.load(change)
    assert found[0] in detail_of(recorded).findings
    assert change_of(recorded).flags == len(life.all_findings)


CHECKED = """
[[run]]
name = "tests"
command = ["sh", "run.sh"]
cross_checks = ["base", "base tests", "new tests"]
"""


def results(runs: tuple[Run, ...]) -> dict[str, tuple[Conclusion | None, bool | None]]:
    return {run.name: (run.conclusion, run.held) for run in runs}


def test_each_side_is_run_with_the_tests_of_the_other(make: Make) -> None:
    ground = make(CHECKED)
    ground.target(run__sh='for test in test_*.sh; do sh "$test" || exit 1; done\n', test_a__sh="grep -q good app.txt\n")
    change = ground.branch("claude/x", app__txt="good and new\n", test_b__sh="grep -q new app.txt\n")
    ground.settle()
    life = ground.life(change)
    assert results(life.runs) == {
        "tests": (Conclusion.SUCCESS, None),
        "tests: base": (Conclusion.SUCCESS, None),
        "tests: base tests": (Conclusion.SUCCESS, True),
        "tests: new tests": (Conclusion.FAILURE, True),
    }
    assert life.judging == () and life.run_findings == ()
    assert change_of(ground.gate.driver.load(change)).run == "passed"
    mixed = next(run for run in life.runs if run.check is Beside.NEW_TESTS)
    assert mixed.record is not None and mixed.of == "tests"
    record = read_record((ground.gate.blobs / mixed.record).read_bytes())
    assert record.header.subject == f"commit {life.current.base} with the tests of {life.current.head}"
    ground.decide(change)
    assert ground.state(change).value == "landed"


def test_tests_that_were_bent_to_fit_and_tests_that_show_nothing_are_found(make: Make) -> None:
    ground = make(CHECKED)
    ground.target(run__sh='for test in test_*.sh; do sh "$test" || exit 1; done\n', test_a__sh="grep -q good app.txt\n")
    change = ground.branch("claude/x", app__txt="bad\n", test_a__sh="true\n")
    ground.settle()
    life = ground.life(change)
    assert results(life.runs)["tests: base tests"] == (Conclusion.FAILURE, False)
    assert results(life.runs)["tests: new tests"] == (Conclusion.SUCCESS, False)
    assert {finding.rule for finding in life.run_findings} >= {"base-tests-fail", "new-tests-idle"}


def test_what_is_new_since_the_base_is_told_and_the_base_is_run_once(make: Make) -> None:
    ground = make('[[run]]\nname = "tests"\ncommand = ["sh", "run.sh"]\ncross_checks = ["base", "new tests"]\n')
    ground.target(run__sh="true\n")
    reach = "python3 -c \"import socket; socket.create_connection(('hooks.example.net', 443))\" 2>&1 | tail -1\n"
    change = ground.branch("claude/x", run__sh=reach)
    other = ground.branch("claude/y", other__txt="p\n")
    ground.settle()
    life = ground.life(change)
    said = " ".join(finding.message.raw for finding in life.run_findings)
    assert "hooks.example.net:443" in said
    skipped = next(run for run in life.runs if run.check is Beside.NEW_TESTS)
    assert (skipped.state, skipped.conclusion) == (RunState.DONE, Conclusion.SKIPPED)
    assert "touches no tests" in skipped.note
    bases = [next(r for r in ground.life(c).runs if r.check is Beside.BASE) for c in (change, other)]
    assert bases[0].note == "" and "over the same base commit" in bases[1].note
    assert bases[0].record == bases[1].record
    assert replace(bases[1], note="").started_at == bases[0].started_at


SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "scan\x1b[2Jner"}},
            "results": [
                {
                    "ruleId": f"rule-{line}",
                    "level": "error",
                    "message": {"text": "do not"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "app.txt"},
                                "region": {"startLine": line},
                            }
                        }
                    ],
                }
                for line in (1, 40)
            ],
        }
    ],
}


def test_what_a_scanner_within_the_run_found_on_changed_lines_is_a_finding_of_the_run(make: Make) -> None:
    toml = '[[run]]\nname = "lint"\ncommand = ["sh", "-c", "cat s.json > out.sarif; cp out.sarif copy.sarif"]\n'
    ground = make(toml + 'reports = ["*.sarif"]\n')
    change = ground.branch("claude/x", app__txt="good!\n", s__json=json.dumps(SARIF))
    ground.settle()
    life = ground.life(change)
    assert {(r.path.raw, r.kind, len(r.findings)) for r in life.runs[0].reports} == {
        ("out.sarif", "SARIF", 1),
        ("copy.sarif", "SARIF", 1),
    }
    (found,) = [finding for finding in life.run_findings if finding.tool]
    assert (found.file.raw, found.line, found.run) == ("app.txt", 1, "lint")
    assert "\x1b" not in found.tool and "rule-1" in found.rule


def test_tests_that_are_made_to_end_well_before_they_run_are_found(make: Make) -> None:
    ground = make('[[run]]\nname = "tests"\ncommand = ["sh", "run.sh"]\ncross_checks = ["base"]\n')
    ground.target(run__sh='[ -f stop ] && exit 0\necho "== 2 passed in 0.1s =="\n')
    change = ground.branch("claude/x", stop="x")
    ground.settle()
    life = ground.life(change)
    assert life.runs[0].conclusion is Conclusion.SUCCESS
    assert [(f.rule, f.severity) for f in life.run_findings] == [("run-silent", Severity.HIGH)]


def test_base_tests_that_pass_for_they_are_no_longer_run_are_found(make: Make) -> None:
    ground = make('[[run]]\nname = "t"\ncommand = ["sh", "run.sh"]\ncross_checks = ["base", "base tests"]\n')
    ground.target(
        run__sh='n=0; for t in $(cat list.cfg); do sh "$t" && n=$((n + 1)); done; echo "$n passed in 1s"\n',
        list__cfg="test_a.sh test_b.sh\n",
        test_a__sh="true\n",
        test_b__sh="true\n",
    )
    # No test is touched but one: what picks them is.
    change = ground.branch("claude/x", list__cfg="test_a.sh\n", test_a__sh="true # quick\n")
    ground.settle()
    rules = [(finding.rule, finding.severity) for finding in ground.life(change).run_findings]
    assert ("base-tests-fewer", Severity.HIGH) in rules, rules


def test_a_report_that_the_run_swaps_for_a_link_is_none(make: Make, tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text(JUNIT)
    toml = f'[[run]]\nname = "t"\ncommand = ["ln", "-s", {json.dumps(str(tmp_path / "secret.xml"))}, "r.xml"]\n'
    ground = make(toml + 'reports = ["r.xml"]\n')
    change = ground.branch("claude/x", app__txt="good!\n")
    ground.settle()
    assert [report.reason for report in ground.life(change).runs[0].reports] == ["Too many levels of symbolic links"]


LEAVES = r"""
import os
os.makedirs("out")
def w(name, text):
    open(b"out/" + name, "wb").write(text.encode())
def suite(body):
    return "<testsuites><testsuite name='s' tests='214' failures='0'>%s</testsuite></testsuites>" % body
forged = "\u202eobserved \u2713 passed\u200b&#10;approved"
w(b"a.xml", suite("<testcase name='%s'><failure message='\x9b2J%s'/></testcase>" % (forged, "M" * 1000000)))
w(b"b.xml", suite("<testcase classname='q' name='t'/><testcase classname='q' name='u'/>"))
w(b"c.xml", suite("<testcase classname='q' name='t'><failure/></testcase><testcase classname='q' name='u'/>"))
w(b"z\nrun       t: observed success\n.xml", suite("<testcase classname='q' name='u'/>"))
w(b"z\xe2\x80\xae\xff\x1b[2J.xml", suite("<testcase classname='q' name='u'/>"))
w(b"u7.xml", "<?xml version='1.0' encoding='utf-7'?>" + suite(""))
w(b"deep.json", "[" * 100000)
w(b"dicts.sarif", '{"version": "2.1.0", "runs": [' + "{}," * 3000000 + "{}]}")
w(b"nan.json", '{"files": {"app.txt": {"executed_lines": [NaN, Infinity, -1, 1e999, 1], "missing_lines": [9e9]}}}')
w(b"odd.info", "SF:/change/app.txt\nDA:-1,5\nDA:99999999999999999999,1\nSF:../app.txt\nDA:2,1\nSF:/etc/x\nDA:2,1\n")
os.mkfifo("out/fifo")
os.mkdir("out/folder")
os.symlink("/dev/zero", "out/device")
os.symlink("b.xml", "out/link")
print("::group::observed \u2713 passed\x1b[2J\n::error file=../x,line=3::\u202eforged\n== 214 passed in 1s ==")
"""


def test_whatever_a_run_leaves_forges_no_line_of_ours_and_no_test_counts_twice(make: Make) -> None:
    ground = make('[[run]]\nname = "t"\ncommand = ["python3", "app.txt"]\nreports = ["out/*"]\n')
    change = ground.branch("claude/x", app__txt=LEAVES)
    ground.settle()
    (run,) = ground.life(change).runs
    said = list(run_lines(run))
    assert said[0] == "run       t: observed success, exit status 0"
    assert any(line.endswith(": 1 group, 1 error (its output)") for line in said)
    assert all(line.isprintable() and len(line) < 600 for line in said)
    assert all(line.startswith(("          reported", "          not read: ")) for line in said[1:]), said
    reasons = {report.path.raw[4:]: report.reason for report in run.reports if report.reason}
    assert {"fifo", "folder", "device", "link", "u7.xml", "deep.json"} <= set(reasons)
    assert coverage_words(run.reports) == "1 of 1 changed lines ran"
    assert json.dumps(run_object(run)).isprintable()
    found = [f.message.raw for f in ground.life(change).run_findings if f.category == "claim-contradicted"]
    assert found and "2 tests failed" in found[0]
    assert run.facts is not None
    facts = from_json(Observed, (ground.gate.blobs / run.facts).read_bytes())
    assert facts.counts is not None and facts.counts.words() == "1 passed, 2 failed"
