"""Reads the reports of a run in a process of its own: whoever wrote them may have had only their reader in mind.

What must stay true: what a report makes its reader use up, or do, ends with that process; its answer is validated like
anything from outside; a report that could not be read there says so, and the run stands all the same.
"""

from __future__ import annotations

import importlib.util
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import reviewer
from reviewer.evidence.reported import Gathered, gather
from reviewer.model.codec import from_json, to_json
from reviewer.model.diff import FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.model.reported import Reported
from reviewer.sandbox.contract import Outcome
from reviewer.text import Untrusted

SECONDS: Final = 60
MEMORY: Final = 3 << 29
"""Of addresses, all told: the largest reports that are taken need about half of it."""
_PROGRAM: Final = "import sys; sys.path += sys.argv[1:]; from reviewer.evidence.apart import main; main()"


def gather_apart(
    outcome: Outcome, printed: bytes, files: Sequence[FileDiff], keep: Callable[[bytes], str], run: str
) -> Gathered:
    """What `gather` finds; `keep` makes a blob of each report's bytes and names it."""
    if not outcome.exports:
        return gather(outcome, printed, files, run)
    found = _asked(pickle.dumps((outcome, printed, tuple(files), run)))
    if found is None:
        why = "reading it took more memory or time than a report may"
        alone = gather(replace(outcome, exports={}, refused_exports={}), printed, files, run)
        unread = tuple(Reported(Untrusted(path), "", reason=why) for path in outcome.exports)
        found = replace(alone, reports=(*unread, *alone.reports))
    blobs = {path: keep(data) for path, data in outcome.exports.items()}
    return replace(found, reports=tuple(replace(one, blob=blobs.get(one.path.raw)) for one in found.reports))


def _asked(question: bytes) -> Gathered | None:
    try:
        done = subprocess.run(
            _command(), input=question, capture_output=True, timeout=SECONDS * 2, check=False, cwd="/", env={}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode:
        return None
    try:
        return from_json(Gathered, done.stdout)
    except ReviewerError:
        return None


def _command() -> list[str]:
    """Isolated, so that neither the working directory nor the environment gives it modules."""
    spec = importlib.util.find_spec("msgspec")
    files = (reviewer.__file__, spec.origin if spec is not None else None)
    places = dict.fromkeys(str(Path(file).absolute().parent.parent) for file in files if file)
    return [sys.executable, "-I", "-B", "-c", _PROGRAM, *places]


def main() -> None:
    """The other side: the question comes from our own gate, what is in it does not."""
    question = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    outcome, printed, files, run = pickle.loads(question)  # noqa: S301
    sys.stdout.buffer.write(to_json(gather(outcome, printed, files, run)))
