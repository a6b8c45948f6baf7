"""Records on the command line, and the one way to run a command without a sandbox."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.sandbox.launch import probe

MAIN = [sys.executable, "-m", "reviewer"]
sandboxed = pytest.mark.skipif(probe().tier == "none", reason="no sandbox here")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    (place / "file.txt").write_text("hello\n")
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "BUILDKITE", "TEAMCITY_VERSION"):
        monkeypatch.delenv(name, raising=False)
    return place


def reviewer(work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MAIN, *words], cwd=work, capture_output=True, text=True, check=False)


@sandboxed
def test_a_record_is_shown_checked_and_converted(work: Path) -> None:
    script = "cat file.txt; echo new > made.txt; rm file.txt; printf '\\033]0;evil\\007'; exit 4"
    assert reviewer(work, "run", "--record", "run.jsonl", "--", "sh", "-c", script).returncode == 4
    shown = reviewer(work, "record", "show", "run.jsonl", "--output")
    assert shown.returncode == 0, shown.stderr
    rows = {tuple(line.split(None, 1)) for line in shown.stdout.splitlines() if line.strip()}
    for row in (("subject", "working copy"), ("result", "exit status 4"), ("written", "made.txt")):
        assert row in rows
    assert ("deleted", "file.txt") in rows
    assert "never" in shown.stdout and "hello" in shown.stdout and "\x1b" not in shown.stdout
    checked = reviewer(work, "record", "check", "run.jsonl")
    assert (checked.returncode, checked.stdout) == (1, "it is about a working copy, not about a commit\n")
    as_json = json.loads(reviewer(work, "record", "check", "run.jsonl", "--json").stdout)
    assert as_json == {"whole": True, "doubts": ["it is about a working copy, not about a commit"]}
    facts = json.loads(reviewer(work, "record", "show", "run.jsonl", "--json").stdout)
    assert facts["end"]["exit_status"] == 4 and facts["header"]["command"][0] == "sh"
    cast = reviewer(work, "record", "export", "run.jsonl", "--format", "asciicast").stdout.splitlines()
    assert json.loads(cast[0])["version"] == 3
    assert json.loads(cast[1])[1:] == ["o", "hello\r\n"]
    assert json.loads(cast[-1])[1:] == ["x", "4"]


def test_what_is_no_record_is_one_sentence(work: Path) -> None:
    for words in (("show", "gone.jsonl"), ("check", "file.txt"), ("export", "file.txt"), ("show", ".")):
        done = reviewer(work, "record", *words)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith("error: ") and len(done.stderr.splitlines()) == 2


@sandboxed
def test_a_full_disk_stops_the_run_and_says_that_it_is_no_evidence(work: Path) -> None:
    script = "for n in $(seq 2000); do echo 0123456789012345678901234567890123456789; done; sleep 60"
    done = reviewer(work, "run", "--record", "/dev/full", "--", "sh", "-c", script)
    assert done.returncode == 1
    assert "the run's record cannot be written (No space left on device): the run is no evidence" in done.stderr
    assert "make room" in done.stderr
    small = reviewer(work, "run", "--record", "/dev/full", "--", "true")
    assert small.returncode == 1 and "no evidence" in small.stderr


def at_a_terminal(work: Path, answer: bytes, *words: str, after: float = 0.4) -> tuple[int, str]:
    """The exit status and what stood on the terminal; the answer is given seconds after the question."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(work)
        os.execv(sys.executable, [*MAIN, *words])
    said = b""
    answered = False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
        if not answered and said.endswith(b"to go on: "):
            time.sleep(after)
            os.write(terminal, answer)
            answered = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode("utf-8", "replace")


BARE = ("run", "--unsandboxed", "--record", "run.jsonl", "--", "sh", "-c", "id -u; pwd; exit 6")


def test_without_a_sandbox_a_person_must_say_so_and_it_is_no_evidence(work: Path) -> None:
    status, said = at_a_terminal(work, b"run it bare\n", *BARE)
    assert status == 6, said
    assert "WITHOUT a sandbox" in said and f"\n{os.getuid()}\r\n" in said
    lines = [json.loads(line) for line in (work / "run.jsonl").read_text().splitlines()]
    assert (lines[0]["sandboxed"], lines[0]["capabilities"]["launcher"], lines[-1]["tier"]) == (False, "bare", "none")
    checked = reviewer(work, "record", "check", "run.jsonl")
    assert checked.returncode == 1 and "made without a sandbox" in checked.stdout


@sandboxed
def test_a_letter_that_the_terminal_has_not_is_spelled_and_not_sent(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In UTF-8 it ends in 9B, which begins a sequence where each byte is a letter."""
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    status, said = at_a_terminal(work, b"", "run", "--", "printf", "\\305\\2336n \\303\\251")
    assert (status, said) == (0, "\\u015b6n \ufffd")


@pytest.mark.parametrize("answer", [b"\n", b"y\n", b"yes\n", b"run it\n", b"RUN IT BARE\n", b"\x04"])
def test_another_answer_runs_nothing(work: Path, answer: bytes) -> None:
    status, said = at_a_terminal(work, answer, *BARE)
    assert status == 2 and "not confirmed: nothing ran" in said
    assert not (work / "run.jsonl").exists()


def test_an_answer_that_came_with_the_command_runs_nothing(work: Path) -> None:
    status, said = at_a_terminal(work, b"run it bare\n", *BARE, after=0)
    assert status == 2 and "nothing ran" in said


def test_nobody_is_asked_without_a_terminal_or_where_machines_run(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.run([*MAIN, *BARE], cwd=work, input="run it bare\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a person at a terminal" in done.stderr
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    status, said = at_a_terminal(work, b"run it bare\n", *BARE)
    assert status == 2 and "refused where machines run (GITHUB_ACTIONS is set)" in said
    assert not (work / "run.jsonl").exists()


def test_limits_hold_without_a_sandbox_too(work: Path) -> None:
    marker = f"reviewer-bare-{os.getpid()}"
    script = f"(exec -a {marker} sleep 300) & exec sleep 300"
    words = ("run", "--unsandboxed", "--timeout", "0.3", "--", "bash", "-c", script)
    status, said = at_a_terminal(work, b"run it bare\n", *words)
    assert status == 137 and "the limit on time was hit" in said
    cmdlines: list[Callable[[], bytes]] = [entry.read_bytes for entry in Path("/proc").glob("[0-9]*/cmdline")]
    found = []
    for read in cmdlines:
        try:
            found.append(read())
        except OSError:
            continue
    assert not [line for line in found if line.startswith(marker.encode())]
