"""The stream's offsets agree with plain addition, whatever heights came in and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.layout import Stream

HEIGHTS = st.lists(st.integers(0, 40), max_size=40)


@given(HEIGHTS, st.lists(st.tuples(st.integers(0, 39), st.integers(0, 40)), max_size=30))
def test_offsets_agree_with_addition_after_any_changes(heights: list[int], changes: list[tuple[int, int]]) -> None:
    stream = Stream(heights)
    for file, height in changes:
        if file < len(heights):
            after = [stream.start(n) for n in range(file + 1, len(heights))]
            moved = stream.set(file, height)
            assert [stream.start(n) for n in range(file + 1, len(heights))] == [start + moved for start in after]
            heights = [*heights[:file], height, *heights[file + 1 :]]
    assert len(stream) == len(heights) and stream.total == sum(heights)
    assert [stream.height(n) for n in range(len(heights))] == heights
    assert [stream.start(n) for n in range(len(heights) + 1)] == [sum(heights[:n]) for n in range(len(heights) + 1)]
    rows = [(file, row) for file, height in enumerate(heights) for row in range(height)]
    assert [stream.locate(n) for n in range(stream.total)] == rows
    for outside in (-1, stream.total):
        with pytest.raises(IndexError):
            stream.locate(outside)


def test_there_is_no_file_before_the_first_or_after_the_last() -> None:
    stream = Stream([2, 3])
    for file in (-1, 3):
        with pytest.raises(IndexError):
            stream.start(file)
