"""The command line keeps its contract: help, JSON and statuses of every command; light reading; no traceback ever."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from shell import Shell, command, git, run

from reviewer.cli import STORIES
from reviewer.cli.stories import main

# Its output is the command's own; screens; a server.
NO_JSON = {"run", "inbox", "open", "findings", "gate", "policy", "record"}
# Screens and servers end when they are told to.
NO_STATUS = {"inbox", "open", "gate", "demo"}
HEAVY = {"httpx", "rich", "pygments", "textual", "git", "starlette", "uvicorn", "cryptography"}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("contract"))
    made.branch("claude/fix", **{"app.txt": "good two\n"})
    yield made
    made.stop_gate()


def loaded(shell: Shell, *words: str) -> set[str]:
    """The packages in memory after one command, in a fresh process."""
    code = (
        "import sys\nsys.argv[1:] = sys.argv[2:]\nfrom reviewer.__main__ import main\nstatus = main()\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr); sys.exit(status)"
    )
    env = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    args = [sys.executable, "-c", code, "-", *words]
    done = subprocess.run(args, cwd=shell.work, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.strip().split("\n")[-1].split())


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_command_has_help_with_an_example_statuses_and_json(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"], prog_name="reviewer")
    assert done.exit_code == 0
    assert "Example" in done.output or name == "gate"
    assert f"reviewer {name}" in done.output
    assert name in NO_STATUS or "Exit status: " in done.output
    found = main.get_command(click.Context(main), name)
    assert found is not None
    options = {word for parameter in found.params for word in parameter.opts}
    assert name in NO_JSON or "--json" in options


def test_the_map_of_commands_is_in_the_help() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(f"  {name} " in shown for name in STORIES)


@pytest.mark.parametrize(("typed", "meant"), [("lst", "list"), ("aprove", "approve"), ("request", "request-changes")])
def test_an_unknown_command_suggests(typed: str, meant: str, tmp_path: Path) -> None:
    done = run(tmp_path / "home", tmp_path, typed)
    assert done.returncode == 2
    assert f"there is no command {typed}: did you mean" in done.stderr
    assert meant in done.stderr


@pytest.mark.parametrize(
    "words",
    [("frob\x1b[2J",), ("--nope",), ("approve", "x"), ("run",), ("scan", "--fail-on", "bad", "a..b"), ("undo",)],
)
def test_wrong_use_is_status_2_a_sentence_and_where_to_look(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path / "home", tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "--help" in done.stderr
    assert len(done.stderr.strip().split("\n")) == 2


def test_list_and_show_read_without_what_is_heavy(shell: Shell) -> None:
    change = shell.submit("claude/fix")
    assert not loaded(shell, "list") & HEAVY
    assert not loaded(shell, "list", "--json", "--offline") & HEAVY
    assert not loaded(shell, "show", change) & HEAVY
    assert "httpx" in loaded(shell, "sync")


def test_a_change_is_taken_where_commits_are(shell: Shell) -> None:
    change = shell.submit("claude/fix")
    by_change = shell.reviewer("diff", change[:5])
    assert by_change == shell.reviewer("diff", "main..claude/fix")
    assert "+good two" in by_change
    assert shell.reviewer("scan", change, "--json") == shell.reviewer("scan", "main..claude/fix", "--format", "jsonl")
    one = json.loads(shell.reviewer("diff", change, "--json"))
    assert (one["path"], one["status"], one["added"], one["removed"]) == ("app.txt", "modified", 1, 1)
    assert "names no submitted change" in shell.reviewer("diff", "zzzz", status=2)


def test_list_holds_words_and_every_repository(shell: Shell, tmp_path: Path) -> None:
    change = shell.submit("claude/fix")
    assert change in shell.reviewer("list", "CLAUDE", "fix")
    assert "Nothing holds nowhere" in shell.reviewer("list", "nowhere")
    elsewhere = run(shell.home, tmp_path, "list")
    assert elsewhere.returncode == 2
    assert "not in a git repository" in elsewhere.stderr
    assert change in run(shell.home, tmp_path, "list", "--all").stdout


def test_a_title_is_taken_from_the_commit(shell: Shell) -> None:
    change = shell.submit("claude/fix")
    assert shell.show(change)["title"] == "claude/fix"


def test_what_nobody_foresaw_is_a_report_without_values(shell: Shell, tmp_path: Path) -> None:
    code = (
        "import sys, reviewer.cli.listing as listing\n"
        "def breaks(*_):\n"
        "    password = 'hunter2-in-a-local'\n"
        "    raise KeyError('https://ann:s3cr3t@host/x token=ghp_abcdefghijklmnop1234567890 \\x1b[2J plain words')\n"
        "listing.locate = breaks\n"
        "sys.argv[1:] = ['list', 'secretargument']\n"
        "from reviewer.__main__ import main\n"
        "sys.exit(main())\n"
    )
    home = tmp_path / "home"
    env = {**os.environ, "REVIEWER_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.work, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: list failed in a way that nobody foresaw: KeyError at ")
    assert "Traceback" not in done.stderr
    (report,) = (home / "crashes").iterdir()
    assert str(report) in done.stderr
    assert report.stat().st_mode & 0o777 == 0o600
    written = report.read_text()
    assert "cli/listing.py, line" in written
    assert "plain words" in written
    for secret in ("hunter2", "s3cr3t", "ghp_", "secretargument", "\x1b", "ann:"):
        assert secret not in written + done.stderr


def test_an_end_does_not_tear_down_what_a_thread_is_in(shell: Shell) -> None:
    """C's own end would take libraries down under a thread that is left; here it would be signal 6, there 11."""
    code = (
        "import atexit, ctypes, sys, threading\n"
        "import reviewer.cli.listing as listing\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.__cxa_atexit(libc.abort, None, None)\n"
        "atexit.register(print, 'left in order')\n"
        "real = listing.locate\n"
        "def slowly(*given):\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "    return real(*given)\n"
        "listing.locate = slowly\n"
        "sys.argv[1:] = ['list']\n"
        "from reviewer.__main__ import main\n"
        "sys.exit(main())\n"
    )
    env = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=shell.work, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split("\n")[-2]) == (0, "left in order"), done.stderr


