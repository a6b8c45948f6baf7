"""One change on screen: every pane can be reached at any size; difference, files, findings and search move together."""

import asyncio

import pytest
from stage import LARGE, SIZES, SMALL, Place, opened, screen_text, strips, until, until_shown
from textual import events

from reviewer.tui.app import ReviewerApp
from reviewer.tui.review_screen import PANES, ReviewScreen

PARSER, UPLOAD = "Teach the parser numbers", "Upload the parcels"
IN_PANE = {
    "files": "M app.py",
    "diff": "@@ -7,7 +7,7 @@",
    "runs": "observed, contained",
    "findings": "The scan found nothing.",
    "requires": "What an approval needs",
    "claim": "Claimed by the agent, not observed",
    "talk": "Nobody has said anything yet.",
}


def change_of(place: Place, title: str) -> str:
    return next(row.change_id for row in place.desk.changes() if row.title.raw == title)


def review(app: ReviewerApp) -> ReviewScreen:
    assert isinstance(app.screen, ReviewScreen)
    return app.screen


def under_cursor(app: ReviewerApp) -> str:
    """The lines of the pane in use that are painted as the cursor's."""
    colour = app.paint.style("text", "cursor").bgcolor
    assert app.focused is not None
    region = app.focused.region
    found = []
    for strip in strips(app)[region.y : region.bottom]:
        own = strip.crop(region.x, region.right)
        if any(seg.style and seg.style.bgcolor == colour for seg in own):
            found.append(own.text.strip())
    return "\n".join(found)


