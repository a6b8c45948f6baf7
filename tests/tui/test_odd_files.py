"""Files that are no plain text, or no plain files, are shown for what they are: nothing raw, columns in place."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from stage import LARGE, SIZES, Place, opened, screen_text, strips, until, until_shown

from reviewer.tui.app import ReviewerApp
from reviewer.tui.review_screen import ReviewScreen

BASE = {
    "binary.bin": b"\0\1\2" * 50, "mode.sh": "echo\n", "moved-from.py": "".join(f"same {n}\n" for n in range(30)),
    "gone.txt": "away\n", "crlf.txt": "a\r\nb\r\n", "no-newline.txt": "last", "link": "x", "latin.txt": b"caf\xe9\n",
    "empties.txt": "", "same.txt": "line\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One change that does one odd thing to each file."""
    made = Place(tmp_path_factory.mktemp("odd"), BASE)
    made.git("switch", "-q", "-c", "claude/odd")
    (made.work / "mode.sh").chmod(0o755)
    (made.work / "moved-from.py").rename(made.work / "moved-to.py")
    (made.work / "link").unlink()
    (made.work / "link").symlink_to("/etc/passwd")
    (made.work / os.fsdecode(b"caf\xe9-\xff.txt")).write_bytes(b"named oddly\n")
    made.commit({
        "binary.bin": b"\0\3\4" * 50, "gone.txt": None, "crlf.txt": "a\nb\r\nc\r\n", "no-newline.txt": "last\nmore",
        "latin.txt": b"caf\xe9 au lait \xff\xfe\n", "new-empty.txt": "",
        "wide.py": "x = '日本語 😀'  # e\u0301\u0308 ok\n", "tabs.py": "\tif x:\n\t\ty\tz\n",
        "controls.txt": "\x1b[31mred\x07\u202etxt\n", "long.txt": "w" * 9000 + "\n",
    })  # fmt: skip
    made.git("update-index", "--add", "--cacheinfo", f"160000,{made.git('rev-parse', 'main')},sub")
    made.git("commit", "-q", "-m", "a submodule")
    made.git("switch", "-q", "main")
    detail = made.desk.submit("claude/odd", "main", "claude", "Odd files", "")
    made.settled(detail.change.change_id)
    yield made
    made.close()


SHOWN = {
    "binary.bin": ("binary",),
    "mode.sh": ("file → executable", "only its mode changed"),
    "moved-to.py": ("renamed from moved-from.py", "content unchanged"),
    "gone.txt": ("deleted", "-away"),
    "crlf.txt": ("a␍", "+c␍"),
    "no-newline.txt": ("-last", "No newline at end of file", "+more"),
    "link": ("symbolic link", "+/etc/passwd"),
    "latin.txt": ("-caf�", "+caf� au lait ��"),
    "new-empty.txt": ("added", "empty file"),
    "wide.py": ("+x = '日本語 😀'  # e\u0301\u0308 ok",),
    "tabs.py": ("if x:", "y", "z"),
    "controls.txt": ("+␛[31mred␇<U+202E>txt",),
    "long.txt": ("+wwwwwwww",),
    "sub": ("submodule",),
}


@pytest.mark.parametrize("size", SIZES)
async def test_each_is_shown_for_what_it_is(place: Place, size: tuple[int, int]) -> None:
    (change,) = [row for row in place.desk.changes() if row.title.raw == "Odd files"]
    async with opened(place, size, change.change_id) as (app, pilot):
        await until_shown(pilot, "1 files 15")
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        files = [file.path.raw for file in screen.files]
        assert set(SHOWN) <= set(files)
        assert b"caf\xe9-\xff.txt" in [file.path.to_bytes() for file in screen.files]
        for name, said in SHOWN.items():
            screen.diff.go_to_file(files.index(name))
            shown = await until_shown(pilot, *said)
            assert not any(char in shown for char in "\x1b\x07\0\u202e\r")
            _aligned(app)
        await pilot.press("s")
        for name in ("wide.py", "crlf.txt", "latin.txt", "tabs.py", "controls.txt"):
            screen.diff.go_to_file(files.index(name))
            await until_shown(pilot, *(word.split("  #")[0].rstrip() for word in SHOWN[name][-1:]))
            _aligned(app)
        for _ in range(3):
            await pilot.press("l")
            _aligned(app)


def _aligned(app: ReviewerApp) -> None:
    """Every line has as many cells as the screen, by our count and by Textual's."""
    screen_text(app)
    for strip in strips(app):
        assert sum(cell_len(segment.text) for segment in strip) == app.size.width, strip.text


async def test_borders_stand_in_one_column_beside_wide_characters(place: Place) -> None:
    (change,) = [row for row in place.desk.changes() if row.title.raw == "Odd files"]
    async with opened(place, LARGE, change.change_id) as (app, pilot):
        await until_shown(pilot, "1 files 15")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.sizes)
        await pilot.press("1", "G")
        await asyncio.sleep(0)
        lines = screen_text(app).split("\n")[2:-1]
        columns = {cell_len(line[: line.index("▕")]) for line in lines if "▕" in line}
        assert len(columns) == 1
