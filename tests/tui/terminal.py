"""A small terminal: runs the real program on a real pty, answers what it is asked, and keeps every byte that came."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from answers import ANSWERS

SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    rb"|\x1b[\]PX^_](?:[^\x07\x1b\x9c]|\x1b(?!\\))*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    rb"|\x1b[ -/]*[0-~]"
    rb"|\xc2[\x80-\x9f]"  # C1 in UTF-8
    rb"|[\x00-\x1f\x7f]"
)
_ASKED: Mapping[bytes, str] = {
    rb"\x1b\[6n": "cursor position",
    rb"\x1b\[5n": "status",
    rb"\x1b\[0?c": "attributes",
    rb"\x1b\[>0?c": "attributes of the second kind",
    rb"\x1b\[=0?c": "third attributes",
    rb"\x1b\[>0?q": "version",
    rb"\x1b\[\d*x": "parameters",
    rb"\x1b\[\?u": "keyboard",
    rb"\x1b\]52;[^;]*;\?": "clipboard",
    rb"\x1b\]1[01];\?": "colour of the ground",
    rb"\x1b\]4;\d+;\?": "colour of the palette",
    rb"\x1bP\$q": "setting",
    rb"\x1bP\+q": "terminfo",
    rb"\x1b\[2[01]t": "title",
    rb"\x1b\[18t": "size in cells",
    rb"\x1b_G": "graphics of kitty",
    rb"\x1b\]1337;Report": "iterm report",
    rb"\x1b\]5522;": "clipboard of kitty",
    rb"\x05": "title",
}
_ANSWERS: Mapping[bytes, bytes] = {
    **{asked: ANSWERS[name].encode() for asked, name in _ASKED.items()},
    rb"\x1b\[\?(\d+)\$p": b"\x1b[?2026;2$y",
}
ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


class Terminal:
    """One program on a terminal of its own; `status` is its exit status once it ended."""

    def __init__(
        self, command: Sequence[str], folder: Path, size: tuple[int, int] = (80, 24), **environ: str
    ) -> None:
        self.output = b""
        self.status: int | None = None
        self.pid, self.screen = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, *command], {**os.environ, **ENVIRONMENT, **environ})
        self.resize(*size)
        self.before = termios.tcgetattr(self.screen)
        self._seen = threading.Condition()
        self._mark = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        answered = 0
        waiting = select.poll()  # select() knows no descriptor beyond 1023
        waiting.register(self.screen, select.POLLIN)
        while True:
            ready = waiting.poll(1000)
            try:
                data = os.read(self.screen, 65536) if ready else None
            except OSError:
                data = b""
            if data == b"":
                with self._seen:
                    self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                    self._seen.notify_all()
                return
            if data is None:
                continue
            with self._seen:
                self.output += data
                self._seen.notify_all()
            for match in SEQUENCE.finditer(self.output, answered):
                if match.end() == len(self.output) and match[0] == b"\x1b":
                    break
                answered = match.end()
                for asked, answer in _ANSWERS.items():
                    if re.match(asked, match[0]):
                        os.write(self.screen, answer)

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def type(self, *keys: str) -> None:
        """Write keys as a hand does: after one that ends something a while, as escape else begins a sequence."""
        for key in keys:
            os.write(self.screen, key.encode())
            time.sleep(0.4 if key in ("\x1b", "\r", "q", "u") else 0.03)

    def wait(self, *words: str, seconds: float = 40) -> None:
        """Wait until words have been written since the last wait, in any order."""
        end = time.monotonic() + seconds
        with self._seen:
            while True:
                text = plain(self.output[self._mark :])
                if all(word in text for word in words):
                    self._mark = len(self.output)
                    return
                assert self.status is None, f"it ended with {self.status}:\n{text[-3000:]}"
                assert time.monotonic() < end, f"it never wrote {words}:\n{text[-3000:]}"
                self._seen.wait(0.2)

    def ended(self, seconds: float = 30) -> int:
        """Its exit status, once it ended."""
        end = time.monotonic() + seconds
        with self._seen:
            while self.status is None:
                assert time.monotonic() < end, plain(self.output[self._mark :])[-3000:]
                self._seen.wait(0.2)
        return self.status

    def kill(self) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
        self._reader.join(10)

    def kinds(self) -> set[bytes]:
        """Every control sequence and control character that was written, numbers left out."""
        return {re.sub(rb"[0-9;:]+", b"0", match[0]) for match in SEQUENCE.finditer(self.output)}


def plain(output: bytes) -> str:
    """What was written without what only moves and colours; a jump is a blank."""
    return re.sub(rb"\x1b\[[0-?]*[ -/]*[@-ln-~]", b" ", re.sub(rb"\x1b\[[0-9;:]*m", b"", output)).decode(
        "utf-8", "replace"
    )
