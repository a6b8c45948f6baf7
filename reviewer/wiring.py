"""Joins the parts: settings in, a desk out. The only place where rooms that are strangers to each other meet."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.model.errors import ReviewerError, UsageError
from reviewer.repo.locate import Repository, locate
from reviewer.review.desk import Desk, Parts
from reviewer.settings import account_name, read_user
from reviewer.store.cache import Cache

if TYPE_CHECKING:
    from reviewer.attest.sign import Key
    from reviewer.model.finding import Finding
    from reviewer.pipelines.door import Pipeline
    from reviewer.review.discovery import Discovery
    from reviewer.store.decisions import Decisions
    from reviewer.store.feedback import FeedbackStore
    from reviewer.store.marks import Marks


def make_desk(home: Path, folder: Path | None = None, *, behind: bool = False) -> Desk:
    """A desk over a home, looking at the repository around `folder`; at every change where there is none.

    With `behind`, whoever has the desk calls `Desk.fill`.
    """
    user = read_user(home / "config.toml")

    @functools.lru_cache
    def named(place: str) -> str:
        # A change is submitted from the worktree that its agent was given.
        try:
            return locate(Path(place)).name
        except (ReviewerError, OSError, ValueError):
            return Path(place).name

    cache = Cache(home / "store" / "cache.db", me=account_name(user).raw, behind=behind, named=named)
    repository = _repository(folder)

    @functools.cache
    def discovery() -> Discovery:
        # As all of these, imported late: whoever only reads the store pays nothing for git or HTTP.
        from reviewer.repo.quarantine import Quarantine
        from reviewer.review.discovery import Discovery

        assert repository is not None
        return Discovery(repository, Quarantine.open(home, repository.repo_id), user.prefixes, cache, less_off)

    def less_off(findings: Sequence[Finding], settings: bytes) -> Sequence[Finding]:
        from reviewer.gate.layers import less_off

        try:
            return less_off(findings, settings, home)
        except UsageError:
            return findings  # a file that cannot be read turns nothing off

    def connect() -> Pipeline:
        if user.gate_url:
            from reviewer.pipelines.remote import connect_remote

            return connect_remote(user.gate_url, user.gate_token, lambda *named: _bundled(home, *named))
        from reviewer.pipelines.checkpoint import connect as connect_gate

        return connect_gate(home)

    def key() -> Key:
        from reviewer.attest.sign import Key

        return Key.load_or_create(home / "keys" / "desk")

    def decisions() -> Decisions:
        from reviewer.store.decisions import Decisions

        return Decisions(home / "store" / "decisions.db")

    def marks() -> Marks:
        from reviewer.store.marks import Marks

        return Marks(home / "store" / "marks.db")

    def feedback() -> FeedbackStore:
        from reviewer.store.feedback import FeedbackStore

        return FeedbackStore(home / "store" / "feedback.db")

    return Desk(
        Parts(
            home,
            cache,
            decisions,
            connect,
            key,
            account_name(user),
            time.time,
            lambda: str(uuid.uuid4()),
            repository,
            discovery if repository is not None else None,
            bool(user.gate_url),
            marks,
            feedback,
        )
    )


def _bundled(home: Path, folder: str, branch: str, target: str) -> tuple[str, bytes, Callable[[], bytes]]:
    """A branch as a gate elsewhere gets it: the repository's name, what is new on it, and how to get all of it."""
    from reviewer.repo.bundle import make_bundle
    from reviewer.repo.quarantine import Quarantine

    repository = locate(Path(folder))
    quarantine = Quarantine.open(home, repository.repo_id)
    new = make_bundle(quarantine, repository, branch, target)
    return repository.name, new, lambda: make_bundle(quarantine, repository, branch)


def _repository(folder: Path | None) -> Repository | None:
    if folder is None:
        return None
    try:
        return locate(folder)
    except UsageError as error:
        if "is not in a git repository" in error.message:
            return None
        raise
