"""Runs one named command over a snapshot of exactly one commit, and keeps record and log as blobs.

What must stay true: the commit comes from the quarantine; the command comes from the target branch's settings; a run
whose record cannot be written whole is no evidence and raises.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from reviewer.model.run import Run, RunSpec, RunState
from reviewer.repo.quarantine import Quarantine
from reviewer.sandbox.facts import attempt_lines, count_attempts, program_names
from reviewer.sandbox.launch import SandboxRequest, probe, run
from reviewer.sandbox.record import Recorder
from reviewer.sandbox.scratch import scratch
from reviewer.text import Untrusted


def run_revision(
    quarantine: Quarantine,
    head: str,
    digest: str,
    spec: RunSpec,
    blobs: Path,
    run_id: str,
    *,
    attempt: int = 1,
    cancel: threading.Event | None = None,
    on_output: Callable[[bytes], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> Run:
    """Run `spec` over `head` and return what was observed; NOT RUN where it cannot be contained.

    `blobs` is the folder where the record and the log are kept under their SHA-256 names, synced before the return.
    """
    started = clock()
    with scratch("snapshot") as place:
        tree = place / "tree"
        tree.mkdir()
        snapshot = quarantine.snapshot(head, tree)
        request = SandboxRequest(
            spec.command,
            tree,
            spec.limits,
            tuple(Path(path) for path in spec.read_only),
            dict(spec.environment),
            subject=f"commit {head}",
            snapshot_digest=snapshot,
        )
        with (place / "record").open("w+b") as record, (place / "log").open("w+b") as log:
            recorder = Recorder(record, request, probe(), started)
            kept = 0

            def output(stream: str, data: bytes) -> None:
                nonlocal kept
                recorder(stream, data)
                if kept < spec.limits.output:
                    kept += log.write(data[: spec.limits.output - kept])
                if on_output is not None:
                    on_output(data)

            outcome = run(request, output, cancel, recorder.event)
            recorder.finish(outcome)
            log.flush()
            names = [keep_blob(blobs, place / name) for name in ("record", "log")]
    return Run(
        run_id=run_id,
        revision_digest=digest,
        name=spec.name,
        command=tuple(Untrusted(word) for word in spec.command),
        state=RunState.NOT_RUN if outcome.conclusion is None else RunState.DONE,
        conclusion=outcome.conclusion,
        exit_status=outcome.exit_status,
        started_at=started,
        seconds=outcome.seconds,
        tier=outcome.tier,
        record=names[0],
        log=names[1],
        log_bytes=kept,
        limit_hit=outcome.limit_hit,
        reason=outcome.reason.removeprefix("NOT RUN: "),
        attempt=attempt,
        network_attempts=count_attempts(outcome),
        observed=outcome.observed,
        attempts=attempt_lines(outcome),
        commands=outcome.commands,
        programs=program_names(outcome),
        launcher=None if outcome.conclusion is None else probe().launcher,
    )


def keep_blob(blobs: Path, source: Path) -> str:
    """Copy a file under the SHA-256 of its bytes; it is on the disk, name and all, when this returns."""
    blobs.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = source.read_bytes()
    name = hashlib.sha256(data).hexdigest()
    place = blobs / name
    if place.exists():
        return name
    draft = blobs / f".{name}.{os.getpid()}.{threading.get_ident()}"
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)
    folder = os.open(blobs, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return name
