"""A run whose record cannot be written or kept is no evidence: it says so everywhere, and nothing is approved on it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground, Make
from test_failing_steps import rerun
from test_killed import ANY, agent_works, dies

from reviewer.cli.show_runs import run_lines, run_object
from reviewer.gate.events import Refused
from reviewer.gate.views import change_of
from reviewer.model.change import State
from reviewer.model.run import RunState

pytestmark = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
TOML = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "yes | head -c 2000000; grep -q good app.txt"]\n'
# Does all steps of a home, once its own world is as it is told.
CHILD = """
import ctypes, os, resource, sys
from pathlib import Path
from reviewer.gate.steps import Gate
home, place = map(Path, sys.argv[1:3])
def mount(folder, size):
    libc, uid, gid = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    assert libc.unshare(0x10000000 | 0x20000) == 0
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path(f"/proc/self/{name}").write_text(text)
    folder.mkdir(exist_ok=True)
    assert libc.mount(b"t", os.fsencode(folder), b"tmpfs", 0, size.encode()) == 0
WORLD
gate = Gate(home, lambda: "c", waits=())
while gate.step(): pass
"""
WORLDS = {
    "a full disk under the run": ("mount(place, 'size=300k'); os.environ['TMPDIR'] = str(place)", "No space left"),
    "a full disk under the evidence": ("mount(home / 'gate' / 'blobs', 'size=300k')", "No space left"),
    "files that may not be so large": (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, resource.RLIM_INFINITY))", "File too large"
    ),
    "a folder that is none": ("(home / 'gate' / 'blobs').write_text('')", "File exists"),
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_what_cannot_be_written_is_no_evidence_and_nothing_is_approved_on_it(
    make: Make, world: str, tmp_path: Path
) -> None:
    ground = make(TOML)
    change = ground.branch("claude/fix", app__txt="good 2\n")
    ground.gate.driver.close()
    code, why = WORLDS[world]
    words = [sys.executable, "-c", CHILD.replace("WORLD", code), str(ground.home), str(tmp_path / "small")]
    done = subprocess.run(words, env=os.environ, capture_output=True, text=True)
    if "unshare" in done.stderr:
        pytest.skip("no namespaces here")
    assert done.returncode == 0 and done.stderr == ""
    ground.gate = ground.new_gate()
    refused(ground, change, why)
    if world == "a folder that is none":
        ground.gate.blobs.unlink()
    rerun(ground, change)
    ground.decide(change)
    assert ground.state(change) is State.LANDED


def refused(ground: Ground, change: str, why: str) -> None:
    (run,) = ground.life(change).runs
    assert (run.state, run.conclusion, run.record, run.log) == (RunState.NOT_RUN, None, None, None)
    said = run_object(run)["reason"]
    assert why in said and said.endswith("the run is no evidence")
    assert (run_object(run)["state"], run_object(run)["exit_status"]) == ("not run", None)
    assert next(run_lines(run)) == f"run       tests: NOT RUN ({said})"
    assert change_of(ground.gate.driver.load(change)).run == "NOT RUN"
    with pytest.raises(Refused, match="tests"):
        ground.gate.decide(ground.decision(change), hold=0)
    assert ground.state(change) is State.PENDING


def test_a_run_that_died_with_its_gate_is_no_evidence_before_it_was_made_again(make: Make) -> None:
    ground = make(TOML)
    agent_works(ground)
    change = ground.submit("claude/fix")
    dies(ground, "steps", ("reviewer.evidence.run", "gather_apart", "before", ANY))
    with pytest.raises(Refused, match="tests"):
        ground.gate.decide(ground.decision(change), hold=0)
    ground.settle()
    ground.decide(change)
    assert ground.state(change) is State.LANDED
