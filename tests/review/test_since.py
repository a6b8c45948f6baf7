"""What a change did since an earlier revision: only that, whatever its target brought in between."""

from collections.abc import Iterator

import pytest
from shell import Shell, git, run

LINES = [f"line {n}\n" for n in range(40)]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("since"), runs=False)
    yield made
    made.stop_gate()


def text(**changed: str) -> str:
    lines = list(LINES)
    for name, line in changed.items():
        lines[int(name[1:])] = line + "\n"
    return "".join(lines)


def again(shell: Shell, branch: str, onto: str, content: str, name: str) -> None:
    """The branch anew on top of `onto`, as after a rebase."""
    git(shell.work, "switch", "-q", "-C", branch, onto)
    (shell.work / name).write_text(content)
    git(shell.work, "add", "-A")
    git(shell.work, "commit", "-qm", "work")
    git(shell.work, "switch", "-q", "main")


def since(shell: Shell, change: str, number: str) -> str:
    done = run(shell.home, shell.work, "diff", change, "--since", number)
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if line[:1] in "+-")


def test_what_the_target_brought_is_taken_out(shell: Shell) -> None:
    shell.commit(**{"app.py": text()})
    again(shell, "claude/rebased", "main", text(_20="agent one"), "app.py")
    change = shell.submit("claude/rebased")
    shell.commit(**{"app.py": text(_3="theirs"), "other.txt": "theirs too\n"})
    again(shell, "claude/rebased", "main", text(_3="theirs", _20="agent two", _30="agent more"), "app.py")
    assert shell.submit("claude/rebased") == change
    assert since(shell, change, "1") == "-agent one\n+agent two\n-line 30\n+agent more"
    refused = run(shell.home, shell.work, "diff", change, "--since", "2")
    assert refused.returncode == 2 and "no earlier revision 2" in refused.stderr
    assert run(shell.home, shell.work, "diff", "main..claude/rebased", "--since", "1").returncode == 2


def test_where_they_conflict_it_is_said_and_all_is_shown(shell: Shell) -> None:
    again(shell, "claude/conflict", "main", text(_3="theirs", _10="agent"), "app.py")
    change = shell.submit("claude/conflict")
    shell.commit(**{"app.py": text(_3="theirs", _10="another")})
    again(shell, "claude/conflict", "main", text(_3="theirs", _10="another agent"), "app.py")
    assert shell.submit("claude/conflict") == change
    assert since(shell, change, "1") == "-agent\n+another agent"

