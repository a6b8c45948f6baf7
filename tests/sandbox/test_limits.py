"""What a run may use up: time, memory in every form, processes, room, output. Nothing of it outlives the run."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from within import WORKING, contained, each_launcher, needs_sandbox

from reviewer.model.run import Conclusion, Limits
from reviewer.sandbox.launch import SandboxRequest, run_with
from reviewer.sandbox.launchers import Launcher

pytestmark = needs_sandbox
MB = 1 << 20

# Each ends by itself, so that it can be shown to succeed without a sandbox.
GREEDY = {
    "memory of one": ("held = bytearray(400 << 20)", {"memory": 200 * MB}),
    "memory of many": (
        "import os, time\nfor _ in range(8):\n  if os.fork() == 0:\n    held = b'x' * (50 << 20)\n"
        "    time.sleep(0.7); os._exit(0)\n"
        "for _ in range(8): os.wait()",
        {"memory": 250 * MB},
    ),
    "memory that is mapped": (
        "import mmap, os, time\nfor _ in range(6):\n  if os.fork() == 0:\n"
        "    held = mmap.mmap(-1, 60 << 20, flags=mmap.MAP_PRIVATE); held.write(b'x' * (60 << 20))\n"
        "    time.sleep(0.7); os._exit(0)\nfor _ in range(6): os.wait()",
        {"memory": 250 * MB},
    ),
    "memory in files": (
        "import os\nfor n in range(32): open(f'/dev/shm/reviewer-{n}', 'wb').write(bytes(1 << 20))\n"
        "for n in range(32): os.remove(f'/dev/shm/reviewer-{n}')",
        {"disk": 16 * MB},
    ),
    "processes": (
        "import os, time\nfor _ in range(120):\n  if os.fork() == 0: time.sleep(1); os._exit(0)\n"
        "for _ in range(120): os.wait()",
        {"processes": 40},
    ),
    "room in the tree": (
        "import os\nfor n in range(32): open(f'large-{n}', 'wb').write(bytes(1 << 20))\n"
        "for n in range(32): os.remove(f'large-{n}')",
        {"disk": 16 * MB},
    ),
    "room reserved at once": (
        "import os\nf = os.open('/tmp/reviewer-large', os.O_CREAT | os.O_RDWR); os.posix_fallocate(f, 0, 64 << 20)\n"
        "os.remove('/tmp/reviewer-large')",
        {"disk": 16 * MB},
    ),
    "a crash's image": (
        "import resource\nassert resource.getrlimit(resource.RLIMIT_CORE)[1] != 0",
        {},
    ),
}


@pytest.mark.parametrize("name", GREEDY)
@each_launcher
def test_what_is_taken_without_a_sandbox_is_refused_within(launcher: Launcher, name: str, tree: Path) -> None:
    code, limits = GREEDY[name]
    bare = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False)
    assert bare.returncode == 0, bare.stderr
    outcome, said, _events = contained(launcher, tree, code, **limits)
    assert outcome.exit_status not in (0, 125), said


def test_the_number_of_files_is_limited(tree: Path) -> None:
    code = "for n in range(20_000): open(f'/tmp/{n}', 'w').close()"
    if WORKING[0].name == "native":
        assert contained(WORKING[0], tree, code, disk=MB)[0].exit_status != 0


@each_launcher
def test_what_is_outside_the_tree_is_sealed_or_counts_as_room(launcher: Launcher, tree: Path) -> None:
    code = "open('/mark', 'wb').write(bytes(32 << 20))"
    outcome, said, _events = contained(launcher, tree, code, disk=16 * MB)
    assert outcome.exit_status == 1
    assert ("Read-only file system" if launcher.name == "native" else "Error") in said


@each_launcher
def test_limits_are_named_where_they_end_a_run(launcher: Launcher, tree: Path) -> None:
    slow, _said, _events = contained(launcher, tree, "while True: pass", seconds=0.5)
    assert (slow.limit_hit, slow.conclusion, slow.exit_status) == ("time", Conclusion.TIMED_OUT, 137)
    bomb, _said, _events = contained(launcher, tree, "import os\nwhile True: os.fork()", processes=40, seconds=10)
    assert bomb.exit_status != 0 and bomb.seconds < 10
    flood = "import os\nline = b'x' * 65536\nwhile True: os.write(1, line)"
    outcome, said, _events = contained(launcher, tree, flood, output=1 << 16)
    assert (outcome.limit_hit, outcome.conclusion) == ("output", Conclusion.FAILURE)
    assert len(said) < 64 * (1 << 16) + (4 << 20)


IMMORTAL = """
import os, signal, sys, time
for number in range(1, signal.NSIG):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        break
os.write(1, b"up\\n")
if STOPS: os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(600)
"""


def alive(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "cmdline").read_bytes() and int(entry.name) != os.getpid():
                found.append(entry.name)
        except OSError:
            continue
    return found


def dead(marker: str) -> bool:
    """Whether all are gone within the two seconds that we promise."""
    until = time.monotonic() + 2
    while alive(marker):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


BOMB = """
import os
os.write(1, b"up\\n")
while True:
    try: os.fork()
    except OSError: continue
