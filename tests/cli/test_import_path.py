"""A checkout may hold modules that are named like ours or Python's: no command imports one of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell

TRAPS = ("json.py", "sqlite3.py", "httpx.py", "reviewer.py", "reviewer/__init__.py", "sitecustomize.py", "git.py")


@pytest.fixture
def shell(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Shell(tmp_path, runs=False)
    made.branch("claude/fix", **{"app.txt": "good two\n"})
    yield made
    made.stop_gate()


def test_no_command_imports_from_the_folder_that_it_stands_in(shell: Shell, tmp_path: Path) -> None:
    fired = tmp_path / "fired"
    trap = f"open({str(fired)!r}, 'a').write(__file__ + chr(10))\nraise SystemExit(3)\n"
    for name in TRAPS:
        place = shell.work / name
        if name == "reviewer/__init__.py":
            (shell.work / "reviewer.py").unlink()
        place.parent.mkdir(exist_ok=True)
        place.write_text(trap)
    # As the installed command is: the script's own folder leads the path, never the one that we stand in.
    start = "import sys; sys.path = [p for p in sys.path if p]; from reviewer.__main__ import main; sys.exit(main())"

    def reviewer(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-c", start, *args],
            cwd=shell.work,
            env={**os.environ, "REVIEWER_HOME": str(shell.home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "not up to date" not in done.stderr
        return done.stdout

    change = reviewer("submit", "--branch", "claude/fix").split()[0]
    assert change in reviewer("list")
    assert change in reviewer("show", change)
    reviewer("sync")
    reviewer("diff", "main..claude/fix")
    assert not fired.exists(), fired.read_text()
