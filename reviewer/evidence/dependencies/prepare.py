"""Prepares the packages of a base commit's lock file in a folder that runs may read, once for each lock file.

What must stay true: the installers get a lock file that we read and wrote anew, an environment without anything of the
person's, and one way out, to the named hosts; they unpack and never build or run a package; a folder without its mark
is one that was cut short, and is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from reviewer.evidence.dependencies.installers import Installer, npm, pip
from reviewer.evidence.dependencies.lock import read_npm_lock, read_python_lock
from reviewer.evidence.dependencies.proxy import passing
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.model.run import Prepare, RunSpec
from reviewer.repo.quarantine import Quarantine
from reviewer.sandbox.launchers import interpreter
from reviewer.text import show

PYTHON_HOSTS: Final = frozenset({"files.pythonhosted.org"})
NPM_HOSTS: Final = frozenset({"registry.npmjs.org"})
_MODULES: Final = "node_modules"
"""Node looks for it beside the files that ask, wherever it lies."""
_UNUSED_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class _Part:
    """One lock file: what it is kept by, and how it is installed into a folder."""

    path: str
    key: tuple[str, ...]
    packages: int
    install: Callable[[Path, Installer], None]
    hosts: frozenset[str]


def with_dependencies(
    spec: RunSpec, wanted: Prepare, quarantine: Quarantine, base: str, head: str, folder: Path,
    cancel: threading.Event | None = None,
) -> RunSpec:  # fmt: skip
    """The same run, given what `wanted` names at the commit `base`, and saying so.

    Raises UsageError for what can never be prepared, ReviewerError for what cannot be now.

    `head` is what is reviewed: where it has another lock file, that is said and not followed. `folder` keeps all of it.
    """
    words = [f"this machine's {path}, read-only" for path in spec.read_only]
    for named in spec.read_only:
        if PurePosixPath(named).name == _MODULES:
            spec = replace(spec, links=(*spec.links, (_MODULES, os.path.expanduser(named))))  # noqa: PTH111
    for part in _parts(wanted, quarantine, base):
        place, mark = _ready(part, folder, wanted.seconds, cancel)
        spec = _given(spec, place)
        packages = "1 package" if part.packages == 1 else f"{part.packages} packages"
        hosts = ", ".join(mark["reached"]) or "no host"
        words.append(f"{packages} of {part.path} at the base {base[:12]}, prepared {mark['made_at']} from {hosts}")
        path = part.path.encode()
        if quarantine.file(head, path) != quarantine.file(base, path):
            words.append(f"the change's own {part.path} is another, and is not followed")
    return replace(spec, dependencies="; ".join(words))


def _given(spec: RunSpec, place: Path) -> RunSpec:
    spec = replace(spec, read_only=(*spec.read_only, str(place)))
    if (place / _MODULES).is_dir():
        return replace(spec, links=(*spec.links, (_MODULES, str(place / _MODULES))))
    return spec


def _parts(wanted: Prepare, quarantine: Quarantine, base: str) -> Iterator[_Part]:
    if wanted.python:
        lines = read_python_lock(_file(quarantine, base, wanted.python), wanted.python)
        text = "\n".join(lines) + "\n"
        key = ("python", sys.version, interpreter(), wanted.index, text)
        hosts = PYTHON_HOSTS | {urlsplit(wanted.index).netloc} | frozenset(wanted.hosts)
        yield _Part(wanted.python, key, len(lines), lambda place, by: pip(place, text, wanted.index, by), hosts)
    if wanted.npm:
        hosts = NPM_HOSTS | frozenset(wanted.hosts)
        lock = _file(quarantine, base, wanted.npm)
        package = _bare(_file(quarantine, base, str(PurePosixPath(wanted.npm).with_name("package.json"))))
        count = read_npm_lock(lock, wanted.npm, hosts)
        digests = tuple(hashlib.sha256(data).hexdigest() for data in (lock, package))
        yield _Part(wanted.npm, ("npm", *digests), count, lambda place, by: npm(place, lock, package, by), hosts)


def _file(quarantine: Quarantine, base: str, path: str) -> bytes:
    found = quarantine.file(base, path.encode())
    if found is None:
        raise UsageError(f"the base commit has no {show(path, limit=100)}", "name a lock file of the target branch")
    return found


def _bare(package: bytes) -> bytes:
    """What npm must agree on with the lock file, and nothing that it could run."""
    kept = ("name", "version", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
    try:
        found = json.loads(package)
        return json.dumps({name: found[name] for name in kept if name in found}).encode()
    except (ValueError, TypeError, RecursionError):
        raise UsageError("package.json of the base commit is no JSON object", "mend it on the target") from None


# --- one folder -----------------------------------------------------------------------------------------------------


def _ready(part: _Part, folder: Path, seconds: float, cancel: threading.Event | None) -> tuple[Path, dict[str, Any]]:
    """The folder of a lock file, made where it is not there whole; and what its mark says."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / hashlib.sha256("\0".join(part.key).encode()).hexdigest()
    deadline = time.monotonic() + seconds
    with _alone(place.with_suffix(".lock"), deadline, cancel) as held:
        # Beside the folder: what is unpacked there can write no mark.
        mark = place.with_suffix(".json")
        if not (mark.is_file() and place.is_dir()):
            mark.unlink(missing_ok=True)
            shutil.rmtree(place, ignore_errors=True)
            _sweep(folder)
            place.mkdir(mode=0o700)
            try:
                said = _make(part, place, Installer("", deadline, cancel, held))
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
            draft = place.with_suffix(".draft")
            draft.write_text(json.dumps(said))
            draft.rename(mark)
        os.utime(mark)
        return place, json.loads(mark.read_text())


def _make(part: _Part, place: Path, by: Installer) -> dict[str, Any]:
    with passing(part.hosts) as proxy:
        try:
            part.install(place, replace(by, proxy=proxy.address))
        except ReviewerError as error:
            if not proxy.refused:
                raise
            named = ", ".join(dict.fromkeys(proxy.refused))
            raise ReviewerError(f"{error.message}; refused: {named}", "name it in hosts under [prepare]") from None
    return {"made_at": time.strftime("%Y-%m-%d", time.gmtime()), "reached": sorted(proxy.reached)}


@contextmanager
def _alone(lock: Path, deadline: float, cancel: threading.Event | None) -> Iterator[int]:
    """One at a time, also between processes; the lock's descriptor."""
    with lock.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline or (cancel is not None and cancel.is_set()):
                    raise ReviewerError("dependencies were not prepared: another run is at it", "run again") from None
                time.sleep(0.1)
        yield file.fileno()


def _sweep(folder: Path) -> None:
    """Take away what no run has used for long."""
    for mark in folder.glob("*.json"):
        if time.time() - mark.stat().st_mtime > _UNUSED_SECONDS:
            mark.unlink(missing_ok=True)
            shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
