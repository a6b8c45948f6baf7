"""What holds an approval back can be gone to, and waived by who may, with a reason that is signed and shown."""

from collections.abc import Iterator

import pytest
from stage import SIZES, HastyDesk, Place, asked, opened, screen_text, type_slowly, until, until_shown

from reviewer.settings import UserSettings, account_name
from reviewer.tui.review_screen import ReviewScreen

ME = account_name(UserSettings()).raw
POLICY = f'[policy]\nmax_lines = 1\noverride = ["{ME}"]\n[[policy.require]]\nname = "few"\nmax_files = 9\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("overrides"), {"app.py": "a = 1\n", "reviewer.toml": POLICY})
    yield made
    made.close()


@pytest.mark.parametrize("size", SIZES)
async def test_a_locked_approval_names_who_asks_is_gone_to_and_waived_with_a_reason(
    place: Place, size: tuple[int, int]
) -> None:
    name = f"long{size[0]}"
    change_id = place.submitted(f"claude/{name}", {f"{name}.py": "b = 2\nc = 3\n"})
    async with opened(place, size, change_id, desk=HastyDesk.over(place)) as (app, pilot):
        await until_shown(pilot, f"{name}.py")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked: 2 lines differ; at most 1 are allowed (team")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await until_shown(pilot, "What an approval needs", "may be overridden by")
        await pilot.press("a")
        await until_shown(pilot, "[ ] override size: lines")
        await pilot.press("enter", "enter")
        await until_shown(pilot, "[ ] override size: lines")
        await pilot.press("enter", *"it burns", "enter")
        await until_shown(pilot, "[x] override size: lines: it burns")
        assert "is locked" not in screen_text(app)
        await pilot.press("tab", "tab")
        await until(pilot, lambda: asked(app))
        await type_slowly(pilot, asked(app))
        await until(pilot, lambda: place.state(change_id) != "pending")
        (decision,) = place.desk.pipeline().detail(change_id).decisions
        assert decision.overrides == ("size: lines",)
        assert [(each.about, each.text.raw) for each in decision.reasons] == [("size: lines", "it burns")]
