"""Whether a changed line ran stands in the gutter as the reports say it; what no report names is unknown."""

from dataclasses import replace

from made import run

from reviewer.diff.parse import parse_patch
from reviewer.model.report import Case, Result
from reviewer.model.reported import FileCoverage, Reported
from reviewer.model.run import Beside, Conclusion, Run, RunState
from reviewer.review.coverage import lines_that_ran, words
from reviewer.review.diff_stream import DiffStream
from reviewer.review.run_notes import run_notes
from reviewer.review.stream_lines import Plain, StreamLines
from reviewer.text import Untrusted

PATH = Untrusted("a.py")
PATCH = b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,4 @@\n-old\n same\n+ran\n+missed\n+unknown\n"


def with_coverage(ran: tuple[int, ...], missed: tuple[int, ...]) -> Run:
    report = Reported(Untrusted("lcov.info"), "lcov", coverage=(FileCoverage(PATH, ran, missed),))
    return replace(run("unit", state=RunState.DONE), reports=(report,))


def test_what_ran_in_one_run_ran_and_cross_checks_tell_nothing() -> None:
    runs = [with_coverage((2,), (3,)), with_coverage((3,), (2, 9))]
    assert lines_that_ran(runs) == {PATH: {2: True, 3: True, 9: False}}
    assert words(lines_that_ran(runs)[PATH]) == "reported: 2 of 3 changed lines ran"
    assert lines_that_ran([replace(runs[0], check=Beside.BASE_TESTS, of="unit")]) == {}
    assert words({}) == ""


def test_the_gutter_tells_ran_from_missed_from_unknown_without_colour() -> None:
    for split in (False, True):
        stream = DiffStream()
        stream.split = split
        (file,) = parse_patch(PATCH)
        stream.show([file.change], ())
        stream.loaded(0, file)
        lines = StreamLines(stream, Plain(), lambda _file: None)
        lines.ran = lines_that_ran([with_coverage((2,), (3,))])
        shown = ["".join(text for text, _ in lines.line(n, 80)) for n in range(stream.total)]
        assert "reported: 1 of 2 changed lines ran" in shown[0]
        assert any("2∙+ran" in line for line in shown)
        assert any("3✗+missed" in line for line in shown)
        assert any("4 +unknown" in line for line in shown)
        assert all("∙" not in line for line in shown if "ran" not in line)


def test_a_failing_tests_message_stands_at_the_changed_line_that_it_names() -> None:
    message = Untrusted('AssertionError: 1 != 2\n  File "/build/a.py", line 3, in f\nlib/other.py:4: no\n')
    case = Case(Untrusted("suite"), Untrusted("test_f\x1b[2J"), Result.FAILED, message=message)
    failing = replace(
        run("unit", state=RunState.DONE, conclusion=Conclusion.FAILURE),
        reports=(Reported(Untrusted("junit.xml"), "junit", failing=(case,)),),
    )
    (file,) = parse_patch(PATCH)
    (note,) = run_notes([failing], {}, [file.change])
    assert (note.file, note.line, note.said) == (PATH, 3, "unit: test_f␛[2J: AssertionError: 1 != 2")
