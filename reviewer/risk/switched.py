"""Folds the findings of a rule that is off into one line of level info, so that nothing of them goes unsaid.

What must stay true: pure; which findings these are is the caller's to say; the line names the rule, how often it saw
something, and the highest level that it would have had; everything else stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from reviewer.model.finding import Finding, Severity
from reviewer.text import Untrusted


def folded(findings: Sequence[Finding], gone: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings, those of `gone` as one for each rule, at the place of its highest; the highest level first."""
    if not gone:
        return tuple(findings)
    off = frozenset(gone)
    rules: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding in off:
            rules.setdefault(finding.rule, []).append(finding)
    kept = [finding for finding in findings if finding not in off]
    return tuple(sorted((*kept, *map(_one, rules.values())), key=lambda finding: -finding.severity.rank))


def _one(found: Sequence[Finding]) -> Finding:
    first = max(found, key=lambda finding: finding.severity.rank)
    said = f"rule {first.rule} is off in reviewer.toml, else {first.severity.value}: {first.message.raw}"
    return replace(
        first,
        severity=Severity.INFO,
        message=Untrusted(said),
        fingerprint=hashlib.sha256(f"off\0{first.rule}".encode("utf-8", "surrogateescape")).hexdigest()[:16],
        count=sum(finding.count for finding in found),
        off=first.severity,
    )
