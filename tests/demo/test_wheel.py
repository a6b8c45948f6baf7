"""A wheel carries every file that the demonstration's repository is made of."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reviewer.demo.changes import DOCUMENTATION, FILES, PROPOSALS

CLONE = Path(__file__).parents[2]


def test_the_wheel_carries_what_the_demo_is_made_of(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    code = f"import hatchling.build as b, os; os.chdir({str(CLONE)!r}); print(b.build_wheel({str(tmp_path)!r}))"
    built = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    with zipfile.ZipFile(tmp_path / built.stdout.split()[-1]) as wheel:
        carried = {
            name: wheel.read(name)
            for name in wheel.namelist()
            if name.startswith("reviewer/demo/files/") and not name.endswith("/")
        }
    mine = {path.relative_to(CLONE).as_posix(): path.read_bytes() for path in FILES.rglob("*") if path.is_file()}
    assert carried == mine


def test_every_revision_comes_with_what_its_agent_says() -> None:
    for proposal in (*PROPOSALS, DOCUMENTATION):
        assert proposal.revisions >= 1
        for number in range(1, proposal.revisions + 1):
            assert proposal.patch(number).is_file()
            assert proposal.claim(number).strip()
