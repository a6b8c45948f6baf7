"""Hostile repositories under the real commands: nothing fires, nothing hangs, all is shown truthfully or refused."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile.heads import FORGED, HEADS, headers_that_come_again
from hostile.packs import differences_in_a_circle
from hostile.shapes import SHAPES
from hostile.traps import EXECUTION, HEAD, LIES, forged_blob, forged_index_of_a_pack, forged_tree
from shell import IDENTITY, git, stop_gate

import reviewer.repo.quarantine
import reviewer.repo.runner
from reviewer.cli import run as command_line
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo import look, objects
from reviewer.repo.locate import locate
from reviewer.repo.quarantine import Quarantine
from reviewer.repo.runner import Git, git_program
from reviewer.repo.watch import Watch
from reviewer.settings import AGENT_PREFIXES

ADDED = "+TWO"


@dataclass
class Said:
    status: int
    out: str
    err: str


def ask(home: Path, work: Path, *words: str) -> Said:
    """One command in a process of its own, forked from this one: it need not import everything again."""
    files = [work.parent / f"said-{n}" for n in (1, 2)]
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            os.setsid()
            os.chdir(work)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for number, file in enumerate(files, 1):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
            sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m) for n, m in ((0, "r"), (1, "w"), (2, "w")))
            os.environ.update(IDENTITY, REVIEWER_HOME=str(home))
            sys.argv = ["reviewer", *words]
            status = command_line()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    late = threading.Timer(60, os.kill, (pid, 9))
    late.start()
    _, ended = os.waitpid(pid, 0)
    late.cancel()
    out, err = (file.read_text("utf-8", "replace") for file in files)
    assert not os.WIFSIGNALED(ended), f"{words} never ended"
    for forbidden in ("Traceback", "\x1b", "nobody foresaw"):
        assert forbidden not in out + err, out + err
    return Said(os.waitstatus_to_exitcode(ended), out, err)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("h") / "home"
    yield place
    stop_gate(place)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("o") / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for name, content in (("a.py", "one\ntwo\nthree\n"), ("b.py", "b\n")):
        (root / name).write_text(content)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "begin")
    git(root, "switch", "-qc", HEAD)
    (root / "a.py").write_text("one\nTWO\nthree\n")
    git(root, "commit", "-qam", "Fix it")
    git(root, "switch", "-q", "main")
    return root


@pytest.fixture
def work(ordinary: Path, tmp_path: Path) -> Path:
    shutil.copytree(ordinary, tmp_path / "work", symlinks=True)
    return tmp_path / "work"


def everything(home: Path, work: Path) -> list[Said]:
    """What a reviewer does with a repository, from the first look to the shown change."""
    said = [
        ask(home, work, "list", "--json"),
        ask(home, work, "diff", f"main..{HEAD}"),
        ask(home, work, "scan", f"main..{HEAD}"),
        ask(home, work, "submit", "--branch", HEAD, "--json"),
    ]
    if said[-1].status == 0:
        said.append(ask(home, work, "show", json.loads(said[-1].out)["change"], "--json"))
    for one in said:
        if one.status:
            first, *hint = one.err.strip().split("\n")
            assert first.startswith("error: "), one
            assert hint, f"no word on what to do: {one}"
    return said


def sprung(work: Path) -> Path:
    return work.parent / "sprung"


def trap(work: Path) -> str:
    place = work.parent / "trap.sh"
    place.write_text(f"#!/bin/sh\ntouch {sprung(work)}\nexit 1\n")
    place.chmod(0o755)
    return str(place)


def plain(work: Path, *words: str) -> None:
    env = {**os.environ, **IDENTITY, "GIT_TERMINAL_PROMPT": "0", "TERM": "xterm"}
    env.pop("GIT_EDITOR", None)
    given = b"protocol=https\nhost=evil.example\n\n"
    subprocess.run(["git", *words], cwd=work, env=env, input=given, capture_output=True, timeout=60)


@pytest.mark.parametrize(("lay", "innocent"), EXECUTION, ids=lambda v: getattr(v, "__name__", None))
def test_what_fires_for_plain_git_does_not_for_us(
    lay: Callable[[Path, str], None], innocent: list[str], work: Path, home: Path
) -> None:
    lay(work, trap(work))
    sprung(work).unlink(missing_ok=True)
    said = everything(home, work)
    assert not sprung(work).exists()
    assert (ADDED in said[1].out) == (said[1].status == 0)
    plain(work, *innocent)
    assert sprung(work).exists(), "the trap is none: it springs for nobody"


@pytest.mark.parametrize("lie", [*LIES, *FORGED], ids=lambda v: v.__name__)
def test_a_lie_changes_nothing_that_is_seen_or_it_is_refused(
    lie: Callable[[Path], None], work: Path, home: Path
) -> None:
    lie(work)
    said = everything(home, work)
    for one in (said[1], *said[4:]):
        assert one.status == 0 or "error: " in one.err
        assert "harmless" not in one.out
    if said[1].status == 0:
        assert ADDED in said[1].out
    if len(said) > 4:
        assert (work / ".git" / "refs" / "heads" / HEAD).read_text().strip() in said[4].out


@pytest.mark.parametrize("lie", [forged_blob, forged_tree, forged_index_of_a_pack], ids=lambda v: v.__name__)
def test_an_object_that_is_not_what_its_name_says_is_refused_on_the_first_look(
    lie: Callable[[Path], None], work: Path, home: Path
) -> None:
    truth = git(work, "show", f"{HEAD}:a.py")
    lie(work)
    done = subprocess.run(["git", "show", f"{HEAD}:a.py"], cwd=work, capture_output=True, text=True)
    assert done.stdout.strip() != truth, "plain git is not taken in"
    said = ask(home, work, "diff", f"main..{HEAD}")
    assert said.status == 1
    assert "does not have the content that its name says" in said.err


@pytest.mark.parametrize(("lay", "sentence"), [*SHAPES, *HEADS], ids=lambda v: getattr(v, "__name__", None))
def test_a_hostile_shape_is_shown_or_refused_by_name(
    lay: Callable[[Path], None], sentence: str | None, work: Path, home: Path
) -> None:
    lay(work)
    said = everything(home, work)
    if sentence is None:
        assert [one.status for one in said] == [0] * 5, said
        assert HEAD in said[0].out
    else:
        assert said[3].status != 0
        assert sentence in said[3].err
    assert not list(work.parent.rglob("written"))


def _name_again(work: Path, name: str) -> str:
    """Give another commit's id by that name, or what the name itself would come to mean."""
    git(work, "update-ref", name, git(work, "rev-parse", "main"))
    return HEAD


