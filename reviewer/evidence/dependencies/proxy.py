"""Passes connections on to named hosts and to no others: the only way out that an installer is given.

What must stay true: it answers CONNECT alone, listens on loopback alone, and ends, with all that goes through it, when
its block does; bytes, connections and waiting are bounded; who was asked for and refused is kept, to be told.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from typing import Final

from reviewer.text import show

_HEAD: Final = 8192
_WAIT: Final = 30.0
_CONNECTIONS: Final = 64
_TOLD: Final = 20
MOST_BYTES: Final = 4 << 30


class Proxy:
    """`address` is what a client is told; `refused` names the hosts that were asked for in vain."""

    def __init__(self, hosts: frozenset[str], most: int = MOST_BYTES) -> None:
        self._allowed = frozenset(_named(host) for host in hosts)
        self._left = most
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        self.refused: list[str] = []
        self.reached: set[str] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=_CONNECTIONS)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, name="prepare-proxy", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._ended = True
            there = [*self._open, self._listening]
        for one in there:
            # A thread that waits on it wakes up only where it is shut down first.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _sender = self._listening.accept()
            except OSError:
                return
            if not self._hold(client):
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), name="prepare-proxy", daemon=True).start()

    def _hold(self, one: socket.socket) -> bool:
        with self._lock:
            if self._ended or len(self._open) >= 2 * _CONNECTIONS:
                return False
            self._open.add(one)
            return True

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        one.close()

    def _serve(self, client: socket.socket) -> None:
        try:
            client.settimeout(_WAIT)
            asked = _asked(client)
            if asked is None:
                client.sendall(b"HTTP/1.1 405 only CONNECT\r\nConnection: close\r\n\r\n")
            elif asked not in self._allowed:
                with self._lock:
                    if len(self.refused) < _TOLD:
                        self.refused.append(show(f"{asked[0]}:{asked[1]}", limit=120))
                client.sendall(b"HTTP/1.1 403 not among the hosts\r\nConnection: close\r\n\r\n")
            else:
                self._join(client, asked)
        except OSError:
            pass
        finally:
            self._drop(client)

    def _join(self, client: socket.socket, asked: tuple[str, int]) -> None:
        try:
            server = socket.create_connection(asked, _WAIT)
        except OSError:
            client.sendall(b"HTTP/1.1 502 unreachable\r\nConnection: close\r\n\r\n")
            return
        if not self._hold(server):
            server.close()
            return
        try:
            self.reached.add(asked[0])
            client.sendall(b"HTTP/1.1 200 connected\r\n\r\n")
            self._pass(client, server)
        finally:
            self._drop(server)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(one, selectors.EVENT_READ, other)
            selector.register(other, selectors.EVENT_READ, one)
            while selector.get_map():
                ready = selector.select(_WAIT)
                if not ready:
                    return
                for key, _mask in ready:
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    data = source.recv(1 << 16)
                    if not data:
                        selector.unregister(source)
                        with contextlib.suppress(OSError):
                            target.shutdown(socket.SHUT_WR)
                        continue
                    with self._lock:
                        self._left -= len(data)
                    if self._left < 0:
                        return
                    target.sendall(data)


@contextlib.contextmanager
def passing(hosts: frozenset[str]) -> Iterator[Proxy]:
    """A proxy for the length of a block."""
    proxy = Proxy(hosts)
    try:
        yield proxy
    finally:
        proxy.close()


def _named(host: str) -> tuple[str, int]:
    name, _, port = host.partition(":")
    return name.lower(), int(port or 443)


def _asked(client: socket.socket) -> tuple[str, int] | None:
    """The host and port of a CONNECT request; None for anything else."""
    head = b""
    deadline = time.monotonic() + _WAIT
    while b"\r\n\r\n" not in head:
        part = client.recv(_HEAD)
        head += part
        if not part or len(head) > _HEAD or time.monotonic() > deadline:
            return None
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != 3 or words[0] != b"CONNECT":
        return None
    name, _, port = words[1].decode("latin-1").rpartition(":")
    return (name.lower(), int(port)) if name and port.isascii() and port.isdigit() and len(port) < 6 else None
