"""`reviewer demo --headless`: walks one change from an agent's branch to landed, in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from reviewer.attest.sign import Key
from reviewer.model.change import ChangeDetail
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.model.policy import RequirementState
from reviewer.pipelines.checkpoint import Checkpoint, connect
from reviewer.sandbox.launch import probe
from reviewer.text import show

_PRINCIPAL = "demo"


@click.command("demo", epilog="\b\nExample:\n  reviewer demo --headless\n")
@click.option("--headless", is_flag=True, help="walk one change to landed, printing each step")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="make it there, and leave it for a look")
def command(headless: bool, folder: Path | None) -> None:
    """Show the whole way on a repository made on the spot. It touches nothing of yours."""
    if not headless:
        raise UsageError("the demo's screens are not there yet", "walk it in text: reviewer demo --headless")
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{show(str(folder))} is not empty", "name a new folder with: --dir DIR")
    place = Path(tempfile.mkdtemp(prefix="reviewer-demo-")) if folder is None else folder.absolute()
    home = place / "home"
    try:
        home.mkdir(mode=0o700, parents=True)
        _walk(place, home)
    finally:
        _stop_gate(home)
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def _walk(place: Path, home: Path) -> None:
    from reviewer.demo.repository import make_repository

    contained = probe().tier != "none"
    if not contained:
        click.echo(f"NOT RUN: {probe().reason}; walking a change to the documentation instead")
    key = Key.load_or_create(home / "keys" / "unattended" / _PRINCIPAL)
    work, branch = make_repository(place, _PRINCIPAL, key.public, runs=contained)
    click.echo(f"made      a repository with a bare origin, and the agent's branch {branch}")
    gate = connect(home)
    detail = gate.submit(str(work), branch, "main", "claude", "Take the discount off", "All tests pass.")
    click.echo(f"submitted {detail.change.change_id}, revision 1, digest {detail.change.digest[:12]}")
    detail = _settled(gate, detail)
    for run in detail.runs:
        click.echo(f"observed  {run.name}: exit status {run.exit_status} after {run.seconds or 0:.1f} s, contained")
    click.echo(f"scanned   {len(detail.findings)} findings")
    for finding in detail.findings:
        said = f"{show(finding.file)}: {show(finding.message)}"
        click.echo(f"          {finding.severity.value} {finding.category} {said}")
    for requirement in detail.requirements:
        click.echo(f"requires  {requirement.state.value:<14} {requirement.name}: {requirement.why}")
    change = detail.change.change_id
    seen = [part for f in detail.findings for part in ("--acknowledge", f.fingerprint)]
    _reviewer(home, "approve", change, "--digest", detail.change.digest[:12], "--as", _PRINCIPAL, "--now", *seen)
    click.echo(f"approved  by the unattended principal {_PRINCIPAL!r}, which the target's policy names")
    _reviewer(home, "wait", change, "--timeout", "20")
    click.echo("waits     main is checked out: the result stands beside it until somebody lands it")
    _reviewer(home, "land", change)
    detail = gate.detail(change)
    if detail.landed is None or detail.change.state.value != "landed":
        raise ReviewerError("the change did not land", f"its state is {detail.change.state.value}")
    click.echo(f"merged    {detail.landed[:12]} into main")


def _settled(gate: Checkpoint, detail: ChangeDetail) -> ChangeDetail:
    until = time.monotonic() + 25
    while any(r.state is RequirementState.WAITING for r in detail.requirements if r.name != "decision"):
        if time.monotonic() > until:
            raise ReviewerError("the change's evidence took longer than 25 s", "try again on a quieter machine")
        time.sleep(0.1)
        detail = gate.detail(detail.change.change_id)
    return detail


def _reviewer(home: Path, *args: str) -> None:
    """The same command that a user would type, in the demo's own home."""
    env = {**os.environ, "REVIEWER_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "reviewer", *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise ReviewerError(f"{args[0]} failed: {show(said, limit=300)}")


def _stop_gate(home: Path) -> None:
    """End the demo's own gate and wait until it is gone."""
    from reviewer.pipelines.checkpoint import stop

    stop(home)
