"""More context is the file's own lines: hunks keep their order, never overlap, and the change itself stays the same."""

import difflib

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.context import WHOLE, function_around, lines_of, with_context
from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileDiff

LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "é", "\r"]), min_size=1, max_size=60)


def diff_of(old: list[str], new: list[str]) -> FileDiff | None:
    made = "".join(line + "\n" for line in difflib.unified_diff(old, new, "a/x", "b/x", lineterm=""))
    found = parse_patch(made.encode())
    return found[0] if found else None


@settings(deadline=None)
@given(LINES, LINES, st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_wider_hunks_hold_the_same_change_and_lines_of_the_file(
    old: list[str], new: list[str], wanted: dict[int, tuple[int, int]]
) -> None:
    diff = diff_of(old, new)
    if diff is None:
        return
    text = "".join(line + "\n" for line in new).encode()
    wide = with_context(diff, text, wanted)
    assert len(wide.hunks) == len(diff.hunks)
    changed = [line for line in diff.all_lines() if line.kind in "+-"]
    assert [line for line in wide.all_lines() if line.kind in "+-"] == changed
    lines = lines_of(text)
    end = 0
    for hunk in wide.hunks:
        shown = [line for line in wide.lines(hunk) if line.new is not None]
        assert all(lines[(line.new or 0) - 1] == line.text for line in shown)
        assert len(shown) == hunk.new_count
        assert len([line for line in wide.lines(hunk) if line.old is not None]) == hunk.old_count
        if shown:
            assert (shown[0].new or 0) > end
            end = shown[-1].new or 0


@settings(deadline=None)
@given(LINES, LINES)
def test_with_everything_asked_for_the_whole_file_stands_there(old: list[str], new: list[str]) -> None:
    diff = diff_of(old, new)
    if diff is None:
        return
    text = "".join(line + "\n" for line in new).encode()
    wide = with_context(diff, text, dict.fromkeys(range(len(diff.hunks)), (WHOLE, WHOLE)))
    assert [line.text for line in wide.all_lines() if line.new is not None] == lines_of(text)


def test_the_function_around_a_hunk_is_shown_from_its_head_to_its_end() -> None:
    body = [f"    a{n} = {n}" for n in range(20)]
    new = ["import os", "", "def f(x):", *body, "    return x", "", "def g():", "    pass"]
    old = [*new[:12], "    gone", *new[13:]]
    diff = diff_of(old, new)
    assert diff is not None
    text = "".join(line + "\n" for line in new).encode()
    wide = with_context(diff, text, {0: function_around(text, diff.hunks[0])})
    shown = [line.text.decode() for line in wide.all_lines() if line.new is not None]
    assert shown[0] == "def f(x):"
    assert shown[-2:] == ["    return x", ""]
