"""Measures what a contained run costs: start-up beside bwrap, and test suites beside the same suites bare.

Run it alone: python tests/benchmarks/bench_sandbox.py [ROUNDS]. Not part of the suite: it asserts nothing.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reviewer.model.run import Limits
from reviewer.sandbox.launch import SandboxRequest, probe_launcher, run_with
from reviewer.sandbox.launchers import LAUNCHERS, Launcher
from reviewer.sandbox.starting import end_ahead, start_ahead

SUITE = '''
import hashlib, os, socket, subprocess, sys, tempfile, threading, unittest

class Work(unittest.TestCase):
    pass

def cpu(self):
    seed = b"x"
    for _ in range(2000): seed = hashlib.sha256(seed).digest()

def files(self):
    with tempfile.TemporaryDirectory() as place:
        for n in range(10):
            with open(os.path.join(place, str(n)), "w") as file: file.write("x" * 1000)

def process(self):
    subprocess.run(["sh", "-c", "true"], check=True)

def python(self):
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)

def server(self):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        other, _ = server.accept()
        for _ in range(50): client.sendall(b"x" * 100); other.recv(100)
        other.close()

for n in range(600): setattr(Work, f"test_cpu_{n}", cpu)
for n in range(200): setattr(Work, f"test_files_{n}", files)
for n in range(60): setattr(Work, f"test_process_{n}", process)
for n in range(10): setattr(Work, f"test_python_{n}", python)
for n in range(40): setattr(Work, f"test_server_{n}", server)
'''

PYTEST = '''
import hashlib, json, os, sqlite3, subprocess
import pytest

@pytest.fixture
def store(tmp_path):
    with sqlite3.connect(tmp_path / "store.db") as db:
        db.execute("create table t (n integer)")
        yield db

@pytest.mark.parametrize("n", range(400))
def test_cpu(n):
    seed = b"x"
    for _ in range(2000): seed = hashlib.sha256(seed).digest()
    assert len(seed) == 32

@pytest.mark.parametrize("n", range(200))
def test_files(n, tmp_path):
    for k in range(10): (tmp_path / str(k)).write_text(json.dumps([n] * 100))
    assert len(list(tmp_path.iterdir())) == 10

@pytest.mark.parametrize("n", range(60))
def test_store(n, store):
    store.executemany("insert into t values (?)", [(k,) for k in range(100)])
    assert store.execute("select count(*) from t").fetchone() == (100,)

@pytest.mark.parametrize("n", range(60))
def test_process(n, monkeypatch, capfd):
    monkeypatch.setenv("N", str(n))
    subprocess.run(["sh", "-c", "echo $N"], check=True)
    assert capfd.readouterr().out == f"{n}\\n"
'''


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def rounds(count: int, **acts: Callable[[], object]) -> dict[str, list[float]]:
    """Each act in turn, so that foreign load meets them all alike."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(count):
        for name, act in acts.items():
            times[name].append(timed(act))
    return times


def tell(title: str, times: dict[str, list[float]], against: str) -> None:
    print(title)
    for name, found in times.items():
        ratios = [a / b for a, b in zip(found, times[against], strict=True)]
        told = f"median {statistics.median(found) * 1e3:8.1f} ms  least {min(found) * 1e3:8.1f} ms"
        print(f"  {name:<16} {told}  {statistics.median(ratios):.2f} x {against}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place)
        (tree / "test_work.py").write_text(SUITE)
        (tree / "pytest_work.py").write_text(PYTEST)
        suite = ("python3", "-m", "unittest", "-q")

        tests = ("python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "pytest_work.py")

        def run(launcher: Launcher, command: tuple[str, ...], observe: bool = True) -> None:
            # The virtual environment that this runs in, as a target branch names its own.
            seen = (Path(sys.prefix),) if sys.prefix != sys.base_prefix else ()
            outcome = run_with(launcher, SandboxRequest(command, tree, Limits(), seen, observe=observe))
            assert outcome.exit_status == 0, outcome

        working = [launcher for launcher in LAUNCHERS if probe_launcher(launcher).tier != "none"]
        starts: dict[str, Callable[[], object]] = {"bare": lambda: subprocess.run(["true"], check=True)}
        if shutil.which("bwrap"):
            alone = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]
            starts["bwrap alone"] = lambda: subprocess.run(alone, check=True)

        def bare(words: tuple[str, ...]) -> None:
            subprocess.run([sys.executable, *words[1:]], cwd=tree, check=True, capture_output=True)

        suites: dict[str, Callable[[], object]] = {"bare": lambda: bare(suite)}
        pytests: dict[str, Callable[[], object]] = {"bare": lambda: bare(tests)}

        def ahead(launcher: Launcher) -> float:
            """A start where the program was started ahead, as the gate does between two runs."""
            start_ahead(launcher)
            time.sleep(0.1)
            return timed(lambda: run(launcher, ("true",)))

        for launcher in working:
            starts[launcher.name] = lambda launcher=launcher: run(launcher, ("true",))
            suites[launcher.name] = lambda launcher=launcher: run(launcher, suite)
            pytests[launcher.name] = lambda launcher=launcher: run(launcher, tests)
            suites[f"{launcher.name} unseen"] = lambda launcher=launcher: run(launcher, suite, False)
        found = rounds(count * 4, **starts)
        for launcher in working:
            if launcher.early:
                found[f"{launcher.name} ahead"] = [ahead(launcher) for _ in range(count * 4)]
        end_ahead()
        tell("start and end of `true`", found, "bwrap alone" if len(starts) > 2 else "bare")
        tell("a suite of 910 tests, by unittest", rounds(count, **suites), "bare")
        tell("a suite of 720 tests, by pytest", rounds(count, **pytests), "bare")


if __name__ == "__main__":
    main()
