"""Maps a change by risk: its files with findings, the riskiest first, and how many of each severity; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from reviewer.model.finding import Finding, Severity
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, line, severity_style
from reviewer.text import Untrusted, cell_width, fit, show

_SIGNS: Final = {Severity.CRITICAL: "‼", Severity.HIGH: "▲", Severity.MEDIUM: "△"}
_FILES: Final = 8


def risk_map(findings: Sequence[Finding], width: int) -> list[Entry]:
    """One line a file; the key is ("file", path). Nothing where one file has all of it: the list tells as much."""
    files: dict[Untrusted, Counter[Severity]] = {}
    for finding in findings:
        if finding.file.raw:
            files.setdefault(finding.file, Counter())[finding.severity] += 1
    if len(files) < 2:
        return []
    ordered = sorted(files, key=lambda path: ([-files[path][severity] for severity in Severity], path.to_bytes()))
    found: list[Entry] = [(None, [line("Where the risk is", "text bold")])]
    found += [(("file", path), [_file(path, files[path], width)]) for path in ordered[:_FILES]]
    if len(ordered) > _FILES:
        found.append((None, [line(f"and {len(ordered) - _FILES} more files", "muted")]))
    return [*found, (None, [BLANK])]


def _file(path: Untrusted, counts: Counter[Severity], width: int) -> Line:
    """How many of each severity, and where."""
    marks: Line = tuple(
        (f"{_SIGNS.get(severity, '·')}{counts[severity]} ", severity_style(severity))
        for severity in Severity
        if counts[severity]
    )
    taken = sum(cell_width(text) for text, _style in marks)
    gap = " " * max(0, 9 - taken)
    return (*marks, (gap, "text"), (fit(show(path, limit=400), max(8, width - max(taken, 9))), "text"))


def flags_of(findings: Iterable[Finding]) -> dict[Untrusted, int]:
    """How many findings from medium on each file has, as its header in the difference counts them."""
    return dict(Counter(finding.file for finding in findings if finding.severity.rank >= Severity.MEDIUM.rank))
