"""Lists the files of a difference under their folders, with how much of each changed and what was found in it; pure."""

from __future__ import annotations

from array import array
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
_NO_SIZES: Sizes = {}
_NO_FLAGS: Mapping[Untrusted, int] = {}


class FileList:
    """The rows of the list: files under their folders. A row is made when it is asked for.

    `files` may be many: what is kept of each is a number or two.
    """

    def __init__(
        self, files: Sequence[FileChange] = (), sizes: Sizes = _NO_SIZES, flags: Mapping[Untrusted, int] = _NO_FLAGS
    ) -> None:
        self._files, self._sizes, self._flags = files, sizes, flags
        self._numbers = array("l")
        self.stops = array("L")
        """The row of each file."""
        above = ""
        for n, file in enumerate(files):
            folder = file.path.raw.rpartition("/")[0]
            if folder != above and folder:
                self._numbers.append(-1 - n)
            above = folder
            self.stops.append(len(self._numbers))
            self._numbers.append(n)

    def __len__(self) -> int:
        return len(self._numbers) or 1

    def file(self, row: int) -> int | None:
        """The number of the file in a row; None for a folder."""
        number = self._numbers[row] if 0 <= row < len(self._numbers) else -1
        return number if number >= 0 else None

    def line(self, row: int, width: int) -> Line:
        if not self._numbers:
            return line("no files", "muted")
        number = self._numbers[row]
        file = self._files[number if number >= 0 else -1 - number]
        above, _, name = show(file.path, limit=1000).rpartition("/")
        if number < 0:
            return line(fit(f" {above}/", width), "muted")
        sign, style = _STATUS[file.status]
        size = self._sizes.get(file.path)
        counts = f" +{size[0]} -{size[1]}" if size and any(size) else ""
        mark = f" ▲{self._flags[file.path]}" if self._flags.get(file.path) else ""
        room = max(4, width - 3 - (2 if above else 0) - cell_width(counts + mark))
        return (
            (f" {'  ' if above else ''}{sign} ", style),
            (fit(name, room), "text"),
            (mark, "risk-high"),
            (counts, "muted"),
        )


def file_entries(files: Sequence[FileChange], sizes: Sizes, flags: Mapping[Untrusted, int], width: int) -> list[Entry]:
    """The rows of few files as entries of a list; the key is a file's number."""
    listed = FileList(files, sizes, flags)
    return [(listed.file(row), [listed.line(row, width)]) for row in range(len(listed))]
