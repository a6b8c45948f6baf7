"""Takes a branch in for review: fetched into the quarantine, merged on trial, its policy read from the target branch.

What must stay true: everything is made here from fetched objects, whatever the submitter says; the same head again is
the same change; a submission that was cut short has left nothing but objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reviewer.evidence.scan import measured
from reviewer.gate.driver import Driver, Origin, Recorded
from reviewer.gate.events import Submitted
from reviewer.gate.facts import facts_of
from reviewer.gate.layers import layers_of, policy_of
from reviewer.model.change import State
from reviewer.model.detail import Revision
from reviewer.model.errors import UsageError
from reviewer.model.run import check_name
from reviewer.repo.bundle import take_bundle
from reviewer.repo.locate import Repository, locate
from reviewer.repo.look import resolve
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import REPOSITORY_FILE, RepositorySettings, read_repository
from reviewer.text import Untrusted, show

_CLOSED = frozenset({State.LANDED, State.REJECTED, State.SUPERSEDED, State.APPROVED, State.WAITING_TO_LAND})


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody asks to have reviewed. `bundle` holds the branch's commits, where its repository is elsewhere.

    `agent` is a claim; `submitter` is the agent whose own token was used, empty where none was.
    """

    path: Path
    branch: str
    target: str
    agent: str
    title: str
    claim: str
    bundle: bytes | None = None
    submitter: str = ""


def settings_at(quarantine: Quarantine, tip: str) -> RepositorySettings:
    """The `reviewer.toml` of a commit of the target branch."""
    return read_repository(quarantine.file(tip, REPOSITORY_FILE.encode()), f"{REPOSITORY_FILE} of the target branch")


def receive(
    driver: Driver, home: Path, wanted: Submission, new_id: Callable[[], str], clock: Callable[[], float]
) -> str:
    """Put a branch's head into the queue; returns the change id. Raises UsageError for what cannot be reviewed."""
    repository = locate(wanted.path)
    branch, target = wanted.branch, wanted.target
    if branch == target:
        raise UsageError(f"{show(branch)} is the target itself", "name the agent's branch with: --branch B")
    tip = resolve(repository, target)
    head = resolve(repository, branch) if wanted.bundle is None else None
    earlier = _open_change(driver, repository.repo_id, branch, target)
    if earlier is not None and earlier.life.current.head == head:
        return earlier.life.change_id
    change_id = earlier.life.change_id if earlier else new_id()
    number = earlier.life.current.number + 1 if earlier else 1
    quarantine = Quarantine.open(home, repository.repo_id)
    head = _bring(quarantine, repository, wanted, f"refs/changes/{change_id}/{number}", head, tip)
    if earlier is not None and earlier.life.current.head == head:
        return change_id
    revision = _revision(quarantine, change_id, number, repository.repo_id, target, head, tip, wanted.claim, clock())
    settings = settings_at(quarantine, tip)
    facts = facts_of(
        quarantine, revision.base, head, tip, revision.result_tree, revision.size, wanted.agent, target,
        wanted.submitter,
    )  # fmt: skip
    names = tuple(spec.name for spec in settings.runs)
    checks = tuple(check_name(spec.name, kind) for spec in settings.runs for kind in spec.cross_checks)
    event = Submitted(change_id, revision, policy_of(settings, layers_of(home)), names, checks, facts)
    if earlier is not None:
        driver.apply(change_id, event)
    else:
        origin = Origin(
            Untrusted(str(wanted.path.resolve())),
            Untrusted(branch),
            Untrusted(target),
            Untrusted(wanted.agent),
            Untrusted(wanted.title),
            wanted.bundle is not None,
        )
        driver.create(change_id, repository.repo_id, origin, event)
    return change_id


def _bring(
    quarantine: Quarantine, repository: Repository, wanted: Submission, ours: str, head: str | None, tip: str
) -> str:
    """Fetch head and target under `ours`; returns the head."""
    refs = {f"refs/heads/{wanted.target}": f"{ours}/target"}
    if wanted.bundle is None:
        refs[f"refs/heads/{wanted.branch}"] = f"{ours}/head"
    got = quarantine.fetch(repository, refs)
    if wanted.bundle is not None:
        # The target's commits are here by now: a bundle may build on them.
        got[f"{ours}/head"] = head = take_bundle(quarantine, wanted.bundle, f"{ours}/head")
    if (got[f"{ours}/head"], got[f"{ours}/target"]) != (head, tip):
        raise UsageError("a branch moved while it was fetched", "submit it again")
    return got[f"{ours}/head"]


def _open_change(driver: Driver, repo_id: str, branch: str, target: str) -> Recorded | None:
    for recorded in driver.of_repository(repo_id):
        origin = recorded.origin
        if (origin.branch.raw, origin.target.raw) == (branch, target) and recorded.life.state not in _CLOSED:
            return recorded
    return None


def _revision(
    quarantine: Quarantine, change_id: str, number: int, repo_id: str, target: str, head: str, tip: str, claim: str,
    now: float,
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
        now,
        *measured(quarantine, base, head),
    )
