"""`reviewer demo` as people start it: walked in text, on a terminal, killed half way; nothing of theirs is touched."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.sandbox.launch import probe

DEMO = [sys.executable, "-P", "-m", "reviewer", "demo"]
contained = pytest.mark.skipif(probe().tier == "none", reason="needs contained runs")


class Person:
    """A home that would break or betray any git that obeys it, a working folder, a folder for temporary files."""

    def __init__(self, root: Path) -> None:
        self.home, self.cwd, self.tmp = root / "person", root / "cwd", root / "tmp"
        hooks = self.home / "hooks"
        for folder in (hooks, self.home / ".config" / "git", self.cwd, self.tmp):
            folder.mkdir(parents=True)
        (self.cwd / "reviewer.py").write_text("raise SystemExit('the working folder was imported from')\n")
        for name in ("pre-commit", "post-commit", "applypatch-msg", "pre-push", "post-merge", "post-checkout"):
            (hooks / name).write_text(f"#!/bin/sh\ntouch {self.home}/ran-{name}\nexit 1\n")
            (hooks / name).chmod(0o755)
        (self.home / ".config" / "git" / "ignore").write_text("*.toml\n*.py\n")
        (self.home / ".gitconfig").write_text(f"""
[init]
    defaultBranch = trunk
    templateDir = {hooks}
[commit]
    gpgSign = true
[gpg]
    program = /bin/false
[core]
    hooksPath = {hooks}
    autocrlf = true
[url "https://example.invalid/"]
    insteadOf = /
[push]
    default = nothing
[merge]
    ff = false
[user]
    useConfigOnly = true
""")

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_"))}
        own = {"HOME": str(self.home), "TMPDIR": str(self.tmp), "REVIEWER_HOME": str(self.home / "reviewer")}
        # As in a hook, from which somebody starts it.
        return {**kept, **own, "GIT_DIR": "/nonexistent/.git", "GIT_INDEX_FILE": "/nonexistent/index"}

    def kept(self) -> dict[str, bytes]:
        """Every file of the home and the working folder."""
        places = [path for folder in (self.home, self.cwd) for path in folder.rglob("*")]
        return {str(path): path.read_bytes() if path.is_file() else b"" for path in places}

    def demo(self, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*DEMO, *args],
            cwd=self.cwd,
            env={**self.environment(), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def processes(self) -> list[str]:
        """What runs in a demonstration's home under our folder for temporary files."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"REVIEWER_HOME={self.tmp}/".encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return found

    def left(self) -> list[str]:
        """Processes and temporary files, once they had the time to go."""
        for _ in range(200):
            still = [*self.processes(), *(path.name for path in self.tmp.iterdir())]
            if not still:
                return []
            time.sleep(0.05)
        return still


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_walks_to_merged_and_touches_nothing_of_the_users(person: Person) -> None:
    before = person.kept()
    done = person.demo("--headless")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    steps = [line.split()[0] for line in done.stdout.splitlines()]
    assert steps[-1] == "merged"
    assert [step for step in steps if step in ("made", "submitted", "scanned", "approved", "decided")] == [
        "made",
        "submitted",
        "scanned",
        "approved",
        "decided",
    ]
    assert person.kept() == before
    assert person.left() == []


@contained
def test_one_object_a_step_and_the_folder_is_kept_where_it_is_named(person: Person, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    done = person.demo("--headless", "--json", "--dir", str(place))
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert {step["name"]: step["conclusion"] for step in steps if step["step"] == "observed"} == {
        "tests": "success",
        "compiles": "success",
    }
    merged = steps[-1]
    assert (merged["step"], merged["target"]) == ("merged", "main")
    assert "Multiply first" in (place / "parcel" / "parcel" / "quote.py").read_text()
    main = ["git", "-C", str(place / "parcel"), "rev-parse", "main"]
    assert subprocess.run(main, check=True, capture_output=True, text=True).stdout.strip() == merged["commit"]
    again = person.demo("--headless", "--dir", str(place))
    assert (again.returncode, again.stdout) == (2, "")
    assert "holds a demo already" in again.stderr


def test_says_not_run_and_walks_prose_where_nothing_can_be_contained(person: Person) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT_NAMESPACES, *DEMO, "--headless", "--json"],
        cwd=person.cwd,
        env=person.environment(),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert steps[0]["step"] == "NOT RUN"
    assert steps[0]["reason"]
    assert next(step["branch"] for step in steps if step["step"] == "made") == "claude/pricing-example"
    assert {step["state"] for step in steps if step["step"] == "observed"} == {"not run"}
    assert steps[-1]["step"] == "merged"
    assert person.left() == []


