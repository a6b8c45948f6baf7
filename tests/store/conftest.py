"""Values for the stores: a change, a decision with comments, a comment."""

from collections.abc import Callable

import pytest

from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import ChangeDetail, Revision
from reviewer.text import Untrusted

EMPTY = Untrusted("")


@pytest.fixture
def a_comment() -> Callable[..., Comment]:
    def make(comment_id: str, body: str = "why?") -> Comment:
        return Comment(comment_id, "d" * 64, Untrusted("ann"), AuthorKind.PERSON, Untrusted(body), 1.0)

    return make


@pytest.fixture
def a_decision(a_comment: Callable[..., Comment]) -> Callable[..., Decision]:
    def make(decision_id: str, change_id: str = "abcd2345") -> Decision:
        comments = (a_comment(f"{decision_id}-c"),)
        verdict, who = Verdict.REJECT, Untrusted("ann")
        return Decision(
            decision_id, change_id, "d" * 64, verdict, EMPTY, who, 1.0, comments, envelope=f"sealed {decision_id}"
        )

    return make


@pytest.fixture
def a_change() -> Callable[..., ChangeDetail]:
    def make(change_id: str = "abcd2345", seq: int = 1, title: str = "t") -> ChangeDetail:
        size = Size(1, 1, 0)
        line = Change(
            change_id, seq, Kind.CODE, State.PENDING, "r" * 16, EMPTY, Untrusted(title), EMPTY, EMPTY, EMPTY, 1,
            "d" * 64, "a" * 40, "b" * 40, size, None, 0, (), "passed", 0, 1.0, 1.0,
        )  # fmt: skip
        revision = Revision(1, "d" * 64, "{}", "a" * 40, "b" * 40, "", "c" * 40, None, (), EMPTY, 1.0, size)
        return ChangeDetail(line, (revision,))

    return make
