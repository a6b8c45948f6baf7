"""A key costs one frame: what it brings on screen is painted whole, coloured, with the bars that tell of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from stage import THEMES, until
from test_diff_keys import comparison, looking, shown  # noqa: F401
from textual.screen import Screen

from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileChange, FileDiff
from reviewer.model.errors import ReviewerError
from reviewer.review.comparison import Comparison, of_patch
from reviewer.tui.diff_app import DiffApp, DiffScreen


def patch(files: int) -> bytes:
    body = "".join(f"-old {n}\n+new {n}\n" for n in range(20))
    return "".join(
        f"diff --git a/f{n:03}.py b/f{n:03}.py\n--- a/f{n:03}.py\n+++ b/f{n:03}.py\n@@ -1,20 +1,20 @@\n{body}"
        for n in range(files)
    ).encode()


async def test_a_key_is_answered_in_one_frame_with_everything_that_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[list[str]] = []
    display = DiffApp._display

    def counted(app: DiffApp, screen: Screen[Any], renderable: Any) -> None:
        if renderable is not None:
            assert isinstance(screen, DiffScreen)
            frames.append(shown(screen))
        display(app, screen, renderable)

    app = DiffApp(of_patch("patch", parse_patch(patch(9))), THEMES)
    async with app.run_test(size=(120, 60)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and app.screen.keys is not None)
        assert isinstance(app.screen, DiffScreen)
        await until(pilot, lambda: "1/9 seen  file 1 of 9" in shown(app.screen)[0])
        await pilot.pause(0.1)
        monkeypatch.setattr(DiffApp, "_display", counted)
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: frames)
        await pilot.pause(0.1)
    (frame,) = frames
    assert "2/9 seen  file 2 of 9" in frame[0] and "f001.py" in frame[1] + frame[2]


async def test_what_is_around_the_screen_has_its_colours_before_it_comes_on_it(comparison: Comparison) -> None:  # noqa: F811
    async with looking(comparison, (80, 8)) as (screen, pilot):
        colours = screen.diff._colours

        def is_coloured(name: str) -> bool:
            (file,) = (file for file in screen.files if file.path.raw == name)
            return colours._colouring.get(colours._named(file)[2]) is not None

        assert "src/app.py" not in "".join(shown(screen)[1:-1])
        await until(pilot, lambda: is_coloured("src/app.py"))


async def test_the_far_end_of_many_files_asks_git_twice() -> None:
    whole = of_patch("patch", parse_patch(patch(400)))
    reads: list[int] = []

    def read(file: FileChange) -> FileDiff:
        reads.append(1)
        return whole.read(file)

    def read_all(files: Sequence[FileChange]) -> Iterator[FileDiff]:
        reads.append(len(files))
        return whole.read_all(files)

    app = DiffApp(replace(whole, read=read, read_all=read_all), THEMES)
    async with app.run_test(size=(90, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and app.screen.keys is not None)
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        reads.clear()
        await pilot.press("G")
        await until(pilot, lambda: all(screen.diff.stream.read(n) is not None for n in range(395, 400)))
        assert reads[0] == 1 and len(reads) <= 3
        # What became known above pushed nothing away from under the cursor.
        assert screen.diff.cursor == screen.diff.total() - 1
        assert "new 19" in "".join(shown(screen)[-4:])


async def test_a_file_that_cannot_be_read_keeps_none_of_the_others_away() -> None:
    whole = of_patch("patch", parse_patch(patch(9)))

    def read(file: FileChange) -> FileDiff:
        if file.path.raw == "f003.py":
            raise ReviewerError("it cannot be read", "look at the disk")
        return whole.read(file)

    app = DiffApp(replace(whole, read=read, read_all=lambda files: map(read, files)), THEMES)
    async with app.run_test(size=(90, 30)) as pilot:
        await until(
            pilot,
            lambda: isinstance(app.screen, DiffScreen)
            and all(app.screen.diff.stream.read(n) is not None for n in range(9) if n != 3),
        )
        assert isinstance(app.screen, DiffScreen)
        await pilot.press(*["right_curly_bracket"] * 3)
        await until(pilot, lambda: "not seen: it cannot be read" in "".join(shown(app.screen)))
