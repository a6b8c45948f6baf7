"""Audits the workflow files that a change touches with zizmor, where it is installed.

What must stay true: only files of the head commit are read, each alone in a folder of its own under a name of ours;
nothing of the repository configures the audit, no comment in a file silences it, and nothing is reached over a network;
time, memory and output are bounded. What could not be audited is named, never passed over. In the gate's scan nothing
of zizmor's is high, so that it locks no verdict: how often it is wrong on changed lines has not been measured.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reviewer.model.diff import FileDiff, FileStatus
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding, Severity, Side
from reviewer.risk.external import OTHER, External, merge
from reviewer.risk.sarif_read import read_external
from reviewer.text import Untrusted, show

FILES: Final = 40
BYTES: Final = 1 << 20
OUTPUT: Final = 8 << 20
MEMORY: Final = 2 << 30
SECONDS: Final = 20.0
"""For one file; all together may take three times as long."""
_GET: Final = 'pip install --upgrade "reviewer-desk[ci]", or put a new zizmor on the PATH'
_WORDS: Final = (
    "--offline", "--no-config", "--no-ignores", "--no-exit-codes", "--no-progress", "--quiet", "--color=never",
    "--collect=all", "--format=sarif", ".",
)  # fmt: skip
_NO_INPUT: Final = 3
"""How zizmor exits where it could read none of what it was given."""
_KINDS: Final = (
    (re.compile(r"\.github/workflows/[^/]+\.ya?ml\Z"), ".github/workflows/workflow.yml"),
    (re.compile(r"(?:.*/)?action\.ya?ml\Z", re.DOTALL), "action.yml"),
    (re.compile(r"\.github/dependabot\.ya?ml\Z"), ".github/dependabot.yml"),
    (re.compile(r"\.pre-commit-config\.ya?ml\Z"), ".pre-commit-config.yaml"),
)


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was not audited, and why."""

    path: Untrusted
    why: str

    def __str__(self) -> str:
        return f"{show(self.path, limit=200)}: {self.why}"


@dataclass(frozen=True, slots=True)
class Audited:
    """What zizmor found in how many files, and those that it did not audit."""

    found: tuple[External, ...]
    files: int
    left: tuple[Left, ...] = ()


def locate_zizmor() -> str:
    """The program beside this Python, or on the PATH; never by a relative entry of it. Raises ReviewerError."""
    places = [sysconfig.get_path("scripts"), *os.environ.get("PATH", "").split(os.pathsep)]
    absolute = os.pathsep.join(place for place in places if Path(place).is_absolute())
    program = shutil.which("zizmor", path=absolute) if absolute else None
    if program is None:
        raise ReviewerError("zizmor, which audits workflow files, is not installed", _GET)
    return program


def audit(
    files: Sequence[FileDiff],
    read: Callable[[bytes], bytes | None],
    program: str,
    clock: Callable[[], float] = time.monotonic,
) -> Audited:
    """Audit the workflow files and their like among `files`; `read` gives a path's bytes at the head."""
    found: list[External] = []
    left: list[Left] = []
    count = 0
    until = clock() + 3 * SECONDS
    for path, name in _touched(files):
        remaining = min(SECONDS, until - clock())
        # Reading costs two children of git: a change may have a hundred thousand such files.
        if count >= FILES or remaining <= 0:
            left.append(Left(path, "not audited, for there are too many workflow files"))
            continue
        data = read(path.to_bytes())
        if data is None:
            continue
        if len(data) > BYTES:
            left.append(Left(path, f"not audited, for it is larger than {BYTES >> 20} MiB"))
        else:
            count += 1
            results, why = _one(program, name, data, remaining)
            found += (replace(result, path=path.raw) for result in results)
            left += [Left(path, why)] if why else []
    return Audited(tuple(found), count, tuple(left))


