"""A program that was started ahead serves one run like any other, holds nothing, and ends with whoever started it."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from within import WORKING, contained, needs_sandbox

from reviewer.sandbox import starting
from reviewer.sandbox.inside import wire
from reviewer.sandbox.launchers import Launcher

EARLY = [launcher for launcher in WORKING if launcher.early]
early = pytest.mark.skipif(not EARLY, reason="no launcher that starts ahead works here")


def ahead(launcher: Launcher) -> starting.Started:
    starting.start_ahead(launcher)
    started = starting._ahead.started
    assert started is not None
    return started


@pytest.fixture(autouse=True)
def nothing_left() -> Any:
    yield
    starting.end_ahead()


@early
def test_a_run_takes_the_one_that_was_started_ahead_and_the_next_run_gets_another(tree: Path) -> None:
    first = ahead(EARLY[0])
    code = "import os; os.environ['SEEN'] = '1'; open('/tmp/mark', 'x').close(); print(os.getpid(), sorted(os.environ))"
    outcome, said, _events = contained(EARLY[0], tree, code)
    assert outcome.exit_status == 0 and first.child.returncode is not None
    assert starting._ahead.started is None
    second = ahead(EARLY[0])
    assert second.child.pid != first.child.pid
    assert contained(EARLY[0], tree, code)[1] == said
    # With none started ahead it is the same.
    assert contained(EARLY[0], tree, code)[1] == said


@early
def test_it_holds_its_pipes_and_nothing_else() -> None:
    secret, other = os.pipe()
    os.set_inheritable(secret, True)
    started = ahead(EARLY[0])
    try:
        folder = Path(f"/proc/{started.child.pid}/fd")
        held = {int(entry.name): str(entry.readlink()) for entry in folder.iterdir()}
        assert held[0] == "/dev/null"
        assert len(held) <= 6 and all(place.startswith(("pipe:", "/dev/null")) for place in held.values())
        assert str(Path(f"/proc/self/fd/{secret}").readlink()) not in held.values()
        environment = Path(f"/proc/{started.child.pid}/environ").read_bytes()
        assert environment.strip(b"\0") == b"PATH=/usr/bin:/bin"
    finally:
        os.close(secret)
        os.close(other)


@early
def test_one_that_died_is_not_waited_for(tree: Path) -> None:
    started = ahead(EARLY[0])
    started.child.kill()
    started.child.wait()
    assert contained(EARLY[0], tree, "print('well')")[1] == "well\n"


@early
def test_it_ends_when_it_is_let_go_of_and_with_its_parent() -> None:
    started = ahead(EARLY[0])
    starting.end_ahead()
    assert started.child.returncode == -9 and starting._ahead.started is None
    code = f"""
import os, sys; sys.path[:0] = {sys.path!r}
from reviewer.sandbox import starting
from reviewer.sandbox.launchers import LAUNCHERS
starting.start_ahead(next(one for one in LAUNCHERS if one.name == {EARLY[0].name!r}))
print(starting._ahead.started.child.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it outlived its parent")


@needs_sandbox
def test_others_are_never_started_ahead() -> None:
    for launcher in WORKING:
        if not launcher.early:
            starting.start_ahead(launcher)
            assert starting._ahead.started is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_what_json_reads_and_the_other_way_round(value: object) -> None:
    assert json.loads(wire.encode(value)) == value
    assert wire.decode(json.dumps(value).encode()) == value


@pytest.mark.parametrize("line", [b"", b"{", b"1 2", b"[1,]", b"nope", b'{"a": }'])
def test_what_is_no_json_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        wire.decode(line)
