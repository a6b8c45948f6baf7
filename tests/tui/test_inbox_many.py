"""The inbox's list: sections and orders, two lines, the language while one types, views, many at once, what is new."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from stage import SMALL, THEMES, Place, make_desk, opened, screen_text, until, until_shown

from reviewer.model.attention import Turn
from reviewer.model.change import State
from reviewer.model.decision import Decision, Verdict
from reviewer.store import cache_file
from reviewer.text import EMPTY
from reviewer.tui import following
from reviewer.tui.app import ReviewerApp
from reviewer.tui.field import Field

TITLES = ["Upload the parcels", "Teach the parser", "Reword the notes", "Found by nobody"]
MIDDLE, LARGE = (120, 40), (200, 60)


def section(shown: str, name: str) -> int:
    return next(n for n, text in enumerate(shown.split("\n")) if text.strip().startswith(name))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
async def test_the_list_is_in_sections_by_whose_turn_it_is(readable: Place, size: tuple[int, int], theme: str) -> None:
    async with opened(readable, size, theme=theme) as (app, pilot):
        shown = await until_shown(pilot, *TITLES, "Your turn  3", "Found, not submitted  1")
        lines = shown.split("\n")
        assert section(shown, "Your turn") < section(shown, "Found, not submitted")
        row = next(line for line in lines if "Upload the parcels" in line and "critical" in line)
        assert "✗ failed" in row
        assert ("new" in row) is (size != SMALL), "at 80 the revision alone tells"
        below = lines[lines.index(row) + 1]
        # Two lines where the screen is high, or where it was asked for.
        assert ("codex/upload → main" in below) is (size == LARGE)
        assert ("codex/upload" in row) is (size != LARGE)
        await pilot.press("w")
        await until(pilot, lambda: ("codex/upload → main  codex" in screen_text(app)) is (size != LARGE))


async def test_orders_on_a_key_and_the_cursor_stays(readable: Place) -> None:
    async with opened(readable, MIDDLE) as (_app, pilot):
        await until_shown(pilot, *TITLES)
        await pilot.press("o")
        await until_shown(pilot, "newest first")
        await pilot.press("o")
        shown = await until_shown(pilot, "by agent")
        assert section(shown, "claude") < section(shown, "codex") < section(shown, "cursor")
        await until_shown(pilot, "3 of 4")
        await pilot.press("o")
        await until_shown(pilot, "by task", "Standing alone  4")
        await pilot.press("o")
        await until_shown(pilot, "by repository")
        await pilot.press("o")
        await until_shown(pilot, "stacks", "Standing alone  4")
        await pilot.press("o")
        await until_shown(pilot, "Your turn  3", "1 of 4")


async def test_the_language_completes_and_says_what_is_wrong_and_where(readable: Place) -> None:
    async with opened(readable, MIDDLE) as (app, pilot):
        await until_shown(pilot, *TITLES)
        await pilot.press("slash", *"ris")
        await until_shown(pilot, "tab risk:")
        await pilot.press("tab", *"hi")
        await until_shown(pilot, "risk:hi", "tab risk:high")
        await pilot.press("tab", "enter")
        shown = await until_shown(pilot, "1 of 1")
        assert "Upload the parcels" in shown
        await pilot.press("slash", "end", "space", *"colour:red")
        shown = await until_shown(pilot, "there is no colour:")
        assert "Upload the parcels" in shown, "what was meant last is still there"
        lines = shown.split("\n")
        (typed,) = [line for line in lines if "risk:high colour:red" in line]
        wrong = lines[lines.index(typed) + 1]
        assert wrong.index("colour:red") == typed.index("colour:red")
        await pilot.press("escape")
        await until_shown(pilot, *TITLES)
        await pilot.press("slash")
        field = app.focused
        assert isinstance(field, Field)
        assert not field.cursor_blink, "nothing is sent while one thinks"
        await pilot.press(*"path:*.md", "enter")
        await until_shown(pilot, "1 of 2", "Reword the notes", "Teach the parser")
        assert app.focused is not None


async def test_views_of_the_settings_are_chosen_by_a_key(readable: Place) -> None:
    app = ReviewerApp(make_desk(readable.home, readable.work), THEMES, views={"risky": "risk:high", "words": "notes"})
    async with app.run_test(size=MIDDLE) as pilot:
        await until_shown(pilot, *TITLES)
        await pilot.press("V")
        await until_shown(pilot, "Views", "risky", "risk:high", "everything that waits")
        await pilot.press("j", "enter")
        shown = await until_shown(pilot, "1 of 1")
        assert "Upload the parcels" in shown
        await pilot.press("V", "enter")
        await until_shown(pilot, *TITLES)


async def test_the_preview_shows_the_files_with_bars_and_says_what_is_new(readable: Place) -> None:
    async with opened(readable, MIDDLE) as (_app, pilot):
        await until_shown(pilot, *TITLES)
        await pilot.press("slash", *"parser", "enter")
        shown = await until_shown(pilot, "lib/new.py", "█", "app.py")
        (row,) = [line for line in shown.split("\n") if "lib/new.py" in line]
        assert "+5 -0" in row


async def test_what_was_open_is_no_longer_new_until_something_comes(make_place: Callable[..., Place]) -> None:
    place = make_place()
    place.submitted("claude/one", {"one.py": "a = 1\n"}, title="The first one")
    async with opened(place, MIDDLE) as (_app, pilot):
        row = await until_shown(pilot, "The first one", "new", "3/3")
        await pilot.press("slash", *"is:new", "enter")
        await until_shown(pilot, "The first one")
        await pilot.press("space")
        await until_shown(pilot, "one.py", "a = 1")
        await pilot.press("u")
        await until_shown(pilot, "Nothing holds is:new.")
        place.branch("claude/one", {"one.py": "a = 2\n"})
        place.desk.submit("claude/one", "main", "claude", "The first one", "")
        row = await until_shown(pilot, "The first one", "r1→r2")
        assert "Nothing holds" not in row


async def test_many_are_run_again_put_to_sleep_and_rejected_with_one_reason(make_place: Callable[..., Place]) -> None:
    place = make_place()
    ids = [place.submitted(f"claude/n{n}", {f"n{n}.py": "a = 1\n"}, title=f"Change {n}") for n in range(3)]
    async with opened(place, MIDDLE) as (app, pilot):
        await until_shown(pilot, "Change 0", "Change 1", "Change 2")
        await pilot.press("m", "m")
        shown = await until_shown(pilot, "2 marked", "◆")
        assert shown.count("◆") == 2
        await pilot.press("R")
        await until_shown(pilot, "2 run again")
        await pilot.press("g", "m", "Z")
        await until_shown(pilot, "Let it sleep", "until it has a new revision")
        await pilot.press("j", "j", "enter")
        await until_shown(pilot, "1 asleep")
        await until(pilot, lambda: "Change 0" not in screen_text(app))
        await pilot.press("slash", *"is:snoozed", "enter")
        await until_shown(pilot, "Change 0")
        await pilot.press("Z", "G", "enter", "escape")
        await until_shown(pilot, "Change 0", "Change 1", "Change 2")
        await until(pilot, lambda: "asleep" not in screen_text(app).split("\n")[0])
        await pilot.press("g", "m", "m", "x")
        await until_shown(pilot, "Reject these 2 changes", "Change 0", "Change 1")
        # Escape sends nothing; nor does an empty reason.
        await pilot.press("escape", "x", "enter")
        await until_shown(pilot, "Reject these 2 changes")
        assert place.state(ids[0]) == State.PENDING
        await pilot.press(*"no tests", "enter")
        await until_shown(pilot, "2 rejected")
        await until(pilot, lambda: "Change 1" not in screen_text(app).replace("2 rejected", ""))
        items = place.desk.outbox()
        assert {item.decision.reason.raw for item in items if item.decision} == {"no tests"}
        assert {item.change_id for item in items} == set(ids[:2])
        assert place.state(ids[2]) == State.PENDING


async def test_news_rings_only_where_it_was_asked_for(make_place: Callable[..., Place], monkeypatch: Any) -> None:
    place = make_place()
    for wish, signal in (("none", ""), ("osc9", "\x1b]9;reviewer: ")):
        app = ReviewerApp(make_desk(place.home, place.work), THEMES, notify=wish)
        wrote: list[str] = []
        async with app.run_test(size=SMALL) as pilot:
            await until_shown(pilot, "as of")
            await until(pilot, lambda: app.inbox_screen.inbox.since is not None)  # noqa: B023
            assert app._driver is not None
            monkeypatch.setattr(app._driver, "write", wrote.append)
            place.submitted(f"claude/{wish}", {f"{wish}.py": "a = 1\n"}, title=f"For {wish}")
            await until_shown(pilot, f"For {wish}")
        assert bool([text for text in wrote if "\x1b]9;" in text]) is bool(signal)
        assert all(text.startswith(signal) for text in wrote if "\x1b]9;" in text)


def test_what_another_desk_of_the_home_pulled_is_news_here_as_well(make_place: Callable[..., Place]) -> None:
    place = make_place()
    mine = make_desk(place.home, place.work)
    mine.sync()
    place.submitted("claude/x", {"x.py": "a = 1\n"})
    assert mine.wait(0), "the gate has nothing more to tell; the store has"
    assert mine.sync() == 1
    assert mine.sync() == 0
    mine.close()


async def test_another_name_is_listed_for_behind_the_screen(
    make_place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place()
    ids = [place.submitted(f"claude/n{n}", {f"n{n}.py": "a = 1\n"}, title=f"Change {n}") for n in range(3)]
    for change_id in ids:
        # Approved, as far as this desk knows: by its own name they wait for others.
        detail = place.desk.detail(change_id)
        told = Decision("d", change_id, detail.change.digest, Verdict.APPROVE, EMPTY, place.desk.reviewer, 1.0)
        place.desk._parts.cache.put(replace(detail, decisions=(told,)))
    assert place.desk.counts().of(Turn.OTHERS) == 3
    (place.home / "config.toml").write_text('name = "somebody else"\n')
    monkeypatch.setattr(cache_file, "_AT_ONCE", 1)
    monkeypatch.setattr(following, "_FILL_ROWS", 1)
    desk = make_desk(place.home, place.work, behind=True)
    assert (desk.counts().of(Turn.OTHERS), desk.counts().of(Turn.MINE)) == (2, 1), "the first one at once"
    async with opened(place, SMALL, desk=desk) as (app, pilot):
        await until_shown(pilot, "Change 0", "3 to review")
        await until(pilot, lambda: "putting the list in order" not in screen_text(app))
    desk.close()
