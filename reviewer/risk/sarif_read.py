"""Reads what other scanners wrote: SARIF 2.1.0, and annotations of GitHub's checks.

What must stay true: the file is from outside, written perhaps by the code under review: its size and number of results
are bounded, what is not as the format says is passed over or refused in a sentence, and nothing in it acquits anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from reviewer.model.errors import ReviewerError
from reviewer.risk.external import External

BYTES: Final = 32 << 20
RESULTS: Final = 200_000
_SHORT: Final = 200
_TEXT: Final = 2000
_HINT: Final = "give a SARIF 2.1.0 file, or the annotations of a GitHub check as JSON"


def read_external(data: bytes) -> list[External]:
    """The results of a file in either format. Raises ReviewerError where it is neither."""
    if len(data) > BYTES:
        raise ReviewerError(f"the file is larger than {BYTES >> 20} MiB", "let the scanner look at the change alone")
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ReviewerError("the file is not JSON in UTF-8", _HINT) from None
    if isinstance(value, dict) and isinstance(value.get("runs"), list):
        version = value.get("version")
        if version != "2.1.0":
            said = f"version {version[:20]}" if isinstance(version, str) else "no version"
            raise ReviewerError(f"the SARIF file says {said}; 2.1.0 is read here", _HINT)
        results = _sarif(value["runs"])
    else:
        annotations = _annotations(value)
        if annotations is None:
            raise ReviewerError("the file is neither SARIF nor a list of annotations", _HINT)
        results = annotations
    found = []
    for one in results:
        found.append(one)
        if len(found) >= RESULTS:
            raise ReviewerError(f"the file holds more than {RESULTS} results", "let the scanner look at the change alone")
    return found


def _no_number(_word: str) -> float:
    raise ValueError


# --- small readings -------------------------------------------------------------------------------------------------


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object, limit: int = _SHORT) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _line(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31 else None


def _score(value: object) -> float | None:
    try:
        score = float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
    return score if score is not None and 0 <= score <= 10 else None


# --- SARIF ----------------------------------------------------------------------------------------------------------


def _sarif(runs: list[Any]) -> Iterator[External]:
    for run in map(_map, runs):
        tool = _map(run.get("tool"))
        driver = _map(tool.get("driver"))
        parts = [driver, *map(_map, _list(tool.get("extensions")))]
        rules = {_text(_map(rule).get("id")): _map(rule) for part in parts for rule in _list(part.get("rules"))}
        name = _text(driver.get("name")) or "a scanner"
        for result in map(_map, _list(run.get("results"))):
            yield from _result(name, result, parts, rules)


def _result(
    tool: str, result: Mapping[str, Any], parts: list[Mapping[str, Any]], rules: Mapping[str, Mapping[str, Any]]
) -> Iterator[External]:
    if result.get("kind", "fail") not in ("fail", "review", "open") or result.get("baselineState") == "absent":
        return
    suppressions = [_map(each) for each in _list(result.get("suppressions"))]
    standing = [each for each in suppressions if each.get("status", "accepted") == "accepted"]
    if any(each.get("kind") == "external" for each in standing):
        return
    rule_id, rule = _rule(result, parts, rules)
    properties, own = _map(rule.get("properties")), _map(result.get("properties"))
    level = result.get("level", _map(rule.get("defaultConfiguration")).get("level", "warning"))
    score = _score(own.get("security-severity", properties.get("security-severity")))
    tags = tuple(_text(tag) for tag in [*_list(properties.get("tags")), *_list(own.get("tags"))][:40])
    message = _message(result, rule)
    for location in _list(result.get("locations"))[:1]:
        physical = _map(_map(location).get("physicalLocation"))
        region = _map(physical.get("region"))
        path = _path(_text(_map(physical.get("artifactLocation")).get("uri"), _TEXT))
        line, last = _line(region.get("startLine")), _line(region.get("endLine"))
        if path:
            yield External(tool, rule_id, str(level)[:20], path, line, last, message, score, tags, bool(standing))


def _rule(
    result: Mapping[str, Any], parts: list[Mapping[str, Any]], rules: Mapping[str, Mapping[str, Any]]
) -> tuple[str, Mapping[str, Any]]:
    """The id of the rule, and what the tool says of it."""
    reference = _map(result.get("rule"))
    named = _text(result.get("ruleId")) or _text(reference.get("id"))
    if named and named in rules:
        return named, rules[named]
    at = result.get("ruleIndex", reference.get("index"))
    component = _map(reference.get("toolComponent")).get("index")
    part = parts[component + 1] if isinstance(component, int) and 0 <= component < len(parts) - 1 else parts[0]
    listed = _list(part.get("rules"))
    if isinstance(at, int) and 0 <= at < len(listed):
        rule = _map(listed[at])
        return named or _text(rule.get("id")) or "unnamed", rule
    # A rule's id may be followed by a more special one: "CA1000/sub".
    return named or "unnamed", rules.get(named.rpartition("/")[0], {})


def _message(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    said = _map(result.get("message"))
    text = _text(said.get("text"), _TEXT)
    if not text:
        strings = _map(rule.get("messageStrings"))
        text = _text(_map(strings.get(_text(said.get("id")))).get("text"), _TEXT)
        for at, value in enumerate(_list(said.get("arguments"))[:10]):
            text = text.replace(f"{{{at}}}", _text(value))[:_TEXT]
    return text or _text(_map(rule.get("shortDescription")).get("text"), _TEXT)


def _path(uri: str) -> str:
    """A path of a URI: of a file, absolute or within the tree; empty for any other kind."""
    if uri.lower().startswith("file:"):
        rest = uri[5:]
        if rest.startswith("//"):
            rest = "/" + rest[2:].partition("/")[2]
        return unquote(rest, errors="surrogateescape")
    scheme = uri.partition(":")[0] if ":" in uri.split("/")[0] else ""
    return "" if len(scheme) > 1 else unquote(uri, errors="surrogateescape")


# --- annotations ----------------------------------------------------------------------------------------------------

_ANNOTATED: Final = {"failure": "error", "warning": "warning", "notice": "note"}


def _annotations(value: object) -> Iterator[External] | None:
    """The annotations of one check, as GitHub's API lists them or as a check run carries them; None where it is none."""
    check = _map(value)
    rows = value if isinstance(value, list) else check.get("annotations", _map(check.get("output")).get("annotations"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "path" in row and "annotation_level" in row for row in rows):
        return None
    tool = _text(_map(check.get("app")).get("slug")) or _text(check.get("name")) or "check"
    return (_annotation(tool, row) for row in rows)


def _annotation(tool: str, row: Mapping[str, Any]) -> External:
    title = " ".join(_text(row.get("title")).split())
    level = _ANNOTATED.get(_text(row.get("annotation_level")), "note")
    line, last = _line(row.get("start_line")), _line(row.get("end_line"))
    said = _text(row.get("message"), _TEXT)
    return External(tool, title or "annotation", level, _text(row.get("path"), _TEXT), line, last, said or title)
