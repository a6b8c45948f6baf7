"""Which way to contain a run is used where, and that nothing runs where none works; each really taken away."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from taken import TAKEN
from within import WORKING, each_launcher, needs_sandbox, public

from reviewer.sandbox.launch import Capabilities, SandboxRequest, choose, probe_launcher, run, run_with
from reviewer.sandbox.launchers import LAUNCHERS, Bubblewrap, Launcher, Native

__all__ = ["public"]
NAMES = [launcher.name for launcher in WORKING]
PROGRAM = """
import json, os, sys
from pathlib import Path
from reviewer.sandbox.launch import SandboxRequest, probe, run
found = probe()
outcome = run(SandboxRequest(("sh", "-c", "echo ran > trace; id -u; exit 5"), Path(sys.argv[1])))
print(json.dumps([found.tier, found.launcher, found.reason, outcome.exit_status, outcome.reason, outcome.written]))
"""


def asked(taken: str, public: Path, user: int | None) -> tuple[str, str, str, int, str, list[str]]:
    python = sys.executable
    if user is not None:
        # Ours may lie in a home that this user cannot enter.
        python = "/usr/bin/python3"
        version = subprocess.run([python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True)
        if version.stdout != b"True\n":
            pytest.skip("the system's Python is too old")
    said = subprocess.run(
        [python, "-c", TAKEN[taken] + PROGRAM, str(public / "tree")],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(public), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    assert said.returncode == 0, said.stderr
    found: tuple[str, str, str, int, str, list[str]] = json.loads(said.stdout.splitlines()[-1])
    return found


USERS = [pytest.param(None, id="as oneself")]
if os.getuid() == 0:
    USERS.append(pytest.param(65534, id="as an ordinary user"))


@pytest.mark.skipif("native" not in NAMES, reason="no namespaces here")
@pytest.mark.parametrize("user", USERS)
def test_ours_is_used_where_namespaces_are_open(public: Path, user: int | None) -> None:
    tier, launcher, _reason, status, _why, written = asked("nothing", public, user)
    assert (tier, launcher, status, written) == ("full", "native", 5, ["trace"])


@pytest.mark.skipif(NAMES != ["native", "bwrap"], reason="needs both launchers")
@pytest.mark.parametrize("user", USERS)
def test_bwrap_is_used_where_only_it_may_make_namespaces(public: Path, user: int | None) -> None:
    tier, launcher, _reason, status, _why, written = asked("unshare", public, user)
    assert (tier, launcher, status, written) == ("full", "bwrap", 5, ["trace"])


@pytest.mark.parametrize("taken", ["namespaces", "setting"])
@pytest.mark.parametrize("user", USERS)
def test_nothing_runs_where_no_launcher_works(public: Path, taken: str, user: int | None) -> None:
    if taken == "setting" and "native" not in NAMES:
        pytest.skip("no namespaces here")
    tier, launcher, reason, status, why, written = asked(taken, public, user)
    assert (tier, launcher, status, written) == ("none", "none", 125, [])
    assert "native: new namespaces: " in reason and "bwrap: " in reason
    assert reason.endswith("run the review on a machine where user namespaces are open, or install bubblewrap")
    assert why == f"NOT RUN: {reason}"
    assert list((public / "tree").iterdir()) == []


def test_the_command_line_says_not_run_and_what_would_mend_it(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    program = "import sys; from reviewer.__main__ import main; sys.exit(main())"
    said = subprocess.run(
        [sys.executable, "-c", TAKEN["namespaces"] + program, "run", "--in", str(tmp_path / "tree"), "--", "true"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path)},
    )
    assert (said.returncode, said.stdout) == (125, "")
    assert said.stderr.startswith("NOT RUN: native: ") and "install bubblewrap" in said.stderr


def bwrap_that(tmp_path: Path, script: str, mode: int = 0o755) -> Bubblewrap:
    path = tmp_path / "bwrap"
    path.write_text(f"#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'bubblewrap 0.11.0'; exit 0; fi\n{script}\n")
    path.chmod(mode)
    return Bubblewrap((str(path),))


def test_a_version_alone_is_no_proof(tmp_path: Path) -> None:
    found = probe_launcher(bwrap_that(tmp_path, "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"))
    assert (found.tier, found.reason) == ("none", "bwrap: setting up uid map: Permission denied")


def test_a_bwrap_that_contains_nothing_is_found_out_and_does_no_harm(tmp_path: Path) -> None:
    before = Path("/etc/passwd").read_bytes()
    bare = bwrap_that(tmp_path, 'while [ "$1" != -- ]; do shift; done; shift; PYTHONPATH= exec "$@"')
    found = probe_launcher(bare)
    assert found.tier == "none" and found.reason
    assert Path("/etc/passwd").read_bytes() == before


def test_a_launcher_that_lets_the_host_be_seen_fails_its_probe(tmp_path: Path) -> None:
    if "native" not in NAMES:
        pytest.skip("no namespaces here")

    class Leaky(Native):
        """Shows the run the folder where probes lie."""

        def program(self, config, config_fd, report_fd):  # type: ignore[no-untyped-def]
            config["read_only"].append(config["tree"])
            return super().program(config, config_fd, report_fd)

    assert probe_launcher(Leaky()).reason == "the probe run did not come back as it must"


def test_a_set_user_id_bwrap_and_an_absent_one_are_not_tried(tmp_path: Path) -> None:
    assert "set-user-ID" in (bwrap_that(tmp_path, "exit 0", 0o4755).missing() or "")
    absent = Bubblewrap((str(tmp_path / "nowhere"),))
    assert "apt install bubblewrap" in (absent.missing() or "")
    launcher, found = choose([absent])
    assert launcher is None and found.tier == "none" and found.reason.startswith("bwrap: bubblewrap is not installed")


@needs_sandbox
def test_the_report_says_of_each_guarantee_how_it_is_kept() -> None:
    for launcher in WORKING:
        found: Capabilities = probe_launcher(launcher)
        assert {state for state, _how in found.guarantees.values()} <= {"enforced", "reduced", "observed", "absent"}
        assert found.guarantees["network"][0] == "enforced"
        assert found.guarantees["commands executed"] == ("observed", "seccomp user notification")
        assert found.guarantees["host names"] == ("observed", "own resolver")
        assert found.version and found.probe_seconds > 0


@each_launcher
def test_a_tree_that_is_not_there_is_not_run(launcher: Launcher, tmp_path: Path) -> None:
    outcome = run_with(launcher, SandboxRequest(("true",), tmp_path / "nowhere"))
    assert outcome.exit_status == 125 and outcome.reason.startswith("NOT RUN: ")


def test_another_system_runs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("reviewer.sandbox.launch.sys.platform", "darwin")
    assert run_with(LAUNCHERS[0], SandboxRequest(("true",), tmp_path)).reason == "NOT RUN: this system is not Linux"
    monkeypatch.undo()
    monkeypatch.setattr("reviewer.sandbox.launch.platform.machine", lambda: "riscv64")
    assert run(SandboxRequest(("true",), tmp_path)).exit_status == 125
