"""Owns the child process that colours source text, its queue and its cache; run as a program it is that child.

What must stay true: nothing here is waited for; the newest question is answered first; a text that takes longer than
two seconds costs the child its life and stays plain. The child reads hostile text: it gets none of our environment,
descriptors or terminal, imports nothing from the working directory, dies with us, and what it answers is checked.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, overload

from reviewer.diff.spans import PackedLines, Spans, pack, unpack

LONGEST_WHOLE: Final = 256 * 1024
"""Bytes of a text that is coloured as a whole; a longer one is coloured where it is looked at."""
LONGEST: Final = 32 << 20
_LEAD: Final = 50
"""Lines before and after those asked for that are read with them, for what the first and the last ones mean."""
_SECONDS: Final = 2.0
_PATIENCE: Final = 10.0
_KEPT_BYTES: Final = 16 << 20
_KEPT: Final = 1024
_WAITING: Final = 64
_LINES: Final = 4000
_PIECES: Final = 48
_HELD: Final = 2
"""Long texts that the child holds: the two sides of a file."""
_MEMORY: Final = 1 << 30
_PROGRAM: Final = "import sys; sys.path += sys.argv[2:]; from reviewer.review.colouring import main; main()"
_PASSED: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What an interpreter of an unusual place may need to start at all."""


class LineColours(Sequence[Spans]):
    """The spans of a text's lines, as far as they are known: one piece of a small text, pieces of a long one."""

    def __init__(self, total: int, pieces: Sequence[tuple[int, PackedLines]], *, complete: bool) -> None:
        self._total = total
        self._pieces = tuple(pieces)
        self.complete = complete

    def __len__(self) -> int:
        return self._total

    @overload
    def __getitem__(self, n: int) -> Spans: ...
    @overload
    def __getitem__(self, n: slice) -> list[Spans]: ...
    def __getitem__(self, n: int | slice) -> Spans | list[Spans]:
        if isinstance(n, slice):
            return [self[i] for i in range(*n.indices(self._total))]
        if not -self._total <= n < self._total:
            raise IndexError(n)
        n %= self._total
        for first, lines in self._pieces:
            if first <= n < first + len(lines):
                return lines[n - first]
        return []

    def covers(self, first: int, last: int) -> bool:
        """Whether the lines from `first` up to `last` are known, or never will be."""
        first, last = max(first, 0), min(last, self._total)
        pieces = ((start, start + len(lines)) for start, lines in self._pieces)
        return self.complete or first >= last or any(start <= first and last <= end for start, end in pieces)

    def with_piece(self, first: int, lines: PackedLines) -> LineColours:
        """The same with one more piece, the newest in front; the oldest of many goes."""
        return LineColours(self._total, [(first, lines), *self._pieces[: _PIECES - 1]], complete=False)

    @property
    def size(self) -> int:
        return sum(lines.size for _, lines in self._pieces) + 100


PLAIN: Final = LineColours(0, (), complete=True)


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    load: Callable[[], bytes]
    lines: tuple[int, int] | None
    later: bool


