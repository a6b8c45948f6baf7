"""Is process 1 of a run: starts the command without any right, watches it, ends all, and tells what it left.

What must stay true: the command keeps no capability, no descriptor but 0 to 2, and the seccomp program for good; when
the command ends, a limit is hit, or the one who asked is gone, everything in the run dies.
"""

from __future__ import annotations

import binascii
import os
import resource
import select
import time

from reviewer.sandbox.inside import kernel
from reviewer.sandbox.inside.changes import EXPORT_BYTES, Differences, export, matching
from reviewer.sandbox.inside.observe import Observer, tune
from reviewer.sandbox.inside.resolver import Resolver
from reviewer.sandbox.inside.syscalls import program
from reviewer.sandbox.inside.wire import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Any

    Report = Callable[[dict[str, Any]], None]
else:
    import _signal as signal

CHANGE = "/change"


def read_config(number: int) -> dict[str, Any]:
    """The first line of the pipe, which stays open: its other end closes when the one who asked is gone."""
    said = bytearray()
    while not said.endswith(b"\n"):
        part = os.read(number, 1 << 16)
        if not part:
            os._exit(1)
        said += part
    config: dict[str, Any] = decode(bytes(said))
    return config


def reporter(number: int) -> Report:
    """Writes events for the one who asked, one a line."""
    os.set_inheritable(number, False)

    def report(event: dict[str, Any]) -> None:
        data = memoryview(encode(event).encode() + b"\n")
        while data:
            data = data[os.write(number, data) :]

    return report


def failed(report: Report, error: BaseException) -> None:
    """Say why nothing was started."""
    said = error.strerror if isinstance(error, OSError) else None
    report({"event": "failed", "message": said or str(error) or repr(error)})


def run(config: dict[str, Any], report: Report, lifeline: int, tree: dict[str, Any]) -> None:
    """All that process 1 does once its root stands. `tree`: how it came in, with `upper` and `lower` open."""
    resolver = None
    why = ""
    try:
        resolver = Resolver()
    except OSError as error:
        why = error.strerror or str(error)
    observer = Observer(report, resolver)
    payload = Payload(config)
    if payload.listener is None:
        observation = payload.why
    else:
        observation = "seccomp user notification"
        tune(payload.listener)
    report(
        {
            "event": "ready",
            "tree": tree["how"],
            "observed": payload.listener is not None,
            "observation": observation,
            "names": f"not recorded: {why}" if resolver is None else "own resolver",
        }
    )
    observed = Watch(config, payload, observer, resolver, lifeline).until_the_end()
    if payload.listener is not None or resolver is not None:
        observed.update(observer.summary())
    if payload.failed:
        code, message = decode(payload.failed)
        report({"event": "not started", "errno": code, "message": message})
    observed.update(Differences(tree["upper"], tree["lower"], whole=tree["how"] == "copy").report())
    folder = os.open(CHANGE, os.O_RDONLY | os.O_DIRECTORY)
    budget = EXPORT_BYTES
    collected = [path for pattern in config["collect"] for path in matching(folder, pattern)]
    for path in dict.fromkeys((*config["exports"], *collected)):
        found = export(folder, path, budget)
        if isinstance(found, bytes):
            budget -= len(found)
            report({"event": "export", "path": path, "content": binascii.b2a_base64(found, newline=False).decode()})
        else:
            report({"event": "export", "path": path, "refused": found})
    report({"event": "end", **observed})


