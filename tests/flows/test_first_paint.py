"""The inbox is on screen before Textual is imported: few imports, the app's own lines, never in the way."""

import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest

from reviewer.first_paint import repository_root, screen
from reviewer.model.change import Change, Kind, Size, State
from reviewer.review.inbox_rows import Beside
from reviewer.review.lines import Line, width_of
from reviewer.review.peek import kept, screen_lines
from reviewer.settings import theme
from reviewer.store.cache import Cache
from reviewer.store.peek import peek_name, read_peek
from reviewer.text import Untrusted

ALLOWED = (
    "reviewer reviewer.first_paint reviewer.review reviewer.review.early_keys reviewer.review.inbox_rows"
    " reviewer.review.lines reviewer.review.peek reviewer.store reviewer.store.peek reviewer.text"
).split()
HEAVY = {"asyncio", "click", "dataclasses", "inspect", "msgspec", "pathlib", "rich", "subprocess", "textual"}
HOSTILE = "Two \x1b]52;c;aGk=\x07 \u202e[/b][@click=app.exit]"


def change(change_id: str, title: str) -> Change:
    texts = [Untrusted(text) for text in ("/work", title, "claude/fix", "claude", "main")]
    ids = ("d" * 64, "a" * 40, "b" * 40)
    size = Size(1, 2, 3)
    return Change(
        change_id, 1, Kind.CODE, State.PENDING, "repo", *texts, 1, *ids, size, None, 0, (), "passed", 0, 1000.0, 1000.0
    )


def peek_of(titles: list[str]) -> dict[str, object]:
    rows = [change(f"c{n}", title) for n, title in enumerate(titles)]
    title: Line = ((" reviewer", "accent bold"), (" work", "text bold"))
    beside = [(row, Beside(fresh=row.change_id == "c1", news="new", met=1, asked=2)) for row in rows]
    sections = [(0, "mine", len(rows))]
    keys = [("enter", "open"), ("?", "help")]
    return kept(beside, sections, len(rows), title, 1000.0, keys, theme("dark"), {}, preview=True, tall=None)


def home_with(tmp_path: Path, peek: dict[str, object]) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    work = tmp_path / "work"
    work.mkdir()
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    cache = Cache(home / "store" / "cache.db")
    cache.set_fact(peek_name(str(work)), json.dumps(peek))
    cache.close()
    return home


def test_it_imports_only_what_is_listed(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["One"]))
    code = (
        "import sys; from reviewer.first_paint import paint, screen; from reviewer.store.peek import read_peek\n"
        "import reviewer.review.early_keys\n"
        f"peek = read_peek({str(home)!r}, {str(tmp_path / 'work')!r}); assert peek is not None\n"
        "assert 'One' in screen(peek, 80, 24, 0, deep=True, plain=False)\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.split(".")[0] == "reviewer"} == set(ALLOWED)
    assert not loaded & HEAVY


LATER = (
    "click httpx git reviewer.diff.parse reviewer.risk reviewer.sandbox reviewer.repo.look reviewer.repo.quarantine"
    " reviewer.review.comparison reviewer.review.run_desk reviewer.tui.review_screen textual.widgets._text_area"
).split()


def test_what_the_first_key_does_not_need_is_loaded_after_it() -> None:
    code = (
        "import sys, reviewer.cli, reviewer.cli.screens, reviewer.tui.app, reviewer.tui.driver\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    assert not set(done.stdout.split()) & set(LATER)


def test_no_byte_of_a_title_acts() -> None:
    shown = screen(peek_of([HOSTILE, "\x9b31m"]), 189, 24, 0, deep=True, plain=False)
    for sequence in ("\x1b]", "\x07", "\x9b", "\u202e"):
        assert sequence not in shown
    assert "[/b][@click" in shown


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 45), (20, 6), (200, 60)])
def test_every_line_is_as_wide_as_the_screen(width: int, height: int) -> None:
    lines = screen_lines(peek_of(["日本語のタイトル" * 9] * 40), width, height, 2000.0)
    assert len(lines) == height
    assert all(width_of(line) <= width for line, _ in lines)


