"""Makes the runs that only a sandbox allows: the same command over the base, and over mixtures of the two sides.

What must stay true: each is a contained run with a record of its own, over files of the two commits and no others; a
run over the base alone is kept by commit and command, and says when it was made; what cannot be held against anything
says so instead of passing.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import translate
from pathlib import Path
from typing import Final

from reviewer.evidence.blobs import Blobs
from reviewer.evidence.run import run_tree
from reviewer.model.codec import from_json, to_json
from reviewer.model.errors import ReviewerError
from reviewer.model.run import Beside, Conclusion, Run, RunSpec, RunState, check_name
from reviewer.repo.quarantine import Quarantine
from reviewer.risk.facets import facets
from reviewer.sandbox.launch import probe
from reviewer.sandbox.scratch import scratch
from reviewer.text import Untrusted

Listing = Sequence[tuple[int, str, bytes]]
_KEPT_SECONDS: Final = 30 * 86_400
_NO_TESTS: Final = "the change touches no tests: there is nothing to hold against it"


def run_beside(
    quarantine: Quarantine,
    base: str,
    head: str,
    digest: str,
    kind: Beside,
    spec: RunSpec,
    blobs: Blobs,
    run_id: str,
    *,
    attempt: int = 1,
    cancel: threading.Event | None = None,
    on_output: Callable[[bytes], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> Run:
    """The cross-check `kind` of the run `spec`; a base run that was made before is not made again."""
    name = check_name(spec.name, kind)
    kept = _Kept(blobs.folder.parent / "base-runs", base, spec)
    known = kept.read(blobs, clock()) if kind is Beside.BASE and attempt == 1 else None
    if known is not None:
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(known.started_at or 0))
        note = f"made on {when} UTC over the same base commit; run again to make it anew"
        return replace(known, run_id=run_id, revision_digest=digest, name=name, attempt=attempt, note=note)
    listing = _mixed(quarantine, base, head, kind, _pattern(spec.tests))
    if listing is None:
        words = tuple(Untrusted(word) for word in spec.command)
        return Run(
            run_id, digest, name, words, RunState.DONE, Conclusion.SKIPPED,
            attempt=attempt, check=kind, of=spec.name, note=_NO_TESTS,
        )  # fmt: skip
    with scratch("snapshot") as place:
        tree = place / "tree"
        tree.mkdir()
        snapshot = quarantine.lay_out(listing, tree)
        made = run_tree(
            tree,
            snapshot,
            _subject(kind, base, head),
            digest,
            spec,
            blobs,
            run_id,
            attempt=attempt,
            cancel=cancel,
            on_output=on_output,
            clock=clock,
        )
    made = replace(made, name=name, check=kind, of=spec.name, held=_held(kind, made))
    if kind is Beside.BASE:
        kept.keep(made)
    return made


def _subject(kind: Beside, base: str, head: str) -> str:
    if kind is Beside.BASE:
        return f"commit {base}"
    code, tests = (head, base) if kind is Beside.BASE_TESTS else (base, head)
    return f"commit {code} with the tests of {tests}"


def _held(kind: Beside, run: Run) -> bool | None:
    if kind is Beside.BASE_TESTS and run.conclusion in (Conclusion.SUCCESS, Conclusion.FAILURE) and not run.limit_hit:
        return run.conclusion is Conclusion.SUCCESS
    if kind is Beside.NEW_TESTS and run.conclusion in (Conclusion.SUCCESS, Conclusion.FAILURE) and not run.limit_hit:
        return run.conclusion is Conclusion.FAILURE
    return None


def _mixed(
    quarantine: Quarantine, base: str, head: str, kind: Beside, is_test: Callable[[bytes], bool]
) -> Listing | None:
    """The files to run over; None where the tests of the two sides are the same."""
    old, new = quarantine.listing(base), quarantine.listing(head)
    if kind is Beside.BASE:
        return old
    if {entry for entry in old if is_test(entry[2])} == {entry for entry in new if is_test(entry[2])}:
        return None
    code, tests = (new, old) if kind is Beside.BASE_TESTS else (old, new)
    kept = [entry for entry in code if not is_test(entry[2])]
    added = [entry for entry in tests if is_test(entry[2])]
    # What is a file on one side may be a folder on the other.
    taken = {path for _mode, _oid, path in kept}
    folders = {path[:at] for path in taken for at in range(len(path)) if path[at : at + 1] == b"/"}
    for _mode, _oid, path in added:
        above = {path[:at] for at in range(len(path)) if path[at : at + 1] == b"/"}
        if path in folders or above & taken:
            raise ReviewerError("the tests of one side do not fit the other: a file there is a folder here")
    return sorted((*kept, *added), key=lambda entry: entry[2])


def _pattern(patterns: Sequence[str]) -> Callable[[bytes], bool]:
    """Whether a path holds tests: by the patterns that are named, else as the risk rules see it."""
    if not patterns:
        return lambda path: facets(path.decode("utf-8", "surrogateescape")).test
    # A folder's name stands for all below it.
    wanted = re.compile("|".join(translate(f"{p}*" if p.endswith("/") else p) for p in patterns))
    return lambda path: wanted.match(path.decode("utf-8", "surrogateescape")) is not None


class _Kept:
    """The run over a base commit that was made last, by all that it depends on."""

    def __init__(self, folder: Path, base: str, spec: RunSpec) -> None:
        found = probe()
        facts = (base, spec.name, spec, found.launcher, found.version, found.kernel)
        self._place = folder / hashlib.sha256(to_json(facts)).hexdigest()

    def read(self, blobs: Blobs, now: float) -> Run | None:
        try:
            run = from_json(Run, self._place.read_bytes())
        except (OSError, ReviewerError):
            return None
        fresh = run.started_at is not None and 0 <= now - run.started_at < _KEPT_SECONDS
        names = (run.record, run.log, run.facts, *(report.blob for report in run.reports if report.blob))
        there = all(name is not None and blobs.hold(name) for name in names)
        return run if fresh and there else None

    def keep(self, run: Run) -> None:
        """Only what ran to its own end is worth keeping."""
        if run.state is not RunState.DONE or run.conclusion not in (Conclusion.SUCCESS, Conclusion.FAILURE):
            return
        self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._place.with_name(f"{self._place.name}.{threading.get_ident()}")
        draft.write_bytes(to_json(run))
        draft.replace(self._place)
