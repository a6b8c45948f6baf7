"""Shows one difference alone: what `reviewer diff` opens on a terminal, also as git's pager."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.driver import Driver

from reviewer.model.diff import FileChange, FileDiff
from reviewer.review.comparison import Comparison
from reviewer.review.diff_frame import FILES_FROM
from reviewer.review.file_list import Sizes
from reviewer.review.lines import Line, key_words
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.diff_view import DiffView
from reviewer.tui.field import Field
from reviewer.tui.files_view import FilesView
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint
from reviewer.tui.painted_app import PaintedApp, Themes
from reviewer.tui.stream_screen import StreamScreen


class DiffScreen(StreamScreen):
    """The files and the difference; nothing is decided here."""

    SCOPES = ("stream", "looking", "list")
    BINDINGS = bindings("stream", "looking")
    AUTO_FOCUS = ""
    CSS = """
    DiffScreen #body { layout: horizontal; height: 1fr; }
    DiffScreen #files { width: 32; border-right: vkey $panel; }
    DiffScreen #files.alone { width: 1fr; border: none; }
    """

    def __init__(self, paint: Paint, reading: Background, comparison: Comparison) -> None:
        super().__init__(paint, reading)
        self.comparison = comparison
        self.alone = False

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        with Container(id="body"):
            yield FilesView(self.paint, id="files")
            yield DiffView(self.paint, self.comparison.blob)
        yield Field(placeholder="search in the difference", id="search", compact=True)
        yield Bar(self.paint, id="keys")

    def on_mount(self) -> None:
        self.query_one("#search").display = False
        self.lay_panes()
        self.show_stream("comparison", self.comparison.files, ())
        if self.comparison.begun is not None:
            # It is on screen already, or as good as: the first frame must not be without it.
            self.on_stream_screen_loaded(self.Loaded(self.subject, [(0, *self.comparison.begun)]))
        self.fill_files()
        self.told()

    def file_reader(self) -> Callable[[FileChange], FileDiff]:
        return self.comparison.read

    def files_reader(self) -> Callable[[Sequence[FileChange]], Iterator[FileDiff]]:
        return self.comparison.read_all

    def blob_reader(self) -> Callable[[str], bytes]:
        return self.comparison.blob

    def measurer(self) -> Callable[[], Sizes]:
        return self.comparison.sizes

    def told(self) -> None:
        added = sum(size[0] for size in self.sizes.values() if size)
        removed = sum(size[1] for size in self.sizes.values() if size)
        counts: Line = ((f" +{added}", "added"), (f" -{removed} ", "removed")) if self.sizes else ()
        title: Line = ((f" {self.comparison.title}", "text bold"), *counts)
        self.query_one("#title", Bar).say(title, self.where())
        keys = [*footer("stream", "looking"), *footer("app")]
        self.query_one("#keys", Bar).say(key_words(keys, self.size.width))

    def lay_panes(self) -> None:
        """Both panes where there is room for them, else the one in use."""
        both = self.app.size.width >= FILES_FROM and not self.alone
        files = self.query_one("#files")
        files.display = both or self.pane == "files"
        files.set_class(not both, "alone")
        self.diff.display = both or self.pane == "diff"
        self.set_focus(self.query_one(f"#{self.pane}"))

    def on_resize(self, _event: events.Resize) -> None:
        self.lay_panes()
        self.told()

    def action_pane(self, _step: int) -> None:
        self.pane = "files" if self.pane == "diff" else "diff"
        self.lay_panes()

    def action_alone(self) -> None:
        self.alone = not self.alone
        self.lay_panes()

    def on_line_view_moved(self, message: LineView.Moved) -> None:
        view = message.view
        if isinstance(view, Entries) and isinstance(view.key, int):
            self.diff.go_to_file(view.key, tell=False)
            self.told()

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        if isinstance(message.view, Entries):
            self.pane = "diff"
            self.lay_panes()

    def on_failed(self, message: Failed) -> None:
        message.stop()
        self.notify(message.words, severity="error", markup=False)

    def action_back(self) -> None:
        if self.query_one("#search").display:
            self.close_search()
        else:
            self.leave()

    def leave(self) -> None:
        """End."""
        self.app.exit()


class DiffApp(PaintedApp):
    """The application over one comparison; `driver` takes a painted terminal over."""

    def __init__(
        self, comparison: Comparison, themes: Themes, theme: str = "dark", driver: type[Driver] | None = None
    ) -> None:
        super().__init__(themes, theme, driver)
        self.comparison = comparison

    def on_mount(self) -> None:
        super().on_mount()
        self.push_screen(DiffScreen(self.paint, self.reading, self.comparison))
