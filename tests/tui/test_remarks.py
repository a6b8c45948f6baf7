"""Comments on lines: drafts are kept with every key, stand at their line, and leave with the verdict or without."""

from collections.abc import Iterator

import pytest
from stage import LARGE, SIZES, SMALL, HastyDesk, Place, opened, screen_text, until, until_shown

from reviewer.model.comment import Comment
from reviewer.model.finding import Side
from reviewer.tui.comment_screen import CommentScreen
from reviewer.tui.review_screen import ReviewScreen

OLD = "".join(f"line {n}\n" for n in range(1, 30))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One gate for all; each test brings a change of its own."""
    made = Place(tmp_path_factory.mktemp("remarks"), {"app.py": OLD})
    yield made
    made.close()


def changed(place: Place, name: str) -> str:
    return place.submitted(f"claude/{name}", {"app.py": OLD.replace("line 9\n", f"line {name}\n")}, title=name)


def drafts(place: Place, change_id: str) -> list[Comment]:
    return place.desk.talk.drafts(change_id)


@pytest.mark.parametrize("size", SIZES)
async def test_a_draft_is_kept_with_every_key_and_is_there_after_the_program_died(
    place: Place, size: tuple[int, int]
) -> None:
    change_id = changed(place, f"draft{size[0]}")
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, f"+line draft{size[0]}")
        await pilot.press("right_square_bracket", *"jjjjj")
        await pilot.press("c")
        await until_shown(pilot, f"Comment on app.py:9  line draft{size[0]}")
        await pilot.press(*"why not 1[0]?")
        await until_shown(pilot, "kept")
        # Nothing was closed or saved by hand when another start of the program reads it.
        (draft,) = drafts(place, change_id)
        assert draft.body.raw == "why not 1[0]?"
        assert draft.anchor is not None
        assert (draft.anchor.file.raw, draft.anchor.side, draft.anchor.start) == ("app.py", Side.NEW, 9)
        async with opened(place, size, change_id) as (_again, other):
            shown = await until_shown(other, "✎ draft", "why not 1[0]?")
            lines = shown.split("\n")
            at = next(n for n, line in enumerate(lines) if f"+line draft{size[0]}" in line)
            assert "✎ draft" in lines[at + 1]
        assert isinstance(app.screen, CommentScreen)


async def test_a_draft_is_gone_on_with_and_thrown_away(place: Place) -> None:
    change_id = changed(place, "onwards")
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "+line onwards")
        await pilot.press("right_square_bracket", *"jjjjj", "c", *"one", "ctrl+s")
        await until_shown(pilot, "✎ draft", "one", "7 talk 1")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CommentScreen))
        await pilot.press("end", *" two", "escape")
        await until_shown(pilot, "one two")
        assert len(drafts(place, change_id)) == 1
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CommentScreen))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and "✎" not in screen_text(app))
        assert drafts(place, change_id) == []


async def test_an_emptied_draft_is_no_draft(place: Place) -> None:
    change_id = changed(place, "emptied")
    async with opened(place, SMALL, change_id) as (_app, pilot):
        await until_shown(pilot, "+line emptied")
        await pilot.press("c", "a", "backspace", "escape")
        await until(pilot, lambda: drafts(place, change_id) == [])


async def test_a_removed_line_and_the_whole_change_can_be_commented_on(place: Place) -> None:
    change_id = changed(place, "removed")
    async with opened(place, LARGE, change_id) as (_app, pilot):
        await until_shown(pilot, "-line 9")
        await pilot.press("right_square_bracket", *"jjjj", "c")
        await until_shown(pilot, "Comment on app.py:9 (removed)")
        await pilot.press(*"keep it", "escape", "C")
        await until_shown(pilot, "Comment on the whole change")
        await pilot.press(*"thanks", "escape")
        await until(pilot, lambda: len(drafts(place, change_id)) == 2)
        anchors = {d.body.raw: d.anchor for d in drafts(place, change_id)}
        assert anchors["thanks"] is None
        assert anchors["keep it"] is not None
        assert (anchors["keep it"].side, anchors["keep it"].start) == (Side.OLD, 9)
        await pilot.press("7")
        await until_shown(pilot, "on the change", "app.py:9", "thanks", "keep it")
        # From the list of what was said a draft is opened again.
        await pilot.press("enter")
        await until_shown(pilot, "Comment on")


@pytest.mark.parametrize("key", ["r", "P"])
async def test_drafts_leave_with_the_verdict_or_without_one(place: Place, key: str) -> None:
    change_id = changed(place, f"leave{key}")
    async with opened(place, SMALL, change_id, desk=HastyDesk.over(place)) as (app, pilot):
        await until_shown(pilot, f"+line leave{key}")
        await pilot.press("right_square_bracket", *"jjjjj", "c", *"why", "escape")
        await until_shown(pilot, "✎ draft")
        await pilot.press(key)
        if key == "r":
            await until_shown(pilot, "draft comment goes with it")
            # The draft says why: no other reason is needed.
            await pilot.press("enter")
        await until(pilot, lambda: len(place.desk.pipeline().detail(change_id).comments) == 1)
        (comment,) = place.desk.pipeline().detail(change_id).comments
        assert comment.body.raw == "why"
        assert comment.anchor is not None
        await until(pilot, lambda: "✎ draft" not in screen_text(app))
        assert drafts(place, change_id) == []
        wanted = "changes requested" if key == "r" else "pending"
        await until(pilot, lambda: place.state(change_id) == wanted)


async def test_what_the_agent_answers_stands_at_its_line(place: Place) -> None:
    change_id = changed(place, "answer")
    async with opened(place, SMALL, change_id) as (_app, pilot):
        await until_shown(pilot, "+line answer")
        await pilot.press("right_square_bracket", *"jjjjj", "c", *"why", "escape", "P")
        await until(pilot, lambda: place.desk.pipeline().detail(change_id).comments)
        detail = place.desk.pipeline().detail(change_id)
        place.desk.talk.comment(detail, "because \x1b[2J", detail.comments[0].anchor, agent="claude")
        await until_shown(pilot, "◆ claude, the agent", "because ␛[2J", "7 talk 2")


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_that_is_remarked_on_stays_in_sight(place: Place, size: tuple[int, int]) -> None:
    name = f"seen{size[0]}"
    lines = "".join(f"row_{n} = {n}\n" for n in range(60))
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": lines}, title="Long")
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "row_0")
        # At the foot of the screen, then at the very end, where nothing is left to scroll.
        for key, row in (("space", ""), ("G", "row_59")):
            await pilot.press(key)
            if row:
                await until_shown(pilot, row)
                await pilot.press("k")
            remarked = app.screen.diff.remarked()  # type: ignore[attr-defined]
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, CommentScreen))
            top = app.screen.query("Container").first().region
            assert remarked is not None
            at = next(n for n, text in enumerate(screen_text(app).splitlines()) if f"+{remarked.text.raw}" in text)
            assert not top.y <= at < top.bottom
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
