"""A command that is ended takes its children with it; one that fails says so in its own words."""

import sys
import threading
import time
from pathlib import Path

import pytest

from reviewer.demo import command
from reviewer.demo.command import Commands
from reviewer.model.errors import ReviewerError

_WITH_CHILD = """
import subprocess, sys, time
apart = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **apart)
with open("child.new", "w") as file:
    file.write(str(child.pid))
__import__("os").rename("child.new", "child")
time.sleep(600)
"""


def test_ended_it_takes_its_children_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_PROGRAM", (sys.executable, "-c", _WITH_CHILD))
    ended = threading.Event()
    commands = Commands(ended)

    def end() -> None:
        while not (tmp_path / "child").exists():
            time.sleep(0.01)
        ended.set()

    threading.Thread(target=end, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        commands.run(tmp_path, "wait")
    child = int((tmp_path / "child").read_text())
    for _ in range(200):
        if not running(child):
            break
        time.sleep(0.02)
    assert not running(child)
    with pytest.raises(KeyboardInterrupt):
        commands.run(tmp_path, "wait")


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_its_refusal_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    with pytest.raises(ReviewerError) as refused:
        Commands(threading.Event()).run(tmp_path, "submit")
    assert "is not in a git repository" in refused.value.message
    assert refused.value.hint
