"""Judges the runs of a change: what was observed beside the base's runs, what was reported, what the agent claimed."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding
from reviewer.model.observed import RunFacts
from reviewer.risk.runs_seen import seen
from reviewer.risk.runs_silent import base_tests_fewer, silent
from reviewer.risk.runs_told import told


def judge_runs(files: Sequence[FileDiff], facts: RunFacts) -> list[Finding]:
    """The findings of a change's runs, highest severity first."""
    found = [finding for pair in facts.runs for finding in seen(files, pair)]
    found += [finding for pair in facts.runs for finding in silent(pair)]
    found += base_tests_fewer(facts)
    found += told(files, facts)
    return sorted(found, key=lambda f: (-f.severity.rank, f.run, f.file, f.line or 0, f.rule))
