"""Reads and checks settings: the program's home, the person's `config.toml`, a target branch's `reviewer.toml`, themes.

What must stay true: an invalid file is refused whole, with file, line and the allowed values; every key that is
read stands in one of the tables below, which a test compares with the README.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reviewer.model.errors import UsageError
from reviewer.model.policy import Policy, UnattendedPrincipal
from reviewer.model.run import Limits, RunSpec
from reviewer.text import Untrusted, show

REPOSITORY_FILE: Final = "reviewer.toml"
AGENT_PREFIXES: Final = (
    "agent/",
    "agents/",
    "ai/",
    "aider/",
    "amp/",
    "claude/",
    "codex/",
    "copilot/",
    "cursor/",
    "devin/",
    "gemini/",
    "jules/",
    "openhands/",
    "opencode/",
    "sweep/",
)
_MAX_FILE: Final = 256 * 1024
_MAX_DOTS: Final = 1000
"""In one line: a key of many parts costs its square to read."""


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """What a target branch's `reviewer.toml` says; the defaults where it has none."""

    runs: tuple[RunSpec, ...] = ()
    policy: Policy = Policy()
    prefixes: tuple[str, ...] = AGENT_PREFIXES


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What the person's own `config.toml` says. An empty `name` means the account's name.

    `gate_url` is the address of a gate elsewhere, the embedded one where it is empty; `gate_token` the file with the
    token to it. `notify` is how the desktop hears of news, `views` are queries of the inbox by name.
    """

    name: str = ""
    theme: str = "dark"
    prefixes: tuple[str, ...] = AGENT_PREFIXES
    gate_url: str = ""
    gate_token: Path | None = None
    notify: str = "none"
    views: Mapping[str, str] = field(default_factory=dict)


# --- the program's home -------------------------------------------------------------------------------------------


def home(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything that the program keeps, made 0700 where missing.

    `REVIEWER_HOME` names it, else the platform's data folder. Raises UsageError where it is somebody else's, open to
    others, or cannot be written.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("REVIEWER_HOME")
    if named:
        place = Path(named).expanduser().absolute()
    else:
        import platformdirs

        place = Path(platformdirs.user_data_dir("reviewer", appauthor=False))
    shown = show(str(place))
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = place.stat()
    except OSError as error:
        raise UsageError(
            f"cannot use {shown} as the program's home: {error.strerror}", "set REVIEWER_HOME to a folder of your own"
        ) from None
    if not stat.S_ISDIR(state.st_mode):
        raise UsageError(f"{shown} is not a folder", "set REVIEWER_HOME to a folder of your own")
    if state.st_uid != os.getuid():
        raise UsageError(f"{shown} belongs to another user", "set REVIEWER_HOME to a folder of your own")
    if state.st_mode & 0o077:
        raise UsageError(f"others can enter {shown}", f"close it with: chmod 700 {shown}")
    if not os.access(place, os.W_OK | os.X_OK):
        raise UsageError(f"{shown} cannot be written", "set REVIEWER_HOME to a folder of your own")
    return place


# --- checking ------------------------------------------------------------------------------------------------------


class _Reader:
    """One TOML file being read: every refusal names the file and the line of the key."""

    def __init__(self, data: bytes, source: str) -> None:
        self.source = source
        if len(data) > _MAX_FILE:
            raise UsageError(f"{source} has {len(data)} bytes", f"at most {_MAX_FILE} are read")
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.count(b".") > _MAX_DOTS:
                raise UsageError(f"{source}, line {number}: more than {_MAX_DOTS} dots", "break the line")
        try:
            self.text = data.decode("utf-8")
            self.values: dict[str, Any] = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            at = data[: error.start].count(b"\n") + 1
            raise UsageError(f"{source}, line {at}: not UTF-8", "save the file as UTF-8") from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise UsageError(f"{source}: {show(str(error), limit=200)}", "see https://toml.io for the syntax") from None

    def refuse(self, key: str, allowed: str) -> UsageError:
        match = re.search(rf"^[ \t\[]*(?:[\w-]+\.)*{re.escape(key.split('.')[-1])}\b", self.text, re.MULTILINE)
        line = self.text.count("\n", 0, match.start()) + 1 if match else 1
        return UsageError(f"{self.source}, line {line}: {show(key, limit=80)} is not valid", f"allowed: {allowed}")

    def table(self, parent: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> dict[str, Any]:
        value = parent.get(name, {}) if name else dict(parent)
        if not isinstance(value, dict):
            raise self.refuse(name, "a table")
        for key in value:
            if key not in allowed:
                raise self.refuse(key, ", ".join(allowed))
        return value

    def strings(self, table: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) and v and "\0" not in v for v in value):
            raise self.refuse(key, "a list of texts")
        return tuple(value)

    def string(self, table: Mapping[str, Any], key: str, default: str, allowed: tuple[str, ...] = ()) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise self.refuse(key, ", ".join(allowed) or "a text")
        return value

    def flag(self, table: Mapping[str, Any], key: str, default: bool) -> bool:
        value = table.get(key, default)
        if not isinstance(value, bool):
            raise self.refuse(key, "true, false")
        return value

    def amount(self, table: Mapping[str, Any], key: str, default: float, parse: Callable[[str], float]) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.refuse(key, 'a number, or a text such as "90s", "5m", "2G"')
        try:
            number = parse(value) if isinstance(value, str) else value
        except ValueError:
            raise self.refuse(key, 'a number, or a text such as "90s", "5m", "2G"') from None
        if not 0 < number < 1 << 50:
            raise self.refuse(key, "more than 0")
        return number


def parse_size(text: str) -> int:
    """Bytes of "512M", "2G", "64k" or "1000". Raises ValueError."""
    match = re.fullmatch(r"(\d{1,15})\s*([kKmMgGtT]?)(?:i?[bB])?", text.strip())
    if not match:
        raise ValueError(text)
    return int(match[1]) << (10 * " kmgt".index(match[2].lower() or " "))


def parse_seconds(text: str) -> float:
    """Seconds of "90", "90s", "5m", "1h". Raises ValueError."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|m|h)?", text.strip())
    if not match:
        raise ValueError(text)
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"]


