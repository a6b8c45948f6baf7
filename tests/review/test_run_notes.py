"""A failed run's output is found at the changed lines that it names, and nowhere else; hostile output does no harm."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from made import run

from reviewer.model.diff import FileChange, FileStatus
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.review.run_notes import run_notes
from reviewer.text import Untrusted

OUTPUT = b"""collected 2 items
Traceback (most recent call last):
  File "/elsewhere/snapshot/tests/test_app.py", line 9, in test_it
    assert f(1) == 2
\x1b[31mAssertionError: 1 != 2\x1b[0m
src/app.go:31:5: undefined: frob
./lib/other.py:4: nobody changed this
see http://example.org/app.go:80 and app.go
"""


def file(path: str) -> FileChange:
    name = Untrusted(path)
    return FileChange(FileStatus.MODIFIED, name, name, 0o100644, 0o100644, "1" * 40, "2" * 40)


def a_run(conclusion: Conclusion = Conclusion.FAILURE) -> Run:
    return run("unit", state=RunState.DONE, conclusion=conclusion, log="log")


FILES = [file("tests/test_app.py"), file("src/app.go")]


def test_what_a_failed_run_says_stands_at_the_line_that_it_names() -> None:
    found = run_notes([a_run()], {"log": OUTPUT}, FILES)
    assert [(note.file.raw, note.line, note.said) for note in found] == [
        ("tests/test_app.py", 9, "unit: AssertionError: 1 != 2"),
        ("src/app.go", 31, "unit: undefined: frob"),
    ]
    (line,) = found[1].lines(60)
    assert "".join(text for text, _ in line) == "  ✗ unit: undefined: frob"


def test_what_passed_or_was_not_read_says_nothing() -> None:
    assert run_notes([a_run(Conclusion.SUCCESS)], {"log": OUTPUT}, FILES) == []
    assert run_notes([a_run()], {}, FILES) == []


@given(st.binary(max_size=300), st.integers(20, 90))
def test_nothing_of_the_output_is_shown_raw(rest: bytes, width: int) -> None:
    for note in run_notes([a_run()], {"log": b"src/app.go:3: " + rest}, FILES):
        for line in note.lines(width):
            assert all(char.isprintable() for text, _ in line for char in text)


def test_what_a_cross_check_names_is_not_of_the_difference() -> None:
    assert run_notes([replace(a_run(), check=Beside.BASE_TESTS, of="unit")], {"log": OUTPUT}, FILES) == []
