"""What was written on the desk is never lost: refused, held, withdrawn, overtaken or killed half way."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.attest.sign import Key
from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, DecisionState, Receipt, Verdict
from reviewer.model.detail import ChangeDetail, Revision
from reviewer.model.errors import ReviewerError, StaleError, UnreachableError, UsageError
from reviewer.review.desk import Desk, Parts
from reviewer.store.cache import Cache
from reviewer.store.decisions import Decisions
from reviewer.text import EMPTY, Untrusted

SIZE = Size(1, 1, 0)


def a_change(number: int = 1, comments: tuple[Comment, ...] = ()) -> ChangeDetail:
    digest = f"{number}" * 64
    line = Change(
        "abcd2345", number, Kind.CODE, State.PENDING, "r" * 16, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, number, digest,
        "a" * 40, "b" * 40, SIZE, None, 0, (), "passed", 0, 1.0, 1.0,
    )  # fmt: skip
    revision = Revision(number, digest, "{}", "a" * 40, "b" * 40, "", "c" * 40, None, (), EMPTY, 1.0, SIZE)
    return ChangeDetail(line, (revision,), comments=comments)


class Pipeline:
    """Answers as it is told to, and remembers what arrived."""

    def __init__(self) -> None:
        self.change = a_change()
        self.error: ReviewerError | None = None
        self.after: ReviewerError | None = None
        self.got: list[str] = []

    def _take(self, name: str) -> Receipt:
        if self.error:
            raise self.error
        if name not in self.got:
            self.got.append(name)
        if self.after:
            raise self.after
        return Receipt(name, "accepted")

    def decide(self, decision: Decision, *, now: bool) -> Receipt:
        return self._take(decision.decision_id)

    def comment(self, change_id: str, comment: Comment) -> Receipt:
        return self._take(comment.comment_id)

    def withdraw(self, change_id: str, decision_id: str) -> Receipt:
        return Receipt(decision_id, "withdrawn")

    def changes(self, after: int = 0) -> tuple[str, list[Change]]:
        return "gate", [self.change.change] if self.change.change.seq > after else []

    def detail(self, change_id: str) -> ChangeDetail:
        return self.change


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def desk(tmp_path: Path, pipeline: Pipeline) -> Iterator[Desk]:
    ids = itertools.count(1)
    yield new_desk(tmp_path, pipeline, ids)


def new_desk(tmp_path: Path, pipeline: Pipeline, ids: Iterator[int]) -> Desk:
    cache, decisions = Cache(tmp_path / "store" / "cache.db"), Decisions(tmp_path / "store" / "decisions.db")
    key = Key.load_or_create(tmp_path / "key")
    made = Desk(
        Parts(
            tmp_path, cache, lambda: decisions, lambda: pipeline, lambda: key, Untrusted("ann"), lambda: 1000.0,  # type: ignore[arg-type,return-value]
            lambda: f"id-{next(ids)}",
        )
    )  # fmt: skip
    made.sync()
    return made


def bodies(desk: Desk) -> list[str]:
    return [comment.body.raw for comment in desk.talk.drafts("abcd2345")]


def test_a_draft_goes_with_the_verdict_and_is_gone_once_it_arrived(desk: Desk, pipeline: Pipeline) -> None:
    comment = desk.talk.draft(pipeline.change, "why?", None)
    item = desk.decide(pipeline.change, Verdict.REJECT, "no")
    assert item.state is DecisionState.CONFIRMED
    assert bodies(desk) == []
    pipeline.change = replace(a_change(2, (comment,)))
    desk.sync()
    assert bodies(desk) == []
    pipeline.change = a_change(3)
    desk.sync()
    assert bodies(desk) == []


@pytest.mark.parametrize("error", [StaleError("the branch moved"), ReviewerError("no")])
def test_a_refused_verdict_gives_its_drafts_back(error: ReviewerError, desk: Desk, pipeline: Pipeline) -> None:
    desk.talk.draft(pipeline.change, "why?", None)
    pipeline.error = error
    assert desk.decide(pipeline.change, Verdict.REJECT, "no").state in (DecisionState.CONFLICT, DecisionState.BLOCKED)
    assert bodies(desk) == ["why?"]
    pipeline.error = None
    desk.decide(pipeline.change, Verdict.REJECT, "no")
    assert bodies(desk) == []


def test_a_verdict_refused_after_a_time_offline_gives_its_drafts_back(desk: Desk, pipeline: Pipeline) -> None:
    desk.talk.draft(pipeline.change, "why?", None)
    pipeline.error = UnreachableError("nobody")
    assert desk.decide(pipeline.change, Verdict.REJECT, "no").state is DecisionState.SEALED
    assert bodies(desk) == []
    pipeline.error = StaleError("the branch moved")
    desk.deliver()
    assert bodies(desk) == ["why?"]


def test_a_held_verdict_that_a_new_revision_overtook_gives_its_drafts_back(desk: Desk, pipeline: Pipeline) -> None:
    desk.talk.draft(pipeline.change, "why?", None)
    desk.decide(pipeline.change, Verdict.APPROVE, "")
    pipeline.change = a_change(2)
    desk.sync()
    assert bodies(desk) == ["why?"]


def test_undo_gives_drafts_back(desk: Desk, pipeline: Pipeline) -> None:
    desk.talk.draft(pipeline.change, "why?", None)
    item = desk.decide(pipeline.change, Verdict.REJECT, "no")
    assert desk.undo("abcd2345", item.item_id) == "withdrawn"
    assert bodies(desk) == ["why?"]
    desk.decide(pipeline.change, Verdict.REJECT, "no")
    assert bodies(desk) == []


def test_a_refused_comment_is_a_draft_again_and_can_be_sent_again(desk: Desk, pipeline: Pipeline) -> None:
    desk.talk.draft(pipeline.change, "why?", None)
    pipeline.error = ReviewerError("no")
    desk.talk.send_drafts(pipeline.change)
    assert bodies(desk) == ["why?"]
    pipeline.error = None
    desk.talk.send_drafts(pipeline.change)
    assert (bodies(desk), pipeline.got) == ([], ["id-1"])


def test_an_answer_that_was_lost_is_asked_for_under_the_same_id(desk: Desk, pipeline: Pipeline) -> None:
    pipeline.after = UnreachableError("the line broke")
    item = desk.decide(pipeline.change, Verdict.REJECT, "no")
    assert item.state is DecisionState.SEALED
    pipeline.after = None
    desk.deliver()
    assert pipeline.got == [item.item_id]
    assert desk.outbox()[0].state is DecisionState.CONFIRMED


def test_a_desk_that_dies_after_each_step_of_a_verdict_loses_no_draft(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies(BaseException):
        pass

    def dies(*_args: object, **_more: object) -> None:
        raise Dies

    ids = itertools.count(1)
    for step in (("add_decision", Decisions), ("items", Decisions), ("mark", Decisions), ("item", Decisions)):
        desk = new_desk(tmp_path, pipeline, ids)
        body = f"before {step[0]}"
        comment = desk.talk.draft(pipeline.change, body, None)
        with monkeypatch.context() as patch:
            patch.setattr(step[1], step[0], dies)
            with pytest.raises(Dies):
                desk.decide(pipeline.change, Verdict.REJECT, "no")
        after = new_desk(tmp_path, pipeline, ids)
        after.deliver()
        sealed = [i.decision for i in after.outbox() if i.decision and comment in i.decision.comments]
        assert sealed or body in bodies(after)


@pytest.mark.parametrize("name", ["claude/\udcff", "a\ud800"])
def test_a_branch_whose_name_is_not_utf_8_is_refused_in_words(name: str, desk: Desk) -> None:
    with pytest.raises(UsageError):
        desk.submit(name, "main", "claude", "", "")


def test_a_cache_that_is_begun_anew_during_a_pull_is_filled_from_the_beginning(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = new_desk(tmp_path, pipeline, itertools.count(1))
    (old,) = desk.changes()
    newer = replace(a_change(9), change=replace(a_change(9).change, change_id="newer234"))
    details = {"abcd2345": pipeline.change, "newer234": newer}
    monkeypatch.setattr(pipeline, "detail", details.__getitem__)
    monkeypatch.setattr(
        pipeline,
        "changes",
        lambda after=0: ("gate", [d.change for d in details.values() if d.change.seq > after]),
    )
    cache = desk._parts.cache
    real = cache.put

    def spoiled_first(detail: ChangeDetail) -> None:
        monkeypatch.setattr(cache, "put", real)
        (tmp_path / "store" / "cache.db").write_bytes(b"garbage" * 3000)
        Cache(tmp_path / "store" / "cache.db").close()
        real(detail)

    monkeypatch.setattr(cache, "put", spoiled_first)
    desk.sync()
    assert {row.change_id for row in desk.changes()} == {old.change_id, "newer234"}