@pytest.mark.parametrize("size", [SMALL, (110, 30), LARGE])
async def test_every_pane_is_reached_by_its_number_and_by_tab(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        for number, name in enumerate(PANES, 1):
            await pilot.press(str(number))
            await until_shown(pilot, IN_PANE[name], f"{number} {name}")
            assert app.focused is not None
            assert app.focused.id == name
        for name in PANES:
            await pilot.press("tab")
            await until_shown(pilot, IN_PANE[name])
        for name in reversed(PANES[:-1]):
            await pilot.press("shift+tab")
            await until_shown(pilot, IN_PANE[name])


@pytest.mark.parametrize("size", [SMALL, (110, 30), LARGE])
async def test_every_tab_can_be_clicked(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        tabs = screen_text(app).split("\n")[1]
        for number, name in enumerate(PANES, 1):
            await pilot.click(offset=(tabs.index(f"{number} {name}") + 2, 1))
            await until_shown(pilot, IN_PANE[name])


async def test_files_difference_and_output_stand_side_by_side_where_there_is_room(readable: Place) -> None:
    async with opened(readable, LARGE, change_of(readable, PARSER)) as (_app, pilot):
        shown = await until_shown(pilot, IN_PANE["files"], IN_PANE["diff"], IN_PANE["runs"], "green and red")
        (row,) = [line for line in shown.split("\n") if IN_PANE["diff"] in line]
        assert row.index("src/" if "src/" in row else "new.py" if "new.py" in row else "@@") < 110
        await pilot.press("4")
        await until_shown(pilot, IN_PANE["files"], IN_PANE["diff"], IN_PANE["findings"])


async def test_one_pane_can_have_the_whole_screen(readable: Place) -> None:
    async with opened(readable, LARGE, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, *(IN_PANE[name] for name in ("files", "diff", "runs")))
        await pilot.press("m")
        await until(pilot, lambda: IN_PANE["runs"] not in screen_text(app))
        assert IN_PANE["diff"] in screen_text(app)
        await pilot.press("3")
        await until(pilot, lambda: IN_PANE["diff"] not in screen_text(app))
        await pilot.press("m")
        await until_shown(pilot, *(IN_PANE[name] for name in ("files", "diff", "runs")))


async def test_the_list_of_files_uses_the_width_that_it_has(readable: Place) -> None:
    async with opened(readable, SMALL, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await pilot.press("1")
        await until(pilot, lambda: any(len(at) > 75 and " M app.py " in at for at in screen_text(app).split("\n")))


@pytest.mark.parametrize("size", SIZES)
async def test_the_difference_in_one_column_and_in_two(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        shown = await until_shown(pilot, "▾ app.py  +2 -2", IN_PANE["diff"], "-line 10", "+line ten")
        old, new = (n for n, line in enumerate(shown.split("\n")) if "line 10" in line or "line ten" in line)
        assert new == old + 1
        await pilot.press("s")
        await until(pilot, lambda: any("-line 10" in li and "+line ten" in li for li in screen_text(app).split("\n")))
        await pilot.press("s")
        await until(
            pilot, lambda: not any("-line 10" in li and "+line ten" in li for li in screen_text(app).split("\n"))
        )


@pytest.mark.parametrize("size", SIZES)
async def test_hunks_and_files_are_walked_across_the_whole_change(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await until(pilot, lambda: review(app).sizes)
        seen = []
        for _ in range(4):
            await pilot.press("right_square_bracket")
            seen.append(under_cursor(app).split("  ")[0])
        assert seen == ["@@ -7,7 +7,7 @@", "@@ -47,7 +47,7 @@", "@@ -0,0 +1,5 @@", "@@ -0,0 +1,1 @@"]
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert under_cursor(app).startswith("@@ -47,7")
        await pilot.press("right_curly_bracket")
        assert under_cursor(app).startswith("▾ lib/new.py  added")
        await pilot.press("right_curly_bracket", "right_curly_bracket")
        assert under_cursor(app).startswith("▾ notes.md")
        await pilot.press("left_curly_bracket", "left_curly_bracket", "left_curly_bracket")
        assert under_cursor(app).startswith("▾ app.py")


@pytest.mark.parametrize("size", SIZES)
async def test_list_of_files_and_difference_move_together(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await pilot.press("1", "j", "j")
        await until(pilot, lambda: "notes.md" in under_cursor(app))
        assert review(app).diff.file == 2
        await pilot.press("k", "enter")
        await until_shown(pilot, "▾ lib/new.py  added")
        assert app.focused is review(app).diff
        await pilot.press("left_curly_bracket", "1")
        await until(pilot, lambda: "app.py" in under_cursor(app))


@pytest.mark.parametrize("size", SIZES)
async def test_findings_stand_at_their_line_and_walk_with_the_difference(
    readable: Place, size: tuple[int, int]
) -> None:
    change_id = change_of(readable, UPLOAD)
    findings = readable.desk.detail(change_id).findings
    assert len(findings) > 1
    assert {finding.file.raw for finding in findings} == {"deploy.py"}
    content = (None, *readable.git("show", "codex/upload:deploy.py", strip=False).split("\n"))

    def at(number: int) -> str:
        assert findings[number].line is not None
        return f"{findings[number].line} +{content[findings[number].line]}".rstrip()

    async with opened(readable, size, change_id) as (app, pilot):
        await until_shown(pilot, "deploy.py  added", f"▲ {len(findings)}")
        await pilot.press("f")
        await until(pilot, lambda: under_cursor(app) == at(0))
        lines = screen_text(app).split("\n")
        under = lines[next(n for n, line in enumerate(lines) if at(0) in line) + 1]
        assert f"▲ {findings[0].severity.value}" in under, "the remark stands under its line"
        await pilot.press("f")
        await until(pilot, lambda: under_cursor(app) == at(1))
        await pilot.press("4")
        place = f"deploy.py:{findings[1].line}"
        await until(pilot, lambda: place in under_cursor(app))  # the list went along
        await pilot.press("k")
        await until(pilot, lambda: f"deploy.py:{findings[0].line}" in under_cursor(app))
        await pilot.press("enter")
        await until(pilot, lambda: under_cursor(app) == at(0))
        await pilot.press("F")
        await until(pilot, lambda: under_cursor(app) == at(-1))


@pytest.mark.parametrize("size", SIZES)
async def test_searching_goes_from_match_to_match_through_all_files(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await pilot.press("slash", *"NEEDLE", "enter")
        await until(pilot, lambda: "a needle" in under_cursor(app))
        assert app.focused is review(app).diff
        await pilot.press("n")
        await until(pilot, lambda: "return x" in under_cursor(app))
        await pilot.press("n")
        await until(pilot, lambda: "a needle" in under_cursor(app))
        await pilot.press("N")
        await until(pilot, lambda: "return x" in under_cursor(app))
        match = app.paint.style("match", "match-surface").bgcolor
        marked = [seg.text for strip in strips(app) for seg in strip if seg.style and seg.style.bgcolor == match]
        assert "needle" in marked
        await pilot.press("slash", *"nowhere", "enter")
        await until_shown(pilot, "nowhere is nowhere in")


async def test_escape_closes_the_search_before_it_leaves_the_change(readable: Place) -> None:
    async with opened(readable, SMALL, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await pilot.press("slash", *"abc")
        await pilot.press("escape")
        assert isinstance(app.screen, ReviewScreen)
        assert app.focused is review(app).diff
        await pilot.press("escape")
        await until_shown(pilot, "to review")


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_folds_and_unfolds(readable: Place, size: tuple[int, int]) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"], "line ten")
        await pilot.press("j", "j", "j", "z")
        await until_shown(pilot, "▸ app.py")
        assert "line ten" not in screen_text(app)
        assert under_cursor(app).startswith("▸ app.py")
        await pilot.press("z")
        await until_shown(pilot, "▾ app.py", "line ten")
        # Who goes to a place in a folded file sees it.
        await pilot.press("z", "slash", *"line ten", "enter")
        await until_shown(pilot, "▾ app.py", "line ten")


async def test_output_is_coloured_folded_by_step_and_searched(readable: Place) -> None:
    async with opened(readable, LARGE, change_of(readable, UPLOAD)) as (app, pilot):
        await until_shown(pilot, "✗ failed   tests", "exit status 1", "green and red")
        inks = {
            seg.text: seg.style.color.name for strip in strips(app) for seg in strip if seg.style and seg.style.color
        }
        assert inks["green"] == app.paint.colours["added"]
        assert inks["red"] == app.paint.colours["removed"]
        await pilot.press("3", "z")
        await until_shown(pilot, "▸ ✗ failed")
        assert "green and red" not in screen_text(app)
        await pilot.press("z")
        await until_shown(pilot, "▾ ✗ failed", "green and red")
        await pilot.press("slash", *"TEST 40", "enter")
        await until(pilot, lambda: under_cursor(app) == "test 40")
        await pilot.press("slash", *"no such", "enter")
        await until_shown(pilot, "no such is not in the output")


async def test_a_run_that_passed_is_folded_where_there_are_several_and_open_where_it_is_alone(readable: Place) -> None:
    async with opened(readable, SMALL, change_of(readable, PARSER)) as (_app, pilot):
        await pilot.press("3")
        await until_shown(pilot, "▾ ✓ passed   tests", "green and red", "test 1")


@pytest.mark.parametrize("size", SIZES)
async def test_requirements_and_claim_say_what_holds_and_what_was_only_said(
    readable: Place, size: tuple[int, int]
) -> None:
    async with opened(readable, size, change_of(readable, UPLOAD)) as (_app, pilot):
        await pilot.press("5")
        await until_shown(pilot, "✗ tests failed with exit status 1", "✓ merges", "reviewer.toml")
    async with opened(readable, size, change_of(readable, PARSER)) as (_app, pilot):
        await pilot.press("6")
        await until_shown(pilot, "not observed", "The parser knows numbers.", "All tests pass.")


async def test_a_difference_is_coloured_by_its_language(readable: Place) -> None:
    async with opened(readable, LARGE, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, "lib/new.py")

        def keywords() -> set[str]:
            ink = app.paint.colours["syntax-keyword"]
            return {s.text for st in strips(app) for s in st if s.style and s.style.color and s.style.color.name == ink}

        await until(pilot, lambda: {"import", "def", "return"} <= keywords())


@pytest.mark.parametrize("size", SIZES)
async def test_no_key_is_lost_that_comes_before_the_difference_has_followed_the_list(
    readable: Place, size: tuple[int, int]
) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        await pilot.press("1")
        for turns in range(24):
            for keys, wanted, file in (("jjkj", "notes.md", 2), ("kkjk", "app.py", 0)):
                for key in keys:
                    app.post_message(events.Key(key, key))
                    # Not so long that everything has come of it, and not so short that nothing has.
                    for _ in range(turns):
                        await asyncio.sleep(0)
                await until(pilot, lambda w=wanted, f=file: w in under_cursor(app) and review(app).diff.file == f)


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_typed_at_once_after_a_key_that_moves_the_focus_goes_where_it_was_meant_to(
    readable: Place, size: tuple[int, int]
) -> None:
    async with opened(readable, size, change_of(readable, PARSER)) as (app, pilot):
        await until_shown(pilot, IN_PANE["diff"])
        for turns in range(12):
            for key in ("7", "slash", *"aqu5zx"):
                app.post_message(events.Key(key, "/" if key == "slash" else key))
                for _ in range(turns):
                    await asyncio.sleep(0)
            await until(pilot, lambda: getattr(app.focused, "value", "") == "aqu5zx")
            await pilot.press("escape", "2")
            await until(pilot, lambda: app.focused is review(app).diff)
            await pilot.press("slash", "escape")
