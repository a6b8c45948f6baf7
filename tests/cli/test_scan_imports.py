"""`reviewer scan` with what others found and what runs did: real files, real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.sandbox.launch import probe

PATCH = """diff --git a/app.py b/app.py
index 1..2 100644
--- a/app.py
+++ b/app.py
@@ -1,1 +1,2 @@
 import os
+x = 1
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "p.diff").write_text(PATCH)
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    return tmp_path


def reviewer(work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reviewer", *words], cwd=work, capture_output=True, text=True, check=False
    )


def test_another_scanners_file_is_taken_and_what_became_of_it_is_told_apart_from_the_findings(work: Path) -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": 2}}}
    results = [{"ruleId": "E1", "level": "error", "message": {"text": "no"}, "locations": [place]}, {"locations": []}]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "lint"}}, "results": results}]}
    (work / "o.sarif").write_text(json.dumps(log))
    done = reviewer(work, "scan", "--patch", "p.diff", "--import", "o.sarif", "--json", "--fail-on", "medium")
    assert done.returncode == 1 and done.stderr == "o.sarif: 1 taken\n"
    said = json.loads(done.stdout)
    assert (said["rule"], said["tool"], said["severity"], said["line"]) == ("lint/E1", "lint", "medium", 2)
    off = reviewer(work, "scan", "--patch", "p.diff", "--import", "o.sarif", "--off", "lint/E1")
    assert (off.stdout, off.stderr) == ("", "o.sarif: 0 taken, 1 of rules that are off\n")
    sarif = json.loads(reviewer(work, "scan", "--patch", "p.diff", "--import", "o.sarif", "--format", "sarif").stdout)
    assert [r["properties"]["tool"] for r in sarif["runs"][0]["results"]] == ["lint"]


@pytest.mark.parametrize(
    "words",
    [
        ("--import", "p.diff"),
        ("--import", "gone.sarif"),
        ("--run", "p.diff"),
        ("--run", "gone.jsonl"),
        ("--base-run", "p.diff"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence(work: Path, words: tuple[str, ...]) -> None:
    done = reviewer(work, "scan", "--patch", "p.diff", *words)
    assert done.returncode in (1, 2) and done.stderr.startswith("error: ") and "Traceback" not in done.stderr


@pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")
def test_what_a_run_did_beside_the_bases_is_judged_from_their_records(work: Path) -> None:
    tree = work / "tree"
    tree.mkdir()
    reach = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('203.0.113.7', 443))"
    for name, script in (("base", "pass"), ("head", f"{reach}; open('CLAUDE.md', 'w')")):
        ran = reviewer(work, "run", "--in", "tree", "--record", f"{name}.jsonl", "--", "python3", "-c", script)
        assert ran.returncode == 0, ran.stderr
    done = reviewer(work, "scan", "--patch", "p.diff", "--run", "head.jsonl", "--base-run", "base.jsonl", "--json")
    said = {(f["category"], f["severity"], f["run"]) for f in map(json.loads, done.stdout.splitlines())}
    assert ("stray-write", "high", "head.jsonl") in said
    if json.loads(reviewer(work, "record", "show", "head.jsonl", "--json").stdout)["end"]["observed"]:
        assert ("network-egress", "high", "head.jsonl") in said
    (work / "head.jsonl").write_text((work / "head.jsonl").read_text().replace("CLAUDE", "claude"))
    forged = reviewer(work, "scan", "--patch", "p.diff", "--run", "head.jsonl")
    assert forged.returncode == 1 and "no evidence" in forged.stderr
