"""Bad input through real processes: one clear sentence with what to do, a status other than 0, nothing lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import git, run, stop_gate

ROOT = os.getuid() == 0
BRANCH = "claude/x"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("bad") / "home"
    yield place
    stop_gate(place)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository with one commit on main."""
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, "a.py", "one\n")
    return root


def write(root: Path, name: str, content: str | bytes) -> None:
    (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "-A")
    git(root, "commit", "-qm", f"write {name}")


def on_branch(root: Path, name: str = "b.py", content: str | bytes = "two\n", branch: str = BRANCH) -> None:
    git(root, "switch", "-qc", branch, "main")
    write(root, name, content)
    git(root, "switch", "-q", "main")


def refused(done: subprocess.CompletedProcess[str], sentence: str, hint: str, status: int = 2) -> None:
    assert done.returncode == status, done
    assert done.stdout == ""
    first, *rest = done.stderr.strip().split("\n")
    assert first.startswith("error: ")
    assert sentence in first
    assert hint in " ".join(rest)


# --- what cannot be reviewed ----------------------------------------------------------------------------------------


def _nothing(_work: Path) -> None: ...


def _no_repository(work: Path) -> None:
    shutil.rmtree(work / ".git")


def _no_commits(work: Path) -> None:
    _no_repository(work)
    git(work, "init", "-q", "-b", "main")


def _no_default(work: Path) -> None:
    on_branch(work)
    git(work, "branch", "-m", "main", "here")


