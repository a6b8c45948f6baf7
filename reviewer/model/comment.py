"""Comments: remarks on a line, a range, a file or the whole change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reviewer.model.finding import Side
from reviewer.text import EMPTY, Untrusted


class AuthorKind(StrEnum):
    PERSON = "person"
    AGENT = "agent"
    MACHINE = "machine"


class CommentKind(StrEnum):
    INSTRUCTION = "instruction"
    QUESTION = "question"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a comment stands: lines from 1, `start` None for the whole file; `text` is the line remarked on."""

    file: Untrusted
    side: Side = Side.NEW
    start: int | None = None
    end: int | None = None
    text: Untrusted = EMPTY


@dataclass(frozen=True, slots=True)
class Comment:
    comment_id: str
    revision_digest: str
    author: Untrusted
    author_kind: AuthorKind
    body: Untrusted
    created_at: float
    anchor: Anchor | None = None
    answers: str | None = None
    kind: CommentKind = CommentKind.NOTE
    resolved: bool = False
