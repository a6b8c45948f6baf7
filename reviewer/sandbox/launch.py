"""Proves which launcher works on this machine, and runs commands through it; where none does, nothing runs.

What must stay true: nothing runs bare; a run whose set-up failed has exit status 125 and says why; killing the
calling process kills the run.
"""

from __future__ import annotations

import platform
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from reviewer.model.run import Limits
from reviewer.sandbox.contract import (
    NOT_RUN,
    Attempt,
    Capabilities,
    OnEvent,
    OnOutput,
    Outcome,
    SandboxRequest,
    not_run,
)
from reviewer.sandbox.launchers import LAUNCHERS, Launcher
from reviewer.sandbox.places import Unfit, environments, read_only_places
from reviewer.sandbox.scratch import scratch
from reviewer.sandbox.starting import end_ahead, start_ahead
from reviewer.sandbox.supervise import FLOOD, Supervisor

__all__ = [
    "FLOOD", "NOT_RUN", "Attempt", "Capabilities", "OnEvent", "OnOutput", "Outcome", "SandboxRequest", "get_ready",
    "let_go", "probe", "probe_launcher", "run", "run_with",
]  # fmt: skip
_NONE: Final = "run the review on a machine where user namespaces are open, or install bubblewrap"


_CANARY: Final = """
cat canary; echo written > canary
test ! -e "$1" && test $$ -lt 100 && ! tail -n +3 /proc/net/dev | grep -qv '^ *lo:'
"""
"""It reads the tree and writes to it, and succeeds only where the host's files, processes and network are away."""


@cache
def probe() -> Capabilities:
    """The first launcher whose canary comes back as it must; `tier` is "none" with the reasons where none does."""
    return _proved()[1]


def run(
    request: SandboxRequest,
    on_output: OnOutput | None = None,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
) -> Outcome:
    """Run it contained, or say why not (exit status 125). `on_output` gets ("stdout" | "stderr", chunk) at once."""
    launcher, capabilities = _proved()
    if launcher is None:
        return not_run(capabilities.reason)
    return run_with(launcher, request, on_output, cancel, on_event)


def run_with(
    launcher: Launcher,
    request: SandboxRequest,
    on_output: OnOutput | None = None,
    cancel: threading.Event | None = None,
    on_event: OnEvent | None = None,
) -> Outcome:
    """`run` through one launcher, proved or not."""
    return _run(launcher, request, on_output, cancel, on_event)[0]


def get_ready() -> None:
    """Have this thread's next run start sooner; whoever calls this calls `let_go` before the thread ends."""
    launcher = _proved()[0]
    if launcher is not None:
        start_ahead(launcher)


def let_go() -> None:
    end_ahead()


@cache
def _proved() -> tuple[Launcher | None, Capabilities]:
    return choose(LAUNCHERS)


def choose(launchers: Sequence[Launcher]) -> tuple[Launcher | None, Capabilities]:
    """The first that passes its probe, and what it can do; None with every launcher's reason where none passes."""
    reasons = []
    for launcher in launchers:
        found = probe_launcher(launcher)
        if found.tier != "none":
            return launcher, found
        reasons.append(f"{launcher.name}: {found.reason}")
    return None, Capabilities("none", "none", platform.release(), f"{'; '.join(reasons)}; {_NONE}", {})


def probe_launcher(launcher: Launcher) -> Capabilities:
    """Run a canary through a launcher for real: it must read the tree, fail to change it, and come back whole."""
    began = time.monotonic()
    reason = launcher.missing()
    ready: Mapping[str, Any] = {}
    if reason is None:
        with scratch("probe") as folder:
            (folder / "canary").write_text("canary\n")
            heard: list[bytes] = []
            command = ("/bin/sh", "-c", _CANARY, "canary", str(folder))
            request = SandboxRequest(command, folder, Limits(seconds=20))
            outcome, ready = _run(launcher, request, lambda _stream, data: heard.append(data), None, None)
            untouched = (folder / "canary").read_text() == "canary\n"
        passed = outcome.exit_status == 0 and b"".join(heard) == b"canary\n" and untouched
        if not (passed and outcome.written == ("canary",)):
            reason = outcome.reason.removeprefix("NOT RUN: ") or "the probe run did not come back as it must"
    if reason is not None:
        return Capabilities("none", "none", platform.release(), reason, {})
    return Capabilities(
        launcher.tier,
        launcher.name,
        platform.release(),
        "",
        _guarantees(launcher, ready),
        launcher.version(),
        round(time.monotonic() - began, 3),
    )


def _guarantees(launcher: Launcher, ready: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What a launcher promises, with what its probe run said of itself."""
    found = dict(launcher.guarantees)
    if ready["tree"] == "copy":
        found["file writes"] = ("enforced", "copy of the tree in sized memory")
    seen = ("observed", ready["observation"]) if ready["observed"] else ("absent", ready["observation"])
    found["commands executed"] = found["network attempts"] = seen
    named = ready["names"] == "own resolver"
    found["host names"] = ("observed" if named else "absent", ready["names"])
    return found


def _run(
    launcher: Launcher,
    request: SandboxRequest,
    on_output: OnOutput | None,
    cancel: threading.Event | None,
    on_event: OnEvent | None,
) -> tuple[Outcome, Mapping[str, Any]]:
    """The outcome, and what the run's process 1 said about itself."""
    if sys.platform != "linux":
        return not_run("this system is not Linux"), {}
    if platform.machine() not in ("x86_64", "aarch64"):
        return not_run(f"no system call table for {platform.machine()}"), {}
    try:
        read_only = read_only_places(request.read_only)
    except Unfit as unfit:
        return not_run(str(unfit)), {}
    config = {
        "command": list(request.command),
        "tree": str(request.tree.resolve()),
        "read_only": read_only,
        "environment": _environment(request),
        "exports": list(request.exports),
        "collect": list(request.collect),
        "observe": request.observe,
        "seconds": request.limits.seconds,
        "memory": request.limits.memory,
        "processes": request.limits.processes,
        "disk": request.limits.disk,
    }
    supervisor = Supervisor(request, launcher, on_output, on_event, cancel)
    return supervisor.supervise(config), supervisor.ready


def _environment(request: SandboxRequest) -> dict[str, str]:
    """All that a run sees of an environment: nothing of ours is passed on."""
    named = environments(request.read_only)
    folders = [*(f"{place}/bin" for place in named), f"{sys.base_prefix}/bin"]
    return {
        "PATH": f"{':'.join(folders)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/user",
        "USER": "user",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",
        "REVIEWER_SANDBOX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **({"VIRTUAL_ENV": str(named[0])} if named else {}),
        **request.environment,
    }
