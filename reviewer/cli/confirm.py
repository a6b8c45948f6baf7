"""Asks for the two-step confirmation of an approval on the terminal itself: one key a read, anything else a new draw.

What must stay true: what waited in the terminal before a draw, came at once with it, with other bytes or as an answer
is never counted; the terminal is as it was when this returns, raises or is told to end.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UsageError
from reviewer.review.challenge import draw, read
from reviewer.review.keystrokes import BURST_SECONDS, Keystrokes
from reviewer.text import show

TRIES = 12


def has_terminal() -> bool:
    """Whether a person can be asked: standard input and error are a terminal, and the process has one."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def confirm(detail: ChangeDetail, verb: str = "Approve") -> None:
    """Return when the drawn letters were typed one by one. Raises UsageError after too many misses."""
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        with _key_by_key(terminal):
            title = show(detail.change.title, limit=60)
            what = f"{verb} {detail.change.change_id} revision {detail.change.revision} {title}\n"
            os.write(terminal, what.encode())
            strokes = Keystrokes()
            if not any(_asked(terminal, strokes) for _ in range(TRIES)):
                raise UsageError("not confirmed", "run the command again, and type the letters one by one")
    finally:
        os.close(terminal)


def _asked(terminal: int, strokes: Keystrokes) -> bool:
    """One draw: whether exactly its letters were typed."""
    challenge = draw(secrets.choice)
    wanted = challenge.wanted
    os.write(terminal, f"type {' '.join(wanted)} (Ctrl-C stops): ".encode())
    termios.tcflush(terminal, termios.TCIFLUSH)
    while not challenge.passed:
        asked_at = time.monotonic()
        data = os.read(terminal, 64)
        heard_at = time.monotonic()
        _keys, alone = strokes.take(data.decode("utf-8", "surrogateescape"), heard_at)
        missed = not alone or heard_at - asked_at < BURST_SECONDS
        before = challenge
        challenge = read(challenge, data, secrets.choice)
        if missed or challenge.typed != before.typed + 1:
            os.write(terminal, b"\n")
            return False
        os.write(terminal, data)
    os.write(terminal, b"\n")
    return True


@contextmanager
def _key_by_key(terminal: int) -> Iterator[None]:
    """The terminal without echo and line editing, and as it was afterwards, also when we are told to end."""
    before = termios.tcgetattr(terminal)
    ends = (signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, _interrupted) for number in ends}
    try:
        tty.setcbreak(terminal)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