def _only_a_remote_default(work: Path) -> None:
    git(work, "update-ref", "refs/remotes/origin/main", "main")
    git(work, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    on_branch(work)
    git(work, "switch", "-q", BRANCH)
    git(work, "branch", "-D", "main")


def _nothing_ahead(work: Path) -> None:
    git(work, "branch", BRANCH)


def _no_file(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    git(work, "commit", "--allow-empty", "-qm", "empty")


def _unrelated(work: Path) -> None:
    git(work, "switch", "-q", "--orphan", BRANCH)
    write(work, "z.py", "z\n")


def _broken_settings(work: Path) -> None:
    write(work, "reviewer.toml", "[policy]\naprovals = 1\n")
    on_branch(work)


def _no_settings_at_all(work: Path) -> None:
    write(work, "reviewer.toml", b"\xff\xfe")
    on_branch(work)


def _partial(work: Path) -> None:
    on_branch(work)
    git(work, "config", "remote.origin.promisor", "true")


REFUSED = [
    (_no_repository, "not in a git repository", "git init"),
    (_no_commits, "no commits on any branch", "make a first commit"),
    (_no_default, "no default branch", "--target"),
    (_only_a_remote_default, "main is here as origin/main only", "git branch main origin/main"),
    (_nothing, f"there is no branch {BRANCH}", "there are: main"),
    (_nothing_ahead, "holds nothing that the target does not", "commit to it"),
    (_no_file, "change no file", "nothing to review"),
    (_unrelated, "shares no history with the target", "--target"),
    (_broken_settings, "reviewer.toml of the target branch, line 2: aprovals", "approvals"),
    (_no_settings_at_all, "reviewer.toml of the target branch, line 1: not UTF-8", "UTF-8"),
    (_partial, "is a partial clone", "git fetch"),
]


@pytest.mark.parametrize(("spoil", "sentence", "hint"), REFUSED, ids=lambda v: getattr(v, "__name__", ""))
def test_submit_refuses_in_a_sentence(
    spoil: Callable[[Path], None], sentence: str, hint: str, work: Path, home: Path
) -> None:
    spoil(work)
    refused(run(home, work, "submit", "--branch", BRANCH), sentence, hint)


@pytest.mark.parametrize(
    ("spoil", "sentence", "hint"),
    [entry for entry in REFUSED if entry[0] in (_no_repository, _no_commits, _no_default, _only_a_remote_default)],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_list_refuses_in_a_sentence(
    spoil: Callable[[Path], None], sentence: str, hint: str, work: Path, home: Path
) -> None:
    spoil(work)
    refused(run(home, work, "list"), sentence, hint)


def test_diff_and_scan_refuse_in_a_sentence(work: Path, home: Path, tmp_path: Path) -> None:
    refused(run(home, work, "diff", "main..nope\x1b[2J"), "there is no branch nope", "there are: main")
    refused(run(home, work, "scan", "main", "0" * 40), "there is no commit", "fetch")
    refused(run(home, work, "diff"), "name what to compare", "A..B")
    refused(run(home, work, "diff", "--patch", str(tmp_path / "gone")), "No such file", "name is right", 1)
    (tmp_path / "photo").write_bytes(os.urandom(5000))
    refused(run(home, work, "scan", "--patch", str(tmp_path / "photo")), "not a patch", "git diff")
    git(work, "switch", "-q", "--detach")
    assert run(home, work, "diff", "main..HEAD").returncode == 0
    refused(run(home, work, "submit"), "HEAD is detached", "--branch")
    refused(run(home, work, "submit", "--branch", "main"), "main is the target itself", "--branch")
    refused(run(home, work, "submit", "--claim", str(tmp_path / "gone")), "HEAD is detached", "--branch")


def test_a_branch_whose_name_is_not_utf_8_is_refused_by_name(work: Path, home: Path) -> None:
    odd = b"claude/\xff".decode("utf-8", "surrogateescape")
    on_branch(work, branch=odd)
    refused(run(home, work, "submit", "--branch", odd), "is not UTF-8", "rename it")
    listed = run(home, work, "list")
    assert (listed.returncode, "claude/\ufffd" in listed.stdout) == (0, True)


# --- what looks odd and is reviewed all the same --------------------------------------------------------------------


def _criss_cross(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    write(work, "b.py", "b\n")
    b = git(work, "rev-parse", "HEAD")
    git(work, "switch", "-q", "main")
    write(work, "c.py", "c\n")
    c = git(work, "rev-parse", "HEAD")
    git(work, "merge", "-q", "-m", "b into main", b)
    git(work, "switch", "-q", BRANCH)
    git(work, "merge", "-q", "-m", "c into branch", c)
    write(work, "d.py", "d\n")


def _submodule(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    git(work, "commit", "-qm", "submodule")


def _binary(work: Path) -> None:
    on_branch(work, "p.bin", bytes(range(256)) * 10)


def _mode(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    git(work, "update-index", "--chmod=+x", "a.py")
    git(work, "commit", "-qm", "mode")


def _symlink(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    (work / "l").symlink_to("/etc/passwd")
    git(work, "add", ".")
    git(work, "commit", "-qm", "link")


def _odd_file_names(work: Path) -> None:
    git(work, "switch", "-qc", BRANCH)
    for name in (b"caf\xe9", b"nl\nname", b"esc\x1b[2J", b"-rf", b"a\\b\"c'd"):
        (work / os.fsdecode(name)).write_text("x\n")
    git(work, "add", ".")
    git(work, "commit", "-qm", "names")


def _detached(work: Path) -> None:
    on_branch(work)
    git(work, "switch", "-q", "--detach")


ODD = [
    (_criss_cross, ["d.py"]),
    (_submodule, ["sub"]),
    (_binary, ["p.bin"]),
    (_mode, ["a.py (modified, mode 100644 -> 100755)"]),
    (_symlink, ["l (added, symbolic link)", "+/etc/passwd"]),
    (_odd_file_names, ["caf\ufffd", "nl␊name", "esc␛[2J", "-rf", "a\\b\"c'd"]),
    (_detached, ["b.py"]),
]


@pytest.mark.parametrize(("make", "shown"), ODD, ids=lambda v: getattr(v, "__name__", ""))
def test_odd_changes_are_listed_submitted_and_shown(
    make: Callable[[Path], None], shown: list[str], work: Path, home: Path
) -> None:
    make(work)
    assert BRANCH in run(home, work, "list").stdout
    submitted = run(home, work, "submit", "--branch", BRANCH)
    assert submitted.returncode == 0, submitted.stderr
    difference = run(home, work, "diff", submitted.stdout.split()[0]).stdout
    for text in shown:
        assert text in difference
    assert run(home, work, "scan", submitted.stdout.split()[0]).returncode == 0


def _shallow(work: Path) -> Path:
    write(work, "m.py", "m\n")
    write(work, "n.py", "n\n")
    git(work.parent, "clone", "-q", "--depth=2", f"file://{work}", "shallow")
    on_branch(work.parent / "shallow")
    return work.parent / "shallow"


def _bare(work: Path) -> Path:
    on_branch(work)
    git(work.parent, "clone", "-q", "--bare", str(work), "bare.git")
    return work.parent / "bare.git"


def _worktree(work: Path) -> Path:
    on_branch(work)
    git(work, "worktree", "add", "-q", str(work.parent / "tree"), BRANCH)
    (work.parent / "tree" / "below").mkdir()
    return work.parent / "tree" / "below"


def _odd_folder(work: Path) -> Path:
    on_branch(work)
    return work.rename(work.parent / "a b'c\"d$(id);\n#%20")


@pytest.mark.parametrize("make", [_shallow, _bare, _worktree, _odd_folder], ids=lambda v: v.__name__)
def test_odd_repositories_are_read(make: Callable[[Path], Path], work: Path, home: Path) -> None:
    place = make(work)
    assert BRANCH in run(home, place, "list").stdout
    submitted = run(home, place, "submit", "--branch", BRANCH)
    assert submitted.returncode == 0, submitted.stderr
    assert "+two" in run(home, place, "diff", f"main..{BRANCH}").stdout


@pytest.mark.parametrize("name", ["claude/ü", "claude/-x", "claude/a'b\"c", "claude/$(id)#1", "claude/a%20b", "-x"])
def test_odd_branch_names_are_only_names(name: str, work: Path, home: Path) -> None:
    on_branch(work)
    git(work, "update-ref", f"refs/heads/{name}", BRANCH)
    submitted = run(home, work, "submit", f"--branch={name}")
    assert submitted.returncode == 0, submitted.stderr
    assert f"{name} -> main" in submitted.stdout


# --- the home -------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(home: Path, work: Path, tmp_path: Path) -> Path:
    """A copy of a home that holds something, with no gate of its own running."""
    on_branch(work)
    assert run(home, work, "submit", "--branch", BRANCH).returncode == 0
    assert run(home, work, "sync").returncode == 0
    place = tmp_path / "kept"
    place.mkdir(mode=0o700)
    for name in ("store", "keys"):
        if (home / name).is_dir():
            shutil.copytree(home / name, place / name)
    return place


def test_a_broken_cache_is_begun_anew_and_said_so_once(kept: Path, work: Path) -> None:
    (kept / "store" / "cache.db").write_bytes(b"garbage" * 2000)
    first = run(kept, work, "list")
    assert first.returncode == 0
    assert "note: the cache could not be read" in first.stderr
    assert run(kept, work, "list").stderr == ""


def test_broken_decisions_are_named_by_all_that_needs_them_and_kept(kept: Path, work: Path) -> None:
    file = kept / "store" / "decisions.db"
    file.write_bytes(b"garbage" * 2000)
    listed = run(kept, work, "list", "--offline")
    assert (listed.returncode, BRANCH in listed.stdout) == (0, True)
    assert "note: the desk's decisions are damaged" in listed.stderr
    for words in (("log",), ("outbox",), ("verify",)):
        done = run(kept, work, *words)
        assert done.returncode == 1
        assert "damaged" in done.stderr
        assert "put a copy in the place of" in done.stderr
    assert run(kept, work, "doctor").returncode == 1
    assert file.read_bytes() == b"garbage" * 2000


@pytest.mark.parametrize("name", ["cache.db", "decisions.db"])
def test_a_store_of_a_newer_version_is_refused_and_kept(name: str, kept: Path, work: Path) -> None:
    db = sqlite3.connect(kept / "store" / name)
    db.execute("pragma user_version = 99")
    db.close()
    before = (kept / "store" / name).read_bytes()
    refused(run(kept, work, "list"), "newer version of reviewer", "update reviewer", 1)
    assert (kept / "store" / name).read_bytes() == before


def test_a_gate_whose_database_is_broken_or_newer_says_so_and_keeps_it(home: Path, work: Path, tmp_path: Path) -> None:
    on_branch(work)
    place = tmp_path / "gated"
    change = run(place, work, "submit", "--branch", BRANCH).stdout.split()[0]
    file = place / "gate" / "gate.db"
    assert run(place, work, "sync").returncode == 0
    good = _stopped(place, file)
    for spoil, sentence in ((b"garbage" * 2000, "database cannot be used"), (_newer(good, tmp_path), "has format 99")):
        file.write_bytes(spoil)
        refused(run(place, work, "sync"), sentence, "move it aside", 1)
        assert file.read_bytes() == spoil
    shown = run(place, work, "show", change)
    assert (shown.returncode, change in shown.stdout) == (0, True)
    assert "not up to date: the gate's database has format 99" in shown.stderr
    file.write_bytes(good)
    assert run(place, work, "reject", change).returncode == 0
    stop_gate(place)


def _stopped(place: Path, file: Path) -> bytes:
    """The gate's database once its process is gone."""
    for _ in range(200):
        if not stop_gate(place):
            return file.read_bytes()
        time.sleep(0.05)
    raise AssertionError("the gate does not end")


def _newer(data: bytes, folder: Path) -> bytes:
    copy = folder / "newer.db"
    copy.write_bytes(data)
    db = sqlite3.connect(copy)
    db.execute("pragma user_version = 99")
    db.close()
    return copy.read_bytes()


def _a_file(place: Path) -> None:
    place.write_text("x")


def _open(place: Path) -> None:
    place.mkdir()
    place.chmod(0o755)


def _given_away(place: Path) -> None:
    place.mkdir(mode=0o700)
    os.chown(place, 65534, 65534)


def _store_open(place: Path) -> None:
    place.mkdir(mode=0o700)
    (place / "store").mkdir()
    (place / "store").chmod(0o770)


def _settings_wrong(place: Path) -> None:
    place.mkdir(mode=0o700)
    (place / "config.toml").write_text('name = "ann"\ntheme = 3\n')


def _settings_no_toml(place: Path) -> None:
    place.mkdir(mode=0o700)
    (place / "config.toml").write_text("theme = [\n")


def _settings_a_folder(place: Path) -> None:
    (place / "config.toml").mkdir(parents=True)
    place.chmod(0o700)


HOMES = [
    (_a_file, "cannot use", "REVIEWER_HOME"),
    (_open, "others can enter", "chmod 700"),
    (_store_open, "others can open", "chmod 700"),
    (_settings_wrong, "config.toml, line 2: theme is not valid", "allowed: colour-blind, dark, high-contrast, light"),
    (_settings_no_toml, "config.toml", "toml.io"),
    (_settings_a_folder, "Is a directory", ""),
    *([(_given_away, "belongs to another user", "REVIEWER_HOME")] if ROOT else []),
]


@pytest.mark.parametrize(("make", "sentence", "hint"), HOMES, ids=lambda v: getattr(v, "__name__", ""))
def test_a_home_that_cannot_be_used_is_refused(
    make: Callable[[Path], None], sentence: str, hint: str, work: Path, tmp_path: Path
) -> None:
    on_branch(work)
    make(tmp_path / "home")
    for words in (("list",), ("submit", "--branch", BRANCH)):
        refused(run(tmp_path / "home", work, *words), sentence, hint)
    assert run(tmp_path / "home", work, "doctor").returncode == 1


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Makes a small file system of its own, where the machine lets us."""
    places: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "tmpfs", str(place)]
        if not ROOT or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no file system can be mounted here")
        places.append(place)
        return place

    yield mount
    for place in places:
        stop_gate(place)
        subprocess.run(["umount", "-l", str(place)])


def test_a_read_only_home_is_refused(mounted: Callable[..., Path], work: Path) -> None:
    on_branch(work)
    home = mounted("ro")
    for words in (("list",), ("submit", "--branch", BRANCH), ("log",), ("diff", f"main..{BRANCH}")):
        refused(run(home, work, *words), "cannot be written", "REVIEWER_HOME")


def test_a_full_disk_refuses_and_goes_on_once_there_is_room(mounted: Callable[..., Path], work: Path) -> None:
    on_branch(work)
    home = mounted("size=4m")
    change = run(home, work, "submit", "--branch", BRANCH).stdout.split()[0]
    stop_gate(home)
    log = run(home, work, "log", "--json").stdout
    filler = home / "filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4096"], capture_output=True)
    for words in (("reject", change, "--now"), ("submit", "--branch", BRANCH), ("sync",)):
        done = run(home, work, *words)
        assert done.returncode in (0, 1), done
        if done.returncode:
            assert done.stderr.startswith("error: ")
    filler.unlink()
    assert run(home, work, "log", "--json").stdout.startswith(log)
    done = run(home, work, "reject", change, "--now", "--reason", "room again")
    assert done.returncode in (0, 13), done
    assert run(home, work, "wait", change, "--timeout", "20").returncode == 10
    assert run(home, work, "verify").returncode == 0


# --- git ------------------------------------------------------------------------------------------------------------

GITS = [
    (None, "git is not installed", "2.39.5"),
    ("#!/bin/sh\necho git version 2.20.1\n", "git 2.20.1 is too old", "2.39.5"),
    ("#!/bin/sh\nexit 3\n", "does not say its version", "2.39.5"),
    ("\0\1\2", "cannot be run", "2.39.5"),
]


@pytest.mark.parametrize(("program", "sentence", "hint"), GITS)
def test_a_git_that_cannot_be_used(program: str | None, sentence: str, hint: str, work: Path, tmp_path: Path) -> None:
    on_branch(work)
    folder = tmp_path / "bin"
    folder.mkdir()
    if program is not None:
        (folder / "git").write_text(program)
        (folder / "git").chmod(0o755)
    for words in (("list",), ("diff", f"main..{BRANCH}"), ("submit", "--branch", BRANCH)):
        refused(run(tmp_path / "home", work, *words, env={"PATH": str(folder)}), sentence, hint, 1)
    assert run(tmp_path / "home", work, "doctor", env={"PATH": str(folder)}).returncode == 1
    assert Path(sys.executable).exists()
