"""Agent branches are found in any number, by all that gives an agent away, with the merge base that git would name."""

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from shell import git

from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo.locate import locate
from reviewer.repo.look import default_branch, detached, discover
from reviewer.repo.moved import moved
from reviewer.repo.quarantine import Quarantine
from reviewer.repo.runner import Git
from reviewer.review.discovery import Discovery
from reviewer.settings import AGENT_PREFIXES
from reviewer.store.cache import Cache

MANY = 2000


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, "a.py")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


def write(root: Path, name: str, message: str = "m", author: str = "t <t@t>") -> None:
    (root / name).write_text(f"{name}\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", message, "--author", author)


def agents(work: Path, home: Path) -> dict[str, str]:
    repository = locate(work)
    looking = Quarantine.open(home, repository.repo_id).looking(repository)
    return {branch.name.raw: branch.agent.raw for branch in discover(repository, looking, AGENT_PREFIXES)}


TRAILERS = [
    ("Co-authored-by: Claude <noreply@anthropic.com>", "claude"),
    ("Co-Authored-By: Claude Opus 4.6 (1M context) <noreply@anthropic.com>", "claude"),
    ("Assisted-by: claude-code/claude-sonnet-4-6", "claude"),
    ("Co-authored-by: aider (gpt) <noreply@aider.chat>", "aider"),
    ("Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor"),
    ("Generated-by: codex", "codex"),
    ("Co-authored-by: Ann Person <ann@example.org>", None),
    ("This is what Claude said: nothing", None),
]
AUTHORS = [
    ("copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>", "copilot"),
    ("google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>", "jules"),
    ("devin-ai-integration[bot] <158243242+devin-ai-integration[bot]@users.noreply.github.com>", "devin"),
    ("Cursor Agent <cursoragent@cursor.com>", "cursor"),
    ("Claude <noreply@anthropic.com>", "claude"),
    ("Ann Person (aider) <ann@example.org>", "aider"),
    ("Claude Monet <claude@example.org>", None),
    ("Ann Person <ann@example.org>", None),
]
FOLDERS = [
    (".claude/worktrees/fix", "claude"),
    ("../.codex/worktrees/12ab/work", "codex"),
    ("../.cursor/worktrees/shop/xyz", "cursor"),
    ("../conductor/workspaces/shop/lima", "conductor"),
    ("../.agent/worktrees/fix", "agent"),
    ("../elsewhere/fix", None),
    ("../elsewhere/codex", None),
]


@pytest.mark.parametrize(("trailer", "agent"), TRAILERS)
def test_by_trailer(trailer: str, agent: str | None, work: Path, home: Path) -> None:
    git(work, "switch", "-qc", "topic")
    write(work, "t.py", f"Fix\n\nWhy.\n\n{trailer}")
    assert agents(work, home) == ({"topic": agent} if agent else {})


@pytest.mark.parametrize(("author", "agent"), AUTHORS)
def test_by_identity(author: str, agent: str | None, work: Path, home: Path) -> None:
    git(work, "switch", "-qc", "topic")
    write(work, "t.py", author=author)
    assert agents(work, home) == ({"topic": agent} if agent else {})


@pytest.mark.parametrize(("folder", "agent"), FOLDERS)
def test_by_worktree(folder: str, agent: str | None, work: Path, home: Path) -> None:
    place = (work / folder).resolve()
    git(work, "worktree", "add", "-q", "-b", "worktree-fix", str(place))
    write(place, "w.py")
    assert agents(work, home) == ({"worktree-fix": agent} if agent else {})


def test_prefixes_are_the_users(work: Path, home: Path) -> None:
    git(work, "switch", "-qc", "bots/fix")
    write(work, "t.py")
    repository = locate(work)
    looking = Quarantine.open(home, repository.repo_id).looking(repository)
    assert discover(repository, looking, AGENT_PREFIXES) == []
    assert [branch.agent.raw for branch in discover(repository, looking, ("bots/",))] == ["bots"]


def test_an_agents_worktree_on_no_branch_is_named(work: Path) -> None:
    place = work.parent / ".codex" / "worktrees" / "12ab" / "work"
    git(work, "worktree", "add", "-q", "--detach", str(place))
    assert detached(locate(work)) == []
    write(place, "w.py")
    (found,) = detached(locate(work))
    assert (found.folder, found.agent.raw, found.oid) == (place, "codex", git(place, "rev-parse", "HEAD"))
    git(place, "switch", "-qc", "codex/fix")
    assert detached(locate(work)) == []


