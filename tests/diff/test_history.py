"""Over a whole history each line that `git diff` prints stands exactly once; the patch comes back byte for byte."""

import os
import random
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from whole import complaints

from reviewer.diff.parse import parse_numstat, parse_patch

ENV = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "t",
       "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}  # fmt: skip
LINES = [
    b"def f(x):", b"    return x", b"", b"\t", b"-- a list", b"++ plus", b"@@ -1,2 +1,2 @@ not a header", b" ",
    b"diff --git a/x b/x", b"--- a/x", b"+++ b/x", b"\\ No newline at end of file", b"caf\xc3\xa9", b"\xff\xfe bytes",
    "日本語 👩‍👩‍👧".encode(), b"x" * 9000, b"crlf\r", b"\r", b"a\rb", b"\x0c", b"\xe2\x80\xa8", b"Binary files differ",
]  # fmt: skip
NAMES = ["a.py", "dir/b c.txt", "tab\tname", 'quo"te', "nl\nname", "caf\u00e9.md", "-dash", "x -> y", "deep/er/z.js"]


def git(folder: Path, *args: str) -> bytes:
    return subprocess.run(
        ["git", *args], cwd=folder, env={**os.environ, **ENV}, check=True, capture_output=True
    ).stdout


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty commits of everything that a patch can hold: odd names and lines, modes, links, renames, rewrites."""
    work = tmp_path_factory.mktemp("history")
    git(work, "init", "-q", "-b", "main")
    rng = random.Random(7)
    for n in range(40):
        for _ in range(rng.randrange(1, 5)):
            place = work / rng.choice(NAMES)
            place.parent.mkdir(parents=True, exist_ok=True)
            there = place.is_file() and not place.is_symlink()
            what = rng.random()
            if there and what < 0.1:
                place.unlink()
            elif there and what < 0.2:
                place.rename(work / f"moved{n}-{rng.randrange(3)}")
            elif there and what < 0.27:
                place.chmod(0o755 if rng.random() < 0.5 else 0o644)
            elif what < 0.32:
                place.unlink(missing_ok=True)
                place.symlink_to(f"somewhere{n}")
            elif what < 0.38:
                place.unlink(missing_ok=True)
                place.write_bytes(rng.randbytes(300) + b"\0")
            else:
                lines = place.read_bytes().split(b"\n") if there else []
                for _ in range(rng.randrange(1, 12)):
                    at = rng.randrange(len(lines) + 1)
                    lines[at : at + rng.randrange(3)] = [rng.choice(LINES) for _ in range(rng.randrange(4))]
                place.unlink(missing_ok=True)
                place.write_bytes(b"\n".join(lines) + (b"" if rng.random() < 0.3 else b"\n"))
        git(work, "add", "-A")
        git(work, "commit", "-q", "--allow-empty", "-m", f"{n}")
    return work


@pytest.mark.parametrize("options", [(), ("-U0",), ("-M", "-C", "--full-index"), ("-U30", "--no-prefix"), ("--text",)])
def test_every_line_of_every_commit_stands_once(history: Path, options: tuple[str, ...]) -> None:
    commits = git(history, "rev-list", "--reverse", "main").decode().split()
    for one, other in pairwise(commits):
        patch = git(history, "diff", *options, one, other)
        assert complaints(patch) == [], (options, other)


def test_as_many_lines_are_counted_as_git_counts(history: Path) -> None:
    commits = git(history, "rev-list", "--reverse", "main").decode().split()
    for one, other in [*zip(commits, commits[5:], strict=False), (commits[0], commits[-1])]:
        numbers = parse_numstat(git(history, "diff", "--numstat", "-z", one, other))
        files = parse_patch(git(history, "diff", one, other))
        for file in files:
            kinds = [line.kind for line in file.all_lines()]
            # A file that became a link is counted in two parts by git, in two lines of one name.
            if numbers[file.change.path] is not None and file.change.status.value != "type changed":
                assert (kinds.count("+"), kinds.count("-")) == numbers[file.change.path], file.change
        assert {file.change.path for file in files} == set(numbers)
