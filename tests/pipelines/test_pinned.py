"""A host that wants the token elsewhere, or never ends: requests stay at their address, answers within bounds."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reviewer.model.errors import ReviewerError, UnreachableError
from reviewer.pipelines import pinned
from reviewer.pipelines.pinned import Pinned, checked_url
from reviewer.pipelines.remote import connect_remote
from reviewer.pipelines.steady import Steady

TOKEN = "rvw_" + "Zq7Xk2mP" * 5
Say = Callable[[socket.socket, bytes], None]


class Host:
    """A server on this machine that says whatever it is told to; `heard` are the requests that reached it."""

    def __init__(self, say: Say) -> None:
        self.heard: list[bytes] = []
        self._say = say
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                request += chunk
            self.heard.append(request)
            try:
                self._say(connection, request)
            except OSError:
                pass

    def close(self) -> None:
        # Who accepts is woken by this alone.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@contextmanager
def host(say: Say) -> Iterator[Host]:
    made = Host(say)
    try:
        yield made
    finally:
        made.close()


def text(status: str, *headers: str, body: bytes = b"") -> Say:
    head = "\r\n".join((f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"))

    def say(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)

    return say


def client(base: str, **more: float) -> httpx.Client:
    headers = {"Authorization": f"Bearer {TOKEN}", "PRIVATE-TOKEN": TOKEN, "Cookie": f"s={TOKEN}"}
    return httpx.Client(base_url=base, headers=headers, transport=Pinned(base, Steady(**more)), trust_env=False)


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_a_redirect_takes_no_token_and_no_body_to_another_host(status: str, method: str) -> None:
    with host(text("200 OK")) as other, host(text(status, f"Location: {other.url}/x")) as first:
        try:
            answer = client(first.url).request(method, "/changes", content=b"the decision" if method != "GET" else None)
            assert answer.status_code == int(status[:3])
            assert method != "GET"
        except httpx.UnsupportedProtocol as error:
            assert method == "GET"
            assert TOKEN not in str(error)
        assert len(first.heard) == 1
        assert other.heard == []


ELSEWHERE = [
    "http://127.0.0.1:1/api", "http://localhost:{port}/api", "https://127.0.0.1:{port}/api", "http://evil.example/api/x",
    "http://127.0.0.1:{port}@evil.example/api", "http://u:p@127.0.0.1:{port}/api/x", "//evil.example/api/x",
    "http://127.0.0.1:{port}/other", "http://127.0.0.1:{port}/apis", "/other", "/api/../other", "/api/%2e%2e/other",
    "http://127.0.0.1.evil.example:{port}/api", "http://[::1]:{port}/api/x", "ftp://127.0.0.1:{port}/api",
]  # fmt: skip


@pytest.mark.parametrize("link", ELSEWHERE)
def test_a_page_or_a_link_to_another_place_is_not_followed(link: str) -> None:
    with host(text("200 OK")) as one:
        asking = client(f"{one.url}/api")
        url = httpx.URL(one.url).join(link.format(port=one.port))
        with pytest.raises(httpx.TransportError) as caught:
            asking.get(url)
        assert TOKEN not in str(caught.value)
        assert one.heard == []
    redirecting = text("302 F", f"Location: {link.format(port=1)}")
    with host(redirecting) as one, pytest.raises(httpx.TransportError):
        client(f"{one.url}/api").get("/x")


def test_a_page_of_its_own_is_followed_and_a_circle_is_not() -> None:
    def say(connection: socket.socket, request: bytes) -> None:
        if b"GET /api/old" in request:
            text("301 M", "Location: /api/new?page=2")(connection, request)
        elif b"GET /api/round" in request:
            text("302 F", "Location: /api/round")(connection, request)
        else:
            text("200 OK", body=b"here")(connection, request)

    with host(say) as one:
        asking = client(f"{one.url}/api")
        assert asking.get("/old").content == b"here"
        assert asking.get(f"{one.url}/api/changes?page=2").content == b"here"
        with pytest.raises(httpx.TooManyRedirects):
            asking.get("/round")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "x-gzip, identity", "zstd"])
def test_a_packed_answer_is_refused_before_it_is_unpacked(coding: str) -> None:
    bomb = gzip.compress(b"a" * (50 << 20))
    with host(text("200 OK", f"Content-Encoding: {coding}", body=bomb)) as one:
        with pytest.raises(httpx.DecodingError):
            client(one.url).get("/x")
        assert b"identity" in one.heard[0].lower()


def endless(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")


def endless_headers(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for n in range(100_000):
        connection.sendall(b"X-%d: %s\r\n" % (n, b"a" * 1000))


def slow_headers(connection: socket.socket, _request: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def slow_body(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b"a")
        time.sleep(0.02)


def silent(_connection: socket.socket, _request: bytes) -> None:
    time.sleep(20)


@pytest.mark.parametrize("say", [endless, endless_headers, slow_headers, slow_body, silent], ids=lambda v: v.__name__)
def test_an_answer_without_end_is_given_up(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "LARGEST", 1 << 20)
    with host(say) as one, pytest.raises(httpx.TransportError):
        client(one.url, patience=0.5).get("/x")


def test_a_gate_that_does_any_of_this_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(TOKEN)
    monkeypatch.setattr(pinned, "LARGEST", 1 << 20)
    with host(text("200 OK")) as other:
        sayings = (endless, endless_headers, slow_body, text("302 F", f"Location: {other.url}"))
        for say in (*sayings, text("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"{}"))):
            with host(say) as one:
                remote = connect_remote(one.url, file, lambda *_: ("", b"", bytes), Steady(patience=0.5))
                with pytest.raises(UnreachableError) as caught:
                    remote.version()
                said = f"{caught.value.message} {caught.value.hint}"
                assert "Zq7" not in said
                assert TOKEN.encode() in one.heard[0]
        assert other.heard == []


def test_the_environment_leads_no_request_away_and_gets_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host(text("200 OK")) as evil, host(text("200 OK", body=b"here")) as one:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, evil.url)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
        (tmp_path / "netrc").write_text("default login evil password evil\n")
        assert client(one.url).get("/x").content == b"here"
        assert evil.heard == []
        assert b"ZXZpbDpldmls" not in one.heard[0]
        assert Steady()._pool._ssl_context.keylog_filename is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "url",
    ["http://gate.example", "http://127.0.0.1.evil.example", "http://10.0.0.1", "https://u:p@h", "https://h/?x", "https://h/#x",
     "ftp://h", "//h", "h", "", "https://", "file:///etc/passwd", "http://0x7f.1.evil", "javascript:x", "https:\\\\h"],
)  # fmt: skip
def test_a_token_is_for_https_or_for_this_machine(url: str) -> None:
    with pytest.raises(ReviewerError):
        checked_url(url)
