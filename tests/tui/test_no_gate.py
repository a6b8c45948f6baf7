"""Without a gate the store is shown and says so, what is decided is kept; a gate that dies is started again."""

import fcntl
from collections.abc import Callable

import pytest
from stage import SIZES, SMALL, Place, asked, opened, screen_text, type_slowly, until, until_shown

from reviewer.model.decision import DecisionState
from reviewer.tui.review_screen import ReviewScreen


async def test_a_gate_that_is_killed_is_started_again_and_the_screen_goes_on(make_place: Callable[..., Place]) -> None:
    place = make_place()
    change_id = place.submitted("claude/one", {"one.py": "b = 2\n"}, title="The first one")
    async with opened(place, SMALL) as (app, pilot):
        await until_shown(pilot, "The first one")
        place.kill_gate()
        place.branch("claude/two", {"two.py": "c = 3\n"})
        place.desk = type(place.desk)(place.desk._parts)
        place.submitted("claude/two", {}, title="The second one", wait=False)
        await until(pilot, lambda: "The second one" in screen_text(app), 60)
        await pilot.press("enter")
        await until_shown(pilot, "one.py")
        place.kill_gate()
        await pilot.press("a")
        await until(pilot, lambda: asked(app))
        await type_slowly(pilot, asked(app))
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        place.desk = type(place.desk)(place.desk._parts)
        await until(pilot, lambda: place.desk.pipeline().detail(change_id).decisions, 60)


async def test_a_verdict_is_sealed_at_once_and_is_not_lost_by_leaving_before_anybody_answers(
    make_place: Callable[..., Place],
) -> None:
    place = make_place()
    change_ids = [place.submitted(f"claude/{n}", {f"{n}.py": "b = 2\n"}, title=f"Change {n}") for n in "xy"]
    place.kill_gate()
    with (place.home / "run" / "gate.lock").open("r+") as lock:
        # Somebody holds its place and does not answer.
        fcntl.flock(lock, fcntl.LOCK_EX)
        async with opened(place, SMALL) as (app, pilot):
            for n in "xy":
                await until_shown(pilot, f"Change {n}")
                await pilot.press("enter")
                await until_shown(pilot, f"{n}.py", "b = 2")
                await pilot.press("x", *"no", "enter")
                await until_shown(pilot, "reject: sealed, on its way")
                await pilot.press("u", "j")
            app.leave()
            assert app.farewell[0].startswith("2 not sent yet, kept in the outbox")
        assert {item.change_id for item in place.desk.outbox()} == set(change_ids)


@pytest.mark.parametrize("size", SIZES)
async def test_without_a_gate_the_store_is_shown_and_said_to_be_old_and_a_verdict_is_kept(
    make_place: Callable[..., Place], size: tuple[int, int]
) -> None:
    place = make_place()
    change_id = place.submitted("claude/off", {"off.py": "b = 2\n"}, title="While it is away")
    place.kill_gate()
    database = place.home / "gate" / "gate.db"
    kept = database.read_bytes()
    database.write_bytes(b"nothing that can be read")
    async with opened(place, size) as (_app, pilot):
        shown = await until_shown(pilot, "While it is away", "cannot be used")
        assert "as of" in shown.split("\n")[0]
        await pilot.press("enter")
        await until_shown(pilot, "off.py", "b = 2")
        await pilot.press("x", *"no", "enter")
        await until_shown(pilot, "reject: kept in the", "It is sent")
        await pilot.press("K")
        await until_shown(pilot, "Nothing runs.")
        # The gate is mended: what waits is sent without being asked.
        database.write_bytes(kept)
        await until(pilot, lambda: [i.state for i in place.desk.outbox()] == [DecisionState.CONFIRMED], 60)
    assert place.desk.pipeline().detail(change_id).decisions[-1].reason.raw == "no"


@pytest.mark.parametrize("size", SIZES)
async def test_a_gate_that_does_not_answer_is_told_at_once_with_what_to_do(
    make_place: Callable[..., Place], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.tui.following._TOO_LATE_SECONDS", 1.2)
    place = make_place()
    place.submitted("claude/off", {"off.py": "b = 2\n"}, title="While it is away")
    place.kill_gate()
    with (place.home / "run" / "gate.lock").open("r+") as lock:
        # Somebody holds its place and does not answer.
        fcntl.flock(lock, fcntl.LOCK_EX)
        async with opened(place, size) as (app, pilot):
            await until_shown(pilot, "While it is away", "asking the gate")
            shown = await until_shown(pilot, "! the gate does not answer yet", "reviewer doctor")
            rows = [n for n, line in enumerate(shown.split("\n")) if "While it is away" in line]
            fcntl.flock(lock, fcntl.LOCK_UN)
            await until(pilot, lambda: "does not answer" not in screen_text(app), 60)
            after = [n for n, line in enumerate(screen_text(app).split("\n")) if "While it is away" in line]
            assert after[0] == rows[0], "no row moved for it"
