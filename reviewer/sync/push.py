"""Delivers the outbox: each item until the pipeline has acknowledged or refused it.

What must stay true: that an item is being sent is written down before its first byte; it leaves the waiting states
only with the pipeline's own answer; what was sent and not answered is sent again, under the same id, which the
pipeline answers the same; nothing is ever sent about another revision than the one that was decided on.
"""

from __future__ import annotations

from typing import Final

from reviewer.model.decision import DecisionState
from reviewer.model.errors import LoginError, MissingError, ReviewerError, UnreachableError
from reviewer.pipelines.door import Pipeline
from reviewer.store.decisions import Decisions, Item

HOLD_SECONDS: Final = 10.0
_LONGEST_WAIT: Final = 60.0
# Not there, or not shown to us for now: looked into, and told as a conflict, once it was asked this often.
_MISSING_TRIES: Final = 5


def deliver(pipeline: Pipeline, decisions: Decisions, now: float, *, all_now: bool = False) -> list[Item]:
    """Send what is due, oldest first; returns the items as they are afterwards. Stops where nobody answers."""
    touched: list[str] = []
    for item in decisions.items(due=float("inf") if all_now else now):
        decisions.mark(item.item_id, DecisionState.SENDING)
        touched.append(item.item_id)
        if not _deliver(pipeline, decisions, item, now):
            break
    return [item for item in decisions.items() if item.item_id in touched]


def _deliver(pipeline: Pipeline, decisions: Decisions, item: Item, now: float) -> bool:
    """Send one item and note what became of it; whether the next one is worth a try."""
    later = now + min(_LONGEST_WAIT, 2.0 ** min(item.tries, 6))
    try:
        said = _send(pipeline, item, now)
    except UnreachableError as error:
        due = max(later, now + (error.retry_after or 0))
        decisions.mark(item.item_id, DecisionState.SEALED, said=error.message, due=due)
        # A gate that fails over one item may take the next; one that is silent or busy does not.
        return error.answered and error.retry_after is None
    except LoginError as error:
        said = f"{error.message}: it is kept, and sent once the gate knows us"
        decisions.mark(item.item_id, DecisionState.BLOCKED, said=said, due=later)
        return False
    except MissingError as error:
        state = _looked_up(pipeline, item) if item.tries + 1 >= _MISSING_TRIES else DecisionState.SEALED
        decisions.mark(item.item_id, state, said=error.message, due=later)
    except ReviewerError as error:
        # It moved on, we may not, or it is not what the gate takes: a new decision needs a new look.
        decisions.mark(item.item_id, DecisionState.CONFLICT, said=error.message)
    else:
        state = DecisionState.WITHDRAWN if said == "withdrawn" else DecisionState.CONFIRMED
        decisions.mark(item.item_id, state, said=said)
    return True


def _looked_up(pipeline: Pipeline, item: Item) -> DecisionState:
    """What became of an item whose change is said to be missing, though an earlier try may have arrived."""
    try:
        detail = pipeline.detail(item.change_id)
    except MissingError:
        return DecisionState.CONFLICT
    except ReviewerError:
        return DecisionState.SEALED
    arrived = {d.decision_id for d in detail.decisions} | {c.comment_id for c in detail.comments}
    return DecisionState.CONFIRMED if item.item_id in arrived else DecisionState.SEALED


def _send(pipeline: Pipeline, item: Item, now: float) -> str:
    if item.decision is not None:
        # Whoever decided long ago, on a train, has had the time to think again.
        at_once = item.now or now - item.at > HOLD_SECONDS
        return pipeline.decide(item.decision, now=at_once).status
    if item.comment is not None:
        return pipeline.comment(item.change_id, item.comment).status
    return ""
