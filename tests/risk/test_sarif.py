"""SARIF of others taken on changed lines alone, in our levels and once; ours written so that the standard accepts it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reviewer.diff.parse import parse_patch
from reviewer.model.errors import ReviewerError
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan
from reviewer.risk.external import KEPT, Imported, merge
from reviewer.risk.sarif_read import BYTES, read_external
from reviewer.risk.sarif_write import to_sarif

FILES = parse_patch(
    b"diff --git a/src/a b.py b/src/a b.py\nindex 1..2 100644\n--- a/src/a b.py\n+++ b/src/a b.py\n@@ -10,3 +10,4 @@\n"
    b" import os\n-x = 1\n+x = requests.get(u, verify=False)\n+y = 2\n z = 3\n"
)


def result(rule: str = "R1", line: int | None = 12, uri: str = "src/a%20b.py", **more: Any) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}, **({"region": {"startLine": line}} if line else {})}
    return {"ruleId": rule, "message": {"text": "said"}, "locations": [{"physicalLocation": place}], **more}


def log(*results: dict[str, Any], rules: list[dict[str, Any]] | None = None, name: str = "tool") -> bytes:
    driver = {"name": name, **({"rules": rules} if rules else {})}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results)}]}).encode()


def imported(data: bytes, *off: str, ours: list[Finding] | None = None) -> Imported:
    return merge(FILES, ours or [], read_external(data), off)


def levels(found: Imported) -> list[tuple[str, str, int | None]]:
    return [(f.category, f.severity.value, f.line) for f in found.findings]


def test_only_what_stands_on_a_changed_line_is_taken() -> None:
    found = imported(log(*(result(f"R{n}", n) for n in (9, 10, 11, 12, 13, 14)), result("G", 1, "src/other.py")))
    assert [f.line for f in found.findings] == [11, 12]
    assert found.words() == "2 taken, 5 not on changed lines"
    spanning = result("S", None)
    spanning["locations"][0]["physicalLocation"]["region"] = {"startLine": 8, "endLine": 11}
    assert [f.line for f in imported(log(spanning)).findings] == [11]


@pytest.mark.parametrize(
    "uri",
    [
        "./src/a%20b.py",
        "file:///home/runner/work/x/x/src/a%20b.py",
        "/change/src/a%20b.py",
        "file:/C:/w/src/a%20b.py",
        "C:\\w\\src\\a b.py",
    ],
)
def test_a_path_from_elsewhere_is_the_file_of_the_change(uri: str) -> None:
    assert [f.file.raw for f in imported(log(result(uri=uri))).findings] == ["src/a b.py"]


@pytest.mark.parametrize("uri", ["https://x.dev/src/a%20b.py", "../src/a%20b.py", "/../src/a%20b.py", "b.py", ""])
def test_a_path_of_another_place_is_none(uri: str) -> None:
    assert imported(log(result(uri=uri))).findings == ()


def test_levels_are_mapped_and_a_bare_error_locks_nothing() -> None:
    cwe = {"id": "W", "properties": {"tags": ["external/cwe/cwe-089"]}}
    scored = {"id": "C", "properties": {"security-severity": "9.1"}}
    defaulted = {"id": "N", "defaultConfiguration": {"level": "note"}}
    found = imported(
        log(
            result("E", level="error"), result("L", level="warning"), result("W", level="error"), result("C"),
            result("N"), rules=[cwe, scored, defaulted],
        )
    )  # fmt: skip
    said = {f.rule: (f.category, f.severity.value) for f in found.findings}
    assert said == {
        "tool/C": ("external", "critical"),
        "tool/W": ("injection", "high"),
        "tool/E": ("external", "medium"),
        "tool/L": ("external", "low"),
        "tool/N": ("external", "low"),
    }


def test_what_we_say_ourselves_is_not_said_again_and_ours_stays() -> None:
    ours = scan(FILES)
    assert [f.category for f in ours] == ["tls-disabled"]
    found = imported(log(result("disabled-cert-validation", 11), result("S501", 11)), ours=ours)
    assert [f.rule for f in found.findings if not f.tool] == [ours[0].rule]
    assert found.known == 1 and found.taken == 1
    twice = imported(log(result()), ours=list(imported(log(result())).findings))
    assert len(twice.findings) == 1 and twice.known == 1


def test_one_rule_in_one_file_is_one_finding_with_a_count_and_a_rule_can_be_put_off() -> None:
    both = log(result("R", 11), result("R", 12))
    assert [f.count for f in imported(both).findings] == [2]
    for off in ("R", "tool/R", "tool/*"):
        assert imported(both, off).words() == "0 taken, 2 of rules that are off"


def test_a_comment_that_mutes_is_not_obeyed_and_said_while_a_decision_outside_is() -> None:
    muted = imported(log(result(suppressions=[{"kind": "inSource"}])))
    assert "mutes it" in muted.findings[0].message.raw
    assert imported(log(result(suppressions=[{"kind": "external"}]))).findings == ()
    assert imported(log(result(kind="pass"))).findings == ()


def test_a_flood_is_bounded_and_counted() -> None:
    found = imported(log(*(result(f"R{n}") for n in range(KEPT + 50))))
    assert len(found.findings) == KEPT and found.over == 50


HOSTILE = [
    b"",
    b"{",
    b"[" * 100_000,
    b'{"version": "2.1.0", "runs": [NaN]}',
    b'{"version": "1.0.0", "runs": []}',
    b"[1, 2]",
    b'"text"',
    b"\xff\xfe",
    b" " * (BYTES + 1),
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_such_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ReviewerError) as error:
        read_external(data)
    assert error.value.hint and "\n" not in error.value.message


def test_parts_that_are_not_as_the_format_says_are_passed_over() -> None:
    odd = {
        "version": "2.1.0",
        "runs": [
            7,
            {"tool": "x", "results": {}},
            {"tool": {"driver": {"name": 3, "rules": [1, {"id": []}]}}, "results": [None, {"locations": "x"}, {
                "ruleId": {}, "ruleIndex": 10**30, "level": [], "message": 1, "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": "src/a b.py"}, "region": {"startLine": True}}}]}]},
        ],
    }  # fmt: skip
    found = imported(json.dumps(odd).encode())
    assert [(f.rule, f.line, f.severity) for f in found.findings] == [("a scanner/unnamed", None, Severity.LOW)]


def test_annotations_of_a_check_are_read_as_a_list_and_inside_a_check_run() -> None:
    row = {"path": "src/a b.py", "start_line": 12, "end_line": 12, "annotation_level": "failure", "message": "m", "title": "t"}
    assert levels(imported(json.dumps([row]).encode())) == [("external", "medium", 12)]
    check = {"name": "lint", "app": {"slug": "acme"}, "output": {"annotations": [row]}}
    assert [f.rule for f in imported(json.dumps(check).encode()).findings] == ["acme/t"]


def test_text_of_a_scanner_cannot_act_on_a_terminal() -> None:
    evil = result("R\x1b]0;x\x07", message={"text": "\x1b[2J" + "y" * 10_000})
    finding = imported(log(evil, name="t\x1b[1m")).findings[0]
    assert "\x1b" not in finding.rule + finding.tool
    assert len(finding.message.raw) < 600


# --- writing --------------------------------------------------------------------------------------------------------

# Our own strict reading of what the standard asks of the parts that we write: no other property may stand there.
_TEXT = {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": {"type": "string", "minLength": 1}}}
_LEVELS = {"enum": ["none", "note", "warning", "error"]}
_BAG = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}}


def _exact(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    assert set(properties) == set(required.split()) | set(optional.split())
    return {"type": "object", "required": required.split(), "additionalProperties": False, "properties": properties}


_PLACE = _exact(
    "artifactLocation", "region",
    artifactLocation=_exact("uri uriBaseId", uri={"type": "string", "pattern": "^[A-Za-z0-9%/._~-]+$"}, uriBaseId={"type": "string"}),
    region=_exact("startLine", startLine={"type": "integer", "minimum": 1}),
)  # fmt: skip
SARIF = _exact(
    "$schema version runs",
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": _exact(
            "tool columnKind results", "automationDetails",
            automationDetails=_exact("id", id={"type": "string"}),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            tool=_exact("driver", driver=_exact(
                "name version rules", name={"type": "string"}, version={"type": "string"},
                rules={"type": "array", "uniqueItems": True, "items": _exact(
                    "id shortDescription defaultConfiguration properties", id={"type": "string"}, shortDescription=_TEXT,
                    defaultConfiguration=_exact("level", level=_LEVELS), properties=_BAG)})),
            results={"type": "array", "items": _exact(
                "ruleId ruleIndex level message partialFingerprints properties", "locations",
                ruleId={"type": "string"}, ruleIndex={"type": "integer", "minimum": 0}, level=_LEVELS, message=_TEXT,
                locations={"type": "array", "items": _exact("physicalLocation", physicalLocation=_PLACE)},
                partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}}, properties=_BAG)},
        )},
    },
)  # fmt: skip


def test_what_we_write_is_valid_and_reads_back_as_the_same() -> None:
    removed = parse_patch(
        b"diff --git a/tests/t\xc3\xa9st_\x80.py b/tests/t\xc3\xa9st_\x80.py\nindex 1..2 100644\n--- a/tests/t\xc3\xa9st_\x80.py\n"
        b"+++ b/tests/t\xc3\xa9st_\x80.py\n@@ -3,2 +3,1 @@\n-def test_a():\n-    assert f() == 1\n+x = 1\n"
    )
    ours = [*scan(FILES), *scan(removed)]
    written = to_sarif([("", ours), ("case", [])], "1.2.3")
    assert list(Draft202012Validator(SARIF).iter_errors(written)) == []
    first = written["runs"][0]  # type: ignore[index]
    assert [r["properties"]["severity"] for r in first["results"]] == [f.severity.value for f in ours]
    assert [r["ruleId"] for r in first["results"]] == [f"{f.category}/{f.rule}" for f in ours]
    gone = first["results"][-1]
    assert gone["properties"]["side"] == "old" and "region" not in gone["locations"][0]["physicalLocation"]
    back = read_external(json.dumps(written).encode())
    assert [(one.path, one.line) for one in back] == [(ours[0].file.raw, ours[0].line), (ours[1].file.raw, None)]
