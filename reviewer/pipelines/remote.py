"""Connects a desk to a gate on another machine: https, a token from a private file, commits as bundles.

What must stay true: the token goes to the configured address alone, and is read anew for each connection; plain http
is for this machine only.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from reviewer.model.change import ChangeDetail
from reviewer.model.errors import LoginError, UsageError
from reviewer.model.secret import Secret
from reviewer.pipelines.checkpoint import Checkpoint
from reviewer.text import show

Bundled = Callable[[str, str, str], tuple[str, bytes, Callable[[], bytes]]]
"""(folder, branch, target) -> the repository's name, what the branch has over the target, and its whole history."""


class Remote(Checkpoint):
    """A gate that cannot see our repository: what is submitted travels with its commits."""

    def __init__(self, client: httpx.Client, bundled: Bundled) -> None:
        super().__init__(client)
        self._bundled = bundled

    def submit(self, path: str, branch: str, target: str, agent: str, title: str, claim: str) -> ChangeDetail:
        name, thin, whole = self._bundled(path, branch, target)
        try:
            return self._send(thin, name, branch, target, agent, title, claim)
        except UsageError as error:
            if "builds on commits that are not here" not in error.message:
                raise
        return self._send(whole(), name, branch, target, agent, title, claim)

    def _send(
        self, data: bytes, name: str, branch: str, target: str, agent: str, title: str, claim: str
    ) -> ChangeDetail:
        digest = hashlib.sha256(data).hexdigest()
        self.put_blob(digest, data)
        return self._submit(name, branch, target, agent, title, claim, digest)


class _Token(httpx.Auth):
    """Puts the token on each request. Its text is read from the file each time, and shown by no repr."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {read_token(self._file).reveal()}"
        yield request


def read_token(file: Path) -> Secret:
    """The token in a private file. Raises LoginError where there is none, or others can read it."""
    shown = show(str(file))
    try:
        with file.open("rb") as opened:
            state = os.fstat(opened.fileno())
            data = opened.read(4096)
    except OSError as error:
        raise LoginError(f"cannot read the gate's token in {shown}: {error.strerror}", "put it there") from None
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise LoginError(f"the gate's token in {shown} is open to others", f"close it with: chmod 600 {shown}")
    token = data.decode("ascii", "replace").strip()
    if not token or not token.isprintable() or not token.isascii() or " " in token:
        raise LoginError(f"there is no token in {shown}", "put what `reviewer gate token add` printed there, alone")
    return Secret(token)


def checked_url(url: str) -> str:
    """A gate's address that a token may go to. Raises UsageError for any other."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise UsageError(f"{show(url, limit=200)} is no address", 'such as "https://gate.example.org"') from None
    if parts.scheme == "https" or (parts.scheme == "http" and _here(parts.host)):
        if parts.userinfo or parts.query or parts.fragment or not parts.host:
            raise UsageError(f"the gate's address {show(url, limit=200)} has more than a host and a path")
        return url.rstrip("/")
    raise UsageError(f"the gate's address {show(url, limit=200)} is not https", "plain http is for this machine only")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connect_remote(
    url: str, token_file: Path, bundled: Bundled, transport: httpx.BaseTransport | None = None
) -> Remote:
    """A gate elsewhere. Raises UsageError or LoginError where it is not set up; asks it nothing yet."""
    read_token(token_file)
    client = httpx.Client(
        base_url=checked_url(url),
        auth=_Token(token_file),
        timeout=httpx.Timeout(60, connect=15),
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )
    return Remote(client, bundled)
