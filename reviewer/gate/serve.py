"""Runs the gate's process: one per home, on a unix socket that only its owner reaches, and over TCP where asked.

What must stay true: whoever holds the lock is the only one to open the gate's database; a gate ends by itself only
with nothing queued and nothing under way; a gate that is told to end ends its runs first.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import ipaddress
import os
import secrets
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette

from reviewer.gate.access import Bearer, Limiter, OwnAccount
from reviewer.gate.api import application
from reviewer.gate.steps import Gate
from reviewer.gate.tokens import Tokens
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.pipelines.checkpoint import holder, stop
from reviewer.sandbox.launch import get_ready, let_go
from reviewer.text import Untrusted, show

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GRACE: Final = 10.0
# Seconds after which a worker looks for steps though nobody called it.
_LOOK: Final = 5.0
# Requests that one token has at once, and then a second: a desk asks less, an agent that loops more.
_BURST, _RATE = 200, 50.0


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
    """Serve this home until idle for `idle_seconds`; returns at once where another gate serves it."""
    with _only_one(home, "work") as alone:
        if alone:
            _run(home, reviewer, idle_seconds, "work")


def serve(
    home: Path,
    reviewer: Untrusted,
    host: str,
    port: int,
    repositories: Mapping[str, Path],
    ready: Callable[[str], None],
) -> None:
    """Serve this home over TCP, to who has a token, and on its unix socket, until told to end.

    `ready` hears the address. Raises UsageError where another such gate serves this home, or it cannot listen.
    """
    tcp = _listening(host, port)
    with tcp, contextlib.ExitStack() as held:
        if not held.enter_context(_only_one(home, "serve")):
            # A gate that was started on demand makes room: what it had under way goes on here.
            if holder(home)[1] == "work":
                stop(home)
            if not held.enter_context(_only_one(home, "serve")):
                pid = holder(home)[0]
                raise UsageError(f"another gate serves this home, process {pid}", f"end it first: kill {pid}")
        bound = tcp.getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        ready(f"http://{shown}:{bound[1]}")
        _run(home, reviewer, None, "serve", tcp, repositories)


def loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        where = f"{show(host, limit=100)} port {port}"
        raise UsageError(f"cannot listen on {where}: {error.strerror}", "name another --host or --port") from None
    except (TypeError, UnicodeError):
        # What no name service could be asked for: Python refuses to spell it.
        raise UsageError(f"{show(host, limit=100)} is no host's name or address", "name another --host") from None


@contextlib.contextmanager
def _only_one(home: Path, mode: str) -> Iterator[bool]:
    """Hold the lock of a home; False where another process does. The lock's file names its holder."""
    os.umask(0o077)
    place = home / "run"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / "gate.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n{mode}\n")
        lock.flush()
        yield True


def _run(
    home: Path,
    reviewer: Untrusted,
    idle_seconds: float | None,
    mode: str,
    tcp: socket.socket | None = None,
    repositories: Mapping[str, Path] | None = None,
) -> None:
    scratch = home / "gate" / "work"
    # What a gate that was killed has left: snapshots and logs of runs that are made again.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700, parents=True)
    tempfile.tempdir = str(scratch)
    gate = Gate(home, new_change_id)
    last = time.monotonic()

    def touched() -> None:
        nonlocal last
        last = time.monotonic()

    def idle() -> bool:
        if idle_seconds is None or time.monotonic() - last <= idle_seconds:
            return False
        try:
            return gate.driver.pending() == 0
        except ReviewerError:
            return False

    folder = os.open(home / "run", os.O_RDONLY | os.O_DIRECTORY)
    place = home / "run" / "gate.sock"
    place.unlink(missing_ok=True)
    listening = _OwnerSocket(socket.AF_UNIX, socket.SOCK_STREAM)
    # A socket's path may have 107 bytes at most; through the folder's descriptor it always fits.
    listening.bind(f"/proc/self/fd/{folder}/gate.sock")
    listening.listen(64)
    own = application(gate, OwnAccount(home, reviewer), touched=touched, repositories=repositories, mode=mode)
    doors: list[tuple[Starlette, socket.socket]] = [(own, listening)]
    if tcp is not None:
        bearer, limiter = Bearer(Tokens(home), time.monotonic), Limiter(_RATE, _BURST, time.monotonic)
        doors.append((application(gate, bearer, repositories=repositories, limiter=limiter, mode=mode), tcp))
    threads = _workers(gate, touched)
    try:
        asyncio.run(_listen(gate, doors, idle))
    finally:
        gate.stop()
        place.unlink(missing_ok=True)
        until = time.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        if not any(thread.is_alive() for thread in threads):
            gate.driver.close()


def _workers(gate: Gate, touched: Callable[[], None]) -> list[threading.Thread]:
    """A thread for what people wait for, one for scans, and one a core for runs: none of them waits for another."""
    cores = len(os.sched_getaffinity(0))
    kinds: list[Sequence[str]] = [("hold", "land", "pass"), ("scan", "judge"), *[("run",)] * cores]
    threads = [threading.Thread(target=_steps, args=(gate, mine, touched), daemon=True) for mine in kinds]
    for thread in threads:
        thread.start()
    return threads


def _steps(gate: Gate, kinds: Sequence[str], touched: Callable[[], None]) -> None:
    """Do steps of some kinds, one after the other, until the gate ends."""
    pause = 0.5
    while not gate.stopping.is_set():
        try:
            if gate.step(kinds):
                touched()
                if "run" in kinds:
                    get_ready()
            else:
                gate.driver.wait(kinds, _LOOK, gate.stopping)
            pause = 0.5
        except Exception as error:
            # The database itself refuses, as on a full disk: nothing is lost, and it is asked again ever more slowly.
            pause = min(30.0, pause * 2)
            said = error.message if isinstance(error, ReviewerError) else f"{type(error).__name__}: {error}"
            print(f"steps wait {pause:.0f} s: {show(said, limit=300)}", file=sys.stderr, flush=True)
            gate.stopping.wait(pause)
    let_go()


class _Server(uvicorn.Server):
    """One listening socket. Signals are the process's business, not this one's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _listen(gate: Gate, doors: list[tuple[Starlette, socket.socket]], idle: Callable[[], bool]) -> None:
    servers = [
        _Server(
            uvicorn.Config(
                app,
                log_level="error",
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                limit_concurrency=512,
                timeout_graceful_shutdown=3,
            )
        )
        for app, _socket in doors
    ]

    def end() -> None:
        gate.stop()
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    serving = [
        asyncio.create_task(server.serve(sockets=[listening]))
        for server, (_app, listening) in zip(servers, doors, strict=True)
    ]
    while not all(task.done() for task in serving):
        await asyncio.wait(serving, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
        if any(task.done() for task in serving) or await asyncio.to_thread(idle):
            end()
    await asyncio.gather(*serving)
