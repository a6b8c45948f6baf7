"""The commands as a script uses them: real processes, a real repository, documented exit statuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.sandbox.launch import probe
from reviewer.sandbox.record import check_digest

sandboxed = pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    ident = ["-c", "user.name=t", "-c", "user.email=t@t"]

    def git(*args: str) -> None:
        subprocess.run(["git", *ident, *args], cwd=root, env=env, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (root / "a.py").write_text("one\n")
    git("add", ".")
    git("commit", "-qm", "one")
    git("switch", "-qc", "claude/fix")
    (root / "a.py").write_text("r = get(u, verify=False)\x1b[2J\n")
    git("commit", "-qam", "Two \x1b]0;x\x07")
    git("switch", "-q", "main")
    return root


def reviewer(work: Path, *args: str, input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "REVIEWER_HOME": str(work.parent / "home")}
    return subprocess.run(
        [sys.executable, "-m", "reviewer", *args], cwd=work, env=env, input=input, capture_output=True
    )


def test_list_finds_the_branch_and_shows_nothing_that_acts(work: Path) -> None:
    line = json.loads(reviewer(work, "list", "--json").stdout)
    assert (line["branch"], line["agent"], line["state"]) == ("claude/fix", "claude", "discovered")
    assert b"\x1b" not in reviewer(work, "list").stdout


def test_diff_and_scan_of_two_branches(work: Path) -> None:
    shown = reviewer(work, "diff", "main..claude/fix").stdout
    assert "@@ -1,1 +1,1 @@\n-one\n+r = get(u, verify=False)␛[2J\n" in shown.decode()
    found = reviewer(work, "scan", "main..claude/fix", "--format", "jsonl", "--fail-on", "high")
    assert found.returncode == 1
    assert json.loads(found.stdout)["category"] == "tls-disabled"
    assert reviewer(work, "scan", "main..claude/fix").returncode == 0


def test_a_folder_of_patches_names_its_cases(work: Path) -> None:
    patch = reviewer(work, "diff", "main..claude/fix")
    assert patch.returncode == 0
    (work / "p").mkdir()
    raw = subprocess.run(["git", "diff", "main..claude/fix"], cwd=work, capture_output=True, check=True).stdout
    (work / "p" / "one.diff").write_bytes(raw)
    out = reviewer(work, "scan", "--patch-dir", "p", "--format", "jsonl").stdout
    assert json.loads(out)["case"] == "one"


@pytest.mark.parametrize("name", ["policy", "findings", "gate"])
def test_a_word_that_several_commands_share_lists_them(work: Path, name: str) -> None:
    done = reviewer(work, name)
    assert done.returncode == 2 and done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith(f"Usage: reviewer {name} ") and "Commands:" in lines


@pytest.mark.parametrize(
    "args", [("diff",), ("diff", "main..nope"), ("scan", "--patch", "gone.diff"), ("run",), ("bad",)]
)
def test_wrong_use_is_one_sentence_and_no_traceback(work: Path, args: tuple[str, ...]) -> None:
    done = reviewer(work, *args)
    assert done.returncode in (1, 2)
    assert done.stderr
    assert b"Traceback" not in done.stderr


@sandboxed
def test_run_gives_the_commands_own_status_and_a_record_that_checks(work: Path) -> None:
    done = reviewer(
        work, "run", "--record", "r.jsonl", "--export", "out=got", "--", "sh", "-c", "echo hi; echo x > out; exit 3"
    )
    assert (done.returncode, done.stdout) == (3, b"hi\n")
    record = (work / "r.jsonl").read_bytes()
    assert check_digest(record)
    assert not check_digest(record.replace(b'"working copy"', b'"commit abcdef"'))
    header = json.loads(record.split(b"\n")[0])
    assert header["subject"] == "working copy"
    assert (work / "got").read_text() == "x\n"
    assert not (work / "out").exists()