"""
"""Forks as fast as it can, and again for each that is ended."""
STUBBORN = {
    "ignoring signals": IMMORTAL.replace("STOPS", "False"),
    "stopped": IMMORTAL.replace("STOPS", "True"),
    "a fork bomb": BOMB,
}


@pytest.mark.parametrize("how", STUBBORN)
@each_launcher
def test_nothing_outlives_a_cancelled_run(launcher: Launcher, how: str, tree: Path) -> None:
    marker = f"reviewer-orphan-{os.getpid()}-{launcher.name}"
    cancel = threading.Event()
    code = STUBBORN[how]
    request = SandboxRequest(("python3", "-c", code, marker), tree)
    outcome = run_with(launcher, request, lambda _stream, _data: cancel.set(), cancel)
    assert (outcome.conclusion, outcome.limit_hit) == (Conclusion.CANCELLED, "cancelled")
    assert dead(marker)


@each_launcher
def test_what_a_command_leaves_behind_ends_with_it(launcher: Launcher, tree: Path) -> None:
    marker = f"reviewer-left-{os.getpid()}"
    code = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    for number in (0, 1, 2): os.close(number)
    os.execvp("python3", ["python3", "-c", "import time; time.sleep(600)", {marker!r}])
time.sleep(0.2)
"""
    began = time.monotonic()
    outcome, _said, _events = contained(launcher, tree, code)
    assert outcome.exit_status == 0 and time.monotonic() - began < 30
    assert dead(marker)


@pytest.mark.parametrize("who", ["the one who asked", "the launcher"])
@each_launcher
def test_nothing_outlives_a_kill(launcher: Launcher, who: str, tree: Path) -> None:
    marker = f"reviewer-killed-{os.getpid()}-{launcher.name}"
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from reviewer.sandbox.launch import SandboxRequest, run_with
from reviewer.sandbox.launchers import LAUNCHERS
launcher = next(one for one in LAUNCHERS if one.name == {launcher.name!r})
request = SandboxRequest(("python3", "-c", {IMMORTAL.replace("STOPS", "False")!r}, {marker!r}), Path({str(tree)!r}))
outcome = run_with(launcher, request, lambda _stream, data: print("up", flush=True))
print(outcome.exit_status)
"""
    asked = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert asked.stdout is not None
    assert asked.stdout.readline() == "up\n"
    assert alive(marker)
    if who == "the launcher":
        os.kill(int(Path(f"/proc/{asked.pid}/task/{asked.pid}/children").read_text().split()[0]), signal.SIGKILL)
        assert asked.communicate()[0].splitlines()[-1] == "125"
    else:
        asked.kill()
        asked.communicate()
    assert dead(marker)


@each_launcher
def test_an_error_where_output_is_taken_ends_the_run(launcher: Launcher, tree: Path) -> None:
    marker = f"reviewer-broken-{os.getpid()}"

    def broken(_stream: str, _data: bytes) -> None:
        raise OSError("no room")

    request = SandboxRequest(("sh", "-c", "echo up; exec sleep 600", marker), tree)
    with pytest.raises(OSError, match="no room"):
        run_with(launcher, request, broken)
    assert dead(marker)


@each_launcher
def test_two_runs_at_once_know_nothing_of_each_other(launcher: Launcher, tree: Path) -> None:
    code = """
