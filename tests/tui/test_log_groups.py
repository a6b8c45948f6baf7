"""Groups that a run's output marks are listed beside its steps, as its own word, and lead to their lines."""

from pathlib import Path

from stage import LARGE, SMALL, Place, opened, until, until_shown
from test_runs import run_screen

MARKS = """
[[run]]
name = "tests"
command = ["sh", "-c", '''
echo "::group::Set up"; seq -f 'set up %g' 200; echo "::endgroup::"
echo "::group::Run \\033[31mthe\\u202e tests"; echo "::error file=src/a/long/way/down/to/the/app.py,line=3::it broke"
seq -f 'test %g' 80; echo "::endgroup::"
exit 1
''']
"""


async def test_a_group_is_named_counted_and_gone_to(tmp_path: Path) -> None:
    place = Place(tmp_path, {"app.py": "x\n", "reviewer.toml": MARKS})
    try:
        change_id = place.submitted("claude/it", {"app.py": "y\n"}, title="It works")
        for size in (LARGE, SMALL):
            async with opened(place, size, change_id) as (app, pilot):
                await until_shown(pilot, "app.py")
                await pilot.press("3")
                await until_shown(pilot, "what it printed: 2 groups")
                await pilot.press("enter")
                await until(pilot, lambda: "RunScreen" in str(app.screen))
                await pilot.press("2")
                shown = await until_shown(pilot, "Groups in its output", "reported by the code under review", "Set up")
                assert "201 lines  Set up" in shown and "82 lines" in shown and "1 error" in shown
                assert "Errors and warnings in its output" in shown and "/the/app.py:3  it broke" in shown
                assert "\x1b" not in shown and "\u202e" not in shown
                await pilot.press("G", "enter")
                await until_shown(pilot, "it broke", "test 1")
                assert run_screen(app).pane == "output" and run_screen(app).output.cursor == 203
    finally:
        place.close()
