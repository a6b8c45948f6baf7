"""A repository, a home of its own, and the commands of both sides as real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from reviewer.attest.sign import Key
from reviewer.sandbox.launch import probe

IDENTITY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@t",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@t",
}
RUN = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "grep -q good app.txt"]\n'


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, env={**os.environ, **IDENTITY}, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "reviewer", *args]


def run(home: Path, cwd: Path, *args: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """One command, its streams decoded; never a traceback."""
    env = {**os.environ, **IDENTITY, "REVIEWER_HOME": str(home), **more.pop("env", {})}
    more = {"stdin": subprocess.DEVNULL, "timeout": 100, **more}
    done = subprocess.run(command(*args), cwd=cwd, env=env, capture_output=True, errors="replace", **more)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    return done


def stop_gate(home: Path, how: int = signal.SIGTERM) -> bool:
    """Signal the gate of a home; whether there was one."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"gate" in words and f"REVIEWER_HOME={home}".encode() in environ.split(b"\0"):
            os.kill(int(entry.name), how)
            return True
    return False


class Shell:
    """`main` holds a policy with one unattended principal, `robot`, and where there is a sandbox a run."""

    def __init__(self, root: Path, *, runs: bool = True) -> None:
        self.work = root / "work"
        # Longer than a socket's path may be.
        self.home = root / ("home-" + "x" * 100)
        self.work.mkdir()
        key = Key.load_or_create(self.home / "keys" / "unattended" / "robot")
        self.home.chmod(0o700)
        self.git("init", "-q", "-b", "main")
        policy = f'[policy]\nunattended = [{{ name = "robot", key = "{key.public}" }}]\n'
        self.commit(**{"app.txt": "good\n", "reviewer.toml": (RUN if runs and probe().tier != "none" else "") + policy})

    def git(self, *args: str) -> str:
        return git(self.work, *args)

    def commit(self, message: str = "work", **files: str) -> None:
        for name, content in files.items():
            (self.work / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def branch(self, name: str, **files: str) -> None:
        """A branch off main with one commit; main is checked out afterwards."""
        self.git("switch", "-q", "-c", name, "main")
        self.commit(name, **files)
        self.git("switch", "-q", "main")

    def run(self, *args: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return run(self.home, self.work, *args, **more)

    def reviewer(self, *args: str, status: int = 0, **more: Any) -> str:
        done = self.run(*args, **more)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout or done.stderr

    def submit(self, branch: str) -> str:
        return str(json.loads(self.reviewer("submit", "--branch", branch, "--json"))["change"])

    def show(self, change: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.reviewer("show", change, "--json"))
        return shown

    def ready(self, change: str) -> dict[str, Any]:
        """The change once everything but the decision is settled."""
        for _ in range(200):
            shown = self.show(change)
            if all(r["state"] in ("met", "not applicable") for r in shown["requirements"] if r["name"] != "decision"):
                return shown
            time.sleep(0.1)
        raise AssertionError(shown)

    def stop_gate(self, how: int = signal.SIGTERM) -> bool:
        return stop_gate(self.home, how)