class Colouring:
    """Colours by blob: ask with `want`, hear of it through `arrived` (in another thread), read with `get`.

    `seconds` bound the child's work on one text, `patience` the time by the clock; `command` is the child to run.
    """

    def __init__(
        self,
        arrived: Callable[[str], None],
        *,
        seconds: float = _SECONDS,
        patience: float = _PATIENCE,
        command: Sequence[str] | None = None,
    ) -> None:
        self._arrived = arrived
        self._command = tuple(command) if command is not None else _command(seconds)
        self._patience = patience
        self._done: OrderedDict[str, LineColours] = OrderedDict()
        self._done_bytes = 0
        self._asked: OrderedDict[tuple[str, int], _Job] = OrderedDict()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._long: dict[str, int] = {}  # the lines of long texts
        self._held: list[str] = []  # the keys of the long texts that the child holds, by slot
        self._slot = -1

    def get(self, key: str) -> LineColours | None:
        """The spans of each line; None while they are not known. Of a long text, those of the parts wanted so far."""
        return self._done.get(key)

    def want(
        self,
        key: str,
        name: str,
        load: Callable[[], bytes],
        lines: tuple[int, int] | None = None,
        *,
        later: bool = False,
    ) -> None:
        """Ask for a text's colours; `load` is called in another thread when its turn comes.

        Of a text over 256 KiB only `lines`, counted from 0, the end exclusive, are coloured. Asking again moves the
        question to the front; one that may wait until `later` goes to the end.
        """
        with self._news:
            done = self._done.get(key)
            if self._closed or (done is not None and (lines is None or done.covers(*lines))):
                return
            question = key, lines[0] if lines is not None else 0
            if later and (question in self._asked or (key in self._long and key not in self._held)):
                return
            self._asked[question] = _Job(name, load, lines, later)
            self._asked.move_to_end(question, last=not later)
            while len(self._asked) > _WAITING:
                self._asked.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="colouring")
                self._thread.start()
            self._news.notify()

    def close(self) -> None:
        """End the child; nothing arrives after this."""
        with self._news:
            self._closed = True
            self._asked.clear()
            self._news.notify()
            if self._child is not None:
                self._child.kill()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1)  # a thread still busy loading holds nothing that must end
        self._end_child()

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._asked and not self._closed:
                    self._news.wait()
                if self._closed:
                    return
                (key, _), job = self._asked.popitem()
                done = self._done.get(key)
                if done is not None and (job.lines is None or done.covers(*job.lines)):
                    continue  # another question about the text brought them
            try:
                found = self._answer(key, job)
                if found is None:
                    continue
            except Exception:  # whatever keeps a text from being read, it stays plain and the next one has its turn
                found = PLAIN
            with self._news:
                if self._closed:
                    return
                self._keep(key, found)
            if len(found):
                try:
                    self._arrived(key)
                except RuntimeError:
                    pass  # whoever asked is gone

    def _keep(self, key: str, found: LineColours) -> None:
        old = self._done.pop(key, None)
        self._done_bytes += found.size - (old.size if old is not None else 0)
        self._done[key] = found
        while len(self._done) > 1 and (self._done_bytes > _KEPT_BYTES or len(self._done) > _KEPT):
            self._done_bytes -= self._done.popitem(last=False)[1].size

    def _answer(self, key: str, job: _Job) -> LineColours | None:
        """The colours; None for those of a long text that may come later: no other is given up for them."""
        total = self._long.get(key)
        data = job.load()[: LONGEST + 1] if total is None or key not in self._held else None
        if data is not None and (
            not data or len(data) > LONGEST or (len(data) > LONGEST_WHOLE and job.lines is None)
        ):
            return PLAIN
        question: dict[str, object] = {"name": Path(job.name).name}
        if data is not None and len(data) <= LONGEST_WHOLE:
            lines = self._ask(question, data, data.count(b"\n") + 1)
            return LineColours(len(lines), [(0, lines)], complete=True) if len(lines) else PLAIN
        if data is not None:
            total = self._long[key] = data.count(b"\n") + 1
            if job.later:
                return None
        assert job.lines is not None and total is not None
        first, last = max(job.lines[0], 0), min(job.lines[1], job.lines[0] + _LINES)
        lines = self._ask_long(key, {**question, "first": first, "last": last}, data, last - first, job)
        if not len(lines):
            return PLAIN
        known = self._done.get(key) or LineColours(total, (), complete=False)
        return known.with_piece(first, lines)

    def _ask_long(
        self, key: str, question: dict[str, object], data: bytes | None, most: int, job: _Job
    ) -> PackedLines:
        """Ask about a long text, which is sent where the child does not hold it: both sides of one file stay there."""
        for slot, held in enumerate(self._held):
            if held == key and data is None:
                try:
                    lines = self._ask({**question, "slot": slot, "held": True}, b"", most, attempts=1)
                except (BrokenPipeError, EOFError):
                    break  # the child ended, and with it what it held
                return lines
        data = data if data is not None else job.load()[:LONGEST]
        slot = (self._slot + 1) % _HELD
        lines = self._ask({**question, "slot": slot, "held": False}, data, most)
        self._slot = slot
        self._held = [*self._held, ""][:_HELD] if slot >= len(self._held) else self._held
        self._held[slot] = key
        return lines

    def _ask(self, question: dict[str, object], data: bytes, most: int, attempts: int = 2) -> PackedLines:
        """The child's answer. A child found dead is replaced once; one that took too long is not asked again."""
        for attempt in range(attempts):
            child = self._ready_child()
            late = threading.Event()
            alarm = threading.Timer(self._patience, _kill, (child, late))
            alarm.daemon = True
            alarm.start()
            try:
                return _exchange(child, {**question, "bytes": len(data)}, data, most)
            except (OSError, EOFError):
                self._end_child()
                if late.is_set() or child.returncode == -signal.SIGPROF:
                    raise TimeoutError from None
                if attempt + 1 == attempts or self._closed:
                    raise
            except ValueError:  # what says nonsense is not asked again
                self._end_child()
                raise
            finally:
                alarm.cancel()
        raise AssertionError("unreachable")

    def _ready_child(self) -> subprocess.Popen[bytes]:
        with self._news:
            if self._closed:
                raise EOFError
            if self._child is None or self._child.poll() is not None:
                self._child, self._held = _start(self._command), []
            return self._child

    def _end_child(self) -> None:
        with self._news:
            child, self._child, self._held = self._child, None, []
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except OSError:
                    pass


