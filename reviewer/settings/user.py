"""Reads the person's own `config.toml`, and says by which name they decide."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reviewer.model.errors import UsageError
from reviewer.settings.agents import AGENT_PREFIXES, AGENTS_KEYS
from reviewer.settings.themes import theme_names
from reviewer.settings.toml import Reader, parse_size
from reviewer.text import Untrusted, show

if TYPE_CHECKING:
    from reviewer.settings.layers import LayerPlace

USER_KEYS: Final = ("name", "theme", "notify", "agents", "gate", "views", "layer", "evidence")
NOTIFY: Final = ("none", "bell", "osc9", "osc777")
GATE_KEYS: Final = ("url", "token_file")
EVIDENCE_KEYS: Final = ("limit",)
EVIDENCE_LIMIT: Final = 5 << 30


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What the person's own `config.toml` says. An empty `name` means the account's name.

    `gate_url` is the address of a gate elsewhere, the embedded one where it is empty; `gate_token` the file with the
    token to it, None where that is in the environment or a keyring. `notify` is how the desktop hears of news, `views`
    are queries of the inbox by name.
    `layers` are the files of the policy besides the target branch's own. `evidence_limit` is how many bytes the gate
    keeps of what runs left.
    """

    name: str = ""
    theme: str = "dark"
    prefixes: tuple[str, ...] = AGENT_PREFIXES
    gate_url: str = ""
    gate_token: Path | None = None
    notify: str = "none"
    views: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[LayerPlace, ...] = ()
    evidence_limit: int = EVIDENCE_LIMIT


def read_user(path: Path) -> UserSettings:
    """Check the person's `config.toml`; the defaults where there is none. Raises UsageError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return UserSettings()
    except OSError as error:
        raise UsageError(f"cannot read {show(str(path))}: {error.strerror}") from None
    reader = Reader(data, show(str(path)))
    top = reader.table(reader.values, "", USER_KEYS)
    agents = reader.table(top, "agents", AGENTS_KEYS)
    gate = reader.table(top, "gate", GATE_KEYS)
    evidence = reader.table(top, "evidence", EVIDENCE_KEYS)
    url, token = reader.string(gate, "url", ""), reader.string(gate, "token_file", "")
    if gate and not re.match(r"https?://[^/]", url):
        raise reader.refuse("url", 'an address such as "https://gate.example.org"')
    return UserSettings(
        gate_url=url,
        gate_token=path.parent / Path(token).expanduser() if token else None,
        notify=reader.string(top, "notify", "none", NOTIFY),
        views=_views(reader, top),
        layers=_layers(reader, top, path.parent),
        name=reader.string(top, "name", ""),
        theme=reader.string(top, "theme", "dark", theme_names()),
        prefixes=reader.strings(agents, "prefixes", AGENT_PREFIXES),
        evidence_limit=int(reader.amount(evidence, "limit", EVIDENCE_LIMIT, parse_size)),
    )


def _layers(reader: Reader, top: Mapping[str, Any], folder: Path) -> tuple[LayerPlace, ...]:
    """The policy's other files, where there are any: what reads them is not loaded for less."""
    if "layer" not in top:
        return ()
    from reviewer.settings.layers import read_layers

    return read_layers(reader, top, folder)


def _views(reader: Reader, top: Mapping[str, Any]) -> dict[str, str]:
    """Queries by name. What a query means is told where it is used, at the place of a mistake."""
    views = top.get("views", {})
    if not isinstance(views, dict):
        raise reader.refuse("views", 'a table such as risky = "risk:high"')
    for name, query in views.items():
        if not isinstance(query, str) or not query.strip():
            raise reader.refuse(name, 'a query such as "risk:high turn:mine"')
    return dict(views)


def account_name(user: UserSettings) -> Untrusted:
    """The name that a person's decisions carry on this desk: the one they set, else their account's."""
    if user.name:
        return Untrusted(user.name)
    import pwd

    try:
        return Untrusted(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        return Untrusted(f"uid-{os.getuid()}")
