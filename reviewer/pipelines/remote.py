"""Connects a desk to a gate on another machine: https, a token that is kept elsewhere, commits as bundles.

What must stay true: the token goes to the configured address alone, and is looked for anew for each request; plain http
is for this machine only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UsageError
from reviewer.model.secret import MASK, Secret
from reviewer.pipelines.checkpoint import Checkpoint
from reviewer.pipelines.credentials import GATE, Credential, find
from reviewer.pipelines.lean import httpx
from reviewer.pipelines.pinned import Pinned, checked_url

Bundled = Callable[[str, str, str], tuple[str, bytes, Callable[[], bytes]]]
"""(folder, branch, target) -> the repository's name, what the branch has over the target, and its whole history."""


class Remote(Checkpoint):
    """A gate that cannot see our repository: what is submitted travels with its commits."""

    def __init__(
        self, client: httpx.Client, bundled: Bundled, token: Callable[[], Secret] = lambda: Secret("")
    ) -> None:
        super().__init__(client)
        self._bundled = bundled
        self._token = token

    def _told(self, refusal: bytes) -> bytes:
        # What stands before a gate may say back what it was sent.
        token = self._token()
        return refusal.replace(token.reveal().encode(), MASK.encode()) if token else refusal

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
    """Puts the token on each request. Its text is looked for each time, and shown by no repr."""

    def __init__(self, found: Callable[[], Credential]) -> None:
        self._found = found

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._found().secret.reveal()}"
        yield request


def connect_remote(
    url: str, token_file: Path | None, bundled: Bundled, transport: httpx.BaseTransport | None = None
) -> Remote:
    """A gate elsewhere. Raises UsageError or LoginError where it is not set up; asks it nothing yet."""
    base = checked_url(url)
    host = httpx.URL(base).host

    def found() -> Credential:
        return find(GATE, host, token_file)

    found()
    client = httpx.Client(
        base_url=base,
        auth=_Token(found),
        timeout=httpx.Timeout(60, connect=15),
        trust_env=False,
        follow_redirects=False,
        transport=Pinned(base, transport),
    )
    return Remote(client, bundled, lambda: found().secret)
