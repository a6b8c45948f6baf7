"""An agent and a reviewer on the command line, through a real gate process: sent back, revised, approved, landed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reviewer.attest.sign import Key
from reviewer.sandbox.launch import probe


class Shell:
    """A repository, a home of its own, and the commands of both sides."""

    def __init__(self, root: Path) -> None:
        self.work = root / "work"
        # Longer than a socket's path may be.
        self.home = root / ("home-" + "x" * 100)
        self.work.mkdir()
        key = Key.load_or_create(self.home / "keys" / "unattended" / "robot")
        self.home.chmod(0o700)
        self.git("init", "-q", "-b", "main")
        run = (
            '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "grep -q good app.txt"]\n'
            if probe().tier != "none"
            else ""
        )
        policy = f'[policy]\nunattended = [{{ name = "robot", key = "{key.public}" }}]\n'
        self.commit(**{"app.txt": "good\n", "reviewer.toml": run + policy})

    def git(self, *args: str) -> str:
        ident = ["-c", "user.name=t", "-c", "user.email=t@t"]
        run = subprocess.run(["git", *ident, *args], cwd=self.work, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    def commit(self, **files: str) -> None:
        for name, content in files.items():
            (self.work / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-qm", "work")

    def reviewer(self, *args: str, status: int = 0) -> str:
        env = {**os.environ, "REVIEWER_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-m", "reviewer", *args],
            cwd=self.work,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout or done.stderr

    def ready(self, change: str) -> dict[str, object]:
        for _ in range(200):
            shown: dict[str, object] = json.loads(self.reviewer("show", change, "--json"))
            if all(r["state"] in ("met", "not applicable") for r in shown["requirements"] if r["name"] != "decision"):  # type: ignore[attr-defined]
                return shown
            time.sleep(0.1)
        raise AssertionError(shown)

    def stop_gate(self, how: int = signal.SIGTERM) -> None:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"gate" in words and f"REVIEWER_HOME={self.home}".encode() in environ.split(b"\0"):
                os.kill(int(entry.name), how)


@pytest.fixture
def shell(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Shell(tmp_path)
    yield made
    made.stop_gate()


def test_sent_back_revised_approved_and_landed(shell: Shell) -> None:
    shell.git("switch", "-q", "-c", "claude/fix")
    shell.commit(**{"app.txt": "good but slow\n"})
    change = json.loads(shell.reviewer("submit", "--title", "Faster \x1b[2J", "--json"))["change"]
    first = shell.ready(change)
    assert "\x1b" not in str(first)
    shell.reviewer("request-changes", change, "--reason", "too slow", "--now")
    sent_back = json.loads(shell.reviewer("wait", change, "--timeout", "20", "--json", status=11))
    assert sent_back["decisions"][-1]["reason"] == ["too slow"]
    shell.commit(**{"app.txt": "good and fast\n"})
    assert json.loads(shell.reviewer("submit", "--json"))["change"] == change
    # The gate dies and is started again by whoever comes next; nothing is lost.
    shell.stop_gate(signal.SIGKILL)
    digest = str(shell.ready(change)["digest"])
    shell.git("switch", "-q", "main")
    assert "terminal" in shell.reviewer("approve", change, "--digest", digest[:12], status=2)
    old = str(first["digest"])
    assert "current digest" in shell.reviewer("approve", change, "--digest", old[:12], "--as", "robot", status=13)
    shell.reviewer("approve", change, "--digest", digest[:12], "--as", "robot", "--now")
    shell.reviewer("wait", change, "--timeout", "20")
    assert shell.git("show", "main:app.txt") == "good"
    shell.reviewer("land", change)
    assert (shell.work / "app.txt").read_text() == "good and fast\n"
    assert json.loads(shell.reviewer("list", "--json").split("\n")[0])["state"] == "landed"


def test_undo_while_it_is_held_and_a_principal_that_nobody_named(shell: Shell) -> None:
    shell.git("switch", "-q", "-c", "claude/fix")
    shell.commit(**{"app.txt": "good 2\n"})
    change = json.loads(shell.reviewer("submit", "--json"))["change"]
    digest = str(shell.ready(change)["digest"])
    Key.load_or_create(shell.home / "keys" / "unattended" / "stranger")
    assert "names no such" in shell.reviewer("approve", change, "--digest", digest, "--as", "stranger", status=13)
    sent = json.loads(shell.reviewer("approve", change, "--digest", digest, "--as", "robot", "--json"))
    assert "withdrawn" in shell.reviewer("undo", change, sent["decision_id"])
    assert json.loads(shell.reviewer("show", change, "--json"))["state"] == "pending"
    shell.reviewer("wait", change, "--timeout", "0", status=14)


def test_the_demo_walks_to_merged_and_leaves_nothing(tmp_path: Path) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path), "REVIEWER_HOME": str(tmp_path / "mine")}
    command = [sys.executable, "-m", "reviewer", "demo", "--headless"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split("\n")[-2].startswith("merged")
    assert list(tmp_path.iterdir()) == []
