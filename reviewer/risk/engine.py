"""Runs every rule over a parsed change; the same construct in one file is one finding with a count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Evidence, Finding, Severity, Side
from reviewer.risk import (
    access,
    access_moved,
    agents,
    bodies,
    checks,
    checks_gone,
    checks_shrunk,
    ci,
    code,
    commands_listed,
    commented,
    crypto,
    defaults,
    destructive,
    ecosystems,
    execution,
    gaming,
    generated,
    hidden,
    hooks,
    infrastructure,
    licenses,
    locks,
    network,
    owners_moved,
    policy_file,
    quality,
    secrets,
    structure,
    supply,
    suppressions,
    tests_lost,
    tests_narrowed,
    tests_skipped,
    tests_weak,
    web,
)
from reviewer.risk.subject import Hit, Subject, subject
from reviewer.risk.table import News, Table, run
from reviewer.text import Untrusted

TABLE: Final = Table(
    (
        *access.RULES, *agents.RULES, *checks.RULES, *ci.RULES, *code.RULES, *crypto.RULES, *defaults.RULES,
        *destructive.RULES, *ecosystems.RULES, *execution.RULES, *gaming.RULES, *hooks.RULES, *infrastructure.RULES, *network.RULES,
        *quality.RULES, *supply.RULES, *suppressions.RULES, *tests_lost.RULES,
        *tests_skipped.RULES, *tests_weak.RULES, *web.RULES,
    )
)  # fmt: skip
# What these say does not weigh less because the file is a test or an example.
_NOT_SOFTENED: Final = frozenset(
    {"test-removed", "test-weakened", "test-gaming", "check-weakened", "symlink", "submodule", "lockfile-tamper", "agent-injection"}
)
# Over so many files the same rule is one sweep; of these every place is shown.
_SWEEP: Final = 5
_EACH: Final = frozenset({"secret", "hidden-unicode", "symlink"})
_STEPS: Final = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


def scan(files: Sequence[FileDiff]) -> list[Finding]:
    """The findings of a change, highest severity first, then by file and line."""
    subjects = [subject(file) for file in files]
    found: dict[tuple[str, str, str], Finding] = {}
    for file, hit in _hits(subjects):
        key = (file.path, hit.category, hit.construct)
        earlier = found.get(key)
        found[key] = _finding(file, hit) if earlier is None else _again(earlier, _finding(file, hit))
    return sorted(_folded(found.values()), key=lambda f: (-f.severity.rank, f.file, f.line or 0, f.rule))


def _hits(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Hit]]:
    news = News(subjects)
    for file in subjects:
        # First: where others see a bar of some check in the same line, it is told as what it is.
        for hit in policy_file.policy_file(file, news):
            yield file, hit
        for hit in run(TABLE, file, news):
            yield file, hit
        for rules in (structure.structure, agents.agents, hidden.hidden, secrets.secrets, hooks.hooks, quality.quality, bodies.bodies, ci.ci, checks.checks, checks_shrunk.shrunk, commented.commented, owners_moved.owners_moved, commands_listed.listed):
            for hit in rules(file, news):
                yield file, hit
    for across in (
        locks.locks, supply.supply, generated.generated, licenses.licenses, tests_lost.tests_lost, tests_weak.tests_weak,
        tests_narrowed.narrowed, gaming.across, access.across, access_moved.moved_out, ecosystems.across, checks_gone.across, infrastructure.across, web.across, network.across,
    ):  # fmt: skip
        yield from across(subjects, news)


def _finding(file: Subject, hit: Hit) -> Finding:
    severity = hit.severity
    if (file.facets.test or file.facets.example) and hit.category not in _NOT_SOFTENED:
        severity = _STEPS[min(_STEPS.index(severity) + 1, len(_STEPS) - 1)]
    evidence = [Evidence(hit.side, hit.line, Untrusted(hit.text))] if hit.line is not None else []
    if hit.against is not None:
        evidence.append(Evidence(hit.against.side, hit.against.number, Untrusted(hit.against.text)))
    # Line numbers move between revisions; the rule, the file and the words do not.
    identity = "\0".join((hit.rule, file.path, " ".join(hit.text.split())))
    fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Finding(
        hit.rule, hit.category, severity, Untrusted(file.path), hit.side, hit.line, Untrusted(hit.message), fingerprint,
        tuple(evidence),
    )  # fmt: skip


def _again(earlier: Finding, later: Finding) -> Finding:
    """One finding of two: the more severe one stays, both are counted."""
    first = later if later.severity.rank > earlier.severity.rank else earlier
    return replace(first, count=earlier.count + later.count)


def _folded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding a line and category; a sweep over many files is one finding with a count."""
    lines: dict[tuple[str, str, Side, int | None], Finding] = {}
    for finding in findings:
        key = (finding.file.raw, finding.category, finding.side, finding.line)
        earlier = lines.get(key)
        if earlier is None or finding.severity.rank > earlier.severity.rank:
            lines[key] = finding
    rules: dict[str, list[Finding]] = {}
    for finding in lines.values():
        rules.setdefault(finding.rule, []).append(finding)
    for rule, found in rules.items():
        places = {finding.file.raw for finding in found}
        if len(places) <= _SWEEP or rule in _EACH:
            yield from found
            continue
        first = max(found, key=lambda finding: finding.severity.rank)
        message = f"{first.message.raw}, in {len(places)} files"
        yield replace(first, count=sum(finding.count for finding in found), message=Untrusted(message))
