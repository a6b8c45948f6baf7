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
_FIRST_SECONDS = 0.15
"""What they wait before they begin: the first frames and the first keys go before."""


class Synced(Message):
    """The store was brought up to date, or `said` tells why not. `news` counts changes that came."""

    def __init__(self, news: int, said: str = "") -> None:
        super().__init__()
        self.news = news
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
        for work in (self._follow, self._look):
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

    def _follow(self) -> None:
        pause = 0.5
        while not self._closed.is_set():
            try:
                self._tell(Synced(self._desk.sync()))
                pause = 0.5
                while not self._closed.is_set() and not self._desk.wait(_WAIT_SECONDS):
                    # Nothing new: the same words again, so that the screen knows that the line holds.
                    self._tell(Synced(self._desk.sync()))
            except ReviewerError as error:
                self._tell(Synced(0, error.message))
                self._closed.wait(pause)
                pause = min(pause * 2, 15.0)

    def _look(self) -> None:
        first = True  # somebody may have found something before we listened
        while not self._closed.is_set():
            try:
                if self._desk.discover(_SCAN_BUDGET, lambda: self._tell(Discovered())) or first:
                    self._tell(Discovered())
                first = False
            except ReviewerError:
                pass  # a repository that cannot be looked at is said where something is asked of it
            self._closed.wait(_LOOK_SECONDS)
