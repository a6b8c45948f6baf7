"""Lists the files of a difference under their folders, with how much of each changed and what was found in it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.model.diff import FileChange, FileStatus
from reviewer.review.lines import Line, line
from reviewer.text import Untrusted, cell_width, fit, show

Entry = tuple[object, Sequence[Line]]
_STATUS = {
    FileStatus.ADDED: ("A", "added"),
    FileStatus.DELETED: ("D", "removed"),
    FileStatus.MODIFIED: ("M", "muted"),
    FileStatus.RENAMED: ("R", "accent"),
    FileStatus.COPIED: ("C", "accent"),
    FileStatus.TYPE_CHANGED: ("T", "risk-medium"),
}
Sizes = Mapping[Untrusted, tuple[int, int] | None]


def file_entries(files: Sequence[FileChange], sizes: Sizes, flags: Mapping[Untrusted, int], width: int) -> list[Entry]:
    """The files in the order of the difference, under their folders; the key is a file's number."""
    found: list[Entry] = []
    folder = None
    for n, file in enumerate(files):
        path = show(file.path, limit=1000)
        above, _, name = path.rpartition("/")
        if above != folder and above:
            found.append((None, [line(fit(f" {above}/", width), "muted")]))
        folder = above
        sign, style = _STATUS[file.status]
        size = sizes.get(file.path)
        counts = f" +{size[0]} -{size[1]}" if size and any(size) else ""
        mark = f" ▲{flags[file.path]}" if flags.get(file.path) else ""
        room = max(4, width - 3 - (2 if above else 0) - cell_width(counts + mark))
        parts: Line = (
            (f" {'  ' if above else ''}{sign} ", style),
            (fit(name, room), "text"),
            (mark, "risk-high"),
            (counts, "muted"),
        )
        found.append((n, [parts]))
    return found or [(None, [line("no files", "muted")])]
