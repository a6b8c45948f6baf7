"""Prints what the inbox costs through a real terminal, beside a bare Textual application, its stock table, and tig.

    python tests/benchmarks/bench_inbox.py [--quick]

Not run by pytest, nothing is asserted. All programs take their turns in one run, on the same machine and screen;
ratios hold better than times when the machine is busy. The changes are made up but fixed, and put straight into the
desk's store; the gate is a real one that has nothing to add.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench_diff_view import COLUMNS, ROWS, Terminal, environment, git, p95, row

from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.codec import to_json
from reviewer.model.detail import ChangeDetail, FileSize, Revision
from reviewer.model.finding import Severity
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.pipelines.checkpoint import connect, holder
from reviewer.repo.locate import locate
from reviewer.store import filling
from reviewer.store.cache import Cache
from reviewer.sync.pull import CURSOR, GATE, PULLED_AT
from reviewer.text import Untrusted

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static('@@ bare')
    def on_key(self, event):
        self.query_one(Static).update('answered')
Bare().run()
"""
TABLE = """
import sys
from textual.app import App
from textual.widgets import DataTable, Input
ROWS = [tuple(line.rstrip('\\n').split('\\t')) for line in open(sys.argv[1])]
class Table(App):
    def compose(self):
        yield Input()
        yield DataTable(cursor_type='row')
    def on_mount(self):
        self.query_one(DataTable).add_columns('risk', 'run', 'title', 'branch', 'agent', 'age')
        self.query_one(DataTable).add_rows(ROWS)
    def on_input_changed(self, event):
        table = self.query_one(DataTable)
        table.clear()
        table.add_rows(row for row in ROWS if event.value in row[2])
Table().run()
"""
_WORDS = "parse upload retry cache token index render queue lease ledger".split()
_MANY = (5_000, 50_000)


def made(n: int, rng: random.Random, repo_id: str) -> ChangeDetail:
    agent = rng.choice(["claude", "codex", "cursor", "devin", "jules"])
    title = f"{rng.choice(['Fix', 'Teach', 'Drop', 'Move'])} the {rng.choice(_WORDS)} {rng.choice(_WORDS)} {n}"
    size = Size(rng.randrange(1, 9), rng.randrange(400), rng.randrange(200))
    risk = rng.choice([None, None, *Severity])
    run = rng.choice(["passed", "passed", "failed", "none asked", "running"])
    names = (Untrusted("/home/ann/shop"), Untrusted(title), Untrusted(f"{agent}/{rng.choice(_WORDS)}-{n}"))
    at = time.time() - 60 * n
    change = Change(
        f"c{n:07}", n + 1, Kind.CODE, State.PENDING, repo_id, *names, Untrusted(agent), Untrusted("main"), 1,
        f"{n:064x}", f"{n:040x}", "b" * 40, size, risk, 2 if risk else 0, (), run, rng.randrange(3), at, at,
    )  # fmt: skip
    files = tuple(FileSize(Untrusted(f"src/{rng.choice(_WORDS)}/{file}.py"), 10, 2) for file in range(size.files))
    claim = Untrusted("All tests pass.\nNothing else was touched.")
    revision = Revision(
        1, change.digest, "{}", change.head, change.base, "refs/heads/main", "c" * 40, "d" * 40, (), claim, at, size,
        files,
    )  # fmt: skip
    asked = tuple(Requirement(name, RequirementState.MET, f"it is {name}") for name in ("merges", "scanned"))
    return ChangeDetail(change, (revision,), scanned=True, scan="done", requirements=asked)


class Place:
    """A repository, a home whose store holds `many` changes, and its gate."""

    def __init__(self, root: Path, many: int) -> None:
        self.work, self.folder = root / "work", root
        self.home = root / "reviewer"
        self.work.mkdir(parents=True)
        self.home.mkdir(mode=0o700)
        git(self.work, "init", "-q", "-b", "main")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "first")
        gate, _rows = connect(self.home).changes(0)
        cache = Cache(self.home / "store" / "cache.db")
        rng = random.Random(5)
        repo_id = locate(self.work).repo_id
        details = [made(n, rng, repo_id) for n in range(many)]

        def put(db: sqlite3.Connection) -> None:
            for detail in details:
                change = detail.change
                line = (change.change_id, change.seq, repo_id, to_json(change), to_json(detail))
                db.execute("insert into changes values (?, ?, ?, ?, ?)", line)
                filling.put_change(db, detail, "", lambda folder: "shop")

        cache._write(put)
        for name, value in ((GATE, gate), (CURSOR, "1000000000"), (PULLED_AT, repr(time.time()))):
            cache.set_fact(name, value)
        cache.close()
        cells = [(d.change.risk or "", d.change.run, d.change.title.raw, d.change.branch.raw, d.change.agent.raw)
                 for d in details]  # fmt: skip
        self.rows = root / "rows"
        self.rows.write_text("".join("\t".join((*line, "1m")) + "\n" for line in cells))

    def close(self) -> None:
        pid, _mode = holder(self.home)
        if pid:
            os.kill(pid, signal.SIGTERM)

    def start(self, program: str, delay: float = 0, rate: int = 0) -> Terminal:
        commands = {
            "ours": [sys.executable, "-m", "reviewer"],
            "bare": [sys.executable, "-c", BARE],
            "table": [sys.executable, "-c", TABLE, str(self.rows)],
            "tig": ["tig", "--all"],
        }
        env = environment(self.folder, COLORTERM="")
        return Terminal(commands[program], self.work, env, delay, rate)


