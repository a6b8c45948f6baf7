"""The desk's part about comments: what is being written, what was sent, and threads that are settled.

What must stay true: a draft is kept until the pipeline shows it; only a person's word settles a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reviewer.model.comment import Anchor, AuthorKind, Comment, CommentKind
from reviewer.model.detail import ChangeDetail
from reviewer.store.cache import Cache, Draft
from reviewer.store.decisions import Decisions, Item
from reviewer.text import Untrusted


class TalkDesk:
    """What screens and commands ask about comments. `send` and `deliver` are the desk's, to bring them on their way."""

    def __init__(
        self,
        cache: Cache,
        decisions: Decisions,
        reviewer: Untrusted,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        send: Callable[[str], Item],
        deliver: Callable[[], object],
    ) -> None:
        self._cache = cache
        self._decisions = decisions
        self._reviewer = reviewer
        self._clock = clock
        self._new_id = new_id
        self._send = send
        self._deliver = deliver

    def drafts(self, change_id: str) -> list[Comment]:
        """What was written and not sent. A draft is dropped only once the pipeline shows it; refused, it is back."""
        kept = self._cache.drafts(change_id)
        if not kept:
            return []
        detail = self._cache.detail(change_id)
        arrived = {comment.comment_id for comment in detail.comments} if detail else set()
        digest = detail.change.digest if detail else ""
        for comment in kept:
            if comment.comment_id in arrived:
                self.drop_draft(comment.comment_id)
        away = arrived | self._decisions.carried(change_id, digest)
        return [comment for comment in kept if comment.comment_id not in away]

    def draft(
        self,
        detail: ChangeDetail,
        body: str,
        anchor: Anchor | None,
        draft_id: str | None = None,
        kind: CommentKind = CommentKind.NOTE,
        answers: str | None = None,
    ) -> Comment:
        """Keep a comment for later; with `draft_id` it replaces that one."""
        comment = self._comment(detail, body, anchor, draft_id or self._new_id())
        comment = replace(comment, kind=kind, answers=answers)
        self._cache.save_draft(Draft(detail.change.change_id, comment), self._clock())
        return comment

    def drop_draft(self, draft_id: str) -> None:
        self._cache.drop_draft(draft_id)

    def _comment(self, detail: ChangeDetail, body: str, anchor: Anchor | None, comment_id: str) -> Comment:
        return Comment(
            comment_id,
            detail.change.digest,
            self._reviewer,
            AuthorKind.PERSON,
            Untrusted(body),
            self._clock(),
            anchor,
            kind=CommentKind.NOTE,
        )

    def comment(
        self,
        detail: ChangeDetail,
        body: str,
        anchor: Anchor | None = None,
        agent: str = "",
        kind: CommentKind = CommentKind.NOTE,
        answers: str | None = None,
        *,
        resolved: bool = False,
    ) -> Item:
        """Send one comment, as the reviewer or as the agent named."""
        comment = self._comment(detail, body, anchor, self._new_id())
        comment = replace(comment, kind=kind, answers=answers, resolved=resolved)
        if agent:
            comment = replace(comment, author=Untrusted(agent), author_kind=AuthorKind.AGENT)
        self._decisions.add_comment(detail.change.change_id, comment)
        return self._send(comment.comment_id)

    def settle(self, detail: ChangeDetail, root: Comment, *, done: bool) -> Item:
        """Resolve a thread, or open it again, as the reviewer."""
        said = "Resolved." if done else "Open again."
        return self.comment(detail, said, root.anchor, answers=root.comment_id, resolved=done)

    def send_drafts(self, detail: ChangeDetail) -> int:
        """Send the drafts of a change without a verdict; returns how many."""
        drafts = self.drafts(detail.change.change_id)
        for comment in drafts:
            self._decisions.add_comment(detail.change.change_id, comment)
        self._deliver()
        return len(drafts)
