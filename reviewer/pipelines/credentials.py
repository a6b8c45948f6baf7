"""Finds the token for a host where a person keeps it already: the environment, a private file, a keyring, a login.

What must stay true: a token is read when it is used and kept nowhere; it is looked for by host, so that none meant for
one is offered to another; what could not be asked is said, and never taken for a reason to look in a worse place.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import LoginError
from reviewer.model.secret import Secret, redact
from reviewer.text import show

_LONGEST: Final = 4096
_LOGIN_SECONDS: Final = 10.0
KEYRING: Final = "reviewer"
"""The service under which a keyring holds tokens; the host is the user's name there."""


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of host. `variables` are those that hold a token for `host`, `elsewhere` those for any other such host.

    `login` is the program that knows its own login's token, asked with the host behind it.
    """

    name: str
    host: str
    variables: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    login: tuple[str, ...] = ()


GITHUB: Final = Service(
    "GitHub",
    "github.com",
    ("GH_TOKEN", "GITHUB_TOKEN"),
    ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
    ("gh", "auth", "token", "--hostname"),
)
GITLAB: Final = Service(
    "GitLab", "gitlab.com", ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"), (), ("glab", "config", "get", "token", "--host")
)
GATE: Final = Service("the gate", "", ("REVIEWER_GATE_TOKEN",))


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and, in words, where it was found."""

    secret: Secret
    source: str


def find(
    service: Service,
    host: str,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    keyring: Callable[[str, str], str | None] | None = None,
) -> Credential:
    """The token for one host: of `file` where one is named, and of nothing else then; else the first that there is.

    Raises LoginError with every place that was looked in. `keyring` is asked for a service and a user, as the library
    of that name does.
    """
    if file is not None:
        return Credential(read_token(file, service.name), f"the file {show(str(file))}")
    environ = os.environ if environ is None else environ
    looked: list[str] = []
    mine = service.variables if host == service.host or not service.host else service.elsewhere
    for name in mine:
        if environ.get(name, "").strip():
            return Credential(_checked(environ[name], name), f"the variable {name}")
    looked.extend(mine)
    for of_login in (False, True):
        try:
            found = _of_login(service, host, environ) if of_login else _of_keyring(host, keyring)
        except LoginError as error:
            looked.append(error.message)
            continue
        if found is not None:
            return found
    whom = show(host or service.name, limit=200)
    raise LoginError(f"there is no token for {whom}", f"looked in: {', '.join(looked)}")


def read_token(file: Path, whose: str = "the gate") -> Secret:
    """The token in a private file. Raises LoginError where there is none, or others can read it."""
    shown = show(str(file))
    try:
        # A pipe in its place keeps nobody waiting.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            state = os.fstat(descriptor)
            data = opened.read(_LONGEST) if stat.S_ISREG(state.st_mode) else b""
    except OSError as error:
        raise LoginError(f"cannot read {whose}'s token in {shown}: {error.strerror}", "put it there") from None
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise LoginError(f"{whose}'s token in {shown} is open to others", f"close it with: chmod 600 {shown}")
    return _checked(data.decode("ascii", "replace"), shown)


def _checked(text: str, where: str) -> Secret:
    """A token as it may stand in a header. Its text is in no message."""
    token = text.strip()
    if not token or not token.isprintable() or not token.isascii() or " " in token or len(token) >= _LONGEST:
        raise LoginError(f"there is no token in {where}", "put the token there, alone on one line")
    return Secret(token)


def _of_keyring(host: str, ask: Callable[[str, str], str | None] | None) -> Credential:
    if ask is None:
        try:
            import keyring  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise LoginError("the keyring (the Python package keyring is not installed)") from None
        ask = keyring.get_password
    try:
        found = ask(KEYRING, host)
    except Exception as error:
        # As over SSH without a desktop: said, and nothing is written to a plain file instead.
        raise LoginError(f"the keyring, which cannot be asked ({type(error).__name__})") from None
    if not found:
        raise LoginError("the keyring")
    return Credential(_checked(found, "the keyring"), "the keyring")


def _of_login(service: Service, host: str, environ: Mapping[str, str]) -> Credential | None:
    """What the service's own program says. It runs outside of any repository, whose settings it would follow."""
    if not service.login:
        return None
    places = [place for place in environ.get("PATH", os.defpath).split(os.pathsep) if Path(place).is_absolute()]
    program = shutil.which(service.login[0], path=os.pathsep.join(places))
    if program is None:
        raise LoginError(f"{service.login[0]}'s login ({service.login[0]} is not installed)")
    if not host or host.startswith("-") or not host.replace("-", "").replace(".", "").replace(":", "").isalnum():
        raise LoginError(f"{show(host, limit=100)}, which is no host")
    try:
        done = subprocess.run(
            [program, *service.login[1:], host],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LOGIN_SECONDS,
            cwd="/",
            env={**environ, "GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoginError(f"{service.login[0]}'s login, which cannot be asked ({type(error).__name__})") from None
    if done.returncode or not done.stdout.strip():
        said = show(redact(done.stderr.decode("utf-8", "replace").strip().split("\n")[0]), limit=120)
        raise LoginError(f"{service.login[0]}'s login" + (f" ({said})" if said else ""))
    source = f"{service.login[0]}'s login"
    return Credential(_checked(done.stdout[:_LONGEST].decode("ascii", "replace"), source), source)
