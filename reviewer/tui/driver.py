"""Speaks to the terminal for both applications: what it sends is read through `keystrokes`, a painted one taken over.

What must stay true: no answer of a terminal becomes a key; a key says whether a hand typed it; the alternate screen is
not entered a second time, which would clear it; at the end the terminal has the settings that it had before the first
paint.
"""

from __future__ import annotations

import codecs
import os
import selectors
from collections.abc import Callable
from time import monotonic
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from reviewer.review.keystrokes import ESCAPE, Keystrokes

_ENTER = "\x1b[?1049h"
_READ = 4096


class TerminalDriver(LinuxDriver):
    """A terminal whose answers press no keys. `early` is what was read of it before and is to be answered first."""

    early = b""

    def run_input_thread(self) -> None:
        """Read until the application ends."""
        parser, strokes = XTermParser(self._debug), Keystrokes()
        decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                early, self.early = self.early, b""
                ready = early or selector.select(0.1)
                if strokes.escaped(monotonic()):
                    self.process_message(events.Key("escape", ESCAPE))
                if ready:
                    data = early or os.read(self.fileno, _READ)
                    if not data:
                        return  # nobody is there any more
                    text, by_hand = strokes.take(decode(data), monotonic())
                    for message in parser.feed(text) if text else ():
                        if by_hand and isinstance(message, events.Key):
                            message.by_hand = True  # type: ignore[attr-defined]
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)


def is_by_hand(key: events.Key) -> bool:
    """Whether a key came alone from the terminal, a moment after everything else."""
    return getattr(key, "by_hand", False) is True


def taking_over(
    settings: list[Any], taken: Callable[[], None], stop: Callable[[], bytes] = bytes
) -> type[LinuxDriver]:
    """A driver class for a terminal whose own `settings` are these; `taken` is called once it is in charge.

    `stop` ends whoever read its keys before, and returns what is not answered of them.
    """

    class TakingOver(TerminalDriver):
        """Goes on where the first paint stands."""

        def write(self, data: str) -> None:
            super().write(data.replace(_ENTER, "") if _ENTER in data else data)

        def start_application_mode(self) -> None:
            self.early = stop()
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self.attrs_before = settings
            taken()

    return TakingOver
