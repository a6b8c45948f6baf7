"""Moving a branch of somebody else's repository: from one exact value, under git's lock, with no git and no hook."""

import os
import subprocess
from pathlib import Path

import pytest
from shell import git

from reviewer.model.errors import ReviewerError, StaleError
from reviewer.repo.locate import Repository, locate
from reviewer.repo.moving import move_ref

MAIN = "refs/heads/main"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Two commits on `next`, of which `main` stands at the first."""
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    git(root, "switch", "-qc", "next")
    git(root, "commit", "-q", "--allow-empty", "-m", "two")
    return root


def both(work: Path) -> tuple[Repository, str, str]:
    return locate(work), git(work, "rev-parse", "main"), git(work, "rev-parse", "next")


@pytest.mark.parametrize("packed", [False, True])
def test_git_sees_the_branch_where_it_was_put(work: Path, packed: bool) -> None:
    if packed:
        git(work, "pack-refs", "--all", "--prune")
    repository, old, new = both(work)
    move_ref(repository, MAIN, new, old)
    assert git(work, "rev-parse", "main") == new
    assert git(work, "fsck") == ""
    assert git(work, "reflog", "show", "main").split("\n")[0].endswith("landed by reviewer")
    assert not list((work / ".git").rglob("*.lock"))


def test_neither_git_nor_a_hook_runs(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, old, new = both(work)
    sprung = work.parent / "sprung"
    hook = work / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    hook.chmod(0o755)
    with (work / ".git" / "config").open("a") as config:
        config.write(f"[hook \"x\"]\n\tevent = reference-transaction\n\tcommand = touch {sprung}\n")

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a program was started")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", refuse)
        move_ref(repository, MAIN, new, old)
    assert not sprung.exists()
    git(work, "update-ref", MAIN, old)
    assert sprung.exists(), "the hook is none: it runs for nobody"


def test_a_branch_that_stands_elsewhere_stays(work: Path) -> None:
    repository, old, new = both(work)
    with pytest.raises(StaleError):
        move_ref(repository, MAIN, new, new)
    with pytest.raises(StaleError):
        move_ref(repository, "refs/heads/gone", new, old)
    assert git(work, "rev-parse", "main") == old
    assert not list((work / ".git").rglob("*.lock"))


def test_a_ref_of_ours_is_made_and_made_again(work: Path) -> None:
    repository, old, new = both(work)
    for oid in (old, new):
        move_ref(repository, "refs/reviewer/landed/abcd", oid, None)
        assert git(work, "rev-parse", "refs/reviewer/landed/abcd") == oid


def test_a_lock_that_somebody_holds_is_respected(work: Path) -> None:
    repository, old, new = both(work)
    lock = work / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(ReviewerError, match="is locked"):
        move_ref(repository, MAIN, new, old)
    assert lock.exists()
    assert git(work, "rev-parse", "main") == old


@pytest.mark.parametrize("where", ["refs", "refs/heads", "refs/heads/main", "logs/refs/heads/main"])
def test_nothing_is_written_through_a_link(work: Path, where: str) -> None:
    repository, old, new = both(work)
    place, elsewhere = work / ".git" / where, work.parent / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    before = [path.read_bytes() for path in (elsewhere, *elsewhere.rglob("*")) if path.is_file()]
    if where.startswith("logs"):
        move_ref(repository, MAIN, new, old)
    else:
        with pytest.raises(ReviewerError):
            move_ref(repository, MAIN, new, old)
    assert [path.read_bytes() for path in (elsewhere, *elsewhere.rglob("*")) if path.is_file()] == before


def test_a_branch_that_only_points_to_another_is_refused(work: Path) -> None:
    repository, old, new = both(work)
    git(work, "symbolic-ref", MAIN, "refs/heads/next")
    with pytest.raises(ReviewerError, match="not a plain branch"):
        move_ref(repository, MAIN, old, new)
    assert git(work, "rev-parse", "next") == new


def test_a_pipe_in_place_of_the_log_or_the_branch_keeps_nobody_waiting(work: Path) -> None:
    repository, old, new = both(work)
    log = work / ".git" / "logs" / "refs" / "heads" / "main"
    log.unlink()
    os.mkfifo(log)
    move_ref(repository, MAIN, new, old)
    assert git(work, "rev-parse", "main") == new
    (work / ".git" / "refs" / "heads" / "main").unlink()
    os.mkfifo(work / ".git" / "refs" / "heads" / "main")
    with pytest.raises(ReviewerError, match="not a plain file"):
        move_ref(repository, MAIN, old, new)


@pytest.mark.parametrize("name", ["main", "refs/heads", "refs/heads/../x", "refs/heads//x", "refs/heads/.", "HEAD", ""])
def test_a_name_that_is_no_full_name_of_a_ref_is_refused(work: Path, name: str) -> None:
    repository, old, new = both(work)
    with pytest.raises(ReviewerError, match="no name of a ref"):
        move_ref(repository, name, new, old)


def test_the_branch_stays_as_open_as_its_folder(work: Path) -> None:
    repository, old, new = both(work)
    (work / ".git" / "refs" / "heads").chmod(0o775)
    before = os.umask(0o077)
    try:
        move_ref(repository, MAIN, new, old)
    finally:
        os.umask(before)
    assert (work / ".git" / "refs" / "heads" / "main").stat().st_mode & 0o777 == 0o664
