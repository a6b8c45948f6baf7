"""The stream of a whole difference: every line once, every place found again, whatever is folded, widened or marked."""

import difflib

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.context import with_context
from reviewer.diff.parse import parse_patch
from reviewer.diff.rows import RowKind
from reviewer.model.diff import FileDiff
from reviewer.model.mark import Mark
from reviewer.review.diff_stream import DiffStream
from reviewer.review.folding import reason_by_content, reason_by_name
from reviewer.review.looked import Looked, joined
from reviewer.review.marks import MarkBook


def a_file(name: str, lines: int, changed: tuple[int, ...], wide: int = 0) -> tuple[FileDiff, bytes]:
    old = [f"line {n} {'x' * wide}" for n in range(lines)]
    new = [f"{line} changed" if n in changed else line for n, line in enumerate(old)]
    made = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    (found,) = parse_patch("".join(line + "\n" for line in made).encode())
    return found, "".join(line + "\n" for line in new).encode()


FILES = [a_file("a.py", 60, (3, 30, 55)), a_file("b.py", 40, (20,), 150), a_file("c.py", 9, (0, 8), 400)]
TOGGLES = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("hunk"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("review"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("widen"), st.integers(0, 2), st.integers(0, 40)),
        st.tuples(st.sampled_from(["split", "wrap", "narrow", "load", "alone"]), st.integers(0, 2), st.just(0)),
    ),
    max_size=12,
)


def toggled(stream: DiffStream, book: MarkBook, what: str, file: int, number: int) -> None:
    hunks = len(FILES[file][0].hunks)
    if what == "file":
        stream.toggle_file(file)
    elif what == "load":
        stream.loaded(file, FILES[file][0])
    elif what == "alone":
        stream.show_alone(file if stream.alone != file else None)
    elif stream.read(file) is None:
        return
    elif what == "hunk":
        stream.toggle_hunk(file, number % hunks)
    elif what == "review":
        key = stream.key(file, number % hunks)
        book.review([key], done=not book.is_reviewed(key))
        stream.follow_marks(file, number % hunks)
    elif what == "widen":
        stream.widened(file, with_context(*FILES[file], dict.fromkeys(range(hunks), (number, number))))
    else:
        stream.split = stream.split != (what == "split")
        stream.wrapped = stream.wrapped != (what == "wrap")
        stream.width = 40 if what == "narrow" else 100
        stream.rewrap()
        stream.lay_out()


@settings(deadline=None)
@given(TOGGLES)
def test_rows_folds_and_places_agree_after_any_toggles(toggles: list[tuple[str, int, int]]) -> None:
    stream, book = DiffStream(), MarkBook()
    stream.reviewed = book.is_reviewed
    stream.show([diff.change for diff, _ in FILES], ())
    for toggle in toggles:
        toggled(stream, book, *toggle)
        assert stream.total == sum(stream.height(file) for file in range(3))
        assert stream.alone is None or stream.height(stream.alone) == stream.total > 0
        seen: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
        for n in range(stream.total):
            file, row = stream.at(n)
            assert stream.start(file) <= n < stream.start(file) + stream.height(file)
            spot = stream.spot(n)
            assert spot is not None and spot.file == file
            again, found = stream.row_of(spot), row
            if row is not None and row.kind is RowKind.REMARK:
                base, piece = stream.base(n, row.part)
                assert base.kind is RowKind.LINE and piece == row.part + 1
            elif row is None or row.kind is not RowKind.LINE or (row.left or row.right).kind != "\\":  # type: ignore[union-attr]
                assert stream.at(again)[0] == file and (again == n or found is not None)
            if row is not None and row.kind is RowKind.LINE:
                assert not stream.is_hunk_folded(file, row.hunk)
                pair = [row.left] if row.left is row.right else [row.left, row.right]
                seen[file] += [line.kind.encode() + line.text for line in pair if line is not None]
        for file in range(3):
            diff = stream.diff(file)
            if diff is None or file in stream.folded or stream.alone not in (None, file):
                assert not seen[file]
                continue
            shown = [h for n, h in enumerate(diff.hunks) if not stream.is_hunk_folded(file, n)]
            lines = [line for hunk in shown for line in diff.patch[hunk.start : hunk.end].split(b"\n") if line]
            assert sorted(seen[file]) == sorted(lines)
            if not stream.split:
                assert seen[file] == lines


def test_a_reviewed_hunk_folds_and_the_stream_gets_shorter() -> None:
    stream, book = DiffStream(), MarkBook()
    stream.reviewed = book.is_reviewed
    stream.show([FILES[0][0].change], ())
    stream.loaded(0, FILES[0][0])
    before = stream.total
    book.review([stream.key(0, 1)], done=True)
    stream.follow_marks(0, 1)
    assert stream.total == before - 8
    assert stream.fold_reason(0, 1) == "reviewed"


def test_a_hunk_counts_as_shown_when_all_of_it_was_on_screen_and_not_before() -> None:
    stream, looked = DiffStream(), Looked()
    stream.show([FILES[0][0].change], ())
    stream.loaded(0, FILES[0][0])
    span = stream.hunk_rows(0, 1)
    assert looked.look(stream, span.start, span.start + 4) == set()
    assert looked.look(stream, span.start + 6, span.stop) == set()
    assert looked.look(stream, span.start + 4, span.start + 6) == {stream.key(0, 1)}
    assert looked.look(stream, 0, 5) == set()
    assert [*joined([range(5, 7), range(0, 2), range(2, 5)])] == [range(0, 7)]


def test_only_what_is_new_since_the_last_look_is_unfolded() -> None:
    stream = DiffStream()
    stream.show([FILES[0][0].change], ())
    stream.loaded(0, FILES[0][0])
    keys = stream.keys(0)
    book = MarkBook([Mark(keys[0], "earlier"), Mark(keys[2], "earlier", True)], "now")
    stream.reviewed, stream.old = book.is_reviewed, book.is_old
    stream.lay_out()
    assert [stream.fold_reason(0, n) for n in range(3)] == ["seen before", "", "reviewed"]
    assert [book.is_new(key) for key in keys] == [False, True, False]
    book.only_new = False
    stream.lay_out()
    assert [stream.fold_reason(0, n) for n in range(3)] == ["", "", "reviewed"]
    assert (book.seen(keys).hunks, book.seen(keys).shown, book.seen(keys).reviewed) == (3, 2, 1)
    assert book.show([keys[1], ""]) == [Mark(keys[1], "now")]


def test_what_nobody_wrote_is_folded_with_the_reason() -> None:
    def by_name(name: str) -> str:
        return reason_by_name(a_file(name, 3, (1,))[0].change)

    assert by_name("sub/package-lock.json") == "lock file"
    assert by_name("vendor/lib/x.go") == "vendored"
    assert by_name("a/b.min.js").startswith("generated")
    assert by_name("src/app.py") == "" and by_name("src/vendors.py") == ""
    old, new = ["// Code generated by protoc. DO NOT EDIT.", "a"], ["// Code generated by protoc. DO NOT EDIT.", "b"]
    made = "".join(line + "\n" for line in difflib.unified_diff(old, new, "a/x.go", "b/x.go", lineterm=""))
    assert reason_by_content(parse_patch(made.encode())[0]) == "generated, it says"
    assert reason_by_content(FILES[0][0]) == ""
