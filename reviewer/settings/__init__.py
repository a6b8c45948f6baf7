"""Settings: the program's home, the person's `config.toml`, a target branch's `reviewer.toml`, themes.

What must stay true: an invalid file is refused whole, with file, line and the allowed values; every key that is
read stands in one of the tables named here, which a test compares with the README; a part is loaded when one of its
names is first asked for, so that the start of the inbox does not load what reads policies.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

# At once: its file has the same name, which would stand here instead.
from reviewer.settings.home import home

if TYPE_CHECKING:
    from reviewer.settings.agents import AGENT_PREFIXES, AGENTS_KEYS
    from reviewer.settings.layers import LAYER_KEYS, LayerPlace
    from reviewer.settings.policy import (
        LANDING_KEYS,
        POLICY_KEYS,
        TABLES,
        TARGET_MOVED,
        UNATTENDED_KEYS,
        read_layer,
    )
    from reviewer.settings.prepare import PREPARE_KEYS
    from reviewer.settings.repository import (
        REPOSITORY_FILE,
        REPOSITORY_KEYS,
        RepositorySettings,
        read_repository,
    )
    from reviewer.settings.runs import RUN_KEYS
    from reviewer.settings.scan import SCAN_KEYS
    from reviewer.settings.themes import theme, theme_names
    from reviewer.settings.toml import parse_seconds, parse_size, size_words
    from reviewer.settings.user import (
        EVIDENCE_KEYS,
        GATE_KEYS,
        NOTIFY,
        USER_KEYS,
        UserSettings,
        account_name,
        read_user,
    )

__all__ = [
    "AGENTS_KEYS",
    "AGENT_PREFIXES",
    "EVIDENCE_KEYS",
    "GATE_KEYS",
    "LANDING_KEYS",
    "LAYER_KEYS",
    "NOTIFY",
    "POLICY_KEYS",
    "PREPARE_KEYS",
    "REPOSITORY_FILE",
    "REPOSITORY_KEYS",
    "RUN_KEYS",
    "SCAN_KEYS",
    "TABLES",
    "TARGET_MOVED",
    "UNATTENDED_KEYS",
    "USER_KEYS",
    "LayerPlace",
    "RepositorySettings",
    "UserSettings",
    "account_name",
    "home",
    "parse_seconds",
    "parse_size",
    "read_layer",
    "read_repository",
    "read_user",
    "size_words",
    "theme",
    "theme_names",
]

_PARTS: Final = {
    "agents": ("AGENT_PREFIXES", "AGENTS_KEYS"),
    "layers": ("LAYER_KEYS", "LayerPlace"),
    "policy": ("LANDING_KEYS", "POLICY_KEYS", "TABLES", "TARGET_MOVED", "UNATTENDED_KEYS", "read_layer"),
    "prepare": ("PREPARE_KEYS",),
    "repository": ("REPOSITORY_FILE", "REPOSITORY_KEYS", "RepositorySettings", "read_repository"),
    "runs": ("RUN_KEYS",),
    "scan": ("SCAN_KEYS",),
    "themes": ("theme", "theme_names"),
    "toml": ("parse_seconds", "parse_size", "size_words"),
    "user": ("EVIDENCE_KEYS", "GATE_KEYS", "NOTIFY", "USER_KEYS", "UserSettings", "account_name", "read_user"),
}


def __getattr__(name: str) -> object:
    for part, names in _PARTS.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{part}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
