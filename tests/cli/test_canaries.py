"""Tokens of each service's shape, in what a change adds and in what breaks: no command and no file says them again."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from canaries import CANARIES
from shell import Shell

BREAKS = """
import sys, reviewer.cli.listing as listing
from reviewer.__main__ import main
from reviewer.model.errors import ReviewerError
def breaks(*_):
    try:
        raise OSError("cloning failed: " + {text!r})
    except OSError as error:
        raise KeyError({text!r}) from error
listing.locate = breaks
sys.argv[1:] = ["list"]
sys.exit(main())
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What each command says of a change that adds the tokens, and what the files hold that are there to be sent on."""
    shell = Shell(tmp_path_factory.mktemp("canaries"), runs=False)
    keys = "".join(f'KEY_{n} = """{token}"""\n' for n, token in enumerate(CANARIES.values()))
    shell.branch("claude/keys", **{"keys.py": keys, "keys.txt": keys, ".env": keys})
    change = shell.submit("claude/keys")
    shell.reviewer("comment", change, "--text", "take the tokens out")
    span = "main..claude/keys"
    asked = [
        ["scan", span], ["scan", span, "--json"], ["scan", span, "--format", "sarif"], ["show", change],
        ["show", change, "--json"], ["list"], ["list", "--json"], ["findings", "list", "--json"], ["findings", "rules"],
        ["policy", "explain", change, "--json"], ["outbox"], ["outbox", "--json"], ["log"], ["log", "--json"],
        ["verify", "--json"], ["doctor"], ["doctor", "--json"], ["sync", "--json"], ["wait", change, "--timeout", "0"],
    ]  # fmt: skip
    found = {}
    for words in asked:
        done = shell.run(*words)
        found[" ".join(words)] = done.stdout + done.stderr
    environ = {**os.environ, "REVIEWER_HOME": str(shell.home)}
    for name, token in CANARIES.items():
        code = [sys.executable, "-c", BREAKS.format(text=f"git said '{token}'")]
        broken = subprocess.run(code, cwd=shell.work, env=environ, capture_output=True, text=True)
        assert broken.returncode == 1
        found[f"a crash on {name}"] = broken.stdout + broken.stderr
    shell.stop_gate()
    reports = list((shell.home / "crashes").iterdir())
    assert reports
    for file in (*reports, *shell.home.rglob("*.log")):
        found[str(file)] = file.read_text("utf-8", "replace")
    yield found


def telling(token: str) -> str:
    """A part of a token that stands nowhere else."""
    return next(line for line in token.split("\n") if not line.startswith("-----"))[-20:]


@pytest.mark.parametrize("kind", CANARIES)
def test_no_command_and_no_report_repeats_a_token(kind: str, said: dict[str, str]) -> None:
    assert "keys.py" in said["scan main..claude/keys --json"]
    assert [where for where, text in said.items() if telling(CANARIES[kind]) in text] == []
