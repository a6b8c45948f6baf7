"""Reads the `[policy]` table: what an approval asks for, and which programs may give one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.policy import UnattendedPrincipal
from reviewer.settings.toml import Reader

POLICY_KEYS: Final = ("approvals", "require_run", "acknowledge_high", "unattended")
UNATTENDED_KEYS: Final = ("name", "key")


def read_unattended(reader: Reader, policy: Mapping[str, Any]) -> tuple[UnattendedPrincipal, ...]:
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
