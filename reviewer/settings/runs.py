"""Reads the `[[run]]` tables of a target branch's `reviewer.toml`: what proves a change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.run import Beside, Limits, RunSpec
from reviewer.settings.toml import Reader, parse_seconds, parse_size

RUN_KEYS: Final = (
    "name",
    "command",
    "timeout",
    "memory",
    "processes",
    "disk",
    "output",
    "read_only",
    "environment",
    "reports",
    "cross_checks",
    "tests",
)
_PATHS: Final = 50
_STARS: Final = 8
_LONGEST: Final = 300


def read_run(reader: Reader, run: Mapping[str, Any]) -> RunSpec:
    reader.table(run, "", RUN_KEYS)
    name = reader.string(run, "name", "")
    if not re.fullmatch(r"[A-Za-z0-9][\w .-]{0,39}", name):
        raise reader.refuse("name", "1 to 40 letters, digits, spaces, dots or dashes")
    command = reader.strings(run, "command", ())
    if not command:
        raise reader.refuse("command", 'a list such as ["python3", "-m", "unittest"]')
    environment = run.get("environment", {})
    if not isinstance(environment, dict) or not all(isinstance(v, str) for v in environment.values()):
        raise reader.refuse("environment", "a table of texts")
    fallback = Limits()
    return RunSpec(
        name=name,
        command=command,
        limits=Limits(
            seconds=reader.amount(run, "timeout", fallback.seconds, parse_seconds),
            memory=int(reader.amount(run, "memory", fallback.memory, parse_size)),
            processes=int(reader.amount(run, "processes", fallback.processes, float)),
            disk=int(reader.amount(run, "disk", fallback.disk, parse_size)),
            output=int(reader.amount(run, "output", fallback.output, parse_size)),
        ),
        read_only=reader.strings(run, "read_only", ()),
        environment=tuple(sorted(environment.items())),
        reports=_paths(reader, run, "reports"),
        cross_checks=_cross_checks(reader, run),
        tests=_paths(reader, run, "tests"),
    )


def _paths(reader: Reader, run: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Patterns of paths within the tree."""
    found = reader.strings(run, key, ())
    for path in found:
        if path.startswith("/") or ".." in path.split("/") or len(path) > _LONGEST or path.count("*") > _STARS:
            raise reader.refuse(key, f'paths in the repository, such as "build/*.xml", with at most {_STARS} stars')
    if len(found) > _PATHS:
        raise reader.refuse(key, f"at most {_PATHS} of them")
    return found


def _cross_checks(reader: Reader, run: Mapping[str, Any]) -> tuple[Beside, ...]:
    allowed = tuple(kind.value for kind in Beside)
    found = reader.strings(run, "cross_checks", ())
    if any(name not in allowed for name in found):
        raise reader.refuse("cross_checks", ", ".join(f'"{name}"' for name in allowed))
    return tuple(kind for kind in Beside if kind.value in found)
