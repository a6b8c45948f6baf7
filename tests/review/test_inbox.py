"""The inbox keeps its cursor on a row whatever comes and goes; rows fill their width and give way in order."""

from array import array
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import change, detail

from reviewer.model.attention import Turn
from reviewer.model.change import State
from reviewer.model.decision import Decision, Verdict
from reviewer.model.finding import Severity
from reviewer.model.listing import Counts, Listing, Looked, Order, Row, Section
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.model.standing import standing_of
from reviewer.review.inbox import (
    Inbox,
    at_line,
    line_of,
    lines_in,
    moved,
    news_of,
    next_order,
    with_counts,
    with_listing,
    with_text,
)
from reviewer.review.inbox_rows import (
    Beside,
    heading,
    inbox_row,
    panes,
    risk_words,
    run_words,
    section_line,
    state_words,
    tall_row,
    widths,
)
from reviewer.review.inbox_words import empty_lines, mistake_lines, quiet_words, trouble_words
from reviewer.review.lines import width_of
from reviewer.text import EMPTY, Untrusted


def listing(*ids: int, sections: tuple[Section, ...] = (), whole: bool = True) -> Listing:
    return Listing(array("q", ids), sections, whole)


def plain(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for text, _ in line)


def decided(who: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
    return Decision(f"of {who}", "c1", "d" * 64, verdict, EMPTY, Untrusted(who), 1.0)


@pytest.mark.parametrize(
    ("fields", "more", "turn"),
    [
        ({}, {}, Turn.MINE),
        ({"run": "failed"}, {}, Turn.MINE),
        ({"state": State.CONFLICT}, {}, Turn.MINE),
        ({"run": "running"}, {}, Turn.MACHINE),
        ({}, {"scanned": False, "scan": "running"}, Turn.MACHINE),
        ({}, {"scanned": False, "scan": "failed"}, Turn.MINE),
        ({}, {"decisions": (decided("ann"),)}, Turn.OTHERS),
        ({}, {"decisions": (decided("bob"),)}, Turn.MINE),
        ({}, {"decisions": (replace(decided("ann"), digest="e" * 64),)}, Turn.MINE),
        ({"state": State.APPROVED}, {}, Turn.MACHINE),
        ({"state": State.WAITING_TO_LAND}, {}, Turn.MINE),
        ({"state": State.CHANGES_REQUESTED}, {}, Turn.AGENT),
        ({"state": State.LANDED}, {}, Turn.NOBODY),
        ({"state": State.REJECTED, "run": "running"}, {}, Turn.NOBODY),
    ],
)
def test_whose_turn_it_is(fields: dict[str, Any], more: dict[str, Any], turn: Turn) -> None:
    assert standing_of(detail(change(**fields), **more), "ann").turn is turn


def test_requirements_are_counted_without_the_decision_itself() -> None:
    states = [("merges", RequirementState.MET), ("run", RequirementState.NOT_APPLICABLE),
              ("scanned", RequirementState.UNMET), ("decision", RequirementState.WAITING)]  # fmt: skip
    standing = standing_of(detail(requirements=tuple(Requirement(name, state, "") for name, state in states)), "ann")
    assert (standing.met, standing.asked) == (1, 2)


@given(st.lists(st.integers(1, 9), unique=True), st.lists(st.integers(1, 9), unique=True), st.integers(0, 9))
def test_the_cursor_stays_on_its_row(before: list[int], after: list[int], place: int) -> None:
    inbox = moved(with_listing(Inbox(), listing(*before)), place)
    later = with_listing(inbox, listing(*after))
    if after and inbox.cursor in after:
        assert (later.cursor, later.place) == (inbox.cursor, after.index(inbox.cursor))
    elif after and before:
        # What it stood on is gone: the row that took its place has it.
        assert later.place == min(inbox.place, len(after) - 1)
    if after:
        assert after[later.place] == later.cursor
    # A list that is empty for a moment does not lose the place.
    assert with_listing(with_listing(inbox, listing()), listing(*before)).cursor == inbox.cursor


def test_the_first_screenful_of_a_longer_list_puts_the_cursor_on_top() -> None:
    inbox = moved(with_listing(Inbox(), listing(1, 2, 3)), 2)
    assert with_listing(inbox, listing(7, 8, whole=False)).place == 0
    assert with_listing(inbox, listing(7, 3, whole=False)).place == 1


def row(row_id: int, stir: int = 0, **fields: Any) -> Row:
    return Row(row_id, fields.pop("change", change()), fields.pop("turn", Turn.MINE), stir=stir, **fields)


def test_news_is_marked_until_the_cursor_has_been_there() -> None:
    inbox = with_counts(with_listing(Inbox(), listing(1, 2, 3)), Counts(stir=5))
    assert not inbox.fresh(row(2, 5)), "the first load marks none"
    inbox = with_counts(inbox, Counts(stir=7))
    assert [inbox.fresh(row(n, stir)) for n, stir in ((1, 7), (2, 6), (3, 5))] == [False, True, False]
    inbox = moved(inbox, 1)
    assert not inbox.fresh(row(1, 7)), "it was under the cursor"
    inbox = moved(inbox, 2)
    assert not inbox.fresh(row(2, 6))
    inbox = with_counts(inbox, Counts(stir=8))
    assert inbox.fresh(row(2, 8)), "something came once more"


@pytest.mark.parametrize(
    ("looked", "fields", "news"),
    [
        (None, {}, ["new"]),
        (None, {"turn": Turn.FOUND}, []),
        (Looked(1, 0, "passed", "pending"), {}, []),
        (Looked(1, 0, "passed", "pending"), {"change": change(revision=3, run="failed")}, ["r1→r3"]),
        (Looked(1, 1, "passed", "pending"), {"change": change(comments=3)}, ["2 said"]),
        (Looked(1, 0, "passed", "pending"), {"change": change(run="failed")}, ["run again"]),
        (Looked(1, 0, "passed", "pending"),
         {"change": change(state=State.REJECTED), "turn": Turn.NOBODY, "decided_by": "bob"}, ["decided"]),
        (Looked(1, 0, "passed", "pending"),
         {"change": change(state=State.REJECTED), "turn": Turn.NOBODY, "decided_by": "ann"}, []),
    ],
)  # fmt: skip
def test_what_is_new_since_one_looked(looked: Looked | None, fields: dict[str, Any], news: list[str]) -> None:
    assert news_of(row(1, looked=looked, **fields), "ann") == news


def test_of_a_filter_with_a_mistake_the_rest_counts() -> None:
    inbox = with_text(Inbox(), "risk:high")
    wrong = with_text(inbox, "risk:high colour:red")
    assert wrong.query == inbox.query
    assert wrong.mistake is not None
    said = plain(mistake_lines(wrong.text, wrong.mistake, []))
    assert said.index("colour:red") == wrong.text.index("colour:red")
    assert "there is no colour:" in said
    assert with_text(wrong, "risk:low").mistake is None
    assert with_text(inbox, 'run: "open').query == inbox.query


def test_orders_come_round() -> None:
    inbox = Inbox()
    for _ in Order:
        inbox = next_order(inbox)
    assert inbox.order is Order.TURN


@given(st.lists(st.integers(1, 5), max_size=5), st.booleans())
def test_every_line_is_a_row_or_the_heading_of_a_section(counts: list[int], tall: bool) -> None:
    starts = [sum(counts[:n]) for n in range(len(counts))]
    sections = tuple(Section(start, "", count) for start, count in zip(starts, counts, strict=True))
    made = listing(*range(sum(counts)), sections=sections)
    lines = [at_line(made, n, tall) for n in range(lines_in(made, tall))]
    parts = (0, 1) if tall else (0,)
    expected = [
        at for n in range(sum(counts)) for at in ([(n, -1)] if n in starts else []) + [(n, part) for part in parts]
    ]
    assert lines == expected
    for place in range(sum(counts)):
        assert lines[line_of(made, place, tall)] == (place, 0)


TITLES = st.sampled_from(["Fix it", "日本語" * 30, "\x1b[2J", ""])


@given(st.integers(40, 250), st.sampled_from([0, 1000, 10**9]), TITLES)
def test_a_row_fills_its_width_and_stands_under_its_heading(width: int, age: int, title: str) -> None:
    row = change(title=title, risk=Severity.CRITICAL, flags=12, run="NOT RUN", comments=3, revision=4)
    beside = Beside(True, False, "r1→r2 +", 3, 4, True)
    line = inbox_row(row, width, 1000.0 + age, beside)
    assert width_of(line) == width_of(heading(width)) == width
    if width >= 80:
        assert {width_of(line) for line in tall_row(row, width, 1000.0 + age, beside)} == {width}
        assert width_of(heading(width, tall=True)) == width
    for name in ("risk", "run", "title"):
        at = plain(heading(width)).index(name)
        # Names and wide characters keep their columns: nothing of the cell before reaches in.
        assert width_of(((plain(heading(width))[:at], ""),)) == at


def test_columns_give_way_but_risk_run_title_branch_and_age_stay_at_80() -> None:
    line = plain(inbox_row(change(risk=Severity.HIGH, flags=2), 80, 1060.0))
    assert "‼ critical 9 " in plain(inbox_row(change(risk=Severity.CRITICAL, flags=9), 80, 0.0))
    for said in ("▲ high 2", "✓ passed", "Fix it", "claude/fix", "r1", "1m"):
        assert said in line
    wide = plain(inbox_row(change(comments=7, categories=("secrets", "network")), 160, 1060.0))
    for said in ("claude", "+2 -3", "secrets, network"):
        assert said in wide
    wider = plain(inbox_row(change(comments=7), 200, 1060.0))
    for said in (" main ", " 7 "):
        assert said in wider
    # One after the other: whatever is there, so is all that comes before it.
    order = ("branch", "revision", "news", "met", "size", "agent", "words", "state", "comments", "target")
    for width in range(40, 260):
        there = [getattr(widths(width), name) > 0 for name in order]
        assert there == sorted(there, reverse=True)
    assert widths(30).branch == 0
    news = plain(inbox_row(change(revision=3), 120, 0.0, Beside(news="r1→r3", met=3, asked=4)))
    assert "r1→r3" in news and "3/4" in news


def test_an_untitled_change_is_known_by_its_branch() -> None:
    assert plain(inbox_row(change(title=""), 80, 0.0)).count("claude/fix") == 2


def test_every_state_and_outcome_has_a_word() -> None:
    assert all(len(state_words(state)[0]) <= 10 for state in State)
    for run in ("passed", "failed", "running", "queued", "cancelled", "NOT RUN", "none asked", "never run"):
        assert len(run_words(run)[0]) <= 10
    for severity in Severity:
        assert len(risk_words(change(risk=severity, flags=9))[0]) < widths(80).risk


def test_two_lines_say_everything_at_80() -> None:
    row = change(comments=2, state=State.CONFLICT, categories=("secrets",))
    said = " ".join(plain(line) for line in tall_row(row, 80, 1060.0, Beside(news="new", met=1, asked=2)))
    for word in ("Fix it", "claude/fix → main", "claude", "+2 -3", "2 said", "conflict", "secrets", "new", "1/2", "1m"):
        assert word in said


def test_sections_have_names_and_a_stack_is_called_what_it_stands_on() -> None:
    assert plain(section_line("mine", 3, 80)) == "  Your turn  3"
    assert "claude" in plain(section_line("claude", None, 80))
    assert "\x1b" not in plain(section_line("\x1b[2J", 1, 80))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (80, 10)])