def starting(place: Place, many: int, runs: int) -> None:
    """First real rows, the first key that is answered, memory, idle."""
    terminal = place.start("ours")
    terminal.until(f"1 of {many}".encode())
    terminal.settle(1.5)
    terminal.close()
    rows: list[float] = []
    bare: list[float] = []
    keys: list[float] = []
    others: list[float] = []
    answers: list[float] = []
    for _ in range(runs):
        terminal = place.start("bare")
        bare.append(terminal.until(b"@@ bare"))
        terminal.send(b"j")
        answers.append(terminal.until(b"answered"))
        terminal.close()
        terminal = place.start("ours")
        rows.append(terminal.until(b" the "))
        terminal.send(b"j")
        keys.append(terminal.until(b" 2 of"))
        terminal.close()
        # A key that needs the application: the filter.
        terminal = place.start("ours")
        terminal.until(b" the ")
        terminal.send(b"/")
        others.append(terminal.until(b"ords, or risk"))
        terminal.close()
    first, key, other, floor, answered = (statistics.median(times) for times in (rows, keys, others, bare, answers))
    row(f"{many:,}: first real rows", f"{first * 1000:.0f} ms", f"{first / floor:.2f} x bare (0.25)")
    goal = 1.3 if many == _MANY[0] else 1.6
    row(f"{many:,}: moves the cursor", f"{key * 1000:.0f} ms", f"{key / answered:.2f} x bare ({goal})")
    row(f"{many:,}: answers any other key", f"{other * 1000:.0f} ms", f"{other / answered:.2f} x bare ({goal})")
    terminal, least_of = place.start("ours"), place.start("bare")
    terminal.until(f"1 of {many}".encode())
    least_of.until(b"@@")
    terminal.settle(4.0)
    least_of.settle(1.0)
    used, least = terminal.memory(), least_of.memory()
    row(f"{many:,}: memory", f"{used:.0f} MiB", f"{used / least:.2f} x bare (1.6)")
    before, again, total = terminal.cpu(), least_of.cpu(), terminal.total
    rest(terminal, 5)
    ours, theirs = terminal.cpu() - before, least_of.cpu() - again
    ratio = ours / theirs if theirs else float("nan")
    row(f"{many:,}: idle for 5 s", f"{terminal.total - total} B (0)", f"cpu {ours * 200:.1f} ms/s",
        f"bare {theirs * 200:.1f} ms/s", f"{ratio:.1f} x bare (1.5)")  # fmt: skip
    terminal.close()
    least_of.close()


def typing(place: Place, many: int, program: str, words: int) -> float:
    """A letter typed into the filter: p95 in milliseconds."""
    terminal = place.start(program)
    terminal.until(b" the ")
    rest(terminal, 3.0 if many > _MANY[0] or program == "table" else 1.5)
    if program == "ours":
        terminal.send(b"/")
        rest(terminal, 0.6)
    took = []
    for word in _WORDS[:words]:
        for letter in word[:4]:
            took.append(terminal.key(letter.encode(), 3.0)[0])
        for _ in word[:4]:
            terminal.key(b"\x7f", 3.0)
    terminal.close()
    row(f"{many:,}: one filter key, {program}", f"p50 {statistics.median(took):.1f} ms", f"p95 {p95(took):.1f} ms")
    return p95(took)


