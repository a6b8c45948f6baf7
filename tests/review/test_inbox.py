"""The inbox orders, filters and marks; its cursor belongs to a change, whatever comes, goes or changes its rank."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import change

from reviewer.model.change import State
from reviewer.model.finding import Severity
from reviewer.review.inbox import Inbox, matches, moved, with_decided, with_query, with_rows
from reviewer.review.inbox_rows import heading, inbox_row, risk_words, run_words, state_words, widths
from reviewer.review.lines import width_of


def ids(inbox: Inbox) -> list[str]:
    return [row.change_id for row in inbox.shown]


def plain(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for text, _ in line)


def test_the_riskiest_first_then_the_one_that_waits_longest_then_what_nobody_submitted() -> None:
    rows = [
        change("found", state=State.DISCOVERED, risk=Severity.CRITICAL),
        change("sent back", state=State.CHANGES_REQUESTED, risk=Severity.CRITICAL),
        change("new low", risk=Severity.LOW, created_at=2000.0),
        change("old low", risk=Severity.LOW, created_at=1000.0),
        change("high", risk=Severity.HIGH, created_at=3000.0),
        change("quiet", created_at=1.0),
        change("conflict", risk=Severity.MEDIUM, state=State.CONFLICT),
    ]
    assert ids(with_rows(Inbox(), rows)) == ["high", "conflict", "old low", "new low", "quiet", "sent back", "found"]


def test_what_is_decided_is_shown_when_asked_for_newest_first() -> None:
    rows = [
        change("open"),
        change("landed", state=State.LANDED, updated_at=10.0),
        change("rejected", state=State.REJECTED, updated_at=20.0),
    ]
    inbox = with_rows(Inbox(), rows)
    assert ids(inbox) == ["open"]
    assert ids(with_decided(inbox, True)) == ["open", "rejected", "landed"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("fix", True), ("FIX claude", True), ("fix codex", False), ("-codex", True), ("fix -claude", False),
     ("high", True), ("failed", True), ("c1", True), ("secrets", True), ("-", False), ("main", True)],
)  # fmt: skip
def test_a_filter_wants_every_word_and_none_after_a_minus(query: str, found: bool) -> None:
    row = change(risk=Severity.HIGH, run="failed", categories=("secrets",))
    assert matches(row, query) is found


def test_a_filter_leaves_rows_out_and_brings_the_cursor_back() -> None:
    inbox = with_rows(Inbox(), [change("a", title="apple"), change("b", title="banana"), change("c", title="cherry")])
    inbox = moved(inbox, 1)
    assert ids(with_query(inbox, "cherry")) == ["c"]
    assert with_query(inbox, "cherry").current is not None
    assert with_query(inbox, "nothing like it").current is None
    # An empty filter that matched nothing on the way does not lose the place.
    there_and_back = with_query(with_query(inbox, "zzz"), "")
    assert there_and_back.cursor == "b"


ROWS = st.lists(
    st.builds(
        lambda name, risk, at, state: change(name, risk=risk, created_at=at, state=state),
        st.sampled_from("abcdefgh"),
        st.sampled_from([None, *Severity]),
        st.floats(0, 100),
        st.sampled_from([State.PENDING, State.DISCOVERED, State.LANDED]),
    ),
    max_size=8,
    unique_by=lambda row: row.change_id,
)


@given(ROWS, ROWS, st.integers(0, 7))
def test_the_cursor_stays_on_its_change(before: list, after: list, place: int) -> None:  # type: ignore[type-arg]
    inbox = moved(with_rows(Inbox(), before), place)
    later = with_rows(inbox, after)
    if inbox.cursor in ids(later):
        assert later.cursor == inbox.cursor
    elif later.shown and inbox.shown:
        # What it stood on is gone: the row that took its place has it.
        assert later.place == min(inbox.place, len(later.shown) - 1)
    assert sorted(ids(later)) == sorted(r.change_id for r in after if r.state is not State.LANDED)


def test_news_is_marked_until_the_cursor_has_been_there() -> None:
    inbox = with_rows(Inbox(), [change("a"), change("b")])
    assert not inbox.fresh
    second = replace(change("b"), revision=2)
    inbox = with_rows(inbox, [change("a"), second, change("c"), change("found", state=State.DISCOVERED)])
    assert inbox.fresh == {"b", "c"}
    inbox = with_rows(inbox, [change("a"), second, change("c")])
    assert inbox.fresh == {"b", "c"}, "marks stay through a quiet pull"
    inbox = moved(inbox, ids(inbox).index("c"))
    assert inbox.fresh == {"b"}
    assert with_rows(inbox, [change("a")]).fresh == set()
    # What came while the cursor stood there was seen when it leaves.
    inbox = with_rows(inbox, [change("a"), second, replace(change("c"), revision=2)])
    assert moved(inbox, 0).fresh == {"b"}


TITLES = st.sampled_from(["Fix it", "日本語" * 30, "\x1b[2J", ""])


@given(st.integers(40, 250), st.sampled_from([0, 1000, 10**9]), TITLES)
def test_a_row_fills_its_width_and_stands_under_its_heading(width: int, age: int, title: str) -> None:
    row = change(title=title, risk=Severity.CRITICAL, flags=12, run="NOT RUN", comments=3, revision=4)
    line = inbox_row(row, width, 1000.0 + age, fresh=True)
    assert width_of(line) == width_of(heading(width)) == width
    for name in ("risk", "run", "title"):
        at = plain(heading(width)).index(name)
        # Names and wide characters keep their columns: nothing of the cell before reaches in.
        assert width_of(((plain(heading(width))[:at], ""),)) == at


def test_columns_give_way_but_risk_run_title_branch_and_age_stay_at_80() -> None:
    line = plain(inbox_row(change(risk=Severity.HIGH, flags=2), 80, 1060.0))
    assert "‼ critical 9 " in plain(inbox_row(change(risk=Severity.CRITICAL, flags=9), 80, 0.0))
    for said in ("▲ high 2", "✓ passed", "Fix it", "claude/fix", "r1", "1m"):
        assert said in line
    wide = plain(inbox_row(change(comments=7), 160, 1060.0))
    for said in ("claude", "main", "+2 -3", "7"):
        assert said in wide
    assert widths(30).branch == 0


def test_an_untitled_change_is_known_by_its_branch() -> None:
    assert plain(inbox_row(change(title=""), 80, 0.0)).count("claude/fix") == 2


def test_every_state_and_outcome_has_a_word() -> None:
    assert all(len(state_words(state)[0]) <= 10 for state in State)
    for run in ("passed", "failed", "running", "queued", "cancelled", "NOT RUN", "none asked", "never run"):
        assert len(run_words(run)[0]) <= 10
    for severity in Severity:
        assert len(risk_words(change(risk=severity, flags=9))[0]) < widths(80).risk
