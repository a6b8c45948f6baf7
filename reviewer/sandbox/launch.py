"""Launches one contained run, drains what it prints, and tells what was observed; proves first that it can.

What must stay true: nothing runs bare; a run whose set-up failed has exit status 125 and says why; killing the
calling process kills the run.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from reviewer.model.run import Conclusion, Limits
from reviewer.text import show

NOT_RUN: Final = 125
OnOutput = Callable[[str, bytes], None]
FLOOD: Final = 64
"""A run that prints this many times its output limit is stopped."""


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """One run: the command, the snapshot that it runs over, its bounds. `exports` are paths inside the tree."""

    command: tuple[str, ...]
    tree: Path
    limits: Limits = Limits()
    read_only: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    subject: str = "working copy"
    snapshot_digest: str | None = None
    exports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was observed. `exit_status` is the command's, 128 + n for a signal, 125 where it was not run."""

    exit_status: int
    conclusion: Conclusion | None
    tier: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    limit_hit: str | None = None
    written: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    exports: Mapping[str, bytes] = field(default_factory=dict)
    refused_exports: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the probe found: `tier` is "full" or "none"; `guarantees` maps each one to (state, mechanism)."""

    tier: str
    launcher: str
    kernel: str
    reason: str
    guarantees: Mapping[str, tuple[str, str]]


_GUARANTEES: Final = {
    "file reads": ("enforced", "own root, mount namespace"),
    "file writes": ("enforced", "overlay on tmpfs, read-only root"),
    "network": ("enforced", "empty network namespace"),
    "loopback": ("enforced", "private"),
    "unix sockets": ("enforced", "network and mount namespaces"),
    "process visibility": ("enforced", "pid namespace"),
    "ipc": ("enforced", "ipc namespace"),
    "keyring": ("enforced", "seccomp"),
    "system calls": ("enforced", "seccomp"),
    "memory": ("reduced", "rlimit and a watchdog"),
    "processes": ("enforced", "rlimit and a watchdog"),
    "disk": ("enforced", "sized tmpfs"),
    "time": ("enforced", "own init"),
    "output": ("enforced", "head and tail kept"),
    "orphans": ("enforced", "pid namespace"),
    "terminal": ("enforced", "new session, no terminal"),
    "network attempts": ("absent", "not recorded"),
    "commands executed": ("absent", "not recorded"),
}


@cache
def probe() -> Capabilities:
    """Run a canary for real; `tier` is "none" with the reason where it does not come back as it must."""
    with tempfile.TemporaryDirectory(prefix="reviewer-probe-") as folder:
        (Path(folder) / "canary").write_text("canary\n")
        heard: list[bytes] = []
        outcome = _run(
            SandboxRequest(("/bin/sh", "-c", "cat canary; echo written > canary"), Path(folder), Limits(seconds=20)),
            lambda _stream, data: heard.append(data),
            None,
        )
        untouched = (Path(folder) / "canary").read_text() == "canary\n"
    if outcome.exit_status == 0 and b"".join(heard) == b"canary\n" and untouched:
        return Capabilities("full", "native", platform.release(), "", _GUARANTEES)
    reason = outcome.reason.removeprefix("NOT RUN: ") or "the probe run did not come back as it must"
    return Capabilities("none", "none", platform.release(), reason, {})


def run(request: SandboxRequest, on_output: OnOutput | None = None, cancel: threading.Event | None = None) -> Outcome:
    """Run it contained, or say why not (exit status 125). `on_output` gets ("stdout" | "stderr", chunk) at once."""
    capabilities = probe()
    if capabilities.tier == "none":
        return _not_run(capabilities.reason)
    return _run(request, on_output, cancel)


def _not_run(reason: str) -> Outcome:
    return Outcome(NOT_RUN, None, "none", reason=f"NOT RUN: {reason}")


def _environment(request: SandboxRequest) -> dict[str, str]:
    base = f"{sys.base_prefix}/bin"
    return {
        "PATH": f"{base}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/user",
        "USER": "user",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",
        "REVIEWER_SANDBOX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **request.environment,
    }


def _run(request: SandboxRequest, on_output: OnOutput | None, cancel: threading.Event | None) -> Outcome:
    if sys.platform != "linux":
        return _not_run("this system is not Linux")
    if platform.machine() not in ("x86_64", "aarch64"):
        return _not_run(f"no system call table for {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="reviewer-run-") as scratch:
        config = {
            "command": list(request.command),
            "tree": str(request.tree.resolve()),
            "scratch": scratch,
            "read_only": [sys.base_prefix, *(str(path) for path in request.read_only)],
            "environment": _environment(request),
            "exports": list(request.exports),
            "seconds": request.limits.seconds,
            "memory": request.limits.memory,
            "processes": request.limits.processes,
            "disk": request.limits.disk,
        }
        return _Supervisor(request, on_output, cancel).supervise(json.dumps(config).encode())


class _Supervisor:
    """Drains one run's pipes and keeps the time, should its init not."""

    def __init__(self, request: SandboxRequest, on_output: OnOutput | None, cancel: threading.Event | None) -> None:
        self.request = request
        self.on_output = on_output or (lambda _stream, _data: None)
        self.cancel = cancel
        self.printed = 0
        self.stopped: str | None = None
        self.reported = bytearray()

    def supervise(self, config: bytes) -> Outcome:
        config_read, config_write = os.pipe()
        report_read, report_write = os.pipe()
        program = Path(__file__).with_name("inside.py")
        try:
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", str(program), str(config_read), str(report_write)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(config_read, report_write),
                env={"PATH": "/usr/bin:/bin"},
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            for descriptor in (config_read, config_write, report_read, report_write):
                os.close(descriptor)
            return _not_run(f"cannot start: {error.strerror}")
        os.close(config_read)
        os.close(report_write)
        # The set-up program reads its whole configuration before it does anything else.
        with os.fdopen(config_write, "wb") as pipe:
            pipe.write(config)
        with os.fdopen(report_read, "rb") as report:
            self._drain(child, report)
        return self._outcome()

    def _drain(self, child: subprocess.Popen[bytes], report: IO[bytes]) -> None:
        assert child.stdout is not None and child.stderr is not None
        deadline = time.monotonic() + self.request.limits.seconds + 15
        with selectors.DefaultSelector() as selector:
            for pipe, name in ((child.stdout, "stdout"), (child.stderr, "stderr"), (report, "report")):
                selector.register(pipe, selectors.EVENT_READ, name)
            while selector.get_map():
                for key, _mask in selector.select(0.1):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.data == "report":
                        if len(self.reported) < 256 << 20:
                            self.reported += data
                    else:
                        self.printed += len(data)
                        self.on_output(key.data, data)
                if self.printed > self.request.limits.output * FLOOD:
                    self._stop(child, "output")
                if self.cancel is not None and self.cancel.is_set():
                    self._stop(child, "cancelled")
                if time.monotonic() > deadline:
                    self._stop(child, "time")
        child.wait()
        child.stdout.close()
        child.stderr.close()

    def _stop(self, child: subprocess.Popen[bytes], why: str) -> None:
        if self.stopped is None:
            self.stopped = why
            # Its death is the parent-death signal of the run's init, and that one's the end of all.
            child.send_signal(signal.SIGKILL)

    def _outcome(self) -> Outcome:
        events: list[dict[str, Any]] = []
        for line in bytes(self.reported).split(b"\n"):
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
        by_name = {event.get("event"): event for event in events}
        if self.stopped is not None:
            conclusion = Conclusion.CANCELLED if self.stopped == "cancelled" else Conclusion.TIMED_OUT
            conclusion = Conclusion.FAILURE if self.stopped == "output" else conclusion
            return Outcome(137, conclusion, "full", limit_hit=self.stopped, reason=f"stopped: {self.stopped}")
        if "failed" in by_name or "ready" not in by_name or "end" not in by_name:
            message = by_name.get("failed", {}).get("message", "the set-up program ended early")
            return _not_run(show(str(message), limit=300))
        if "not started" in by_name:
            message = by_name["not started"]["message"]
            said = show(str(message), limit=300)
            return Outcome(127, Conclusion.FAILURE, "full", reason=f"cannot start the command: {said}")
        end = by_name["end"]
        status = 137 if end["status"] is None else os.waitstatus_to_exitcode(end["status"])
        status = 128 - status if status < 0 else status
        conclusion = Conclusion.SUCCESS if status == 0 else Conclusion.FAILURE
        if end["limit"]:
            conclusion = Conclusion.TIMED_OUT if end["limit"] == "time" else Conclusion.FAILURE
        exported = [event for event in events if event.get("event") == "export"]
        return Outcome(
            status,
            conclusion,
            "full",
            end["seconds"],
            end["cpu_seconds"],
            end["peak_memory"],
            end["limit"],
            tuple(end["written"]),
            tuple(end["deleted"]),
            {e["path"]: base64.b64decode(e["content"]) for e in exported if "content" in e},
            {e["path"]: e["refused"] for e in exported if "refused" in e},
        )
