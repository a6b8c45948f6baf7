"""What git prints is read back whole: compared with git itself on made-up trees, and fed with garbage."""

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.diff.parse import parse_numstat, parse_patch, parse_raw
from reviewer.model.diff import FileDiff, FileStatus

LINES = st.lists(
    st.sampled_from(
        [b"a", b"b", b"", b"--- x", b"+++ y", b"@@ -1 +1 @@", b"diff --git a/x b/x", b"\\ no", b"c\rd", b"\x0c"]
    ),
    max_size=12,
)
CONTENT = st.tuples(LINES, st.booleans()).map(lambda t: b"\n".join(t[0]) + (b"\n" if t[1] and t[0] else b""))
NAME = st.sampled_from([b"a.py", b"sp ace", b"tab\tq", b'quo"te', b"\xff\xfe", b"d/x b/y", "é".encode(), b"back\\"])
TREE = st.dictionaries(NAME, CONTENT, max_size=4)


def git(*args: str, cwd: Path) -> bytes:
    return subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True).stdout


def write(tree: dict[bytes, bytes], folder: Path) -> None:
    for name, content in tree.items():
        path = bytes(folder) + b"/" + name
        Path(path.decode("utf-8", "surrogateescape")).parent.mkdir(parents=True, exist_ok=True)
        Path(path.decode("utf-8", "surrogateescape")).write_bytes(content)


def sides(file: FileDiff) -> tuple[int, int]:
    kinds = [line.kind for line in file.all_lines()]
    return kinds.count("+"), kinds.count("-")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREE, TREE)
def test_patches_raw_and_numstat_agree_with_git(tmp_path_factory, one, two) -> None:  # type: ignore[no-untyped-def]
    root = tmp_path_factory.mktemp("repo")
    git("init", "-q", cwd=root)
    commits = []
    for tree in (one, two):
        git("rm", "-rq", "--ignore-unmatch", ".", cwd=root)
        write(tree, root)
        git("add", "-A", cwd=root)
        git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x", "--allow-empty", cwd=root)
        commits.append(git("rev-parse", "HEAD", cwd=root).decode().strip())
    diff = ["diff-tree", "-r", "-M", "--full-index", "--text"]
    files = parse_patch(git(*diff, "-p", *commits, cwd=root))
    raw = parse_raw(git(*diff, "--raw", "-z", *commits, cwd=root))
    sizes = parse_numstat(git(*diff, "--numstat", "-z", *commits, cwd=root))
    assert [(f.change.path, f.change.status) for f in files] == [(c.path, c.status) for c in raw]
    # A patch names no objects where nothing but the name changed.
    named = [(f.change.new_oid, c.new_oid) for f, c in zip(files, raw, strict=True) if f.change.similarity != 100]
    assert all(ours == theirs for ours, theirs in named)
    for file in files:
        assert sides(file) == sizes[file.change.path]
        for hunk in file.hunks:
            lines = list(file.lines(hunk))
            again = b"".join(line.kind.encode() + line.text + b"\n" for line in lines)
            assert again == file.patch[hunk.start : hunk.end]
            assert sum(line.kind in " -" for line in lines) == hunk.old_count
            assert sum(line.kind in " +" for line in lines) == hunk.new_count


@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                b"diff --git a/x b/x\n",
                b"@@ -1,2 +1 @@\n",
                b"-a\n",
                b"+",
                b"--- /dev/null\n",
                b"+++ b/x\n",
                b"rename from q\n",
                b'diff --git "a/\\303',
                b"\\\n",
            ]
        ),
        max_size=12,
    ).map(b"".join)
)
def test_garbage_never_raises(data: bytes) -> None:
    for file in parse_patch(data):
        list(file.all_lines())
    parse_raw(data)
    parse_numstat(data)


def test_a_deleted_plain_file_and_a_mode_change() -> None:
    (deleted,) = parse_patch(b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n")
    assert deleted.change.status is FileStatus.DELETED
    assert deleted.change.path.raw == "x"
    (mode,) = parse_patch(b"diff --git a/s b/s\nold mode 100644\nnew mode 100755\n")
    assert (mode.change.old_mode, mode.change.new_mode) == (0o100644, 0o100755)
