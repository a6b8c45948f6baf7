"""Evidence of a real commit: exactly its files, a real contained run, a record that checks, a scan of both sides."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewer.evidence import apart
from reviewer.evidence.apart import gather_apart
from reviewer.evidence.blobs import Blobs
from reviewer.evidence.run import run_revision
from reviewer.evidence.scan import scan_revision, size_of
from reviewer.model.change import Size
from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError
from reviewer.model.run import Conclusion, Run, RunSpec, RunState
from reviewer.repo.locate import locate
from reviewer.repo.quarantine import Quarantine
from reviewer.sandbox.contract import Outcome
from reviewer.sandbox.launch import probe
from reviewer.sandbox.reading import read_record
from reviewer.sandbox.record import check_digest


@pytest.fixture
def commits(tmp_path: Path) -> tuple[Quarantine, str, str]:
    work = tmp_path / "work"
    work.mkdir()

    def git(*args: str) -> None:
        ident = ["-c", "user.name=t", "-c", "user.email=t@t"]
        subprocess.run(["git", *ident, *args], cwd=work, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (work / "test_it.py").write_text("import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n")
    (work / ".gitattributes").write_text("secret.txt export-ignore\n*.txt filter=evil\n")
    (work / "secret.txt").write_text("in the commit\n")
    git("add", ".")
    git("commit", "-qm", "one")
    git("switch", "-qc", "claude/x")
    (work / "test_it.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_b(self): self.fail()\n"
    )
    git("commit", "-qam", "two")
    (work / "stray.env").write_text("TOKEN=1\n")
    repository = locate(work)
    quarantine = Quarantine.open(tmp_path / "home", repository.repo_id)
    got = quarantine.fetch(repository, {"refs/heads/main": "refs/t/m", "refs/heads/claude/x": "refs/t/x"})
    return quarantine, got["refs/t/m"], got["refs/t/x"]


def test_scan_and_size(commits: tuple[Quarantine, str, str]) -> None:
    quarantine, base, head = commits
    assert size_of(quarantine, base, head) == Size(1, 1, 1)
    assert scan_revision(quarantine, base, base) == []


@pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")
def test_runs_are_over_exactly_the_commit(commits: tuple[Quarantine, str, str], tmp_path: Path) -> None:
    quarantine, base, head = commits
    tests = RunSpec("tests", ("python3", "-m", "unittest"))
    green = run_revision(quarantine, base, "d", tests, Blobs(tmp_path / "blobs"), "r1")
    red = run_revision(quarantine, head, "d", tests, Blobs(tmp_path / "blobs"), "r2")
    assert (green.state, green.conclusion, green.exit_status) == (RunState.DONE, Conclusion.SUCCESS, 0)
    assert (red.conclusion, red.exit_status) == (Conclusion.FAILURE, 1)
    assert green.record and green.log
    assert check_digest((tmp_path / "blobs" / green.record).read_bytes())
    assert b"Ran 1 test" in (tmp_path / "blobs" / green.log).read_bytes()
    files = run_revision(quarantine, head, "d", RunSpec("ls", ("ls", "-A")), Blobs(tmp_path / "blobs"), "r3")
    assert files.log
    assert (tmp_path / "blobs" / files.log).read_bytes().split() == [b".gitattributes", b"secret.txt", b"test_it.py"]


@pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")
def test_a_reviewer_is_told_what_a_run_started_and_where_it_reached(
    commits: tuple[Quarantine, str, str], tmp_path: Path
) -> None:
    quarantine, base, _head = commits
    code = "import socket\ntry: socket.create_connection(('hooks.example.net', 443))\nexcept OSError: pass"
    spec = RunSpec("reach", ("sh", "-c", f'python3 -c "{code}"; touch "$(printf "\\377")"'))
    run = run_revision(quarantine, base, "d", spec, Blobs(tmp_path / "blobs"), "r1")
    assert (run.exit_status, run.observed, run.launcher) == (0, True, probe().launcher)
    assert [line.raw.split(" (")[0] for line in run.attempts] == ["connect tcp hooks.example.net:443"]
    assert (run.network_attempts, run.commands) == (1, 3)
    assert {name.raw for name in run.programs} == {"sh", "python3", "touch"}
    assert from_json(Run, to_json(run)) == run
    assert run.record is not None
    record = read_record((tmp_path / "blobs" / run.record).read_bytes())
    assert record.doubts() == [] and record.header.subject == f"commit {base}"


@pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")
def test_a_run_whose_record_cannot_be_written_is_no_evidence(
    commits: tuple[Quarantine, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarantine, base, _head = commits
    real = Path.open

    def full(path: Path, *args: Any, **more: Any) -> Any:
        return real(Path("/dev/full") if path.name == "record" else path, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ReviewerError, match="is no evidence"):
        run_revision(quarantine, base, "d", RunSpec("ls", ("ls",)), Blobs(tmp_path / "blobs"), "r1")
    assert not (tmp_path / "blobs").exists()


def test_a_report_that_its_reader_chokes_on_costs_neither_the_gate_nor_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = b'<testsuite><testcase name="a"/></testsuite>'
    outcome = Outcome(0, Conclusion.SUCCESS, "full", written=("a.xml",), exports={"a.xml": good})
    kept: list[bytes] = []

    def keep(data: bytes) -> str:
        kept.append(data)
        return "blob"

    found = gather_apart(outcome, b"", (), keep, "tests")
    assert [(r.path.raw, r.kind, r.blob) for r in found.reports] == [("a.xml", "JUnit", "blob")]
    assert found.counts is not None and found.counts.passed == 1 and kept == [good]
    heavy = b"SF:a\n" + b"".join(b"DA:%d,1\n" % n for n in range(2_300_000))
    both = replace(outcome, written=("a.xml", "b.info"), exports={"a.xml": good, "b.info": heavy})

    def bounded_by(bound: str) -> list[tuple[str, str, str]]:
        program = apart._PROGRAM.split("from ")[0] + f"import reviewer.evidence.apart as a; a.{bound}; a.main()"
        with monkeypatch.context() as patched:
            patched.setattr(apart, "_PROGRAM", program)
            found = gather_apart(both, b"2 passed in 1s\n", (), keep, "tests")
        assert found.counts is not None
        return [(report.path.raw, report.kind, report.reason) for report in found.reports]

    small = bounded_by("MEMORY = 120 << 20")
    assert small == [("a.xml", "JUnit", ""), ("b.info", "", "reading it took more memory than a report may")]
    late = "reading it took more memory or time than a report may"
    assert bounded_by("SECONDS = 1") == [("a.xml", "", late), ("b.info", "", late), ("", "output", "")]
