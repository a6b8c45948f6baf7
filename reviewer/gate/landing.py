"""Brings an approved change to its target, or says why it asks for a new look (DESIGN 8, `target_moved`).

What must stay true: what lands is the head, or its merge onto the target's tip, made from the quarantine; where runs
were made again over a result, exactly that commit lands; doing it twice is doing it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reviewer.gate.driver import Recorded
from reviewer.gate.events import Event, Landed, LandingRefused, Life, Refused, TargetMoved
from reviewer.gate.submission import settings_at
from reviewer.model.change import State
from reviewer.model.policy import Policy
from reviewer.repo.land import move_target
from reviewer.repo.locate import Repository, locate
from reviewer.repo.quarantine import Quarantine
from reviewer.settings import REPOSITORY_FILE, RepositorySettings
from reviewer.text import Untrusted, show


def land(
    recorded: Recorded, quarantine: Quarantine, policy_of: Callable[[RepositorySettings], Policy]
) -> Event | None:
    """Land the approved revision; None where it is no longer approved, so that there is nothing to do.

    `policy_of` puts the settings of a new tip together with the policy's other layers.
    """
    life = recorded.life
    if life.state is not State.APPROVED:
        return None
    revision = life.current
    repository = locate(Path(recorded.origin.repository.raw))
    target = recorded.origin.target.raw
    tip = _fetch_tip(repository, quarantine, life, target)
    if quarantine.is_ancestor(revision.head, tip):
        # A step that died between moving the ref and saying so.
        return Landed(revision.digest, tip, False)
    merged = quarantine.merge_tree(tip, revision.head)
    refreshed = replace(revision, target_tip=tip, result_tree=merged.tree, conflicts=merged.conflicts)
    why = _asks_again(life, quarantine, tip) if merged.tree else "conflicts with the target's new tip"
    if merged.tree is None or why:
        settings = settings_at(quarantine, tip)
        runs = tuple(spec.name for spec in settings.runs)
        return LandingRefused(revision.digest, why, refreshed, policy_of(settings), runs)
    result = _result(life, quarantine, tip, merged.tree)
    if tip != revision.target_tip and life.policy.target_moved == "rerun" and life.run_names:
        return TargetMoved(revision.digest, refreshed, result)
    landing = move_target(repository, quarantine, life.change_id, target, result, tip)
    return Landed(revision.digest, result, not landing.moved)


def _result(life: Life, quarantine: Quarantine, tip: str, tree: str) -> str:
    """The commit that lands: the head where it builds on the tip, else the two merged; always the same one."""
    revision = life.current
    if quarantine.is_ancestor(tip, revision.head):
        return revision.head
    if life.result is not None and tip == revision.target_tip:
        return life.result
    decided_at = max((vote.decided_at for vote in life.approvals), default=life.passed.at if life.passed else 0.0)
    message = f"Land change {life.change_id}, revision {revision.number}\n\nReviewed: {revision.digest}\n"
    if not life.approvals and life.passed is not None:
        # Nobody looked at it, and the history says so.
        head = message.split("\n")[0]
        message = f"{head}\n\nPassed-by-policy: {life.passed.rule} ({life.passed.source})\nDigest: {revision.digest}\n"
    return quarantine.commit(tree, [tip, revision.head], message, int(decided_at))


def _fetch_tip(repository: Repository, quarantine: Quarantine, life: Life, target: str) -> str:
    ours = f"refs/changes/{life.change_id}/{life.current.number}/landing"
    return quarantine.fetch(repository, {f"refs/heads/{target}": ours})[ours]


def _asks_again(life: Life, quarantine: Quarantine, tip: str) -> str:
    """Why a moved target asks for a new look, or nothing."""
    revision = life.current
    if tip == revision.target_tip:
        return ""
    name = REPOSITORY_FILE.encode()
    if quarantine.file(tip, name) != quarantine.file(revision.target_tip, name):
        return f"the target moved and changed its {REPOSITORY_FILE}: look again"
    rule = life.policy.target_moved
    if rule == "review":
        return "the target moved, and the policy says review: look again"
    if rule == "rerun" and life.run_names:
        return ""
    base = quarantine.merge_base(revision.target_tip, tip)
    common = quarantine.changed_paths(base, tip) & quarantine.changed_paths(revision.base, revision.head)
    if common:
        path = show(Untrusted.from_bytes(sorted(common)[0]), limit=80)
        return f"the target moved and touched {path} too: look again"
    return ""


def confirmed(recorded: Recorded, quarantine: Quarantine) -> Landed:
    """That a waiting result now stands on its target. Raises Refused where it does not."""
    life = recorded.life
    if life.state is not State.WAITING_TO_LAND or life.landed is None:
        raise Refused(f"the change is {life.state.value}")
    repository = locate(Path(recorded.origin.repository.raw))
    tip = _fetch_tip(repository, quarantine, life, recorded.origin.target.raw)
    if not quarantine.is_ancestor(life.landed, tip):
        raise Refused("the target does not contain the result yet")
    return Landed(life.current.digest, life.landed, False)
