"""The desk: everything that screens and commands ask for, over the store, the quarantine and a pipeline.

What must stay true: reading never waits for a pipeline; a decision is sealed first, recorded next and sent last; every
method may be called from any thread and returns values, never open things; whoever reads the inbox alone loads nothing
that reads repositories or differences, and waits for none of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.model.change import Change, State
from reviewer.model.errors import ReviewerError, StaleError, UnreachableError, UsageError
from reviewer.model.listing import Counts, Listing, Looked, Order, Row, Snooze
from reviewer.model.query import EVERYTHING, Query
from reviewer.store.cache import Cache
from reviewer.store.peek import peek_name
from reviewer.sync.pull import CURSOR, PULLED_AT, pull
from reviewer.text import Untrusted, show

if TYPE_CHECKING:
    from reviewer.attest.sign import Key
    from reviewer.model.decision import Reason, Verdict
    from reviewer.model.detail import ChangeDetail
    from reviewer.model.mark import Mark, Seen
    from reviewer.pipelines.door import Pipeline
    from reviewer.repo.locate import Repository
    from reviewer.repo.moved import Moved
    from reviewer.repo.quarantine import Quarantine
    from reviewer.review.comparison import Commits
    from reviewer.review.discovery import Discovery
    from reviewer.review.feedback import FeedbackDesk
    from reviewer.review.run_desk import RunDesk
    from reviewer.review.talk_desk import TalkDesk
    from reviewer.store.decisions import Decisions, Item, Leaf
    from reviewer.store.feedback import FeedbackStore
    from reviewer.store.marks import Marks


@dataclass(frozen=True, slots=True)
class Parts:
    """What a desk is joined from. `connect` opens the pipeline's door, `key` loads the reviewer's own key.

    `decisions`, `marks` and `feedback` open what is kept of them, once something is asked of it.

    `elsewhere`: the pipeline shares no disk with us, so that its repositories have other ids and its commits come here.
    """

    home: Path
    cache: Cache
    decisions: Callable[[], Decisions]
    connect: Callable[[], Pipeline]
    key: Callable[[], Key]
    reviewer: Untrusted
    clock: Callable[[], float]
    new_id: Callable[[], str]
    repository: Repository | None = None
    discovery: Callable[[], Discovery] | None = None
    elsewhere: bool = False
    marks: Callable[[], Marks] | None = None
    feedback: Callable[[], FeedbackStore] | None = None


class Desk:
    """One reviewer's side of the counter."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pipeline: Pipeline | None = None
        self._told: str | None = None
        """How far the store had been pulled when this desk said last what is new; another one may go on."""

    @cached_property
    def runs(self) -> RunDesk:
        """What is asked about runs."""
        from reviewer.review.run_desk import RunDesk

        return RunDesk(self._parts.home, self.pipeline)

    @cached_property
    def talk(self) -> TalkDesk:
        """What is asked about comments."""
        from reviewer.review.talk_desk import TalkDesk

        parts = self._parts
        return TalkDesk(
            parts.cache, self._decisions, parts.reviewer, parts.clock, parts.new_id, self.send, self.deliver
        )

    def close(self) -> None:
        """Let go of the store and the pipeline; nothing may be asked afterwards."""
        self._pipeline = None
        self._parts.cache.close()
        for name in ("_decisions", "_marks", "_feedback"):
            opened = self.__dict__.get(name)
            if opened is not None:
                opened.close()

    @cached_property
    def _decisions(self) -> Decisions:
        return self._parts.decisions()

    @cached_property
    def _marks(self) -> Marks | None:
        return self._parts.marks() if self._parts.marks is not None else None

    @cached_property
    def _feedback(self) -> FeedbackStore | None:
        return self._parts.feedback() if self._parts.feedback is not None else None

    # --- reading: the store alone -----------------------------------------------------------------------------------

    @property
    def reviewer(self) -> Untrusted:
        return self._parts.reviewer

    @property
    def notice(self) -> str:
        """What the store has to say once, such as that it was damaged; all of it is opened for this."""
        marks = self._marks.notice if self._marks is not None else ""
        said = self._feedback.notice if self._feedback is not None else ""
        return "; ".join(filter(None, (self._decisions.notice, self._parts.cache.notice, marks, said)))

    @property
    def place(self) -> str:
        """The name of the repository that the desk looks at, safe to show; empty where it stands in none."""
        return show(self._parts.repository.name, limit=60) if self._parts.repository else ""

    def now(self) -> float:
        return self._parts.clock()

    def changes(self) -> list[Change]:
        """Submitted changes of this repository (of all, where the desk stands in none), then branches by agents."""
        here = self._here
        rows = [row for row in self._parts.cache.changes() if here is None or row.repo_id == here]
        found = self._parts.discovery().listed({row.head for row in rows}) if self._parts.discovery else []
        return [*rows, *found]

    @property
    def _here(self) -> str | None:
        """The repository whose changes are listed; None for every one."""
        return self._parts.repository.repo_id if self._parts.repository and not self._parts.elsewhere else None

    def listing(
        self, query: Query = EVERYTHING, order: Order = Order.TURN, *, decided: bool = False, limit: int | None = None
    ) -> Listing:
        """Ids of rows of the inbox, in order; `limit` many at once, or all of them beside other questions."""
        return self._parts.cache.listing(self._here, query, order, decided=decided, limit=limit)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows of some ids that are still there."""
        return self._parts.cache.rows(ids)

    def counts(self) -> Counts:
        return self._parts.cache.counts(self._here)

    def values_of(self, key: str) -> list[str]:
        """What a key of the query language is known to hold, for completion."""
        return self._parts.cache.values_of(self._here, key)

    def looked(self, change: Change) -> None:
        """Remember what a change was like now that it was open."""
        at = Looked(change.revision, change.comments, change.run, change.state.value)
        self._parts.cache.looked(change.change_id, at)

    def snooze(self, change_ids: Sequence[str], until: Snooze | None) -> None:
        """Let changes sleep on this desk alone; None wakes them."""
        self._parts.cache.snooze(change_ids, until)

    def as_of(self) -> float | None:
        """When the store was last pulled, Unix seconds."""
        said = self._parts.cache.fact(PULLED_AT)
        return float(said) if said else None

    def fill(self, many: int) -> int:
        """Put `many` rows of the inbox in order anew, where a new name or version asks for it; how many are left."""
        return self._parts.cache.refill(many)

    def keep_peek(self, peek: Mapping[str, object]) -> None:
        """Keep a screenful of the inbox for the next start (`review/peek`)."""
        root = str(self._parts.repository.root) if self._parts.repository else ""
        self._parts.cache.set_fact(peek_name(root), json.dumps(peek))

    def find(self, prefix: str) -> str:
        """The id that `prefix` begins. Raises UsageError where none or several do."""
        # Ids are of ASCII; a word with bytes that are no text could not even be asked for.
        ids = self._parts.cache.matching(prefix) if prefix and prefix.isascii() else []
        if len(ids) != 1:
            why = "is the beginning of several changes" if ids else "names no submitted change"
            raise UsageError(f"{show(prefix, limit=60)} {why}", "see them with: reviewer list")
        return ids[0]

    def detail(self, change_id: str) -> ChangeDetail:
        """A change as it was last pulled. Raises UsageError for one that the store does not know."""
        detail = self._parts.cache.detail(change_id)
        if detail is None:
            raise UsageError(f"{show(change_id, limit=60)} is not in the store", "bring it with: reviewer sync")
        return self.feedback.weighed(detail) if self._feedback is not None else detail

    def gates(self, change_id: str) -> list[ChangeDetail]:
        """The open gates of the rollout that a change belongs to; none where it belongs to none."""
        from reviewer.model.deploy import deploy_of

        detail = self.detail(change_id)
        deploy = deploy_of(detail)
        return self._parts.cache.gates(detail.change.repo_id, deploy.rollout.raw) if deploy is not None else []

    @property
    def feedback(self) -> FeedbackDesk:
        """What people say of findings on this desk."""
        if self._feedback is None:
            raise UsageError("this desk keeps no feedback")
        from reviewer.review.feedback import FeedbackDesk

        return FeedbackDesk(self._feedback, self.reviewer, self._parts.clock, self._parts.new_id)

    # --- the difference ---------------------------------------------------------------------------------------------

    def _objects(self, change: Change) -> Quarantine:
        from reviewer.repo.quarantine import Quarantine

        quarantine = Quarantine.open(self._parts.home, change.repo_id)
        if change.state is State.DISCOVERED and self._parts.repository is not None:
            return quarantine.beside(self._parts.repository)
        if self._parts.elsewhere and not quarantine.has(change.head):
            self._bring(quarantine, change)
        return quarantine

    def _bring(self, quarantine: Quarantine, change: Change) -> None:
        """Get the commits of a change from a pipeline that shares no disk with us."""
        from reviewer.repo.bundle import take_bundle

        known = [change.base, *(revision.head for revision in self.detail(change.change_id).revisions)]
        data = self.pipeline().bundle(change.change_id, tuple(oid for oid in known[:100] if quarantine.has(oid)))
        if not data or take_bundle(quarantine, data, f"refs/pulled/{change.change_id}/head") != change.head:
            raise StaleError("the change has a newer revision", "bring it with: reviewer sync")

    def compared(self, change: Change) -> Commits:
        """The change's difference, to be read file by file."""
        from reviewer.review.comparison import Commits

        return Commits(self._objects(change), change.base, change.head)

    def moved(self, detail: ChangeDetail, since: str) -> Moved | None:
        """What the branch has beyond the commit `since`; None where it still stands there, or cannot be read."""
        from reviewer.repo.locate import locate
        from reviewer.repo.look import resolve
        from reviewer.repo.moved import moved
        from reviewer.repo.quarantine import Quarantine

        change = detail.change
        try:
            repository = locate(Path(change.repository.raw))
            new = resolve(repository, change.branch.raw)
            view = Quarantine.open(self._parts.home, change.repo_id).beside(repository)
            return moved(view, since, new) if new != since else None
        except (ReviewerError, OSError):
            return None

    # --- the pipeline -----------------------------------------------------------------------------------------------

    def pipeline(self) -> Pipeline:
        """The pipeline, connected to when first asked for. Raises UnreachableError."""
        if self._pipeline is None:
            self._pipeline = self._parts.connect()
        return self._pipeline

    def sync(self) -> int:
        """Send what waits, then pull what is new; returns how many changes came, by us or another desk of this home.

        Raises UnreachableError.
        """
        from reviewer.sync.push import deliver

        try:
            deliver(self.pipeline(), self._decisions, self.now())
            came = pull(self.pipeline(), self._parts.cache, self.now())
        except UnreachableError:
            # A gate that was killed is started again by the next to ask.
            self._pipeline = None
            raise
        by_others = not came and self._by_others()
        self._told = self._parts.cache.fact(CURSOR)
        return 1 if by_others else came

    def _by_others(self) -> bool:
        """Whether the store was pulled further, or anew, since this desk said last what is new."""
        return self._told is not None and self._told != self._parts.cache.fact(CURSOR)

    def wait(self, seconds: int) -> bool:
        """Wait until the pipeline has news, `seconds` at most; whether it has, or the store has them already."""
        if self._by_others():
            return True
        after = int(self._parts.cache.fact(CURSOR) or 0)
        try:
            return self.pipeline().wait(after, seconds) > after
        except UnreachableError:
            self._pipeline = None
            raise

    def discover(self, budget: float, tell: Callable[[], None] = lambda: None, *, newest: bool = False) -> bool:
        """Look for branches by agents and scan them, `budget` seconds at most; whether anything is new.

        `tell` is called whenever more is listed; `newest`: no more is done than to list the newest ones.
        """
        if self._parts.discovery is None or self._parts.repository is None:
            return False
        return self._parts.discovery().look(budget, tell, newest=newest)

    def unscanned(self) -> int:
        """How many branches the last look had no time to scan."""
        return self._parts.discovery().left if self._parts.discovery is not None else 0

    def submit(self, branch: str, target: str, agent: str, title: str, claim: str) -> ChangeDetail:
        """Put a branch of this repository into the queue."""
        if self._parts.repository is None:
            raise UsageError("not in a git repository", "change to one")
        root = str(self._parts.repository.root)
        for what, name in (("folder", root), ("branch", branch), ("target", target)):
            if any("\ud800" <= letter <= "\udfff" for letter in name):
                raise UsageError(f"the {what}'s name {show(name, limit=100)} is not UTF-8", "rename it, then submit")
        agent, title, claim = (said.encode("utf-8", "replace").decode() for said in (agent, title, claim))
        detail = self.pipeline().submit(root, branch, target, agent, title, claim)
        self._parts.cache.put(detail)
        return detail

    def open(self, change: Change) -> ChangeDetail:
        """The change with everything on it; a branch that nobody submitted becomes pending by this."""
        if change.state is not State.DISCOVERED:
            return self.detail(change.change_id)
        title = change.title.to_bytes().decode("utf-8", "replace")
        return self.submit(change.branch.raw, change.target.raw, change.agent.raw, title, "")

    def rerun(self, change_id: str) -> ChangeDetail:
        detail = self.pipeline().rerun(change_id)
        self._parts.cache.put(detail)
        return detail

    def cancel(self, change_id: str) -> int:
        """Stop what runs of a change; returns how many runs were told."""
        detail = self.pipeline().detail(change_id)
        return sum(self.pipeline().cancel(change_id, run.run_id) for run in detail.runs)

    def land(self, detail: ChangeDetail) -> str:
        """Fast-forward the worktree that has the target checked out to the approved result; returns the commit.

        Raises ReviewerError where nothing waits to land, or git would not have it.
        """
        from reviewer.repo.land import land_in_worktree
        from reviewer.repo.locate import locate
        from reviewer.repo.look import checked_out

        change = detail.change
        if change.state is not State.WAITING_TO_LAND or detail.landed is None:
            raise UsageError(f"the change is {change.state.value}", "only an approved change lands")
        target = change.target.raw
        folder = checked_out(locate(Path(change.repository.raw))).get(target)
        if folder is None:
            raise ReviewerError(f"{show(target)} is checked out nowhere", f"check it out: git switch {show(target)}")
        land_in_worktree(folder, detail.landed, target)
        self.pipeline().landed(change.change_id)
        self.sync()
        return detail.landed

    # --- marks: what was seen and reviewed --------------------------------------------------------------------------

    def marks(self, change_id: str) -> list[Mark]:
        return self._marks.of(change_id) if self._marks is not None else []

    def keep_marks(self, change_id: str, marks: Sequence[Mark]) -> None:
        if self._marks is not None:
            self._marks.keep(change_id, marks)

    # --- decisions --------------------------------------------------------------------------------------------------

    def decide(
        self,
        detail: ChangeDetail,
        verdict: Verdict,
        reason: str,
        acknowledged: Sequence[str] = (),
        *,
        now: bool = False,
        unattended: tuple[str, Key] | None = None,
        overrides: Sequence[str] = (),
        reasons: Sequence[Reason] = (),
    ) -> Item:
        """Seal, record and send a verdict; returns the outbox's row: confirmed, or what became of it."""
        return self.send(
            self.record(
                detail, verdict, reason, acknowledged, now=now, unattended=unattended, overrides=overrides,
                reasons=reasons,
            )
        )  # fmt: skip

    def record(
        self,
        detail: ChangeDetail,
        verdict: Verdict,
        reason: str,
        acknowledged: Sequence[str] = (),
        *,
        now: bool = False,
        unattended: tuple[str, Key] | None = None,
        seen: Seen | None = None,
        overrides: Sequence[str] = (),
        reasons: Sequence[Reason] = (),
    ) -> str:
        """Seal and record a verdict on exactly `detail`'s revision, its drafts with it; returns its id.

        No pipeline is waited for: it leaves with `send`, or with the next sync. `unattended` names a principal and
        its key, `overrides` requirements that are waived, `reasons` why this and what was acknowledged is fine.
        """
        # Imported late: whoever only reads pays nothing for cryptography.
        from reviewer.attest.statement import seal
        from reviewer.model.decision import Decision

        who, key = unattended if unattended else (None, self._parts.key())
        drafts = self.talk.drafts(detail.change.change_id) if who is None else []
        decision = Decision(
            self._parts.new_id(),
            detail.change.change_id,
            detail.change.digest,
            verdict,
            Untrusted(reason),
            Untrusted(who) if who else self.reviewer,
            self.now(),
            tuple(drafts),
            detail.current.result_tree,
            tuple(acknowledged),
            who is not None,
            seen=seen,
            overrides=tuple(overrides),
            reasons=tuple(reasons),
        )
        sealed = replace(decision, envelope=seal(decision, detail.current, key))
        self._decisions.add_decision(sealed, now=now)
        if who is None and self._feedback is not None:
            self.feedback.looked(detail)
        return sealed.decision_id

    def undo(self, change_id: str, decision_id: str) -> str:
        """Withdraw a decision: here while it was not sent, else at the gate while it is held. Raises StaleError."""
        from reviewer.model.decision import DecisionState
        from reviewer.store.cache import Draft

        if self._decisions.withdraw_unsent(decision_id):
            status = "withdrawn"
        else:
            status = self.pipeline().withdraw(change_id, decision_id).status
            self._decisions.mark(decision_id, DecisionState.WITHDRAWN)
        item = self._decisions.item(decision_id)
        for comment in item.decision.comments if item and item.decision else ():
            # What was to go with the verdict becomes a draft again: nothing that was written is lost.
            self._parts.cache.save_draft(Draft(change_id, comment), self.now())
        return status

    def outbox(self) -> list[Item]:
        return self._decisions.items()

    def log_of_decisions(self) -> list[Leaf]:
        """Every decision made on this desk, oldest first."""
        return self._decisions.log()

    def deliver(self) -> list[Item]:
        """Send what is due; returns what was tried. Nobody answering is not an error: it stays."""
        from reviewer.sync.push import deliver

        try:
            pipeline = self.pipeline()
        except ReviewerError:
            # Whoever syncs is told why. What was sealed is no failure: it waits.
            return []
        try:
            return deliver(pipeline, self._decisions, self.now(), all_now=True)
        except UnreachableError:
            self._pipeline = None
            return []

    def send(self, item_id: str) -> Item:
        """Send what is due; returns what became of one row of the outbox."""
        self.deliver()
        item = self._decisions.item(item_id)
        assert item is not None
        return item
