"""Runs the gate's background process: one per home, on a unix socket that only its owner reaches, gone when idle."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Final

import uvicorn

from reviewer.gate.api import application
from reviewer.gate.steps import Gate
from reviewer.text import Untrusted

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_change_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


class _OwnerSocket(socket.socket):
    """A listening socket that hangs up on everybody but its owner."""

    def accept(self) -> tuple[socket.socket, object]:
        while True:
            connection, address = super().accept()
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if struct.unpack("3i", peer)[1] == os.getuid():
                return connection, address
            connection.close()


def work(home: Path, reviewer: Untrusted, idle_seconds: float = 600) -> None:
    """Serve until idle for `idle_seconds`; returns at once where another gate serves this home."""
    os.umask(0o077)
    place = home / "run"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / "gate.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        (place / "gate.sock").unlink(missing_ok=True)
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        listening = _OwnerSocket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A socket's path may have 107 bytes at most; through the folder's descriptor it always fits.
        listening.bind(f"/proc/self/fd/{folder}/gate.sock")
        listening.listen(64)
        try:
            _serve(Gate(home, new_change_id), reviewer, listening, idle_seconds)
        finally:
            (place / "gate.sock").unlink(missing_ok=True)


def _serve(gate: Gate, reviewer: Untrusted, listening: socket.socket, idle_seconds: float) -> None:
    last = time.monotonic()

    def touched() -> None:
        nonlocal last
        last = time.monotonic()

    config = uvicorn.Config(application(gate, reviewer, touched), log_level="error", lifespan="off")
    server = uvicorn.Server(config)

    def steps() -> None:
        while not server.should_exit:
            try:
                worked = gate.step()
            except Exception:
                # The step stays as it is and is taken up again at the next start; others go on.
                worked = False
                time.sleep(1)
            if worked:
                touched()
            else:
                time.sleep(0.05)

    def watch() -> None:
        while not server.should_exit:
            time.sleep(0.5)
            if time.monotonic() - last > idle_seconds:
                server.should_exit = True

    for target in (watch, *[steps] * (os.cpu_count() or 1)):
        threading.Thread(target=target, daemon=True).start()
    server.run(sockets=[listening])
