"""Reads what the tables of a policy have in common: a name, and which changes they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.change import Kind
from reviewer.model.finding import Severity
from reviewer.model.policy import Selector
from reviewer.settings.toml import Reader

SELECT_KEYS: Final = ("paths", "kinds", "level", "environments", "agents", "targets")
SEVERITIES: Final = tuple(severity.value for severity in Severity)
_NAME: Final = r"[A-Za-z0-9][\w .,'-]{0,59}"


def selector(reader: Reader, table: Mapping[str, Any]) -> Selector:
    """Which changes a table is about."""
    level = reader.string(table, "level", "", ("", *SEVERITIES))
    kinds = reader.strings(table, "kinds", ())
    if not set(kinds) <= set(Kind):
        raise reader.refuse("kinds", ", ".join(Kind))
    return Selector(
        paths=patterns(reader, table, "paths"),
        kinds=kinds,
        level=Severity(level) if level else None,
        environments=patterns(reader, table, "environments"),
        agents=patterns(reader, table, "agents"),
        targets=patterns(reader, table, "targets"),
    )


def patterns(reader: Reader, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Patterns of paths or names; bounded, since each is tried on every path."""
    found = reader.strings(table, key, ())
    if len(found) > 100 or any(len(pattern) > 200 for pattern in found):
        raise reader.refuse(key, "100 patterns at most, of 200 characters at most")
    return found


def name_of(reader: Reader, table: Mapping[str, Any]) -> str:
    name = reader.string(table, "name", "")
    if not re.fullmatch(_NAME, name):
        raise reader.refuse("name", "1 to 60 letters, digits, spaces or . , ' - _")
    return name
