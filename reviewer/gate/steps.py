"""Does the steps of a change's life: fetch on submission, scan, run, hold, land; each ends in one event.

What must stay true: everything is made again here, from the quarantine and the target branch, whatever the submitter
says; a step that is done twice has the effect of one.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from reviewer.attest.statement import open_envelope, states
from reviewer.evidence.run import run_revision
from reviewer.evidence.scan import scan_revision, size_of
from reviewer.gate.driver import Driver, Origin, Recorded
from reviewer.gate.lifecycle import (
    Command,
    Decided,
    Event,
    HoldElapsed,
    Landed,
    LandingRefused,
    Life,
    Refused,
    RunChanged,
    ScanFinished,
    Submitted,
)
from reviewer.model.change import Revision, State
from reviewer.model.codec import to_json
from reviewer.model.decision import Decision
from reviewer.model.errors import StaleError, UsageError
from reviewer.model.run import Run, RunState
from reviewer.repo.land import move_target
from reviewer.repo.locate import Repository, locate
from reviewer.repo.look import resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import REPOSITORY_FILE, RepositorySettings, read_repository
from reviewer.text import Untrusted, show

_CLOSED = frozenset({State.LANDED, State.REJECTED, State.SUPERSEDED, State.APPROVED, State.WAITING_TO_LAND})

RETRY_SECONDS: Final = 5.0


class Gate:
    """One embedded pipeline under a home folder. `new_id` gives a fresh change id, `clock` Unix seconds."""

    def __init__(self, home: Path, new_id: Callable[[], str], clock: Callable[[], float] = time.time) -> None:
        self.home = home
        self.blobs = home / "gate" / "blobs"
        self.driver = Driver(home / "gate" / "gate.db", clock)
        self._new_id = new_id
        self._clock = clock
        self._cancel: dict[str, threading.Event] = {}

    # --- submission -------------------------------------------------------------------------------------------------

    def submit(self, path: Path, branch: str, target: str, agent: str, title: str, claim: str) -> str:
        """Put a branch's head into the queue; returns the change id. The same head again is the same change.

        Raises UsageError for what cannot be reviewed, with what to do.
        """
        repository = locate(path)
        if branch == target:
            raise UsageError(f"{show(branch)} is the target itself", "name the agent's branch with: --branch B")
        head, tip = resolve(repository, branch), resolve(repository, target)
        earlier = self._open_change(repository.repo_id, branch, target)
        if earlier is not None and earlier.life.current.head == head:
            return earlier.life.change_id
        change_id = earlier.life.change_id if earlier else self._new_id()
        number = earlier.life.current.number + 1 if earlier else 1
        quarantine = Quarantine.open(self.home, repository.repo_id)
        ours = f"refs/changes/{change_id}/{number}"
        wanted = {f"refs/heads/{branch}": f"{ours}/head", f"refs/heads/{target}": f"{ours}/target"}
        got = quarantine.fetch(repository, wanted)
        if (got[f"{ours}/head"], got[f"{ours}/target"]) != (head, tip):
            raise UsageError("a branch moved while it was fetched", "submit it again")
        revision = self._revision(quarantine, change_id, number, repository.repo_id, target, head, tip, claim)
        settings = self._settings(quarantine, tip)
        runs = tuple(spec.name for spec in settings.runs)
        event = Submitted(change_id, revision, settings.policy, runs)
        if earlier is not None:
            self.driver.apply(change_id, event)
        else:
            origin = Origin(*map(Untrusted, (str(path.resolve()), branch, target, agent, title)))
            self.driver.create(change_id, repository.repo_id, origin, event)
        return change_id

    def _open_change(self, repo_id: str, branch: str, target: str) -> Recorded | None:
        for recorded in reversed(self.driver.all()):
            origin = recorded.origin
            same = (recorded.repo_id, origin.branch.raw, origin.target.raw) == (repo_id, branch, target)
            if same and recorded.life.state not in _CLOSED:
                return recorded
        return None

    def _revision(
        self, quarantine: Quarantine, change_id: str, number: int, repo_id: str, target: str, head: str, tip: str,
        claim: str,
    ) -> Revision:  # fmt: skip
        base = quarantine.merge_base(tip, head)
        if base == head:
            raise UsageError("the branch holds nothing that the target does not", "commit to it, then submit")
        if not quarantine.changed_paths(base, head):
            raise UsageError("the branch's commits change no file", "there is nothing to review")
        subject = json.dumps(
            {
                "version": 1,
                "kind": "code",
                "repository": repo_id,
                "change": change_id,
                "revision": number,
                "head": head,
                "base": base,
                "target": f"refs/heads/{target}",
            },
            sort_keys=True,
        )
        merged = quarantine.merge_tree(tip, head)
        return Revision(
            number,
            hashlib.sha256(subject.encode()).hexdigest(),
            subject,
            head,
            base,
            f"refs/heads/{target}",
            tip,
            merged.tree,
            merged.conflicts,
            Untrusted(claim),
            self._clock(),
            size_of(quarantine, base, head),
        )

    def _settings(self, quarantine: Quarantine, tip: str) -> RepositorySettings:
        data = quarantine.file(tip, REPOSITORY_FILE.encode())
        return read_repository(data, f"{REPOSITORY_FILE} of the target branch")

    # --- decisions --------------------------------------------------------------------------------------------------

    def decide(self, decision: Decision, *, hold: float = 10) -> Life:
        """Take a decision. Raises StaleError where branch or change moved on, Refused where it is not allowed."""
        recorded = self.driver.load(decision.change_id)
        once = (decision.decision_id, hashlib.sha256(to_json(decision)).hexdigest())
        if self.driver.answered(*once):
            return recorded.life
        self._authorised(decision, recorded.life)
        repository = locate(Path(recorded.origin.repository.raw))
        head = resolve(repository, recorded.origin.branch.raw)
        if head != recorded.life.current.head:
            raise StaleError(
                f"the branch moved to {head[:12]} after it was submitted",
                "submit it again and look at what is new",
                recorded.life.current.digest,
            )
        try:
            return self.driver.apply(decision.change_id, Decided(decision), hold=hold, once=once)
        except Refused as refused:
            if refused.stale:
                raise StaleError(str(refused), "look at the change again", recorded.life.current.digest) from None
            raise

    def _authorised(self, decision: Decision, life: Life) -> None:
        """An unattended approval needs a principal that the target's policy names, and that one's signature."""
        if not decision.unattended:
            return
        names = {p.name: p.key for p in life.policy.unattended}
        key = names.get(decision.reviewer.raw)
        if key is None:
            raise Refused("the target branch's policy names no such unattended principal")
        if not states(open_envelope(decision.envelope, [key]), decision):
            raise Refused("the envelope says something else than the decision")

    # --- steps ------------------------------------------------------------------------------------------------------

    def step(self) -> bool:
        """Do the next step that is due; False where there was none."""
        command = self.driver.take()
        if command is None:
            return False
        recorded = self.driver.load(command.change_id)
        if recorded.life.current.digest != command.digest and command.kind != "hold":
            self.driver.drop(command)
            return True
        try:
            event = self._do(command, recorded)
            self.driver.apply(command.change_id, event, done=command)
        except BaseException:
            # A full disk, a repository that is away: the step waits, and is never lost.
            self.driver.postpone(command, RETRY_SECONDS)
            raise
        return True

    def _do(self, command: Command, recorded: Recorded) -> Event:
        if command.kind == "hold":
            return HoldElapsed(command.stage.removeprefix("hold "))
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        if command.kind == "scan":
            findings = scan_revision(quarantine, recorded.life.current.base, command.head)
            return ScanFinished(command.digest, tuple(findings))
        if command.kind == "run":
            return self._run(command, recorded, quarantine)
        return self._land(recorded, quarantine)

    def _run(self, command: Command, recorded: Recorded, quarantine: Quarantine) -> Event:
        name, _, attempt = command.stage.removeprefix("run ").rpartition(" ")
        # The same step after a crash has the same id: it replaces its own unfinished run.
        run_id = f"{command.change_id}-{recorded.life.current.number}-{name.replace(' ', '_')}-{attempt}"
        settings = self._settings(quarantine, recorded.life.current.target_tip)
        spec = next((spec for spec in settings.runs if spec.name == name), None)
        if spec is None:
            missing = Run(run_id, command.digest, name, (), RunState.NOT_RUN, reason="no longer configured")
            return RunChanged(missing)
        words = tuple(Untrusted(word) for word in spec.command)
        begun = Run(run_id, command.digest, name, words, RunState.RUNNING, attempt=int(attempt))
        self.driver.apply(command.change_id, RunChanged(replace(begun, started_at=self._clock())))
        cancel = self._cancel.setdefault(run_id, threading.Event())
        done = run_revision(
            quarantine, command.head, command.digest, spec, self.blobs, run_id, attempt=int(attempt), cancel=cancel
        )
        self._cancel.pop(run_id, None)
        return RunChanged(replace(done, state=RunState.CANCELLED) if cancel.is_set() else done)

    def confirm_landed(self, change_id: str) -> Life:
        """Note that a waiting result now stands on its target. Raises Refused where it does not."""
        recorded = self.driver.load(change_id)
        life = recorded.life
        if life.state is not State.WAITING_TO_LAND or life.landed is None:
            raise Refused(f"the change is {life.state.value}")
        repository = locate(Path(recorded.origin.repository.raw))
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        tip = self._fetch_tip(repository, quarantine, life, recorded.origin.target.raw)
        if not quarantine.is_ancestor(life.landed, tip):
            raise Refused("the target does not contain the result yet")
        return self.driver.apply(change_id, Landed(life.current.digest, life.landed, False))

    def cancel(self, run_id: str) -> bool:
        """Stop a run that is under way here; False where there is none of that id."""
        event = self._cancel.get(run_id)
        if event is not None:
            event.set()
        return event is not None

    def _land(self, recorded: Recorded, quarantine: Quarantine) -> Event:
        life, origin = recorded.life, recorded.origin
        revision = life.current
        repository = locate(Path(origin.repository.raw))
        target = origin.target.raw
        tip = self._fetch_tip(repository, quarantine, life, target)
        if quarantine.is_ancestor(revision.head, tip):
            # A step that died between moving the ref and saying so.
            return Landed(revision.digest, tip, False)
        merged = quarantine.merge_tree(tip, revision.head)
        why = self._asks_again(life, quarantine, tip) if merged.tree else "conflicts with the target's new tip"
        if merged.tree is None or why:
            refreshed = replace(revision, target_tip=tip, result_tree=merged.tree, conflicts=merged.conflicts)
            return LandingRefused(revision.digest, why, refreshed)
        result = revision.head
        if not quarantine.is_ancestor(tip, revision.head):
            decided_at = max(vote.decided_at for vote in life.approvals)
            message = f"Land change {life.change_id}, revision {revision.number}\n\nReviewed: {revision.digest}\n"
            result = quarantine.commit(merged.tree, [tip, revision.head], message, int(decided_at))
        landing = move_target(repository, quarantine, life.change_id, target, result, tip)
        return Landed(revision.digest, result, not landing.moved)

    def _fetch_tip(self, repository: Repository, quarantine: Quarantine, life: Life, target: str) -> str:
        ours = f"refs/changes/{life.change_id}/{life.current.number}/landing"
        return quarantine.fetch(repository, {f"refs/heads/{target}": ours})[ours]

    def _asks_again(self, life: Life, quarantine: Quarantine, tip: str) -> str:
        """Why a moved target asks for a new look, or nothing (DESIGN 8, `target_moved`)."""
        revision = life.current
        if tip == revision.target_tip:
            return ""
        if life.policy.target_moved != "clean":
            return f"the target moved, and the policy says {life.policy.target_moved}: look again"
        base = quarantine.merge_base(revision.target_tip, tip)
        common = quarantine.changed_paths(base, tip) & quarantine.changed_paths(revision.base, revision.head)
        if common:
            name = show(Untrusted.from_bytes(sorted(common)[0]), limit=80)
            return f"the target moved and touched {name} too: look again"
        return ""
