"""Comments from the command line: what kind they are, what they answer, and that only a person settles a thread."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from shell import Shell, command, run


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("kinds"), runs=False)
    yield made
    made.stop_gate()


@pytest.fixture(scope="module")
def change(shell: Shell) -> str:
    shell.branch("claude/kinds", **{"kinds.txt": "one\ntwo\nthree\n"})
    return shell.submit("claude/kinds")


def comments(shell: Shell, change: str) -> list[dict[str, Any]]:
    return json.loads(run(shell.home, shell.work, "show", change, "--json").stdout)["comments"]


def test_a_question_on_lines_is_answered_and_its_thread_proposed_as_settled(shell: Shell, change: str) -> None:
    def say(*args: str, status: int = 0) -> str:
        done = run(shell.home, shell.work, "comment", change, *args)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    say("--file", "kinds.txt", "--line", "1", "--to", "2", "--kind", "question", "--text", "why two?")
    asked = comments(shell, change)[-1]
    assert (asked["kind"], asked["line"], asked["last_line"], asked["by"]) == ("question", 1, 2, "person")
    root = asked["comment_id"]
    say("--as-agent", "claude", "--answers", root[:10], "--resolve", "--text", "done so")
    answer = comments(shell, change)[-1]
    assert (answer["answers"], answer["by"], answer["resolved"]) == (root, "agent", True)
    assert (answer["file"], answer["line"]) == ("kinds.txt", 1)
    shown = run(shell.home, shell.work, "show", change).stdout
    assert "question" in shown and "proposes that it is settled" in shown
    # Nothing but a terminal makes a person of whoever calls.
    assert "only a person settles" in say("--answers", root, "--resolve", "--text", "settled", status=2)
    assert "needs --answers" in say("--resolve", "--text", "x", status=2)
    assert "no comment of this change" in say("--answers", "zzzz", "--text", "x", status=2)
    assert "needs the --line" in say("--to", "3", "--text", "x", status=2)
    assert len(comments(shell, change)) == 2


def test_a_person_settles_on_a_terminal(shell: Shell, change: str) -> None:
    run(shell.home, shell.work, "comment", change, "--kind", "instruction", "--text", "use a set")
    root = comments(shell, change)[-1]
    assert root["kind"] == "instruction"
    main, side = pty.openpty()
    call = command("comment", change, "--answers", root["comment_id"], "--resolve", "--text", "seen")
    env = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    done = subprocess.run(call, cwd=shell.work, stdin=side, capture_output=True, env=env, timeout=60)
    assert done.returncode == 0, done.stderr
    last = comments(shell, change)[-1]
    assert (last["by"], last["resolved"], last["answers"]) == ("person", True, root["comment_id"])
    os.close(main)
    os.close(side)
