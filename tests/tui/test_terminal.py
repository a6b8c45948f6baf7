"""The real program on a real terminal: nothing of a change reaches it raw; crashes tell nothing, kills lose nothing."""

import itertools
import json
import os
import re
import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import ANSWERS
from stage import Place
from terminal import Terminal, plain

from reviewer.review.challenge import LETTERS
from reviewer.sandbox.launch import probe

EVIL = (
    "\x1b]52;c;aGprb3Bxc3Z6\x07", "\x1b]52;c;?\x07", "\x1b]11;?\x1b\\", "\x1b]4;1;?\x07", "\x1b[6n", "\x1b[c",
    "\x1b[>q", "\x1bP$qm\x1b\\", "\x1b[21t", "\x1b[2J\x1b[H", "\x1b]0;owned\x07", "\x1b[?1049l", "\x1bc", "\x9b6n",
    "\x9d52;c;aGk=\x9c", "\r\x08\x08\x07\x0b\x0c\x0e", "\x7f", "\u202eevil\u202c", "\u2066x\u2069",
    "\u200b\u200d\ufeff", "\U000e0041", "[/b]", "[@click=app.exit]quit[/]", "[TODO]", "[bold red]", "trailing\\",
    "{x}", "$x", "\u2028", "é\u0301" * 9,
)  # fmt: skip
HARMLESS = tuple(f"word{n}" for n in range(len(EVIL)))
RUN = '[[run]]\nname = "tests"\ncommand = ["cat", "printed.txt"]\n'


def change_of(place: Place, words: tuple[str, ...], name: str) -> str:
    """A change that has these words wherever words of others are shown."""
    text = " ".join(words)
    lines = "".join(f"{word}\n" for word in words)
    path = "".join(char for char in text if char not in "/\0")[:120]
    files = {
        "app.py": "a = 1\n" + lines, f"dir{path}/{path}": lines, "printed.txt": lines, f"{name}.md": lines,
    }  # fmt: skip
    place.branch(f"claude/{name}\u202e]b", files, message=text)
    detail = place.desk.submit(f"claude/{name}\u202e]b", "main", text, text, lines)
    found = place.settled(detail.change.change_id)
    place.desk.talk.comment(found, lines, agent=text)
    place.desk.sync()
    return found.change.change_id


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A home, its gate, and a change of either kind."""
    made = Place(tmp_path_factory.mktemp("terminal"), {"app.py": "a = 1\n", "reviewer.toml": RUN})
    yield made
    made.close()


def walk(place: Place, change_id: str) -> Terminal:
    """Everything about a change is shown once, a verdict is begun and left."""
    run = Terminal(["-m", "reviewer", "open", change_id], place.work, REVIEWER_HOME=str(place.home))
    try:
        run.wait("app.py", "findings")
        for key in "1234567":
            run.type(key)
            run.wait(key)
        run.type("2", "]", "]", "}", "/", *"word", "\r", "n", "\x1b[B", "s", "s", " ", " ", "b", "z", "z", "c")
        run.wait("Comment on")
        run.type("\x18", "a")
        run.wait("revision 1")
        run.resize(100, 30)
        run.type(*LETTERS)
        run.wait("decide nothing")
        run.type("\x1b")
        run.wait("files")
        run.type("?")
        run.wait("approve: asks")
        run.type("q", "u")
        run.wait("to review")
        run.type("j", "k", "v", "v", "q")
        assert run.ended() == 0
    finally:
        run.kill()
    return run


def test_nothing_of_a_change_reaches_the_terminal_raw_and_no_answer_decides(place: Place) -> None:
    if probe().tier == "none":
        pytest.skip("the output of a run is a part of it")
    innocent = walk(place, change_of(place, HARMLESS, "innocent"))
    hostile = walk(place, change_of(place, EVIL, "hostile"))
    strange = hostile.kinds() - innocent.kinds()
    assert not strange
    assert not {kind for kind in hostile.kinds() if kind[:2] in (b"\x1bP", b"\x1b_", b"\x1b^") or kind[:1] == b"\xc2"}
    text = hostile.output.decode("utf-8", "replace")
    for char in "\u202e\u202c\u2066\u2069\u200b\u200d\ufeff\U000e0041\u2028\ufffd":
        assert char not in text or char == "\ufffd", hex(ord(char))
    shown = plain(hostile.output)
    for words in ("␛]52;c;", "[/b]", "[@click=app.exit]", "[TODO]", "trailing\\", "<U+202E>", "<9B>6n"):
        assert words in shown, words
    assert all(item.decision is None for item in place.desk.outbox())


ASKED = re.compile(r"Type +(\w) +(\w) +(\w) +to approve")


def sent(run: Terminal, *reads: str, apart: float = 0.1) -> None:
    """Each in a read of its own; as a rule as far apart as a hand's keys."""
    for data in reads:
        os.write(run.screen, data.encode())
        time.sleep(apart)


