"""Real repositories, ordinary and hostile, read through the quarantine; nothing of theirs runs."""

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reviewer.model.errors import ReviewerError, StaleError, UsageError
from reviewer.repo.land import land_in_worktree, move_target, waiting_ref
from reviewer.repo.locate import locate
from reviewer.repo.look import checked_out, default_branch, discover, resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import AGENT_PREFIXES

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@t",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@t",
}


def git(cwd: Path, *args: str, check: bool = True) -> str:
    run = subprocess.run(["git", *args], cwd=cwd, env=ENV, capture_output=True, check=check)
    return run.stdout.decode("utf-8", "surrogateescape").strip()


def commit(cwd: Path, message: str = "x", **files: str) -> str:
    for name, content in files.items():
        path = cwd / name.replace("__", ".")
        path.write_text(content)
    git(cwd, "add", "-A")
    git(cwd, "commit", "-qm", message, "--allow-empty")
    return git(cwd, "rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, a__py="one\ntwo\nthree\n", b__py="b\n")
    git(root, "switch", "-qc", "claude/fix")
    commit(root, "Fix it", a__py="one\nTWO\nthree\n")
    git(root, "switch", "-q", "main")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


def fetched(work: Path, home: Path, *branches: str) -> tuple[Quarantine, list[str]]:
    repository = locate(work)
    quarantine = Quarantine.open(home, repository.repo_id)
    got = quarantine.fetch(repository, {f"refs/heads/{b}": f"refs/changes/c/{i}" for i, b in enumerate(branches)})
    return quarantine, [got[f"refs/changes/c/{i}"] for i in range(len(branches))]


def test_from_branch_to_merge_snapshot_and_patch(work: Path, home: Path, tmp_path: Path) -> None:
    quarantine, (main, head) = fetched(work, home, "main", "claude/fix")
    commit(work, c__py="later\n")
    assert quarantine.merge_base(main, head) == main
    assert quarantine.is_ancestor(main, head)
    merged = quarantine.merge_tree(main, head)
    assert merged.tree == quarantine.tree(head)
    assert b"+TWO" in quarantine.patch(main, head)
    (tmp_path / "snap").mkdir()
    first = quarantine.snapshot(head, tmp_path / "snap")
    assert (tmp_path / "snap" / "a.py").read_text() == "one\nTWO\nthree\n"
    assert not (tmp_path / "snap" / ".git").exists()
    (tmp_path / "again").mkdir()
    assert quarantine.snapshot(head, tmp_path / "again") == first


def test_conflicts_are_named(work: Path, home: Path) -> None:
    commit(work, a__py="one\nOther\nthree\n")
    quarantine, (main, head) = fetched(work, home, "main", "claude/fix")
    result = quarantine.merge_tree(main, head)
    assert result.tree is None
    assert [name.raw for name in result.conflicts] == ["a.py"]


def test_discovery_by_prefix_trailer_and_worktree(work: Path, home: Path) -> None:
    git(work, "switch", "-qc", "topic")
    commit(work, "T\n\nCo-authored-by: Claude <noreply@anthropic.com>", t__py="t\n")
    git(work, "switch", "-qc", "plain", "main")
    commit(work, "by a person", p__py="p\n")
    git(work, "branch", "codex/merged", "main")
    git(work, "switch", "-q", "main")
    git(work, "worktree", "add", "-q", "-b", "wt", str(work.parent / ".codex" / "task"))
    commit(work.parent / ".codex" / "task", "in a worktree", w__py="w\n")
    repository = locate(work)
    assert default_branch(repository) == "main"
    looking = Quarantine.open(home, repository.repo_id).looking(repository)
    found = {b.name.raw: b.agent.raw for b in discover(repository, looking, AGENT_PREFIXES)}
    assert found == {"claude/fix": "claude", "topic": "claude", "wt": "codex"}
    inside = locate(work.parent / ".codex" / "task")
    assert inside.repo_id == repository.repo_id
    assert set(checked_out(repository)) == {"main", "wt"}


def test_landing_moves_a_free_branch_and_leaves_one_in_use(work: Path, home: Path) -> None:
    quarantine, (main, head) = fetched(work, home, "main", "claude/fix")
    tree = quarantine.merge_tree(main, head).tree
    assert tree is not None
    result = quarantine.commit(tree, [main, head], "Merge", 1_700_000_000)
    assert result == quarantine.commit(tree, [main, head], "Merge", 1_700_000_000)
    repository = locate(work)
    waiting = move_target(repository, quarantine, "abcd", "main", result, main)
    assert not waiting.moved
    assert git(work, "rev-parse", "main") == main
    assert git(work, "rev-parse", waiting_ref("abcd")) == result
    assert git(work, "status", "--porcelain") == ""
    land_in_worktree(work, result, "main")
    assert git(work, "rev-parse", "HEAD") == result
    git(work, "branch", "release", main)
    assert move_target(repository, quarantine, "efgh", "release", result, main).moved
    assert move_target(repository, quarantine, "efgh", "release", result, main).moved
    assert git(work, "rev-parse", "release") == result
    with pytest.raises(StaleError):
        move_target(repository, quarantine, "efgh", "release", head, main)
    assert git(work, "fsck", "--strict") == ""


def test_bad_input_gets_one_clear_sentence(work: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="not in a git repository"):
        locate(tmp_path / "empty")
    git(tmp_path / "empty", "init", "-q", "-b", "main")
    with pytest.raises(UsageError, match="no commits"):
        default_branch(locate(tmp_path / "empty"))
    with pytest.raises(UsageError) as caught:
        resolve(locate(work), "nope\x1b[2J")
    assert "\x1b" not in caught.value.message
    assert "claude/fix" in caught.value.hint
    git(work, "switch", "-q", "--orphan", "codex/alien")
    commit(work, z__py="z\n")
    quarantine, (main, alien) = fetched(work, home, "main", "codex/alien")
    with pytest.raises(UsageError, match="no history"):
        quarantine.merge_base(main, alien)


def test_shallow_and_bare_pass_alternates_and_partial_are_refused(work: Path, home: Path, tmp_path: Path) -> None:
    commit(work, m__py="m\n")
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{work}", "shallow")
    git(tmp_path / "shallow", "branch", "claude/fix", "origin/claude/fix")
    fetched(tmp_path / "shallow", home, "main", "claude/fix")
    git(tmp_path, "clone", "-q", "--bare", str(work), "bare.git")
    assert locate(tmp_path / "bare.git").bare
    fetched(tmp_path / "bare.git", home, "main", "claude/fix")
    git(tmp_path, "clone", "-q", "--shared", str(work), "shared")
    with pytest.raises(UsageError, match="borrows objects"):
        locate(tmp_path / "shared")
    git(work, "config", "remote.origin.promisor", "true")
    with pytest.raises(UsageError, match="partial clone"):
        locate(work)


def _fsmonitor(work: Path, trap: str) -> None:
    git(work, "config", "core.fsmonitor", trap)


def _external_diff(work: Path, trap: str) -> None:
    git(work, "config", "diff.external", trap)


def _textconv(work: Path, trap: str) -> None:
    (work / ".git" / "info" / "attributes").write_text("* diff=evil\n")
    git(work, "config", "diff.evil.textconv", trap)


def _filter(work: Path, trap: str) -> None:
    (work / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    git(work, "config", "filter.evil.clean", trap)
    git(work, "config", "filter.evil.smudge", trap)
    (work / "a.py").write_text("changed\n")


def _hook(work: Path, trap: str) -> None:
    hook = work / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{trap}\n")
    hook.chmod(0o755)


def _upload_hook(work: Path, trap: str) -> None:
    git(work, "config", "uploadpack.packObjectsHook", trap)


TRAPS = [
    (_fsmonitor, ["status"]),
    (_external_diff, ["diff", "main", "claude/fix"]),
    (_textconv, ["diff", "main", "claude/fix"]),
    (_filter, ["status"]),
    (_hook, ["branch", "new"]),
]


@pytest.mark.parametrize(("lay", "innocent"), TRAPS, ids=lambda v: getattr(v, "__name__", None))
def test_traps_fire_for_plain_git_and_not_for_us(lay, innocent, work: Path, home: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    sprung = tmp_path / "sprung"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(0o755)
    lay(work, str(trap))
    _walk(work, home, tmp_path)
    assert not sprung.exists()
    git(work, *innocent, check=False)
    assert sprung.exists()


def _walk(work: Path, home: Path, tmp_path: Path) -> None:
    """Everything that a review does to a repository, landing included."""
    repository = locate(work)
    quarantine, (main, head) = fetched(work, home, "main", "claude/fix")
    discover(repository, quarantine.looking(repository), AGENT_PREFIXES)
    quarantine.patch(main, head)
    quarantine.merge_tree(main, head)
    (tmp_path / "walk").mkdir()
    quarantine.snapshot(head, tmp_path / "walk")
    move_target(repository, quarantine, "abcd", "main", head, main)


def test_an_upload_hook_in_the_repository_is_not_run(work: Path, home: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    _upload_hook(work, f"touch {sprung};")
    _walk(work, home, tmp_path)
    assert not sprung.exists()


def test_a_replace_ref_changes_nothing_that_we_see(work: Path, home: Path) -> None:
    head = git(work, "rev-parse", "claude/fix")
    git(work, "replace", head, git(work, "rev-parse", "main"))
    assert "TWO" not in git(work, "show", f"{head}:a.py")
    quarantine, (main, fetched_head) = fetched(work, home, "main", "claude/fix")
    assert fetched_head == head
    assert b"+TWO" in quarantine.patch(main, head)


def test_a_forged_loose_object_is_refused(work: Path, home: Path) -> None:
    blob = git(work, "rev-parse", "claude/fix:a.py")
    other = git(work, "rev-parse", "main:b.py")
    target = work / ".git" / "objects" / blob[:2] / blob[2:]
    target.chmod(0o644)
    target.write_bytes((work / ".git" / "objects" / other[:2] / other[2:]).read_bytes())
    assert git(work, "show", "claude/fix:a.py") == "b"
    with pytest.raises(ReviewerError):
        fetched(work, home, "claude/fix")


def test_a_tree_that_climbs_out_is_refused(work: Path, home: Path) -> None:
    blob = git(work, "rev-parse", "main:b.py")
    entry = b"100644 ..\0" + bytes.fromhex(blob)
    run = subprocess.run(
        ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=work,
        env=ENV,
        input=entry,
        capture_output=True,
        check=True,
    )
    evil = git(work, "commit-tree", run.stdout.decode().strip(), "-p", "main", "-m", "up")
    git(work, "branch", "claude/up", evil)
    with pytest.raises(ReviewerError, match="broken or hostile"):
        fetched(work, home, "claude/up")


def test_a_branch_named_like_an_option_is_only_a_name(work: Path, home: Path, tmp_path: Path) -> None:
    name = f"--output={tmp_path}/written"
    ref = work / ".git" / "refs" / "heads" / "-x"
    ref.write_text(git(work, "rev-parse", "claude/fix") + "\n")
    assert resolve(locate(work), "-x")
    with pytest.raises(UsageError):
        resolve(locate(work), name)
    fetched(work, home, "-x")
    assert not (tmp_path / "written").exists()


def test_a_symlinked_git_folder_and_a_git_file_without_a_back_link_are_refused(work: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / ".git").symlink_to(work / ".git")
    with pytest.raises(UsageError, match="symbolic link"):
        locate(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / ".git").write_text(f"gitdir: {work}/.git\n")
    with pytest.raises(UsageError, match="point back"):
        locate(tmp_path / "two")


def test_a_quarantine_that_several_open_first_is_made_once(tmp_path: Path) -> None:
    """As a gate and a desk do, started at the same moment."""
    for round_ in range(8):
        home, together = tmp_path / str(round_), threading.Barrier(6)

        def opening(home: Path = home, together: threading.Barrier = together) -> str:
            together.wait()
            return Quarantine.open(home, "0" * 16).git.run(["rev-parse", "--is-bare-repository"]).decode().strip()

        with ThreadPoolExecutor(6) as pool:
            assert [done.result() for done in [pool.submit(opening) for _ in range(6)]] == ["true"] * 6
