"""Does the steps of a change's life: scan, run, hold, land; each ends in one event, or is tried again and then named.

What must stay true: everything is made again here, from the quarantine and the target branch, whatever the submitter
says; a step that is done twice has the effect of one; a gate that ends leaves what was under way to the next one.
"""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from reviewer.attest.statement import open_envelope, signed_by, states
from reviewer.evidence.blobs import Blobs
from reviewer.evidence.crosscheck import run_beside
from reviewer.evidence.dependencies.prepare import with_dependencies
from reviewer.evidence.facts import judge_revision
from reviewer.evidence.log import head_of
from reviewer.evidence.run import run_revision
from reviewer.evidence.scan import files_over, scan_audited
from reviewer.gate.driver import KINDS, Driver, Recorded
from reviewer.gate.events import (
    CancelAsked,
    Command,
    Decided,
    Event,
    HoldElapsed,
    Life,
    PassAsked,
    PolicyRead,
    Refused,
    RunChanged,
    RunsJudged,
    ScanFinished,
)
from reviewer.gate.landing import confirmed, land
from reviewer.gate.layers import layers_of, policy_of
from reviewer.gate.lifecycle import run_id
from reviewer.gate.live import Live
from reviewer.gate.room import Room
from reviewer.gate.submission import Submission, receive, settings_at
from reviewer.model import failure
from reviewer.model.change import State
from reviewer.model.codec import to_json
from reviewer.model.decision import Decision
from reviewer.model.errors import ForbiddenError, MissingError, ReviewerError, StaleError, UnreachableError, UsageError
from reviewer.model.run import Conclusion, Run, RunSpec, RunState
from reviewer.policy.autonomy import Before
from reviewer.repo.locate import locate
from reviewer.repo.look import resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted, show

WAITS: Final = (1.0, 5.0, 20.0, 60.0, 240.0)
"""Seconds before a step that raised is tried again, time after time; after the last one it is given up and named."""


