"""The inbox on screen: what a row says, the order, the filter, the cursor through comings and goings, what is new."""

from collections.abc import Callable

import pytest
from stage import SIZES, SMALL, Place, opened, screen_text, strips, until, until_shown
from textual import events

from reviewer.model.decision import Verdict
from reviewer.tui.app import ReviewerApp
from reviewer.tui.inbox_screen import InboxScreen
from reviewer.tui.review_screen import ReviewScreen
from reviewer.wiring import make_desk

TITLES = ["Upload the parcels", "Teach the parser", "Reword the notes", "Found by nobody"]


def inbox(app: ReviewerApp) -> InboxScreen:
    screen = app.screen_stack[1]
    assert isinstance(screen, InboxScreen)
    return screen


def cursor_line(app: ReviewerApp) -> str:
    """The row that the cursor is painted on."""
    colour = app.paint.style("text", "cursor").bgcolor
    (found,) = [s.text for s in strips(app) if any(seg.style and seg.style.bgcolor == colour for seg in s)]
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_rows_say_what_matters_in_order_of_risk_then_age(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size) as (_app, pilot):
        shown = await until_shown(pilot, *TITLES, "1 found, not submitted")
        assert [shown.index(title) for title in TITLES] == sorted(shown.index(title) for title in TITLES)
        (row,) = [line for line in shown.split("\n") if "codex/upload" in line and "critical" in line]
        for said in ("‼ critical ", "✗ failed", "Upload the parcels", "r1"):
            assert said in row
        assert row.split()[-1][-1] in "smhd", "how old it is, last"
        for said in ("3 to review", "1 of 4", "? help", "as of"):
            assert said in shown
        if size != SMALL:
            assert " codex " in row
            assert "+115 -0" in row
            assert "secret" in row, "what weighs most, in two words"


@pytest.mark.parametrize("size", SIZES)
async def test_the_preview_follows_the_cursor_and_goes_when_asked(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size) as (app, pilot):
        await until_shown(pilot, *TITLES, "adds a credential")
        await pilot.press("j")
        await until(pilot, lambda: "adds a credential" not in screen_text(app))
        await until_shown(pilot, "merges into the target")
        await pilot.press("j", "j", "j", "j")
        await until_shown(pilot, "4 of 4", "listed and scanned, never run")
        await pilot.press("v")
        await until(pilot, lambda: "never run" not in screen_text(app))
        await pilot.press("v")
        await until_shown(pilot, "listed and scanned, never run")


@pytest.mark.parametrize("size", SIZES)
async def test_it_filters_as_one_types(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size) as (app, pilot):
        await until_shown(pilot, *TITLES)
        await pilot.press("slash", *"par")
        shown = await until_shown(pilot, "1 of 2")
        assert "Reword" not in shown
        await pilot.press("space", *"-codex")
        shown = await until_shown(pilot, "1 of 1")
        assert "Upload" not in shown
        assert "Teach the parser" in shown
        await pilot.press("enter")
        # The filter stays, the keys are the list's again.
        assert app.focused is inbox(app).view
        await pilot.press("slash", *"zzz")
        await until_shown(pilot, "Nothing holds zzz.", "Escape clears")
        assert "main  by " not in screen_text(app), "no preview of what is not listed"
        await pilot.press("escape")
        await until_shown(pilot, "→ main  by codex")
        await until_shown(pilot, *TITLES)
        # Looked for and not gone to: the cursor is where it was.
        await pilot.press("g", "j", "j", "slash", *"upload")
        await until_shown(pilot, " 1 of 1")
        await pilot.press("escape")
        await until_shown(pilot, *TITLES, " 3 of 4")


async def test_keys_typed_at_once_after_the_slash_are_part_of_the_filter(readable: Place) -> None:
    """They come in one read, before the field has had time for anything."""
    async with opened(readable, SMALL) as (app, pilot):
        await until_shown(pilot, *TITLES)
        for key in ("slash", *"qSvA/"):
            char = "/" if key == "slash" else key
            app.post_message(events.Key("slash" if char == "/" else key, char))
        await until_shown(pilot, "Nothing holds qSvA/.")
        assert app.is_running


async def test_the_filter_matches_what_a_row_shows(readable: Place) -> None:
    async with opened(readable, SMALL) as (_app, pilot):
        await until_shown(pilot, *TITLES)
        for query, count in (("critical", 1), ("failed", 1), ("cursor/", 1), ("codex", 1), ("discovered", 1)):
            await pilot.press("slash", *query)
            await until_shown(pilot, f" 1 of {count}")
            await pilot.press("escape")
            await until_shown(pilot, " of 4")


