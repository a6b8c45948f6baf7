"""Listens to what a run is about to do: each program that it starts, each attempt to reach out of it.

What must stay true: it observes and never decides what may happen (the empty namespaces do, and the seccomp program),
so a run that changes its memory after the look changes the log and nothing else; every notice is answered, whatever
its reading raised; what is kept and told is bounded, what is beyond the bounds is counted.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time

from reviewer.sandbox.inside import kernel
from reviewer.sandbox.inside.resolver import Resolver
from reviewer.sandbox.inside.syscalls import FAMILIES, INET, INET6, UNIX, watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from reviewer.sandbox.inside.init import Report
else:
    import _socket as socket

COMMANDS = 1_000
"""Started programs that are told one by one; the rest is counted."""
ATTEMPTS = 500
"""Different attempts that are kept; the rest is counted."""
_PROGRAMS = 200
_ARGUMENTS, _ARGUMENT_BYTES, _ALL_ARGUMENTS_BYTES = 64, 1024, 4096
_RECV, _SEND, _VALID, _SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
_CONTINUE = 1
_NOTICE = struct.Struct("QIIiIQ6Q")
_EAFNOSUPPORT = 97
_FAMILY_NAMES = {17: "packet", 38: "alg", 40: "vsock", 29: "can", 31: "bluetooth", 44: "xdp", 30: "tipc", 15: "key"}
_OF_THE_LIBRARY = (
    "/var/run/nscd/", "/run/nscd/", "/dev/log", "/run/systemd/userdb", "/run/systemd/journal"
)  # fmt: skip
"""Sockets that the C library tries by itself, whatever the program."""


class Observer:
    """Keeps what was observed; `serve` answers one notice of the listener."""

    def __init__(self, report: Report, resolver: Resolver | None) -> None:
        self._report = report
        self._resolver = resolver
        self._calls = watched()
        self._attempts: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._asker = ""
        self._programs: dict[str, int] = {}
        self.commands = 0
        self.unlisted = 0
        self.inside = 0

    def serve(self, listener: int) -> bool:
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECV, notice)
        except OSError:
            # The one who asked has died, or a signal came first.
            return True
        number, pid, _flags, call, _arch, _ip, *arguments = _NOTICE.unpack(notice)
        error = flags = 0
        try:
            name = self._calls.get(call, "")
            if name == "socket":
                refused = arguments[0] not in FAMILIES
                self._socket(pid, arguments)
                error, flags = (-_EAFNOSUPPORT, 0) if refused else (0, _CONTINUE)
            else:
                flags = _CONTINUE
                self._seen(name, pid, arguments)
        except (OSError, ValueError, struct.error):
            # It is gone, or not to be looked into.
            pass
        try:
            fcntl.ioctl(listener, _SEND, struct.pack("QqiI", number, 0, error, flags))
        except OSError:
            pass
        return True

    def summary(self) -> dict[str, Any]:
        """For the end of the record."""
        return {
            "commands": self.commands,
            "programs": [[name, count] for name, count in self._programs.items()],
            "attempts": list(self._attempts.values()),
            "attempts_unlisted": self.unlisted,
            "inside_connections": self.inside,
        }

    def asked(self, names: list[tuple[str, bool]]) -> bool:
        """Take note of host names that the resolver was asked for."""
        for name, answered in names:
            outcome = "answered with an address that leads nowhere" if answered else "no such name"
            self._attempt("look-up", name, self._asker or "?", outcome, host=name)
        return True

    # --- one notice -------------------------------------------------------------------------------------------------

    def _seen(self, call: str, pid: int, arguments: list[int]) -> None:
        if call in ("execve", "execveat"):
            self._exec(call, pid, arguments)
        elif call == "connect":
            self._address(pid, "connect", arguments[0], arguments[1], arguments[2])
        elif call == "sendto":
            self._address(pid, "send", arguments[0], arguments[4], arguments[5])
        elif call in ("sendmsg", "sendmmsg"):
            with _Memory(pid) as memory:
                name, size = struct.unpack("QI", memory.read(arguments[1], 12))
            if name:
                self._address(pid, "send", arguments[0], name, size)

    def _exec(self, call: str, pid: int, arguments: list[int]) -> None:
        folder, shift = -100, 0
        if call == "execveat":
            folder, shift = struct.unpack("i", struct.pack("I", arguments[0] & 0xFFFFFFFF))[0], 1
        with _Memory(pid) as memory:
            path = os.fsdecode(memory.text(arguments[shift], 4096))
            place = _resolved(pid, folder, path)
            if not os.access(place, os.X_OK):
                # A look along PATH.
                return
            self.commands += 1
            program = os.path.basename(path or place)
            if program in self._programs or len(self._programs) < _PROGRAMS:
                self._programs[program] = self._programs.get(program, 0) + 1
            if self.commands <= COMMANDS:
                words, cut = memory.words(arguments[shift + 1])
                event = {"event": "exec", "clock": time.monotonic(), "pid": pid, "parent": _status(pid)[1]}
                self._report({**event, "path": place, "arguments": words, **({"cut": True} if cut else {})})

    def _socket(self, pid: int, arguments: list[int]) -> None:
        family, kind = arguments[0] & 0xFFFFFFFF, arguments[1] & 0xF
        name = _FAMILY_NAMES.get(family, f"family {family}")
        target = f"raw {'IPv4' if family == INET else 'IPv6'}" if family in FAMILIES else f"{name} ({kind})"
        self._attempt("socket", target, _program(pid), "refused")

    def _address(self, pid: int, kind: str, number: int, pointer: int, size: int) -> None:
        with _Memory(pid) as memory:
            data = memory.read(pointer, min(size & 0xFFFFFFFF, 128))
        (family,) = struct.unpack_from("H", data)
        if family in (INET, INET6):
            address, port = _inet(data, family)
            if _is_loopback(address):
                self.inside += 1
                if port == 53:
                    self._asker = _program(pid)
                return
            host = self._resolver.name_of(address) if self._resolver is not None else None
            shown = f"[{address}]" if family == INET6 else address
            kind = f"{kind} {_protocol(pid, number)}"
            self._attempt(kind, f"{host or shown}:{port}", _program(pid), "refused", host=host, address=address)
        elif family == UNIX and len(data) > 2:
            self._unix(pid, kind, data[2:])
        elif family not in FAMILIES and family:
            self._attempt(kind, _FAMILY_NAMES.get(family, f"family {family}"), _program(pid), "refused")

    def _unix(self, pid: int, kind: str, name: bytes) -> None:
        if name[:1] == b"\0":
            shown = "@" + os.fsdecode(name[1:].rstrip(b"\0"))
            with open("/proc/net/unix", "rb") as file:
                there = any(line.rstrip().endswith(b" @" + name[1:].rstrip(b"\0")) for line in file)
        else:
            shown = os.fsdecode(name.split(b"\0")[0])
            there = os.path.exists(_resolved(pid, -100, shown))
        if there or shown.startswith(_OF_THE_LIBRARY):
            self.inside += 1
        else:
            self._attempt(f"{kind} unix", shown, _program(pid), "refused")

    def _attempt(self, kind: str, target: str, program: str, outcome: str, **more: str | None) -> None:
        key = (kind, target, program)
        known = self._attempts.get(key)
        if known is not None:
            known["count"] += 1
            return
        if len(self._attempts) >= ATTEMPTS:
            self.unlisted += 1
            return
        facts = {"kind": kind, "target": target[:300], "by": program, "outcome": outcome, "count": 1}
        facts.update({name: value[:300] for name, value in more.items() if value})
        facts["clock"] = time.monotonic()
        self._attempts[key] = facts
        self._report({"event": "network", **{name: value for name, value in facts.items() if name != "count"}})


def tune(listener: int) -> None:
    """Let the kernel hand over between the two sides on one processor, where it can (6.6)."""
    try:
        fcntl.ioctl(listener, _SET_FLAGS, 1)
    except OSError:
        pass


class _Memory:
    """The memory of a process that waits for our answer."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> _Memory:
        self._file = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY)
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._file)

    def read(self, address: int, size: int) -> bytes:
        if address >= 1 << 63:
            raise ValueError("no such address")
        return os.pread(self._file, size, address)

    def text(self, address: int, limit: int) -> bytes:
        """Up to the zero byte; a page at a time, for what lies behind it may not be there."""
        found = b""
        while len(found) < limit:
            at = address + len(found)
            try:
                part = self.read(at, min(limit - len(found), 4096 - at % 4096))
            except OSError:
                break
            end = part.find(b"\0")
            if end >= 0 or not part:
                return found + part[: max(end, 0)]
            found += part
        return found

    def words(self, address: int) -> tuple[list[str], bool]:
        """A vector of texts, and whether it was cut."""
        pointers: list[int] = []
        while address and len(pointers) <= _ARGUMENTS:
            at = address + 8 * len(pointers)
            part = self.read(at, max(8, (4096 - at % 4096) & ~7))
            for (pointer,) in struct.iter_unpack("Q", part[: len(part) & ~7]):
                if not pointer:
                    address = 0
                    break
                pointers.append(pointer)
            if len(part) < 8:
                break
        texts: list[bytes] = []
        room = _ALL_ARGUMENTS_BYTES
        cut = len(pointers) > _ARGUMENTS
        for pointer in pointers[:_ARGUMENTS]:
            limit = min(room, _ARGUMENT_BYTES)
            if not limit:
                cut = True
                break
            texts.append(self.text(pointer, limit))
            cut |= len(texts[-1]) >= limit
            room -= len(texts[-1])
        return [os.fsdecode(text) for text in texts], cut


