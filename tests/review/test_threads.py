"""Threads are settled by people alone; suggestions are small diffs; files are ordered; binaries are said in words."""

import struct

from reviewer.diff.parse import parse_patch
from reviewer.model.comment import Anchor, AuthorKind, Comment, CommentKind
from reviewer.model.diff import FileChange, FileDiff, FileStatus
from reviewer.model.finding import Side
from reviewer.review.lines import Line
from reviewer.review.ordering import Order, ordered
from reviewer.review.remarks import comment_lines, thread_lines
from reviewer.review.suggesting import block, parts
from reviewer.review.summaries import told
from reviewer.review.threads import threads
from reviewer.text import Untrusted


def said(name: str, body: str = "words", *, answers: str | None = None, agent: bool = False, resolved: bool = False,
         at: float = 0, anchor: Anchor | None = None, kind: CommentKind = CommentKind.NOTE) -> Comment:  # fmt: skip
    who = AuthorKind.AGENT if agent else AuthorKind.PERSON
    return Comment(name, "d", Untrusted("ann"), who, Untrusted(body), at, anchor, answers, kind, resolved)


def plain(lines: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_answers_stand_with_what_they_answer_also_in_a_row() -> None:
    found = threads([said("a"), said("b"), said("c", answers="a"), said("d", answers="c"), said("e", answers="gone")])
    assert [(t.root.comment_id, [c.comment_id for c in t.answers]) for t in found] == [
        ("a", ["c", "d"]), ("b", []), ("e", [])
    ]  # fmt: skip
    (one,) = threads([said("a", answers="b"), said("b", answers="a")])[:1]
    assert one.root.comment_id in ("a", "b")


def test_an_agent_proposes_a_person_settles_and_whoever_speaks_up_opens_again() -> None:
    root, proposal = said("a", "please rename"), said("b", answers="a", agent=True, resolved=True, at=1)
    (thread,) = threads([root, proposal])
    assert thread.settled is None and thread.proposed == proposal
    assert "says that this is done" in plain(thread_lines(thread, 60))
    settled = said("c", answers="a", resolved=True, at=2)
    (thread,) = threads([root, proposal, settled])
    assert thread.settled == settled
    assert plain(thread_lines(thread, 60)) == "  ✓ settled by ann: please rename  2 answers"
    (thread,) = threads([root, proposal, settled, said("d", answers="a", at=3)])
    assert thread.settled is None and thread.proposed is None


def test_a_suggestion_is_shown_as_what_goes_and_what_comes() -> None:
    anchor = Anchor(Untrusted("a.py"), Side.NEW, 3, 4, Untrusted("x = 1\ny = 2"))
    body = "better:\n" + block(anchor.text).replace("y = 2", "y = 3") + "thanks"
    assert list(parts(Untrusted(body))) == [(False, ["better:"]), (True, ["x = 1", "y = 3"]), (False, ["thanks"])]
    shown = plain(comment_lines(said("a", body, anchor=anchor, kind=CommentKind.QUESTION), 60))
    assert "a question  lines 3 to 4" in shown
    assert [line.strip() for line in shown.split("\n")[1:]] == [
        "better:", "- x = 1", "- y = 2", "+ x = 1", "+ y = 3", "thanks"
    ]  # fmt: skip
    hostile = plain(comment_lines(said("a", "```suggestion\n\x1b[2J\n```"), 60))
    assert "\x1b" not in hostile


def change(path: str, old: str = "1" * 40, new: str = "2" * 40) -> FileChange:
    name = Untrusted(path)
    return FileChange(FileStatus.MODIFIED, name, name, 0o100644, 0o100644, old, new)


def test_tests_stand_beside_what_they_test() -> None:
    names = "tests/test_b.py src/a.py src/b.py tests/test_other.py src/a_test.go web/c.test.ts web/c.ts".split()
    found = [file.path.raw for file in ordered([change(name) for name in names], Order.TESTS)]
    assert found == [
        "src/a.py", "src/a_test.go", "src/b.py", "tests/test_b.py", "web/c.ts", "web/c.test.ts", "tests/test_other.py"
    ]  # fmt: skip
    assert [f.path.raw for f in ordered([change("b"), change("a")], Order.PATH)] == ["a", "b"]


def binary(body: bytes) -> FileDiff:
    (diff,) = parse_patch(b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-" + body + b"\n+" + body + b"\n")
    return diff


def test_what_is_no_text_is_said_in_words() -> None:
    def png(width: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, 9) + b"\0" * 2000

    blobs = {"1" * 40: png(5), "2" * 40: png(7)}
    diff = binary(b"\0\0")
    diff = FileDiff(change("x.png"), diff.patch, diff.hunks)
    shown, words = told(diff, lambda oid: blobs.get(oid, b""))
    assert shown.binary and shown.hunks == diff.hunks, "the lines are folded, not thrown away"
    assert words.startswith("PNG image, 5x9 → 7x9, 2.0 kB → 2.0 kB")
    assert "not here" in told(diff, lambda oid: b"")[1]
    pointer = b"version https://git-lfs.github.com/spec/v1\n+oid sha256:" + b"a" * 64 + b"\n+size 1200000"
    (lfs,) = parse_patch(b"diff --git a/x b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,3 @@\n+" + pointer + b"\n")
    assert told(lfs, lambda oid: b"")[1].startswith("Git LFS pointer: the content itself (1.2 MB")


def test_utf_16_is_shown_as_text_where_its_mark_says_so() -> None:
    blobs = {"1" * 40: "one\ntwo\n".encode("utf-16"), "2" * 40: "one\nzwei\n".encode("utf-16")}
    diff = FileDiff(change("x.txt"), binary(b"\0\0").patch, binary(b"\0\0").hunks)
    shown, words = told(diff, lambda oid: blobs[oid])
    assert "UTF-16" in words and not shown.binary
    assert [(line.kind, line.text) for line in shown.all_lines()][:3] == [(" ", b"one"), ("-", b"two"), ("+", b"zwei")]
    assert shown.change == diff.change
