"""Runs every rule over a parsed change; the same construct in one file is one finding with a count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Evidence, Finding, Severity
from reviewer.risk.hidden import hidden
from reviewer.risk.lines import lines
from reviewer.risk.structure import structure
from reviewer.risk.subject import Hit, Subject, subject
from reviewer.risk.tests_lost import tests_lost
from reviewer.text import Untrusted

_NOT_SOFTENED = frozenset({"test-removed", "test-weakened", "hidden-unicode", "agent-config", "symlink", "submodule"})


def scan(files: Sequence[FileDiff]) -> list[Finding]:
    """The findings of a change, highest severity first, then by file and line."""
    subjects = [subject(file) for file in files]
    found: dict[tuple[str, str, str, str], Finding] = {}
    for file, hit in _hits(subjects):
        key = (file.path, hit.rule, hit.category, hit.construct)
        earlier = found.get(key)
        if earlier is None:
            found[key] = _finding(file, hit)
        else:
            found[key] = _again(earlier)
    return sorted(found.values(), key=lambda f: (-f.severity.rank, f.file, f.line or 0, f.rule))


def _hits(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Hit]]:
    for file in subjects:
        for rule in (structure, lines, hidden):
            for hit in rule(file):
                yield file, hit
    yield from tests_lost(subjects)


def _finding(file: Subject, hit: Hit) -> Finding:
    severity = hit.severity
    if (file.facets.test or file.facets.example) and hit.category not in _NOT_SOFTENED:
        severity = list(Severity)[min(list(Severity).index(severity) + 1, len(Severity) - 1)]
    evidence = (Evidence(hit.side, hit.line, Untrusted(hit.text)),) if hit.line is not None else ()
    # Line numbers move between revisions; the rule, the file and the words do not.
    identity = "\0".join((hit.rule, file.path, " ".join(hit.text.split())))
    fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Finding(
        hit.rule, hit.category, severity, Untrusted(file.path), hit.side, hit.line, Untrusted(hit.message), fingerprint,
        evidence,
    )  # fmt: skip


def _again(finding: Finding) -> Finding:
    return replace(finding, count=finding.count + 1)
