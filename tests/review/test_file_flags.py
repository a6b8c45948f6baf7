"""The list of files and a file's header in the difference count the same findings."""

from reviewer.model.finding import Finding, Severity, Side
from reviewer.review.diff_stream import DiffStream
from reviewer.review.remarks import Noted
from reviewer.review.risk_map import flags_of
from reviewer.text import Untrusted


def found(path: str, severity: Severity) -> Finding:
    return Finding("r", "c", severity, Untrusted(path), Side.NEW, 1, Untrusted("m"), path + severity.value, ())


def test_only_what_calls_for_a_look_counts() -> None:
    levels = (("a", Severity.CRITICAL), ("a", Severity.MEDIUM), ("a", Severity.LOW), ("b", Severity.INFO))
    findings = [found(path, severity) for path, severity in levels]
    assert flags_of(findings) == {Untrusted("a"): 2}
    stream = DiffStream()
    stream.show_noted([Noted("finding", n, each.file, Side.NEW, 1, each) for n, each in enumerate(findings)])
    assert stream.flags == flags_of(findings)
