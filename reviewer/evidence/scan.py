"""Scans one revision: its patch from the quarantine, parsed, through the risk engine."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.diff.parse import parse_numstat, parse_patch
from reviewer.evidence.workflows import with_zizmor
from reviewer.model.change import Size
from reviewer.model.detail import FILES_KEPT, FileSize
from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding
from reviewer.policy.owners import PLACES
from reviewer.repo.quarantine import Quarantine
from reviewer.risk.engine import scan
from reviewer.settings import REPOSITORY_FILE

_WHOLE = frozenset((REPOSITORY_FILE.encode(), *PLACES))


def scan_revision(quarantine: Quarantine, base: str, head: str) -> list[Finding]:
    """The findings of `base`..`head`; both are commits of the quarantine."""
    return scan(changed_files(quarantine, base, head))


def scan_audited(quarantine: Quarantine, base: str, head: str) -> list[Finding]:
    """The same, with what zizmor says of the workflow files that changed, where it is installed."""
    files = changed_files(quarantine, base, head)
    return with_zizmor(files, scan(files), lambda path: quarantine.file(head, path))


def changed_files(quarantine: Quarantine, base: str, head: str) -> list[FileDiff]:
    """The files of `base`..`head`, with their hunks; policy and owners whole, so that both sides can be read."""
    files = parse_patch(quarantine.patch(base, head))
    for n, file in enumerate(files):
        paths = {file.change.old_path.to_bytes(), file.change.new_path.to_bytes()}
        if paths & _WHOLE and file.hunks:
            whole = parse_patch(quarantine.patch(base, head, sorted(paths), whole=True))
            files[n] = whole[0] if len(whole) == 1 and whole[0].change == file.change else file
    return files


def files_over(quarantine: Quarantine, base: str, head: str, over: str | None) -> tuple[list[FileDiff], str]:
    """Those changed files whose lines a run over `over` numbers as the difference does, and words on the others.

    `over` is a merge of `head` with its target, or None for `head` itself.
    """
    files = changed_files(quarantine, base, head)
    if over is None:
        return files, ""
    merged = quarantine.changed_paths(head, over)
    same = [file for file in files if file.change.path.to_bytes() not in merged]
    other = len(files) - len(same)
    those = f"{other} changed file{'s' if other > 1 else ''} that the target changed as well"
    return same, f"which lines ran is not known of {those}" if other else ""


def changed_lines(files: Iterable[FileDiff]) -> dict[str, frozenset[int]]:
    """By path: the numbers of the lines that are new, on the new side."""
    found = {}
    for file in files:
        if not file.binary and not file.combined:
            numbers = frozenset(line.new for line in file.all_lines() if line.kind == "+" and line.new is not None)
            if numbers:
                found[file.change.new_path.raw] = numbers
    return found


def size_of(quarantine: Quarantine, base: str, head: str) -> Size:
    """How large a revision is; binary files count as files without lines."""
    return measured(quarantine, base, head)[0]


def measured(quarantine: Quarantine, base: str, head: str) -> tuple[Size, tuple[FileSize, ...]]:
    """How large a revision is, and each of its first files."""
    counts = parse_numstat(quarantine.numstat(base, head))
    lines = [count or (0, 0) for count in counts.values()]
    size = Size(len(lines), sum(added for added, _ in lines), sum(removed for _, removed in lines))
    return size, tuple(FileSize(path, *(counts[path] or (0, 0))) for path in sorted(counts)[:FILES_KEPT])
