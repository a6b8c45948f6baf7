"""What changed since the revision that was looked at last is one key away, what the target brought in taken out."""

from pathlib import Path

from stage import LARGE, Place, opened, strips, until, until_shown

from reviewer.tui.review_screen import ReviewScreen
from reviewer.tui.since_screen import SinceScreen

BODY = "".join(f"line {n}\n" for n in range(40))


async def test_only_what_the_agent_did_since_is_shown_and_left_by_its_keys(tmp_path: Path) -> None:
    place = Place(tmp_path, {"a.txt": BODY, "theirs.txt": "old\n"})
    try:
        change_id = place.submitted("claude/work", {"a.txt": BODY.replace("line 3\n", "three\n")}, title="Number words")
        async with opened(place, LARGE, change_id) as (app, pilot):
            await until_shown(pilot, "+three")
            await pilot.press("D")
            await until_shown(pilot, "You have looked at no earlier revision")
        # The agent rebases onto a target that moved, and adds one line of its own.
        place.commit({"theirs.txt": "new\n"})
        place.git("switch", "-q", "claude/work", folder=place.agents)
        place.git("rebase", "-q", "main", folder=place.agents)
        again = BODY.replace("line 3\n", "three\n").replace("line 30\n", "thirty\n")
        place.commit({"a.txt": again}, folder=place.agents)
        place.git("switch", "-q", "--detach", folder=place.agents)
        place.desk.submit("claude/work", "main", "claude", "Number words", "")
        place.settled(change_id)
        async with opened(place, LARGE, change_id) as (app, pilot):
            await until_shown(pilot, "seen before", "new to you", "+thirty")
            await pilot.press("D")
            await until(pilot, lambda: isinstance(app.screen, SinceScreen) and len(strips(app)) == LARGE[1])
            text = await until_shown(pilot, "+thirty")
            assert "+three" not in text and "theirs.txt" not in text
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
    finally:
        place.close()
