"""Starts a launcher's program with its pipes, and may hold one started ahead for the thread that will need it.

What must stay true: a program serves one run and knows nothing before its configuration comes; one that was started
ahead ends when it is let go of, and with the process that holds its pipe; what cannot be started says why.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviewer.sandbox.launchers import Launcher


@dataclass(frozen=True, slots=True)
class Started:
    """A program that waits for its configuration on `lifeline`, and reports on `report`."""

    launcher: Launcher
    child: subprocess.Popen[bytes]
    lifeline: int
    report: int

    def drop(self) -> None:
        """End it, unused."""
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdout, self.child.stderr):
            if pipe is not None:
                pipe.close()
        os.close(self.lifeline)
        os.close(self.report)


class _Ahead(threading.local):
    # The parent-death signal is about the thread that forked: another's would end with that one.
    started: Started | None = None


_ahead = _Ahead()


def start(launcher: Launcher, config: Mapping[str, Any]) -> Started:
    """The one that was started ahead, or a new one. Raises OSError or ValueError where it cannot be started."""
    ready, _ahead.started = _ahead.started, None
    if ready is not None:
        if ready.launcher is launcher and ready.child.poll() is None:
            return ready
        ready.drop()
    return _start(launcher, config)


def start_ahead(launcher: Launcher) -> None:
    """Have the next run of this thread find its program started. A thread that calls this calls `end_ahead`, too."""
    if launcher.early and _ahead.started is None:
        with contextlib.suppress(OSError):
            _ahead.started = _start(launcher, {})


def end_ahead() -> None:
    ready, _ahead.started = _ahead.started, None
    if ready is not None:
        ready.drop()


def _start(launcher: Launcher, config: Mapping[str, Any]) -> Started:
    config_read, config_write = os.pipe()
    report_read, report_write = os.pipe()
    try:
        child = subprocess.Popen(
            launcher.program(config, config_read, report_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(config_read, report_write),
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
            cwd="/",
        )
    except BaseException:
        os.close(config_write)
        os.close(report_read)
        raise
    finally:
        os.close(config_read)
        os.close(report_write)
    return Started(launcher, child, config_write, report_read)
