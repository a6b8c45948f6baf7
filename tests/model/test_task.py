"""Attempts at one task have one name; what may be another task keeps its own."""

import pytest

from reviewer.model.task import task_of


@pytest.mark.parametrize(
    ("branch", "agent", "task"),
    [
        ("claude/fix-parser", "claude", "fix-parser"),
        ("codex/fix-parser-3fa94c", "codex", "fix-parser"),
        ("codex/fix-parser-try-2", "codex", "fix-parser"),
        ("codex/fix-parser-attempt2-3fa94c", "codex", "fix-parser"),
        # An issue's number, a version, a word of hexadecimal letters, a person's folder: none is an attempt.
        ("copilot/fix-123", "copilot", "fix-123"),
        ("copilot/fix-1234567", "copilot", "fix-1234567"),
        ("claude/api-v2", "claude", "api-v2"),
        ("claude/fix-facade", "claude", "fix-facade"),
        ("ann/fix-parser", "claude", "ann/fix-parser"),
        ("-3fa94c", "claude", "-3fa94c"),
        ("claude/", "claude", "claude/"),
    ],
)
def test_the_task_of_a_branch(branch: str, agent: str, task: str) -> None:
    assert task_of(branch, agent) == task
