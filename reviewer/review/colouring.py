"""Owns the child process that colours source text, its queue and its cache; run as a program it is that child.

What must stay true: nothing here is waited for; the newest question is answered first; a text that takes longer than
two seconds costs the child its life and stays plain.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

Spans = list[tuple[int, int, int]]
_SECONDS: Final = 2.0
_KEPT: Final = 256


class Colouring:
    """Colours by blob: ask with `want`, hear of it through `arrived`, read with `get`."""

    def __init__(self, arrived: Callable[[str], None]) -> None:
        self._arrived = arrived
        self._done: OrderedDict[str, list[Spans]] = OrderedDict()
        self._asked: dict[str, tuple[str, Callable[[], bytes]]] = {}
        self._news = threading.Condition()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def get(self, key: str) -> list[Spans] | None:
        """The spans of each line; None while they are not known."""
        return self._done.get(key)

    def want(self, key: str, name: str, load: Callable[[], bytes]) -> None:
        """Ask for a text's colours; `load` is called in another thread when its turn comes."""
        with self._news:
            if key in self._done or key in self._asked or self._closed:
                return
            self._asked[key] = (name, load)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="colouring")
                self._thread.start()
            self._news.notify()

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify()
        self._end_child()

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._asked and not self._closed:
                    self._news.wait()
                if self._closed:
                    return
                key = next(reversed(self._asked))
                name, load = self._asked[key]
            try:
                spans = self._ask(name, load())
            except (OSError, ValueError):
                self._end_child()
                spans = []
            with self._news:
                self._asked.pop(key, None)
                self._done[key] = spans
                while len(self._done) > _KEPT:
                    self._done.popitem(last=False)
            if spans and not self._closed:
                self._arrived(key)

    def _ask(self, name: str, data: bytes) -> list[Spans]:
        if not data:
            return []
        child = self._child
        if child is None or child.poll() is not None:
            child = self._child = _start()
        assert child.stdin is not None and child.stdout is not None
        header = json.dumps({"name": Path(name).name, "bytes": len(data)}).encode() + b"\n"
        child.stdin.write(header + data)
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], _SECONDS)
        if not ready:
            raise ValueError("took too long")
        length = int(child.stdout.readline() or b"-1")
        if length < 0:
            raise ValueError("the child died")
        lines: list[Spans] = json.loads(child.stdout.read(length))
        return lines

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:
                        pass


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "reviewer.review.colouring"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """The child: a header line with name and length, then the text; answered by a length, then JSON."""
    from reviewer.diff.highlight import coloured

    while header := questions.readline():
        asked = json.loads(header)
        text = questions.read(asked["bytes"]).decode("utf-8", "surrogateescape")
        try:
            lines = coloured(asked["name"], text)
        except Exception:
            lines = []  # a lexer's own mistake leaves the text plain
        body = json.dumps(lines).encode()
        answers.write(b"%d\n" % len(body) + body)
        answers.flush()


if __name__ == "__main__":
    os.nice(10)
    serve(sys.stdin.buffer, sys.stdout.buffer)