import os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind(chr(0) + 'meeting'); s.listen(); t = socket.create_server(('127.0.0.1', 7777))
for place in ('/tmp', '/dev/shm', '/change', '/home/user', '/var/tmp'): open(place + '/mark', 'x').close()
time.sleep(0.5)
others = [p for p in os.listdir('/proc') if p.isdigit() and p not in ('1', str(os.getpid()))]
print(others, os.listdir('/tmp'))
"""
    found: list[tuple[int, str]] = []

    def one() -> None:
        outcome, said, _events = contained(launcher, tree, code)
        found.append((outcome.exit_status, said))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(0, "[] ['mark']\n")] * 2


@each_launcher
def test_process_1_cannot_be_harmed_from_within(launcher: Launcher, tree: Path) -> None:
    code = """
import glob, os, signal
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1):
    os.kill(1, number)
for path in ('/proc/1/mem', '/proc/1/environ', '/proc/1/fd/0', '/proc/1/fd/3', '/proc/1/root', '/proc/1/cwd'):
    try: os.close(os.open(path, os.O_RDONLY))
    except OSError: continue
    raise SystemExit(path)
print(os.listdir('/proc/self/fd'))
"""
    outcome, said, _events = contained(launcher, tree, code)
    assert (outcome.exit_status, said) == (0, "['0', '1', '2', '3']\n")


@each_launcher
def test_output_is_passed_on_whole_and_a_giant_line_harms_nothing(launcher: Launcher, tree: Path) -> None:
    code = "import sys; sys.stdout.write('x' * (16 << 20)); sys.stderr.write('!')"
    sizes = {"stdout": 0, "stderr": 0}

    def count(stream: str, data: bytes) -> None:
        sizes[stream] += len(data)

    outcome = run_with(launcher, SandboxRequest(("python3", "-c", code), tree, Limits(output=1 << 20)), count)
    assert outcome.exit_status == 0
    assert sizes == {"stdout": 16 << 20, "stderr": 1}


@each_launcher
def test_a_run_cannot_blind_the_process_that_watches_it(launcher: Launcher, tree: Path) -> None:
    code = """
import os, resource, socket, time
one, few = os.sched_param(0), (3, 3)
for attempt in (
    lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, few),
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, one),
    lambda: os.sched_setaffinity(1, [0]),
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19),
    lambda: os.setpriority(os.PRIO_PGRP, 1, 19),
):
    try: attempt(); print("not held", flush=True)
    except PermissionError: print("held", flush=True)
# Itself it may.
os.sched_setaffinity(0, os.sched_getaffinity(0)); os.setpriority(os.PRIO_PROCESS, 0, 19)
resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE, (60, 60))
try: socket.create_connection(("198.51.100.7", 443), 2)
except OSError: pass
for _ in range(6): os.fork() or (held := bytearray(80 << 20), time.sleep(20), os._exit(0))
time.sleep(20)
"""
    outcome, said, _events = contained(launcher, tree, code, memory=200 * MB)
    assert said.startswith("held\nheld\n")
    assert [attempt.target for attempt in outcome.attempts] == ["198.51.100.7:443"]
    assert outcome.limit_hit == "memory"