def test_only_the_newest_reports_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer.cli.crash import KEPT, unforeseen

    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "crashes"
    folder.mkdir(parents=True, mode=0o700)
    (tmp_path / "home").chmod(0o700)
    for n in range(40):
        (folder / f"2020{n:02}-1.txt").touch()
    unforeseen(ValueError("x"), "list")
    assert len(list(folder.iterdir())) == KEPT


STREAMS = [
    ("reviewer list >&-", 0),
    ("reviewer list <&-", 0),
    ("reviewer list 2>&-", 0),
    ("reviewer list <&- >&- 2>&-", 0),
    ("reviewer list --json | head -c1 >/dev/null", 0),
    ("reviewer diff main..claude/fix | true", 0),
    ("reviewer list >/dev/full", 1),
    ("reviewer diff main..claude/fix >/dev/full", 1),
    ("reviewer scan - <&-", 0),
    ("reviewer comment zzzz <&-", 2),
    ("reviewer submit --branch claude/fix >/dev/full", 1),
]


@pytest.mark.parametrize(("line", "status"), STREAMS)
def test_broken_streams(line: str, status: int, shell: Shell) -> None:
    script = f'reviewer() {{ "{sys.executable}" -m reviewer "$@"; }}\n{line}'
    env = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    done = subprocess.run(["bash", "-c", script], cwd=shell.work, env=env, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if ">/dev/full" in line:
        assert "No space left" in done.stderr


def test_the_path_of_the_command_is_the_product_s_name(tmp_path: Path) -> None:
    done = subprocess.run(command("list", "--help"), capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("Usage: reviewer list")
    assert git(tmp_path, "--version").startswith("git version")