@pytest.mark.parametrize("preview", [True, False])
def test_list_and_preview_fill_the_screen(width: int, height: int, preview: bool) -> None:
    room = panes(width, height, preview)
    if room.preview_width in (0, width):
        assert room.lines + room.preview_lines + 3 == height
    else:
        assert room.width + room.preview_width == width
        assert room.lines + 3 == height


def test_a_state_that_has_no_room_of_its_own_stands_in_the_runs_place_and_the_age_off_the_edge() -> None:
    for state, said in ((State.CONFLICT, "conflict"), (State.WAITING_TO_LAND, "to land"), (State.REJECTED, "rejected")):
        shown = plain(inbox_row(change(state=state, run="passed"), 80, 2000.0))
        assert said in shown
        assert "passed" not in shown
    assert "✓ passed" in plain(inbox_row(change(run="passed"), 80, 2000.0))
    wide = plain(inbox_row(change(state=State.CONFLICT, run="passed"), 160, 2000.0))
    assert "conflict" in wide
    assert "passed" in wide
    first, second = tall_row(change(state=State.CONFLICT), 80, 2000.0)
    for line in (inbox_row(change(), 80, 2000.0), first, second, heading(80), heading(80, tall=True)):
        assert plain(line).endswith(" ")
        assert not plain(line).endswith("   "), "what stands last is at the edge, but for one cell"


