"""Keeps who may speak to the gate over TCP: bearer tokens, as their SHA-256 alone, in one file of mode 0600.

What must stay true: a token is shown once and kept nowhere; it is compared in constant time, against every one; what
is revoked is refused from the next request on.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.text import show

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,59}")
_PREFIX: Final = "rvw_"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `name` is whose it is; `agent`: it submits and remarks, and never decides."""

    token_id: str
    name: str
    agent: bool
    sha256: str
    added_at: float


class Tokens:
    """The tokens of one home. Every process that asks reads the file anew."""

    def __init__(self, home: Path) -> None:
        self._path = home / "gate" / "tokens.json"

    def all(self) -> list[Token]:
        """Every token that is good. Raises ReviewerError where the file is open to others or damaged."""
        shown = show(str(self._path))
        try:
            with self._path.open("rb") as file:
                state = os.fstat(file.fileno())
                data = file.read(16 << 20)
        except FileNotFoundError:
            return []
        if state.st_mode & 0o077 or state.st_uid != os.getuid():
            raise ReviewerError(f"the tokens in {shown} are open to others", f"close them with: chmod 600 {shown}")
        try:
            return from_json(list[Token], data)
        except ReviewerError:
            raise ReviewerError(f"the tokens in {shown} cannot be read", "move it aside and add them anew") from None

    def holder(self, presented: str) -> Token | None:
        """Whose token that is; None for one that is not good."""
        digest = hashlib.sha256(presented.encode("utf-8", "surrogateescape")).hexdigest()
        found = None
        for token in self.all():
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def add(self, name: str, agent: bool, now: float) -> str:
        """Make a token for `name` and return it; it cannot be shown again."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{show(name, limit=80)} is no name for a token", "1 to 60 letters, digits or . _ @ + -")
        secret = _PREFIX + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(4), name, agent, hashlib.sha256(secret.encode()).hexdigest(), now)
        with self._changing() as tokens:
            if any(known.name == name for known in tokens):
                raise UsageError(f"{name} has a token already", f"revoke it first: reviewer gate token revoke {name}")
            tokens.append(token)
        return secret

    def revoke(self, name: str) -> None:
        """Forget the token of `name`. Raises UsageError where there is none."""
        with self._changing() as tokens:
            if not any(token.name == name for token in tokens):
                raise UsageError(f"{show(name, limit=80)} has no token", "see them with: reviewer gate token list")
            tokens[:] = [token for token in tokens if token.name != name]

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The list, written back whole where it was changed; one process at a time."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            tokens = self.all()
            yield tokens
            draft = self._path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(to_json(tokens))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