def _kill(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _exchange(child: subprocess.Popen[bytes], question: dict[str, object], data: bytes, most: int) -> PackedLines:
    """One question and its answer: how many lines and bytes, then `pack`'s bytes. Raises ValueError on nonsense."""
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(json.dumps(question).encode() + b"\n")
    child.stdin.write(data)
    child.stdin.flush()
    head = child.stdout.readline(64)
    if not head:
        raise EOFError("the child died")
    lines, size = (int(part) for part in head.split(b" ", 1))
    # Two bytes for the count of each line, and at the most three numbers for each character of it.
    if not 0 <= lines <= most or not 0 <= size <= 2 * lines + 6 * LONGEST_WHOLE:
        raise ValueError("more than can be")
    body = child.stdout.read(size)
    if len(body) < size:
        raise EOFError("the child died")
    return unpack(body, lines)


def _command(seconds: float) -> tuple[str, ...]:
    """The child's command: isolated, so that neither the working directory nor the environment gives it modules."""
    import importlib.util

    import reviewer

    pygments = importlib.util.find_spec("pygments")
    files = (reviewer.__file__, pygments.origin if pygments is not None else None)
    places = dict.fromkeys(str(Path(file).absolute().parent.parent) for file in files if file)
    return (sys.executable, "-I", "-B", "-c", _PROGRAM, str(seconds), *places)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _PASSED if name in os.environ},
        cwd="/",
        start_new_session=True,
    )


# --- the child ------------------------------------------------------------------------------------------------------


def serve(questions: IO[bytes], answers: IO[bytes], seconds: float) -> None:
    """Answer questions until there are none: a header line, then the text unless its slot holds it."""
    from reviewer.diff.highlight import LongText, coloured

    texts: dict[int, LongText] = {}
    while header := questions.readline():
        asked = json.loads(header)
        data = questions.read(asked["bytes"])
        # Counted in work, not by the clock: on a busy machine a text is not punished for waiting. Kills this process.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            if "first" not in asked:
                lines = coloured(asked["name"], data.decode("utf-8", "surrogateescape"))
            else:
                if not asked["held"]:
                    texts[asked["slot"]] = LongText(asked["name"], data.decode("utf-8", "surrogateescape"))
                lead = min(asked["first"], _LEAD)
                lines = texts[asked["slot"]].coloured(asked["first"] - lead, asked["last"] + _LEAD)
                lines = lines[lead : lead + asked["last"] - asked["first"]]
        except Exception:
            lines = []  # a lexer's own mistake leaves the text plain
        body = pack(lines)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(b"%d %d\n" % (len(lines), len(body)))
        answers.write(body)
        answers.flush()


def main() -> None:
    import resource

    os.nice(10)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):
            pass  # a system that does not know this bound
    # Nothing that a lexer might print may be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
    serve(sys.stdin.buffer, answers, float(sys.argv[1]))
