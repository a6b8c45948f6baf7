"""Keeps every request of a client at the one address that it is for, wherever an answer points.

What must stay true: a token goes to the configured scheme, host, port and path alone, whether a page, a link or a
redirect names another; only a GET follows a redirect, and only to there; an answer that is packed is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from reviewer.model.errors import UsageError
from reviewer.pipelines.lean import httpx
from reviewer.pipelines.steady import Steady
from reviewer.text import show

LARGEST: Final = 1 << 30
"""Bytes of any answer; who asks sets a bound of their own below it."""
_HOPS: Final = 5
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


class Pinned(httpx.BaseTransport):
    """A transport to one address, and to nothing else. `base` is as `checked_url` gives it."""

    def __init__(self, base: str, inner: httpx.BaseTransport | None = None) -> None:
        self._base = httpx.URL(checked_url(base))
        self._inner = inner or Steady()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        for _ in range(_HOPS):
            if not self.holds(request.url):
                raise httpx.UnsupportedProtocol(f"{_shown(request.url)} is another address", request=request)
            answer = self._inner.handle_request(request)
            if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                # What is small on the way could be huge here.
                answer.close()
                raise httpx.DecodingError("the answer is packed, which was not asked for", request=request)
            if answer.status_code not in _REDIRECTS or "Location" not in answer.headers or request.method != "GET":
                answer.stream = _Bounded(answer.stream, request)
                return answer
            answer.close()
            try:
                url = request.url.join(answer.headers["Location"])
                request = httpx.Request("GET", url, headers=request.headers, extensions=request.extensions)
            except (httpx.InvalidURL, ValueError):
                raise httpx.RemoteProtocolError("it redirects to what is no address", request=request) from None
        raise httpx.TooManyRedirects("it redirects in a circle", request=request)

    def holds(self, url: httpx.URL) -> bool:
        """Whether an address lies below the one that this transport is for."""
        base = self._base
        below = base.raw_path.rstrip(b"/") + b"/"
        path = url.raw_path.partition(b"?")[0]
        climbs = any(part in (b".", b"..") for part in path.replace(b"%2e", b".").replace(b"%2E", b".").split(b"/"))
        same = (url.scheme, url.host, url.port, b"") == (base.scheme, base.host, base.port, url.userinfo)
        return same and not climbs and (path + b"/").startswith(below)

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream | httpx.AsyncByteStream, request: httpx.Request) -> None:
        assert isinstance(inner, httpx.SyncByteStream)
        self._inner, self._request = inner, request

    def __iter__(self) -> Iterator[bytes]:
        left = LARGEST
        for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise httpx.ReadError(f"an answer of more than {LARGEST} bytes", request=self._request)
            yield chunk

    def close(self) -> None:
        self._inner.close()


def _shown(url: httpx.URL) -> str:
    return show(f"{url.scheme}://{url.host}", limit=120)


def checked_url(url: str) -> str:
    """An address that a token may go to. Raises UsageError for any other."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise UsageError(f"{show(url, limit=200)} is no address", 'such as "https://gate.example.org"') from None
    if parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.host)):
        if parts.userinfo or parts.query or parts.fragment or not parts.host:
            raise UsageError(f"the gate's address {show(url, limit=200)} has more than a host and a path")
        return url.rstrip("/")
    raise UsageError(f"the gate's address {show(url, limit=200)} is not https", "plain http is for this machine only")


def is_here(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