def test_default_branch(work: Path) -> None:
    repository = locate(work)
    git(work, "branch", "develop")
    assert default_branch(repository) == "main"
    git(work, "update-ref", "refs/remotes/origin/develop", "main")
    git(work, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop")
    assert default_branch(repository) == "develop"
    git(work, "branch", "-D", "develop")
    assert default_branch(repository) == "main"
    git(work, "branch", "-m", "main", "topic")
    with pytest.raises(UsageError, match="origin/develop only") as caught:
        default_branch(repository)
    assert "git branch develop origin/develop" in caught.value.hint
    git(work, "update-ref", "-d", "refs/remotes/origin/develop")
    git(work, "symbolic-ref", "-d", "refs/remotes/origin/HEAD")
    assert default_branch(repository) == "topic"


def fast_import(work: Path, stream: str) -> None:
    subprocess.run(["git", "fast-import", "--quiet"], cwd=work, input=stream.encode(), check=True)


def test_two_thousand_branches_are_looked_at_in_a_few_children_and_scanned_within_a_budget(
    work: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = git(work, "rev-parse", "main")
    fast_import(
        work,
        "".join(
            f"commit refs/heads/claude/b{n}\ncommitter t <t@t> {1700000000 + n} +0000\ndata 2\nm\n"
            f"from {tip}\nM 100644 inline f{n}.py\ndata 6\nx = 1\n\n"
            for n in range(MANY)
        ),
    )
    asked: list[str] = []
    real = Git.run

    def counted(self: Git, args: Sequence[str | bytes], **more: object) -> bytes:
        asked.append(str(args[0]))
        return real(self, args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Git, "run", counted)
    repository = locate(work)
    cache = Cache(tmp_path / "store" / "cache.db")
    discovery = Discovery(repository, Quarantine.open(home, repository.repo_id), AGENT_PREFIXES, cache)
    # Where nothing is listed yet, the newest are, before all the others.
    monkeypatch.setattr("reviewer.review.discovery._FIRST", 3)
    assert discovery.look(0.0, newest=True)
    assert [row.branch.raw for row in discovery.listed([])] == [f"claude/b{MANY - n}" for n in (1, 2, 3)]
    asked.clear()
    assert discovery.look(0.0)
    rows = discovery.listed([])
    assert len(rows) == MANY
    assert rows[0].branch.raw == f"claude/b{MANY - 1}"
    assert {row.base for row in rows} == {tip}
    assert sorted(asked) == ["cat-file", "cat-file", "rev-list"]
    assert all(row.size is None for row in rows)
    # A little time scans the newest; what was scanned is kept, and costs no child again.
    discovery.look(0.2)
    done = [row for row in discovery.listed([]) if row.size is not None]
    assert 0 < len(done) < MANY
    assert done == discovery.listed([])[: len(done)]
    asked.clear()
    discovery.look(0.0)
    assert [row for row in discovery.listed([]) if row.size is not None] == done
    assert sorted(asked) == ["cat-file", "cat-file", "rev-list"]


def test_bases_are_those_that_git_names(work: Path, home: Path) -> None:
    draw = random.Random(7)
    stream, marks = [], [0]
    tip = git(work, "rev-parse", "main")
    for mark in range(1, 120):
        first, second = draw.choice(marks), draw.choice(marks)
        name = {True: f"refs/heads/claude/b{mark}", False: f"refs/heads/x{mark}"}[mark > 60]
        if mark == 100:
            name = "refs/heads/main"
        stream.append(
            f"commit {name}\nmark :{mark}\ncommitter t <t@t> {1700000000 + draw.randrange(1000)} +0000\ndata 2\nm\n"
            + (f"from {f':{first}' if first else tip}\n" if mark != 77 else "")
            + (f"merge {f':{second}' if second else tip}\n" if draw.random() < 0.3 and second != first else "")
        )
        marks.append(mark)
    main = "commit refs/heads/main\n"
    fast_import(work, "".join(stream).replace(main, f"reset refs/heads/main\n{main}"))
    repository = locate(work)
    quarantine = Quarantine.open(home, repository.repo_id)
    view = quarantine.beside(repository)
    target = git(work, "rev-parse", "main")
    found = discover(repository, quarantine.looking(repository), AGENT_PREFIXES)
    assert len(found) > 30
    told = 0
    for branch in found:
        bases = git(work, "merge-base", "--all", target, branch.oid).split() if branch.base else []
        if branch.base:
            told += 1
            assert bases == [branch.base]
        else:
            try:
                view.merge_base(target, branch.oid)
            except ReviewerError as error:
                assert "no history" in error.message
    assert told > 20
    every = set(git(work, "for-each-ref", "--format=%(refname:short)", "--no-merged=main", "refs/heads/claude").split())
    assert {branch.name.raw for branch in found} == every


def test_what_came_since_a_commit(work: Path, home: Path) -> None:
    old = git(work, "rev-parse", "main")
    write(work, "b.py", "second \x1b[2J")
    write(work, "c.py", "third")
    repository = locate(work)
    view = Quarantine.open(home, repository.repo_id).beside(repository)
    news = moved(view, old, git(work, "rev-parse", "main"))
    assert news.count == 2
    assert [subject.raw for _oid, subject in news.commits] == ["third", "second \x1b[2J"]
    assert [name.raw for name in news.files] == ["b.py", "c.py"]
