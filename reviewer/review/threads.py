"""Puts comments together as threads: a remark, its answers, and whether it is settled; pure.

What must stay true: only a person settles a thread; what an agent says of that is a proposal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.model.comment import AuthorKind, Comment


@dataclass(frozen=True, slots=True)
class Thread:
    """`settled` names the person who resolved it, empty where it is open; `proposed` the agent who asks for that."""

    root: Comment
    answers: tuple[Comment, ...] = ()
    settled: Comment | None = None
    proposed: Comment | None = None


def threads(comments: Sequence[Comment]) -> list[Thread]:
    """The threads in the order of their first remark; an answer to what is not there begins one itself."""
    by_id = {comment.comment_id: comment for comment in comments}
    members: dict[str, list[Comment]] = {}
    for comment in comments:
        members.setdefault(_root(comment, by_id), []).append(comment)
    return [_thread(by_id[root], [c for c in found if c.comment_id != root]) for root, found in members.items()]


def _root(comment: Comment, by_id: dict[str, Comment]) -> str:
    seen = {comment.comment_id}
    while comment.answers is not None and comment.answers in by_id and comment.answers not in seen:
        comment = by_id[comment.answers]
        seen.add(comment.comment_id)
    return comment.comment_id


def _thread(root: Comment, answers: Sequence[Comment]) -> Thread:
    settled: Comment | None = None
    proposed: Comment | None = None
    for answer in sorted(answers, key=lambda comment: comment.created_at):
        if answer.author_kind is AuthorKind.PERSON:
            # Whoever speaks up again opens the thread again.
            settled, proposed = (answer if answer.resolved else None), None
        elif answer.resolved:
            proposed = answer
    return Thread(root, tuple(answers), settled, proposed)
