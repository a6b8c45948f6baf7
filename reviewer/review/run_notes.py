"""Finds in the output of runs that failed which changed lines it names, and what it says there; pure, bounded.

What must stay true: output is outside text; a line is only named where the difference holds its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reviewer.model.diff import FileChange
from reviewer.model.finding import Side
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.review.remarks import Noted
from reviewer.text import Untrusted, show, show_log_line

_NAMED: Final = re.compile(
    r"File \"(?P<quoted>[^\"]{1,300})\", line (?P<number>\d{1,7})"
    r"|(?:^|[\s(\[])(?P<plain>[\w./@+-]{1,300}\.\w{1,8}):(?P<at>\d{1,7})(?::\d{1,6})?(?P<rest>[^\n]{0,300})"
)
_ERROR: Final = re.compile(r"(?:E   )?\s*((?:\w+\.)*\w*(?:Error|Exception|Failure|Failed|panic)\w*\b[^\n]{0,300})")
_HINT: Final = re.compile(rb"\.\w{1,8}:\d|\", line \d")
_LINES: Final = 4000
_HINTS: Final = 300
_NOTES: Final = 50
_FOLLOWING: Final = 12


def failed(run: Run) -> bool:
    # A cross-check runs over other files: the lines that it names are not the difference's.
    if run.check is not None or run.state is not RunState.DONE:
        return False
    return run.conclusion not in (Conclusion.SUCCESS, Conclusion.SKIPPED, None)


def run_notes(runs: Sequence[Run], logs: Mapping[str, bytes], files: Sequence[FileChange]) -> list[Noted]:
    """What the output of failed runs says of lines on the new side of `files`; each place once, the last word on it."""
    paths = {file.new_path.raw: file.new_path for file in files}
    found: dict[tuple[Untrusted, int], Noted] = {}
    for n, run in enumerate(runs):
        if not failed(run):
            continue
        name = show(run.name, limit=30)
        for report in run.reports:
            for case in report.failing[:_NOTES]:
                for there, at, told in _named_in(case.message, paths):
                    said = f"{name}: {show(case.name, limit=80)}: {told}"
                    found[there, at] = Noted("run", n, there, Side.NEW, at, said=said)
        lines = logs.get(run.log or "", b"").split(b"\n")[-_LINES:]
        hints = [at for at, line in enumerate(lines) if _HINT.search(line[:_LINES])]
        for at in hints[-_HINTS:]:
            for match in _NAMED.finditer(_shown(lines[at])):
                path = _path(match["quoted"] or match["plain"], paths)
                number = int(match["number"] or match["at"])
                if path is None or not number:
                    continue
                said = (match["rest"] or "").strip(" :") or _following(lines, at)
                if (path, number) in found and not said:
                    continue
                found[path, number] = Noted("run", n, path, Side.NEW, number, said=f"{name}: {said or 'named here'}")
    return list(found.values())[-_NOTES:]


def _named_in(message: Untrusted, paths: Mapping[str, Untrusted]) -> Iterator[tuple[Untrusted, int, str]]:
    """The changed lines that a failing test's message names, and what it says: its first line that is not a place."""
    lines = [_shown(line) for line in message.to_bytes().split(b"\n")[:_HINTS]]
    said = next((line.strip() for line in lines if line.strip() and not _NAMED.match(line.strip())), "failed here")
    for line in lines:
        for match in _NAMED.finditer(line):
            path = _path(match["quoted"] or match["plain"], paths)
            number = int(match["number"] or match["at"])
            if path is not None and number:
                yield path, number, said


def _path(named: str, paths: Mapping[str, Untrusted]) -> Untrusted | None:
    """The changed file that a name in the output means: as it is, or below wherever the run stood."""
    parts = named.removeprefix("./").split("/")
    for start in range(len(parts)):
        known = paths.get("/".join(parts[start:]))
        if known is not None:
            return known
    return None


def _shown(line: bytes) -> str:
    return "".join(span.text for span in show_log_line(line[:_LINES]))


def _following(lines: Sequence[bytes], at: int) -> str:
    """The error that a traceback ends with, from the line that names a place on."""
    for line in lines[at + 1 : at + 1 + _FOLLOWING]:
        if (match := _ERROR.match(_shown(line))) is not None:
            return match[1].strip()
    return ""
