"""The values that reports are read into, and the bounds that every reader keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reviewer.model.errors import ReviewerError
from reviewer.model.report import Case, Coverage, Result, TestReport
from reviewer.text import Untrusted

SOURCE: Final = "reported by the code under review"
REPORT_BYTES: Final = 32 << 20
CASES: Final = 200_000
MESSAGE: Final = 4096
__all__ = [
    "CASES", "MESSAGE", "REPORT_BYTES", "SOURCE", "WORST", "Case", "Coverage", "Differences", "Result", "TestReport",
    "bounded", "compare", "refuse", "seconds", "text", "within_tree",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Differences:
    """What became of the same tests in a later run."""

    newly_failing: tuple[Case, ...]
    newly_passing: tuple[Case, ...]
    newly_skipped: tuple[Case, ...]
    gone: tuple[Case, ...]


def compare(before: TestReport, after: TestReport) -> Differences:
    """A test that stands twice in a report counts as its worst."""
    old, new = _by_identity(before), _by_identity(after)
    bad = (Result.FAILED, Result.ERRORED)
    failing, passing, skipped = [], [], []
    for key, case in new.items():
        was = old[key].result if key in old else None
        if case.result in bad and was not in bad:
            failing.append(case)
        elif case.result is Result.PASSED and was is not None and was is not Result.PASSED:
            passing.append(case)
        elif case.result is Result.SKIPPED and was is not None and was is not Result.SKIPPED:
            skipped.append(case)
    gone = tuple(case for key, case in old.items() if key not in new)
    return Differences(tuple(failing), tuple(passing), tuple(skipped), gone)


WORST: Final = {Result.PASSED: 0, Result.SKIPPED: 1, Result.FAILED: 2, Result.ERRORED: 3}


def _by_identity(report: TestReport) -> dict[tuple[str, str], Case]:
    found: dict[tuple[str, str], Case] = {}
    for case in report.cases:
        key = case.suite.raw, case.name.raw
        if key not in found or WORST[case.result] > WORST[found[key].result]:
            found[key] = case
    return found


def refuse(kind: str, why: str) -> ReviewerError:
    named = f"{kind} report" if kind else "report"
    return ReviewerError(f"this {named} cannot be read: {why}", "look at the run's output instead")


def bounded(kind: str, data: bytes) -> bytes:
    """The same bytes, where they are not too many."""
    if len(data) > REPORT_BYTES:
        raise refuse(kind, f"it is larger than {REPORT_BYTES >> 20} MiB")
    return data


def text(raw: str) -> Untrusted:
    return Untrusted(raw[:MESSAGE])


def seconds(raw: str) -> float:
    """A length of time; 0 where it is none."""
    try:
        value = float(raw.replace(",", ""))
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e9 else 0.0


def within_tree(path: str) -> str | None:
    """A path as the tree has it; None for one outside of it."""
    inside = path.replace("\\", "/").removeprefix("/change/")
    parts = [part for part in inside.split("/") if part not in ("", ".")]
    return None if inside.startswith("/") or ".." in parts or not parts else "/".join(parts)
