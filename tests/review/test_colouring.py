"""Colours come from a child that can be killed by what it reads, lied to or lost, and nobody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from reviewer.diff.highlight import CLASSES, coloured
from reviewer.review.colouring import LONGEST_WHOLE, Colouring

CODE = b'def f():\n    """Say\n    it."""\n    return 1  # one\n'
SLOW = b"<!--\n" * 50_000
"""Every opening is searched to the end for the closing that never comes."""
PATIENT = 60.0
"""Seconds by the clock that a busy machine may take in tests; nothing waits that long when all is well."""


class Desk:
    """A colouring and what arrived of it."""

    def __init__(self, **options: object) -> None:
        self.arrived: list[str] = []
        self.colouring = Colouring(self.arrived.append, **{"patience": PATIENT, **options})  # type: ignore[arg-type]

    def colours(self, key: str, name: str, text: bytes, lines: tuple[int, int] | None = None) -> Sequence[object]:
        self.colouring.want(key, name, lambda: text, lines)
        return until(lambda: self.colouring.get(key))


T = TypeVar("T")


def until(look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENT
    while (found := look()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


@pytest.fixture
def open_desk() -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(**options: object) -> Desk:
        desks.append(Desk(**options))
        return desks[-1]

    yield make
    for desk in desks:
        desk.colouring.close()


def child_of(desk: Desk) -> int:
    child = desk.colouring._child
    assert child is not None
    return child.pid


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_the_child_answers_what_the_lexer_says(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    assert list(desk.colours("k", "src/a.py", CODE)) == coloured("a.py", CODE.decode())
    until(lambda: desk.arrived or None)
    assert desk.arrived == ["k"]
    desk.colouring.want("k", "a.py", lambda: pytest.fail("asked again for what is known"))
    assert len(desk.colours("plain", "a.unknown", CODE)) == 0
    assert len(desk.colours("empty", "a.py", b"")) == 0
    assert len(desk.colours("after", "a.py", CODE)) == 5
    assert "plain" not in desk.arrived


def test_a_file_that_cannot_be_loaded_stays_plain(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.colouring.want("gone", "a.py", lambda: b"".join(iter([1])))  # type: ignore[list-item]
    assert len(until(lambda: desk.colouring.get("gone"))) == 0
    assert len(desk.colours("next", "a.py", CODE)) == 5


def test_the_newest_question_is_answered_first(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    began, go_on, order = threading.Event(), threading.Event(), []

    def load(key: str) -> bytes:
        order.append(key)
        began.set()
        go_on.wait(PATIENT)
        return CODE

    desk.colouring.want("first", "a.py", lambda: load("first"))
    assert began.wait(PATIENT)
    for key in ("a", "b", "c", "a"):
        desk.colouring.want(key, "a.py", lambda key=key: load(key))  # type: ignore[misc]
    go_on.set()
    until(lambda: desk.colouring.get("b"))
    assert order == ["first", "a", "c", "b"]


def test_a_text_that_takes_too_long_stays_plain_and_the_next_has_colours(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(seconds=0.3)
    desk.colours("before", "a.py", CODE)
    first = child_of(desk)
    assert len(desk.colours("slow", "a.xml", SLOW)) == 0
    assert not is_alive(first)
    assert len(desk.colours("next", "a.py", CODE)) == 5
    assert child_of(desk) != first


def test_a_child_that_was_killed_between_two_texts_is_replaced(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.colours("one", "a.py", CODE)
    os.kill(child_of(desk), 9)
    assert len(desk.colours("two", "a.py", CODE)) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_child_has_nothing_of_ours(open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    ours, theirs = os.pipe()
    os.set_inheritable(ours, True)
    desk = open_desk()
    desk.colours("k", "a.py", CODE)
    proc = Path(f"/proc/{child_of(desk)}")
    names = {entry.split(b"=")[0] for entry in (proc / "environ").read_bytes().split(b"\0") if entry}
    assert names <= {b"LD_LIBRARY_PATH"}
    assert os.getsid(child_of(desk)) == child_of(desk)
    assert os.getpriority(os.PRIO_PROCESS, child_of(desk)) >= 10
    opened = {link.name: str(link.readlink()) for link in (proc / "fd").iterdir()}
    assert str(Path(f"/proc/self/fd/{ours}").readlink()) not in opened.values()
    assert opened["2"] == "/dev/null" and not [link for link in opened.values() if "tty" in link or "pts" in link]
    os.close(ours)
    os.close(theirs)


def test_the_child_imports_nothing_from_where_we_stand(
    open_desk: Callable[..., Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "pygments", "reviewer", "signal"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert len(open_desk().colours("k", "a.py", CODE)) == 5
    assert not (tmp_path / "ran").exists()


ANSWERS = {
    "lines without end": b"%d 0\n" % (1 << 60),
    "more lines than the text has": b"9 18\n" + b"\0" * 18,
    "too many bytes": b"1 %d\n" % (1 << 40),
    "less than none": b"-1 0\n",
    "no numbers": b"x y\n",
    "no header": b"A" * 100_000,
    "counts that do not add up": b"1 4\n\1\0\0\0",
    "half a number": b"1 3\n\0\0\0",
    "silence": b"",
}


def fake(body: str) -> list[str]:
    """A child of our own making; it reads its question first."""
    reads = "question = json.loads(sys.stdin.buffer.readline())\nsys.stdin.buffer.read(question['bytes'])\n"
    return [sys.executable, "-c", f"import array, json, sys\n{reads}{body}\n"]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_nonsense_for_an_answer_leaves_the_text_plain(open_desk: Callable[..., Desk], answer: bytes) -> None:
    desk = open_desk(command=fake(f"sys.stdout.buffer.write({answer!r})"))
    assert len(desk.colours("k", "a.py", b"x = 1")) == 0
    assert desk.arrived == []


@pytest.mark.parametrize(
    "span",
    [(0, 0, 1), (0, 2001, 1), (1999, 2, 1), (0, 1, len(CLASSES)), (0, 1, 0), (65535, 65535, 65535)],
)
def test_numbers_that_are_no_span_are_no_colours(open_desk: Callable[..., Desk], span: tuple[int, int, int]) -> None:
    numbers = (1, 2, *span, 0, 1, 2, 1, 2, 3)
    desk = open_desk(
        command=fake(f"sys.stdout.buffer.write(b'2 22\\n' + array.array('H', {numbers}).tobytes()); sys.stdout.flush()")
    )
    assert list(desk.colours("k", "a.py", b"x\ny")) == [[], [(0, 1, 2), (1, 2, 3)]]


def test_spans_that_overlap_are_no_colours(open_desk: Callable[..., Desk]) -> None:
    numbers = (2, 0, 3, 1, 2, 3, 1)
    desk = open_desk(command=fake(f"sys.stdout.buffer.write(b'1 14\\n' + array.array('H', {numbers}).tobytes())"))
    assert list(desk.colours("k", "a.py", b"xxxxxx")) == [[]]


def test_a_child_that_never_answers_is_given_up_by_the_clock(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(command=[sys.executable, "-c", "import time; time.sleep(600)"], patience=0.2)
    assert len(desk.colours("k", "a.py", CODE * 5000)) == 0


def test_close_leaves_no_process_and_no_thread(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(seconds=PATIENT)
    desk.colours("k", "a.py", CODE)
    pid = child_of(desk)
    desk.colouring.want("slow", "a.xml", lambda: SLOW)
    desk.colouring.want("never", "a.py", lambda: CODE)
    desk.colouring.close()
    assert not is_alive(pid)
    assert not [thread for thread in threading.enumerate() if thread.name == "colouring"]
    desk.colouring.want("late", "a.py", lambda: pytest.fail("asked after the end"))
    assert desk.colouring.get("late") is None
    desk.colouring.close()


def run_desk(ending: str) -> subprocess.CompletedProcess[str]:
    program = f"""
        import os, sys, threading
        from pathlib import Path
        from reviewer.review.colouring import Colouring
        there = threading.Event()
        colouring = Colouring(lambda key: there.set(), seconds=1, patience=60)
        colouring.want("k", "a.py", lambda: b"x = 1")
        there.wait(60)
        stat = Path(f"/proc/{{colouring._child.pid}}/stat")
        worked = lambda: int(stat.read_text().rsplit(")", 1)[1].split()[11])
        before = worked()
        colouring.want("slow", "a.xml", lambda: b"<!--\\n" * 50_000)
        while worked() < before + 10: threading.Event().wait(0.01)
        print(colouring._child.pid, flush=True)
        {ending}
    """
    return subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("ending", ["", "sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_the_child_ends_with_us_even_in_the_middle_of_a_text(ending: str) -> None:
    done = run_desk(ending)
    assert done.stderr == "" and done.returncode == {"": 0, "sys.exit(3)": 3}.get(ending, -9)
    pid = int(done.stdout)
    until(lambda: None if is_alive(pid) else True)


def test_a_long_text_is_coloured_where_it_is_looked_at(open_desk: Callable[..., Desk]) -> None:
    text = b's = """\n' + b"in a string\n" * 30_000 + b'"""\nx = 1\n'
    assert len(text) > LONGEST_WHOLE
    desk = open_desk()
    assert len(desk.colours("whole", "a.py", text)) == 0
    loads: list[int] = []

    def load() -> bytes:
        loads.append(1)
        return text

    desk.colouring.want("k", "a.py", load, (15_000, 15_050))
    found = until(lambda: desk.colouring.get("k"))
    assert len(found) == 30_004
    assert found[15_020] == [(0, 11, CLASSES.index("string"))] and found[0] == [] == found[29_999]
    desk.colouring.want("k", "a.py", load, (29_990, 30_004))
    until(lambda: (desk.colouring.get("k") or [[]])[29_999] or None)
    end = desk.colouring.get("k")
    assert end is not None and end[15_020] == found[15_020] and end[30_001] == [(0, 3, 2)]
    assert end[30_002] == [(2, 1, 8), (4, 1, 4)]
    desk.colouring.want("k", "a.py", load, (15_010, 15_040))  # known
    assert len(desk.colours("other", "b.py", CODE)) == 5
    assert len(loads) == 1


def test_both_sides_of_a_long_file_are_sent_once(open_desk: Callable[..., Desk]) -> None:
    sides = {name: b"".join(b"%s = %d\n" % (name.encode(), n) for n in range(40_000)) for name in ("old", "new")}
    loads: list[str] = []
    desk = open_desk()

    def load(name: str) -> bytes:
        loads.append(name)
        return sides[name]

    for first in (0, 9000, 18_000):
        for name in sides:
            desk.colouring.want(name, "a.py", lambda name=name: load(name), (first, first + 50))  # type: ignore[misc]
            lines = until(lambda name=name, first=first: (desk.colouring.get(name) or {first: ()})[first] or None)  # type: ignore[misc]
            assert lines == [(len(name) + 1, 1, 8), (len(name) + 3, len(str(first)), 4)]
    assert loads == ["old", "new"]