def _resolved(pid: int, folder: int, path: str) -> str:
    """Where a path that a process named leads, as seen from here; links within it are left alone."""
    if path.startswith("/"):
        return path
    base = os.readlink(f"/proc/{pid}/cwd" if folder == -100 else f"/proc/{pid}/fd/{folder}")
    return os.path.normpath(os.path.join(base, path)) if path else base


def _status(pid: int) -> tuple[int, int]:
    """The process that a thread belongs to, and the one that made it."""
    found = {}
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            name, _, value = line.partition(b":")
            if name in (b"Tgid", b"PPid"):
                found[name] = int(value)
                if len(found) == 2:
                    break
    return found[b"Tgid"], found[b"PPid"]


def _program(pid: int) -> str:
    """The name of the file that a process runs: unlike its own name for itself, it is not its to choose."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))[:80]
    except OSError:
        return "?"


def _inet(data: bytes, family: int) -> tuple[str, int]:
    (port,) = struct.unpack_from(">H", data, 2)
    packed = data[4:8] if family == INET else data[8:24]
    return socket.inet_ntop(socket.AF_INET if family == INET else socket.AF_INET6, packed), port


def _is_loopback(address: str) -> bool:
    if ":" in address:
        return address in ("::1", "::") or address.startswith(("::ffff:127.", "::ffff:0."))
    return address.startswith(("127.", "0."))


def _protocol(pid: int, number: int) -> str:
    try:
        found = socket.socket(fileno=kernel.descriptor_of(_status(pid)[0], number & 0xFFFFFFFF))
    except OSError:
        return "?"
    kind, protocol = found.type, found.proto
    found.close()
    if kind == socket.SOCK_DGRAM:
        return "udp"
    return "mptcp" if protocol == 262 else "tcp" if kind == socket.SOCK_STREAM else "raw"
