"""Ends a git child, with all that it started, past its time, or where it waits for something that never comes.

What must stay true: a child that works, or for which the disk works, has all of its time; so has one that waits for us.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import Final

from reviewer.model.errors import ReviewerError

_TICK: Final = 1.0
_SESSION, _USED = 3, slice(11, 15)
"""Places in /proc/PID/stat, counted from the state: the session; the processor time, that of ended children too."""


class Awaited(BufferedReader):
    """The output of a child that is talked with; knows whether somebody waits for more of it."""

    waiting = False
    answers = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.waiting = True
        line = super().readline(size)
        self.waiting, self.answers = False, self.answers + 1
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        self.waiting = True
        data = super().read(size)
        self.waiting, self.answers = False, self.answers + 1
        return data


class Watch:
    """Watches one child in a thread until `stop`; `check` says whether, and why, it had to be ended."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        name: str,
        timeout: float,
        idle: float,
        awaited: Awaited | None = None,
        used: Callable[[int], object] | None = None,
    ) -> None:
        self._child, self._name, self._timeout, self._idle, self._awaited = child, name, timeout, idle, awaited
        self._used = used or processor_time
        self._over = threading.Event()
        self._refused: ReviewerError | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def check(self) -> None:
        """Raise ReviewerError where the child was ended by this."""
        if self._refused is not None:
            raise self._refused

    def _watch(self) -> None:
        begun = moved = monotonic()
        before: object = None
        while not self._over.wait(min(_TICK, self._idle / 4, self._timeout / 4)):
            now = monotonic()
            if now - begun > self._timeout:
                self._end(
                    f"took longer than {self._timeout:.0f} s",
                    "the repository is too large, or holds something that never ends: check it with: git fsck",
                )
                return
            state = self._state()
            if state is None or state != before:
                before, moved = state, now
            elif now - moved > self._idle:
                self._end(
                    f"waited {self._idle:.0f} s for something that never comes",
                    "look for pipes below its objects and refs: find .git -type p",
                )
                return

    def _state(self) -> object:
        """What differs as long as something goes on; None where that cannot be told, or we are waited for."""
        if self._awaited is None:
            return self._used(self._child.pid)
        if not self._awaited.waiting:
            return None
        used = self._used(self._child.pid)
        return None if used is None else (used, self._awaited.answers)

    def _end(self, why: str, hint: str) -> None:
        self._refused = ReviewerError(f"git {self._name} {why}", hint)
        end(self._child)


def processor_time(session: int) -> int | None:
    """What all processes of a session have used so far; None where one waits for a disk, or nobody can tell."""
    total = 0
    try:
        places = list(Path("/proc").iterdir())
    except OSError:
        return None
    for place in places:
        if not place.name.isdecimal():
            continue
        try:
            # A program's name, which may hold anything, stands in brackets before the rest.
            fields = (place / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[_SESSION]) == session:
            if fields[0] == b"D":
                return None
            total += sum(map(int, fields[_USED]))
    return total


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that it started, for those would keep its pipes open."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        child.kill()
    child.wait()


def end_what_it_left(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child, and end what it started and left behind, as a sender of objects that never comes to an end."""
    if child.returncode is None:
        try:
            # Until it is waited for, no other process can have its number.
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(child.pid, signal.SIGKILL)
        except OSError:
            pass  # nothing is left, or it was ended with all it had
    child.wait()