# --- reviewer.toml -------------------------------------------------------------------------------------------------

REPOSITORY_KEYS: Final = ("version", "run", "policy", "landing", "agents")
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
POLICY_KEYS: Final = ("approvals", "require_run", "acknowledge_high", "unattended")
UNATTENDED_KEYS: Final = ("name", "key")
LANDING_KEYS: Final = ("target_moved",)
AGENTS_KEYS: Final = ("prefixes",)
TARGET_MOVED: Final = ("clean", "rerun", "review")


def read_repository(data: bytes | None, source: str = REPOSITORY_FILE) -> RepositorySettings:
    """Check a target branch's `reviewer.toml`; None stands for a branch without one. Raises UsageError."""
    if data is None:
        return RepositorySettings()
    reader = _Reader(data, source)
    top = reader.table(reader.values, "", REPOSITORY_KEYS)
    if top.get("version", 1) != 1:
        raise reader.refuse("version", "1")
    runs = top.get("run", [])
    if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise reader.refuse("run", "[[run]] tables")
    specs = tuple(_run(reader, run) for run in runs)
    if len({spec.name for spec in specs}) != len(specs):
        raise reader.refuse("name", "a different name for each [[run]]")
    policy = reader.table(top, "policy", POLICY_KEYS)
    landing = reader.table(top, "landing", LANDING_KEYS)
    agents = reader.table(top, "agents", AGENTS_KEYS)
    approvals = policy.get("approvals", 1)
    if not isinstance(approvals, int) or isinstance(approvals, bool) or not 1 <= approvals <= 10:
        raise reader.refuse("approvals", "1 to 10")
    return RepositorySettings(
        runs=specs,
        policy=Policy(
            approvals=approvals,
            require_run=reader.flag(policy, "require_run", True),
            acknowledge_high=reader.flag(policy, "acknowledge_high", True),
            target_moved=reader.string(landing, "target_moved", "clean", TARGET_MOVED),
            unattended=_unattended(reader, policy),
            source=source,
        ),
        prefixes=reader.strings(agents, "prefixes", AGENT_PREFIXES),
    )


