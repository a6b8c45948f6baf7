"""Pulls a pipeline's changes into the cache, from where the last pull ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.store.cache import Cache

if TYPE_CHECKING:
    from reviewer.pipelines.door import Pipeline

CURSOR = "cursor"
GATE = "gate"
PULLED_AT = "pulled at"


def pull(pipeline: Pipeline, cache: Cache, now: float) -> int:
    """Bring what is new; returns how many changes. A kill half way loses nothing: the cursor moves last."""
    after = int(cache.fact(CURSOR) or 0)
    gate, rows = pipeline.changes(after)
    if gate != cache.fact(GATE):
        # Another gate's sequence numbers mean nothing here. The cursor goes back first, so that a cache that is
        # emptied here by one of two desks is filled again whichever of them dies.
        cache.set_fact(CURSOR, "0")
        cache.forget_changes()
        if after:
            gate, rows = pipeline.changes(0)
        after = 0
        cache.set_fact(GATE, gate)
    pulled = 0
    # The queue comes in parts, each of later events than the one before.
    while rows and rows[-1].seq > after:
        for row in rows:
            cache.put(pipeline.detail(row.change_id))
        pulled += len(rows)
        if int(cache.fact(CURSOR) or 0) < after:
            # The cache was begun anew under our hands: what came before is pulled again.
            after = 0
        else:
            after = rows[-1].seq
            cache.set_fact(CURSOR, str(after))
        _gate, rows = pipeline.changes(after)
    cache.set_fact(PULLED_AT, repr(now))
    return pulled
