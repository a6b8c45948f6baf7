"""Says which gates of one rollout may be decided on together, and what holds the others back; pure.

What must stay true: a gate is decided on only at the revision that was open on this desk since it was started; one
that is held back holds all of them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewer.model.decision import Verdict
from reviewer.model.deploy import Deploy, deploy_of
from reviewer.model.detail import ChangeDetail
from reviewer.model.mark import Seen
from reviewer.review.deciding import locks
from reviewer.review.inbox_rows import risk_words, run_words
from reviewer.review.lines import Line, paragraph
from reviewer.text import fit, show


@dataclass(frozen=True, slots=True)
class Opened:
    """The revision that was on screen, by its digest, and how much of it was."""

    digest: str
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """One change of a rollout; `held` says why it cannot be approved with the others, empty where it can."""

    detail: ChangeDetail
    deploy: Deploy
    held: tuple[str, ...]
    seen: Seen | None = None


def gates_of(details: Sequence[ChangeDetail], opened: Mapping[str, Opened]) -> list[Gate]:
    """The gates of a rollout; `opened` are the changes that were on screen, by their ids."""
    found = []
    for detail in details:
        deploy = deploy_of(detail)
        if deploy is not None:
            at = opened.get(detail.change.change_id)
            held = tuple(locks(detail, Verdict.APPROVE, (), detail))
            if at is None:
                held = ("not open since this start: look at it first", *held)
            elif at.digest != detail.change.digest:
                held = (f"revision {detail.change.revision} came after you looked: look again", *held)
            found.append(Gate(detail, deploy, held, at.seen if at is not None else None))
    return found


def locked(asked: Sequence[Gate], newest: Sequence[Gate]) -> str:
    """Why gates that were asked about cannot be approved as they are now; empty where they can."""

    def named(gates: Sequence[Gate]) -> list[tuple[str, str]]:
        return sorted((gate.detail.change.change_id, gate.detail.change.digest) for gate in gates)

    if not newest:
        return "none of its gates is open any more"
    if named(asked) != named(newest):
        return "it has other gates by now: leave, and ask again"
    held = sum(bool(gate.held) for gate in newest)
    return f"{held} of {len(newest)} {'is' if held == 1 else 'are'} held back, as said above" if held else ""


def gate_lines(gate: Gate, width: int) -> list[Line]:
    """One gate: what goes where, at which revision, what is known of it, and what holds it back."""
    change, deploy = gate.detail.change, gate.deploy
    sign, style = ("✗", "run-failure") if gate.held else ("✓", "run-success")
    where = f"{show(deploy.environment, limit=40)}, {show(deploy.stage, limit=40)}"
    lines: list[Line] = [
        ((f"{sign} ", style), (fit(where, min(len(where), width - 2)), "text bold")),
        (("  ", "text"), (fit(show(change.title, limit=300), width - 2), "text")),
        (
            ("  ", "text"),
            (f"r{change.revision} {change.digest[:12]}  {deploy.live[:8]}→{deploy.commit[:8]}  flags ", "muted"),
            risk_words(change),
            ("  run ", "muted"),
            run_words(change.run),
        ),
    ]
    for why in gate.held:
        lines += paragraph(why, width - 2, "run-waiting", indent="  ")
    if gate.seen is not None and gate.seen.shown < gate.seen.hunks:
        left = f"{gate.seen.hunks - gate.seen.shown} of {gate.seen.hunks} hunks were never on screen"
        lines += paragraph(left, width - 2, "run-waiting", indent="  ")
    return lines
