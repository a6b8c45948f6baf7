"""Ends of lines: where all of them are CR LF it is said once; where one is not, each is seen."""

from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileDiff
from reviewer.review.diff_stream import CRLF, DiffStream
from reviewer.review.stream_lines import Plain, StreamLines

HEAD = b"diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n"


def shown(body: bytes, wider: bytes = b"") -> str:
    (file,) = parse_patch(HEAD + body)
    stream = DiffStream()
    stream.show([file.change], ())
    stream.loaded(0, file)
    if wider:
        stream.widened(0, parse_patch(HEAD + wider)[0])
    lines = StreamLines(stream, Plain(), lambda _file: None)
    return "\n".join("".join(text for text, _ in lines.line(n, 60)) for n in range(stream.total))


def test_crlf_everywhere_is_said_once_and_trailing_space_is_still_seen() -> None:
    text = shown(b"@@ -1,2 +1,2 @@\n same\r\n-old\r\n+new  \r\n")
    assert CRLF in text and "␍" not in text and "new··" in text


def test_a_file_that_becomes_crlf_shows_every_end() -> None:
    text = shown(b"@@ -1,1 +1,1 @@\n-old\n+old\r\n")
    assert CRLF not in text and text.count("␍") == 1


def test_more_lines_that_end_otherwise_bring_the_signs_back() -> None:
    text = shown(b"@@ -2,1 +2,1 @@\n-old\r\n+new\r\n", b"@@ -1,2 +1,2 @@\n first\n-old\r\n+new\r\n")
    assert CRLF not in text and text.count("␍") == 2


def test_a_patch_without_lines_says_nothing_of_ends() -> None:
    (file,) = parse_patch(b"diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n")
    assert isinstance(file, FileDiff)
    assert CRLF not in shown(b"@@ -1,1 +1,1 @@\n-old\n+new\n")