def surrender(config: dict[str, Any], *, watch: bool) -> int | None:
    """In the command's process: limits, no capabilities, the filter. Returns the listener's descriptor, if any."""
    os.setsid()
    for name, value in (
        (resource.RLIMIT_NPROC, config["processes"]),
        (resource.RLIMIT_DATA, config["memory"]),
        (resource.RLIMIT_FSIZE, config["disk"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 4096),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    kernel.leave_keys()
    kernel.drop_capabilities()
    kernel.dumpable(1)
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue
    return kernel.install(program(watch=watch), listen=watch)


class Payload:
    """The command's first process. `listener` is where notices of it and its children arrive, None where refused."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.failed = b""
        self.why = ""
        self.listener: int | None = None
        if config["observe"]:
            self._start(config, watch=True)
        else:
            self.why = "switched off"
        if self.listener is None:
            self._start(config, watch=False)

    def _start(self, config: dict[str, Any], *, watch: bool) -> None:
        """Fork; what goes wrong before the command runs is told through a pipe that closes when it does."""
        self.pipe, write_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become(config, write_end, watch=watch)
        os.close(write_end)
        first = _line(self.pipe)
        if not watch:
            self.failed = first
            return
        try:
            # The filter's descriptor is taken, not sent: to send it would itself wait for the listener.
            self.listener = kernel.descriptor_of(self.pid, int(first))
        except (OSError, ValueError) as error:
            self.why = error.strerror or str(error) if isinstance(error, OSError) else _said(first)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.pipe)

    def hear(self) -> bool:
        """Take what the process says about its own start; False when it has started, or ended."""
        part = os.read(self.pipe, 65536)
        self.failed += part
        return bool(part)


def _said(line: bytes) -> str:
    try:
        return str(decode(line)[1])
    except (ValueError, LookupError):
        return "it ended before it began"


def _line(pipe: int) -> bytes:
    said = b""
    while not said.endswith(b"\n"):
        part = os.read(pipe, 65536)
        if not part:
            break
        said += part
    return said.rstrip(b"\n")


def _become(config: dict[str, Any], pipe: int, *, watch: bool) -> None:
    """Turn this process into the command, or say why not and end."""
    try:
        signal.set_wakeup_fd(-1)
        os.dup2(pipe, 3, inheritable=False)
        os.closerange(4, 1 << 16)
        os.chdir(CHANGE)
        listener = surrender(config, watch=watch)
        if watch:
            # It stays open until the command runs; the kernel closes it then.
            os.write(3, f"{listener}\n".encode())
        _execute(config["command"], config["environment"])
    except OSError as error:
        os.write(3, encode([error.errno, error.strerror]).encode() + b"\n")
    except BaseException as error:
        os.write(3, encode([0, repr(error)]).encode() + b"\n")
    os._exit(127)


def _execute(words: list[str], environment: dict[str, str]) -> None:
    """Become the command, looked for along PATH; the standard library's own way loads more than a start is worth."""
    if "/" in words[0]:
        os.execve(words[0], words, environment)
    refused: OSError | None = None
    for folder in environment["PATH"].split(":"):
        try:
            os.execve(f"{folder or '.'}/{words[0]}", words, environment)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            refused = error
    raise refused or FileNotFoundError(2, os.strerror(2))


class Watch:
    """Serves the listener, reaps, and measures, until the command ends or a limit is hit."""

    def __init__(
        self, config: dict[str, Any], payload: Payload, observer: Observer, resolver: Resolver | None, lifeline: int
    ) -> None:
        self._config = config
        self._payload = payload
        self._peak = 0
        self._status: int | None = None
        self._limit: str | None = None
        self._poll = select.poll()
        self._on: dict[int, Callable[[], bool]] = {}
        self._wake, write_end = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(write_end, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self._listen(self._wake, lambda: bool(os.read(self._wake, 4096)))
        self._lifeline = lifeline
        self._poll.register(lifeline, 0)
        self._listen(payload.pipe, payload.hear)
        if payload.listener is not None:
            listener = payload.listener
            self._listen(listener, lambda: observer.serve(listener))
        if resolver is not None:
            names = resolver
            self._listen(resolver.socket.fileno(), lambda: observer.asked(names.serve()))

    def _listen(self, number: int, act: Callable[[], bool]) -> None:
        self._on[number] = act
        self._poll.register(number, select.POLLIN)

    def until_the_end(self) -> dict[str, Any]:
        began = time.monotonic()
        pause = 0.004
        look_at = began + pause
        self._reap()
        while self._status is None and self._limit is None:
            for number, what in self._poll.poll(max(0.0, look_at - time.monotonic()) * 1000):
                if number == self._lifeline:
                    # Its other end is closed: the one who asked is gone.
                    os._exit(1)
                if not (what & select.POLLIN and self._on[number]()) and number != self._wake:
                    self._poll.unregister(number)
            self._reap()
            now = time.monotonic()
            if now >= look_at and self._status is None:
                self._measure(now - began)
                pause = min(pause * 2, 0.03)
                look_at = time.monotonic() + pause
        seconds = time.monotonic() - began
        _end_all()
        while self._payload.hear():
            pass
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "status": self._status,
            "limit": self._limit,
            "seconds": seconds,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_memory": max(self._peak, used.ru_maxrss * 1024 if self._status is not None else 0),
        }

    def _reap(self) -> None:
        try:
            while self._status is None:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._payload.pid:
                    self._status = code
        except ChildProcessError:
            return

    def _measure(self, seconds: float) -> None:
        memory, processes = usage()
        self._peak = max(self._peak, memory)
        if memory > self._config["memory"]:
            self._limit = "memory"
        elif processes > self._config["processes"]:
            self._limit = "processes"
        elif seconds > self._config["seconds"]:
            self._limit = "time"


def _end_all() -> None:
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def usage() -> tuple[int, int]:
    """Bytes resident in, and number of, all processes of the run but this one."""
    page = resource.getpagesize()
    memory = processes = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and name != "1":
            try:
                with open(f"/proc/{name}/statm", "rb") as file:
                    fields = file.read().split()
            except OSError:
                continue
            processes += 1
            memory += (int(fields[1]) - int(fields[2])) * page
    return memory, processes