class Gate:
    """One embedded pipeline under a home folder. `new_id` gives a fresh change id, `clock` Unix seconds."""

    def __init__(
        self,
        home: Path,
        new_id: Callable[[], str],
        clock: Callable[[], float] = time.time,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self.home = home
        self.blobs = home / "gate" / "blobs"
        self.kept = Blobs(self.blobs)
        self.kept.tidy()
        self.driver = Driver(home / "gate" / "gate.db", clock, self._end_run)
        self.room = Room(home, self.kept, self.driver)
        self.live = Live(home / "gate" / "live")
        self.stopping = threading.Event()
        self._new_id = new_id
        self._clock = clock
        self._waits = waits
        self._under_way: dict[tuple[str, str, str], threading.Event] = {}
        self._submitting = threading.Lock()
        self._owed: list[tuple[Command, str]] = []

    def stop(self) -> None:
        """End what is under way; it is taken up again by the next gate on this home."""
        self.stopping.set()
        self.driver.wake()
        for cancel in list(self._under_way.values()):
            cancel.set()

    # --- submission -------------------------------------------------------------------------------------------------

    def submit(
        self, path: Path, branch: str, target: str, agent: str, title: str, claim: str, bundle: bytes | None = None,
        submitter: str = "",
    ) -> str:  # fmt: skip
        """Put a branch's head into the queue; returns the change id. The same head again is the same change.

        `submitter` is the agent whose own token was used.
        Raises UsageError for what cannot be reviewed, with what to do.
        """
        wanted = Submission(path, branch, target, agent, title, claim, bundle, submitter)
        # One after the other: two that bring the same branch must end as one change.
        with self._submitting:
            return receive(self.driver, self.home, wanted, self._new_id, self._clock)

    # --- decisions --------------------------------------------------------------------------------------------------

    def decide(self, decision: Decision, *, hold: float = 10, owner: str = "owner", key: str | None = None) -> str:
        """Take a decision; returns "accepted", or "withdrawn" where that came first.

        `owner` names whom the connection belongs to, `key` the public key that is known of them. Raises StaleError
        where branch or change moved on, ForbiddenError for a wrong signature, Refused where it is not allowed,
        UnreachableError where the repository is away for now.
        """
        recorded = self.driver.load(decision.change_id)
        once = (decision.decision_id, hashlib.sha256(to_json(decision)).hexdigest())
        if self.driver.answered(*once):
            return "withdrawn" if decision.decision_id in recorded.life.withdrawn else "accepted"
        self._authorised(decision, recorded.life, owner, key)
        if not recorded.origin.bundled:
            self._unmoved(recorded)
        try:
            self._read_policy(recorded)
            self.driver.apply(decision.change_id, Decided(decision, self._clock()), hold=hold, once=once)
        except Refused as refused:
            if refused.stale:
                raise StaleError(str(refused), "look at the change again", recorded.life.current.digest) from None
            raise
        return "accepted"

    def _read_policy(self, recorded: Recorded) -> None:
        """Take up what the policy says now, where that is something else. Raises UnreachableError where it is away."""
        life = recorded.life
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        try:
            policy = policy_of(settings_at(quarantine, life.current.target_tip), layers_of(self.home))
        except UsageError as error:
            raise UnreachableError(f"the policy cannot be read now: {error.message}", error.hint) from None
        if policy != life.policy:
            self.driver.apply(life.change_id, PolicyRead(life.current.digest, policy))

    def _before(self, recorded: Recorded) -> Before:
        """What happened that keeps a change from passing without a person."""
        now, head, branch = self._clock(), recorded.life.current.head, recorded.origin.branch
        others = self.driver.of_repository(recorded.repo_id)
        rejected = any(
            other.life.state is State.REJECTED and (other.origin.branch == branch or other.life.current.head == head)
            for other in others
        )
        passed = [other.life.passed for other in others if other.life.passed is not None]
        return Before(rejected=rejected, today=sum(each.at > now - 86_400 for each in passed))

    def _unmoved(self, recorded: Recorded) -> None:
        current, branch = recorded.life.current, recorded.origin.branch.raw
        try:
            repository = locate(Path(recorded.origin.repository.raw))
        except UsageError as error:
            raise UnreachableError(f"the repository cannot be read now: {error.message}", error.hint) from None
        try:
            head = resolve(repository, branch)
        except UsageError as error:
            raise StaleError(error.message, "the branch is gone; ask for it to be submitted again") from None
        if head != current.head:
            raise StaleError(
                f"the branch moved to {head[:12]} after it was submitted",
                "submit it again and look at what is new",
                current.digest,
            )

    def _authorised(self, decision: Decision, life: Life, owner: str, key: str | None) -> None:
        """Every decision carries an envelope that says the same, signed by a key that we know.

        For an unattended principal the target's policy names the key. For a person it is the one given, else the one
        of their first decision here. That proves that what was signed is what arrived, and that it was signed where
        that key lies; not that a person sat there: on the reviewer's own account every process reads the same files.
        """
        if decision.unattended:
            named = {p.name: p.key for p in life.policy.unattended}.get(decision.reviewer.raw)
            if named is None:
                raise Refused("the target branch's policy names no such unattended principal")
            known: str | None = named
        else:
            known = key or self.driver.key_of(owner)
        public = known or signed_by(decision.envelope)
        try:
            statement = open_envelope(decision.envelope, [public])
        except ReviewerError as error:
            raise ForbiddenError(error.message, "sign it with the key that decided here before") from None
        if not states(statement, decision):
            raise ForbiddenError("the envelope says something else than the decision", "decide again")
        if known is None:
            self.driver.keep_key(owner, public)

    # --- steps ------------------------------------------------------------------------------------------------------

    def step(self, kinds: Sequence[str] = KINDS) -> bool:
        """Do the next step that is due; False where there was none. Raises where the database cannot be used."""
        while self._owed:
            self.driver.fail(*self._owed[0], self._waits)
            del self._owed[0]
        command = None if self.stopping.is_set() else self.driver.take(kinds)
        if command is None:
            return False
        try:
            self._finish(command)
        except Exception as error:
            if not isinstance(error, ReviewerError | OSError | Refused):
                print("\n".join(failure.lines(error)), file=sys.stderr, flush=True)
            self._failed(command, error)
        return True

    def _finish(self, command: Command) -> None:
        recorded = self.driver.load(command.change_id)
        if recorded.life.current.digest != command.digest:
            self.driver.drop(command)
            return
        # What a run leaves is named by the event only: until then it is held.
        with self.kept.holding():
            event = self._do(command, recorded)
            if event is not None:
                self.driver.apply(command.change_id, event, done=command)
            elif not self.stopping.is_set():
                self.driver.drop(command)

    def _failed(self, command: Command, error: Exception) -> None:
        why = _why(error)
        try:
            # What is gone does not come back by itself.
            self.driver.fail(command, why, () if isinstance(error, MissingError) else self._waits)
        except ReviewerError:
            # The disk that refused the step may refuse this too: it is written down when it can be.
            self._owed.append((command, why))

    def _do(self, command: Command, recorded: Recorded) -> Event | None:
        """The event that the step ends in; None where there is nothing to do, or the gate is ending."""
        if command.kind in ("hold", "pass"):
            self._read_policy(recorded)
        if command.kind == "hold":
            return HoldElapsed(command.stage.removeprefix("hold "), self._clock())
        if command.kind == "pass":
            return PassAsked(command.digest, self._before(recorded), self._clock())
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        if command.kind == "scan":
            findings = scan_audited(quarantine, recorded.life.current.base, command.head)
            return ScanFinished(command.digest, tuple(findings))
        if command.kind == "judge":
            return self._judge(command, recorded.life, quarantine)
        if command.kind == "run":
            cancel = self._under_way.setdefault(command.key, threading.Event())
            try:
                return self._run(command, recorded.life, quarantine, cancel)
            finally:
                self._under_way.pop(command.key, None)
        self._read_policy(recorded)
        recorded = self.driver.load(command.change_id)
        return land(recorded, quarantine, lambda settings: policy_of(settings, layers_of(self.home)))

    # --- runs -------------------------------------------------------------------------------------------------------

    def _run(self, command: Command, life: Life, quarantine: Quarantine, cancel: threading.Event) -> Event | None:
        name, _, attempt = command.stage.removeprefix("run ").rpartition(" ")
        asked = next((r for r in life.runs if r.run_id == run_id(life, name, int(attempt))), None)
        if asked is None or asked.state not in (RunState.QUEUED, RunState.RUNNING):
            return None
        settings = settings_at(quarantine, life.current.target_tip)
        configured = asked.of or name
        spec = next((spec for spec in settings.runs if spec.name == configured), None)
        if spec is None or asked.check not in (None, *spec.cross_checks):
            return RunChanged(replace(asked, state=RunState.NOT_RUN, reason="no longer configured"))
        words = tuple(Untrusted(word) for word in spec.command)
        begun = replace(asked, command=words, state=RunState.RUNNING, started_at=self._clock(), reason="")
        after = self.driver.apply(command.change_id, RunChanged(begun))
        if not _is_running(after, asked):
            # Cancelled in this very moment.
            return None
        try:
            self.room.enter()
            place = self.home / "gate" / "prepared"
            commits = life.current.base, life.current.head
            spec = with_dependencies(spec, settings.prepare, quarantine, *commits, place, cancel)
            done = self._made(asked, life, spec, quarantine, cancel)
        except UsageError as error:
            # To try again would change nothing.
            return RunChanged(replace(begun, state=RunState.NOT_RUN, reason=error.message))
        finally:
            self.live.end(asked.run_id)
        done = replace(done, over=asked.over)
        if done.conclusion is not Conclusion.CANCELLED:
            return RunChanged(done)
        if _is_running(self.driver.load(command.change_id).life, asked):
            # Nobody asked for its end: the gate itself is ending, and the next one makes the run again.
            return None
        return RunChanged(replace(done, state=RunState.CANCELLED))

    def _made(
        self, asked: Run, life: Life, spec: RunSpec, quarantine: Quarantine, cancel: threading.Event
    ) -> Run:
        """The run itself, or the cross-check that it is."""
        base, head = life.current.base, life.current.head
        on_output = self.live.begin(asked.run_id, head_of(spec.limits.output))
        if asked.check is not None:
            return run_beside(
                quarantine,
                base,
                head,
                asked.revision_digest,
                asked.check,
                spec,
                self.kept,
                asked.run_id,
                attempt=asked.attempt,
                cancel=cancel,
                on_output=on_output,
            )
        files, unknown = files_over(quarantine, base, head, asked.over) if spec.reports else ([], "")
        run = run_revision(
            quarantine,
            asked.over or head,
            asked.revision_digest,
            spec,
            self.kept,
            asked.run_id,
            attempt=asked.attempt,
            cancel=cancel,
            on_output=on_output,
            files=files,
        )
        return replace(run, note="; ".join(filter(None, (run.note, unknown))))

    def _judge(self, command: Command, life: Life, quarantine: Quarantine) -> Event:
        """What the runs that have ended come to. One thread does this, so that the last word is about all of them."""
        current = life.current
        mine = [run for run in life.runs if run.revision_digest == command.digest and run.over is None]
        found = judge_revision(
            quarantine, current.base, current.head, current.claim, mine, self.kept, life.findings
        )
        return RunsJudged(command.digest, life.judging, tuple(found))

    def _end_run(self, command: Command) -> None:
        event = self._under_way.get(command.key)
        if event is not None:
            event.set()

    def cancel(self, change_id: str, name: str) -> bool:
        """End a run that is queued or under way; False where it had ended. Raises Refused for an unknown one."""
        before = self.driver.load(change_id).life
        return self.driver.apply(change_id, CancelAsked(name)) != before

    def log(self, change_id: str, name: str, offset: int, limit: int) -> tuple[Run, bytes]:
        """A run, and what it has written from `offset` on.

        Raises Refused where there is no such run, MissingError where its log is gone.
        """
        runs = {run.run_id: run for run in self.driver.load(change_id).life.runs}
        if name not in runs:
            raise Refused("there is no such run")
        part = self.live.read(name, offset, limit)
        # It may have ended between the two looks.
        recorded = self.driver.load(change_id)
        run = next(run for run in recorded.life.runs if run.run_id == name)
        if run.log is not None:
            try:
                with (self.blobs / run.log).open("rb") as file:
                    file.seek(offset)
                    part = file.read(limit)
            except FileNotFoundError:
                raise self.room.gone(run.log, recorded, run) from None
        return run, part or b""

    def bundle(self, change_id: str, have: Sequence[str]) -> bytes | None:
        """The commits of a change's current revision, less what `have` reaches; None where nothing is left."""
        recorded = self.driver.load(change_id)
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        current = recorded.life.current
        known = [oid for oid in have if quarantine.has(oid)]
        if any(quarantine.is_ancestor(current.head, oid) for oid in known):
            return None
        return quarantine.bundle(f"refs/changes/{change_id}/{current.number}/head", known)

    def confirm_landed(self, change_id: str) -> Life:
        """Note that a waiting result now stands on its target. Raises Refused where it does not."""
        recorded = self.driver.load(change_id)
        quarantine = Quarantine.open(self.home, recorded.repo_id)
        return self.driver.apply(change_id, confirmed(recorded, quarantine))


def _is_running(life: Life, asked: Run) -> bool:
    return any(run.run_id == asked.run_id and run.state is RunState.RUNNING for run in life.runs)


def _why(error: Exception) -> str:
    """One short sentence on what a step died of, safe to show."""
    if isinstance(error, ReviewerError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return show(f"{type(error).__name__}: {error}", limit=200)
