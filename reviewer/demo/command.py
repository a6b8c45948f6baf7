"""Runs `reviewer` commands as a user or an agent types them, each a process of its own in the demonstration's home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from reviewer.model.errors import ReviewerError
from reviewer.text import show

_SECONDS: Final = 60
# -P: the folder that a command stands in is the agent's, and no place to import from.
PROGRAM: Final = (sys.executable, "-P", "-m", "reviewer")


def reviewer(folder: Path, *args: str, said: str = "", accept: Sequence[int] = (0,)) -> dict[str, Any]:
    """One command with `--json` in `folder`, `said` on its standard input; its answer as an object.

    Raises ReviewerError with the command's own sentence where its exit status is not among `accept`.
    """
    try:
        done = subprocess.run(
            [*PROGRAM, *args, "--json"], cwd=folder, input=said.encode(), capture_output=True, timeout=_SECONDS,
            env=dict(os.environ),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ReviewerError(f"reviewer {args[0]} took longer than {_SECONDS} s", "try on a quieter machine") from None
    if done.returncode not in accept:
        first, _, more = done.stderr.decode("utf-8", "replace").strip().partition("\n")
        hint = show(more.strip(), limit=300)
        raise ReviewerError(f"reviewer {args[0]}: {show(first.removeprefix('error: '), limit=300)}", hint)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