def a_tag_of_its_name(work: Path) -> str:
    return _name_again(work, f"refs/tags/{HEAD}")


def a_remote_branch_of_its_name(work: Path) -> str:
    return _name_again(work, f"refs/remotes/{HEAD}")


def a_branch_of_its_longer_name(work: Path) -> str:
    _name_again(work, f"refs/heads/heads/{HEAD}")
    return f"heads/{HEAD}"


def a_branch_of_a_short_id(work: Path) -> str:
    short = git(work, "rev-parse", "--short=8", HEAD)
    _name_again(work, f"refs/heads/{short}")
    return short


@pytest.mark.parametrize(
    "lay",
    [a_tag_of_its_name, a_remote_branch_of_its_name, a_branch_of_its_longer_name, a_branch_of_a_short_id],
    ids=lambda v: v.__name__,
)
def test_a_name_that_was_given_twice_is_refused_and_a_full_one_shows_the_branch(
    lay: Callable[[Path], str], work: Path, home: Path
) -> None:
    name = lay(work)
    said = ask(home, work, "diff", f"main..{name}")
    assert said.status == 2
    assert "is more than one thing" in said.err
    assert "say which: " in said.err
    assert ADDED in ask(home, work, "diff", f"refs/heads/main..refs/heads/{HEAD}").out
    assert ask(home, work, "submit", "--branch", HEAD).status == 0


def test_no_header_that_comes_again_gives_a_commit_further_parents(work: Path, home: Path) -> None:
    headers_that_come_again(work)
    assert ADDED in ask(home, work, "diff", f"{HEAD}^..{HEAD}").out
    assert "has 1 parents, not 2" in ask(home, work, "diff", f"{HEAD}^2..{HEAD}").err


def test_branches_by_the_hundred_thousand_are_read_and_more_are_refused(work: Path) -> None:
    oid = git(work, "rev-parse", HEAD)
    lines = [f"{oid} refs/heads/claude/b{n}\n" for n in range(look._MAX_REFS + 10)]
    packed = work / ".git" / "packed-refs"
    packed.write_text("".join(lines[: look._MAX_REFS - 10]))
    assert len(look.refs(locate(work))) == look._MAX_REFS - 8
    packed.write_text("".join(lines))
    with pytest.raises(UsageError, match="more than 200000 branches"):
        look.refs(locate(work))


