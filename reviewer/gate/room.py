"""Keeps what runs leave within its limit: says what may be taken away, oldest first, and why something is gone.

What must stay true: nothing of a revision that is open, or that a decision on an open change names, is taken away, and
nothing that a step under way has just kept; of a record only the output goes, never its header, what happened, or its
trailer; a row says that a blob goes before it goes, so that what is gone after a crash is never unexplained.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reviewer.evidence.blobs import Blobs
from reviewer.gate.driver import Driver, Recorded
from reviewer.gate.events import Life
from reviewer.model.change import State
from reviewer.model.errors import MissingError, UsageError
from reviewer.model.run import Run
from reviewer.settings import read_user, size_words
from reviewer.text import show

_ENDED: Final = frozenset({State.LANDED, State.REJECTED, State.SUPERSEDED})
_LEFT: Final = 0.9
"""Of the limit, after room was made: so that it is not made anew for each run."""
_BATCH: Final = 200


@dataclass(slots=True)
class Named:
    """What the runs of all changes name. `may_go` are (since when, blobs, records among them), `facts` go last."""

    all: set[str] = field(default_factory=set)
    stays: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    may_go: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    facts: list[tuple[float, str]] = field(default_factory=list)

    def add(self, recorded: Recorded, decided: set[str]) -> None:
        """Take in one change, of which `decided` are the revisions that decisions were taken on."""
        life = recorded.life
        ended = has_ended(life)
        for run in life.runs:
            names = blobs_of(run)
            self.all.update(names)
            self.records |= {run.record} if run.record else set()
            if not ended and run.revision_digest in {life.current.digest, *decided}:
                self.stays.update(names)
                continue
            since = recorded.updated_at if ended else run.started_at or 0.0
            self.may_go.append((since, tuple(name for name in names if name != run.facts)))
            if run.facts is not None:
                self.facts.append((since, run.facts))

    def in_order(self, there: Iterable[str]) -> Iterator[str]:
        """What may go, first what nobody names, then the oldest; what rules read of a run after all the rest."""
        yield from sorted(name for name in there if name not in self.all)
        given: set[str] = set()
        for name in (
            *(name for _since, names in sorted(self.may_go) for name in names),
            *(name for _since, name in sorted(self.facts)),
        ):
            if name not in self.stays and name not in given:
                given.add(name)
                yield name


def has_ended(life: Life) -> bool:
    """Whether a change is over for good, and nothing of it is still to be judged."""
    return life.state in _ENDED and not life.judging


def blobs_of(run: Run) -> tuple[str, ...]:
    """The names of all that a run left."""
    reports = (report.blob for report in run.reports)
    return tuple(name for name in (run.log, *reports, run.record, run.facts) if name is not None)


class Room:
    """The room for evidence under one home."""

    def __init__(self, home: Path, blobs: Blobs, driver: Driver) -> None:
        self._home = home
        self._blobs = blobs
        self._driver = driver
        self._alone = threading.Lock()

    def limit(self) -> int:
        """Bytes, as the person's settings say now. Raises UsageError where they cannot be read."""
        return read_user(self._home / "config.toml").evidence_limit

    def make(self) -> None:
        """Take away what may go where more is kept than the limit. Raises UsageError where the limit cannot be read."""
        limit = self.limit()
        if self._blobs.used() <= limit:
            return
        with self._alone, self._blobs.clearing() as drop:
            # Listed before the changes are read: what is kept from here on is not among them.
            there = self._blobs.sizes()
            named = self._named()
            candidates = (name for name in named.in_order(there) if name in there)
            while (more := self._blobs.used() - int(limit * _LEFT)) > 0:
                batch = list(_worth(candidates, there, more))
                if not batch:
                    return
                self._driver.clear([name for name in batch if name in named.all], limit)
                for name in batch:
                    if name in named.records:
                        self._blobs.cut(name)
                    drop(name)

    def enter(self) -> None:
        """What every run does first. Raises UsageError where all that is kept must stay, and fills the limit."""
        self.make()
        if self._blobs.used() > self.limit():
            raise UsageError(
                f"no room for a run's record: {size_words(self._blobs.used())} are kept of changes that are open, and"
                f" the limit is {size_words(self.limit())}; decide them, or raise it: [evidence] limit in config.toml"
            )

    def _named(self) -> Named:
        named, after = Named(), 0
        while rows := self._driver.all(after, 100):
            for recorded in rows:
                life = recorded.life
                named.add(recorded, set() if has_ended(life) else self._driver.decided(life.change_id))
            after = rows[-1].seq
        return named

    def gone(self, name: str, recorded: Recorded | None = None, run: Run | None = None) -> MissingError:
        """Why a blob is not there, and how to have the like again."""
        limit = self._driver.cleared(name)
        what = "log" if run is not None and run.log == name else "file of a run"
        why = "is missing from the gate's folder"
        if limit is not None:
            why = f"was cleared to stay under the limit of {size_words(limit)}"
        return MissingError(f"this {what} {why}", _again(recorded, run))


def _worth(names: Iterator[str], sizes: Mapping[str, int], wanted: int) -> Iterator[str]:
    """The next names that hold `wanted` bytes together, a few hundred at most."""
    for _ in range(_BATCH):
        name = next(names, None) if wanted > 0 else None
        if name is None:
            return
        wanted -= sizes[name]
        yield name


def _again(recorded: Recorded | None, run: Run | None) -> str:
    if recorded is None or run is None:
        return "run it again: reviewer rerun CHANGE"
    change = recorded.life.change_id
    if recorded.life.state not in _ENDED:
        return f"run it again: reviewer rerun {change}"
    words = show(shlex.join(word.raw for word in run.command), limit=120)
    return f"run it again: reviewer run --change {change} -- {words}"