def with_zizmor(
    files: Sequence[FileDiff], ours: Sequence[Finding], read: Callable[[bytes], bytes | None]
) -> list[Finding]:
    """Our findings and zizmor's, where it is installed and workflow files changed; an audit that fails is a note."""
    touched = _touched(files)
    if not touched:
        return list(ours)
    try:
        program = locate_zizmor()
    except ReviewerError:
        return list(ours)
    try:
        audited = audit(files, read, program)
    except (ReviewerError, OSError) as error:
        why = error.message if isinstance(error, ReviewerError) else error.strerror or "it failed"
        audited = Audited((), 0, (Left(touched[0][0], why),))
    together = merge(files, ours, audited.found).findings
    known = frozenset(ours)
    found = [finding if finding in known else _calm(finding) for finding in together]
    return sorted([*found, *_note(audited.left)], key=lambda finding: -finding.severity.rank)


def _calm(finding: Finding) -> Finding:
    """A finding of zizmor's at a level that locks nothing: medium where others' text becomes a command, else low."""
    most = Severity.MEDIUM if finding.category == "ci-injection" else Severity.LOW
    return replace(finding, severity=min(finding.severity, most, key=lambda severity: severity.rank))


def _note(left: Sequence[Left]) -> list[Finding]:
    """One line that says what was not audited."""
    if not left:
        return []
    first, others = left[0], len(left) - 1
    more = f"; nor were {others} other files" if others > 1 else "; nor was another file" if others else ""
    identity = hashlib.sha256(f"not audited\0{first.path.raw}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    said = Untrusted(f"zizmor did not audit it: {first.why}{more}")
    return [
        Finding(
            "zizmor/not-audited", OTHER, Severity.INFO, first.path, Side.NEW, None, said, identity, (), len(left),
            tool="zizmor",
        )
    ]  # fmt: skip


def _touched(files: Sequence[FileDiff]) -> list[tuple[Untrusted, str]]:
    """The paths on the new side that zizmor knows, each with the name under which it is laid out."""
    touched = []
    for file in files:
        if file.change.status is FileStatus.DELETED:
            continue
        path = file.change.new_path
        kind = next((name for pattern, name in _KINDS if pattern.match(path.raw)), None)
        if kind is not None:
            touched.append((path, kind))
    return touched


def _one(program: str, name: str, data: bytes, seconds: float) -> tuple[list[External], str]:
    """The results for one file, and why there are none to be trusted; empty where it was audited."""
    with tempfile.TemporaryDirectory(prefix="reviewer-ci-") as folder:
        tree, out = Path(folder) / "tree", Path(folder) / "out"
        file = tree / name
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        code = _run(program, tree, out, folder, seconds)
        if code is None:
            return [], f"zizmor took longer than {seconds:.0f} s"
        if code == _NO_INPUT:
            return [], "zizmor cannot read it"
        if code != 0:
            return [], f"zizmor failed, with exit status {code}: is it an old one?"
        with out.open("rb") as stream:
            printed = stream.read(OUTPUT + 1)
    if len(printed) > OUTPUT:
        return [], "zizmor said more than is read"
    try:
        return [_named(one) for one in read_external(printed)], ""
    except ReviewerError as error:
        return [], f"zizmor's answer is not understood: {show(error.message, limit=200)}"


def _run(program: str, tree: Path, out: Path, home: str, seconds: float) -> int | None:
    """The exit status; None where time ran out. Everything that it started is gone afterwards."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": home, "XDG_CACHE_HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
    with out.open("wb") as stream:
        try:
            child = subprocess.Popen(
                [program, *_WORDS], cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=stream,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ReviewerError(f"zizmor does not start: {error.strerror}", _GET) from None
        try:
            _bound(child.pid)
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _bound(pid: int) -> None:
    """Limits of memory and of what it may write, where the system lets them be set from outside."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (OUTPUT + 1, OUTPUT + 1))


def _named(one: External) -> External:
    """Rules as their documentation names them, without the tool's own name before them."""
    return replace(one, tool="zizmor", rule=one.rule.removeprefix("zizmor/"))
