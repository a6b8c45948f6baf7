"""Approving on a real terminal: letters typed one by one pass; bursts, pastes, replies and misses do not."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import IDENTITY, Shell, command

from reviewer.review.challenge import LETTERS

ASKED = re.compile(rb"type ((?:[%s] ){2}[%s]) \(Ctrl-C stops\): \Z" % ((LETTERS.encode(),) * 2))


class Terminal:
    """`reviewer approve` on a pseudo-terminal of its own."""

    def __init__(self, shell: Shell, *args: str) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        env = {**os.environ, **IDENTITY, "REVIEWER_HOME": str(shell.home)}
        self.child = subprocess.Popen(
            command(*args),
            cwd=shell.work,
            env=env,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.seen = b""

    def asked(self) -> str:
        """Wait for the next draw; its letters."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            match = ASKED.search(self.seen)
            if match:
                self.seen = b""
                return match[1].replace(b" ", b"").decode()
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += self._read()
            elif self.child.poll() is not None:
                break
        raise AssertionError(self.seen)

    def done_or_asked(self) -> bool:
        """True where the letters were taken, False where there is another draw."""
        while self.child.poll() is None and b"approve: " not in self.seen:
            if ASKED.search(self.seen):
                return False
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += self._read()
        return True

    def _read(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except OSError:
            return b""

    def type(self, letters: str, pause: float = 0.06) -> None:
        for letter in letters:
            time.sleep(pause)
            os.write(self.master, letter.encode())

    def burst(self, data: bytes) -> None:
        time.sleep(0.06)
        os.write(self.master, data)

    def ended(self) -> int:
        until = time.monotonic() + 30
        while self.child.poll() is None and time.monotonic() < until:
            if select.select([self.master], [], [], 0.05)[0]:
                self.seen += self._read()
        while select.select([self.master], [], [], 0)[0]:
            more = self._read()
            if not more:
                break
            self.seen += more
        assert b"Traceback" not in self.seen
        assert termios.tcgetattr(self.slave) == self.before
        return self.child.wait(5)

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("approve"), runs=False)
    yield made
    made.stop_gate()


@pytest.fixture
def change(shell: Shell, request: pytest.FixtureRequest) -> str:
    name = re.sub(r"\W+", "-", request.node.name)
    shell.branch(f"claude/{name}", **{f"{name}.txt": "good\n"})
    return shell.submit(f"claude/{name}")


@pytest.fixture
def terminal(shell: Shell, change: str) -> Iterator[Terminal]:
    digest = shell.ready(change)["digest"]
    made = Terminal(shell, "approve", change, "--digest", digest[:12], "--now")
    yield made
    made.close()


def decisions(shell: Shell, change: str) -> list[str]:
    shell.reviewer("sync")
    return [decision["verdict"] for decision in shell.show(change)["decisions"]]


def test_letters_typed_one_by_one_approve(terminal: Terminal, shell: Shell, change: str) -> None:
    for _ in range(12):
        terminal.type(terminal.asked(), pause=0.2)
        # A machine that stalls makes two keys look like one burst; then it asks again, as of a person.
        if terminal.done_or_asked():
            break
    assert terminal.ended() == 0
    assert b"approve: accepted" in terminal.seen
    assert decisions(shell, change) == ["approve"]


def _paste(terminal: Terminal, wanted: str) -> None:
    terminal.burst(f"\x1b[200~{wanted}\x1b[201~".encode())


def _burst(terminal: Terminal, wanted: str) -> None:
    terminal.burst(wanted.encode())


def _colour_reply(terminal: Terminal, wanted: str) -> None:
    terminal.burst(b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c")


def _first_right_then_a_burst(terminal: Terminal, wanted: str) -> None:
    terminal.type(wanted[0])
    terminal.burst(wanted[1:].encode())


def _with_return(terminal: Terminal, wanted: str) -> None:
    terminal.type(wanted[:2])
    terminal.burst(f"{wanted[2]}\r".encode())


def _wrong(terminal: Terminal, wanted: str) -> None:
    terminal.type(wanted[:2] + "a")


def _yes(terminal: Terminal, wanted: str) -> None:
    terminal.burst(b"y\ry\ry\ry\ry\r")


@pytest.mark.parametrize("give", [_paste, _burst, _colour_reply, _first_right_then_a_burst, _with_return, _wrong, _yes])
def test_anything_else_is_a_new_draw_and_ctrl_c_leaves_no_decision(
    give: Callable[[Terminal, str], None], terminal: Terminal, shell: Shell, change: str
) -> None:
    first = terminal.asked()
    give(terminal, first)
    again = terminal.asked()
    assert len(again) == 3
    terminal.burst(b"\x03")
    assert terminal.ended() == 130
    assert decisions(shell, change) == []


def test_every_letter_at_once_for_ever_is_not_confirmed(terminal: Terminal, shell: Shell, change: str) -> None:
    for _ in range(12):
        terminal.asked()
        terminal.burst(LETTERS.encode() * 7)
    assert terminal.ended() == 2
    assert b"not confirmed" in terminal.seen
    assert decisions(shell, change) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_restores_the_terminal(number: int, terminal: Terminal, shell: Shell, change: str) -> None:
    terminal.asked()
    assert termios.tcgetattr(terminal.slave) != terminal.before
    terminal.child.send_signal(number)
    assert terminal.ended() == 130
    assert decisions(shell, change) == []


def test_what_was_typed_ahead_counts_for_nothing(shell: Shell, change: str) -> None:
    digest = shell.ready(change)["digest"]
    terminal = Terminal(shell, "approve", change, "--digest", digest[:12])
    try:
        os.write(terminal.master, "\n".join(LETTERS).encode() * 20)
        terminal.asked()
        terminal.burst(b"\x03")
        assert terminal.ended() == 130
        assert decisions(shell, change) == []
    finally:
        terminal.close()


def test_without_a_terminal_it_is_refused_whatever_comes_in(shell: Shell, change: str, tmp_path: Path) -> None:
    digest = shell.ready(change)["digest"]
    (tmp_path / "letters").write_bytes(f"{LETTERS}\n".encode() * 1000)
    with (tmp_path / "letters").open("rb") as letters:
        done = shell.run("approve", change, "--digest", digest, stdin=letters)
    assert done.returncode == 2
    assert "approving needs a terminal" in done.stderr
    assert decisions(shell, change) == []