def rest(terminal: Terminal, seconds: float) -> None:
    """Read what comes for a while: the stock table's field blinks, so that it is never at rest."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.pump(left)


def moving(place: Place, folded: bool, keys: int) -> None:
    """The cursor one row down, in turns with tig."""
    programs = {name: place.start(name) for name in (("ours", "tig") if shutil.which("tig") else ("ours",))}
    told: dict[str, tuple[float, float]] = {}
    for name, terminal in programs.items():
        terminal.until(b" the " if name == "ours" else b"change")
        terminal.settle(2.0)
        if name == "ours" and folded:
            terminal.send(b"v")
            terminal.settle(0.5)
        for _ in range(60):
            terminal.key(b"j")
        took = []
        for _ in range(keys):
            before = terminal.total
            late, _sent = terminal.key(b"j")
            if not folded:
                terminal.settle(0.2)  # one preview a key: it follows just when a key's own answer counts as whole
            took.append((late, terminal.total - before))
        slow, sent = p95([late for late, _ in took]), statistics.median([count for _, count in took])
        told[name] = slow, sent
        what = f"cursor down, preview {'folded' if folded else 'open'}, {name}"
        row(what, f"p95 {slow:.1f} ms", f"{sent:.0f} B", f"p95 {p95([count for _, count in took]):.0f} B")
        terminal.close()
    if folded and "tig" in told:
        row("", f"{told['ours'][0] / told['tig'][0]:.1f} x tig (8, 8 ms)", "(600 B)")


def held(place: Place) -> None:
    """The cursor key held for three seconds at 30 a second over a link of 100 ms and 1 Mbit/s: lag after release."""
    for name in ("tig", "ours") if shutil.which("tig") else ("ours",):
        terminal = place.start(name, 0.1, 125_000)
        terminal.until(b" the " if name == "ours" else b"change")
        terminal.settle(2.0)
        for _ in range(90):
            terminal.send(b"j")
            end = time.monotonic() + 1 / 30
            while (left := end - time.monotonic()) > 0:
                terminal.pump(left)
        released = time.monotonic()
        terminal.settle(0.4)
        shown = max(terminal.settled_at, terminal._free_at) + terminal.delay / 2
        row(f"cursor key held over a slow link, {name}", f"lag {(shown - released) * 1000:.0f} ms (400, 2.5 x tig)")
        terminal.close()


def branches(root: Path, many: int) -> None:
    """Agent branches of a repository that was never looked at: listed how long after the start."""
    root.mkdir()
    work, home = root / "work", root / "reviewer"
    work.mkdir()
    home.mkdir(mode=0o700)
    git(work, "init", "-q", "-b", "main")
    git(work, "commit", "-q", "--allow-empty", "-m", "first")
    tip = git(work, "rev-parse", "main").decode().strip()
    stream = "".join(
        f"commit refs/heads/claude/b{n}\ncommitter t <t@t> {1700000000 + n} +0000\ndata <<E\nMove the box {n}\nE\n"
        f"from {tip}\nM 100644 inline f{n}.py\ndata 6\nx = 1\n\n"
        for n in range(many)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=work, check=True, input=stream.encode())
    git(work, "pack-refs", "--all")
    env = environment(root, COLORTERM="")
    for what in ("never looked at", "again"):
        terminal = Terminal([sys.executable, "-m", "reviewer"], work, env)
        seconds = terminal.until(b" the box ")
        row(f"{many:,} agent branches, {what}", f"{seconds * 1000:.0f} ms (500)")
        terminal.settle(2.0)
        terminal.close()
    pid, _mode = holder(home)
    if pid:
        os.kill(pid, signal.SIGTERM)


def places(root: Path, many: tuple[int, ...]) -> Iterator[tuple[int, Place]]:
    for count in many:
        place = Place(root / str(count), count)
        try:
            yield count, place
        finally:
            place.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5,000 changes only")
    parser.add_argument("--only", help="one of: start, filter, move, held, branches")
    asked = parser.parse_args()

    def wanted(name: str) -> bool:
        return asked.only in (None, name)

    print(f"screen {COLUMNS}x{ROWS}, 256 colours; in brackets the most that is wanted")
    with tempfile.TemporaryDirectory() as folder:
        filters: dict[str, float] = {}
        for many, place in places(Path(folder), _MANY[:1] if asked.quick else _MANY):
            if wanted("start"):
                starting(place, many, 5)
            if wanted("filter"):
                filters[f"ours {many}"] = typing(place, many, "ours", 8)
                if many == _MANY[0]:
                    filters["table"] = typing(place, many, "table", 4)
            if many == _MANY[0]:
                history(place)
                steps: list[tuple[str, Callable[[], None]]] = [
                    ("move", lambda place=place: moving(place, True, 60)),  # type: ignore[misc]
                    ("move", lambda place=place: moving(place, False, 30)),  # type: ignore[misc]
                    ("held", lambda place=place: held(place)),  # type: ignore[misc]
                ]
                for name, step in steps:
                    if wanted(name):
                        step()
        if "table" in filters:
            small = filters[f"ours {_MANY[0]}"]
            row("filter key, 5,000, of the stock table", f"{small / filters['table']:.2f} (0.15)")
            if f"ours {_MANY[1]}" in filters:
                row("filter key, 50,000 of 5,000", f"{filters[f'ours {_MANY[1]}'] / small:.2f} (1.5)")
        if wanted("branches"):
            branches(Path(folder) / "branches", 5_000)


def history(place: Place) -> None:
    """Commits for tig to walk over, on no branch by an agent."""
    tip = git(place.work, "rev-parse", "main").decode().strip()
    stream = "".join(
        f"commit refs/heads/long\ncommitter t <t@t> {1700000000 + n} +0000\ndata <<E\nchange {n}\nE\n"
        + (f"from {tip}\n" if not n else "")
        + f"M 100644 inline f.py\ndata <<E\nx = {n}\nE\n\n"
        for n in range(2000)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place.work, check=True, input=stream.encode())


if __name__ == "__main__":
    main()
