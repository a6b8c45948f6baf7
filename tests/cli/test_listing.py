"""`reviewer list` speaks the inbox's language, and says where a query cannot be meant."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell, run


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path, runs=False)
    made.branch("claude/fix", **{"app.txt": "good two\n"})
    yield made
    made.stop_gate()


def test_list_takes_a_query_and_refuses_what_cannot_be_meant(shell: Shell) -> None:
    change = shell.submit("claude/fix")
    (row,) = [json.loads(line) for line in shell.reviewer("list", "--json", "is:submitted agent:claude").splitlines()]
    assert (row["change"], row["kind"]) == (change, "code")
    assert row["turn"] in ("mine", "machine")
    assert row["met"] <= row["asked"]
    assert change in shell.reviewer("list", "path:app.*", "size:<100")
    assert change not in shell.reviewer("list", "--", "-branch:fix")
    refused = run(shell.home, shell.work, "list", "risk:hgih")
    assert refused.returncode == 2
    assert "risk:hgih: risk is never hgih: one of critical, high" in refused.stderr
