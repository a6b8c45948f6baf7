"""The ground of both applications: themes, the net under every line, the palette, an end without local variables.

What must stay true: every line on its way to the terminal passes the net; an error that nobody foresaw ends the
program, and whoever started it learns of it through `crash`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.app import App, SystemCommand
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from reviewer.tui.background import Background, Broke
from reviewer.tui.compact import CompactApp
from reviewer.tui.driver import TerminalDriver
from reviewer.tui.keys import KEYS, bindings
from reviewer.tui.paint import Net, Paint

Themes = Mapping[str, Mapping[str, str]]


class PaintedApp(CompactApp):
    """`themes` are colours by meaning, by name; `theme` is the one to begin with."""

    BINDINGS = bindings("app")
    COMMAND_PALETTE_BINDING = "ctrl+backslash"
    CSS = """
    Screen { background: $background; color: $foreground; }
    Input { border: none; height: 1; padding: 0; background: $panel; }
    Input:focus { border: none; }
    """

    def __init__(self, themes: Themes, theme: str, driver: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver or TerminalDriver)
        self.themes = themes
        self.named = theme
        self.paint = Paint(themes[theme])
        self.crash: BaseException | None = None
        self._net = Net()
        self.reading = Background("reading", self.broke, newest_first=True)
        self.paint.of(self.console.color_system)
        # Before anything is parsed or laid out, so that it is done once.
        self.set_reactive(App.theme, self._registered(theme))
        self.stylesheet.set_variables(self.get_css_variables())

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._net]

    def on_mount(self) -> None:
        self.title = "reviewer"

    def on_unmount(self) -> None:
        self.reading.close()

    # --- errors that nobody foresaw ---------------------------------------------------------------------------------

    def broke(self, error: BaseException) -> None:
        """Hear of an error in another thread."""
        self.post_message(Broke(error))

    def on_broke(self, message: Broke) -> None:
        raise message.error

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own report shows local variables, unescaped; ours is written by whoever started the screens.
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        self._close_messages_no_wait()

    # --- themes, help, palette --------------------------------------------------------------------------------------

    def use(self, name: str) -> None:
        """Paint everything in another theme."""
        self.named = name
        self.paint.use(self.themes[name])
        self.theme = self._registered(name)
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()

    def _registered(self, name: str) -> str:
        """Make a theme known to Textual; returns the name that it has there."""
        theme = self.paint.theme(f"reviewer-{name}-{self.paint.generation}", self.paint.dark)
        self.register_theme(theme)
        return theme.name

    def action_theme(self) -> None:
        """The next theme in order of name."""
        names = sorted(self.themes)
        self.use(names[(names.index(self.named) + 1) % len(names)])

    def action_help(self) -> None:
        from reviewer.tui.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.paint, getattr(self.screen, "SCOPES", ("app",))))

    def action_palette(self) -> None:
        self.action_command_palette()

    def action_interrupt(self) -> None:
        self.leave()

    def leave(self) -> None:
        """End."""
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key of the screen by what it does."""
        scopes = (*getattr(screen, "SCOPES", ()), "app")
        for key in KEYS:
            if key.scope in scopes and key.scope != "list":
                action = key.action if key.scope != "app" else f"app.{key.action}"
                yield SystemCommand(key.says, f"key {key.shown}", _Doing(screen, action))


class _Doing:
    """Runs one action of a screen, from the palette."""

    def __init__(self, screen: Screen[object], action: str) -> None:
        self.screen = screen
        self.action = action

    async def __call__(self) -> None:
        await self.screen.run_action(self.action)