WITHOUT_NAMESPACES = """
import ctypes, os, struct, sys
# A filter as hardened kernels and containers have it, inherited by everything that is started here: EPERM for unshare
# and for a clone into a new user namespace, ENOSYS for clone3 and for Landlock.
unshare, clone = {"x86_64": (272, 56), "aarch64": (97, 220)}[os.uname().machine]
steps = (
    (0x20, 0, 0, 0), (0x15, 6, 0, unshare), (0x15, 6, 0, 435), (0x15, 5, 0, 444), (0x15, 0, 2, clone),
    (0x20, 0, 0, 16), (0x45, 1, 0, 0x10000000), (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001),
    (0x06, 0, 0, 0x00050026),
)
program = b"".join(struct.pack("HBBI", *step) for step in steps)
held = ctypes.create_string_buffer(program)
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(held)), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ended_half_way_it_tidies_up(person: Person, how: signal.Signals) -> None:
    with subprocess.Popen(
        [*DEMO, "--headless"],
        cwd=person.cwd,
        env=person.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as walking:
        assert walking.stdout is not None
        for line in walking.stdout:
            if line.startswith("submitted"):
                break
        walking.send_signal(how)
        _out, err = walking.communicate(timeout=60)
    assert (walking.returncode, err.strip()) == (130, "")
    assert person.left() == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "reviewer demo --headless"),
        (("--json",), "--json goes with --headless"),
        (("--headless", "--dir", "."), "is not empty"),
    ],
)
def test_refuses_in_one_sentence(person: Person, args: tuple[str, ...], said: str) -> None:
    before = person.kept()
    done = person.demo(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert person.kept() == before
    assert person.left() == []


def test_says_that_git_is_missing(person: Person, tmp_path: Path) -> None:
    done = person.demo("--headless", PATH=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stderr.startswith("error: git is not installed\n")
    assert person.left() == []


class Terminal:
    """A terminal of 160 by 45 with `reviewer demo` in it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        # A socket's path has 107 bytes at most: too short for the folders of tests.
        self.sockets = Path(tempfile.mkdtemp())
        self._opened = 0
        self._tmux = ["tmux"]

    def open(self, *args: str) -> None:
        self._opened += 1
        self._tmux = ["tmux", "-S", str(self.sockets / str(self._opened)), "-f", "/dev/null"]
        command = f"{shlex.join([*DEMO, *args])}; echo ended with $?; exec sleep 600"
        new = [*self._tmux, "new-session", "-d", "-x", "160", "-y", "45", command]
        subprocess.run(new, cwd=self._person.cwd, env=self._person.environment(), check=True)

    def press(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", "0", *keys], check=True)

    def shows(self, *texts: str) -> str:
        """The screen, as soon as all of `texts` stand on it."""
        screen = ""
        for _ in range(400):
            shown = subprocess.run([*self._tmux, "capture-pane", "-p", "-t", "0"], capture_output=True, text=True)
            screen = shown.stdout
            if all(text in screen for text in texts):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{texts} not on:\n{screen}")

    def demo(self) -> int:
        """The process that has the terminal."""
        shown = [*self._tmux, "display-message", "-p", "-t", "0", "#{pane_pid}"]
        shell = subprocess.run(shown, check=True, capture_output=True, text=True).stdout.strip()
        children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(children[0])

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True)


@pytest.fixture
def terminal(person: Person) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    made = Terminal(person)
    yield made
    made.close()
    shutil.rmtree(made.sockets)


TITLES = (
    "Count volumetric weight by the gram",
    "Render labels from templates",
    "Read pounds, ounces and inches",
    "Count quotes by route",
    "Quote a whole CSV file",
)


def test_on_a_terminal_five_changes_arrive_and_one_is_revised_while_it_is_open(
    person: Person, terminal: Terminal
) -> None:
    before = person.kept()
    terminal.open()
    terminal.shows(*TITLES)
    terminal.press("/")
    terminal.press("quote-files")
    terminal.shows("1 of 1")
    terminal.press("Enter")
    time.sleep(0.3)
    terminal.press("Enter")
    terminal.shows("jules/quote-files → main", "Revision 2 has come")
    terminal.press("C-c")
    terminal.shows("You decided nothing.", "Everything that the demo made is removed.", "ended with 0")
    assert person.kept() == before
    assert person.left() == []


def test_what_is_kept_goes_on_where_it_was_ended(person: Person, terminal: Terminal, tmp_path: Path) -> None:
    place = str(tmp_path / "kept")
    terminal.open("--dir", place)
    terminal.shows(TITLES[0])
    other = person.demo("--headless", "--dir", place)
    assert (other.returncode, "is open in another demo" in other.stderr) == (2, True)
    os.kill(terminal.demo(), signal.SIGTERM)
    terminal.shows("It is kept", "ended with 130")
    terminal.close()
    terminal.open("--dir", place)
    for _ in range(200):
        rows = [line for line in terminal.shows(*TITLES).splitlines() if " r1 " in line]
        if len(rows) == len(TITLES):
            break
        time.sleep(0.05)
    # A row may cut a long title; each begins in its own way.
    assert sorted(title for line in rows for title in TITLES if title[:14] in line) == sorted(TITLES)
    terminal.press("C-c")
    terminal.shows("It is kept", "ended with 0")


def test_a_terminal_that_is_closed_takes_the_demo_with_it(person: Person, terminal: Terminal) -> None:
    terminal.open()
    terminal.shows(TITLES[0])
    terminal.close()
    assert person.left() == []


def test_killed_it_leaves_nothing_either(person: Person, terminal: Terminal) -> None:
    terminal.open()
    terminal.shows(TITLES[0])
    os.kill(terminal.demo(), signal.SIGKILL)
    assert person.left() == []
