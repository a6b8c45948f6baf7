"""Gathers what is said about lines of a difference - findings, comments, drafts - as remarks with their place; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviewer.model.change import ChangeDetail
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.finding import Finding, Side
from reviewer.review.lines import Line, paragraph, severity_style
from reviewer.text import Untrusted, show, show_lines


@dataclass(frozen=True, slots=True)
class Noted:
    """Something said about a file, or a line of it. `kind` is finding, comment or draft; `index` its place there."""

    kind: str
    index: int
    file: Untrusted
    side: Side
    line: int | None
    finding: Finding | None = None
    comment: Comment | None = None

    def lines(self, width: int) -> list[Line]:
        """How it is shown at a width; never empty."""
        if self.finding is not None:
            return finding_lines(self.finding, width)
        assert self.comment is not None
        return comment_lines(self.comment, width, draft=self.kind == "draft")


def gathered(detail: ChangeDetail, drafts: Sequence[Comment]) -> list[Noted]:
    """Everything that has a place in the difference of the current revision."""
    found = [Noted("finding", n, f.file, f.side, f.line, finding=f) for n, f in enumerate(detail.findings)]
    for kind, comments in (("comment", detail.comments), ("draft", drafts)):
        for n, comment in enumerate(comments):
            if comment.anchor is not None:
                anchor = comment.anchor
                found.append(Noted(kind, n, anchor.file, anchor.side, anchor.start, comment=comment))
    return found


def finding_lines(finding: Finding, width: int) -> list[Line]:
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    head = f"▲ {finding.severity.value} "
    text = paragraph(f"{show(finding.message, limit=400)}{times}", width - len(head) - 4)
    first, *rest = text
    lines: list[Line] = [(("  ", "text"), (head, severity_style(finding.severity) + " bold"), *first)]
    lines += [((" " * (len(head) + 2), "text"), *more) for more in rest]
    return lines


def comment_lines(comment: Comment, width: int, *, draft: bool = False) -> list[Line]:
    who = show(comment.author, limit=40)
    if draft:
        head = "✎ draft: leaves with your verdict"
    elif comment.author_kind is AuthorKind.AGENT:
        head = f"◆ {who}, the agent"
    else:
        head = f"● {who}"
    style = "run-waiting" if draft else "claim" if comment.author_kind is AuthorKind.AGENT else "accent"
    lines: list[Line] = [(("  ", "text"), (head, f"{style} bold"))]
    for text in show_lines(comment.body)[:200]:
        lines += paragraph(text, width - 4, indent="    ")
    return lines
