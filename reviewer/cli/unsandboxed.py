"""Asks the person at the terminal whether a command may run without a sandbox, in words that nobody types by accident.

What must stay true: no answer counts that was there before the question stood, or came at once with it; without a
terminal, or where machines run (CI), the answer is no and nobody is asked.
"""

from __future__ import annotations

import os
import termios
import time

from reviewer.cli.confirm import has_terminal
from reviewer.model.errors import UsageError
from reviewer.text import show

ANSWER = "run it bare"
_MACHINES = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TF_BUILD", "BUILDKITE", "TEAMCITY_VERSION")
_TYPED_SECONDS = 0.3
"""A whole answer that comes sooner was pasted with the command, or sent by a program."""
_HINT = "run it in the sandbox, without --unsandboxed"


def may_run_bare(command_line: tuple[str, ...]) -> None:
    """Return where the person says so. Raises UsageError otherwise."""
    named = next((name for name in _MACHINES if os.environ.get(name, "").lower() not in ("", "0", "false")), None)
    if named is not None:
        raise UsageError(f"--unsandboxed is refused where machines run ({named} is set)", _HINT)
    if not has_terminal():
        raise UsageError("--unsandboxed needs a person at a terminal", _HINT)
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        shown = " ".join(show(word, limit=80) for word in command_line)
        question = (
            f"{show(shown, limit=300)}\n"
            "will run WITHOUT a sandbox: with your files, your secrets, your network. It is evidence for nothing.\n"
            f'Type "{ANSWER}" to go on: '
        )
        termios.tcflush(terminal, termios.TCIFLUSH)
        os.write(terminal, question.encode())
        asked_at = time.monotonic()
        answer = os.read(terminal, 256)
        at_once = time.monotonic() - asked_at < _TYPED_SECONDS
    finally:
        os.close(terminal)
    if at_once or answer.decode("utf-8", "replace").strip() != ANSWER:
        raise UsageError("not confirmed: nothing ran", _HINT)
