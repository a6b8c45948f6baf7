"""Walks the real program on a terminal: each screen that a key opens is entered, and each of its keys pressed.

Run as a script with the program's own arguments; writes what it visited and pressed to the file in WALK_TOLD. What a
screen offers comes from the table of keys, so that a new screen or key is walked as soon as it is listed.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from reviewer.cli import run
from reviewer.tui.keys import KEYS, Key
from reviewer.tui.painted_app import PaintedApp

LEAVING = {"leave", "interrupt", "back", "close", "cancel", "cancel_all"}
"""What would end the walk, or this screen; done last, by taking the screen off."""
MOVES = ("j", "G", "enter", "l", "g")


class Walk:
    """What was seen so far."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app: Any = pilot.app
        self.screens: list[str] = []
        self.pressed: set[str] = set()

    async def settle(self) -> None:
        await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def visit(self, screen: Screen[Any]) -> None:
        name = type(screen).__name__
        if name in self.screens or len(self.app.screen_stack) > 6:
            return
        self.screens.append(name)
        await self.pilot.pause(0.2)
        await self.lists(screen)
        for key in self.offered(screen):
            await self.try_key(screen, key)
        if isinstance(self.app.focused, Input | TextArea):
            await self.press(*"a]", "[", "slash", "backslash", "home", "end")

    def offered(self, screen: Screen[Any]) -> list[Key]:
        scopes = (*getattr(screen, "SCOPES", ()), "list", "app")
        return [key for key in KEYS if key.scope in scopes and key.action.split("(")[0] not in LEAVING]

    async def try_key(self, screen: Screen[Any], key: Key) -> None:
        """Press one key, walk what it opens, and come back."""
        focused = screen.focused
        await self.press(key.keys.split(",")[0])
        self.pressed.add(f"{key.scope} {key.keys}")
        for _ in range(4):
            if self.app.screen is screen or screen not in self.app.screen_stack:
                break
            await self.visit(self.app.screen)
            await self.back_to(screen)
        if key.action.startswith("show("):
            await self.lists(screen)
        if screen.focused is not focused and isinstance(screen.focused, Input):
            await self.press("x", "enter")
            if self.app.screen is screen and focused is not None and focused.is_mounted:
                screen.set_focus(focused)

    async def back_to(self, screen: Screen[Any]) -> None:
        """Leave whatever was opened since, as its own keys do."""
        while self.app.screen is not screen and screen in self.app.screen_stack:
            self.app.screen.dismiss(None)
            await self.settle()

    async def lists(self, screen: Screen[Any]) -> None:
        if isinstance(screen.focused, Input | TextArea):
            return
        for key in MOVES:
            await self.press(key)
            if self.app.screen is not screen:
                await self.visit(self.app.screen)
                await self.back_to(screen)


async def walk(pilot: Pilot[Any]) -> None:
    made = Walk(pilot)
    try:
        await pilot.pause(1)
        for screen in list(reversed(made.app.screen_stack)):
            await made.back_to(screen)
            await made.visit(screen)
    finally:
        told = {"screens": made.screens, "pressed": sorted(made.pressed)}
        Path(os.environ["WALK_TOLD"]).write_text(json.dumps(told))
        made.app.exit()


def main() -> int:
    real = PaintedApp.run
    PaintedApp.run = lambda self, **more: real(self, **{**more, "auto_pilot": walk})  # type: ignore[method-assign]
    return run()


if __name__ == "__main__":
    sys.exit(main())
