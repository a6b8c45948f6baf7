"""`reviewer demo`: five agents' changes on a repository made on the spot, on screen or walked in text."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from reviewer.demo.command import Commands
from reviewer.demo.ending import decided, remove, stop_gate
from reviewer.demo.place import Place, claim
from reviewer.demo.walk import walk
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer demo
  reviewer demo --headless --json
  reviewer demo --dir try        # kept; the same command opens it again
"""
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo", epilog=_EXAMPLES)
@click.option("--headless", is_flag=True, help="walk one change to landed in text, printing each step")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="make it there and keep it")
@click.option("--json", "as_json", is_flag=True, help="with --headless: one object a step")
def command(headless: bool, folder: Path | None, as_json: bool) -> int:
    """Show it all on a repository made on the spot, with a home of its own. It touches nothing of yours."""
    if as_json and not headless:
        raise UsageError("--json goes with --headless", "use: reviewer demo --headless --json")
    if not headless and not _has_screen():
        raise UsageError("the demo's screens need a terminal", "walk it in text: reviewer demo --headless")
    signals = _Signals()
    with signals:
        if headless:
            with _opened(folder) as (place, known):
                if known:
                    raise UsageError(f"{show(str(place.root))} holds a demo already", "open it without --headless")
                walk(place, Commands(signals.heard), _as_json if as_json else _as_text)
        else:
            entered = False
            try:
                with _opened(folder) as (place, known):
                    entered = True
                    _screens(place, signals, known=known, kept=folder is not None)
            finally:
                if entered:
                    _farewell(folder)
    return 130 if signals.heard.is_set() else 0


class _Signals:
    """Notes the signals that end a program, to be obeyed where nothing is left behind by it."""

    def __init__(self) -> None:
        self.heard = threading.Event()

    def __enter__(self) -> None:
        self._before = {number: signal.signal(number, self._note) for number in _ENDING}
        if self._before[signal.SIGINT] is signal.SIG_IGN:
            # In the background of a script Ctrl-C is meant for somebody else.
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: object) -> None:
        self.heard.set()

    @contextlib.contextmanager
    def passed_on(self) -> Iterator[None]:
        """Let each end the screens as Ctrl-C does, in order. Raises KeyboardInterrupt where one came before."""

        def end(number: int, _frame: object) -> None:
            self.heard.set()
            if not _has_terminal():
                # Screens whose terminal is gone wait for it for ever; the agents' process tidies up after us.
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)
            signal.raise_signal(signal.SIGINT)

        before = {number: signal.getsignal(number) for number in _ENDING}
        for number in _ENDING:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else end)
        try:
            if self.heard.is_set():
                raise KeyboardInterrupt
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _has_terminal() -> bool:
    try:
        # The descriptor itself: `sys.stdout` is the screens' own while they run.
        termios.tcgetattr(0)
    except termios.error:
        return False
    return True


def _has_screen() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM", "") not in ("", "dumb")


def _as_text(step: str, text: str, _facts: dict[str, Any]) -> None:
    click.echo(f"{step:<10}{text}")


def _as_json(step: str, text: str, facts: dict[str, Any]) -> None:
    click.echo(json.dumps({**facts, "step": step, "text": text}))


@contextlib.contextmanager
def _opened(folder: Path | None) -> Iterator[tuple[Place, bool]]:
    """A demonstration's place, entered, and whether it was there before; ended and, unless kept, removed afterwards."""
    root = Path(tempfile.mkdtemp(prefix="reviewer-demo-")) if folder is None else folder.absolute()
    place = Place(root.resolve())
    try:
        lock, known = claim(place)
        with lock:
            _enter(place)
            try:
                yield place, known
            finally:
                stop_gate(place.home)
    finally:
        if folder is None and not remove(place):
            _say(f"not all of {show(str(root))} could be removed")


def _enter(place: Place) -> None:
    mine = place.environment(os.environ)
    os.environ.clear()
    os.environ.update(mine)


def _say(text: str) -> None:
    # The terminal may be gone: that is no reason to stop tidying up.
    with contextlib.suppress(OSError):
        click.echo(text)


def _farewell(folder: Path | None) -> None:
    if folder is None:
        _say("Everything that the demo made is removed.")
    else:
        _say(f"It is kept; open it again with: reviewer demo --dir {shlex.quote(show(str(folder)))}")


def _screens(place: Place, signals: _Signals, *, known: bool, kept: bool) -> None:
    """The inbox over the demonstration's home, while its agents submit beside it."""
    from reviewer.cli.screens import show_inbox
    from reviewer.demo.repository import make_repository
    from reviewer.demo.watched import WatchedDesk
    from reviewer.sandbox.launch import probe
    from reviewer.wiring import make_desk

    if not known:
        make_repository(place, require_run=probe().tier != "none")
    with _agents(place, afterwards="keep" if kept else "remove") as opened:
        desk = WatchedDesk(make_desk(place.home, place.work), opened)
        try:
            with signals.passed_on():
                show_inbox(None, desk=desk)
        finally:
            with contextlib.suppress(ReviewerError):
                desk.sync()
            for line in decided(desk.outbox(), desk.changes()) or ["You decided nothing."]:
                _say(line)


@contextlib.contextmanager
def _agents(place: Place, afterwards: str) -> Iterator[Callable[[str], None]]:
    """The agents' process beside this one; what is yielded tells it which branch was opened. It ends when we do.

    `afterwards` says whether it is to keep or to remove the folder then, for we may have no more time to.
    """
    with (place.root / "agents.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "reviewer.demo.agents", afterwards, str(place.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
            # The terminal's signals are ours to answer: this one hears of the end by its closed pipe.
            start_new_session=True,
        )
    assert child.stdin is not None
    pipe = child.stdin

    def opened(branch: str) -> None:
        with contextlib.suppress(OSError):
            pipe.write(branch.encode("utf-8", "surrogateescape").replace(b"\n", b"?") + b"\n")
            pipe.flush()

    try:
        yield opened
    finally:
        with contextlib.suppress(OSError):
            pipe.close()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
