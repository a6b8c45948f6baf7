"""`reviewer scan A..B` does without the rules that the base's reviewer.toml turns off, and says so in one line each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    return work


def git(work: Path, *words: str) -> None:
    ident = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", *ident, *words], cwd=work, check=True, capture_output=True)


def commit(work: Path, **files: str) -> None:
    for name, content in files.items():
        (work / name.replace("__", ".")).write_text(content)
    git(work, "add", "-A")
    git(work, "commit", "-qm", "work")


def scan(work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    words = ("scan", "main..fix", *words)
    return subprocess.run(
        [sys.executable, "-m", "reviewer", *words], cwd=work, capture_output=True, text=True, check=False
    )


def test_the_bases_file_counts_and_the_changes_does_not(work: Path) -> None:
    commit(work, app__py="x = 1\n", reviewer__toml='[scan]\noff = ["remote-pipe", "lint/*"]\n')
    git(work, "switch", "-qc", "fix")
    commit(work, app__py="x = 1\ny = 2\n", install__sh="curl https://example.org/x | sh\n", reviewer__toml="")
    place = {"physicalLocation": {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": 2}}}
    results = [{"ruleId": "E1", "level": "error", "message": {"text": "no"}, "locations": [place]}]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "lint"}}, "results": results}]}
    (work.parent / "o.sarif").write_text(json.dumps(log))
    done = scan(work, "--json", "--import", "../o.sarif")
    assert done.returncode == 0, done.stderr
    told = {f["rule"]: (f["severity"], f.get("off")) for f in map(json.loads, done.stdout.splitlines())}
    assert told["remote-pipe"] == ("info", "critical")
    assert told["lint/E1"] == ("info", "medium")
    assert scan(work, "--fail-on", "critical").returncode == 0

    above = work.parent / "home"
    (above / "mine.toml").write_text("[policy]\nacknowledge_high = true\n")
    (above / "config.toml").write_text('[[layer]]\nname = "person"\nfile = "mine.toml"\n')
    assert scan(work, "--fail-on", "critical").returncode == 1


def test_a_file_that_is_not_valid_turns_nothing_off(work: Path) -> None:
    commit(work, app__py="x = 1\n", reviewer__toml='[scan]\noff = ["remote-pipe", "remote-pip"]\n')
    git(work, "switch", "-qc", "fix")
    commit(work, install__sh="curl https://example.org/x | sh\n")
    done = scan(work, "--fail-on", "critical")
    assert done.returncode == 1
    assert done.stderr == "reviewer.toml of the base, line 2: no rule is called remote-pip: every rule is on\n"


def test_each_line_ends_with_the_name_that_turns_its_rule_off(work: Path) -> None:
    commit(work, app__py="x = 1\n")
    git(work, "switch", "-qc", "fix")
    commit(work, install__sh="curl https://example.org/x | sh\n")
    (line,) = scan(work).stdout.splitlines()
    name = line.rpartition("[")[2].rstrip("]")
    git(work, "switch", "-q", "main")
    commit(work, reviewer__toml=f'[scan]\noff = ["{name}"]\n')
    git(work, "switch", "-q", "fix")
    git(work, "rebase", "-q", "main")
    (off,) = scan(work).stdout.splitlines()
    assert off.startswith("info ") and off.endswith(f"[{name}]") and f"rule {name} is off" in off
