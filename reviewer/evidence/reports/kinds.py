"""Tells by its content which format a report has, and reads it; a name says nothing, for the run chose it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reviewer.evidence.reports.coverage import read_cobertura, read_coverage_json, read_lcov
from reviewer.evidence.reports.junit import read_junit
from reviewer.evidence.reports.tap import read_tap
from reviewer.evidence.reports.terms import Coverage, TestReport, bounded, refuse
from reviewer.risk.external import External
from reviewer.risk.sarif_read import read_external

_LOOK: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Read:
    """A report as it was read: its format, and what it tells."""

    kind: str
    tests: TestReport | None = None
    coverage: Coverage | None = None
    found: tuple[External, ...] | None = None


def read_report(data: bytes) -> Read:
    """Raises ReviewerError where it is of no known format, or not whole."""
    bounded("", data)
    start = data[:_LOOK].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        return _xml(data, start)
    if start[:1] in (b"{", b"["):
        return _json(data)
    if start.startswith((b"TN:", b"SF:")):
        return Read("LCOV", coverage=read_lcov(data))
    if start.startswith((b"TAP version", b"1..", b"ok", b"not ok", b"#")):
        return Read("TAP", tests=read_tap(data))
    raise refuse("", "it is no JUnit, TAP, Cobertura, LCOV, coverage.py or SARIF file")


def _xml(data: bytes, start: bytes) -> Read:
    # Whichever root stands first; the reader refuses what is not whole.
    names = {name: at for name in (b"<testsuite", b"<coverage", b":testsuite") if (at := start.find(name)) >= 0}
    if names and min(names, key=lambda name: names[name]) == b"<coverage":
        return Read("Cobertura", coverage=read_cobertura(data))
    return Read("JUnit", tests=read_junit(data))


def _json(data: bytes) -> Read:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise refuse("JSON", "it is not whole") from None
    if isinstance(found, Mapping) and "runs" in found:
        return Read("SARIF", found=tuple(read_external(data)))
    if isinstance(found, Mapping) and "files" in found:
        return Read("coverage.py", coverage=read_coverage_json(data))
    raise refuse("JSON", "it is neither SARIF nor what `coverage json` writes")
