"""What compact painting puts on a real terminal is what stock painting puts there: each cell's text, ink and ground."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.text import cell_width

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
KEYS = [*["j"] * 36, "C-d", *["j"] * 5, *["k"] * 30, "Space", "b", "s", *["j"] * 30, "]", "l", "h", "z", "j", "G", "k"]
SGR = re.compile(r"\x1b\[([0-9;]*)m")
COLUMNS = 90
"""Too few for the list of files: lines go across the screen, so that they may scroll by region."""
Cell = tuple[str, str, str, str]


def patch() -> str:
    lines = [f"    value_{n} = compute({n}, 'text {n}')  # 日本 é\t{n}" for n in range(160)]
    changed = [f"-{line}\n+{line.replace('value', 'other')}\n" for line in lines]
    body = "".join(changed[n] if n % 3 == 0 else f" {line}\n" for n, line in enumerate(lines))
    return f"diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,160 +1,160 @@ def f():\n{body}" * 2


class Screen:
    """A terminal of 90 x 30 with the diff view in it."""

    def __init__(self, folder: Path, name: str, plain: bool) -> None:
        self.socket = str(folder / f"{name}.sock")
        home = folder / name
        home.mkdir(mode=0o700)
        env = {**os.environ, "REVIEWER_HOME": str(home), "TERM": "screen-256color", "COLORTERM": "",
               "REVIEWER_PLAIN_PAINT": "1" if plain else ""}  # fmt: skip
        command = [sys.executable, "-m", "reviewer", "diff", "--patch", str(folder / "patch")]
        self.tmux("new-session", "-d", "-x", str(COLUMNS), "-y", "30", *command, env=env)

    def tmux(self, *args: str, env: dict[str, str] | None = None) -> str:
        call = ["tmux", "-f", "/dev/null", "-S", self.socket, *args]
        return subprocess.run(call, check=True, capture_output=True, env=env or dict(os.environ)).stdout.decode()

    def settled(self) -> list[list[Cell]]:
        """The cells once they have stopped to change."""
        before = ""
        for _ in range(400):
            now = self.tmux("capture-pane", "-p", "-e", "-N")
            if now == before and "hunk" in now:
                return cells(now)
            before = now
            time.sleep(0.15)
        raise AssertionError(before)

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)


def cells(screen: str) -> list[list[Cell]]:
    """Rows of characters with ink, ground and attributes; of a blank the ink says nothing."""
    rows: list[list[Cell]] = [[]]
    ink = back = ""
    attributes: set[str] = set()
    at = 0
    for match in [*SGR.finditer(screen), None]:
        for char in screen[at : match.start() if match else len(screen)]:
            if char == "\n":
                # tmux does not tell erased cells at the end of a line: they have the last ground.
                rows[-1] += [(" ", "", rows[-1][-1][2] if rows[-1] else "", "")] * (COLUMNS - width(rows[-1]))
                rows.append([])
                continue
            blank = char == " "
            rows[-1].append((char, "" if blank else ink, back, "" if blank else ",".join(sorted(attributes))))
        if match is None:
            break
        at = match.end()
        numbers = match[1].split(";") if match[1] else ["0"]
        while numbers:
            number = numbers.pop(0)
            if number == "0":
                ink = back = ""
                attributes.clear()
            elif number in ("38", "48"):
                colour, numbers = ";".join(numbers[:2]), numbers[2:]
                ink, back = (colour, back) if number == "38" else (ink, colour)
            elif number == "39":
                ink = ""
            elif number == "49":
                back = ""
            elif int(number) < 10:
                attributes.add(number)
    return rows


def width(row: list[Cell]) -> int:
    return sum(cell_width(cell[0]) for cell in row)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Screen, Screen]]:
    (tmp_path / "patch").write_text(patch())
    made = [Screen(tmp_path, "compact", False), Screen(tmp_path, "plain", True)]
    yield made[0], made[1]
    for screen in made:
        screen.close()


def test_both_ways_of_painting_show_the_same(both: tuple[Screen, Screen]) -> None:
    for screen in both:
        screen.settled()
    for start in range(0, len(KEYS), 9):
        shown = []
        for screen in both:
            screen.tmux("send-keys", *KEYS[start : start + 9])
            shown.append(screen.settled())
        assert shown[0] == shown[1], KEYS[start : start + 9]
