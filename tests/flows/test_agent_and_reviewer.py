"""An agent and a reviewer on the command line, through a real gate process: sent back, revised, approved, landed."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell, command

from reviewer.attest.sign import Key


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
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
    assert (sent_back["outcome"], sent_back["verdict"]) == ("changes requested", "request changes")
    assert (sent_back["reason"], sent_back["waited_for"]) == ("too slow", first["digest"])
    shell.commit(**{"app.txt": "good and fast\n"})
    assert json.loads(shell.reviewer("submit", "--json"))["change"] == change
    # The gate dies and is started again by whoever comes next; nothing is lost.
    shell.stop_gate(signal.SIGKILL)
    digest = str(shell.ready(change)["digest"])
    shell.git("switch", "-q", "main")
    assert "terminal" in shell.reviewer("approve", change, "--digest", digest[:12], status=2)
    old = str(first["digest"])
    stale = shell.reviewer("approve", change, "--digest", old[:12], "--as", "robot", status=13)
    assert "names revision 1; the current digest is revision 2's" in stale
    assert "new since then: 1 commits; 1 files differ: app.txt" in stale
    shell.reviewer("approve", change, "--digest", digest[:12], "--as", "robot", "--now")
    shell.reviewer("wait", change, "--timeout", "20")
    assert shell.git("show", "main:app.txt") == "good"
    shell.reviewer("land", change)
    assert (shell.work / "app.txt").read_text() == "good and fast\n"
    assert json.loads(shell.reviewer("list", "--json").split("\n")[0])["state"] == "landed"


def test_what_a_waiting_agent_is_told(shell: Shell) -> None:
    shell.branch("claude/fix", **{"app.txt": "good 2\n"})
    change = shell.submit("claude/fix")
    first = str(shell.ready(change)["digest"])
    timed_out = json.loads(shell.reviewer("wait", change, "--timeout", "0", "--json", status=14))
    assert (timed_out["outcome"], timed_out["verdict"], timed_out["reason"]) == ("timed out", None, "")
    shell.reviewer("comment", change, "--file", "app.txt", "--line", "1", "--text", "why\n2?")
    shell.git("switch", "-q", "claude/fix")
    shell.commit("Say why", **{"app.txt": "good 2, because\n"})
    shell.git("switch", "-q", "main")
    # Not submitted yet: what was looked at is not what the branch is.
    moved = shell.reviewer("approve", change, "--digest", first, "--as", "robot", "--now", status=13)
    assert "new since then: 1 commits; 1 files differ: app.txt" in moved
    assert "Say why" in moved
    # Whoever waits for a revision learns of the next, also where it came while they waited.
    env = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    words = command("wait", change, "--digest", first, "--json")
    waiting = subprocess.Popen(words, cwd=shell.work, env=env, stdout=subprocess.PIPE)
    assert shell.submit("claude/fix") == change
    told = json.loads(waiting.communicate(timeout=60)[0])
    assert (waiting.returncode, told["outcome"], told["waited_for"]) == (12, "superseded", first)
    assert (told["verdict"], told["revision"]) == (None, 2)
    (comment,) = told["comments"]
    assert (comment["file"], comment["line"], comment["body"], comment["by"]) == ("app.txt", 1, ["why", "2?"], "person")
    shell.reviewer("wait", change, "--digest", first[:12], status=12)
    # The target takes another way with the same line.
    shell.commit(**{"app.txt": "good, another way\n"})
    shell.git("branch", "claude/late", "claude/fix")
    late = json.loads(shell.reviewer("wait", shell.submit("claude/late"), "--json", status=13))
    assert (late["outcome"], late["reason"]) == ("conflict", "conflicts with the target in: app.txt")
    shell.reviewer("reject", change, "--reason", "not this", "--now")
    rejected = json.loads(shell.reviewer("wait", change, "--timeout", "30", "--json", status=10))
    assert (rejected["outcome"], rejected["verdict"], rejected["reason"]) == ("rejected", "reject", "not this")


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
