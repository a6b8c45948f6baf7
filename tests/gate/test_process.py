"""The gate as a process: started on demand, alone on its home, ended when idle or told to, replaced by another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground, Make

from reviewer.gate.serve import work
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.model.run import RunState
from reviewer.pipelines import checkpoint
from reviewer.pipelines.checkpoint import Checkpoint, connect, holder, stop
from reviewer.text import Untrusted

contained = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
SLOW = '[[run]]\nname = "slow"\ncommand = ["sh", "-c", "echo {}; sleep {}"]\n'


@pytest.fixture
def home(make: Make) -> Iterator[Ground]:
    """A ground whose gate runs in a process of its own, where a test starts one."""
    ground = make("")
    ground.gate.driver.close()
    ground.home.chmod(0o700)
    yield ground
    stop(ground.home)


def reviewer(home: Path, *args: str) -> subprocess.Popen[str]:
    env = {**os.environ, "REVIEWER_HOME": str(home)}
    command = [sys.executable, "-m", "reviewer", *args]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def submitted(ground: Ground, client: Checkpoint) -> ChangeDetail:
    ground.git("switch", "-q", "-c", "claude/fix", "main")
    ground.write(app__txt="good 2\n")
    ground.git("switch", "-q", "desk")
    return client.submit(str(ground.work), "claude/fix", "main", "claude", "", "")


def when_running(client: Checkpoint, change: str) -> ChangeDetail:
    while (detail := client.detail(change)).runs[0].log_bytes == 0:
        time.sleep(0.02)
    return detail


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def gone(pid: int) -> None:
    until = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_it_ends_by_itself_when_nobody_asks_and_nothing_is_due(home: Ground) -> None:
    child = reviewer(home.home, "gate", "work", "--idle", "1")
    assert child.wait(30) == 0
    assert not (home.home / "run" / "gate.sock").exists()


@contained
def test_it_never_ends_by_itself_in_the_middle_of_a_run_or_before_one_is_due(home: Ground) -> None:
    home.target(reviewer__toml=SLOW.format("x", 3))
    child = reviewer(home.home, "gate", "work", "--idle", "1")
    while holder(home.home)[0] != child.pid:
        time.sleep(0.02)
    client = connect(home.home)
    change = submitted(home, client).change.change_id
    # Nobody asks any more; the run takes longer than the gate stays idle.
    assert child.wait(60) == 0
    detail = connect(home.home).detail(change)
    assert [(r.state, r.attempt) for r in detail.runs] == [(RunState.DONE, 1)]


@contained
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_ended_during_a_run_it_leaves_no_orphan_and_the_next_one_makes_the_run_again(
    home: Ground, how: signal.Signals
) -> None:
    word = f"orphan-{os.getpid()}-{int(how)}"
    home.target(reviewer__toml=SLOW.format(word, 60))
    client = connect(home.home)
    change = submitted(home, client).change.change_id
    when_running(client, change)
    pid = holder(home.home)[0]
    os.kill(pid, how)
    until = time.monotonic() + 20
    while alive(pid) or any(word in _words(entry) for entry in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < until
        time.sleep(0.05)
    client = connect(home.home)
    again = when_running(client, change)
    assert [(r.state, r.attempt) for r in again.runs] == [(RunState.RUNNING, 1)]
    assert client.cancel(change, again.runs[0].run_id)
    # What the one that died had laid out is gone.
    while client.detail(change).runs[0].log is None:
        time.sleep(0.02)
    assert list((home.home / "gate" / "work").iterdir()) == []


def _words(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def test_there_is_one_on_a_home(home: Ground) -> None:
    clients = [reviewer(home.home, "gate", "work", "--idle", "1") for _ in range(3)]
    connect(home.home)
    one = holder(home.home)[0]
    assert [child.wait(30) for child in clients if child.pid != one] == [0] * sum(c.pid != one for c in clients)
    assert holder(home.home)[0] == one
    assert alive(one)


def test_one_of_another_version_is_replaced(home: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(home.home)
    first = holder(home.home)[0]
    # To a newer program the one that runs is of another version.
    program = (
        "import reviewer; reviewer.__version__ = '99'\n"
        "from pathlib import Path; import sys\n"
        "from reviewer.pipelines import checkpoint\n"
        "start = checkpoint.subprocess.Popen\n"
        "def newer(command, **more):\n"
        "    code = \"import reviewer; reviewer.__version__ = '99'; from reviewer.__main__ import main; main()\"\n"
        "    return start([sys.executable, '-c', code, *command[4:]], **more)\n"
        "checkpoint.subprocess.Popen = newer\n"
        "print(checkpoint.connect(Path(sys.argv[1])).version())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home.home)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "99", done.stderr
    gone(first)
    # And the other way round: whoever comes with this version gets this version.
    assert connect(home.home).version() == checkpoint.__version__


def test_one_that_cannot_start_says_why_at_once(home: Ground) -> None:
    place = home.home / "gate" / "gate.db"
    place.write_bytes(b"this is no database")
    began = time.monotonic()
    with pytest.raises(ReviewerError, match="gate's database cannot be used") as caught:
        connect(home.home)
    assert "gate.db" in caught.value.hint
    assert time.monotonic() - began < 25
    assert place.read_bytes() == b"this is no database"
    child = reviewer(home.home, "list", "--json")
    _out, err = child.communicate(timeout=60)
    assert "Traceback" not in err


def test_a_home_that_is_served_already_is_left_alone(home: Ground) -> None:
    connect(home.home)
    work(home.home, Untrusted("ann"), 0.1)
    assert connect(home.home).version() == checkpoint.__version__


def test_serve_takes_the_place_of_one_started_on_demand_and_answers_on_its_socket(home: Ground) -> None:
    connect(home.home)
    first = holder(home.home)[0]
    child = reviewer(home.home, "gate", "serve", "--port", "0")
    assert child.stdout is not None
    assert "serving http://127.0.0.1:" in child.stdout.readline()
    gone(first)
    assert holder(home.home) == (child.pid, "serve")
    assert connect(home.home).identity() == {"version": checkpoint.__version__, "mode": "serve"}
    second = reviewer(home.home, "gate", "serve", "--port", "0")
    _out, err = second.communicate(timeout=30)
    assert second.returncode == 2
    assert f"process {child.pid}" in err
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0


def test_the_log_of_the_gate_is_not_kept_for_ever(home: Ground) -> None:
    log = home.home / "run" / "gate.log"
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"x" * ((1 << 20) + 1))
    connect(home.home)
    assert log.stat().st_size < 1 << 20
    assert log.with_suffix(".log.1").exists()
