"""Starts a launcher's program, drains what it prints and reports, and keeps the time should its process 1 not.

What must stay true: no pipe is left undrained while the run lives, and no run lives when this returns or raises.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Mapping
from typing import IO, Any, Final

from reviewer.model.run import Conclusion
from reviewer.sandbox.contract import Attempt, OnEvent, OnOutput, Outcome, SandboxRequest, not_run
from reviewer.sandbox.launchers import Launcher
from reviewer.sandbox.starting import start
from reviewer.text import show

FLOOD: Final = 64
"""A run that prints this many times its output limit is stopped."""
_SET_UP_SECONDS: Final = 15
_REPORT_BYTES: Final = 256 << 20
_TOLD: Final = ("exec", "network")
_EARLY: Final = 16


class Supervisor:
    """One run. After `supervise`, `ready` holds what its process 1 said about itself."""

    def __init__(
        self,
        request: SandboxRequest,
        launcher: Launcher,
        on_output: OnOutput | None,
        on_event: OnEvent | None,
        cancel: threading.Event | None,
    ) -> None:
        self.request = request
        self.launcher = launcher
        self.on_output = on_output or (lambda _stream, _data: None)
        self.on_event = on_event or (lambda _event: None)
        self.cancel = cancel
        self.ready: Mapping[str, Any] = {}
        self._printed = 0
        self._stopped: str | None = None
        self._unread = bytearray()
        self._reported = 0
        self._said: list[dict[str, Any]] = []
        self._early: list[tuple[str, bytes]] = []
        self._seen: list[dict[str, Any]] = []
        self._began = time.monotonic()

    def supervise(self, config: Mapping[str, Any]) -> Outcome:
        try:
            started = start(self.launcher, config)
        except (OSError, ValueError) as error:
            return not_run(f"cannot start: {show(str(error), limit=200)}")
        child = started.child
        # The pipe stays open for as long as the run may live: its process 1 ends with it.
        with os.fdopen(started.lifeline, "wb", buffering=0) as lifeline, os.fdopen(started.report, "rb") as report:
            try:
                self._tell(lifeline, json.dumps(config).encode() + b"\n")
                self._drain(child, report)
            finally:
                lifeline.close()
                if child.poll() is None:
                    child.kill()
                    child.wait()
                for pipe in (child.stdout, child.stderr):
                    if pipe is not None:
                        pipe.close()
        return self._outcome()

    def _tell(self, lifeline: IO[bytes], config: bytes) -> None:
        view = memoryview(config)
        try:
            while view:
                view = view[lifeline.write(view) :]
        except BrokenPipeError:
            # It ended early; why, it has reported.
            return

    def _drain(self, child: subprocess.Popen[bytes], report: IO[bytes]) -> None:
        assert child.stdout is not None and child.stderr is not None
        deadline = time.monotonic() + self.request.limits.seconds + _SET_UP_SECONDS
        with selectors.DefaultSelector() as selector:
            for pipe, name in ((child.stdout, "stdout"), (child.stderr, "stderr"), (report, "report")):
                selector.register(pipe, selectors.EVENT_READ, name)
            while selector.get_map():
                for key, _mask in selector.select(0.1):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.data == "report":
                        self._hear(data)
                    elif self.ready or len(self._early) >= _EARLY:
                        self._pass_on(key.data, data)
                    else:
                        # The launcher's own complaint, or the run is faster than its process 1's word of it.
                        self._early.append((key.data, data))
                if self._printed > self.request.limits.output * FLOOD:
                    self._stop(child, "output")
                if self.cancel is not None and self.cancel.is_set():
                    self._stop(child, "cancelled")
                if time.monotonic() > deadline:
                    self._stop(child, "time")
        child.wait()

    def _pass_on(self, stream: str, data: bytes) -> None:
        self._printed += len(data)
        # What a run that is being stopped for its flood still has in its pipes is read, and goes nowhere.
        if self._printed <= self.request.limits.output * FLOOD:
            self.on_output(stream, data)

    def _hear(self, data: bytes) -> None:
        self._reported += len(data)
        if self._reported > _REPORT_BYTES:
            return
        self._unread += data
        if b"\n" not in data:
            return
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            event = json.loads(line)
            if event["event"] in _TOLD:
                self._seen.append(event)
                self.on_event(event)
                continue
            self._said.append(event)
            if event["event"] == "ready":
                self.ready = event
                early, self._early = self._early, []
                for stream, printed in early:
                    self._pass_on(stream, printed)

    def _stop(self, child: subprocess.Popen[bytes], why: str) -> None:
        if self._stopped is None:
            self._stopped = why
            # Its death is the parent-death signal of the run's process 1, and that one's the end of all.
            child.kill()

    # --- what came of it --------------------------------------------------------------------------------------------

    def _outcome(self) -> Outcome:
        by_name = {event["event"]: event for event in self._said}
        tier = self.launcher.tier
        if self._stopped is not None:
            return self._cut_short(self._stopped)
        if "failed" in by_name or "ready" not in by_name or "end" not in by_name:
            return not_run(show(str(by_name.get("failed", {}).get("message", self._complaint())), limit=300))
        if "not started" in by_name:
            said = show(str(by_name["not started"]["message"]), limit=300)
            return Outcome(127, Conclusion.FAILURE, tier, reason=f"cannot start the command: {said}")
        end = by_name["end"]
        status = 137 if end["status"] is None else os.waitstatus_to_exitcode(end["status"])
        status = 128 - status if status < 0 else status
        conclusion = Conclusion.SUCCESS if status == 0 else Conclusion.FAILURE
        if end["limit"]:
            conclusion = Conclusion.TIMED_OUT if end["limit"] == "time" else Conclusion.FAILURE
        exported = [event for event in self._said if event["event"] == "export"]
        return Outcome(
            status,
            conclusion,
            tier,
            end["seconds"],
            end["cpu_seconds"],
            end["peak_memory"],
            end["limit"],
            tuple(end["written"]),
            tuple(end["deleted"]),
            {e["path"]: base64.b64decode(e["content"]) for e in exported if "content" in e},
            {e["path"]: e["refused"] for e in exported if "refused" in e},
            mode_changed=tuple(end["mode_changed"]),
            differences=end["differences"],
            observed=bool(self.ready["observed"]),
            attempts=tuple(self._attempt(row) for row in end.get("attempts", ())),
            attempts_unlisted=end.get("attempts_unlisted", 0),
            commands=end.get("commands", 0),
            programs=dict(end.get("programs", ())),
            inside_connections=end.get("inside_connections", 0),
        )

    def _cut_short(self, why: str) -> Outcome:
        """Its process 1 died with it: what is known is what was told while it ran."""
        conclusions = {"cancelled": Conclusion.CANCELLED, "output": Conclusion.FAILURE}
        return Outcome(
            137,
            conclusions.get(why, Conclusion.TIMED_OUT),
            self.launcher.tier,
            time.monotonic() - self._began,
            limit_hit=why,
            reason=f"stopped: {why}",
            differences="not recorded: the run was stopped",
            observed=bool(self.ready.get("observed")),
            attempts=tuple(self._attempt({**event, "count": 1}) for event in self._seen if event["event"] == "network"),
            commands=sum(event["event"] == "exec" for event in self._seen),
        )

    def _complaint(self) -> str:
        """What the launcher printed when it could not begin; the last line says it best."""
        lines = b"".join(data for _, data in self._early).decode("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "the set-up program ended early")

    def _attempt(self, row: Mapping[str, Any]) -> Attempt:
        return Attempt(
            row["kind"],
            row["target"],
            row["by"],
            row["outcome"],
            row["count"],
            round(max(0.0, row["clock"] - self._began), 6),
            row.get("host"),
            row.get("address"),
        )
