"""Ends a demonstration: its gate first, then its folder; tells what was decided in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from reviewer.demo.place import Place
from reviewer.model.change import Change
from reviewer.model.decision import DecisionState
from reviewer.pipelines.checkpoint import stop
from reviewer.store.decisions import Item
from reviewer.text import show


def stop_gate(home: Path) -> None:
    """End the gate of a demonstration's home, if one runs, and wait until it is gone."""
    # Gone between being found and being told is gone as well.
    with contextlib.suppress(ProcessLookupError):
        stop(home)
    # One that was started just now holds no lock yet, and would come up in a folder that is gone.
    for _ in range(2):
        for pid in _gates(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _gates(home: Path) -> list[int]:
    """Gates of this very home among our own processes, whether they serve already or not."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[-3:] == [b"gate", b"work", b""]:
                environment = (entry / "environ").read_bytes().split(b"\0")
                if b"REVIEWER_HOME=" + os.fsencode(home) in environment:
                    found.append(int(entry.name))
        except OSError:
            continue
    return found


def remove(place: Place) -> bool:
    """Remove the folder and all that is in it; whether nothing is left."""
    for _ in range(3):
        shutil.rmtree(place.root, ignore_errors=True)
        if not place.root.exists():
            return True
        time.sleep(0.1)
    return False


def decided(items: Sequence[Item], changes: Sequence[Change]) -> list[str]:
    """One line for each decision that was made: the verdict, what it was about, what became of the change."""
    by_id = {change.change_id: change for change in changes}
    lines = []
    for item in items:
        change = by_id.get(item.change_id)
        if item.decision is None or item.state is DecisionState.WITHDRAWN:
            continue
        title = show(change.title, limit=50) if change else item.change_id
        state = change.state.value if change else "not known"
        lines.append(f"{item.decision.verdict.value:<16} {title:<50}  now {state}")
    return lines
