"""Compares a revision with an earlier one, what the target brought in between taken out.

What must stay true: both sides stand on the same base, so that only what the change itself did since is shown; where
that cannot be made the plain difference is shown, and it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reviewer.model.detail import Revision
from reviewer.model.errors import ReviewerError
from reviewer.review.comparison import Commits

IN_THE_WAY: Final = "the target's own changes are in it: they conflict with the earlier revision"


def since(commits: Commits, earlier: Revision, later: Revision) -> tuple[Commits, str]:
    """What `later`, whose difference is `commits`, has changed since `earlier`, and its title. Raises ReviewerError."""
    title = f"revision {earlier.number} → {later.number}"
    if earlier.base == later.base:
        return replace(commits, base=earlier.head), title
    try:
        moved = commits.quarantine.merge_tree(later.base, earlier.head).tree
    except ReviewerError as error:
        raise ReviewerError(
            f"revision {earlier.number} is not here any more: {error.message}", "look at the whole difference instead"
        ) from None
    if moved is None:
        return replace(commits, base=earlier.head), f"{title}, {IN_THE_WAY}"
    message = f"revision {earlier.number} on the base of {later.number}"
    there = commits.quarantine.commit(moved, [later.base], message, int(later.submitted_at))
    return replace(commits, base=there), f"{title}, on the same base"


def looked_at_last(revisions: Sequence[Revision], seen: frozenset[str]) -> Revision | None:
    """The newest revision but the current one of which something was seen; `seen` are digests."""
    return next((revision for revision in reversed(revisions[:-1]) if revision.digest in seen), None)
