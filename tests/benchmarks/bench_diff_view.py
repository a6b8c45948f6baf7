"""Prints what the diff view costs through a real terminal, beside git, tig and a bare Textual application.

    python tests/benchmarks/bench_diff_view.py [small] [scrolling] [held] [one] [many]

Not run by pytest, nothing is asserted. All programs take their turns in one run, on the same machine and screen;
ratios hold better than times when the machine is busy. Changes are made up but fixed.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

COLUMNS, ROWS = 160, 50
BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Bare(App):\n"
    "    def compose(self):\n        yield Static('@@ bare')\n"
    "    def on_key(self, event):\n        if event.key == 'q':\n            self.exit()\n"
    "Bare().run()\n"
)
DOWN, PAGE, UP = b"j", b" ", b"k"
_TICKS = os.sysconf("SC_CLK_TCK")
_QUERY = re.compile(rb"\x1b\[\?2026\$p")


class Terminal:
    """A program on a pseudo terminal that answers what a modern terminal answers; `delay` and `rate` make a link."""

    def __init__(self, command: Sequence[str], cwd: Path, env: dict[str, str], delay: float = 0, rate: int = 0) -> None:
        self.delay, self.rate = delay, rate
        self.seen = bytearray()
        self.total = 0
        self._answers: deque[tuple[float, bytes]] = deque()
        self._free_at = self.settled_at = 0.0
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(cwd)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(command[0], list(command), env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def send(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def pump(self, seconds: float) -> bytes:
        """What it wrote within `seconds`, or b"" where nothing; queries are answered when the link lets them pass."""
        now = time.monotonic()
        end = now + seconds
        while True:
            while self._answers and self._answers[0][0] <= now:
                os.write(self.fd, self._answers.popleft()[1])
            wait = end - now
            if self._answers:
                wait = min(wait, self._answers[0][0] - now)
            ready, _, _ = select.select([self.fd], [], [], max(0, wait))
            now = time.monotonic()
            if ready:
                try:
                    data = os.read(self.fd, 1 << 16)
                except OSError:
                    return b""
                self.total += len(data)
                self.seen += data
                del self.seen[: -(1 << 20)]
                if self.rate:
                    self._free_at = max(now, self._free_at) + len(data) / self.rate
                for _ in _QUERY.findall(data):
                    self._answers.append((max(now, self._free_at) + self.delay, b"\x1b[?2026;2$y"))
                return data
            if now >= end:
                return b""

    def until(self, mark: bytes, seconds: float = 120) -> float:
        """Seconds since the start until `mark` was written."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if mark in self.seen:
                return time.monotonic() - self.began
            self.pump(0.2)
        return float("nan")

    def settle(self, quiet: float = 0.12) -> float:
        """Wait until nothing is written any more; returns when the last byte came."""
        self.settled_at = time.monotonic()
        while self.pump(quiet):
            self.settled_at = time.monotonic()
        return self.settled_at

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Resident MiB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def key(self, key: bytes, limit: float = 1.5) -> tuple[float, int]:
        """Milliseconds until the last byte of the answer to a key, and how many bytes."""
        before, start = self.total, time.monotonic()
        self.send(key)
        self.pump(limit)
        last = self.settle_from(start)
        return (last - start) * 1000, self.total - before

    def settle_from(self, start: float) -> float:
        """When the last byte came of what began at `start`."""
        last = time.monotonic()
        while self.pump(0.1):
            last = time.monotonic()
        return max(start, last)

    def close(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
    return {
        **kept, "TERM": "xterm-256color", "HOME": str(home), "REVIEWER_HOME": str(home / "reviewer"),
        "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", **more,
    }  # fmt: skip


def git(cwd: Path, *args: str) -> bytes:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True).stdout


def git_seconds(cwd: Path, *args: str) -> float:
    start = time.monotonic()
    git(cwd, *args)
    return time.monotonic() - start


def source(rng: random.Random, lines: int) -> list[str]:
    names = [f"{a}_{b}" for a in ("load", "send", "check", "parse") for b in ("row", "hunk", "line", "file")]
    return [
        f"{'    ' * rng.randrange(4)}{rng.choice(names)} = {rng.choice(names)}({rng.randrange(999)}, 'text')  # {n}\n"
        for n in range(lines)
    ]


def repository(root: Path, old: dict[str, list[str]], new: dict[str, list[str]]) -> Path:
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for side, name in ((old, "main"), (new, "work")):
        if name == "work":
            git(root, "switch", "-q", "-c", name)
        for path, lines in side.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("".join(lines))
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", name)
    return root


