"""Settings: the program's home, the person's `config.toml`, a target branch's `reviewer.toml`, themes.

What must stay true: an invalid file is refused whole, with file, line and the allowed values; every key that is
read stands in one of the tables named here, which a test compares with the README.
"""

from reviewer.settings.agents import AGENT_PREFIXES, AGENTS_KEYS
from reviewer.settings.home import home
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
from reviewer.settings.themes import theme, theme_names
from reviewer.settings.toml import parse_seconds, parse_size
from reviewer.settings.user import GATE_KEYS, NOTIFY, USER_KEYS, UserSettings, account_name, read_user

__all__ = [
    "AGENTS_KEYS",
    "AGENT_PREFIXES",
    "GATE_KEYS",
    "LANDING_KEYS",
    "LAYER_KEYS",
    "NOTIFY",
    "POLICY_KEYS",
    "PREPARE_KEYS",
    "REPOSITORY_FILE",
    "REPOSITORY_KEYS",
    "RUN_KEYS",
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
    "theme",
    "theme_names",
]
