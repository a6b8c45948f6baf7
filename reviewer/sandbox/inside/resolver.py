"""Answers the run's questions for host names with addresses that lead nowhere, so that a name and a port can be seen.

A run has no network: whatever it connects to is refused at once. An answered question makes it go on to connect, and so
tells the port that it wanted. Names that resolve nowhere on the Internet (RFC 6761, and names without a dot) do not
resolve here either. What must stay true: a question that cannot be read gets no answer and harms nothing; the number
of names remembered is bounded.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
else:
    import _socket as socket

REMEMBERED = 4096
_FIRST = 0xC6120001  # 198.18.0.0/15: set aside for tests of networks (RFC 2544)
_NOWHERE = ("invalid", "test", "localhost", "local", "internal", "example", "onion", "arpa")
_A, _IN, _NXDOMAIN = 1, 1, 3


def question(packet: bytes) -> tuple[str, int, int] | None:
    """The name and type that a query asks for, and where the question ends; None where it is none."""
    if len(packet) < 17 or packet[2] & 0xF8 or packet[4:6] != b"\0\1":
        return None
    labels: list[str] = []
    at = 12
    while at < len(packet) and packet[at]:
        size = packet[at]
        if size > 63 or at + 1 + size >= len(packet) or at > 266:
            return None
        labels.append(packet[at + 1 : at + 1 + size].decode("ascii", "backslashreplace"))
        at += 1 + size
    if at + 5 > len(packet):
        return None
    (kind,) = struct.unpack_from(">H", packet, at + 1)
    return ".".join(labels).lower(), kind, at + 5


class Resolver:
    """The run's only name server. `asked` and `name_of` tell what went through it."""

    def __init__(self, port: int = 53) -> None:
        """Raises OSError where the port may not be taken."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self.socket.bind(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def name_of(self, address: str) -> str | None:
        """The name for which an address was given out."""
        return self._names.get(address)

    def serve(self) -> list[tuple[str, bool]]:
        """Answer what waits; each name asked for, and whether it got an address."""
        asked: list[tuple[str, bool]] = []
        for _ in range(64):
            try:
                packet, sender = self.socket.recvfrom(4096)
            except OSError:
                break
            found = question(packet)
            if found is None:
                continue
            name, kind, end = found
            address = self._address(name)
            asked.append((name, address is not None))
            try:
                self.socket.sendto(_answer(packet, end, kind, address), sender)
            except OSError:
                continue
        return asked

    def _address(self, name: str) -> str | None:
        if "." not in name or name.rpartition(".")[2] in _NOWHERE:
            return None
        if name not in self._addresses:
            if len(self._addresses) >= REMEMBERED:
                return None
            address = socket.inet_ntoa(struct.pack(">I", _FIRST + len(self._addresses)))
            self._addresses[name] = address
            self._names[address] = name
        return self._addresses[name]


def _answer(packet: bytes, end: int, kind: int, address: str | None) -> bytes:
    answers = 1 if kind == _A and address is not None else 0
    flags = 0x8180 if address is not None else 0x8180 | _NXDOMAIN
    reply = packet[:2] + struct.pack(">HHHHH", flags, 1, answers, 0, 0) + packet[12:end]
    if answers and address is not None:
        reply += struct.pack(">HHHIH", 0xC00C, _A, _IN, 0, 4) + socket.inet_aton(address)
    return reply
