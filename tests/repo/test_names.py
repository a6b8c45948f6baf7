"""Commits are called what git calls them: the same names mean the same commits, and what is not plain is refused."""

import zlib
from pathlib import Path

import pytest
from shell import git

from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo.locate import Repository, locate
from reviewer.repo.names import commit_named
from reviewer.repo.quarantine import Quarantine
from reviewer.repo.runner import Git


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with a merge, tags of both kinds, a remote's branches, a packed and a loose part."""
    root = tmp_path_factory.mktemp("names") / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for n in range(4):
        git(root, "commit", "-q", "--allow-empty", "-m", f"main {n}")
    git(root, "tag", "light", "HEAD~1")
    git(root, "tag", "-a", "-m", "a tag", "heavy", "HEAD~2")
    git(root, "tag", "-a", "-m", "a tag of a tag", "heavier", "heavy")
    git(root, "switch", "-q", "-c", "claude/side", "HEAD~2")
    git(root, "commit", "-q", "--allow-empty", "-m", "side")
    git(root, "pack-refs", "--all")
    git(root, "switch", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "claude/side")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    git(root, "tag", "both", "HEAD~1")
    git(root, "branch", "both", "HEAD~2")
    git(root, "tag", "same", "HEAD")
    git(root, "branch", "same", "HEAD")
    return root


@pytest.fixture(scope="module")
def place(work: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Git]:
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    repository = locate(work)
    return repository, Quarantine.open(home, repository.repo_id).looking(repository)


NAMES = (
    "HEAD", "@", "HEAD~", "HEAD^", "HEAD~3", "@~2", "HEAD^2", "HEAD^2~1", "HEAD^1^1", "HEAD^0", "HEAD~0", "main",
    "main~1", "light", "heavy", "heavier", "heavier~1", "tags/heavy", "refs/tags/light",
    "heads/main", "refs/heads/claude/side",
    "claude/side^", "origin/main", "remotes/origin/main~1", "refs/remotes/origin/main", "same",
    "heads/both", "tags/both",
)  # fmt: skip


def test_a_name_means_the_commit_that_git_means(work: Path, place: tuple[Repository, Git]) -> None:
    for name in NAMES:
        assert commit_named(*place, name) == git(work, "rev-parse", f"{name}^{{commit}}").strip(), name


def test_ids_may_be_short(work: Path, place: tuple[Repository, Git]) -> None:
    for oid in git(work, "rev-list", "--all").split():
        assert commit_named(*place, oid) == oid
        assert commit_named(*place, oid[:12]) == oid
    tag = git(work, "rev-parse", "heavy").strip()
    assert commit_named(*place, tag) == git(work, "rev-parse", "heavy^{commit}").strip()


@pytest.mark.parametrize(("name", "says"), [
    ("nosuch", "there is no branch nosuch"), ("nosuch~1", "nosuch names no commit"), ("both", "more than one thing"),
    ("HEAD~99", "before the first commit"), ("HEAD^3", "has 2 parents"), ("HEAD@{1}", "names no commit"),
    ("0" * 40, "no commit 000000000000 here"), ("abcdef", "called abcdef"), ("HEAD:a", "there is no branch"),
    ("--all", "there is no branch"), ("HEAD~2^x", "names no commit"), ("", ""), ("../main", "there is no branch"),
    ("HEAD^{tree}", "names no commit"), ("~" * 30, "before the first commit"), ("main~99999", "before the first"),
])  # fmt: skip
def test_what_means_no_one_commit_is_refused(place: tuple[Repository, Git], name: str, says: str) -> None:
    if not name:
        assert commit_named(*place, name) == commit_named(*place, "HEAD")
        return
    with pytest.raises(UsageError, match=says):
        commit_named(*place, name)


def test_a_file_is_no_commit(work: Path, place: tuple[Repository, Git]) -> None:
    tree = git(work, "rev-parse", "HEAD^{tree}").strip()
    with pytest.raises(ReviewerError, match="is no commit"):
        commit_named(*place, tree)


def test_a_detached_head_is_where_it_stands(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "work", "-b", "main")
    work, home = tmp_path / "work", tmp_path / "home"
    home.mkdir(mode=0o700)
    for n in range(3):
        git(work, "commit", "-q", "--allow-empty", "-m", str(n))
    git(work, "switch", "-q", "--detach", "HEAD~1")
    repository = locate(work)
    looking = Quarantine.open(home, repository.repo_id).looking(repository)
    assert commit_named(repository, looking, "HEAD~1") == git(work, "rev-parse", "HEAD~1").strip()


def test_a_forged_commit_leads_nowhere_else(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "work", "-b", "main")
    work, home = tmp_path / "work", tmp_path / "home"
    home.mkdir(mode=0o700)
    for n in range(3):
        git(work, "commit", "-q", "--allow-empty", "-m", str(n))
    middle, other = git(work, "rev-parse", "HEAD~1").strip(), git(work, "rev-parse", "HEAD~2").strip()
    content = git(work, "cat-file", "commit", "HEAD").encode().replace(middle.encode(), other.encode())
    loose = work / ".git" / "objects" / git(work, "rev-parse", "HEAD").strip()[:2]
    (forged,) = [path for path in loose.iterdir() if git(work, "rev-parse", "HEAD").strip().endswith(path.name)]
    forged.chmod(0o644)
    forged.write_bytes(zlib.compress(b"commit %d\0" % len(content) + content))
    repository = locate(work)
    looking = Quarantine.open(home, repository.repo_id).looking(repository)
    with pytest.raises(ReviewerError, match="does not have the content"):
        commit_named(repository, looking, "HEAD~1")
