"""Writes findings as SARIF 2.1.0, so that any pipeline can show them beside those of other scanners.

What must stay true: valid against the standard's schema; every text passed through `show`; a line of the old side is
never given as one of the new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from reviewer.model.finding import Finding, Severity, Side
from reviewer.text import show

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "none",
}
_OFF: Final = {"kind": "external", "justification": "the rule is off in reviewer.toml of the target branch"}
_SCORE: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""What forges sort by (`security-severity`)."""


def to_sarif(scans: Sequence[tuple[str, Sequence[Finding]]], version: str) -> dict[str, object]:
    """One log of one run for each scan; a scan's name, where it has one, tells its run from the others."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(name, found, version) for name, found in scans]}


def _run(name: str, findings: Sequence[Finding], version: str) -> dict[str, object]:
    rules: dict[str, Finding] = {}
    for finding in findings:
        rules.setdefault(_rule_id(finding), finding)
    order = {rule: at for at, rule in enumerate(rules)}
    driver = {"name": "reviewer", "version": version, "rules": [_rule(rule, first) for rule, first in rules.items()]}
    return {
        **({"automationDetails": {"id": show(name, limit=200)}} if name else {}),
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, order[_rule_id(finding)]) for finding in findings],
    }


def _rule_id(finding: Finding) -> str:
    return show(f"{finding.category}/{finding.rule}", limit=200)


def _rule(rule: str, finding: Finding) -> dict[str, object]:
    score = _SCORE.get(finding.severity)
    return {
        "id": rule,
        "shortDescription": {"text": f"{show(finding.category, limit=100)}: {show(finding.message, limit=300)}"},
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {"tags": ["security"], **({"security-severity": score} if score else {})},
    }


def _result(finding: Finding, at: int) -> dict[str, object]:
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    return {
        "ruleId": _rule_id(finding),
        "ruleIndex": at,
        "level": _LEVEL[finding.severity],
        "message": {"text": f"{show(finding.message, limit=2000)}{times}"},
        **({"locations": [_location(finding)]} if finding.file else {}),
        "partialFingerprints": {"reviewer/v1": finding.fingerprint},
        **({"suppressions": [_OFF]} if finding.off is not None else {}),
        "properties": dict(_properties(finding)),
    }


def _location(finding: Finding) -> Mapping[str, object]:
    place: dict[str, object] = {
        "artifactLocation": {"uri": quote(finding.file.to_bytes(), safe="/"), "uriBaseId": "%SRCROOT%"}
    }
    if finding.line is not None and finding.side is Side.NEW:
        place["region"] = {"startLine": max(1, finding.line)}
    return {"physicalLocation": place}


def _properties(finding: Finding) -> Iterable[tuple[str, object]]:
    yield "category", show(finding.category, limit=100)
    yield "severity", finding.severity.value
    yield "side", finding.side.value
    if finding.line is not None:
        yield "line", finding.line
    if finding.run:
        yield "run", show(finding.run, limit=200)
    if finding.tool:
        yield "tool", show(finding.tool, limit=200)
