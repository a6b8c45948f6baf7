"""Folders for one task: gone after it, kept while it lives, taken away by the next where it was killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from reviewer.sandbox.scratch import scratch

HOLDER = f"""
import sys, time; sys.path[:0] = {sys.path!r}
from reviewer.sandbox.scratch import scratch
with scratch("test") as place:
    (place / "file").touch()
    print(place, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_a_folder_is_gone_after_its_task(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="any"), scratch("test") as place:
        assert place.parent == tmp_path and place.stat().st_mode & 0o777 == 0o700
        (place / "inner").mkdir()
        raise ValueError("any")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_task_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    left = Path(holder.stdout.readline().strip())
    with scratch("test"):
        assert (left / "file").exists()
    holder.kill()
    holder.communicate()
    (tmp_path / "reviewer-test-link").symlink_to(tmp_path)
    (tmp_path / "reviewer-other-x").mkdir()
    assert left.exists()
    with scratch("test") as place:
        assert {p.name for p in tmp_path.iterdir()} == {"reviewer-other-x", "reviewer-test-link", place.name}
