"""Walks one change from an agent's branch to landed without screens, by the commands that users type.

What must stay true: every line tells what was found out just then; where nothing can be contained, nothing is run, and
a change to the documentation is walked instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from reviewer.attest.sign import Key
from reviewer.demo.changes import DOCUMENTATION, FIX
from reviewer.demo.command import Commands
from reviewer.demo.place import Place
from reviewer.demo.repository import commit_revision, make_repository
from reviewer.model.errors import ReviewerError
from reviewer.sandbox.launch import probe

PRINCIPAL: Final = "demo"
_EVIDENCE_SECONDS: Final = 25.0

Say = Callable[[str, str, dict[str, Any]], None]
"""Hears of each step: its name, a line for people, the facts."""


def walk(place: Place, commands: Commands, say: Say) -> None:
    """Walk one change to its end. Raises ReviewerError at the first step that does not do what it must."""
    contained = probe().tier != "none"
    if not contained:
        reason = probe().reason
        text = f"this machine cannot contain a run ({reason}): a change to the documentation is walked instead"
        say("NOT RUN", text, {"reason": reason})
    key = Key.load_or_create(place.home / "keys" / "unattended" / PRINCIPAL)
    make_repository(place, require_run=contained, unattended=(PRINCIPAL, key.public))
    proposal = FIX if contained else DOCUMENTATION
    folder = commit_revision(place, proposal, 1)
    facts: dict[str, Any] = {"repository": str(place.work), "branch": proposal.branch}
    say("made", f"a repository with a bare origin, and the agent's branch {proposal.branch}", facts)

    named = ("--agent", proposal.agent, "--title", proposal.title)
    shown = commands.run(folder, "submit", *named, "--claim", "-", said=proposal.claim(1))
    change, digest = str(shown["change"]), str(shown["digest"])
    facts = {"change": change, "revision": shown["revision"], "digest": digest, "title": proposal.title}
    say("submitted", f"{change}, revision 1, digest {digest[:12]}: {proposal.title}", facts)
    shown = _settled(place, commands, change)
    _evidence(shown, say)

    seen = [part for finding in shown["findings"] for part in ("--acknowledge", finding["fingerprint"])]
    commands.run(place.work, "approve", change, "--digest", digest[:12], "--as", PRINCIPAL, "--now", *seen)
    facts = {"by": PRINCIPAL, "unattended": True, "digest": digest}
    say("approved", f"by the unattended principal {PRINCIPAL!r}, whom the target's policy names", facts)
    state = commands.run(place.work, "wait", change, "--timeout", "20")["state"]
    say("decided", f"{state}: main is checked out, so that the result stands beside it", {"state": state})
    commands.run(place.work, "land", change)
    shown = commands.run(place.work, "show", change)
    if shown["state"] != "landed":
        raise ReviewerError("the change did not land", f"its state is {shown['state']}")
    say("merged", f"{shown['landed'][:12]} into main", {"commit": shown["landed"], "target": "main"})


def _settled(place: Place, commands: Commands, change: str) -> dict[str, Any]:
    """The change once nothing but the decision is waited for."""
    until = time.monotonic() + _EVIDENCE_SECONDS
    while True:
        shown = commands.run(place.work, "show", change)
        if not any(r["state"] == "waiting" and r["name"] != "decision" for r in shown["requirements"]):
            unfinished = [run for run in shown["runs"] if run["state"] in ("queued", "running")]
            if not unfinished and shown["run"] != "running":
                return shown
        if time.monotonic() > until:
            raise ReviewerError(f"the evidence took longer than {_EVIDENCE_SECONDS:.0f} s", "try on a quieter machine")
        time.sleep(0.1)


def _evidence(shown: dict[str, Any], say: Say) -> None:
    for run in shown["runs"]:
        if run["state"] == "not run":
            say("observed", f"{run['name']}: NOT RUN: {run['reason']}", run)
        else:
            text = f"{run['name']}: exit status {run['exit_status']} after {run['seconds'] or 0:.1f} s, contained"
            say("observed", text, run)
    findings = shown["findings"]
    say("scanned", f"{len(findings)} finding{'' if len(findings) == 1 else 's'}", {"findings": len(findings)})
    for finding in findings:
        text = f"{finding['severity']} {finding['category']} in {finding['file']}: {finding['message']}"
        say("finding", text, finding)
    for requirement in shown["requirements"]:
        say("requires", f"{requirement['name']}, {requirement['state']}: {requirement['why']}", requirement)
