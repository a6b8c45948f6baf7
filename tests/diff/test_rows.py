"""Rows show every line of a patch once, in order, and every way to a row agrees with every other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.columns import TwoColumns
from reviewer.diff.hunks import FileHunks
from reviewer.diff.lines import CLIP, HunkLines
from reviewer.diff.parse import parse_patch
from reviewer.diff.rows import FileRows, Remark, Row, RowKind, hunk_header
from reviewer.model.diff import FileDiff, Hunk, Line
from reviewer.model.finding import Side
from reviewer.text import Untrusted, show

TEXT = st.sampled_from(
    [b"a", b"", b"-- x", b"++ y", b"@ -1 +1 @@", b"iff --git a/x b/x", b"c\rd", b"e\r", b"\x0c", b"\0",
     "é\u2028".encode(), b"\xff", b"x" * 5000, b"\xe2\x80\xae", b"\x85"]
)  # fmt: skip
KINDS = st.text("++++----   \\", max_size=24) | st.sampled_from(
    ["+" * 270, "-" * 130 + "+" * 140, " " * 255 + "-+" * 4, "-" + "+" * 99 + "\\" + " " * 190,
     "-\\+\\", "--\\+++\\", "\\\\", " \\ "]
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A file's patch, and of each hunk its raw lines."""

    diff: FileDiff
    hunks: tuple[tuple[bytes, ...], ...]


def patch_of(hunks: list[list[bytes]], apart: list[int]) -> Shape:
    """A patch with honest headers for these raw lines, each hunk `apart` unchanged lines below the last."""
    out = [b"diff --git a/x b/x\n--- a/x\n+++ b/x\n"]
    old = new = 1
    for lines, distance in zip(hunks, apart, strict=False):
        old, new = old + distance, new + distance
        gone = sum(line[:1] not in (b"+", b"\\") for line in lines)
        come = sum(line[:1] not in (b"-", b"\\") for line in lines)
        starts = (old if gone else old - 1, new if come else new - 1)
        out.append(b"@@ -%d,%d +%d,%d @@ def f():\n" % (starts[0], gone, starts[1], come))
        out.extend(line + b"\n" for line in lines)
        old, new = old + gone, new + come
    (diff,) = parse_patch(b"".join(out))
    return Shape(diff, tuple(tuple(lines) for lines in hunks))


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    hunks = []
    for kinds in draw(st.lists(KINDS, min_size=1, max_size=4)):
        texts = draw(st.lists(TEXT, min_size=1, max_size=8))
        hunks.append([kind.encode() + texts[n % len(texts)] for n, kind in enumerate(kinds)])
    return patch_of(hunks, draw(st.lists(st.integers(0, 9), min_size=4, max_size=4)))


def numbered(hunk: Hunk, raw: tuple[bytes, ...]) -> list[Line]:
    """The lines of a hunk, numbered by walking over them."""
    old, new, found = hunk.old_start, hunk.new_start, []
    for line in raw:
        kind = line[:1].decode()
        found.append(Line(kind, None if kind in "+\\" else old, None if kind in "-\\" else new, line[1:]))
        old, new = old + (kind in "- "), new + (kind in "+ ")
    return found


def side_by_side(lines: list[Line]) -> list[tuple[Line | None, Line | None]]:
    """Pairs, made by filling two columns and emptying them where both sides agree again."""
    rows: list[tuple[Line | None, Line | None]] = []
    left: list[Line] = []
    right: list[Line] = []

    def empty() -> None:
        for n in range(max(len(left), len(right))):
            rows.append((left[n] if n < len(left) else None, right[n] if n < len(right) else None))
        left.clear()
        right.clear()

    last = " "
    for line in lines:
        if line.kind == "+" or (line.kind == "\\" and last == "+"):
            right.append(line)
            if line.kind == "+" and last == "\\" and len(right) > 1:  # added again after a remark: a new block
                right.pop()
                empty()
                right.append(line)
        elif line.kind == "-" or (line.kind == "\\" and last == "-"):
            if right or (line.kind == "-" and last == "\\"):
                empty()
            left.append(line)
        elif line.kind == "\\" and last == "\\" and (left or right):
            (right or left).append(line)
        else:
            empty()
            rows.append((line, line))
        last = line.kind
    empty()
    return rows


