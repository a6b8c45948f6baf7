"""Makes the demonstration's repository: a small program with tests, a bare origin, an agent's branch."""

from __future__ import annotations

from pathlib import Path

import git

_PROGRAM = '''"""Prices in a shop."""


def total(prices: list[int], percent_off: int) -> int:
    return sum(prices) * percent_off // 100
'''
_MENDED = _PROGRAM.replace("sum(prices) * percent_off", "sum(prices) * (100 - percent_off)")
_TESTS = """import unittest

from shop import total


class Total(unittest.TestCase):
    def test_nothing_off(self) -> None:
        self.assertEqual(total([100, 50], 0), {nothing})
"""
_MORE = """
    def test_ten_percent_off(self) -> None:
        self.assertEqual(total([100, 100], 10), 180)
"""


def make_repository(place: Path, principal: str, key: str, *, runs: bool) -> tuple[Path, str]:
    """Make a worktree and its bare origin below `place`; returns the worktree and the agent's branch.

    With `runs` the target branch asks for the tests to be run, and the change is a fix; without, for machines that
    cannot contain a run, it is a change to the documentation.
    """
    work = place / "shop"
    repository = git.Repo.init(work, initial_branch="main")
    with repository.config_writer() as config:
        config.set_value("user", "name", "demo")
        config.set_value("user", "email", "demo@localhost")
        config.set_value("commit", "gpgsign", "false")
        config.set_value("core", "hooksPath", "/dev/null")
    settings = '[[run]]\nname = "tests"\ncommand = ["python3", "-m", "unittest", "-v"]\n\n' if runs else ""
    settings += f'[policy]\nunattended = [{{ name = "{principal}", key = "{key}" }}]\n'
    files = {
        "shop.py": _PROGRAM,
        "test_shop.py": _TESTS.format(nothing=0),
        "README.md": "# Shop\n\nPrices.\n",
        "reviewer.toml": settings,
    }
    _commit(repository, work, files, "A shop")
    origin = git.Repo.init(place / "origin.git", bare=True, initial_branch="main")
    repository.create_remote("origin", str(origin.git_dir))
    repository.remote("origin").push("main")
    branch = "claude/discount" if runs else "claude/readme"
    repository.git.switch("--quiet", "-c", branch)
    if runs:
        tests = _TESTS.format(nothing=150) + _MORE
        _commit(repository, work, {"shop.py": _MENDED, "test_shop.py": tests}, "Take the discount off, not the rest")
    else:
        _commit(repository, work, {"README.md": "# Shop\n\nPrices, with discounts.\n"}, "Say what the shop does")
    repository.git.switch("--quiet", "main")
    repository.close()
    origin.close()
    return work, branch


def _commit(repository: git.Repo, work: Path, files: dict[str, str], message: str) -> None:
    for name, content in files.items():
        (work / name).write_text(content)
    repository.git.add("--all")
    repository.git.commit("--quiet", "-m", message)
