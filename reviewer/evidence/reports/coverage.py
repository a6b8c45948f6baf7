"""Reads which lines ran: LCOV, Cobertura XML, and the JSON of coverage.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from reviewer.evidence.reports.terms import Coverage, bounded, refuse, within_tree
from reviewer.evidence.reports.xml import walk

LINES: Final = 5_000_000
LINE: Final = 10_000_000
"""No file has a line with a greater number."""


class _Lines:
    """Gathers hits; a line that ran in one part of a report ran."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._able: dict[str, set[int]] = {}
        self._hit: dict[str, set[int]] = {}
        self._count = 0

    def add(self, path: str, line: int, ran: bool) -> None:
        place = within_tree(path)
        if place is None or not 0 < line <= LINE:
            return
        self._count += 1
        if self._count > LINES:
            raise refuse(self.kind, f"it holds more than {LINES} lines")
        self._able.setdefault(place, set()).add(line)
        if ran:
            self._hit.setdefault(place, set()).add(line)

    def coverage(self) -> Coverage:
        return Coverage({p: (frozenset(able), frozenset(self._hit.get(p, ()))) for p, able in self._able.items()})


def read_lcov(data: bytes) -> Coverage:
    """Raises ReviewerError where it is none."""
    found = _Lines("LCOV")
    path: str | None = None
    files = 0
    for raw in BytesIO(bounded("LCOV", data)):
        word, _, rest = raw.decode("utf-8", "surrogateescape").rstrip("\r\n").partition(":")
        if word == "SF":
            path = rest
            files += 1
        elif word == "end_of_record":
            path = None
        elif word == "DA" and path is not None:
            number, _, hits = rest.partition(",")
            found.add(path, _whole(number), _whole(hits.partition(",")[0]) > 0)
    if not files:
        raise refuse("LCOV", "it names no file")
    return found.coverage()


def read_cobertura(data: bytes) -> Coverage:
    """Raises ReviewerError where it is none. Paths are joined to the source folder, where there is just one."""
    found = _Lines("Cobertura")
    sources: list[str] = []
    classes: list[str] = []
    lines: list[tuple[str, int, bool]] = []
    text = ""
    roots = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal text, roots
        text = ""
        roots += name == "coverage"
        if name == "class":
            classes.append(attributes.get("filename", ""))
        elif name == "line" and classes:
            if len(lines) >= LINES:
                raise ValueError(f"it holds more than {LINES} lines")
            lines.append((classes[-1], _whole(attributes.get("number", "")), _whole(attributes.get("hits", "")) > 0))

    def end(name: str) -> None:
        if name == "class":
            classes.pop()
        elif name == "source":
            sources.append(text.strip())

    def characters(part: str) -> None:
        nonlocal text
        text = (text + part)[:4096]

    walk("Cobertura", data, start, end, characters, typed=True)
    if not roots:
        raise refuse("Cobertura", "it holds no coverage")
    folder = sources[0].rstrip("/") + "/" if len(set(sources)) == 1 and sources[0] not in ("", ".", "/change") else ""
    for path, line, ran in lines:
        found.add(path if path.startswith("/") else folder + path, line, ran)
    return found.coverage()


def read_coverage_json(data: bytes) -> Coverage:
    """The report that `coverage json` writes. Raises ReviewerError where it is none."""
    kind = "coverage.py"
    try:
        report = json.loads(bounded(kind, data))
        files: Mapping[str, Any] = report["files"]
        found = _Lines(kind)
        for path, parts in files.items():
            for name, ran in (("executed_lines", True), ("missing_lines", False)):
                for line in parts[name]:
                    found.add(path, line if type(line) is int else 0, ran)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise refuse(kind, "it is not what `coverage json` writes") from None
    return found.coverage()


def _whole(word: str) -> int:
    word = word.strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 16 else 0