def _run(reader: _Reader, run: Mapping[str, Any]) -> RunSpec:
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


def _unattended(reader: _Reader, policy: Mapping[str, Any]) -> tuple[UnattendedPrincipal, ...]:
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


# --- config.toml ---------------------------------------------------------------------------------------------------

USER_KEYS: Final = ("name", "theme", "notify", "agents", "gate", "views")
NOTIFY: Final = ("none", "bell", "osc9", "osc777")
GATE_KEYS: Final = ("url", "token_file")


def read_user(path: Path) -> UserSettings:
    """Check the person's `config.toml`; the defaults where there is none. Raises UsageError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return UserSettings()
    except OSError as error:
        raise UsageError(f"cannot read {show(str(path))}: {error.strerror}") from None
    reader = _Reader(data, show(str(path)))
    top = reader.table(reader.values, "", USER_KEYS)
    agents = reader.table(top, "agents", AGENTS_KEYS)
    gate = reader.table(top, "gate", GATE_KEYS)
    url, token = reader.string(gate, "url", ""), reader.string(gate, "token_file", "")
    if gate and not re.match(r"https?://[^/]", url):
        raise reader.refuse("url", 'an address such as "https://gate.example.org"')
    if gate and not token:
        raise reader.refuse("token_file", "the name of a file, from this folder on")
    return UserSettings(
        gate_url=url,
        gate_token=path.parent / Path(token).expanduser() if token else None,
        notify=reader.string(top, "notify", "none", NOTIFY),
        views=_views(reader, top),
        name=reader.string(top, "name", ""),
        theme=reader.string(top, "theme", "dark", theme_names()),
        prefixes=reader.strings(agents, "prefixes", AGENT_PREFIXES),
    )


def _views(reader: _Reader, top: Mapping[str, Any]) -> dict[str, str]:
    """Queries by name. What a query means is told where it is used, at the place of a mistake."""
    views = top.get("views", {})
    if not isinstance(views, dict):
        raise reader.refuse("views", 'a table such as risky = "risk:high"')
    for name, query in views.items():
        if not isinstance(query, str) or not query.strip():
            raise reader.refuse(name, 'a query such as "risk:high turn:mine"')
    return dict(views)


# --- themes --------------------------------------------------------------------------------------------------------


def _themes() -> Path:
    # In a wheel the themes lie inside the package; in a clone or an editable install beside it.
    inside = Path(__file__).parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "themes"


def theme_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _themes().glob("*.toml")))


def theme(name: str) -> dict[str, str]:
    """The colours of a theme, by meaning, as `#rrggbb`. Raises UsageError for an unknown name or a broken file."""
    if name not in theme_names():
        raise UsageError(f"there is no theme {show(name, limit=40)}", f"allowed: {', '.join(theme_names())}")
    path = _themes() / f"{name}.toml"
    reader = _Reader(path.read_bytes(), path.name)
    colours = reader.values.get("colours", {})
    for key, value in colours.items():
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise reader.refuse(key, '"#rrggbb"')
    return dict(colours)


def account_name(user: UserSettings) -> Untrusted:
    """The name that a person's decisions carry on this desk: the one they set, else their account's."""
    if user.name:
        return Untrusted(user.name)
    import pwd

    try:
        return Untrusted(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        return Untrusted(f"uid-{os.getuid()}")