def test_trouble_is_told_with_what_to_do_where_there_is_room_and_never_wider_than_the_screen() -> None:
    said = trouble_words("nobody answers", "see: reviewer doctor", 80)
    assert plain(said) == "  ! nobody answers  see: reviewer doctor"
    for width in (20, 40, 80):
        assert width_of(trouble_words("nobody answers at all " * 9, "see: reviewer doctor", width)) <= width
    assert plain(quiet_words(["asking the gate", "", "scanning, 9 to go"], 60)).split() == (
        "asking the gate scanning, 9 to go".split()
    )
    assert width_of(quiet_words(["asking the gate", "scanning, 9 to go"], 20)) <= 20
    assert quiet_words([""], 60) == ()


def test_nothing_listed_says_why_and_what_to_do() -> None:
    def said(inbox: Inbox, why: str = "", hint: str = "", synced: bool = True) -> str:
        lines = [plain(line) for line in empty_lines(inbox, why, hint, synced, "shop", 76)]
        assert max(map(len, lines)) <= 76, "nothing is cut at 80"
        return "\n".join(lines)

    loaded = with_counts(Inbox(), Counts())
    assert "reviewer demo" in said(loaded)
    assert len(said(loaded).split("\n")) == 6, "what is the case, and four lines on how changes get here"
    assert "Escape clears" in said(with_text(loaded, "zzz"))
    troubled = said(loaded, "nobody answers at the socket " + "of it " * 20, "start it with: reviewer gate serve")
    assert "reviewer doctor" in troubled
    assert "reviewer gate serve" in troubled
    assert "A shows them" in said(with_counts(Inbox(), Counts(turns=((Turn.NOBODY, 2),))))
    assert "2 sleep" in said(with_counts(Inbox(), Counts(snoozed=2)))
    assert "for the first time" in said(loaded, synced=False)
