"""Rows of a difference fill their width in every view, show every byte of a line harmlessly, and mark what changed."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.parse import parse_patch
from reviewer.diff.rows import FileRows, Row, RowKind
from reviewer.model.diff import FileChange, FileDiff, FileStatus
from reviewer.model.finding import Side
from reviewer.review.diff_lines import View, line_row
from reviewer.review.diff_words import file_row, file_words, hunk_row, nothing_to_show
from reviewer.review.lines import width_of
from reviewer.text import Untrusted, cell_width

TEXT = st.lists(
    st.sampled_from([b"a", b"B ", "日".encode(), "é".encode(), "e\u0301".encode(), "😀".encode(), b"\t", b"\r",
                     b"\x1b[2J", b"\xff", "\u202e".encode(), b"\0", b"[b]", b"x" * 300]),
    max_size=8,
).map(b"".join)  # fmt: skip


def diff_of(old: list[bytes], new: list[bytes]) -> FileDiff:
    """One hunk that takes lines out and puts others in."""
    head = b"diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -%d,%d +%d,%d @@ def f():\n"
    numbers = (1 if old else 0, len(old), 1 if new else 0, len(new))
    body = b"".join(b"-" + line + b"\n" for line in old) + b"".join(b"+" + line + b"\n" for line in new)
    (diff,) = parse_patch(head % numbers + body)
    return diff


def rows_of(diff: FileDiff, *, split: bool = False) -> list[Row]:
    rows = FileRows(diff, split=split)
    return [row for n in range(len(rows)) if (row := rows[n]).kind is RowKind.LINE]


def plain(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for text, _ in line)


@given(st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3), st.integers(16, 200), st.booleans(), st.integers(0, 40))
def test_every_row_fills_its_width(old: list[bytes], new: list[bytes], width: int, split: bool, shift: int) -> None:
    if not old and not new:
        return
    diff = diff_of(old, new)
    for row in rows_of(diff, split=split):
        for needle in ("", "a", "日"):
            line = line_row(row, View(width, 3, split, shift, needle))
            assert width_of(line) == width
            assert "\x1b" not in plain(line)


def test_one_column_shows_both_numbers_a_sign_and_the_text() -> None:
    diff = diff_of([b"old"], [b"new", b"more"])
    said = [plain(line_row(row, View(30))).rstrip() for row in rows_of(diff)]
    assert said == ["  1     -old", "      1 +new", "      2 +more"]


def test_two_columns_pair_what_changed_and_leave_the_other_side_empty() -> None:
    diff = diff_of([b"old"], [b"new", b"more"])
    said = [plain(line_row(row, View(41, split=True))) for row in rows_of(diff, split=True)]
    assert said == [f"{'  1 -old':<20}│{'  1 +new':<20}", f"{'':<20}│{'  2 +more':<20}"]


def test_only_the_changed_word_is_marked() -> None:
    diff = diff_of([b"timeout = 10  # seconds"], [b"timeout = 90  # seconds"])
    for split in (False, True):
        lines = [line_row(row, View(80, split=split)) for row in rows_of(diff, split=split)]
        for style, word in (("removed-word", "10"), ("added-word", "90")):
            assert [text for line in lines for text, name in line if style in name] == [word]


def test_a_match_is_marked_in_any_case_and_wins_over_colours() -> None:
    (row,) = rows_of(diff_of([], [b"Token = token"]))
    line = line_row(row, View(40, needle="TOKEN"), lambda side, number: ((0, 13, 2),))
    assert [text for text, name in line if name.startswith("match")] == ["Token", "token"]
    assert any(name.startswith("syntax-string") for _, name in line)


def test_colours_are_asked_for_by_side_and_number() -> None:
    asked: list[tuple[Side, int]] = []

    def colours(side: Side, number: int) -> tuple[()]:
        asked.append((side, number))
        return ()

    for row in rows_of(diff_of([b"old"], [b"new"])):
        line_row(row, View(40), colours)
    assert asked == [(Side.OLD, 1), (Side.NEW, 1)]


def test_a_very_long_line_says_how_much_is_left_out() -> None:
    (row,) = rows_of(diff_of([], [b"x" * (2 << 20)]))
    end = plain(line_row(row, View(100, shift=4000)))
    assert "more" in end
    assert width_of(line_row(row, View(80))) == 80


def test_a_line_moves_sideways_without_its_numbers() -> None:
    (row,) = rows_of(diff_of([], [b"0123456789"]))
    assert plain(line_row(row, View(20, shift=4))).rstrip() == "      1 +456789"


def test_a_line_that_goes_on_beyond_the_edge_says_so_and_louder_where_the_change_lies_there() -> None:
    old, new = b"a" * 40 + b" one", b"a" * 40 + b" two"
    removed, added = (line_row(row, View(30)) for row in rows_of(diff_of([old], [new])))
    assert removed[-1] == ("›", "claim bold on:removed-surface")
    assert added[-1] == ("›", "claim bold on:added-surface")
    (row,) = rows_of(diff_of([old], [new]), split=True)
    both = line_row(row, View(61, split=True))
    assert [part for part in both if part[0] == "›"] == [removed[-1], added[-1]] and width_of(both) == 61
    (row,) = rows_of(diff_of([], [b"b" * 22]))
    assert line_row(row, View(30))[-1] == ("›", "muted on:added-surface")
    assert plain(line_row(row, View(30, shift=1))).endswith("b")
    assert plain(line_row(row, View(30, wrapped=True))).endswith("b")


def change(status: FileStatus, old: str = "a", new: str = "a", modes: tuple[int, int] = (0o100644, 0o100644),
           oids: tuple[str, str] = ("1" * 40, "2" * 40), similarity: int | None = None) -> FileChange:  # fmt: skip
    return FileChange(status, Untrusted(old), Untrusted(new), *modes, *oids, similarity)


def test_what_happened_to_a_file_is_said_in_words() -> None:
    assert file_words(change(FileStatus.MODIFIED)) == ""
    assert file_words(change(FileStatus.RENAMED, "a", "b", similarity=90)) == "renamed from a (90 % alike)"
    assert file_words(change(FileStatus.MODIFIED, modes=(0o100644, 0o100755))) == "file → executable"
    assert file_words(change(FileStatus.ADDED, modes=(0, 0o120000))) == "added, symbolic link"
    other = change(FileStatus.TYPE_CHANGED, modes=(0o100644, 0o120000))
    assert file_words(other) == "type changed, file → symbolic link"
    assert "submodule" in file_words(change(FileStatus.MODIFIED, modes=(0o160000, 0o160000)))
    assert file_words(change(FileStatus.RENAMED, "a\x1b[2J\u202e", "b")) == "renamed from a␛[2J<U+202E>"


def test_a_file_without_lines_says_why() -> None:
    def of(file: FileChange, *, binary: bool = False) -> str:
        return nothing_to_show(FileDiff(file, b"", (), binary))

    assert "binary" in of(change(FileStatus.MODIFIED), binary=True)
    assert "submodule: 111111111111 → 222222222222" in of(change(FileStatus.MODIFIED, modes=(0o160000, 0o160000)))
    assert of(change(FileStatus.RENAMED, oids=("1" * 40, "1" * 40))) == "content unchanged"
    assert of(change(FileStatus.MODIFIED, modes=(0o100644, 0o100755), oids=("1" * 40,) * 2)) == "only its mode changed"
    assert of(change(FileStatus.ADDED)) == "empty file"
    assert nothing_to_show(diff_of([], [b"x"])) == ""


def test_headers_hold_nothing_raw() -> None:
    diff = diff_of([b"x"], [b"y"])
    assert plain(hunk_row(diff, 0)) == "@@ -1,1 +1,1 @@  def f():"
    shown = plain(file_row(change(FileStatus.MODIFIED, new="evil\x1b]0;x\x07\u202e"), (3, 4), flags=2))
    assert "evil␛]0;x␇<U+202E>" in shown
    assert "+3 -4" in shown
    assert "▲ 2" in shown
    assert cell_width(shown) == len(shown)


def test_a_missing_newline_is_told_on_each_side_that_misses_it() -> None:
    (diff,) = parse_patch(
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n"
        b"+b\n\\ No newline at end of file\n"
    )
    (_, told) = [plain(line_row(row, View(80, split=True))) for row in rows_of(diff, split=True)]
    assert told.count("No newline") == 2


def test_all_bytes_that_are_left_out_are_counted() -> None:
    (row,) = rows_of(diff_of([], [b"x" * 3_000_000]))
    assert plain(line_row(row, View(5000))).rstrip().endswith(f" {3_000_000 - 8192} more bytes")


def test_a_merge_of_several_parents_is_said_in_words() -> None:
    (diff,) = parse_patch(b"diff --cc b.py\nindex 1,2..3\n--- a/b.py\n+++ b/b.py\n@@@ -1 -1 +1 @@@\n- a\n -b\n++c\n")
    assert "merge" in nothing_to_show(diff)
