"""Runs the screens over one desk: themes, the threads beside them, news passed on, and an end that loses nothing.

What must stay true: every line on its way to the terminal passes the net; an error that nobody foresaw ends the
program without showing a local variable, and whoever started it learns of it through `crash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from reviewer.model.change import Change
from reviewer.review.desk import Desk
from reviewer.text import show
from reviewer.tui.background import Background, Broke
from reviewer.tui.following import Discovered, Following, Synced
from reviewer.tui.inbox_screen import InboxScreen
from reviewer.tui.keys import KEYS, bindings
from reviewer.tui.paint import Net, Paint
from reviewer.tui.review_screen import ReviewScreen

Themes = Mapping[str, Mapping[str, str]]


class ReviewerApp(App[None]):
    """The application. `themes` are colours by meaning, by name; `change_id` opens one change at once."""

    BINDINGS = bindings("app")
    COMMAND_PALETTE_BINDING = "ctrl+backslash"
    ENABLE_COMMAND_PALETTE = True
    CSS = """
    Screen { background: $background; color: $foreground; }
    Input { border: none; height: 1; padding: 0; background: $panel; }
    Input:focus { border: none; }
    """

    def __init__(self, desk: Desk, themes: Themes, theme: str = "dark", change_id: str | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.themes = themes
        self.named = theme
        self.paint = Paint(themes[theme])
        self.opening = change_id
        self.said = ""
        self.crash: BaseException | None = None
        self.farewell: list[str] = []
        self._net = Net()
        self.reading = Background("reading", self._broke, newest_first=True)
        self.acting = Background("acting", self._broke)
        self.following = Following(desk, self, self._broke)

    # --- beginning and end ------------------------------------------------------------------------------------------

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._net]

    def on_mount(self) -> None:
        self.title = "reviewer"
        self._use(self.named)
        self.push_screen(InboxScreen(self.desk, self.paint, self.reading, self.acting))
        self.following.start()
        if self.opening is not None:
            self.open(self.desk.detail(self.opening).change)

    def on_unmount(self) -> None:
        self.following.close()
        self.reading.close()
        self.acting.close()

    def _broke(self, error: BaseException) -> None:
        self.post_message(Broke(error))

    def on_broke(self, message: Broke) -> None:
        raise message.error

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own report shows local variables, unescaped; ours is written by whoever started the screens.
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        self._close_messages_no_wait()

    # --- news -------------------------------------------------------------------------------------------------------

    def on_synced(self, message: Synced) -> None:
        self.said = message.said
        for screen in self.screen_stack:
            if isinstance(screen, InboxScreen | ReviewScreen):
                screen.synced(message)

    def on_discovered(self, _message: Discovered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, InboxScreen):
                screen.reload()

    # --- going from screen to screen --------------------------------------------------------------------------------

    def open(self, change: Change) -> None:
        """Open one change; one that nobody submitted is submitted by this."""
        self.push_screen(ReviewScreen(self.desk, self.paint, self.reading, self.acting, change))

    def on_inbox_screen_opened(self, message: InboxScreen.Opened) -> None:
        self.open(message.change)

    # --- actions ----------------------------------------------------------------------------------------------------

    def _use(self, name: str) -> None:
        self.named = name
        self.paint.use(self.themes[name])
        theme = self.paint.theme(f"reviewer-{name}-{self.paint.generation}", name != "light")
        self.register_theme(theme)
        self.theme = theme.name
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()

    def action_theme(self) -> None:
        """The next theme in order of name."""
        names = sorted(self.themes)
        self._use(names[(names.index(self.named) + 1) % len(names)])

    def action_help(self) -> None:
        from reviewer.tui.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            scopes = getattr(self.screen, "SCOPES", ("app",))
            self.push_screen(HelpScreen(self.paint, scopes))

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_interrupt(self) -> None:
        self.leave()

    def leave(self) -> None:
        """End; what was decided and not sent yet is sent or kept, and the last line says which."""
        waiting = [item for item in self.desk.outbox() if item.state.value in ("sealed", "sending")]
        if waiting:
            self.farewell.append(f"{len(waiting)} not sent yet, kept in the outbox: reviewer sync")
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key of the screen by what it does."""
        scopes = (*getattr(screen, "SCOPES", ()), "app")
        for key in KEYS:
            if key.scope in scopes and key.scope != "list":
                action = key.action if key.scope != "app" else f"app.{key.action}"
                yield SystemCommand(key.says, f"key {key.shown}", self._doing(screen, action))

    def _doing(self, screen: Screen[object], action: str):  # type: ignore[no-untyped-def]
        async def do() -> None:
            await screen.run_action(action)

        return do

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say something in passing."""
        self.notify(show(text, limit=400), severity="error" if bad else "information", markup=False, timeout=6)
