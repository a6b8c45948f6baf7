"""Runs small programs through each launcher that works on this machine."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import reviewer
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


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder with the package and a tree that any user may read; no user's own Python is in the way."""
    place = Path(tempfile.mkdtemp(prefix="reviewer-public-"))
    shutil.copytree(Path(reviewer.__file__).parent, place / "reviewer", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "tree").mkdir()
    subprocess.run(["chmod", "-R", "a+rX", str(place)], check=True)
    yield place
    shutil.rmtree(place)


def ordinary(public: Path, code: str) -> Any:
    """What a Python program prints as JSON that nobody in particular runs."""
    asked = ["/usr/bin/python3", "-c", "import sys; print(sys.version_info >= (3, 11))"]
    version = subprocess.run(asked, capture_output=True, check=False)
    if version.stdout != b"True\n":
        pytest.skip("the system's Python is too old")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(public), "HOME": "/nonexistent"}
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=65534,
        group=65534,
        extra_groups=[],
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
