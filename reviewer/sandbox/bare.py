"""Runs a command without any sandbox, at the word of the person at the terminal: `reviewer run --unsandboxed`.

What must stay true: nothing but that option leads here; what comes out has the tier "none", and is evidence for
nothing; the limits on time and output hold all the same.
"""

from __future__ import annotations

import contextlib
import os
import platform
import selectors
import signal
import subprocess
import threading
import time

from reviewer.model.run import Conclusion
from reviewer.sandbox.contract import Capabilities, OnOutput, Outcome, SandboxRequest, not_run
from reviewer.sandbox.supervise import FLOOD
from reviewer.text import show


def capabilities() -> Capabilities:
    """What such a run promises: nothing."""
    return Capabilities("none", "bare", platform.release(), "asked for without a sandbox", {})


def run_bare(request: SandboxRequest, on_output: OnOutput, cancel: threading.Event | None = None) -> Outcome:
    """Run it in its folder with all rights of this user; its process group is ended with it."""
    began = time.monotonic()
    try:
        child = subprocess.Popen(
            list(request.command),
            cwd=request.tree,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return not_run(f"cannot start the command: {show(str(error), limit=300)}")
    stopped: str | None = None
    try:
        stopped = _drain(child, request, on_output, cancel, began)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    seconds = time.monotonic() - began
    status = child.returncode if child.returncode >= 0 else 128 - child.returncode
    conclusion = Conclusion.SUCCESS if status == 0 else Conclusion.FAILURE
    if stopped is not None:
        status = 137
        conclusion = {"time": Conclusion.TIMED_OUT, "cancelled": Conclusion.CANCELLED}.get(stopped, Conclusion.FAILURE)
    return Outcome(
        status,
        conclusion,
        "none",
        seconds,
        limit_hit=stopped,
        differences="not recorded: it ran without a sandbox",
    )


def _drain(
    child: subprocess.Popen[bytes],
    request: SandboxRequest,
    on_output: OnOutput,
    cancel: threading.Event | None,
    began: float,
) -> str | None:
    """Pass its output on until the command ends; why it was ended before."""
    assert child.stdout is not None and child.stderr is not None
    printed = 0
    with selectors.DefaultSelector() as selector, child.stdout, child.stderr:
        for pipe, name in ((child.stdout, "stdout"), (child.stderr, "stderr")):
            selector.register(pipe, selectors.EVENT_READ, name)
        ended = False
        while selector.get_map() and not ended:
            # What it left running may hold the pipes open; it ends with the command all the same.
            ended = child.poll() is not None
            for key, _mask in selector.select(0 if ended else 0.1):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                    continue
                ended = False
                printed += len(data)
                on_output(key.data, data)
            if printed > request.limits.output * FLOOD:
                return "output"
            if cancel is not None and cancel.is_set():
                return "cancelled"
            if time.monotonic() - began > request.limits.seconds:
                return "time"
    return None
