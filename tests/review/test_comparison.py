"""A difference read file by file is the same as one read many files at once."""

from pathlib import Path

from shell import git

from reviewer.repo.locate import locate
from reviewer.repo.look import resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.review import comparison
from reviewer.review.comparison import Commits


def commits(tmp_path: Path) -> Commits:
    """Renames, deletions and additions that look alike, a link in a file's place, names that are no UTF-8."""
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    text = "".join(f"line {n}\n" for n in range(40))
    for n in range(30):
        (work / f"old{n:02}.txt").write_text(text + f"own {n}\n")
        (work / f"kept{n:02}.txt").write_text(f"{n}\n")
    (work / "turns").write_text("a file\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "one")
    git(work, "switch", "-qc", "claude/x")
    for n in range(30):
        # Moved away in the other order, so that a name's best partner often lies in another part.
        (work / f"old{n:02}.txt").rename(work / f"new{29 - n:02}.txt")
        (work / f"kept{n:02}.txt").write_text(f"{n} changed\n")
    (work / "turns").unlink()
    (work / "turns").symlink_to("kept00.txt")
    (work / "odd\udcff\n.txt").write_text("odd\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "two")
    repository = locate(work)
    view = Quarantine.open(tmp_path / "home", repository.repo_id).beside(repository)
    return Commits(view, resolve(repository, "main"), resolve(repository, "claude/x"))


def test_many_at_once_are_the_same_as_one_by_one(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    asked = commits(tmp_path)
    files = asked.files()
    assert len(files) == 62
    one_by_one = [asked.read(file) for file in files]
    assert all(diff.patch for diff in one_by_one)
    calls = []
    patch = Quarantine.patch
    monkeypatch.setattr(Quarantine, "patch", lambda *args: calls.append(args) or patch(*args))
    assert list(asked.read_all(files)) == one_by_one
    assert len(calls) == 1
    # In small parts git pairs other names; what it pairs otherwise is asked for alone.
    monkeypatch.setattr(comparison, "_TOGETHER", 7)
    assert list(asked.read_all(files)) == one_by_one
    assert list(asked.read_all(files[10:12])) == one_by_one[10:12]