def test_what_is_kept_is_private_and_anything_else_is_nothing(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["One"]))
    root = str(tmp_path / "work")
    assert read_peek(str(home), root) is not None
    assert read_peek(str(home), "elsewhere") is None
    assert read_peek(str(tmp_path / "gone"), root) is None
    (home / "store" / "cache.db").chmod(0o644)
    assert read_peek(str(home), root) is None
    (home / "store" / "cache.db").chmod(0o600)
    (home / "store" / "cache.db").write_bytes(b"not a database at all" * 100)
    assert read_peek(str(home), root) is None


def test_the_root_is_where_the_git_folder_is(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / ".git").mkdir()
    assert repository_root(str(tmp_path / "a" / "b")) == str(tmp_path / "a")
    assert repository_root("/") == ""


class Terminal:
    """The program on a pty; what it wrote, and the terminal's own settings."""

    def __init__(self, home: Path, work: Path) -> None:
        self.main, self.side = pty.openpty()
        ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.side)
        env = {**os.environ, "REVIEWER_HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        env.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reviewer"],
            cwd=work,
            env=env,
            stdin=self.side,
            stdout=self.side,
            stderr=self.side,
            start_new_session=True,
        )
        self.wrote = b""

    def until(self, wanted: bytes, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while wanted not in self.wrote:
            assert time.monotonic() < end, self.wrote[-2000:]
            if select.select([self.main], [], [], 0.2)[0]:
                self.wrote += os.read(self.main, 65536)

    def ended(self) -> int:
        end = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < end, self.wrote[-2000:]
            if select.select([self.main], [], [], 0.1)[0]:
                self.wrote += os.read(self.main, 65536)
        while select.select([self.main], [], [], 0.1)[0]:
            self.wrote += os.read(self.main, 65536)
        assert termios.tcgetattr(self.side) == self.before
        os.close(self.main)
        os.close(self.side)
        return self.process.returncode


def test_a_start_that_fails_gives_the_terminal_back_and_says_why(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["Painted first"]))
    (home / "config.toml").write_text('theme = "none of ours"\n')
    terminal = Terminal(home, tmp_path / "work")
    terminal.until(b"Painted first")
    terminal.until(b"config.toml")
    assert terminal.ended() == 2
    wrote = terminal.wrote
    assert wrote.index(b"Painted first") < wrote.rindex(b"\x1b[?1049l") < wrote.index(b"config.toml")


def test_textual_takes_over_without_clearing_and_keys_typed_early_count(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["Painted first"]))
    terminal = Terminal(home, tmp_path / "work")
    terminal.until(b"Painted first")
    os.write(terminal.main, b"q")
    assert terminal.ended() == 0
    assert terminal.wrote.count(b"\x1b[?1049h") == 1
    assert terminal.wrote.count(b"\x1b[?1049l") == 1


def test_the_cursor_moves_before_textual_is_there_and_every_other_key_is_kept(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["Painted first", "Painted second", "Painted third"]))
    terminal = Terminal(home, tmp_path / "work")
    terminal.until(b"Painted third")
    os.write(terminal.main, b"j\x1b[B\x1b[Akj")
    terminal.until(b" 2 of 3")
    # The application's own mouse reports are asked for when it takes over, and not before.
    assert b"\x1b[?1000h" not in terminal.wrote
    os.write(terminal.main, b"jwq")
    assert terminal.ended() == 0


def test_a_start_that_fails_after_keys_came_gives_the_terminal_back(tmp_path: Path) -> None:
    home = home_with(tmp_path, peek_of(["Painted first", "Painted second"]))
    (home / "config.toml").write_text('theme = "none of ours"\n')
    terminal = Terminal(home, tmp_path / "work")
    terminal.until(b"Painted second")
    os.write(terminal.main, b"j")
    terminal.until(b"config.toml")
    assert terminal.ended() == 2
