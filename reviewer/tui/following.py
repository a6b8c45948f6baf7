"""Follows the pipeline and the repository in threads of their own, and says when there is news."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from textual.message import Message
from textual.message_pump import MessagePump

from reviewer.model.errors import ReviewerError
from reviewer.review.desk import Desk

_WAIT_SECONDS = 20
_LOOK_SECONDS = 4.0
_SCAN_BUDGET = 2.0
_LATE_SECONDS = 0.7
"""After how long it is said that the gate is being asked; later that it does not answer."""
_TOO_LATE_SECONDS = 3.0
_NO_GATE = ("the gate does not answer yet", "it is asked on; to see why: reviewer doctor")
_FILL_ROWS = 100
_FILL_TOLD = 50
"""Parts after which it is said how far it is: each time is sent to the terminal."""
_FILL_PAUSE = 0.005
"""Between two parts that are put in order anew: whoever reads a row meanwhile goes before the next one."""
_FIRST_SECONDS = 0.15
"""What they wait before they begin: the first frames and the first keys go before."""


class Synced(Message):
    """The store was brought up to date, or `said` tells why not and `hint` what to do. `news` counts what came."""

    def __init__(self, news: int, said: str = "", hint: str = "") -> None:
        super().__init__()
        self.news = news
        self.said = said
        self.hint = hint


class Going(Message):
    """What goes on beside the screens: `what` it is about, and in words how far it is, empty once it is done."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__()
        self.what = what
        self.said = said


@runtime_checkable
class Hears(Protocol):
    """A screen that shows what is news."""

    def synced(self, message: Synced) -> None: ...


class Discovered(Message):
    """The repository holds other branches by agents than before."""


class Following:
    """Long polls the pipeline and looks at the repository until closed."""

    def __init__(self, desk: Desk, target: MessagePump, broke: Callable[[BaseException], None]) -> None:
        self._desk = desk
        self._target = target
        self._broke = broke
        self._closed = threading.Event()

    def start(self) -> None:
        for work in (self._fill, self._follow, self._look):
            threading.Thread(target=self._guarded, args=(work,), daemon=True, name=work.__name__).start()

    def close(self) -> None:
        self._closed.set()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            if not self._closed.wait(_FIRST_SECONDS):
                work()
        except BaseException as error:
            if not self._closed.is_set():
                self._broke(error)

    def _tell(self, message: Message) -> None:
        if not self._closed.is_set():
            self._target.post_message(message)

    def _fill(self) -> None:
        """Put the list in order for a new name, or a new version of us, part by part."""
        parts = 0
        while not self._closed.is_set() and (left := self._desk.fill(_FILL_ROWS)):
            if parts % _FILL_TOLD == 0:
                self._tell(Going("fill", f"putting the list in order, {left} to go"))
            parts += 1
            self._closed.wait(_FILL_PAUSE)
        if parts:
            self._tell(Going("fill", ""))
            self._tell(Discovered())

    def _follow(self) -> None:
        pause = 0.5
        while not self._closed.is_set():
            try:
                self._tell(Synced(self._synced()))
                pause = 0.5
                while not self._closed.is_set() and not self._desk.wait(_WAIT_SECONDS):
                    # Nothing new: the same words again, so that the screen knows that the line holds.
                    self._tell(Synced(self._synced()))
            except ReviewerError as error:
                self._tell(Synced(0, error.message, error.hint))
                self._closed.wait(pause)
                pause = min(pause * 2, 15.0)

    def _synced(self) -> int:
        """Sync; where that takes a while, what it waits for is said meanwhile."""
        late = [
            threading.Timer(_LATE_SECONDS, self._tell, (Going("gate", "asking the gate"),)),
            threading.Timer(_TOO_LATE_SECONDS, self._tell, (Synced(0, *_NO_GATE),)),
        ]
        for timer in late:
            timer.daemon = True
            timer.start()
        try:
            return self._desk.sync()
        finally:
            for timer in late:
                timer.cancel()
            self._tell(Going("gate", ""))

    def _look(self) -> None:
        first = True  # somebody may have found something before we listened
        while not self._closed.is_set():
            try:
                if self._desk.discover(_SCAN_BUDGET, lambda: self._tell(Discovered())) or first:
                    self._tell(Discovered())
                first = False
                left = self._desk.unscanned()
                self._tell(Going("scan", f"scanning, {left} to go" if left else ""))
            except ReviewerError:
                pass  # a repository that cannot be looked at is said where something is asked of it
            self._closed.wait(_LOOK_SECONDS)
