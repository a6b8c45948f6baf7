"""Reads the `[[run]]` tables of a target branch's `reviewer.toml`: what proves a change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.run import Limits, RunSpec
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
)


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
    )
