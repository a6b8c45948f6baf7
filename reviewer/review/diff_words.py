"""Says in words what is no line of a difference: what happened to a file, its headers, why nothing is shown; pure."""

from __future__ import annotations

from reviewer.model.diff import MODE_EXECUTABLE, MODE_SUBMODULE, MODE_SYMLINK, FileChange, FileDiff, FileStatus
from reviewer.review.lines import Line as Painted
from reviewer.review.lines import Part
from reviewer.text import show


def file_words(change: FileChange) -> str:
    """What happened to a file, in words: renamed, mode, symbolic link, submodule."""
    words = [] if change.status is FileStatus.MODIFIED else [change.status.value]
    if change.status in (FileStatus.RENAMED, FileStatus.COPIED):
        words[0] += f" from {show(change.old_path, limit=200)}"
        if change.similarity is not None and change.similarity < 100:
            words[0] += f" ({change.similarity} % alike)"
    if change.old_mode and change.new_mode and change.old_mode != change.new_mode:
        words.append(f"{mode_words(change.old_mode)} → {mode_words(change.new_mode)}")
    elif (change.new_mode or change.old_mode) in (MODE_SYMLINK, MODE_SUBMODULE):
        words.append(mode_words(change.new_mode or change.old_mode))
    elif change.status is FileStatus.ADDED and change.new_mode == MODE_EXECUTABLE:
        words.append("executable")
    return ", ".join(words)


def mode_words(mode: int) -> str:
    known = {
        MODE_SYMLINK: "symbolic link",
        MODE_SUBMODULE: "submodule",
        MODE_EXECUTABLE: "executable",
        0o100644: "file",
    }
    return known.get(mode, f"mode {mode:o}")


def file_row(
    change: FileChange,
    size: tuple[int, int] | None,
    *,
    folded: bool = False,
    flags: int = 0,
    why: str = "",
    ran: str = "",
) -> Painted:
    """The header of a file in the stream; `why` says for what reason it is folded, `ran` how many of its lines ran."""
    sign = "▸" if folded else "▾"
    parts: list[Part] = [(f"{sign} ", "accent"), (show(change.path, limit=400), "text bold")]
    words = file_words(change)
    if words:
        parts.append((f"  {words}", "muted"))
    if size is not None and any(size):
        parts += [(f"  +{size[0]}", "added"), (f" -{size[1]}", "removed")]
    if flags:
        parts.append((f"  ▲ {flags}", "risk-high"))
    if ran:
        parts.append((f"  {ran}", "muted"))
    if why:
        parts.append((f"  folded: {why}", "muted italic"))
    return tuple(parts)


def gap_row(hidden: int) -> Painted:
    """What stands for unchanged lines that are not shown."""
    return (("  ⋯ ", "muted"), (f"{hidden} unchanged line{'s' if hidden != 1 else ''}", "muted"))


def hunk_row(diff: FileDiff, index: int, why: str = "", *, unseen: bool = False) -> Painted:
    """The header of a hunk: its ranges, the function that git saw around it, and why it is folded."""
    hunk = diff.hunks[index]
    section = f"  {show(hunk.section, limit=200)}" if hunk.section else ""
    if why:
        kinds = [line.kind for line in diff.lines(hunk)] if hunk.end - hunk.start < 1 << 20 else []
        size: Painted = ((f"  +{kinds.count('+')}", "added"), (f" -{kinds.count('-')}", "removed")) if kinds else ()
        ranges = f"▸ @@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
        return ((ranges, "muted"), (section, "muted"), *size, (f"  {why}", "muted italic"))
    mark: Painted = (("  new to you", "accent"),) if unseen else ()
    ranges = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    return ((ranges, "hunk"), (section, "muted"), *mark)


def ends_in_crlf(diff: FileDiff) -> bool:
    """Whether every line that is shown of a file ends in CR LF."""
    found = False
    for hunk in diff.hunks:
        if diff.patch[max(hunk.start, diff.patch.find(b"\n", hunk.start, hunk.end) - 1) : hunk.end][:1] != b"\r":
            return False
        lines = diff.patch.count(b"\n", hunk.start, hunk.end) - diff.patch.count(b"\n\\", hunk.start, hunk.end)
        if diff.patch.count(b"\r\n", hunk.start, hunk.end) != lines:
            return False
        found = True
    return found


def nothing_to_show(diff: FileDiff) -> str:
    """Why a file has no lines to show, empty where it has."""
    change = diff.change
    if diff.hunks:
        return ""
    if diff.combined:
        return "a merge compared with all its parents at once: see one side of it with reviewer diff A..B"
    if diff.binary:
        return f"binary: nothing that can be read as lines ({change.old_oid[:10]} → {change.new_oid[:10]})"
    if change.new_mode == MODE_SUBMODULE or change.old_mode == MODE_SUBMODULE:
        return f"submodule: {change.old_oid[:12]} → {change.new_oid[:12]}"
    if change.status in (FileStatus.RENAMED, FileStatus.COPIED):
        return "content unchanged"
    if change.old_oid == change.new_oid:
        return "only its mode changed"
    return "empty file" if change.status in (FileStatus.ADDED, FileStatus.DELETED) else "no line changed"
