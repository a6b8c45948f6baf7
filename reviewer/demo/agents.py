"""Plays the demonstration's five agents: they commit, submit, wait for verdicts, answer and send next revisions.

Started as `python -m reviewer.demo.agents keep|remove FOLDER` beside the screens. What must stay true: agents know
nothing but their worktrees and the checkpoint API; what was done before this process began is not done again; when
whoever started it is gone, by any way of dying, it ends the gate and itself, and removes the folder if told to.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from reviewer.demo.changes import PROPOSALS, Proposal
from reviewer.demo.ending import remove, stop_gate
from reviewer.demo.place import Place
from reviewer.demo.repository import commit_revision
from reviewer.model.change import Change, State
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError, UnreachableError
from reviewer.pipelines.checkpoint import connect
from reviewer.pipelines.door import Pipeline
from reviewer.text import Untrusted, show_lines

_OPEN: Final = (State.PENDING, State.CONFLICT)
_QUOTED: Final = 8
"""Lines of what was asked that an answer repeats."""
_LONGEST: Final = 5.0
"""Seconds that one step of an agent may take, once everything is to end."""
_NO_MORE: Final = "I am a scripted agent, and that was my last revision."


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between two submissions; before a second look is taken unasked, and after the reviewer opened it."""

    between: float = 0.7
    second_look: float = 25.0
    opened: float = 4.0


class Agents:
    """All five in one thread. `connect` opens the gate's door; `clock` and `new_id` give Unix seconds and fresh ids."""

    def __init__(
        self,
        place: Place,
        connect: Callable[[], Pipeline],
        clock: Callable[[], float],
        new_id: Callable[[], str],
        pace: Pace,
    ) -> None:
        self._place = place
        self._connect = connect
        self._clock = clock
        self._new_id = new_id
        self._pace = pace
        self._opened: dict[str, float] = {}
        self._given_up: set[str] = set()
        self._gate: Pipeline | None = None
        self._working = threading.Lock()

    @property
    def gate(self) -> Pipeline:
        if self._gate is None:
            self._gate = self._connect()
        return self._gate

    def opened(self, branch: str) -> None:
        """The reviewer looks at this branch's change now. May be called from another thread."""
        self._opened.setdefault(branch, self._clock())

    def rest(self) -> None:
        """Let what is being done be finished; nothing is begun after this. Called from another thread."""
        self._working.acquire(timeout=_LONGEST)

    def play(self) -> None:
        """Submit everything, then wait for verdicts and answer them, for ever."""
        after = 0
        while True:
            try:
                self.look()
                after = self.gate.wait(after, 1)
            except UnreachableError as error:
                # A gate that was killed is started again by whoever asks next; nothing was lost.
                self._gate = None
                _note(error)
                time.sleep(1)

    def look(self) -> None:
        """Do once what is to be done now. What a branch refuses is noted and not tried again."""
        with self._working:
            rows = {row.branch.raw: row for row in self.gate.changes()[1]}
        for proposal in PROPOSALS:
            if proposal.slug in self._given_up:
                continue
            try:
                with self._working:
                    came = self._next(proposal, rows.get(proposal.branch))
                if came:
                    time.sleep(self._pace.between)
            except UnreachableError:
                raise
            except ReviewerError as error:
                self._given_up.add(proposal.slug)
                _note(error)

    def _next(self, proposal: Proposal, row: Change | None) -> bool:
        """Take the proposal's next step, if it has one; whether a new change came of it."""
        if row is None:
            self._submit(proposal, 1)
        elif row.state is State.CHANGES_REQUESTED:
            self._answer(proposal, self.gate.detail(row.change_id))
        elif proposal.second_look and row.revision == 1 and row.state in _OPEN and self._is_time(row):
            self._submit(proposal, 2)
        return row is None

    def _is_time(self, row: Change) -> bool:
        opened = self._opened.get(row.branch.raw, float("inf"))
        return self._clock() >= min(row.created_at + self._pace.second_look, opened + self._pace.opened)

    def _submit(self, proposal: Proposal, number: int) -> ChangeDetail:
        folder = commit_revision(self._place, proposal, number)
        claim = proposal.claim(number)
        return self.gate.submit(str(folder), proposal.branch, "main", proposal.agent, proposal.title, claim)

    def _answer(self, proposal: Proposal, detail: ChangeDetail) -> None:
        """Say what is done about what was asked, once, and send the next revision where there is one."""
        asked = [d for d in detail.decisions if d.verdict is Verdict.REQUEST_CHANGES]
        if not asked:
            return
        number = detail.change.revision + 1
        left = number <= proposal.revisions
        if not any(_by_agent(comment, asked[-1].decided_at) for comment in detail.comments):
            self._comment(proposal, detail, _remarks(detail, asked[-1]), proposal.claim(number) if left else _NO_MORE)
        if left:
            self._submit(proposal, number)

    def _comment(self, proposal: Proposal, detail: ChangeDetail, remarks: list[Comment], text: str) -> None:
        said = [line for remark in remarks if remark.body.raw.strip() for line in show_lines(remark.body)]
        quoted = "".join(f"> {line}\n" for line in said[:_QUOTED])
        comment = Comment(
            self._new_id(),
            detail.change.digest,
            Untrusted(proposal.agent),
            AuthorKind.AGENT,
            Untrusted(f"{quoted}\n{text}" if quoted else text),
            self._clock(),
            answers=next((r.comment_id for r in reversed(remarks) if r.comment_id), None),
        )
        self.gate.comment(detail.change.change_id, comment)


def _remarks(detail: ChangeDetail, decision: Decision) -> list[Comment]:
    """What the reviewer said on this revision: the reason first, then the comments."""
    spoken = [c for c in detail.comments if c.author_kind is AuthorKind.PERSON and c.revision_digest == decision.digest]
    reason = Comment("", decision.digest, decision.reviewer, AuthorKind.PERSON, decision.reason, decision.decided_at)
    return [reason, *spoken]


def _by_agent(comment: Comment, since: float) -> bool:
    return comment.author_kind is AuthorKind.AGENT and comment.created_at >= since


def _note(error: ReviewerError) -> None:
    print(error.message, file=sys.stderr, flush=True)


def _listen(place: Place, heard: IO[bytes], agents: Agents, *, removing: bool) -> None:
    for line in heard:
        agents.opened(line.rstrip(b"\n").decode("utf-8", "surrogateescape"))
    agents.rest()
    stop_gate(place.home)
    if removing:
        remove(place)
    os._exit(0)


def main(afterwards: str, folder: str) -> None:
    """Play until the pipe on standard input closes; each line on it names a branch that the reviewer has opened."""
    place = Place(Path(folder))
    agents = Agents(place, lambda: connect(place.home), time.time, lambda: str(uuid.uuid4()), Pace())
    told = {"removing": afterwards == "remove"}
    threading.Thread(target=_listen, args=(place, sys.stdin.buffer, agents), kwargs=told, daemon=True).start()
    agents.play()


if __name__ == "__main__":
    main(*sys.argv[1:])