def test_letters_in_answers_and_beside_them_confirm_nothing_and_those_of_a_hand_do(place: Place) -> None:
    change_id = change_of(place, HARMLESS, "asked")
    run = Terminal(["-m", "reviewer", "open", change_id], place.work, REVIEWER_HOME=str(place.home))

    widths = itertools.cycle((90, 80))

    def letters() -> str:
        """Those of a fresh draw: another size paints all of it, and not what changed alone."""
        run.resize(next(widths), 24)
        run.wait("to approve, one after the other")
        time.sleep(0.5)
        return "".join(ASKED.findall(plain(run.output))[-1])

    try:
        run.wait("app.py", "findings")
        run.type("a")
        run.wait("to approve, one after the other")
        for name in ("status", "clipboard", "title", "setting"):
            answer = ANSWERS[name]
            sent(run, *(answer + letter for letter in letters()))  # after an answer, in its read
            sent(run, *(letter + answer for letter in letters()))
            for letter in letters():
                # An answer in pieces, and a letter at once.
                sent(run, *answer[:3], answer[3:-1], answer[-1], apart=0.03)
                sent(run, letter)
        wanted = letters()
        sent(run, "\x1b]", *f"52;c;{wanted}", "\x1b\\")
        sent(run, f"\x1b[200~x\x1b[201~{wanted}", f"\x1bP1$r{wanted}m\x1b\\")
        assert [item for item in place.desk.outbox() if item.decision is not None] == []
        sent(run, *letters())
        for _ in range(200):
            if any(item.decision is not None for item in place.desk.outbox()):
                break
            time.sleep(0.05)
        assert [item.decision.change_id for item in place.desk.outbox() if item.decision] == [change_id]
    finally:
        run.kill()


CRASH = """
import sys
from reviewer.tui.diff_view import DiffView
from reviewer.model.errors import ReviewerError

def line(self, n, width):
    token = "ghp_sixteenlettersandmore"
    raise RuntimeError("\\x1b]52;c;aGk=\\x07 password=hunter2hunter2 [/b] [@click=app.exit]")

DiffView.line = line
from reviewer.cli import run
sys.argv = ["reviewer", "open", {change!r}]
sys.exit(run())
"""


@pytest.mark.parametrize("where", ["screen", "thread"])
def test_a_crash_tells_where_and_no_secret_and_gives_the_terminal_back(
    place: Place, tmp_path: Path, where: str
) -> None:
    change_id = change_of(place, HARMLESS, f"crash-{where}")
    code = CRASH.format(change=change_id)
    if where == "thread":
        code = code.replace("DiffView.line = line", "from reviewer.review.desk import Desk\nDesk.open = line")
        code = code.replace("def line(self, n, width):", "def line(self, change):")
    run = Terminal(["-c", code], place.work, REVIEWER_HOME=str(place.home))
    try:
        assert run.ended() == 1
    finally:
        run.kill()
    for secret in (b"ghp_", b"hunter2", b"Traceback", b"\x1b]52", b"locals"):
        assert secret not in run.output
    left = run.output.rfind(b"\x1b[?1049l")
    assert left > run.output.rfind(b"\x1b[?1049h")
    said = plain(run.output[left:])
    assert "failed in a way that nobody foresaw: RuntimeError" in said
    assert "the report is" in said
    for mode in (b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
        assert run.output.rfind(mode) > run.output.rfind(mode[:-1] + (b"l" if mode.endswith(b"h") else b"h"))
    report = max((place.home / "crashes").glob("*.txt"), key=lambda path: path.stat().st_mtime).read_text()
    assert "RuntimeError" in report
    assert "ghp_" not in report
    assert "hunter2" not in report


def test_the_terminal_has_its_settings_back_after_leaving(place: Place) -> None:
    run = Terminal(["-m", "reviewer"], place.work, REVIEWER_HOME=str(place.home))
    try:
        run.wait("to review")
        assert termios.tcgetattr(run.screen)[3] & termios.ECHO == 0
        run.type("q")
        assert run.ended() == 0
    finally:
        run.kill()
    assert run.output.rfind(b"\x1b[?1049l") > run.output.rfind(b"\x1b[?1049h")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_draft_outlives_the_program(place: Place, number: int) -> None:
    change_id = change_of(place, HARMLESS, f"killed-{number}")
    run = Terminal(["-m", "reviewer", "open", change_id], place.work, REVIEWER_HOME=str(place.home))
    try:
        run.wait("app.py")
        run.type("]", "c")
        run.wait("Comment on")
        run.type(*"so far")
        run.wait("kept")
        run.type(*" so good")
        for _ in range(100):
            if any(draft.body.raw == "so far so good" for draft in place.desk.talk.drafts(change_id)):
                break
            signal.sigtimedwait([], 0.05)
        os.kill(run.pid, number)
        run.ended()
    finally:
        run.kill()
    assert [draft.body.raw for draft in place.desk.talk.drafts(change_id)] == ["so far so good"]
    assert json.dumps(plain(run.output)).count("Traceback") == 0
