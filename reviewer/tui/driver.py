"""A terminal driver that takes over a screen which was painted before Textual was there.

What must stay true: the alternate screen is not entered a second time, which would clear it; at the end the terminal
has the settings that it had before the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

_ENTER = "\x1b[?1049h"


def taking_over(settings: list[Any], taken: Callable[[], None]) -> type[LinuxDriver]:
    """A driver class for a terminal whose own `settings` are these; `taken` is called once it is in charge."""

    class TakingOver(LinuxDriver):
        """Goes on where the first paint stands."""

        def write(self, data: str) -> None:
            super().write(data.replace(_ENTER, "") if _ENTER in data else data)

        def start_application_mode(self) -> None:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self.attrs_before = settings
            taken()

    return TakingOver
