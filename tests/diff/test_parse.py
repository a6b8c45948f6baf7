"""What git prints is read back whole: compared with git on made-up trees and on real history, fed with garbage."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diff.parse import parse_numstat, parse_patch, parse_raw
from reviewer.diff.rows import FileRows, RowKind
from reviewer.model.diff import MODE_EXECUTABLE, MODE_FILE, MODE_SUBMODULE, MODE_SYMLINK, FileDiff, FileStatus

ROOT = Path(__file__).parents[2]
LINES = st.lists(
    st.sampled_from(
        [b"a", b"b", b"", b"-- x", b"++ y", b"--- x", b"+++ y", b"@@ -1 +1 @@", b"diff --git a/x b/x", b"\\ no",
         b"c\rd", b"e\r", b"\x0c", b"\0", "\u2028".encode(), b"\x85", b"\xff\xfe", b"similarity index 9%"]
    ),
    max_size=14,
)  # fmt: skip
CONTENT = st.tuples(LINES, st.booleans()).map(lambda t: b"\n".join(t[0]) + (b"\n" if t[1] and t[0] else b""))
NAME = st.sampled_from(
    [b"a.py", b"sp ace ", b"tab\tq", b'quo"te', b"\xff\xfe", b"d/x b/y", "é".encode(), b"back\\", b"cr\r", b"\x01",
     b"a b/a", b"--- a"]
)  # fmt: skip
MODE = st.sampled_from([MODE_FILE, MODE_FILE, MODE_FILE, MODE_EXECUTABLE, MODE_SYMLINK, MODE_SUBMODULE])
Tree = dict[bytes, tuple[int, bytes]]
TREE = st.dictionaries(NAME, st.tuples(MODE, CONTENT), max_size=4)


def git(*args: str, cwd: Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, input=stdin).stdout


def quoted(name: bytes) -> bytes:
    return b'"' + b"".join(b"\\%03o" % byte for byte in name) + b'"'


def commit(tree: Tree, repository: Path) -> str:
    """A commit of exactly this tree, made without a work tree."""
    out = [b"commit refs/heads/made\nmark :1\ncommitter t <t@t> 1 +0000\ndata 0\n\ndeleteall\n"]
    for name, (mode, content) in tree.items():
        if mode == MODE_SUBMODULE:
            out.append(b"M 160000 %040x %b\n" % (len(content) + 1, quoted(name)))
        else:
            out.append(b"M %o inline %b\ndata %d\n%b\n" % (mode, quoted(name), len(content), content))
    out.append(b"get-mark :1\n")
    told = git("fast-import", "--quiet", "--force", cwd=repository, stdin=b"".join(out))
    return told.decode().strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    git("init", "-q", "--bare", cwd=root)
    return root


def sides(file: FileDiff) -> tuple[int, int]:
    kinds = [line.kind for line in file.all_lines()]
    return kinds.count("+"), kinds.count("-")


def lines_of(content: bytes) -> list[bytes]:
    """Lines with their LF; the last one without where the file has none."""
    pieces = content.split(b"\n")
    return [piece + b"\n" for piece in pieces[:-1]] + [pieces[-1]] * bool(pieces[-1])


def applied(file: FileDiff, old: bytes) -> bytes:
    """The new content of a file, from its old content and the rows of its patch."""
    before = lines_of(old)
    after: list[bytes] = []
    rows = FileRows(file)
    at, last = 0, ""
    for row in (rows[n] for n in range(len(rows))):
        line = row.left or row.right
        if line is None:
            continue
        if line.kind == "\\":
            after[-1:] = [after[-1].removesuffix(b"\n")] if last == "+" else after[-1:]
            continue
        last = line.kind
        # What lies between the hunks is taken over; both sides count it alike.
        skipped = line.old - 1 - at if line.old is not None else (line.new or 0) - 1 - len(after)
        after += before[at : at + skipped]
        at += skipped
        if line.new is not None:
            assert len(after) == line.new - 1
            after.append(before[at] if line.kind == " " else line.text + b"\n")
        if line.old is not None:
            assert before[at].removesuffix(b"\n") == line.text
            at += 1
    return b"".join(after + before[at:])


def content_of(tree: Tree, name: bytes) -> bytes:
    mode, content = tree.get(name, (MODE_FILE, b""))
    return b"Subproject commit %040x\n" % (len(content) + 1) if mode == MODE_SUBMODULE else content


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=TREE, two=TREE, context=st.integers(0, 4))
def test_patches_raw_and_numstat_agree_with_git(repository: Path, one: Tree, two: Tree, context: int) -> None:
    commits = [commit(tree, repository) for tree in (one, two)]
    diff = ["diff-tree", "-r", "-M", "--full-index", "--text"]
    patch = git(*diff, "-p", f"-U{context}", *commits, cwd=repository)
    files = parse_patch(patch)
    raw = parse_raw(git(*diff, "--raw", "-z", *commits, cwd=repository))
    sizes = parse_numstat(git(*diff, "--numstat", "-z", *commits, cwd=repository))
    assert b"".join(file.patch for file in files) == patch
    assert [(f.change.path, f.change.old_path, f.change.status) for f in files] == [
        (c.path, c.old_path, c.status) for c in raw
    ]
    for file, change in zip(files, raw, strict=True):
        # A patch names no objects and no modes where nothing but the name changed.
        if change.old_oid != change.new_oid:
            assert (file.change.old_oid, file.change.new_oid) == (change.old_oid, change.new_oid)
        if change.old_mode != change.new_mode:
            assert (file.change.old_mode, file.change.new_mode) == (change.old_mode, change.new_mode)
        if change.status is not FileStatus.TYPE_CHANGED:  # whose numbers compare the two as if of one type
            assert sizes[file.change.path] in (sides(file), None)  # None: git counts no lines where it sees a NUL
        for hunk in file.hunks:
            lines = list(file.lines(hunk))
            assert sum(line.kind in " -" for line in lines) == hunk.old_count
            assert sum(line.kind in " +" for line in lines) == hunk.new_count
        old, new = change.old_path.to_bytes(), change.path.to_bytes()
        assert applied(file, content_of(one, old)) == (b"" if new not in two else content_of(two, new))


def test_binary_files_are_said_to_be_binary(repository: Path) -> None:
    trees: list[Tree] = [
        {b"gone": (MODE_FILE, b"\0old"), b"kept": (MODE_FILE, b"\0one"), b"turned": (MODE_FILE, b"\0")},
        {b"kept": (MODE_FILE, b"\0two"), b"n w": (MODE_FILE, b"\0"), b"turned": (MODE_SYMLINK, b"kept")},
    ]
    commits = [commit(tree, repository) for tree in trees]
    for form in (("-p",), ("-p", "--binary")):
        files = parse_patch(git("diff-tree", "-r", "--full-index", *form, *commits, cwd=repository))
        assert [(f.change.path.raw, f.change.status, f.binary, len(f.hunks)) for f in files] == [
            ("gone", FileStatus.DELETED, True, 0),
            ("kept", FileStatus.MODIFIED, True, 0),
            ("n w", FileStatus.ADDED, True, 0),
            ("turned", FileStatus.TYPE_CHANGED, True, 1),
        ]
    sizes = parse_numstat(git("diff-tree", "-r", "--numstat", "-z", *commits, cwd=repository))
    assert {path.raw: size for path, size in sizes.items()}["kept"] is None


def test_a_file_that_became_a_link_shows_both_of_its_sides(repository: Path) -> None:
    commits = [commit({b"x": side}, repository) for side in ((MODE_FILE, b"a\nb\n"), (MODE_SYMLINK, b"/etc/passwd"))]
    (file,) = parse_patch(git("diff-tree", "-r", "-p", "--full-index", *commits, cwd=repository))
    assert file.change.status is FileStatus.TYPE_CHANGED
    assert [(line.kind, line.text) for line in file.all_lines()] == [
        ("-", b"a"), ("-", b"b"), ("+", b"/etc/passwd"), ("\\", b" No newline at end of file")
    ]  # fmt: skip
    assert (file.change,) == tuple(parse_raw(git("diff-tree", "-r", "--raw", "-z", *commits, cwd=repository)))


def test_this_repository_s_own_history_is_read_back(tmp_path: Path) -> None:
    try:
        commits = git("rev-list", "--no-merges", "-n", "12", "HEAD", cwd=ROOT).decode().split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    for oid in commits:
        form = ("diff-tree", "--root", "-r", "-M", "--no-commit-id", "--full-index", oid)
        patch = git(*form, "-p", cwd=ROOT)
        sizes = parse_numstat(git(*form, "--numstat", "-z", cwd=ROOT))
        files = parse_patch(patch)
        assert b"".join(file.patch for file in files) == patch
        assert {f.change.path: None if f.binary else sides(f) for f in files} == sizes
        for file in files:
            rows = FileRows(file)
            shown = [row for n in range(len(rows)) if (row := rows[n]).kind is RowKind.LINE]
            again = b"".join(line.kind.encode() + line.text + b"\n" for row in shown if (line := row.left or row.right))
            assert again == b"".join(file.patch[hunk.start : hunk.end] for hunk in file.hunks)


GARBAGE = st.lists(
    st.sampled_from(
        [b"diff --git a/x b/x\n", b"@@ -1,2 +1 @@\n", b"@@ -1 +1,3 @@ f\n", b"-a\n", b"+", b" c\n", b"\n", b"\\ No\n",
         b"--- /dev/null\n", b"+++ b/x\n", b"rename from q\n", b'diff --git "a/\\303', b"old mode 1" + b"0" * 5000,
         b"similarity index " + b"9" * 5000 + b"%\n", b"index ..\n", b"GIT binary patch\n", b"@@ -999999999,1 +1 @@\n"]
    ),
    max_size=16,
).map(b"".join)  # fmt: skip
RECORDS = st.lists(
    st.sampled_from(
        [b":100644 100644 a b M", b":1 2 a b R" + b"9" * 5000, b":x y z w C100", b"x", b"", b"1\t2\t",
         b"9" * 5000 + b"\t1\ty", b"-\t-\tz", b"\xff\t\xff\tq"]
    ),
    max_size=8,
).map(b"\0".join)  # fmt: skip


@settings(deadline=None)
@given(st.binary(max_size=300) | GARBAGE | RECORDS)
def test_garbage_never_raises_and_nothing_of_a_patch_is_lost(data: bytes) -> None:
    files = parse_patch(data)
    assert not files or data.endswith(b"".join(file.patch for file in files))
    for file in files:
        assert all(0 <= hunk.start <= hunk.end <= len(file.patch) for hunk in file.hunks)
        rows = FileRows(file, split=True)
        for n in range(len(rows)):
            rows[n]
    parse_raw(data)
    parse_numstat(data)


def test_a_deleted_plain_file_and_a_mode_change() -> None:
    (deleted,) = parse_patch(b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n")
    assert deleted.change.status is FileStatus.DELETED
    assert deleted.change.path.raw == "x"
    (mode,) = parse_patch(b"diff --git a/s b/s\nold mode 100644\nnew mode 100755\n")
    assert (mode.change.old_mode, mode.change.new_mode) == (0o100644, 0o100755)


def test_plain_diffs_keep_removed_lines_that_look_like_the_next_file() -> None:
    one, two = parse_patch(
        b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/fake\n-b\n+++ b/fake\n+c\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-d\n+e\n"
    )
    assert [line.text for line in one.all_lines()] == [b"-- a/fake", b"b", b"++ b/fake", b"c"]
    assert two.change.path.raw == "y"


def test_a_commit_message_between_two_patches_renames_nothing() -> None:
    one, two = parse_patch(
        b"diff --git a/s b/s\nold mode 100644\nnew mode 100755\n"
        b"From 1234 Mon Sep 17 00:00:00 2001\nSubject: x\n\nrename to harmless.txt\nnew file mode 100644\n---\n"
        b"diff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-d\n+e\n-- \n2.39.5\n"
    )
    assert (one.change.path.raw, one.change.status) == ("s", FileStatus.MODIFIED)
    assert [line.text for line in two.all_lines()] == [b"d", b"e"]  # the signature is no removed line


@pytest.mark.parametrize(
    ("claim", "body", "kept"),
    [
        (b"-1,2 +1,2", b" a\nzzz\n", 1),
        (b"-1 +1", b"-a\n+b\n+c\n", 2),
        (b"-1 +1", b"-a\n-b\n+c\n", 1),
        (b"-1,3 +1,3", b" a\n\n\\ No\n b\n c\n", 4),
        (b"-1 +0,0", b"-a\n\\ No newline at end of file\n", 2),
        (b"-0,0 +0,0", b" a\n", 0),
    ],
)
def test_a_hunk_ends_where_its_counts_or_its_signs_end(claim: bytes, body: bytes, kept: int) -> None:
    (file,) = parse_patch(b"--- a/x\n+++ b/x\n@@ %b @@\n%b" % (claim, body))
    rows = FileRows(file)
    assert [rows[n].kind for n in range(len(rows))].count(RowKind.LINE) == kept


def test_a_patch_with_crlf_headers_is_read() -> None:
    (file,) = parse_patch(
        b"diff --git a/x b/x\r\nnew file mode 100755\r\n--- /dev/null\r\n+++ b/x\r\n@@ -0,0 +1 @@\r\n+a\r\n"
    )
    assert (file.change.path.raw, file.change.new_mode, file.change.status) == ("x", 0o100755, FileStatus.ADDED)
    assert [line.text for line in file.all_lines()] == [b"a\r"]


def test_a_merge_s_combined_difference_is_a_file_of_its_own_and_says_so() -> None:
    combined = (
        b"diff --cc b.py\nindex 1,2..3\nmode 100644,100644..100755\n--- a/b.py\n+++ b/b.py\n"
        b"@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n"
    )
    plain = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    for data, names in ((combined, ["b.py"]), (plain + combined + plain, ["x", "b.py", "x"])):
        files = parse_patch(data)
        assert [(file.change.path.raw, file.combined) for file in files] == [(name, name == "b.py") for name in names]
        assert b"".join(file.patch for file in files) == data
        assert [len(file.hunks) for file in files] == [int(name == "x") for name in names]


def test_a_hunk_that_is_one_empty_line_has_a_line() -> None:
    (file,) = parse_patch(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n\n")
    assert [(line.kind, line.old, line.new, line.text) for line in file.all_lines()] == [(" ", 1, 1, b"")]