def test_a_commit_too_large_to_read_is_listed_all_the_same(
    work: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = locate(work)
    quarantine = Quarantine.open(home, repository.repo_id)
    monkeypatch.setattr(look, "_MAX_COMMIT", 10)
    (found,) = look.discover(repository, quarantine.looking(repository), AGENT_PREFIXES)
    assert (found.name.raw, found.subject.raw) == (HEAD, "")


def pipe_for_an_object(work: Path) -> None:
    oid = git(work, "rev-parse", f"{HEAD}:a.py")
    place = work / ".git" / "objects" / oid[:2] / oid[2:]
    place.unlink()
    os.mkfifo(place)


@pytest.mark.parametrize(
    ("bound", "said"), [("idle", "waited 1 s for something that never comes"), ("timeout", "took longer than 1 s")]
)
def test_what_git_waits_for_ends_in_time_and_with_all_that_it_started(
    bound: str, said: str, work: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe_for_an_object(work)
    monkeypatch.setattr(reviewer.repo.quarantine, "only_plain_objects", lambda _objects: None)  # it came after the look
    repository = locate(work)
    quarantine = Quarantine.open(home, repository.repo_id)
    seen = quarantine.beside(repository)
    for git_dir in (quarantine.git, seen.git):
        setattr(git_dir, bound, 1.0)
    with pytest.raises(ReviewerError, match=said) as caught:
        seen.patch(git(work, "rev-parse", "main"), git(work, "rev-parse", HEAD))
    assert "git fsck" in caught.value.hint or "pipes" in caught.value.hint
    with pytest.raises(ReviewerError, match=said):
        quarantine.fetch(repository, {f"refs/heads/{HEAD}": "refs/changes/x"})
    until = time.monotonic() + 30
    while left := [line for line in map(_command, Path("/proc").glob("[0-9]*")) if str(work).encode() in line]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def test_a_child_that_waits_for_us_is_left_alone(work: Path) -> None:
    asking = Git(work / ".git", idle=0.1)
    oid = git(work, "rev-parse", HEAD)
    with asking.open(["cat-file", "--batch-check"]) as (asked, answers):
        time.sleep(0.6)
        asked.write(f"{oid}\n".encode())
        asked.flush()
        assert answers.readline().startswith(f"{oid} commit".encode())


def test_a_child_that_works_is_left_alone(work: Path) -> None:
    """Its own clock moves, and no answer comes: it is at work, and has until its time is over."""
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)
    ticks: list[int] = []
    done = threading.Event()

    def used(_session: int) -> int:
        ticks.append(len(ticks))
        if len(ticks) == 10:
            done.set()
        return len(ticks) if len(ticks) < 12 else 12

    watch = Watch(child, "cat", 60, 0.2, used=used)
    assert done.wait(30)
    watch.check()
    assert child.wait(30) == -9  # from the twelfth on it stood still
    watch.stop()
    with pytest.raises(ReviewerError, match="never comes"):
        watch.check()


def test_differences_in_a_circle_end_at_the_bound_on_memory(
    work: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    differences_in_a_circle(work)
    monkeypatch.setattr(reviewer.repo.runner, "MEMORY", 100 << 20)
    repository = locate(work)
    quarantine = Quarantine.open(home, repository.repo_id)
    with pytest.raises(ReviewerError, match="git ended while it read object eee"):
        quarantine.beside(repository).patch(git(work, "rev-parse", "main"), git(work, "rev-parse", HEAD))
    with pytest.raises(ReviewerError, match="broken or hostile object"):
        quarantine.fetch(repository, {f"refs/heads/{HEAD}": "refs/changes/x"})


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_child_that_takes_memory_without_end_is_stopped(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewer.repo.runner, "MEMORY", 30 << 20)
    with pytest.raises(ReviewerError, match="git hash-object failed"):
        Git(work / ".git").run(["hash-object", "--stdin"], input=b"x" * (80 << 20))


def test_complaints_without_end_do_not_keep_a_child_waiting(work: Path) -> None:
    """Each broken ref is a line on standard error: more than a pipe holds."""
    folder = work / ".git" / "refs" / "heads" / ("broken-" + "x" * 200)
    folder.mkdir()
    for n in range(2_000):
        (folder / f"b{n}").write_text("garbage\n")
    assert HEAD.encode() in Git(work / ".git", timeout=20).run(["for-each-ref"])


@pytest.mark.parametrize(
    "name",
    ["x\ny", "*", "x:refs/heads/main", "a..b", "a b", "x.lock", ".x", "x@{1}", "x~1", "x^", "x\\y", "x\x1b[2J", "x."],
)
def test_a_name_that_git_takes_for_no_ref_is_no_branch(name: str, work: Path) -> None:
    oid = git(work, "rev-parse", HEAD)
    place = work / ".git" / "refs" / "heads" / "claude" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{oid}\n")
    if "\n" not in name:
        (work / ".git" / "packed-refs").write_text(f"{oid} refs/heads/claude/{name}\n")
    assert [ref.name for ref in look.refs(locate(work))] == [f"refs/heads/{HEAD}", "refs/heads/main"]


def test_a_folder_named_with_a_colon_is_looked_at_and_no_other(work: Path, home: Path) -> None:
    odd = work.parent / 'a:"b\n\\c'
    work.rename(odd)
    said = everything(home, odd)
    assert [one.status for one in said] == [0] * 5, said
    assert ADDED in said[1].out


def test_a_repository_that_changes_while_it_is_read(work: Path, home: Path) -> None:
    """The branch jumps to and fro and is gone at times; each answer is of one state, or a refusal in a sentence."""
    ref = work / ".git" / "refs" / "heads" / HEAD
    first = ref.read_text()
    second = git(work, "commit-tree", f"{HEAD}^{{tree}}", "-p", "main", "-m", "again") + "\n"

    # A process of its own, for commands are forked from this one.
    script = (
        "import sys, time, pathlib\nref = pathlib.Path(sys.argv[1])\n"
        "for n in range(10**9):\n    ref.unlink(missing_ok=True)\n    time.sleep(.001)\n"
        "    ref.write_text(sys.argv[2 + n % 2])\n    time.sleep(.003)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(ref), first, second])
    try:
        for _ in range(6):
            for one in everything(home, work):
                assert one.status == 0 or one.err.startswith("error: ")
    finally:
        child.kill()
        child.wait()


VARIABLES = {
    "GIT_DIR": "{evil}/.git", "GIT_WORK_TREE": "{evil}", "GIT_INDEX_FILE": "{evil}/index", "GIT_TRACE": "{written}",
    "GIT_TRACE2_EVENT": "{written}", "GIT_TRACE_SETUP": "{written}", "GIT_EXEC_PATH": "{evil}", "GIT_PAGER": "{trap}",
    "GIT_OBJECT_DIRECTORY": "{evil}/.git/objects", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "{evil}/.git/objects",
    "GIT_EXTERNAL_DIFF": "{trap}", "GIT_SSH_COMMAND": "{trap}", "GIT_SSH": "{trap}", "GIT_ASKPASS": "{trap}",
    "GIT_EDITOR": "{trap}", "GIT_SEQUENCE_EDITOR": "{trap}", "GIT_PROXY_COMMAND": "{trap}", "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "{trap}", "GIT_TEMPLATE_DIR": "{evil}",
    "GIT_CONFIG_PARAMETERS": "'core.hookspath'='{evil}'", "GIT_CONFIG_GLOBAL": "{evil}/config", "HOME": "{evil}",
    "GIT_CONFIG_SYSTEM": "{evil}/config", "XDG_CONFIG_HOME": "{evil}", "GIT_GRAFT_FILE": "{evil}/grafts",
    "GIT_REPLACE_REF_BASE": "refs/heads/claude/", "GIT_NAMESPACE": "x", "GIT_DEFAULT_HASH": "sha256",
    "GIT_COMMON_DIR": "{evil}/.git", "GIT_SHALLOW_FILE": "{evil}/shallow", "GIT_CEILING_DIRECTORIES": "/",
    "LD_LIBRARY_PATH": "{evil}", "PYTHONSTARTUP": "{trap}",
}  # fmt: skip


def test_nothing_of_gits_environment_is_handed_on(
    work: Path, home: Path, ordinary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Objects that only a variable lends are none; a repository or program that only it names plays no part."""
    evil = work.parent / "evil"
    shutil.copytree(ordinary, evil)
    (evil / "config").write_text(f"[core]\nfsmonitor = {trap(work)}\n[init]\ntemplateDir = {evil}\n")
    plain_words = [said.out for said in everything(home, work)[:3]]
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value.format(evil=evil, written=work.parent / "written", trap=trap(work)))
    said = everything(home, work)
    assert [one.status for one in said] == [0] * 5
    assert [one.out for one in said[1:3]] == plain_words[1:]
    assert not sprung(work).exists()
    assert not (work.parent / "written").exists()


def test_a_program_called_git_where_one_stands_is_not_run(
    work: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "bin").mkdir()
    for place in (work / "git", work / "bin" / "git"):
        shutil.copy(trap(work), place)
    monkeypatch.setenv("PATH", f".:bin::{os.environ['PATH']}")
    monkeypatch.setattr(reviewer.repo.runner, "git_program", git_program.__wrapped__)
    assert [one.status for one in everything(home, work)] == [0] * 5
    assert not sprung(work).exists()


def test_a_wide_tree_is_refused_after_few_objects(work: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hostile.shapes import wide_tree

    wide_tree(work)
    read: list[str] = []
    real = objects.Objects._read

    def counted(self: objects.Objects, oid: str, *more: object) -> bytes:
        read.append(oid)
        return real(self, oid, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(objects.Objects, "_read", counted)
    view = Quarantine.open(home, locate(work).repo_id).beside(locate(work))
    with pytest.raises(ReviewerError, match="paths"):
        view.raw(git(work, "rev-parse", "main"), git(work, "rev-parse", HEAD))
    assert len(read) < 20
