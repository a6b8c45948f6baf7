"""One change on the desk: files, difference, runs, findings, requirements, claim and talk, side by side or as tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from reviewer.model.change import Change
from reviewer.model.comment import Comment
from reviewer.model.detail import ChangeDetail
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.finding import Finding
from reviewer.model.mark import Mark
from reviewer.review.colouring import LONGEST
from reviewer.review.comparison import Commits
from reviewer.review.desk import Desk
from reviewer.review.file_list import Sizes
from reviewer.review.lines import BLANK, Line, key_words
from reviewer.review.marks import MarkBook
from reviewer.review.ordering import Order
from reviewer.review.panes import (
    claim_entries,
    finding_entries,
    requirement_entries,
    talk_entries,
)
from reviewer.review.preview import runs_of
from reviewer.review.risk_map import flags_of, risk_map
from reviewer.review.run_suggesting import Suggestion, no_runs
from reviewer.review.run_summary import evidence_lines
from reviewer.review.titles import counts, notice, standing, tab_at, tabs, title
from reviewer.tui.acting_screen import ActingScreen
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.diff_view import DiffView, Spot
from reviewer.tui.feedback_screen import FeedbackScreen
from reviewer.tui.field import Field
from reviewer.tui.files_view import FilesView
from reviewer.tui.finding_walk import FindingWalk
from reviewer.tui.following import Synced
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint
from reviewer.tui.runs_view import RunsView
from reviewer.tui.saying import Saying

PANES: Final = ("files", "diff", "runs", "findings", "requires", "claim", "talk")
WIDE: Final = 140
"""From this width on files, difference and one more pane stand beside each other."""
MIDDLE: Final = 100
"""From this width on the files stand beside the difference, or beside another pane."""


class ReviewScreen(FindingWalk, FeedbackScreen, Saying):
    """One change. What it shows is one revision; a newer one is announced, and looked at when asked for."""

    SCOPES = ("review", "stream", "list")
    BINDINGS = bindings("stream", "review")
    AUTO_FOCUS = ""
    CSS = """
    ReviewScreen #body { layout: horizontal; height: 1fr; }
    ReviewScreen #files { width: 32; border-right: vkey $panel; }
    ReviewScreen #middle { width: 1fr; height: 1fr; layout: vertical; }
    ReviewScreen #side { width: 1fr; height: 1fr; layout: vertical; border-left: vkey $panel; }
    ReviewScreen.wide #side { width: 52; }
    ReviewScreen.narrow #files, ReviewScreen.narrow #side { width: 1fr; border: none; }
    ReviewScreen.middle #side { border: none; }
    ReviewScreen #notice { display: none; }
    ReviewScreen #side > Entries { padding: 0 1; }
    """

    class Opened(Message):
        """The change, its difference, the files of it, and drafts."""

        def __init__(
            self,
            detail: ChangeDetail,
            commits: Commits,
            files: list[FileChange],
            drafts: list[Comment],
            marks: list[Mark],
            suggestion: Suggestion | None,
        ) -> None:
            super().__init__()
            self.detail = detail
            self.commits = commits
            self.files = files
            self.drafts = drafts
            self.marks = marks
            self.suggestion = suggestion

    def __init__(
        self, desk: Desk, paint: Paint, reading: Background, sealing: Background, acting: Background, change: Change
    ) -> None:
        super().__init__(desk, paint, reading, sealing, acting, change)
        self.beside = "runs"
        self.order = Order.RISK
        self.alone = False
        self.tabs: list[Line] = []
        self.commits: Commits | None = None
        self.suggestion: Suggestion | None = None

    def file_reader(self) -> Callable[[FileChange], FileDiff]:
        assert self.commits is not None
        return self.commits.read

    def files_reader(self) -> Callable[[Sequence[FileChange]], Iterator[FileDiff]]:
        assert self.commits is not None
        return self.commits.read_all

    def blob_reader(self) -> Callable[[str], bytes]:
        return self._blob

    def findings(self) -> Sequence[Finding]:
        return self.detail.findings if self.detail is not None else ()

    def measurer(self) -> Callable[[], Sizes]:
        assert self.commits is not None
        return self.commits.sizes

    def _blob(self, oid: str) -> bytes:
        return self.commits.blob(oid, LONGEST) if self.commits is not None else b""

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        yield Bar(self.paint, id="notice")
        yield Bar(self.paint, behind="surface", id="tabs")
        with Container(id="body"):
            yield FilesView(self.paint, id="files")
            with Container(id="middle"):
                yield DiffView(self.paint, self._blob)
            with Container(id="side"):
                yield RunsView(self.paint, self.logs.of)
                yield Entries(self.paint, id="findings")
                yield Entries(self.paint, id="requires")
                yield Entries(self.paint, id="claim", follows=False)
                yield Entries(self.paint, id="talk")
        yield Field(placeholder="search in this pane", id="search", compact=True)
        yield Bar(self.paint, id="keys")

    def on_mount(self) -> None:
        self.query_one("#search").display = False
        self.begin_logs()
        self._titles()
        self.lay_panes()
        self.ask_open()
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        """Count down while a decision is held; nothing is painted otherwise."""
        if self.held_until:
            if self.desk.now() >= self.held_until:
                self.held_until = 0.0
            self._titles()

    def ask_open(self) -> None:
        """Read the change and its list of files; a found branch is submitted first."""

        def call() -> Message:
            detail = self.desk.open(self.change)
            commits = self.desk.compared(detail.change)
            change_id = detail.change.change_id
            drafts, marks = self.desk.talk.drafts(change_id), self.desk.marks(change_id)
            suggestion = commits.suggestion() if detail.change.run == "none asked" else None
            return self.Opened(detail, commits, commits.files(), drafts, marks, suggestion)

        self.reading.ask(self, "opening", call)

    def on_review_screen_opened(self, message: Opened) -> None:
        self.detail = self.newest = message.detail
        self.change = message.detail.change
        self.logs.change_id = self.change.change_id
        self.commits, self.suggestion = message.commits, message.suggestion
        self.drafts = message.drafts
        self.book = MarkBook(message.marks, self.change.digest)
        self.show_stream(self.change.head, message.files, self.noted(message.detail))
        self.tell_lines(message.detail)
        self.fill()
        # News that came between the reading and this was about nothing that was on screen yet.
        self.ask_newest()

    def on_unmount(self) -> None:
        self.keep_marks()
        self.end_logs()

    # --- news -------------------------------------------------------------------------------------------------------

    def synced(self, _message: Synced) -> None:
        if self.detail is not None:
            self.ask_newest()

    def on_acting_screen_newest(self, message: ActingScreen.Newest) -> None:
        if self.detail is None or message.detail.change.change_id != self.change.change_id:
            return
        changed = (message.detail, message.drafts) != (self.newest, self.drafts)
        self.newest = message.detail
        self.drafts = message.drafts
        if message.detail.change.digest == self.change.digest:
            self.detail = message.detail
            self.change = message.detail.change
        if changed:
            self.tell_lines(self.detail)
            self.fill()
            self.tell_run(message.detail)

    # --- what is shown ----------------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        width = self.app.size.width
        if self.alone:
            return "narrow"
        return "wide" if width >= WIDE else "middle" if width >= MIDDLE else "narrow"

    def lay_panes(self) -> None:
        """Show the panes that the width has room for, the one in use among them."""
        mode = self.mode
        for name in ("wide", "middle", "narrow"):
            self.set_class(name == mode, name)
        if self.pane not in ("files", "diff"):
            self.beside = self.pane
        side = mode == "wide" or self.pane not in ("files", "diff")
        self.query_one("#files").display = mode != "narrow" or self.pane == "files"
        middle = mode == "wide" or (self.pane in ("files", "diff") if mode == "middle" else self.pane == "diff")
        self.query_one("#middle").display = middle
        self.query_one("#side").display = side and (mode != "narrow" or self.pane not in ("files", "diff"))
        for name in PANES[2:]:
            self.query_one(f"#{name}").display = name == self.beside
        self.set_focus(self.query_one(f"#{self.pane}"))
        self._tabs()
        if self.detail is not None:
            # Alone it has the width of the screen.
            self.call_after_refresh(self.fill_files)

    def on_resize(self, _event: events.Resize) -> None:
        self.lay_panes()
        self.call_after_refresh(self.fill)

    def _titles(self) -> None:
        held = self.held_until - self.desk.now() if self.held_until else 0.0
        self.query_one("#title", Bar).say(title(self.change), standing(self.change, held, self.under_way))
        said = notice(self.change, self.newest.change if self.newest is not None else None)
        bar = self.query_one("#notice", Bar)
        bar.display = bool(said)
        bar.say(said)

    def _tabs(self) -> None:
        self.tabs = tabs(PANES, self.pane, counts(self.detail, len(self.files), self.drafts))
        parts = tuple(part for tab in self.tabs for part in tab)
        self.query_one("#tabs", Bar).say(parts, self.where() if self.mode != "narrow" else BLANK)
        self.query_one("#keys", Bar).say(
            key_words([*footer("review"), *footer("stream"), *footer("app")], self.size.width)
        )

    def told(self) -> None:
        self._titles()
        self._tabs()

    def on_failed(self, message: Failed) -> None:
        # What ActingScreen does on it, Textual calls by itself.
        if message.what == "opening" and self.detail is None:
            bar = self.query_one("#notice", Bar)
            bar.display = True
            bar.say(((f" {message.error.message} ", "run-failure"), (message.error.hint, "text")))

    def fill(self) -> None:
        """Fill every pane anew."""
        self._titles()
        if self.detail is None:
            return
        detail = self.detail
        width = self._side_width()
        self.flags = flags_of(detail.findings)
        self.fill_files()
        none = no_runs(detail, self.suggestion, width)
        self.runs.show_runs(runs_of(detail), evidence_lines(detail, width), none, width)
        findings = self.query_one("#findings", Entries)
        listed = finding_entries(detail.findings, detail.scanned, self.said_of(detail), width)
        findings.fill([*risk_map(detail.findings, width), *listed])
        self.query_one("#requires", Entries).fill(requirement_entries(detail, (), width))
        self.query_one("#claim", Entries).fill(claim_entries(detail.current, width))
        self.query_one("#talk", Entries).fill(talk_entries(detail, self.drafts, self.desk.now(), width))
        self._tabs()

    def _side_width(self) -> int:
        mode = self.mode
        return {"wide": 50, "middle": self.app.size.width - 34, "narrow": self.app.size.width - 2}[mode]

    # --- moving between panes ---------------------------------------------------------------------------------------

    def action_pane(self, step: int) -> None:
        order = PANES
        self.action_show(order[(order.index(self.pane) + step) % len(order)])

    def action_show(self, pane: str) -> None:
        self.pane = pane
        self.lay_panes()

    def action_alone(self) -> None:
        self.alone = not self.alone
        self.lay_panes()
        self.call_after_refresh(self.fill)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        name = event.widget.id
        if name in PANES and name != self.pane and name is not None:
            self.pane = name
            self._tabs()

    def on_bar_clicked(self, message: Bar.Clicked) -> None:
        place = tab_at(self.tabs, message.cell) if message.bar.id == "tabs" else None
        if place is not None:
            self.action_show(PANES[place])

    def on_line_view_moved(self, message: LineView.Moved) -> None:
        view = message.view
        if view.id == "files" and isinstance(view, Entries) and isinstance(view.key, int):
            self.diff.go_to_file(view.key, tell=False)
            self._tabs()
        elif view.id == "findings" and isinstance(view, Entries) and isinstance(view.key, tuple):
            self.to_file(view.key[1])
        elif view.id == "findings" and isinstance(view, Entries) and isinstance(view.key, int):
            self.to_finding(view.key)

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        view = message.view
        if not isinstance(view, Entries):
            if view is self.diff and (draft := self.draft_at(self.diff.remarked())) is not None:
                self.write(draft.anchor)
            return
        key = view.key
        if view.id in ("files", "findings"):
            self.on_line_view_moved(LineView.Moved(view, message.place))
            self.action_show("diff")
        elif view.id == "talk" and isinstance(key, tuple):
            self._to_comment(*key)

    # --- findings, folds, search ------------------------------------------------------------------------------------

    def _to_comment(self, kind: str, index: int) -> None:
        """To the line that a comment is about; a draft is written on."""
        comments = self.drafts if kind == "draft" else self.detail.comments if self.detail else ()
        if index >= len(comments):
            return
        anchor = comments[index].anchor
        if kind == "draft":
            self.write(anchor)
        elif anchor is not None and (file := self.file_named(anchor.file)) is not None:
            self.action_show("diff")
            self.diff.go_to(Spot(file, anchor.side, anchor.start))

    def action_fold(self) -> None:
        if self.pane == "runs":
            self.runs.toggle_fold()
        else:
            super().action_fold()

    def look_for(self, needle: str) -> None:
        if self.pane != "runs":
            super().look_for(needle)
        elif needle:
            self.runs.look_for(needle)

    def action_found(self, step: int) -> None:
        if self.pane == "runs":
            self.runs.found(step)
        else:
            super().action_found(step)

    # --- leaving ----------------------------------------------------------------------------------------------------

    def action_reload(self) -> None:
        if self.newest is not None:
            self.change = self.newest.change
        self.detail = None
        self.ask_open()

    def action_back(self) -> None:
        if self.query_one("#search").display:
            self.close_search()
            return
        self.app.pop_screen()
