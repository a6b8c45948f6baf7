"""The first screenful of a difference, painted before Textual is there, is what the screen itself paints."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from stage import THEMES, until
from terminal import Terminal
from test_diff_keys import comparison as comparison
from test_diff_keys import shown

from reviewer.diff.hunks import FileHunks
from reviewer.diff.parse import parse_patch
from reviewer.first_paint import drawn
from reviewer.model.diff import FileChange, FileDiff
from reviewer.review.comparison import Comparison
from reviewer.review.diff_frame import frame
from reviewer.review.diff_stream import DiffStream
from reviewer.review.few_colours import few_colours
from reviewer.review.lines import width_of
from reviewer.review.stream_lines import Plain, StreamLines
from reviewer.review.summaries import told
from reviewer.tui.diff_app import DiffApp, DiffScreen
from reviewer.tui.keys import footer


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (170, 45)])
async def test_nothing_moves_when_the_screen_takes_over(comparison: Comparison, size: tuple[int, int]) -> None:
    first, said = told(comparison.read(comparison.files[0]), comparison.blob)
    keys = [*footer("stream", "looking"), *footer("app")]
    lines = frame(comparison.title, comparison.files, first, said, keys, *size)
    assert all(width_of(line) <= size[0] for line, _ in lines)
    app = DiffApp(comparison, THEMES)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and app.screen.keys is not None)
        assert isinstance(app.screen, DiffScreen)
        there = shown(app.screen)
        height = app.screen.diff.stream.height(0)
    assert len(lines) == len(there) == size[1]
    for n, (line, _) in enumerate(lines):
        mine = "".join(text for text, _ in line).rstrip()
        if not n:  # sizes and what was seen come later, at the end of the line
            assert mine.startswith(" main..work") and there[n].startswith(" main..work")
        elif n <= height or n == len(lines) - 1:
            start = 32 if size[0] >= 100 else 0
            assert mine[start:] == there[n][start:].replace("  +2 -1", ""), n
    listed = [line for line in there[1:-1] if size[0] >= 100]
    for mine, theirs in zip(lines[1:-1], listed, strict=False):
        text = "".join(text for text, _ in mine[0])
        assert text[:12].rstrip() == theirs[:12].rstrip()[: len(text[:12].rstrip())]


def test_its_bytes_colour_each_line_on_its_own_ground(comparison: Comparison) -> None:
    first, said = told(comparison.read(comparison.files[0]), comparison.blob)
    lines = frame(comparison.title, comparison.files, first, said, [("q", "leave")], 100, 30)
    text = drawn(lines, 100, THEMES["dark"], few_colours(THEMES["dark"]), deep=False, plain=False)
    assert "48;5;22m" in text and "\x1b[30;1H" in text and "\x1b[31;1H" not in text


def test_it_stands_before_textual_and_is_not_cleared(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    hostile = "\x1b]52;c;aGk=\x07\u202e"
    patch = f"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-gone\n+here {hostile}\n"
    (tmp_path / "x.diff").write_text(patch)
    run = Terminal(["-m", "reviewer", "diff", "--patch", "x.diff"], tmp_path, REVIEWER_HOME=str(home))
    try:
        run.wait("here", "leave")
        run.wait("1/1 seen")
        run.type("q")
        assert run.ended() == 0
    finally:
        run.kill()
    wrote = run.output
    assert wrote.index(b"here") < wrote.index(b"\x1b[?2026$p")
    assert wrote.count(b"\x1b[?1049h") == 1
    assert b"\x1b]52" not in wrote and "\u202e".encode() not in wrote


@pytest.mark.parametrize("width", [90, 200])
def test_of_a_very_long_file_only_the_beginning_is_laid_out(width: int) -> None:
    old, new = ([f"{side} {n}\n".encode() for n in range(60_000)] for side in ("old", "new"))
    for removed, added in ((len(old), len(new)), (3, 60_000)):
        body = b"".join(b"-" + line for line in old[:removed]) + b"".join(b"+" + line for line in new[:added])
        body += b" same\n"
        head = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,%d +1,%d @@\n" % (removed + 1, added + 1)
        (file,) = parse_patch(head + body)
        whole = DiffStream()
        whole.width, whole.split = width - 32 * (width > 100), width > 150
        whole.show([file.change], ())
        whole.loaded(0, file)
        lines = StreamLines(whole, Plain(), lambda _file: None)
        shown = frame("x", [file.change], file, "", [("q", "leave")], width, 40)
        for n in range(38):
            wanted = "".join(text for text, _ in lines.line(n, whole.width)).rstrip()
            assert "".join(text for text, _ in shown[n + 1][0])[width - whole.width :].rstrip() == wanted


async def test_what_was_read_for_the_first_frame_is_not_read_again(comparison: Comparison) -> None:
    reads: list[list[str]] = []

    def read(file: FileChange) -> FileDiff:
        reads.append([file.path.raw])
        return comparison.read(file)

    def read_all(files: Sequence[FileChange]) -> Iterator[FileDiff]:
        reads.append([file.path.raw for file in files])
        return comparison.read_all(files)

    first = comparison.files[0]
    diff, said = told(comparison.read(first), comparison.blob)
    begun = replace(comparison, read=read, read_all=read_all, begun=(FileHunks(diff), said))
    app = DiffApp(begun, THEMES)
    async with app.run_test(size=(90, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and app.screen.keys is not None)
    names = [file.path.raw for file in comparison.files]
    assert names in reads  # read whole once, for what moved in it
    reads.remove(names)
    assert sorted(name for asked in reads for name in asked) == sorted(names[1:])
    assert len(reads) == 2  # the next file, then the others together
