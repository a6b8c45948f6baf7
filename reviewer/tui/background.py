"""Runs calls of the desk beside the screens: each call posts one message; a failure is a message too.

What must stay true: nothing here keeps the program from leaving; a message carries facts, never something open.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from reviewer.model.errors import ReviewerError


class Failed(Message):
    """A call was refused or could not be done, with words that are safe to show."""

    def __init__(self, what: str, error: ReviewerError) -> None:
        super().__init__()
        self.what = what
        self.error = error

    @property
    def words(self) -> str:
        """What was tried, why it failed, and what to do."""
        hint = f". {self.error.hint}" if self.error.hint else ""
        return f"{self.what}: {self.error.message}{hint}"


class Broke(Message):
    """A call ended in a way that nobody foresaw."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


Call = Callable[[], Message | None]


class Background:
    """One thread and its queue. With `newest_first` the latest question is answered first, as readers ask them.

    `unheard` gets the messages whose target has gone meanwhile.
    """

    def __init__(
        self,
        name: str,
        broke: Callable[[BaseException], None],
        *,
        newest_first: bool = False,
        unheard: Callable[[Message], object] = bool,
    ) -> None:
        self._broke = broke
        self._newest_first = newest_first
        self._unheard = unheard
        self._busy = False
        self._waiting: deque[tuple[MessagePump, str, Call]] = deque()
        self._news = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, daemon=True, name=name)
        self._thread.start()

    def ask(self, target: MessagePump, what: str, call: Call) -> None:
        """Do `call` when its turn comes; its message, or `Failed` with `what`, goes to `target`."""
        with self._news:
            self._waiting.append((target, what, call))
            self._news.notify_all()

    def beside(self, name: str) -> Background:
        """Another one for what takes long, so that what is asked here does not wait for it."""
        return Background(name, self._broke)

    def finish(self, seconds: float) -> bool:
        """Wait until all that was asked for is done, `seconds` at most; whether it is."""
        with self._news:
            return self._news.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def close(self) -> None:
        """Take no more; what is under way ends by itself."""
        with self._news:
            self._closed = True
            self._waiting.clear()
            self._news.notify_all()

    def _work(self) -> None:
        while True:
            with self._news:
                self._busy = False
                self._news.notify_all()
                while not self._waiting and not self._closed:
                    self._news.wait()
                if self._closed:
                    return
                target, what, call = self._waiting.pop() if self._newest_first else self._waiting.popleft()
                self._busy = True
            try:
                message = call()
            except ReviewerError as error:
                message = Failed(what, error)
            except BaseException as error:
                self._broke(error)
                continue
            if message is not None and not self._closed and not target.post_message(message):
                self._unheard(message)
