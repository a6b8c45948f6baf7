"""Runs one named command over a snapshot of exactly one commit, and keeps record and log as blobs.

What must stay true: the commit comes from the quarantine; the command comes from the target branch's settings; a run
whose record cannot be written whole is no evidence and raises.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from reviewer.evidence.apart import gather_apart
from reviewer.evidence.blobs import Blobs
from reviewer.evidence.log import Log
from reviewer.evidence.reported import Gathered
from reviewer.model.codec import to_json
from reviewer.model.diff import FileDiff
from reviewer.model.observed import Observed
from reviewer.model.run import Reached, Run, RunSpec, RunState
from reviewer.repo.quarantine import Quarantine
from reviewer.sandbox.contract import Outcome
from reviewer.sandbox.facts import SHOWN, attempt_lines, count_attempts, program_names, reached_out
from reviewer.sandbox.launch import SandboxRequest, probe, run
from reviewer.sandbox.record import Recorder, RecordError
from reviewer.sandbox.scratch import scratch
from reviewer.text import Untrusted


def run_revision(
    quarantine: Quarantine,
    head: str,
    digest: str,
    spec: RunSpec,
    blobs: Blobs,
    run_id: str,
    *,
    attempt: int = 1,
    cancel: threading.Event | None = None,
    on_output: Callable[[bytes], None] | None = None,
    clock: Callable[[], float] = time.time,
    files: Sequence[FileDiff] = (),
) -> Run:
    """Run `spec` over `head` and return what was observed; NOT RUN where it cannot be contained.

    `blobs` keeps record, log and reports under their SHA-256 names, synced before the return.
    `files` are what is reviewed: coverage is told of their new lines, findings of other tools where they changed.
    """
    with scratch("snapshot") as place:
        tree = place / "tree"
        tree.mkdir()
        snapshot = quarantine.snapshot(head, tree)
        return run_tree(
            tree,
            snapshot,
            f"commit {head}",
            digest,
            spec,
            blobs,
            run_id,
            attempt=attempt,
            cancel=cancel,
            on_output=on_output,
            clock=clock,
            files=files,
        )


def run_tree(
    tree: Path,
    snapshot: str,
    subject: str,
    digest: str,
    spec: RunSpec,
    blobs: Blobs,
    run_id: str,
    *,
    attempt: int = 1,
    cancel: threading.Event | None = None,
    on_output: Callable[[bytes], None] | None = None,
    clock: Callable[[], float] = time.time,
    files: Sequence[FileDiff] = (),
) -> Run:
    """`run_revision` over files that were laid out already: `snapshot` is their digest, `subject` their name."""
    started = clock()
    lay_links(tree, spec)
    request = SandboxRequest(
        spec.command,
        tree,
        spec.limits,
        tuple(Path(path) for path in spec.read_only),
        dict(spec.environment),
        subject=subject,
        snapshot_digest=snapshot,
        collect=spec.reports,
        dependencies=spec.dependencies,
    )
    outcome, printed, kept = _recorded(request, blobs, started, cancel, on_output)
    found = gather_apart(outcome, printed, files, blobs.keep, spec.name)
    facts = blobs.keep(to_json(_observed(spec, outcome, found)))
    return _run_of(
        spec,
        outcome,
        run_id=run_id,
        revision_digest=digest,
        started_at=started,
        attempt=attempt,
        record=kept[0],
        log=kept[1],
        log_bytes=len(printed),
        reports=found.reports,
        facts=facts,
    )


def _recorded(
    request: SandboxRequest,
    blobs: Blobs,
    started: float,
    cancel: threading.Event | None,
    on_output: Callable[[bytes], None] | None,
) -> tuple[Outcome, bytes, list[str]]:
    """What came of a run, what it printed as far as it was kept, and the blobs of its record and its log.

    Raises RecordError where they cannot be written.
    """
    try:
        with scratch("record") as place, (place / "record").open("w+b") as record, (place / "log").open("w+b") as file:
            recorder = Recorder(record, request, probe(), started)
            log = Log(file, request.limits.output)

            def output(stream: str, data: bytes) -> None:
                recorder(stream, data)
                log.add(data)
                if on_output is not None:
                    on_output(data)

            outcome = run(request, output, cancel, recorder.event)
            recorder.finish(outcome)
            log.finish()
            file.seek(0)
            printed = file.read()
            return outcome, printed, [blobs.keep((place / name).read_bytes()) for name in ("record", "log")]
    except OSError as error:
        raise RecordError(error) from None


def _run_of(spec: RunSpec, outcome: Outcome, **more: Any) -> Run:
    """The run as a value; `more` is what is not of its outcome."""
    return Run(
        name=spec.name,
        command=tuple(Untrusted(word) for word in spec.command),
        state=RunState.NOT_RUN if outcome.conclusion is None else RunState.DONE,
        conclusion=outcome.conclusion,
        exit_status=outcome.exit_status,
        seconds=outcome.seconds,
        tier=outcome.tier,
        limit_hit=outcome.limit_hit,
        reason=outcome.reason.removeprefix("NOT RUN: "),
        network_attempts=count_attempts(outcome),
        observed=outcome.observed,
        attempts=attempt_lines(outcome),
        commands=outcome.commands,
        programs=program_names(outcome),
        launcher=None if outcome.conclusion is None else probe().launcher,
        reached=_reached(outcome)[:SHOWN],
        dependencies=spec.dependencies,
        **more,
    )


def lay_links(tree: Path, spec: RunSpec) -> None:
    """Link what a run is given under its own name; what the change itself has of that name is the change's."""
    for name, target in spec.links:
        if not os.path.lexists(tree / name):
            (tree / name).symlink_to(target)


def _reached(outcome: Outcome) -> tuple[Reached, ...]:
    return tuple(
        Reached(one.kind, Untrusted(one.target[:300]), Untrusted(one.by[:80]), one.count)
        for one in reached_out(outcome)
    )


def _observed(spec: RunSpec, outcome: Outcome, found: Gathered) -> Observed:
    """All that a rule may ask of a run; kept as a blob, for it may be long."""
    return Observed(
        spec.name,
        tuple(Untrusted(word) for word in spec.command),
        outcome.conclusion,
        None if outcome.conclusion is None else outcome.exit_status,
        watched=outcome.observed,
        whole=outcome.differences == "complete" and not outcome.attempts_unlisted,
        reached=_reached(outcome),
        programs=tuple((Untrusted(name[:80]), times) for name, times in outcome.programs.items()),
        written=_paths(outcome.written),
        deleted=_paths(outcome.deleted),
        mode_changed=_paths(outcome.mode_changed),
        tests=found.tests,
        coverage=found.coverage,
        counts=found.counts,
        missing=tuple(Untrusted(wanted) for wanted in spec.reports if not _left(wanted, found)),
    )


def _left(wanted: str, found: Gathered) -> bool:
    """Whether a run left a report that `reviewer.toml` names, or one that its pattern matches."""
    return any(report.blob is not None and fnmatchcase(report.path.raw, wanted) for report in found.reports)


def _paths(paths: tuple[str, ...]) -> tuple[Untrusted, ...]:
    return tuple(Untrusted(path) for path in paths)
