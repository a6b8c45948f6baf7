"""Delivers the outbox: each item until the pipeline has acknowledged or refused it.

What must stay true: an item leaves the outbox's waiting states only with the pipeline's answer; what was sent and
not answered is sent again, under the same id, which the pipeline answers the same.
"""

from __future__ import annotations

from typing import Final

from reviewer.model.decision import DecisionState
from reviewer.model.errors import ReviewerError, StaleError, UnreachableError
from reviewer.pipelines.door import Pipeline
from reviewer.store.decisions import Decisions, Item

HOLD_SECONDS: Final = 10.0
_LONGEST_WAIT: Final = 60.0


def deliver(pipeline: Pipeline, decisions: Decisions, now: float, *, all_now: bool = False) -> list[Item]:
    """Send what is due, oldest first; returns the items as they are afterwards. Stops where nobody answers."""
    touched: list[str] = []
    for item in decisions.items(due=float("inf") if all_now else now):
        decisions.mark(item.item_id, DecisionState.SENDING)
        touched.append(item.item_id)
        try:
            said = _send(pipeline, item, now)
        except UnreachableError as error:
            wait = min(_LONGEST_WAIT, 2.0 ** min(item.tries, 6))
            decisions.mark(item.item_id, DecisionState.SEALED, said=error.message, due=now + wait)
            break
        except StaleError as error:
            decisions.mark(item.item_id, DecisionState.CONFLICT, said=error.message)
        except ReviewerError as error:
            decisions.mark(item.item_id, DecisionState.BLOCKED, said=error.message)
        else:
            decisions.mark(item.item_id, DecisionState.CONFIRMED, said=said)
    return [item for item in decisions.items() if item.item_id in touched]


def _send(pipeline: Pipeline, item: Item, now: float) -> str:
    if item.decision is not None:
        # Whoever decided long ago, on a train, has had the time to think again.
        at_once = item.now or now - item.at > HOLD_SECONDS
        return pipeline.decide(item.decision, now=at_once).status
    if item.comment is not None:
        return pipeline.comment(item.change_id, item.comment).status
    return ""
