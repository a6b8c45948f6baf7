"""The keys of a difference on screen, over a real repository: fold, mark, widen, go, search, wrap, order, copy."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from stage import THEMES, until
from textual import _compositor as compositor
from textual.pilot import Pilot

from reviewer.repo.locate import locate
from reviewer.repo.names import commit_named
from reviewer.repo.quarantine import Quarantine
from reviewer.review.comparison import Commits, Comparison, of_commits
from reviewer.tui.diff_app import DiffApp, DiffScreen

OLD = ["import os", "", *[f"def f{n}(x):\n    a = {n}\n    b = a + x\n    return b\n" for n in range(12)]]
BLOCK = "def moved(alpha):\n    total = alpha * 2\n    print('the total', total)\n    return total\n"


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    root = tmp_path_factory.mktemp("diff")
    work = root / "work"
    work.mkdir()

    def git(*args: str) -> str:
        call = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
        return subprocess.run(call, cwd=work, check=True, capture_output=True).stdout.decode().strip()

    def commit(files: dict[str, str]) -> str:
        for name, text in files.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_text(text)
        git("add", "-A")
        git("commit", "-q", "-m", "work")
        return git("rev-parse", "HEAD")

    git("init", "-q", "-b", "main")
    text = "\n".join(OLD)
    base = commit({"src/app.py": text, "src/zoo.py": BLOCK + "\nx = 1\n", "yarn.lock": "a\n", "c.js": "f(a);\n"})
    end = "    return b\n\ndef f9"
    new = text.replace("a = 1\n", "a = 100   \n").replace(f"b = a + x\n{end}", f"b = a - x\n{end}")
    head = commit({"src/app.py": new, "src/zoo.py": "x = 1\n", "src/other.py": BLOCK, "yarn.lock": "b\n",
                   "c.js": "f( a );\nlong(" + "abc " * 60 + ");\n", "tests/test_zoo.py": "assert 1\n"})  # fmt: skip
    home = root / "home"
    home.mkdir(mode=0o700)
    found = locate(work)
    return of_commits("main..work", Commits(Quarantine.open(home, found.repo_id).beside(found), base, head), 1 << 20)


@asynccontextmanager
async def looking(
    comparison: Comparison, size: tuple[int, int] = (100, 40)
) -> AsyncIterator[tuple[DiffScreen, Pilot[None]]]:
    app = DiffApp(comparison, THEMES)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and app.screen.keys is not None)
        assert isinstance(app.screen, DiffScreen)
        await pilot.press("m")
        yield app.screen, pilot


def shown(screen: DiffScreen) -> list[str]:
    compositor.visible_screen_stack.set(screen.app._background_screens)
    return [strip.text.rstrip() for strip in screen._compositor.render_strips()]


def here(screen: DiffScreen) -> str:
    """The line under the cursor."""
    return shown(screen)[screen.diff.region.y + screen.diff.cursor - screen.diff.top]


async def test_a_reviewed_hunk_folds_and_is_counted(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("right_curly_bracket", "right_square_bracket")
        assert "@@ -6,7" in here(screen)
        await pilot.press("v")
        text = "\n".join(shown(screen))
        assert "reviewed" in text and "a = 100" not in text
        assert "1 reviewed" in shown(screen)[0]
        await pilot.press("left_square_bracket", "v")
        assert "a = 100···" in "\n".join(shown(screen)), "trailing space is visible"


async def test_folds_say_why_and_open_by_key(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("G")
        assert any("▸ yarn.lock" in line and "folded: lock file" in line for line in shown(screen))
        await pilot.press("z")
        await until(pilot, lambda: any(line.endswith("+b") for line in shown(screen)))
        await pilot.press("g", "right_square_bracket", "Z")
        assert here(screen).startswith("▸ @@") and "folded" in here(screen)


async def test_more_of_the_file_is_shown_by_lines_by_function_and_whole(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("right_curly_bracket", "right_square_bracket", "right_square_bracket")
        assert "unchanged lines" in "\n".join(shown(screen))
        before = screen.diff.stream.total
        await pilot.press("E")
        await until(pilot, lambda: screen.diff.stream.total != before)
        assert "def f8(x):" in "\n".join(shown(screen))
        before = screen.diff.stream.total
        await pilot.press("e")
        await until(pilot, lambda: screen.diff.stream.total > before)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: not any("unchanged line" in line for line in shown(screen)[:20]))


async def test_a_line_is_gone_to_by_number_also_where_no_hunk_shows_it(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("right_curly_bracket", "number_sign", *"23", "enter")
        await until(pilot, lambda: here(screen).split()[:2] == ["23", "23"])


async def test_search_by_pattern_and_in_whole_files(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("slash", *r"/a = \d\d\d/", "enter")
        await until(pilot, lambda: "a = 100" in here(screen))
        await pilot.press("backslash")
        screen.query_one("#search").value = "def f5"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "def f5(x)" in here(screen))
        assert "1 of 1 matches" in shown(screen)[0]


async def test_moves_and_layout_are_marked_long_lines_break(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        text = "\n".join(shown(screen))
        assert "~f( a );" in text and "~f(a);" in text
        await pilot.press("W")
        assert "+f( a );" in "\n".join(shown(screen))
        assert not any(line.endswith("abc );") for line in shown(screen))
        await pilot.press("w")
        assert any(line.endswith("abc );") for line in shown(screen))
        await pilot.press("slash", *"total = alpha", "enter")
        await until(pilot, lambda: "total" in here(screen))
        text = "\n".join(shown(screen))
        assert "moved from src/zoo.py:1" in text or "moved to src/other.py:1" in text


async def test_tests_stand_beside_code_when_asked(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("o", "o")
        names = [file.path.raw for file in screen.files]
        assert names.index("tests/test_zoo.py") == names.index("src/zoo.py") + 1
        await pilot.press("o")
        assert [file.path.raw for file in screen.files] == sorted(names)


async def test_nothing_is_copied_but_by_its_key(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("slash", *"a = 100", "enter")
        await until(pilot, lambda: "a = 100" in here(screen))
        assert screen.app.clipboard == ""
        await pilot.press("y")
        assert screen.app.clipboard == "    a = 100   "
        await pilot.press("Y")
        assert screen.app.clipboard == "src/app.py:9"


async def test_one_file_at_a_time(comparison: Comparison) -> None:
    async with looking(comparison) as (screen, pilot):
        await pilot.press("slash", *"def f8", "enter")
        await until(pilot, lambda: "def f8" in here(screen))
        await pilot.press("equals_sign")
        await until(pilot, lambda: "def f8" in here(screen) and "other.py" not in "".join(shown(screen)))
        total = screen.diff.stream.total
        assert total == screen.diff.stream.height(screen.diff.file or 0)
        await pilot.press("G")
        assert screen.diff.cursor == total - 1
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: "other.py" in shown(screen)[1] and "src/app.py" not in "".join(shown(screen)))
        await pilot.press("left_curly_bracket", "G", "right_square_bracket")
        await until(pilot, lambda: "other.py" in shown(screen)[1])
        await pilot.press("slash", *"a = 100", "enter")
        await until(pilot, lambda: "a = 100" in here(screen) and "other.py" not in "".join(shown(screen)))
        await pilot.press("equals_sign")
        await until(pilot, lambda: "a = 100" in here(screen) and screen.diff.stream.total > total)


async def test_unseen_hunks_and_runs_of_changes_are_walked(comparison: Comparison) -> None:
    async with looking(comparison, (80, 14)) as (screen, pilot):
        await pilot.press("full_stop")
        await until(pilot, lambda: "@@" in here(screen))
        await pilot.press("g", "right_parenthesis")
        assert "f(a)" in here(screen) or "f( a )" in here(screen)


async def test_in_ascii_our_own_signs_are_ascii(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWER_ASCII", "1")
    async with looking(comparison) as (screen, _pilot):
        assert all(line.isascii() for line in shown(screen))


def test_a_screen_reader_is_told_in_words(tmp_path: Path) -> None:
    patch = tmp_path / "patch"
    patch.write_bytes(b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ def f():\n a\n-b\n+c\x1b[2J\n\\ No newline at end of file\n")
    call = [sys.executable, "-m", "reviewer", "diff", "--linear", "--patch", str(patch)]
    said = subprocess.run(call, check=True, capture_output=True).stdout.decode()
    assert said.split("\n") == [
        "file x", "change 1 of 1, from line 1, in def f():", "line 1: a", "removed 2: b", "added 2: c␛[2J",
        "note: No newline at end of file", "",
    ]  # fmt: skip


async def test_a_file_whose_content_is_missing_says_so_and_the_others_are_shown(
    comparison: Comparison, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    call = ["git", "-C", str(work), "-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)
    for n in (1, 2):
        for name in ("a.txt", "b.txt", "c.txt"):
            (work / name).write_text(f"{name} {n}\n")
        subprocess.run([*call, "add", "-A"], check=True)
        subprocess.run([*call, "commit", "-q", "-m", "work"], check=True)
    lost = subprocess.check_output([*call, "rev-parse", "HEAD:b.txt"], text=True).strip()
    (work / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    found = locate(work)
    beside = Quarantine.open(home, found.repo_id).beside(found)
    commits = Commits(beside, commit_named(found, beside.git, "HEAD~1"), commit_named(found, beside.git, "HEAD"))
    app = DiffApp(of_commits("HEAD~1..HEAD", commits, 1 << 20), THEMES)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        await until(pilot, lambda: "c.txt 2" in "\n".join(shown(screen)) and "reading" not in "\n".join(shown(screen)))
        text = "\n".join(shown(screen))
        assert "a.txt 2" in text and f"not shown, and not seen: object {lost[:12]} is missing; fetch it" in text
