"""The findings of a rule that is off become one line that says how many and how high; nothing else changes."""

from dataclasses import replace

from reviewer.model.codec import from_json, to_json
from reviewer.model.finding import Finding, Severity, Side
from reviewer.risk.sarif_write import to_sarif
from reviewer.risk.switched import folded
from reviewer.text import Untrusted, show


def found(rule: str, severity: Severity, line: int, count: int = 1, tool: str = "") -> Finding:
    at = f"{rule}{line}"
    return Finding(rule, "c", severity, Untrusted("a.py"), Side.NEW, line, Untrusted(f"says {rule}"), at, (), count, "", tool)


def test_one_line_a_rule_at_its_highest_place() -> None:
    first, second = found("pipe", Severity.MEDIUM, 1, 2), found("pipe", Severity.HIGH, 7)
    other = found("link", Severity.LOW, 3)
    kept, line = folded([second, first, other], [first, second])
    assert kept == other
    assert (line.severity, line.off, line.count, line.line) == (Severity.INFO, Severity.HIGH, 3, 7)
    assert show(line.message) == "rule pipe is off in reviewer.toml, else high: says pipe"
    assert line.fingerprint not in (first.fingerprint, second.fingerprint)
    assert folded([second, first, other], []) == (second, first, other)
    assert from_json(Finding, to_json(line)) == line


def test_names_of_other_scanners() -> None:
    theirs = found("lint/E1", Severity.MEDIUM, 1, tool="lint")
    assert theirs.named_in(["lint/E1"]) and theirs.named_in(["lint/*"])
    assert not theirs.named_in(["E1"]) and not theirs.named_in(["other/*"]) and not theirs.named_in(["lint"])
    # What a change's own run reports cannot be named as a rule of ours.
    assert not replace(theirs, tool="").named_in(["lint/*"])


def test_sarif_says_that_it_is_off() -> None:
    line = folded([found("pipe", Severity.HIGH, 1)], [found("pipe", Severity.HIGH, 1)])[0]
    log = to_sarif([("", [line, found("link", Severity.LOW, 3)])], "1")
    results = log["runs"][0]["results"]  # type: ignore[index]
    assert [result.get("suppressions", [{}])[0].get("kind") for result in results] == ["external", None]