def changed(rng: random.Random, lines: list[str], share: float) -> list[str]:
    return [f"changed_{line}" if rng.random() < share else line for line in lines]


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def row(what: str, *cells: str) -> None:
    print(f"  {what:44}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def start(program: str, repo: Path, home: Path, **link: float) -> Terminal:
    commands = {
        "ours": [sys.executable, "-m", "reviewer", "diff", "main..work"],
        "tig": ["tig", "show", "work"],
        "bare": [sys.executable, "-c", BARE],
    }
    more = {"COLORTERM": ""}
    return Terminal(commands[program], repo, environment(home, **more), link.get("delay", 0), int(link.get("rate", 0)))


def scrolling(repo: Path, home: Path, keys: int) -> None:
    """One line, one page: time until it stands, bytes, in turns with tig."""
    programs = {name: start(name, repo, home) for name in (("ours", "tig") if shutil.which("tig") else ("ours",))}
    for name, terminal in programs.items():
        terminal.until(b"@@")
        terminal.settle(1.0)
        if name == "ours":
            terminal.send(b"m")  # the tree folded away
            terminal.settle(0.5)
    for what, key in (("line down", DOWN), ("page down side by side", PAGE), ("page down", PAGE)):
        if what == "page down" and "ours" in programs:
            programs["ours"].key(b"s")  # in one column, as tig has it
            programs["ours"].settle(0.5)
        told = {}
        for name, terminal in programs.items():
            took = []
            before = terminal.cpu()
            for _ in range(60 if key == DOWN else 2):  # down to where it scrolls, then everything in turns
                terminal.key(key)
            before = terminal.cpu()
            took = [terminal.key(key) for _ in range(keys)]
            cpu = (terminal.cpu() - before) / keys * 1000
            sent = [count for _, count in took]
            told[name] = p95([late for late, _ in took]), statistics.median(sent), p95(sent), cpu
        for name, (slow, middle, most, cpu) in told.items():
            row(f"{what}, {name}", f"p95 {slow:.1f} ms", f"cpu {cpu:.1f} ms", f"{middle:.0f} B, p95 {most:.0f} B")
    for terminal in programs.values():
        terminal.close()


def held(repo: Path, home: Path) -> None:
    """A key held for three seconds at 30 a second over a link of 100 ms and 1 Mbit/s: lag after release."""
    for name in ("ours", "tig") if shutil.which("tig") else ("ours",):
        terminal = start(name, repo, home, delay=0.1, rate=125_000)
        terminal.until(b"@@")
        terminal.settle(1.5)
        if name == "ours":
            terminal.send(b"m")
            terminal.settle(0.5)
        for what, key in (("PageDown held", PAGE), ("Down held", DOWN)):
            for _ in range(90):
                terminal.send(key)
                end = time.monotonic() + 1 / 30
                while (left := end - time.monotonic()) > 0:
                    terminal.pump(left)
            released = time.monotonic()
            terminal.settle(0.4)
            shown = max(terminal.settled_at, terminal._free_at) + terminal.delay / 2
            row(f"{what}, {name}", f"lag {(shown - released) * 1000:.0f} ms")
            terminal.settle(1.0)
        terminal.close()


def opening(title: str, repo: Path, home: Path, runs: int, *, walk: bool) -> None:
    """First hunk, memory, the far end, side by side."""
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(runs):
        for name in times:
            terminal = start(name, repo, home)
            times[name].append(terminal.until(b"@@"))
            terminal.close()
    numstat = git_seconds(repo, "diff", "--numstat", "main..work")
    patch = git_seconds(repo, "diff", "-p", "main..work")
    ours, bare = min(times["ours"]), min(times["bare"])
    row(
        f"{title}: first hunk", f"{ours * 1000:.0f} ms", f"{ours / bare:.2f} x bare",
        f"{ours / numstat:.2f} x numstat", f"{ours / (bare + patch):.2f} x (bare + git)",
    )  # fmt: skip
    if not walk:
        return
    terminal, other = start("ours", repo, home), start("bare", repo, home)
    terminal.until(b"@@")
    other.until(b"@@")
    terminal.settle(3.0)
    other.settle(1.0)
    row(f"{title}: memory", f"{terminal.memory():.0f} MiB", f"{terminal.memory() / other.memory():.2f} x bare")
    for what, key in (("next hunk", b"]"), ("next file", b"}"), ("the very end", b"G"), ("line up there", UP)):
        took = [terminal.key(key)[0] for _ in range(1 if key == b"G" else 12)]
        row(f"{title}: {what}", f"p95 {p95(took):.0f} ms")
    for what, key in (("side by side", b"s"), ("theme", b"t")):
        row(f"{title}: {what}", f"{terminal.key(key)[0]:.0f} ms")
    before, total = terminal.cpu(), terminal.total
    again = other.cpu()
    time.sleep(3)
    terminal.pump(0.01)
    row(f"{title}: idle", f"{terminal.total - total} B", f"cpu {(terminal.cpu() - before) / 3 * 1000:.1f} ms/s",
        f"bare {(other.cpu() - again) / 3 * 1000:.1f} ms/s")  # fmt: skip
    terminal.close()
    other.close()


PARTS = ("small", "scrolling", "held", "one", "many")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which of {', '.join(PARTS)} [all]")
    parts = set(parser.parse_args().parts or PARTS)
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        home = root / "home"
        home.mkdir(mode=0o700)
        print(f"screen {COLUMNS}x{ROWS}, 256 colours")
        base = source(rng, 12_000)
        if parts & {"small", "scrolling", "held"}:
            small = repository(root / "small", {"app.py": base}, {"app.py": changed(rng, base, 0.2)})
            if "small" in parts:
                opening("small change", small, home, 3, walk=True)
            if "scrolling" in parts:
                scrolling(small, home, 40)
            if "held" in parts:
                held(small, home)
        if "one" in parts:
            big = {"big.py": source(rng, 200_000)}
            one = repository(root / "one", big, {"big.py": source(random.Random(9), 200_000)})
            opening("one rewritten file of 200,000 lines", one, home, 2, walk=True)
        if "many" in parts:
            old = {f"d{n % 100}/f{n}.py": source(rng, 112) for n in range(10_000)}
            many = repository(root / "many", old, {name: source(rng, 112) for name in old})
            opening("10,000 files, 1.12 million lines twice", many, home, 2, walk=True)


if __name__ == "__main__":
    main()
