"""Verdicts on screen: what the dialog says, what holds it back, how it is given, undone and landed."""

from collections.abc import Iterator

import pytest
from stage import SIZES, SMALL, HastyDesk, Place, asked, opened, screen_text, type_slowly, until, until_shown

from reviewer.model.decision import DecisionState, Verdict
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.review_screen import ReviewScreen

FAILING = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "test ! -e broken.py"]\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One gate for all; each test brings a change of its own."""
    made = Place(tmp_path_factory.mktemp("verdicts"), {"app.py": "a = 1\n", "reviewer.toml": FAILING})
    yield made
    made.close()


@pytest.mark.parametrize("size", SIZES)
async def test_approving_says_what_it_does_and_lands_when_asked(place: Place, size: tuple[int, int]) -> None:
    name = f"land{size[0]}"
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": "b = 2\n"}, title="Land me")
    detail = place.settled(change_id)
    async with opened(place, size, change_id, desk=HastyDesk.over(place)) as (app, pilot):
        await until_shown(pilot, f"{name}.py")
        await pilot.press("a")
        await until_shown(
            pilot, "Approve  Land me", "revision 1", detail.change.digest[:12], "lands on main", "Held for 10 seconds",
            "✓ merges", "tests ran and exited 0", "to approve, one after the other",
        )  # fmt: skip
        await type_slowly(pilot, asked(app))
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await until(pilot, lambda: place.state(change_id) == "approved, waiting to land")
        decision = place.desk.pipeline().detail(change_id).decisions[-1]
        assert (decision.verdict, decision.digest) == (Verdict.APPROVE, detail.change.digest)
        await until(pilot, lambda: "to land" in screen_text(app))
        assert not (place.work / f"{name}.py").exists(), "a checked out branch is not touched by itself"
        await pilot.press("L")
        await until(pilot, lambda: place.state(change_id) == "landed")
        assert (place.work / f"{name}.py").read_text() == "b = 2\n"
        await until_shown(pilot, "landed")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "verdict", "said"),
    [("x", Verdict.REJECT, "is told no"), ("r", Verdict.REQUEST_CHANGES, "may send a next revision")],
)
async def test_sending_back_and_rejecting_need_a_reason_and_nothing_else(
    place: Place, size: tuple[int, int], key: str, verdict: Verdict, said: str
) -> None:
    name = f"{key}{size[0]}"
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": "b = 2\n"})
    async with opened(place, size, change_id) as (_app, pilot):
        await until_shown(pilot, f"{name}.py")
        await pilot.press(key)
        await until_shown(pilot, said, "revision 1")
        await pilot.press("enter")
        await until_shown(pilot, "say why first")
        await pilot.press(*"too slow [b]", "enter")
        await until_shown(pilot, "held", "U takes it back")
        (decision,) = place.desk.pipeline().detail(change_id).decisions
        assert (decision.verdict, decision.reason.raw) == (verdict, "too slow [b]")
        await pilot.press("7")
        await until_shown(pilot, f"{verdict.value} by", "too slow [b]")


async def test_a_verdict_is_taken_back_while_it_is_held(place: Place) -> None:
    change_id = place.submitted("claude/undo", {"undo.py": "b = 2\n"})
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "undo.py")
        await pilot.press("U")
        await until_shown(pilot, "You decided nothing")
        await pilot.press("a")
        await until(pilot, lambda: asked(app))
        await type_slowly(pilot, asked(app))
        await until_shown(pilot, "held", "U takes it back")
        await pilot.press("U")
        await until_shown(pilot, "taken back")
        await until(pilot, lambda: "held" not in screen_text(app).split("\n")[0])
        assert place.state(change_id) == "pending"
        (item,) = [i for i in place.desk.outbox() if i.change_id == change_id]
        assert item.state is DecisionState.WITHDRAWN


async def test_escape_decides_nothing(place: Place) -> None:
    change_id = place.submitted("claude/escape", {"escape.py": "b = 2\n"})
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "escape.py")
        for key in "axr":
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, DecideScreen))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert not [i for i in place.desk.outbox() if i.change_id == change_id]


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_not_met_locks_approving_and_says_why(place: Place, size: tuple[int, int]) -> None:
    name = f"locked{size[0]}"
    change_id = place.submitted(f"claude/{name}", {"broken.py": f"# {name}\n"})
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "broken.py")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked", "tests failed with exit status 1")
        assert asked(app) == ""
        challenge = app.screen.query_one("#challenge")
        assert app.focused is challenge
        await type_slowly(pilot, challenge.challenge.wanted)  # type: ignore[attr-defined]
        assert isinstance(app.screen, DecideScreen)
        assert place.state(change_id) == "pending"


@pytest.mark.parametrize("size", SIZES)
async def test_findings_are_acknowledged_one_by_one(place: Place, size: tuple[int, int]) -> None:
    name = f"flags{size[0]}"
    content = 'K = "AKIAQWERTYUIOPASDFGH"\n' + "\n" * 30 + "import os\nos.system(cmd)\n"
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": content})
    wanted = place.settled(change_id).findings
    assert len(wanted) > 1
    async with opened(place, size, change_id, desk=HastyDesk.over(place)) as (app, pilot):
        await until_shown(pilot, f"{name}.py")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked", "not acknowledged", "Acknowledge each", "[ ]")
        await pilot.press("enter")
        await until_shown(pilot, "[x]", "approve is locked")
        for _ in wanted[1:]:
            await pilot.press("j", "enter")
        await until(pilot, lambda: "is locked" not in screen_text(app))
        await pilot.press("enter")
        await until_shown(pilot, "approve is locked")
        await pilot.press("enter", "tab", "tab")
        await until(pilot, lambda: asked(app))
        await type_slowly(pilot, asked(app))
        await until(pilot, lambda: place.state(change_id) != "pending")
        (decision,) = place.desk.pipeline().detail(change_id).decisions
        assert set(decision.acknowledged) == {f.fingerprint for f in wanted}


@pytest.mark.parametrize("size", SIZES)
async def test_a_revision_that_comes_is_announced_locks_and_is_looked_at_when_asked(
    place: Place, size: tuple[int, int]
) -> None:
    name = f"second{size[0]}"
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": "first = 1\n"})
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "first = 1")
        await pilot.press("a")
        await until(pilot, lambda: asked(app))
        letters = asked(app)
        place.submitted(f"claude/{name}", {f"{name}.py": "second = 2\n"})
        # The open dialog locks by itself.
        await until_shown(pilot, "approve is locked", "revision 2 has come")
        await type_slowly(pilot, letters)
        assert isinstance(app.screen, DecideScreen)
        await pilot.press("escape")
        shown = await until_shown(pilot, "Revision 2 has come", "^r", "first = 1", "r1")
        assert "second = 2" not in shown, "nothing changes under the reader's eyes"
        await pilot.press("x", *"no", "enter")
        await until_shown(pilot, "locked", "revision 2 has come; you are looking at revision 1")
        await pilot.press("escape", "ctrl+r")
        await until_shown(pilot, "second = 2", "r2")
        assert "has come" not in screen_text(app)
        assert not place.desk.pipeline().detail(change_id).decisions
        await pilot.press("a")
        await until(pilot, lambda: asked(app))


async def test_a_verdict_by_somebody_else_shows_and_locks(place: Place) -> None:
    change_id = place.submitted("claude/other", {"other.py": "b = 2\n"})
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "other.py")
        place.desk.decide(place.settled(change_id), Verdict.REJECT, "not this way", now=True)
        await until(pilot, lambda: "rejected" in screen_text(app).split("\n")[0])
        await pilot.press("a")
        await until_shown(pilot, "approve is locked", "the change is rejected")
        await pilot.press("escape", "7")
        await until_shown(pilot, "not this way")


async def test_all_that_locks_can_be_read_at_80_columns(place: Place) -> None:
    content = 'K = "AKIAQWERTYUIOPASDFGH"\n'
    change_id = place.submitted("claude/both", {"broken.py": "# both\n", "both.py": content})
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "both.py")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked")
        words = " ".join(screen_text(app).replace("▌", " ").split())
        assert "locked: tests failed with exit status 1; 1 of 1 high findings are not acknowledged" in words
