"""What a reviewer is told on the command line of a change's runs; and a run of their own over exactly its commit."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from reviewer.sandbox.launch import probe

pytestmark = pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")
TOML = """
[[run]]
name = "tests"
command = ["sh", "-c", "cp junit.txt junit.xml; echo DA:1,1 | cat lcov.txt - > lcov.info; exit 3"]
reports = ["junit.xml", "lcov.info", "stale.xml"]
cross_checks = ["base"]
"""
JUNIT = '<testsuite><testcase classname="app" name="good"/><testcase classname="app" name="bad"><failure/></testcase>'


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    made.stop_gate()


def test_what_was_observed_and_what_was_reported_stand_apart(shell: Shell) -> None:
    shell.commit(**{"reviewer.toml": TOML})
    files = {"junit.txt": JUNIT + "</testsuite>", "lcov.txt": "SF:app.txt\n", "app.txt": "good \x1b[2J\n"}
    shell.branch("claude/x", **files, **{"stale.xml": JUNIT + "</testsuite>"})
    shell.git("switch", "-q", "claude/x")
    (shell.work / "said").write_text("All tests pass.")
    change = str(json.loads(shell.reviewer("submit", "--claim", "said", "--json"))["change"])
    shown = settled(shell, change)
    run, base = shown["runs"]
    assert (run["conclusion"], run["exit_status"], run["check"]) == ("failure", 3, None)
    assert (base["name"], base["check"], base["of"]) == ("tests: base", "base", "tests")
    by_path = {report["path"]: report for report in run["reported"]}
    assert by_path["junit.xml"]["tests"] == {"passed": 1, "failed": 1, "errored": 0, "skipped": 0}
    assert by_path["lcov.info"]["coverage"] == [{"file": "app.txt", "ran": [1], "missed": []}]
    assert run["coverage"] == "1 of 1 changed lines ran"
    assert any("All tests pass" in finding["message"] and finding["run"] == "tests" for finding in shown["findings"])
    text = shell.reviewer("show", change)
    for line in (
        "run       tests: observed failure, exit status 3",
        "          reported by the code under review: 1 passed, 1 failed (junit.xml)",
        "          reported by the code under review: 1 of 1 changed lines ran",
        "          not read: stale.xml: the run did not write it: the file is a part of the change",
        "          the same over the base",
    ):
        assert line in text.splitlines(), text
    assert "claim-contradicted  run tests" in text


def settled(shell: Shell, change: str) -> dict[str, Any]:
    for _ in range(200):
        shown = shell.show(change)
        found = any(finding["run"] for finding in shown["findings"])
        if found and all(run["state"] == "done" for run in shown["runs"]):
            return shown
        time.sleep(0.1)
    raise AssertionError(shown)


def test_a_run_over_a_change_is_over_its_commit_and_its_record_is_evidence(shell: Shell) -> None:
    shell.branch("claude/x", **{"app.txt": "good, new\n"})
    change = shell.submit("claude/x")
    (shell.work / "stray").write_text("not committed")
    done = shell.run("run", "--change", change, "--record", "run.jsonl", "--", "sh", "-c", "ls; cat app.txt; exit 7")
    assert (done.returncode, done.stdout) == (7, "app.txt\nreviewer.toml\ngood, new\n"), done.stderr
    record = shell.work / "run.jsonl"
    header = json.loads(record.read_text().split("\n")[0])
    assert header["subject"] == f"commit {shell.git('rev-parse', 'claude/x')}" and header["snapshot"]
    assert shell.reviewer("record", "check", "run.jsonl") == "whole, and its digest is right\n"
    assert "leave --in" in shell.reviewer("run", "--change", change, "--in", ".", "--", "true", status=2)
    assert "names no submitted change" in shell.reviewer("run", "--change", "nosuch", "--", "true", status=2)
