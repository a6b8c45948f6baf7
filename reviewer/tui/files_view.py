"""Shows the files of a difference under their folders; however many there are, only rows on screen are made."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.review.file_list import FileList
from reviewer.review.lines import Line
from reviewer.tui.line_view import Entries
from reviewer.tui.paint import Paint


class FilesView(Entries):
    """The list; the key of an entry is a file's number."""

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._listed = FileList()

    def list_files(self, listed: FileList) -> None:
        """Show other files; the cursor stays on its number where that is still there."""
        kept = self.key
        self._listed = listed
        if isinstance(kept, int) and kept < len(listed.stops):
            self.cursor = listed.stops[kept]
        self.changed()

    @property
    def key(self) -> object:
        return self._listed.file(self.cursor)

    def to_key(self, key: object, *, tell: bool = False) -> None:
        if isinstance(key, int) and 0 <= key < len(self._listed.stops):
            self.move_to(self._listed.stops[key], tell=tell)

    def key_at(self, place: int) -> object:
        return self._listed.file(place)

    def total(self) -> int:
        return len(self._listed)

    def line(self, n: int, width: int) -> Line:
        return self._listed.line(n, width)

    def extent(self, n: int) -> range:
        return range(n, n + 1) if self._listed.file(n) is not None else range(0)

    def stops(self) -> Sequence[int] | None:
        return self._listed.stops
