"""git's own pager: what git colours for a terminal is read, coloured by whole files; what is no patch is shown."""

import subprocess
import sys
from pathlib import Path

import pytest
from shell import git
from terminal import Terminal

from reviewer.diff.parse import parse_patch
from reviewer.diff.uncoloured import without_colours
from reviewer.review.patch_sides import with_sides

START_GIT = "import os, sys; os.execvp('git', ['git', *sys.argv[1:]])"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    (tmp_path / "home").mkdir(mode=0o700)
    git(root, "init", "-q", "-b", "main")
    odd = 'x = """two\n\x1b[95mred\x1b[m\n"""  \n\ty = "日本"\n'
    for name, text in (("a", "x = 1\n"), ("b", odd), ("c", "x = 3\n")):
        (root / "app.py").write_text(text)
        (root / f"{name}.txt").write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"Make {name}")
    (root / "blob.bin").write_bytes(b"\0" * 30)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Bytes")
    return root


ASKED = (["log", "-p"], ["show", "HEAD~1"], ["diff", "HEAD~3", "HEAD"], ["log", "-p", "--stat"], ["show", "HEAD~2"])


def test_gits_own_colours_go_and_what_a_file_holds_stays(work: Path) -> None:
    for words in ASKED:
        plain, coloured = (
            subprocess.check_output(["git", "-c", f"color.ui={when}", *words], cwd=work) for when in ("false", "always")
        )
        found = without_colours(coloured)
        # The end of a colour is git's as much as the file's.
        assert found == plain.replace(b"red\x1b[m", b"red"), words
        assert without_colours(plain) == plain
    assert b"\x1b[95mred" in without_colours(subprocess.check_output(["git", "show", "--color", "HEAD~2"], cwd=work))


def test_each_commit_of_a_log_is_named_above_its_first_file(work: Path) -> None:
    log = subprocess.check_output(["git", "log", "-p"], cwd=work)
    above = [diff.above.raw.partition(" ")[2] for diff in parse_patch(log)]
    assert above == ["Bytes", "Make c", "", "Make b", "", "Make a", ""]
    mails = subprocess.check_output(["git", "format-patch", "--stdout", "HEAD~2"], cwd=work)
    assert [diff.above.raw.partition(" ")[2] for diff in parse_patch(mails)] == ["Make c", "", "Bytes"]
    assert not any(diff.above for diff in parse_patch(subprocess.check_output(["git", "diff", "HEAD~3"], cwd=work)))


def test_the_whole_files_are_found_by_their_ids_alone(work: Path) -> None:
    (work / "app.py").write_text("x = 4\n")
    (work / "c.txt").write_text("not yet\n")
    patch = subprocess.check_output(["git", "diff"], cwd=work)
    (work / "c.txt").write_text("something else by now\n")
    diffs, blob = with_sides(parse_patch(patch), work, work.parent / "home", 1 << 20)
    sides = {diff.change.path.raw: (blob(diff.change.old_oid), blob(diff.change.new_oid)) for diff in diffs}
    assert sides == {"app.py": (b"x = 3\n", b"x = 4\n"), "c.txt": (b"x = 3\n", b"")}
    apart, blob = with_sides(parse_patch(patch), work.parent, work.parent / "home", 1 << 20)
    assert [blob(diff.change.old_oid) for diff in apart] == [b"", b""]


def test_it_is_gits_pager_in_a_terminal(work: Path) -> None:
    pager = f"core.pager={sys.executable} -m reviewer diff -"
    run = Terminal(["-c", START_GIT, "-c", pager, "log", "-p"], work, REVIEWER_HOME=str(work.parent / "home"))
    try:
        run.wait("Bytes", "Make c", "leave")
        run.type("q")
        assert run.ended() == 0
    finally:
        run.kill()


def test_what_is_no_patch_is_shown_as_text(work: Path) -> None:
    git(work, "commit", "-q", "--allow-empty", "-m", "Say \x1b]0;mine\x07 hello")
    pager = f"core.pager={sys.executable} -m reviewer diff -"
    run = Terminal(["-c", START_GIT, "-c", pager, "log", "--format=%s"], work, REVIEWER_HOME=str(work.parent / "home"))
    try:
        run.wait("hello", "Make a")
        assert run.ended() == 0
        assert b"\x1b]0;" not in run.output
    finally:
        run.kill()
