"""The gate audits changed workflow files with zizmor where it is installed; what it says locks nothing."""

import json
import sys
from pathlib import Path

import pytest
from ground import Ground

from reviewer.evidence import workflows
from reviewer.evidence.workflows import locate_zizmor
from reviewer.gate.views import detail_of
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding, Severity

PLACE = ".github/workflows/build.yml"
BEFORE = """name: build
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/cache@v4
      - run: make
"""
AFTER = BEFORE + "      - uses: actions/checkout@v4\n      - run: echo ${{ inputs.name }}  # zizmor: ignore\n"


def change(ground: Ground, text: str = AFTER) -> str:
    ground.git("switch", "-q", "main")
    (ground.work / PLACE).parent.mkdir(parents=True, exist_ok=True)
    (ground.work / PLACE).write_text(BEFORE)
    ground.write()
    ground.git("switch", "-q", "-C", "claude/ci", "main")
    (ground.work / PLACE).write_text(text)
    ground.write(app__txt="good, too\n")
    ground.git("switch", "-q", "desk")
    submitted = ground.submit("claude/ci")
    ground.settle()
    return submitted


def seen(ground: Ground, change: str) -> list[Finding]:
    assert ground.life(change).scanned and not ground.life(change).failed
    return [f for f in detail_of(ground.gate.driver.load(change)).findings if f.tool == "zizmor"]


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "zizmor"
    program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(workflows, "locate_zizmor", lambda: str(program))


def result(rule: str, line: int) -> dict[str, object]:
    place = {"physicalLocation": {"artifactLocation": {"uri": PLACE}, "region": {"startLine": line}}}
    return {"ruleId": f"zizmor/{rule}", "level": "error", "message": {"text": rule}, "locations": [place]}


def test_only_changed_lines_and_never_high(bare: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = (("unpinned-uses", 8), ("artipacked", 10), ("github-env", 11), ("obfuscation", 11))
    results = [result(rule, line) for rule, line in said]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "zizmor"}}, "results": results}]}
    stand_in(tmp_path, monkeypatch, f"print({json.dumps(json.dumps(log))})")
    told = {(f.rule, f.line): f.severity for f in seen(bare, change(bare))}
    assert ("zizmor/unpinned-uses", 8) not in told
    assert told[("zizmor/artipacked", 10)] is Severity.LOW
    assert told[("zizmor/github-env", 11)] is Severity.MEDIUM
    assert all(severity.rank < Severity.HIGH.rank for severity in told.values())


@pytest.mark.parametrize(
    ("script", "why"), [("sys.exit(2)", "exit status 2"), ("print('no SARIF')", "is not understood")]
)
def test_an_audit_that_fails_is_a_note_and_the_scan_stands(
    bare: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    submitted = change(bare)
    (note,) = seen(bare, submitted)
    assert (note.rule, note.severity, note.file.raw) == ("zizmor/not-audited", Severity.INFO, PLACE)
    assert note.message.raw.startswith("zizmor did not audit it: ") and why in note.message.raw
    # What ours say is there all the same.
    assert any(f.category == "suppression-added" for f in bare.life(submitted).findings)


def test_a_program_that_does_not_start_is_a_note(
    bare: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflows, "locate_zizmor", lambda: str(tmp_path / "gone"))
    (note,) = seen(bare, change(bare))
    assert "does not start" in note.message.raw


def test_where_it_is_not_installed_or_no_workflow_changed_nothing_is_said(
    bare: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> str:
        raise ReviewerError("zizmor is not installed", "install it")

    monkeypatch.setattr(workflows, "locate_zizmor", refused)
    assert seen(bare, change(bare)) == []

    def asked() -> str:
        raise AssertionError("no workflow file changed")

    monkeypatch.setattr(workflows, "locate_zizmor", asked)
    other = bare.branch("claude/other", app__txt="good work\n")
    bare.settle()
    assert seen(bare, other) == []


def installed() -> bool:
    try:
        return bool(locate_zizmor())
    except ReviewerError:
        return False


@pytest.mark.skipif(not installed(), reason="zizmor is not installed here")
def test_the_real_one_is_heard(bare: Ground) -> None:
    submitted = change(bare)
    lines = {f.line for f in seen(bare, submitted)}
    assert lines and lines <= {10, 11}
    assert not any(f.rule == "zizmor/not-audited" for f in seen(bare, submitted))
