"""Reads lock files strictly: each package by its version and its hashes, and no other instruction to the installer.

What must stay true: a line that could make an installer build, fetch from elsewhere, or read another file refuses the
whole; sizes are bounded, and no pattern costs more than its line's length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from reviewer.model.errors import UsageError
from reviewer.text import show

LOCK_BYTES: Final = 8 << 20
PACKAGES: Final = 5_000
_PINNED: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]{0,100})(\[[A-Za-z0-9,._ -]{1,200}\])? ?== ?([A-Za-z0-9.!+_-]{1,80})"
    r"( ?; ?[\w .<>=!~'\"(),]{1,300})?"
)
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_LOCKED: Final = ("sha512-", "sha384-", "sha256-")


def read_python_lock(data: bytes, path: str) -> list[str]:
    """The packages of a requirements file as lines that say nothing else. Raises UsageError."""
    found: list[str] = []
    for line in _joined(_decoded(data, path)):
        pinned, *hashes = re.split(r" +(?=--hash=)", line)
        match = _PINNED.fullmatch(pinned.strip())
        if match is None or any(_HASH.fullmatch(one.strip()) is None for one in hashes):
            raise _refuse(path, f"{show(line, limit=80)} is not NAME==VERSION with hashes", _PIP_HINT)
        if not hashes:
            raise _refuse(path, f"{show(match[1], limit=80)} has no hash", _PIP_HINT)
        name, extras, version, marker = match.groups()
        words = " ".join(one.strip() for one in hashes)
        found.append(f"{name}{extras or ''}=={version}{(' ' + marker.strip()) if marker else ''} {words}")
        if len(found) > PACKAGES:
            raise _refuse(path, f"it names more than {PACKAGES} packages", _PIP_HINT)
    if not found:
        raise _refuse(path, "it names no package", _PIP_HINT)
    return found


_PIP_HINT: Final = "make it with: uv pip compile --generate-hashes, or pip-compile --generate-hashes"


def _joined(text: str) -> list[str]:
    """Lines without comments, those that a backslash continues as one."""
    lines: list[str] = []
    waiting = ""
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith("#"):
            continue
        line = line.split(" #", 1)[0].rstrip()
        if line.endswith("\\"):
            waiting += line[:-1].strip() + " "
            continue
        whole = (waiting + line).strip()
        waiting = ""
        if whole:
            lines.append(whole)
    return [*lines, waiting.strip()] if waiting.strip() else lines


def read_npm_lock(data: bytes, path: str, hosts: frozenset[str]) -> int:
    """How many packages a package-lock.json pins; each from one of `hosts`. Raises UsageError."""
    try:
        lock = json.loads(_decoded(data, path))
        version, packages = lock["lockfileVersion"], lock["packages"]
        entries = [(name, entry) for name, entry in packages.items() if name]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _refuse(path, "it is no package-lock.json of version 2 or 3", _NPM_HINT) from None
    if version not in (2, 3) or len(entries) > PACKAGES:
        raise _refuse(path, f"it has version {show(str(version), limit=10)} and {len(entries)} packages", _NPM_HINT)
    for name, entry in entries:
        why = _npm_entry(entry, hosts)
        if why:
            raise _refuse(path, f"{show(name, limit=80)} {why}", _NPM_HINT)
    return len(entries)


_NPM_HINT: Final = "make it with: npm install --package-lock-only, npm 7 or newer"


def _npm_entry(entry: Any, hosts: frozenset[str]) -> str:
    """Why a package is not taken; empty where it is."""
    if not isinstance(entry, Mapping):
        return "is no package"
    if entry.get("link"):
        return "is a folder of the repository: workspaces are not prepared"
    if entry.get("inBundle"):
        return ""
    integrity, resolved = entry.get("integrity"), entry.get("resolved")
    if not isinstance(integrity, str) or not integrity.startswith(_LOCKED):
        return "has no hash"
    if resolved is None:
        return ""
    try:
        place = urlsplit(resolved)
        named = place.hostname
    except (ValueError, AttributeError, TypeError):
        return "comes from an address that cannot be read"
    if place.scheme != "https" or named not in hosts:
        return f"comes from {show(str(named or resolved), limit=60)}, which is not among the hosts"
    return ""


def _decoded(data: bytes, path: str) -> str:
    if len(data) > LOCK_BYTES:
        raise _refuse(path, f"it is larger than {LOCK_BYTES >> 20} MiB", "split it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse(path, "it is not UTF-8", "save it as UTF-8") from None


def _refuse(path: str, why: str, hint: str) -> UsageError:
    return UsageError(f"{show(path, limit=100)} of the base commit cannot be prepared: {why}", hint)
