"""Gathers what is known of a revision's runs into the one value that rules on runs read.

What must stay true: only the latest attempt of each run counts, and only what ended by itself; without what one of them
left nothing is judged; what the agent claims, what a run reported and what was observed stay in fields of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reviewer.evidence.blobs import Blobs
from reviewer.evidence.claims import read_claims
from reviewer.evidence.scan import changed_files
from reviewer.model.codec import from_json
from reviewer.model.errors import MissingError
from reviewer.model.finding import Finding
from reviewer.model.observed import CrossCheck, Observed, RunFacts, RunPair
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.repo.quarantine import Quarantine
from reviewer.risk.external import NEAR
from reviewer.risk.runs import judge_runs
from reviewer.text import Untrusted, show

_MIXED: Final = {Beside.BASE_TESTS: CrossCheck.BASE_TESTS, Beside.NEW_TESTS: CrossCheck.NEW_TESTS}
_NOT_ENDED: Final = (None, Conclusion.CANCELLED, Conclusion.SKIPPED)


def judge_revision(
    quarantine: Quarantine, base: str, head: str, claim: Untrusted, runs: Sequence[Run], blobs: Blobs,
    known: Sequence[Finding] = (),
) -> list[Finding]:  # fmt: skip
    """The findings of a revision's runs; `blobs` holds what they left, `known` are those of the scan.

    Raises MissingError where something of that is gone: what rests on it would be left out in silence.
    """
    own = judge_runs(changed_files(quarantine, base, head), run_facts(claim, runs, blobs))
    return [*own, *_of_tools(runs, known)]


def _of_tools(runs: Iterable[Run], known: Sequence[Finding]) -> Iterator[Finding]:
    """What scanners reported within the latest runs, less what the scan has said already at that place."""
    latest = {run.name: run for run in runs if run.state is RunState.DONE and run.check is None}
    said = {(f.file.raw, f.category, f.line) for f in known}
    told: set[str] = set()
    for finding in (f for run in latest.values() for report in run.reports for f in report.findings):
        near = range(finding.line - NEAR, finding.line + NEAR + 1) if finding.line else (None,)
        if finding.fingerprint in told or any((finding.file.raw, finding.category, line) in said for line in near):
            continue
        told.add(finding.fingerprint)
        yield finding


def run_facts(claim: Untrusted, runs: Iterable[Run], blobs: Blobs) -> RunFacts:
    """`runs` are those of one revision, earlier attempts before later ones. Raises MissingError."""
    latest = {run.name: run for run in runs if run.state is RunState.DONE and run.conclusion not in _NOT_ENDED}
    seen = {name: found for name, run in latest.items() if (found := _seen(run, blobs)) is not None}
    bases = {run.of: seen[name] for name, run in latest.items() if run.check is Beside.BASE and name in seen}
    return RunFacts(
        tuple(RunPair(seen[n], bases.get(n)) for n, run in latest.items() if run.check is None and n in seen),
        tuple((_MIXED[run.check], seen[n]) for n, run in latest.items() if run.check in _MIXED and n in seen),
        read_claims(claim),
    )


def _seen(run: Run, blobs: Blobs) -> Observed | None:
    if run.facts is None:
        return None
    try:
        return from_json(Observed, blobs.read(run.facts))
    except MissingError:
        said = f"what the run {show(run.name, limit=60)} left is no longer kept, and nothing is judged without it"
        raise MissingError(said, "run it again") from None
