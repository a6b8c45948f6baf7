"""A repository, a gate over it, and the few things that an agent and a reviewer do."""

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.attest.sign import Key
from reviewer.attest.statement import seal
from reviewer.gate.events import Life
from reviewer.gate.steps import Gate
from reviewer.model.change import State
from reviewer.model.decision import Decision, Verdict
from reviewer.sandbox.launch import probe
from reviewer.text import Untrusted

SANDBOXED = probe().tier != "none"
TOML = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "grep -q good app.txt"]\n'


class Ground:
    def __init__(self, root: Path, toml: str) -> None:
        self.work = root / "work"
        self.home = root / "home"
        self.work.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write(app__txt="good\n", other__txt="o\n", reviewer__toml=toml)
        # Nobody has main checked out, so that landing moves it.
        self.git("switch", "-q", "-c", "desk")
        self.key = Key.load_or_create(root / "ann")
        self.ids = itertools.count()
        self.gate = self.new_gate()

    def new_gate(self, waits: tuple[float, ...] = ()) -> Gate:
        numbers = itertools.count(int(time.time_ns() % 10**9))
        return Gate(self.home, lambda: f"c{next(numbers)}", waits=waits)

    def again(self) -> None:
        """Another gate on the same home."""
        self.gate.driver.close()
        self.gate = self.new_gate()

    def git(self, *args: str) -> str:
        ident = ["-c", "user.name=t", "-c", "user.email=t@t"]
        run = subprocess.run(["git", *ident, *args], cwd=self.work, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    def write(self, **files: str) -> None:
        for name, content in files.items():
            (self.work / name.replace("__", ".")).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-qm", "work")

    def target(self, **files: str) -> None:
        """Somebody else's work arrives on the target."""
        self.git("switch", "-q", "main")
        self.write(**files)
        self.git("switch", "-q", "desk")

    def branch(self, name: str, start: str = "main", **files: str) -> str:
        self.git("switch", "-q", "-C", name, start)
        self.write(**files)
        self.git("switch", "-q", "desk")
        return self.submit(name)

    def submit(self, name: str) -> str:
        return self.gate.submit(self.work, name, "main", "claude", "Do it", "All tests passed.")

    def settle(self) -> None:
        while self.gate.step():
            pass

    def life(self, change: str) -> Life:
        return self.gate.driver.load(change).life

    def state(self, change: str) -> State:
        return self.life(change).state

    def decision(
        self, change: str, verdict: Verdict = Verdict.APPROVE, who: str = "ann", at: float = 1_700_000_000.0
    ) -> Decision:
        revision = self.life(change).current
        made = Decision(
            f"id{next(self.ids)}",
            change,
            revision.digest,
            verdict,
            Untrusted("why"),
            Untrusted(who),
            at,
            result_tree=revision.result_tree,
        )
        return replace(made, envelope=seal(made, revision, self.key))

    def decide(self, change: str, verdict: Verdict = Verdict.APPROVE) -> None:
        self.gate.decide(self.decision(change, verdict), hold=0)
        self.settle()


Make = Callable[[str], Ground]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Ground] = []

    def ground(toml: str) -> Ground:
        made.append(Ground(tmp_path, toml))
        return made[-1]

    yield ground
    for one in made:
        one.gate.driver.close()


@pytest.fixture
def ground(make: Make) -> Ground:
    """A repository whose target asks for one run, where this machine can make it."""
    return make(TOML if SANDBOXED else "")


@pytest.fixture
def bare(make: Make) -> Ground:
    """A repository whose target asks for no run."""
    return make("")
