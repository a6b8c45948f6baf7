"""Carries requests to a host that may be slow on purpose: an answer comes at a steady pace, or is given up.

What must stay true: no answer takes longer than its beginning may and its size explains, however its bytes are dealt
out; no proxy, certificate or key log is taken from the environment.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Final

import httpcore

from reviewer.pipelines.lean import httpx

PATIENCE_SECONDS: Final = 90.0
"""How long an answer may take to begin: a request for news is held half a minute."""
PACE: Final = 16 << 10
"""Bytes a second that must come from then on."""


class _Paced(httpcore.NetworkStream):
    """A connection that counts from each request on how much has come."""

    def __init__(self, inner: httpcore.NetworkStream, patience: float, clock: Callable[[], float]) -> None:
        self._inner, self._patience, self._clock = inner, patience, clock
        self._asked_at = clock()
        self._came = 0
        self._reading = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._reading = True
        left = self._asked_at + self._patience + self._came / PACE - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("it answers too slowly")
        data = self._inner.read(max_bytes, min(left, timeout) if timeout is not None else left)
        self._came += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)
        if self._reading:
            self._came, self._reading = 0, False
        # A large request takes as long as it takes: the answer is waited for from its end on.
        self._asked_at = self._clock()

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Paced(self._inner.start_tls(ssl_context, server_hostname, timeout), self._patience, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def __init__(self, patience: float, clock: Callable[[], float]) -> None:
        self._patience, self._clock = patience, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        inner = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Paced(inner, self._patience, self._clock)


class Steady(httpx.HTTPTransport):
    """The transport for any host that is not this machine's own socket."""

    def __init__(self, patience: float = PATIENCE_SECONDS, clock: Callable[[], float] = monotonic) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        # What the environment names would get every key of every connection.
        context.keylog_filename = None  # type: ignore[assignment]
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=_Backend(patience, clock), keepalive_expiry=30, max_connections=10
        )
