"""Runs small programs through each launcher that works on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reviewer.model.run import Limits
from reviewer.sandbox.launch import Outcome, SandboxRequest, probe_launcher, run_with
from reviewer.sandbox.launchers import LAUNCHERS, Launcher

WORKING = [launcher for launcher in LAUNCHERS if probe_launcher(launcher).tier != "none"]
needs_sandbox = pytest.mark.skipif(not WORKING, reason="no sandbox here")
each_launcher = pytest.mark.parametrize("launcher", WORKING, ids=lambda launcher: launcher.name)


def contained(
    launcher: Launcher, tree: Path, code: str, *, request: Mapping[str, Any] | None = None, **limits: float
) -> tuple[Outcome, str, list[Mapping[str, Any]]]:
    """What came of a Python program, what it printed, and the events that were told while it ran."""
    heard: list[bytes] = []
    events: list[Mapping[str, Any]] = []
    bounds = Limits(**{"seconds": 30, **limits})  # type: ignore[arg-type]
    asked = SandboxRequest(("python3", "-c", code), tree, bounds, **(request or {}))
    outcome = run_with(launcher, asked, lambda _stream, data: heard.append(data), None, events.append)
    return outcome, b"".join(heard).decode("utf-8", "replace"), events
