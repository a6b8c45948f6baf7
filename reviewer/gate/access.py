"""Says who is speaking to the gate and how often they may: the account behind the unix socket, or a bearer token.

What must stay true: the name that a decision or a remark carries comes from here, never from a body.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from reviewer.gate.problems import TooOftenError
from reviewer.gate.tokens import Tokens
from reviewer.model.errors import LoginError
from reviewer.text import Untrusted


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request came from.

    `decides`: a reviewer; `local`: the gate's own account, which may name any repository by its path and let agents
    speak; `owner` is the name under which the key of their first decision is kept, `key` the public key that is known
    of them anyway.
    """

    name: Untrusted
    owner: str
    decides: bool = True
    local: bool = False
    key: str | None = None


Access = Callable[[Request], Caller]
"""Tells the caller of a request. Raises LoginError for a stranger."""


class OwnAccount:
    """Everybody on the unix socket is the gate's own account: the kernel told so when they connected.

    Their decisions are checked against the public key beside the desk's private one. Both lie in the same home, so
    this shows that a decision arrived as it was sealed, and nothing about who was at the keyboard.
    """

    def __init__(self, home: Path, name: Untrusted) -> None:
        self._public = home / "keys" / "desk.pub"
        self._name = name

    def __call__(self, request: Request) -> Caller:
        try:
            key = self._public.read_text("ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            key = None
        return Caller(self._name, "own account", local=True, key=key)


class Bearer:
    """Who holds a token is who it was made for. Wrong ones are answered ever more slowly."""

    def __init__(self, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._tokens = tokens
        self._wrong = Limiter(10 / 60, 10, clock)

    def __call__(self, request: Request) -> Caller:
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        token = self._tokens.holder(presented.strip()) if scheme.lower() == "bearer" and presented else None
        if token is None:
            self._wrong.take(request.client.host if request.client else "")
            raise LoginError("a bearer token is needed, and this is none", "ask for one: reviewer gate token add NAME")
        return Caller(Untrusted(token.name), f"token {token.token_id}", decides=not token.agent)


class Limiter:
    """A bucket of requests for each name: `burst` at once, then `rate` a second. Thread-safe."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Count one request. Raises TooOftenError where the bucket is empty."""
        with self._lock:
            now = self._clock()
            if len(self._levels) > 10_000:
                # Names that have been quiet since their bucket filled up again say nothing any more.
                quiet = now - self._burst / self._rate
                self._levels = {key: level for key, level in self._levels.items() if level[1] > quiet}
            left, at = self._levels.get(name, (float(self._burst), now))
            left = min(self._burst, left + max(0.0, now - at) * self._rate)
            if left < 1:
                wait = (1 - left) / self._rate
                self._levels[name] = (left, now)
                raise TooOftenError("too many requests", f"wait {math.ceil(wait)} s", wait)
            self._levels[name] = (left - 1, now)
