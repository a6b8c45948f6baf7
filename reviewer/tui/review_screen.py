"""One change on the desk: files, difference, runs, findings, requirements, claim and talk, side by side or as tabs."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from reviewer.diff.highlight import LONGEST_TEXT
from reviewer.model.change import Change, ChangeDetail, State
from reviewer.model.comment import Anchor, Comment
from reviewer.model.decision import DecisionState, Verdict
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.finding import Side
from reviewer.review.deciding import HOLD_SECONDS, Choice, outcome
from reviewer.review.desk import Desk
from reviewer.review.inbox_rows import run_words, state_words
from reviewer.review.lines import BLANK, Line, line
from reviewer.review.panes import (
    Sizes,
    claim_entries,
    file_entries,
    finding_entries,
    requirement_entries,
    talk_entries,
)
from reviewer.review.preview import runs_of
from reviewer.review.remarks import gathered
from reviewer.review.searching import Match, search_files
from reviewer.text import show
from reviewer.tui.background import Background, Failed
from reviewer.tui.bar import Bar
from reviewer.tui.comment_screen import CommentScreen
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.diff_view import DiffView, Spot
from reviewer.tui.following import Synced
from reviewer.tui.keys import bindings, footer
from reviewer.tui.line_view import Entries, LineView
from reviewer.tui.paint import Paint, key_words
from reviewer.tui.runs_view import RunsView

PANES: Final = ("files", "diff", "runs", "findings", "requires", "claim", "talk")
WIDE: Final = 140
"""From this width on files, difference and one more pane stand beside each other."""
MIDDLE: Final = 100
"""From this width on the files stand beside the difference, or beside another pane."""


class ReviewScreen(Screen[None]):
    """One change. What it shows is one revision; a newer one is announced, and looked at when asked for."""

    SCOPES = ("review", "list")
    BINDINGS = bindings("review")
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
        """The change, its files and drafts."""

        def __init__(self, detail: ChangeDetail, files: list[FileChange], drafts: list[Comment]) -> None:
            super().__init__()
            self.detail = detail
            self.files = files
            self.drafts = drafts

    class Sized(Message):
        def __init__(self, sizes: Sizes) -> None:
            super().__init__()
            self.sizes = sizes

    class Loaded(Message):
        def __init__(self, head: str, file: int, diff: FileDiff) -> None:
            super().__init__()
            self.head = head
            self.file = file
            self.diff = diff

    class Logged(Message):
        def __init__(self, name: str, data: bytes) -> None:
            super().__init__()
            self.name = name
            self.data = data

    class Newest(Message):
        """The change as the store has it now."""

        def __init__(self, detail: ChangeDetail, drafts: list[Comment]) -> None:
            super().__init__()
            self.detail = detail
            self.drafts = drafts

    class Matches(Message):
        def __init__(self, needle: str, found: list[Match]) -> None:
            super().__init__()
            self.needle = needle
            self.found = found

    class Done(Message):
        """Something that was asked for was done."""

        def __init__(self, said: str, *, bad: bool = False, held: bool = False) -> None:
            super().__init__()
            self.said = said
            self.bad = bad
            self.held = held

    def __init__(self, desk: Desk, paint: Paint, reading: Background, acting: Background, change: Change) -> None:
        super().__init__()
        self.desk = desk
        self.paint = paint
        self.reading = reading
        self.acting = acting
        self.change = change
        self.detail: ChangeDetail | None = None
        self.newest: ChangeDetail | None = None
        self.files: list[FileChange] = []
        self.drafts: list[Comment] = []
        self.sizes: Sizes = {}
        self.pane = "diff"
        self.beside = "runs"
        self.matches: list[Match] = []
        self.matched = -1
        self.needle = ""
        self.held_until = 0.0
        self.walked = False
        self.alone = False

    def compose(self) -> ComposeResult:
        yield Bar(self.paint, id="title")
        yield Bar(self.paint, id="notice")
        yield Bar(self.paint, behind="surface", id="tabs")
        with Container(id="body"):
            yield Entries(self.paint, id="files")
            with Container(id="middle"):
                yield DiffView(self.paint, lambda oid: self.desk.blob(self.change, oid, LONGEST_TEXT))
            with Container(id="side"):
                yield RunsView(self.paint)
                yield Entries(self.paint, id="findings")
                yield Entries(self.paint, id="requires")
                yield Entries(self.paint, id="claim", follows=False)
                yield Entries(self.paint, id="talk")
        yield Input(placeholder="search in this pane", id="search", compact=True)
        yield Bar(self.paint, id="keys")

    def on_mount(self) -> None:
        self.diff = self.query_one(DiffView)
        self.runs = self.query_one(RunsView)
        self.query_one("#search").display = False
        self._titles()
        self._arrange()
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
            return self.Opened(detail, self.desk.files(detail.change), self.desk.drafts(detail.change.change_id))

        self.reading.ask(self, "opening", call)

    def on_review_screen_opened(self, message: Opened) -> None:
        self.detail = self.newest = message.detail
        self.change = message.detail.change
        self.files = message.files
        self.drafts = message.drafts
        self.sizes = {}
        self.matches, self.matched = [], -1
        self.diff.show_files(self.files, gathered(message.detail, self.drafts))
        change = self.change
        self.reading.ask(self, "measuring", lambda: self.Sized(self.desk.sizes(change)))
        # The latest question is answered first: so the first file, asked for last, comes first.
        for file in reversed(range(min(len(self.files), 60))):
            self._ask_file(file)
        self._fill()

    def _ask_file(self, file: int) -> None:
        change, wanted = self.change, self.files[file]
        self.diff._asked.add(file)
        self.reading.ask(
            self, "reading a file", lambda: self.Loaded(change.head, file, self.desk.file_diff(change, wanted))
        )

    def on_diff_view_wanted(self, message: DiffView.Wanted) -> None:
        if message.file < len(self.files):
            self._ask_file(message.file)

    def on_review_screen_loaded(self, message: Loaded) -> None:
        if message.head == self.change.head:
            self.diff.loaded(message.file, message.diff)

    def on_runs_view_wanted(self, message: RunsView.Wanted) -> None:
        run = message.run

        def call() -> Message:
            return self.Logged(run.log or "", self.desk.log(run))

        self.reading.ask(self, "reading the output", call)

    def on_review_screen_logged(self, message: Logged) -> None:
        self.runs.show_log(message.name, message.data)

    def on_review_screen_sized(self, message: Sized) -> None:
        self.sizes = message.sizes
        self.diff.show_sizes(message.sizes)
        self._fill_files()

    # --- news -------------------------------------------------------------------------------------------------------

    def synced(self, message: Synced) -> None:
        if self.detail is None:
            return
        change_id = self.change.change_id
        self.reading.ask(
            self, "reading the store", lambda: self.Newest(self.desk.detail(change_id), self.desk.drafts(change_id))
        )

    def on_review_screen_newest(self, message: Newest) -> None:
        if self.detail is None or message.detail.change.change_id != self.change.change_id:
            return
        changed = (message.detail, message.drafts) != (self.newest, self.drafts)
        self.newest = message.detail
        self.drafts = message.drafts
        if message.detail.change.digest == self.change.digest:
            self.detail = message.detail
            self.change = message.detail.change
        if changed:
            self.diff.show_noted(gathered(self.detail, self.drafts))
            self._fill()

    # --- what is shown ----------------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        width = self.app.size.width
        if self.alone:
            return "narrow"
        return "wide" if width >= WIDE else "middle" if width >= MIDDLE else "narrow"

    def _arrange(self) -> None:
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
        self.query_one(f"#{self.pane}").focus()
        self._tabs()

    def on_resize(self, _event: events.Resize) -> None:
        self._arrange()
        self.call_after_refresh(self._fill)

    def _titles(self) -> None:
        change = self.change
        state, style = state_words(change.state)
        if self.held_until > self.desk.now():
            left_over = int(self.held_until - self.desk.now()) + 1
            state, style = f"held {left_over} s: U takes it back", "run-waiting"
        run, run_style = run_words(change.run)
        left: Line = (
            (f" {show(change.title, limit=300) or show(change.branch, limit=100)} ", "text bold"),
            (f"  {show(change.branch, limit=80)} → {show(change.target, limit=40)}  ", "muted"),
            (show(change.agent, limit=30), "claim"),
        )
        revision = f"r{change.revision} " if change.revision else ""
        right: Line = ((f"  {state} ", style), (f" {run} ", run_style), (f" {revision}{change.digest[:8]} ", "muted"))
        self.query_one("#title", Bar).say(left, right)
        notice = self.query_one("#notice", Bar)
        newer = self.newest is not None and self.newest.change.digest != change.digest
        notice.display = newer or bool(change.note)
        if newer and self.newest is not None:
            notice.say(((f" Revision {self.newest.change.revision} has come: ^r looks at it. ", "run-waiting bold"),
                        ("What you see is the one before; no verdict on it counts.", "text")))  # fmt: skip
        elif change.note:
            notice.say(((f" {show(change.note, limit=300)} ", "run-waiting"),))

    def _tabs(self) -> None:
        counts = self._counts()
        parts: list[tuple[str, str]] = []
        for n, name in enumerate(PANES, 1):
            count = counts.get(name, "")
            here = name == self.pane
            parts.append((f" {n} ", "accent" if here else "muted"))
            parts.append((f"{name}{count}", "text bold underline" if here else "muted"))
            parts.append((" ", "muted"))
        room = self.mode != "narrow"
        self.query_one("#tabs", Bar).say(tuple(parts), self._where() if room else BLANK)
        self.query_one("#keys", Bar).say(key_words([*footer("review"), *footer("app")], self.size.width))

    def _counts(self) -> dict[str, str]:
        if self.detail is None:
            return {}
        unmet = sum(r.state.value in ("unmet", "waiting") for r in self.detail.requirements)
        talk = len(self.detail.comments) + len(self.drafts)
        return {
            "files": f" {len(self.files)}",
            "findings": f" {len(self.detail.findings)}",
            "requires": f" {unmet}" if unmet else " ✓",
            "talk": f" {talk}" if talk else "",
        }

    def _where(self) -> Line:
        if self.needle and self.matches:
            return ((f" {self.matched + 1} of {len(self.matches)} matches ", "muted"),)
        file = self.diff.file
        if file is None or not self.files or self.diff.file is None:
            return BLANK
        return ((f" file {file + 1} of {len(self.files)} ", "muted"),)

    def _fill(self) -> None:
        """Fill every pane anew."""
        self._titles()
        if self.detail is None:
            return
        detail = self.detail
        width = self._side_width()
        self._fill_files()
        self.runs.show_runs(runs_of(detail), self._no_runs(detail))
        findings = self.query_one("#findings", Entries)
        findings.fill(finding_entries(detail.findings, detail.scanned, (), width))
        self.query_one("#requires", Entries).fill(requirement_entries(detail, (), width))
        self.query_one("#claim", Entries).fill(claim_entries(detail.current, width))
        self.query_one("#talk", Entries).fill(talk_entries(detail, self.drafts, self.desk.now(), width))
        self._tabs()

    def _side_width(self) -> int:
        mode = self.mode
        return {"wide": 50, "middle": self.app.size.width - 34, "narrow": self.app.size.width - 2}[mode]

    def _fill_files(self) -> None:
        flags: dict[object, int] = {}
        for finding in self.detail.findings if self.detail else ():
            flags[finding.file] = flags.get(finding.file, 0) + 1
        width = self.app.size.width if self.mode == "narrow" else 32
        view = self.query_one("#files", Entries)
        view.fill(file_entries(self.files, self.sizes, flags, width - 1))  # type: ignore[arg-type]

    def _no_runs(self, detail: ChangeDetail) -> list[Line]:
        if detail.change.run == "none asked":
            return [
                line("Nothing was run."),
                line("The target branch's reviewer.toml names no command:", "muted"),
                BLANK,
                line("  [[run]]", "accent"),
                line('  name = "tests"', "accent"),
                line('  command = ["python3", "-m", "unittest"]', "accent"),
            ]
        return [line("Runs are waiting for their turn.", "run-waiting")]

    # --- moving between panes ---------------------------------------------------------------------------------------

    def action_pane(self, step: int) -> None:
        order = PANES
        self.action_show(order[(order.index(self.pane) + step) % len(order)])

    def action_show(self, pane: str) -> None:
        self.pane = pane
        self._arrange()

    def action_alone(self) -> None:
        self.alone = not self.alone
        self._arrange()
        self.call_after_refresh(self._fill)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        name = event.widget.id
        if name in PANES and name != self.pane and name is not None:
            self.pane = name
            self._tabs()

    def on_bar_clicked(self, message: Bar.Clicked) -> None:
        if message.bar.id != "tabs":
            return
        at = 0
        counts = self._counts()
        for n, name in enumerate(PANES, 1):
            at += len(f" {n} {name}{counts.get(name, '')} ")
            if message.cell < at:
                self.action_show(name)
                return

    def on_line_view_moved(self, message: LineView.Moved) -> None:
        view = message.view
        if view.id == "files" and isinstance(view, Entries) and isinstance(view.key, int):
            self.diff.go_to_file(view.key)
        elif view.id == "findings" and isinstance(view, Entries) and isinstance(view.key, int):
            self._to_finding(view.key)

    def on_line_view_chosen(self, message: LineView.Chosen) -> None:
        view = message.view
        if not isinstance(view, Entries):
            if view is self.diff:
                self._edit_draft_here()
            return
        key = view.key
        if view.id in ("files", "findings"):
            self.on_line_view_moved(LineView.Moved(view, message.place))
            self.action_show("diff")
        elif view.id == "talk" and isinstance(key, tuple):
            self._to_comment(*key)

    def on_diff_view_at(self, message: DiffView.At) -> None:
        self.query_one("#files", Entries).to_key(message.file)
        self._tabs()

    # --- findings, hunks, files, search -----------------------------------------------------------------------------

    def _file_named(self, path: object) -> int | None:
        return next((n for n, file in enumerate(self.files) if file.path == path), None)

    def _to_finding(self, index: int) -> None:
        if self.detail is None or index >= len(self.detail.findings):
            return
        finding = self.detail.findings[index]
        file = self._file_named(finding.file)
        if file is not None:
            self.diff.go_to(Spot(file, finding.side, finding.line))

    def action_finding(self, step: int) -> None:
        if self.detail is None or not self.detail.findings:
            self.notify("The scan found nothing.", markup=False)
            return
        view = self.query_one("#findings", Entries)
        here = view.key if isinstance(view.key, int) else -1
        count = len(self.detail.findings)
        other = (here + step) % count if self.walked else max(here, 0)
        self.walked = True
        view.to_key(other)
        self._to_finding(other)

    def action_hunk(self, step: int) -> None:
        self.diff.next_hunk(step)

    def action_file(self, step: int) -> None:
        self.diff.next_file(step)

    def action_split(self) -> None:
        self.diff.toggle_split()

    def action_fold(self) -> None:
        if self.pane == "runs":
            self.runs.toggle_fold()
        else:
            self.diff.toggle_fold()

    def action_search(self) -> None:
        field = self.query_one("#search", Input)
        field.display = True
        self.set_focus(field)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # In the field a slash is a slash.
        return not (action == "search" and isinstance(self.focused, Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.needle = event.value
        self._close_search()
        if not self.needle:
            self.diff.look_for("")
            self.matches = []
            self._tabs()
        elif self.beside == "runs" and self.pane == "runs":
            if not self.runs.search(self.needle, 1):
                self.notify(f"{show(self.needle, limit=60)} is not in the output shown.", markup=False)
        else:
            change, files, needle = self.change, list(self.files), self.needle
            self.diff.look_for(needle)
            read = self.desk.file_diff
            self.reading.ask(
                self, "searching", lambda: self.Matches(needle, search_files(files, lambda f: read(change, f), needle))
            )

    def _close_search(self) -> None:
        self.query_one("#search").display = False
        self.query_one(f"#{self.pane}").focus()

    def on_review_screen_matches(self, message: Matches) -> None:
        if message.needle != self.needle:
            return
        self.matches = message.found
        self.matched = -1
        if not message.found:
            self.notify(f"{show(self.needle, limit=60)} is nowhere in this difference.", markup=False)
        else:
            here = self.diff.file or 0
            self.matched = next((n for n, found in enumerate(message.found) if found.file >= here), 0) - 1
            self.action_found(1)

    def action_found(self, step: int) -> None:
        if self.pane == "runs" and self.runs.needle:
            self.runs.search(self.runs.needle, step)
        elif self.matches:
            self.matched = (self.matched + step) % len(self.matches)
            found = self.matches[self.matched]
            self.diff.go_to(Spot(found.file, found.side, found.line))
            self._tabs()

    # --- comments ---------------------------------------------------------------------------------------------------

    def action_comment(self) -> None:
        self._write(self.diff.remarked())

    def action_comment_all(self) -> None:
        self._write(None)

    def _edit_draft_here(self) -> None:
        anchor = self.diff.remarked()
        if anchor is not None and any(d.anchor == anchor for d in self.drafts):
            self._write(anchor)

    def _write(self, anchor: Anchor | None) -> None:
        if self.detail is None:
            return
        draft = next((d for d in self.drafts if _same_place(d.anchor, anchor)), None)
        if draft is not None:
            anchor = draft.anchor
        self.app.push_screen(CommentScreen(self.desk, self.paint, self.detail, anchor, draft), self._written)

    def _written(self, _kept: bool | None) -> None:
        if self.detail is not None:
            self.on_review_screen_newest(
                self.Newest(self.newest or self.detail, self.desk.drafts(self.change.change_id))
            )

    def _to_comment(self, kind: str, index: int) -> None:
        comments = self.drafts if kind == "draft" else self.detail.comments if self.detail else ()
        anchor = comments[index].anchor if index < len(comments) else None
        if kind == "draft" and index < len(self.drafts):
            self._write(self.drafts[index].anchor)
        elif anchor is not None:
            file = self._file_named(anchor.file)
            if file is not None:
                self.action_show("diff")
                self.diff.go_to(Spot(file, anchor.side or Side.NEW, anchor.start))

    def action_send_drafts(self) -> None:
        detail = self.detail
        if detail is None or not self.drafts:
            self.notify("There are no drafts.", markup=False)
            return
        self._act("posting drafts", lambda: f"{self.desk.send_drafts(detail)} comments posted")

    # --- deciding ---------------------------------------------------------------------------------------------------

    def action_decide(self, verdict: str) -> None:
        if self.detail is None:
            return
        detail = self.detail
        screen = DecideScreen(self.paint, detail, Verdict(verdict), len(self.drafts), lambda: self.newest or detail)
        self.app.push_screen(screen, self._decided)

    def _decided(self, choice: Choice | None) -> None:
        detail = self.detail
        if choice is None or detail is None:
            return

        def call() -> Message:
            item = self.desk.decide(detail, choice.verdict, choice.reason, choice.acknowledged)
            said, bad = outcome(choice.verdict, item.state, item.said)
            return self.Done(said, bad=bad, held=item.state is DecisionState.CONFIRMED)

        self.acting.ask(self, f"{choice.verdict.value}", call)

    def action_undo(self) -> None:
        mine = [i for i in self.desk.outbox() if i.decision is not None and i.change_id == self.change.change_id]
        if not mine:
            self.notify("You decided nothing on this change.", markup=False)
            return
        last = mine[-1].item_id
        self._act("undo", lambda: f"taken back: {self.desk.undo(self.change.change_id, last)}")

    def action_land(self) -> None:
        detail = self.newest
        if detail is None or detail.change.state is not State.WAITING_TO_LAND:
            self.notify("Only an approved change that waits can be landed.", markup=False)
            return
        self._act("landing", lambda: f"landed {self.desk.land(detail)[:12]} on {show(detail.change.target, limit=60)}")

    def action_rerun(self) -> None:
        def call() -> str:
            self.desk.rerun(self.change.change_id)
            return "running again"

        self._act("asking for a run", call)

    def action_cancel(self) -> None:
        self._act("stopping runs", lambda: f"{self.desk.cancel(self.change.change_id)} runs stopped")

    def _act(self, what: str, call: object) -> None:
        def done() -> Message:
            return self.Done(call())  # type: ignore[operator]

        self.acting.ask(self, what, done)

    def on_review_screen_done(self, message: Done) -> None:
        self.notify(message.said, severity="error" if message.bad else "information", markup=False)
        self.held_until = self.desk.now() + HOLD_SECONDS if message.held else 0.0
        self._titles()
        self.synced(Synced(0))

    def on_failed(self, message: Failed) -> None:
        hint = f". {message.error.hint}" if message.error.hint else ""
        self.notify(f"{message.what}: {message.error.message}{hint}", severity="error", markup=False, timeout=8)
        if message.what == "opening" and self.detail is None:
            self.query_one("#notice", Bar).display = True
            self.query_one("#notice", Bar).say(
                ((f" {message.error.message} ", "run-failure"), (message.error.hint, "text"))
            )

    # --- leaving ----------------------------------------------------------------------------------------------------

    def action_reload(self) -> None:
        if self.newest is not None:
            self.change = self.newest.change
        self.detail = None
        self.ask_open()

    def action_back(self) -> None:
        if self.query_one("#search").display:
            self._close_search()
            return
        self.app.pop_screen()


def _same_place(one: Anchor | None, other: Anchor | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.file, one.side, one.start) == (other.file, other.side, other.start)