REMARKS = st.lists(
    st.builds(
        Remark,
        st.integers(0, 5),
        st.sampled_from(Side),
        st.none() | st.integers(0, 60),
        st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda remark: remark.key,
)


def all_rows(rows: FileRows) -> list[Row]:
    return [rows[n] for n in range(len(rows))]


def content(rows: list[Row], hunk: int) -> list[Row]:
    return [row for row in rows if row.kind is RowKind.LINE and row.hunk == hunk]


@settings(deadline=None)
@given(shapes(), REMARKS)
def test_one_column_gives_the_patch_back_byte_for_byte(shape: Shape, remarks: list[Remark]) -> None:
    rows = all_rows(FileRows(shape.diff, remarks=remarks))
    for index, hunk in enumerate(shape.diff.hunks):
        lines = numbered(hunk, shape.hunks[index])
        shown = content(rows, index)
        assert [row.left or row.right for row in shown] == lines
        assert [(row.left is None, row.right is None) for row in shown] == [
            (line.kind == "+", line.kind == "-") for line in lines
        ]
        again = b"".join(line.kind.encode() + line.text + b"\n" for row in shown if (line := row.left or row.right))
        assert again == shape.diff.patch[hunk.start : hunk.end]


@settings(deadline=None)
@given(shapes(), REMARKS)
def test_two_columns_hold_each_side_once_and_in_order(shape: Shape, remarks: list[Remark]) -> None:
    rows = all_rows(FileRows(shape.diff, split=True, remarks=remarks))
    for index, hunk in enumerate(shape.diff.hunks):
        lines = numbered(hunk, shape.hunks[index])
        shown = content(rows, index)
        assert [(row.left, row.right) for row in shown] == side_by_side(lines)
        for side in (Side.OLD, Side.NEW):
            drawn = [row.left if side is Side.OLD else row.right for row in shown]
            numbers = [(line.old if side is Side.OLD else line.new) for line in drawn if line]
            assert [n for n in numbers if n is not None] == [
                n for line in lines if (n := line.old if side is Side.OLD else line.new) is not None
            ]


@settings(deadline=None)
@given(shapes())
def test_partners_are_the_pairs_of_two_columns(shape: Shape) -> None:
    one = [row for row in all_rows(FileRows(shape.diff)) if row.kind is RowKind.LINE]
    pairs = {
        (line, other)
        for row in all_rows(FileRows(shape.diff, split=True))
        if row.left and row.right and (row.left.kind, row.right.kind) == ("-", "+")
        for line, other in ((row.left, row.right), (row.right, row.left))
    }
    assert {(row.left or row.right, row.partner) for row in one if row.partner} == pairs


FOLDS = st.frozensets(st.integers(0, 3))


@settings(deadline=None)
@given(shapes(), REMARKS, st.booleans(), st.booleans(), FOLDS, st.booleans())
def test_every_way_to_a_row_agrees(
    shape: Shape, remarks: list[Remark], split: bool, folded: bool, folds: frozenset[int], gaps: bool
) -> None:
    rows = FileRows(
        shape.diff, split=split, remarks=remarks, folded=folded, message="m", folded_hunks=folds, gaps=gaps
    )
    shown = all_rows(rows)
    assert shown[0].kind is RowKind.FILE and shown[1].text == "m" and shown[-1] == Row(RowKind.GAP)
    assert [n for n, row in enumerate(shown) if row.kind is RowKind.HUNK] == list(rows.hunk_starts)
    assert len(rows.hunk_starts) == (0 if folded else len(shape.diff.hunks))
    for n in (-1, len(rows)):
        with pytest.raises(IndexError):
            rows[n]
    where: dict[tuple[Side, int], int] = {}
    for n, row in enumerate(shown):
        if row.left and row.left.old is not None:
            where.setdefault((Side.OLD, row.left.old), n)
        if row.right and row.right.new is not None:
            where.setdefault((Side.NEW, row.right.new), n)
    for side in Side:
        assert rows.row_of(side, None) is None
        for number in range(max((n for s, n in where if s is side), default=0) + 3):
            assert rows.row_of(side, number) == where.get((side, number))
    for remark in remarks:
        at = rows.row_of_remark(remark.key)
        parts = [n for n, row in enumerate(shown) if row.kind is RowKind.REMARK and row.remark == remark.key]
        assert [shown[n].part for n in parts] == list(range(remark.height if parts else 0))
        assert parts == list(range(parts[0], parts[0] + len(parts))) if parts else at is None
        if parts:
            assert at == parts[0]
        hunk = rows.hunk_of(remark.side, remark.line)
        hidden = folded or hunk in folds or not remark.height
        assert bool(parts) is not hidden
        if parts and hunk is not None:
            above = next(row for row in reversed(shown[: parts[0]]) if row.kind is not RowKind.REMARK)
            line = above.left if remark.side is Side.OLD else above.right
            assert line and remark.line == (line.old if remark.side is Side.OLD else line.new)
        elif parts:
            assert parts[-1] < (rows.hunk_starts or [len(rows)])[0]


@settings(deadline=None)
@given(shapes(), REMARKS, st.booleans(), FOLDS)
def test_steps_from_row_to_row(shape: Shape, remarks: list[Remark], split: bool, folds: frozenset[int]) -> None:
    rows = FileRows(shape.diff, split=split, remarks=remarks, folded_hunks=folds)
    shown = all_rows(rows)

    def is_changed(row: Row) -> bool:
        return any(line and line.kind in "+-" for line in (row.left, row.right))

    changed = [n for n, row in enumerate(shown) if is_changed(row)]
    for n in range(len(rows)):
        assert rows.next_changed(n) == next((c for c in changed if c > n), None)
        assert rows.previous_changed(n) == next((c for c in reversed(changed) if c < n), None)
        assert rows.next_hunk(n) == next((h for h in rows.hunk_starts if h > n), None)
        assert rows.previous_hunk(n) == next((h for h in reversed(rows.hunk_starts) if h < n), None)


@settings(deadline=None)
@given(shapes(), st.booleans())
def test_runs_of_changes_are_found_from_both_ends(shape: Shape, split: bool) -> None:
    rows = FileRows(shape.diff, split=split)
    down: list[int] = []
    at: int | None = 0
    while at is not None:
        at = rows.next_changed(at, runs=True)
        down += [at] if at is not None else []
    up: list[int] = []
    at = len(rows) - 1
    while at is not None:
        at = rows.previous_changed(at, runs=True)
        up += [at] if at is not None else []
    assert down == up[::-1]
    plain = [row for row in all_rows(rows) if row.kind is RowKind.LINE]
    if not any((row.left or row.right).kind == "\\" for row in plain):  # type: ignore[union-attr]
        kinds = [row.kind is RowKind.LINE and not (row.left and row.left.kind == " ") for row in all_rows(rows)]
        assert down == [n for n, inside in enumerate(kinds) if inside and not kinds[n - 1]]


def test_a_remark_takes_its_rows_under_its_line_and_the_rest_moves_down() -> None:
    shape = patch_of([[b" a", b"-b", b"+c", b" d"]], [3])
    remarks = [Remark(7, Side.NEW, 5, 2), Remark(8, Side.OLD, 5, 1), Remark(9, Side.NEW, 90, 1)]
    rows = FileRows(shape.diff, remarks=remarks)
    kinds = [row.kind.value if row.kind is not RowKind.REMARK else row.remark for row in all_rows(rows)]
    assert kinds == ["file", 9, "hunk", "line", "line", 8, "line", 7, 7, "line", "gap"]
    split = FileRows(shape.diff, split=True, remarks=remarks[:2])
    kinds = [row.kind.value if row.kind is not RowKind.REMARK else row.remark for row in all_rows(split)]
    assert kinds == ["file", "hunk", "line", "line", 7, 7, 8, "line", "gap"]


def test_gaps_count_the_unchanged_lines_between_hunks() -> None:
    shape = patch_of([[b"-a", b"+b"], [b"+c"], [b"-d"]], [4, 6, 0])
    rows = FileRows(shape.diff, gaps=True)
    assert [row.hidden for row in all_rows(rows) if row.kind is RowKind.GAP] == [4, 6, 0]
    assert [(row.hunk, row.kind) for row in all_rows(rows)[1:3]] == [(0, RowKind.GAP), (0, RowKind.HUNK)]
    assert not [row for row in all_rows(FileRows(shape.diff))[:-1] if row.kind is RowKind.GAP]


def test_a_header_names_the_function_and_hides_nothing() -> None:
    hunk = Hunk(1, 2, 3, 4, Untrusted("def f(): \x1b[2J"), 0, 0)
    assert hunk_header(hunk) == "@@ -1,2 +3,4 @@ def f(): ␛[2J"
    shape = patch_of([[b"-a"]], [0])
    assert FileRows(shape.diff)[1].text == "@@ -1,1 +0,0 @@ def f():"


def test_a_line_that_ends_its_file_without_newline_is_known() -> None:
    shape = patch_of([[b" a", b"-b", b"\\ No newline at end of file", b"+b"]], [0])
    rows = FileRows(shape.diff)
    assert [rows.unended(n) for n in range(len(rows))] == [
        (False, False), (False, False), (False, False), (True, False), (False, False), (False, False), (False, False)
    ]  # fmt: skip
    split = FileRows(shape.diff, split=True)
    assert split.unended(3) == (True, False)


@pytest.mark.parametrize("unit", ["x", "é", "\u20ac", "\U0001f600", "a" + "\u0301" * 8, "\x1b", "\t", "\ufe0f"])
def test_a_very_long_line_is_carried_in_part_and_always_says_so(unit: str) -> None:
    whole = (unit * 300_000).encode()
    shape = patch_of([[b"+" + whole]], [0])
    row = FileRows(shape.diff)[2]
    assert row.right is not None and row.right.text == whole[: len(row.right.text)]
    assert len(row.right.text) + row.cut[1] == len(whole) and len(row.right.text) <= CLIP
    assert show(Untrusted.from_bytes(row.right.text)).endswith(" more")
    assert row.right.text.decode()  # not cut inside a character


def test_an_empty_context_line_that_lost_its_marker_is_still_a_line() -> None:
    (diff,) = parse_patch(b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n\n-a\n+b\n\n")
    lines = [row.left or row.right for row in all_rows(FileRows(diff)) if row.kind is RowKind.LINE]
    assert lines == [Line(" ", 1, 1, b""), Line("-", 2, None, b"a"), Line("+", None, 2, b"b"), Line(" ", 3, 3, b"")]


def test_a_patch_cut_off_in_the_middle_of_a_line_keeps_that_line() -> None:
    (diff,) = parse_patch(b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n+cut o")
    lines = [row.left or row.right for row in all_rows(FileRows(diff)) if row.kind is RowKind.LINE]
    assert lines == [Line("-", 1, None, b"a"), Line("+", None, 1, b"cut o")]
    assert FileRows(diff).row_of(Side.OLD, 3) is None  # promised by the header, not there


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=6), st.binary(max_size=80), REMARKS, st.booleans())
def test_hunks_that_lie_about_themselves_do_no_harm(
    claims: list[tuple[int, int, int, int]], body: bytes, remarks: list[Remark], split: bool
) -> None:
    cuts = [len(body) * n // max(len(claims), 1) for n in range(len(claims) + 1)]
    (empty,) = parse_patch(b"diff --git a/x b/x\n")
    hunks = tuple(
        Hunk(*claim, Untrusted(""), cuts[n], cuts[n + 1]) for n, claim in enumerate(claims)
    )
    rows = FileRows(FileDiff(empty.change, body, hunks), split=split, remarks=remarks, gaps=True)
    shown = all_rows(rows)
    assert {row.remark for row in shown if row.kind is RowKind.REMARK} == {r.key for r in remarks if r.height}
    for n in range(len(shown)):
        rows.next_changed(n), rows.previous_changed(n, runs=True), rows.unended(n)


@pytest.mark.parametrize("longest", [40, 9000])
def test_any_line_of_a_large_hunk_is_found_by_number_side_and_offset(longest: int) -> None:
    raw = [b"+-  "[n % 4 : n % 4 + 1] + b"%d " % n + b"x" * (n * 37 % longest) for n in range(3000)]
    shape = patch_of([raw], [5])
    hunk = shape.diff.hunks[0]
    lines = HunkLines(shape.diff.patch, hunk)
    expected = numbered(hunk, tuple(raw))
    assert len(lines) == 3000
    for n in (0, 1, 255, 256, 257, 2999, *range(7, 3000, 131)):
        line, cut = HunkLines(shape.diff.patch, hunk).line(n)  # from nothing, so that no earlier question helps
        assert (line, cut) == (expected[n], 0)
        assert lines.line_at(lines.offset(n)) == n == lines.line_at(lines.offset(n) + len(raw[n]))
        for side, number in ((Side.OLD, line.old), (Side.NEW, line.new)):
            if number is not None:
                assert lines.find(side, number) == n


@settings(deadline=None)
@given(shapes(), st.integers(0, 3))
def test_the_height_of_a_hunk_is_what_laying_it_out_gives(shape: Shape, gone: int) -> None:
    cut = replace(shape.diff, hunks=shape.diff.hunks[:gone] + shape.diff.hunks[gone + 1 :])
    for diff in (shape.diff, cut):
        hunks = FileHunks(diff).measured()
        for n, hunk in enumerate(diff.hunks):
            lines = HunkLines(diff.patch, hunk)
            assert hunks.heights(split=False)[n] == lines.count
            assert hunks.heights(split=True)[n] == TwoColumns(lines).count


def test_runs_of_any_length_are_measured() -> None:
    runs = ["-" * minus + "+" * plus for minus in (0, 1, 2, 3, 7, 64, 1000) for plus in (0, 1, 2, 5, 63, 65, 999, 3000)]
    hunks = [[kind.encode() + b"x" for kind in run + " " + other + run] for run, other in pairwise(runs)]
    shape = patch_of([*hunks, [b"-\\x", b"\\ none", b"+@@"], [b"@odd", b"-a", b"+b"]], [9] * 99)
    measured = FileHunks(shape.diff)
    exact = [TwoColumns(HunkLines(shape.diff.patch, hunk)).count for hunk in shape.diff.hunks]
    assert list(measured.heights(split=True)) == exact and max(exact) > 4000
