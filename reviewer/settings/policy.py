"""Reads the `[policy]` tables of a `reviewer.toml` or of another layer's file: what an approval asks for.

What must stay true: reading says nothing about what is stronger; `policy/` puts the files together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.finding import Severity
from reviewer.model.policy import (
    Autonomous,
    Demand,
    Group,
    PolicyFile,
    Rule,
    Source,
    UnattendedPrincipal,
)
from reviewer.settings.examples import EXAMPLE_KEYS, read_examples
from reviewer.settings.freezes import FREEZE_KEYS, read_freezes
from reviewer.settings.selectors import SELECT_KEYS, SEVERITIES, name_of, patterns, selector
from reviewer.settings.toml import Reader

DEMAND_KEYS: Final = (
    "approvals", "require_run", "groups", "runs", "acknowledge", "acknowledge_reason", "no_secrets", "max_files",
    "max_lines", "people_only", "override",
)  # fmt: skip
REQUIRE_KEYS: Final = ("name", *SELECT_KEYS, *DEMAND_KEYS)
GROUP_KEYS: Final = ("name", "members")
AUTONOMOUS_KEYS: Final = (
    "name", "tokens", "paths", "targets", "level", "max_files", "max_lines", "require_run", "a_day",
)  # fmt: skip
UNATTENDED_KEYS: Final = ("name", "key")
TABLES: Final = {
    "require": REQUIRE_KEYS,
    "freeze": FREEZE_KEYS,
    "group": GROUP_KEYS,
    "autonomous": AUTONOMOUS_KEYS,
    "example": EXAMPLE_KEYS,
}
POLICY_KEYS: Final = (*DEMAND_KEYS, "acknowledge_high", "unattended")
LANDING_KEYS: Final = ("target_moved",)
TARGET_MOVED: Final = ("clean", "rerun", "review")
LAYER_FILE_KEYS: Final = ("version", "policy", "landing")


def read_layer(data: bytes, source: Source) -> PolicyFile:
    """Check the file of one layer. Raises UsageError."""
    reader = Reader(data, source.file)
    top = reader.table(reader.values, "", LAYER_FILE_KEYS)
    if top.get("version", 1) != 1:
        raise reader.refuse("version", "1")
    return read_policy(reader, top, source)


def read_policy(reader: Reader, top: Mapping[str, Any], source: Source) -> PolicyFile:
    """The `[policy]` and `[landing]` tables of a file."""
    policy = reader.table(top, "policy", (*POLICY_KEYS, *TABLES))
    landing = reader.table(top, "landing", LANDING_KEYS)
    override = _override(reader, policy)
    # The keys that are built in have a meaning where they say no, too, and are kept apart.
    rest = _demand(reader, {key: value for key, value in policy.items() if key not in ("approvals", "require_run")})
    rules = [Rule("", source, demand=rest, override=override)] if rest != Demand() else []
    return PolicyFile(
        source,
        approvals=reader.count(policy, "approvals", 1, 10),
        require_run=reader.flag(policy, "require_run", True) if "require_run" in policy else None,
        acknowledge_high=reader.flag(policy, "acknowledge_high", True) if "acknowledge_high" in policy else None,
        target_moved=reader.string(landing, "target_moved", "clean", TARGET_MOVED) if landing else None,
        unattended=_unattended(reader, policy) if "unattended" in policy else None,
        override=override,
        rules=(*rules, *_rules(reader, policy, source), *read_freezes(reader, policy, source)),
        groups=tuple(_groups(reader, policy)),
        autonomous=tuple(_autonomous(reader, policy, source)),
        examples=tuple(read_examples(reader, policy)),
    )


def _rules(reader: Reader, policy: Mapping[str, Any], source: Source) -> list[Rule]:
    found = []
    for table in reader.each(policy, "require", REQUIRE_KEYS):
        demand = _demand(reader, table)
        if demand == Demand():
            raise reader.refuse("require", f"something to ask for: {', '.join(DEMAND_KEYS[:-1])}")
        found.append(Rule(name_of(reader, table), source, selector(reader, table), demand, _override(reader, table)))
    return found


def _demand(reader: Reader, table: Mapping[str, Any]) -> Demand:
    least = reader.string(table, "acknowledge", "", ("", *SEVERITIES))
    return Demand(
        approvals=reader.count(table, "approvals", 1, 10) or 0,
        groups=reader.strings(table, "groups", ()),
        require_run=reader.flag(table, "require_run", False),
        runs=reader.strings(table, "runs", ()),
        acknowledge=Severity(least) if least else None,
        acknowledge_reason=reader.flag(table, "acknowledge_reason", False),
        no_secrets=reader.flag(table, "no_secrets", False),
        max_files=reader.count(table, "max_files", 0, 1_000_000),
        max_lines=reader.count(table, "max_lines", 0, 100_000_000),
        people_only=reader.flag(table, "people_only", False),
    )


def _override(reader: Reader, table: Mapping[str, Any]) -> tuple[str, ...]:
    return reader.strings(table, "override", ())


def _groups(reader: Reader, policy: Mapping[str, Any]) -> list[Group]:
    return [
        Group(name_of(reader, table), reader.strings(table, "members", ()))
        for table in reader.each(policy, "group", GROUP_KEYS)
    ]


def _autonomous(reader: Reader, policy: Mapping[str, Any], source: Source) -> list[Autonomous]:
    found = []
    for table in reader.each(policy, "autonomous", AUTONOMOUS_KEYS):
        least = Autonomous("", source, (), ())
        level = reader.string(table, "level", "none", ("none", "info", "low", "medium"))
        tokens, paths = reader.strings(table, "tokens", ()), patterns(reader, table, "paths")
        for key, said in (("tokens", tokens), ("paths", paths)):
            if not said:
                raise reader.refuse(key, f"at least one of the {key} that may pass")
        files = reader.count(table, "max_files", 1, 200)
        lines = reader.count(table, "max_lines", 1, 5000)
        a_day = reader.count(table, "a_day", 1, 1000)
        found.append(
            Autonomous(
                name_of(reader, table),
                source,
                tokens,
                paths,
                patterns(reader, table, "targets"),
                Severity(level) if level != "none" else None,
                files if files is not None else least.max_files,
                lines if lines is not None else least.max_lines,
                reader.flag(table, "require_run", True),
                a_day if a_day is not None else least.a_day,
            )
        )
    return found


def _unattended(reader: Reader, policy: Mapping[str, Any]) -> tuple[UnattendedPrincipal, ...]:
    entries = policy.get("unattended", [])
    if not isinstance(entries, list):
        raise reader.refuse("unattended", "tables with name and key")
    found = []
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != set(UNATTENDED_KEYS):
            raise reader.refuse("unattended", "tables with name and key")
        name, key = entry["name"], entry["key"]
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
            raise reader.refuse("name", "1 to 40 small letters, digits or dashes")
        if not isinstance(key, str) or not key.startswith("ssh-ed25519 "):
            raise reader.refuse("key", 'an OpenSSH public key line that begins with "ssh-ed25519"')
        found.append(UnattendedPrincipal(name, key))
    return tuple(found)
