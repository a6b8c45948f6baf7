"""Reads the `[[policy.example]]` tables: made-up changes, and what the file's author expects to be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.change import Kind
from reviewer.model.finding import Severity
from reviewer.model.policy import Example, Facts
from reviewer.settings.freezes import moment
from reviewer.settings.selectors import SEVERITIES, name_of
from reviewer.settings.toml import Reader
from reviewer.text import Untrusted

EXAMPLE_KEYS: Final = (
    "name", "paths", "kind", "environment", "agent", "target", "token", "level", "secret", "runs", "lines", "at",
    "zone", "expect",
)  # fmt: skip
RUNS: Final = ("passed", "failed", "none")


def read_examples(reader: Reader, policy: Mapping[str, Any]) -> list[Example]:
    """The examples of a file, in its order."""
    found = []
    for table in reader.each(policy, "example", EXAMPLE_KEYS):
        paths = reader.strings(table, "paths", ())
        level = reader.string(table, "level", "", ("", *SEVERITIES))
        if "expect" not in table:
            raise reader.refuse("example", "a list `expect` of what is asked; an empty one for nothing")
        facts = Facts(
            kind=reader.string(table, "kind", "code", tuple(Kind)),
            agent=Untrusted(reader.string(table, "agent", "")),
            target=Untrusted(reader.string(table, "target", "main")),
            environment=reader.string(table, "environment", ""),
            paths=tuple(Untrusted(path) for path in paths),
            whole=True,
            plain=True,
            files=len(paths),
            lines=reader.count(table, "lines", 0, 100_000_000) or 0,
            submitter=reader.string(table, "token", ""),
        )
        found.append(
            Example(
                name_of(reader, table),
                reader.line,
                facts,
                Severity(level) if level else None,
                reader.string(table, "runs", "passed", RUNS),
                moment(reader, table, "at", reader.string(table, "zone", "UTC")) or 0.0,
                reader.flag(table, "secret", False),
                reader.strings(table, "expect", ()),
            )
        )
    return found