@pytest.mark.parametrize("size", SIZES)
async def test_opening_and_coming_back(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size) as (app, pilot):
        await until_shown(pilot, *TITLES)
        await pilot.press("j", "enter")
        await until_shown(pilot, "Teach the parser numbers", "line ten")
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("u")
        await until_shown(pilot, *TITLES)
        assert "Teach the parser" in cursor_line(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_click_moves_and_a_double_click_opens(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size) as (app, pilot):
        await until_shown(pilot, *TITLES)
        line = next(n for n, text in enumerate(screen_text(app).split("\n")) if "Reword the notes" in text)
        await pilot.click(offset=(20, line))
        await until(pilot, lambda: "Reword" in cursor_line(app))
        await pilot.double_click(offset=(20, line))
        await until_shown(pilot, "other words")


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_inbox_says_what_to_do(make_place: Callable[..., Place], size: tuple[int, int]) -> None:
    async with opened(make_place(), size) as (app, pilot):
        await until_shown(pilot, "Nothing waits for you.", "reviewer submit --branch", "reviewer demo", "as of")
        for key in ("j", "k", "enter", "space", "G", "v", "A", "slash", "escape"):
            await pilot.press(key)
        assert "Nothing waits for you." in screen_text(app)


async def test_the_cursor_stays_on_its_change_while_rows_come_rise_and_go(make_place: Callable[..., Place]) -> None:
    place = make_place()
    first = place.submitted("claude/one", {"one.py": "a = 1\n"}, title="The first one")
    place.submitted("claude/two", {"two.py": "a = 1\n"}, title="The second one")
    async with opened(place, SMALL) as (app, pilot):
        await until_shown(pilot, "The first one", "The second one", "2 to review")
        await pilot.press("j")
        assert "The second one" in cursor_line(app)
        # One comes in above, riskier than both: the cursor stays, the newcomer is marked.
        place.submitted("codex/three", {"three.py": 'K = "AKIAQWERTYUIOPASDFGH"\n'}, title="The third one", wait=False)
        await until_shown(pilot, "The third one", "critical")
        await until(pilot, lambda: "3 of 3" in screen_text(app))
        assert "The second one" in cursor_line(app)
        (row,) = [line for line in screen_text(app).split("\n") if "codex/three" in line]
        assert row.startswith("●")
        # It gets a second revision and rises above the others.
        place.branch("claude/two", {"two.py": 'K = "AKIAQWERTYUIOPASDFGH"\n'})
        place.desk.submit("claude/two", "main", "claude", "The second one", "")
        await until(pilot, lambda: "critical" in cursor_line(app))
        assert "The second one" in cursor_line(app)
        # Another one is rejected elsewhere and goes.
        detail = place.settled(first)
        place.desk.decide(detail, Verdict.REJECT, "no", now=True)
        await until(pilot, lambda: "The first one" not in screen_text(app))
        assert "The second one" in cursor_line(app)
        await pilot.press("A")
        await until_shown(pilot, "The first one", "of 3")
        await pilot.press("A")
        await until(pilot, lambda: "The first one" not in screen_text(app))
        # A mark goes when the cursor has been there.
        await pilot.press("g", "G")
        await until(pilot, lambda: not any(line.startswith("●") for line in screen_text(app).split("\n")))


async def test_news_that_comes_while_a_change_is_open_waits_in_the_inbox(make_place: Callable[..., Place]) -> None:
    place = make_place()
    place.submitted("claude/one", {"one.py": "a = 1\n"}, title="The first one")
    async with opened(place, SMALL) as (app, pilot):
        await until_shown(pilot, "The first one")
        await pilot.press("enter")
        await until_shown(pilot, "one.py")
        place.submitted("claude/two", {"two.py": "a = 1\n"}, title="The second one", wait=False)
        await until(pilot, lambda: len(inbox(app).inbox.listing.ids) == 2)
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("q")
        await until_shown(pilot, "● ", "The second one")


async def test_a_found_branch_is_submitted_by_opening_it(make_place: Callable[..., Place]) -> None:
    place = make_place()
    place.branch("claude/found", {"found.py": "y = 2\n"}, message="Found by looking")
    async with opened(place, SMALL) as (_app, pilot):
        await until_shown(pilot, "Found by looking", "1 found, not submitted", "0 to review")
        assert place.desk.pipeline().changes()[1] == [], "seen, and nothing else"
        await pilot.press("enter")
        await until_shown(pilot, "found.py", "y = 2", "r1")
        ((row),) = place.desk.pipeline().changes()[1]
        assert (row.branch.raw, row.agent.raw, row.title.raw) == ("claude/found", "claude", "Found by looking")
        await pilot.press("u")
        shown = await until_shown(pilot, "1 to review")
        assert "not submitted" not in shown
        assert shown.count("claude/found") >= 1


async def test_a_found_branch_comes_and_goes_with_the_repository(make_place: Callable[..., Place]) -> None:
    place = make_place()
    async with opened(place, SMALL) as (_app, pilot):
        await until_shown(pilot, "Nothing waits for you.")
        place.branch("codex/late", {"late.py": "z = 3\n"}, message="Late")
        await until_shown(pilot, "codex/late", "found, not submitted")
        place.git("branch", "-q", "-D", "codex/late")
        await until_shown(pilot, "Nothing waits for you.")


async def test_the_cursor_goes_on_where_it_was_put_before_the_screens_were_there(readable: Place) -> None:
    desk = make_desk(readable.home, readable.work)
    third = desk.rows(list(desk.listing().ids)[2:3])[0].change
    async with opened(readable, SMALL, cursor=lambda: third.change_id) as (app, pilot):
        await until_shown(pilot, "3 of 4")
        assert third.title.raw in cursor_line(app)
