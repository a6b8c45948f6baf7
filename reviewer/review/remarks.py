"""Gathers what is said about lines of a difference - findings, comments, drafts - as remarks with their place; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewer.model.comment import Anchor, AuthorKind, Comment, CommentKind
from reviewer.model.finding import Finding, Side
from reviewer.review.lines import Line, Part, paragraph, severity_style
from reviewer.review.markdown import markdown
from reviewer.review.suggesting import parts, small_diff
from reviewer.review.threads import Thread, threads
from reviewer.text import EMPTY, Untrusted, fit, show, show_lines

if TYPE_CHECKING:
    from reviewer.model.detail import ChangeDetail


@dataclass(frozen=True, slots=True)
class Noted:
    """Something said about a file, or a line of it. `kind` is finding, comment, draft or run; `index` its place there.

    `said` is what the output of a run says of the line, safe to show.
    """

    kind: str
    index: int
    file: Untrusted
    side: Side
    line: int | None
    finding: Finding | None = None
    comment: Comment | None = None
    thread: Thread | None = None
    said: str = ""

    def lines(self, width: int) -> list[Line]:
        """How it is shown at a width; never empty."""
        if self.finding is not None:
            return finding_lines(self.finding, width)
        if self.said:
            return [((("  ✗ "), "run-failure"), *more) for more in paragraph(self.said, width - 6, "muted")][:3]
        if self.thread is not None:
            return thread_lines(self.thread, width)
        assert self.comment is not None
        return comment_lines(self.comment, width, draft=self.kind == "draft")


def gathered(detail: ChangeDetail, drafts: Sequence[Comment]) -> list[Noted]:
    """Everything that has a place in the difference of the current revision."""
    found = [Noted("finding", n, f.file, f.side, f.line, finding=f) for n, f in enumerate(detail.findings)]
    places = {comment.comment_id: n for n, comment in enumerate(detail.comments)}
    for thread in threads(detail.comments):
        if thread.root.anchor is not None:
            found.append(_noted("comment", places[thread.root.comment_id], thread.root, thread))
    found += [_noted("draft", n, draft) for n, draft in enumerate(drafts) if draft.anchor is not None]
    return found


def _noted(kind: str, index: int, comment: Comment, thread: Thread | None = None) -> Noted:
    """A comment at the last of its lines."""
    anchor = comment.anchor
    assert anchor is not None
    line = anchor.end if anchor.end is not None else anchor.start
    return Noted(kind, index, anchor.file, anchor.side, line, comment=comment, thread=thread)


def finding_lines(finding: Finding, width: int) -> list[Line]:
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    head = f"▲ {finding.severity.value} "
    text = paragraph(f"{show(finding.message, limit=400)}{times}", width - len(head) - 4)
    first, *rest = text
    lines: list[Line] = [(("  ", "text"), (head, severity_style(finding.severity) + " bold"), *first)]
    lines += [((" " * (len(head) + 2), "text"), *more) for more in rest]
    return lines


def thread_lines(thread: Thread, width: int) -> list[Line]:
    """A remark and its answers; a settled one keeps one line."""
    if thread.settled is not None:
        first = next(iter(show_lines(thread.root.body)), "")
        told = f"settled by {show(thread.settled.author, limit=40)}: "
        rest = [] if len(thread.answers) < 2 else [(f"  {len(thread.answers)} answers", "muted")]
        return [(("  ✓ ", "added"), (told, "muted"), (fit(first, max(8, width - 30)).rstrip(), "muted"), *rest)]
    lines = comment_lines(thread.root, width)
    for answer in thread.answers:
        lines += [((("  ", "text"), *line)) for line in comment_lines(answer, width - 2)]
    if thread.proposed is not None:
        lines.append((("    the agent says that this is done; X settles it", "claim italic"),))
    return lines


_KINDS = {CommentKind.INSTRUCTION: "asks for: ", CommentKind.QUESTION: "a question: ", CommentKind.NOTE: ""}


def comment_lines(comment: Comment, width: int, *, draft: bool = False) -> list[Line]:
    who = show(comment.author, limit=40)
    if draft:
        head = "✎ draft: leaves with your verdict"
    elif comment.author_kind is AuthorKind.AGENT:
        head = f"◆ {who}, the agent"
    else:
        head = f"● {who}"
    style = "run-waiting" if draft else "claim" if comment.author_kind is AuthorKind.AGENT else "accent"
    about: tuple[Part, ...] = ((f"  {_KINDS[comment.kind].rstrip(': ')}", style),) if _KINDS[comment.kind] else ()
    anchor = comment.anchor
    if anchor is not None and anchor.end is not None and anchor.start is not None and anchor.end > anchor.start:
        about = (*about, (f"  lines {anchor.start} to {anchor.end}", "muted"))
    lines: list[Line] = [(("  ", "text"), (head, f"{style} bold"), *about)]
    return [*lines, *body_lines(comment.body, anchor, width)]


def body_lines(body: Untrusted, anchor: Anchor | None, width: int) -> list[Line]:
    """What a comment says, its Markdown shown as what it means, a suggested edit as a small difference."""
    lines: list[Line] = []
    for suggested, texts in parts(body):
        if suggested:
            lines += small_diff(anchor.text if anchor is not None else EMPTY, texts[:200], "    ")
        else:
            lines += markdown(texts[:200], width - 4, "    ")
    while len(lines) > 1 and not "".join(text for text, _ in lines[-1]).strip():
        lines.pop()
    return lines
