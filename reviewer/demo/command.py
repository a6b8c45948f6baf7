"""Runs `reviewer` commands as a user or an agent types them, each a process of its own in the demonstration's home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from reviewer.model.errors import ReviewerError
from reviewer.text import show

_SECONDS: Final = 60
# -P: the folder that a command stands in is the agent's, and no place to import from.
_PROGRAM: Final = (sys.executable, "-P", "-m", "reviewer")


class Commands:
    """Runs one command after the other until `ended` is set: then the one under way is killed, with all its children.

    What would go on asking would start the demonstration's gate again.
    """

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def run(self, folder: Path, *args: str, said: str = "") -> dict[str, Any]:
        """One command with `--json` in `folder`, `said` on its standard input; its answer as an object.

        Raises ReviewerError with the command's own sentence where it failed, KeyboardInterrupt where we are to end.
        """
        if self._ended.is_set():
            raise KeyboardInterrupt
        child = subprocess.Popen(
            [*_PROGRAM, *args, "--json"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        out, err = self._finished(child, args[0], said.encode())
        if child.returncode != 0:
            first, _, more = err.decode("utf-8", "replace").strip().partition("\n")
            hint = show(more.strip(), limit=300)
            raise ReviewerError(f"reviewer {args[0]}: {show(first.removeprefix('error: '), limit=300)}", hint)
        answer: dict[str, Any] = json.loads(out)
        return answer

    def _finished(self, child: subprocess.Popen[bytes], name: str, said: bytes | None) -> tuple[bytes, bytes]:
        until = time.monotonic() + _SECONDS
        while True:
            try:
                return child.communicate(said, timeout=0.1)
            except subprocess.TimeoutExpired:
                said = None  # is being sent already
                late = time.monotonic() > until
                if not late and not self._ended.is_set():
                    continue
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            if late:
                raise ReviewerError(f"reviewer {name} took longer than {_SECONDS} s", "try on a quieter machine")
            raise KeyboardInterrupt
