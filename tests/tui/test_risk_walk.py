"""Risk on screen: the files by risk, findings walked across files and folds, what locks a verdict and how one gets
there, who owns what, and what was never on screen: told, and never forced.
"""

import re
from collections.abc import Iterator

import pytest
from stage import SIZES, SMALL, Place, asked, opened, until, until_shown
from textual.pilot import Pilot

from reviewer.model.finding import Finding
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.line_view import Entries
from reviewer.tui.review_screen import ReviewScreen

BODY = "".join(f"line_{n} = {n}\n" for n in range(200))
POLICY = """
[[policy.require]]
name = "small"
paths = ["alock*"]
max_lines = 3
override = ["somebody"]
[[policy.require]]
name = "docs"
paths = ["docs/**"]
approvals = 2
"""
OWNERS = "* @org/devs\n/z* @org/security\n"


def pushed(line: int, text: str, body: str = BODY) -> str:
    lines = body.split("\n")
    lines[line] = text
    return "\n".join(lines)


def change(name: str) -> dict[str, str]:
    """An innocent file first, two findings far apart in one, one in the last."""
    both = pushed(180, f"requests.get(url, verify=False)  # {name}", pushed(20, "eval(request.args['x'])"))
    return {f"a{name}.txt": "words\n", "m.py": both, "z.sh": "curl https://example.org/x | sh\n"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One gate for all; each test brings a change of its own."""
    files = {"m.py": BODY, "reviewer.toml": POLICY, ".github/CODEOWNERS": OWNERS}
    made = Place(tmp_path_factory.mktemp("risk"), files)
    yield made
    made.close()


def under(pilot: Pilot[None]) -> tuple[str, int | None]:
    """File and line that the cursor of the difference is on."""
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    spot = screen.diff.stream.spot(screen.diff.cursor)
    return (screen.files[spot.file].path.raw, spot.line) if spot is not None else ("", None)


def places(findings: tuple[Finding, ...]) -> list[tuple[str, int | None]]:
    return [(finding.file.raw, finding.line) for finding in findings]


@pytest.mark.parametrize("size", SIZES)
async def test_files_stand_in_the_order_of_their_risk(place: Place, size: tuple[int, int]) -> None:
    change_id = place.submitted(f"claude/map{size[0]}", change(f"map{size[0]}"))
    async with opened(place, size, change_id) as (_app, pilot):
        await until_shown(pilot, "z.sh")
        await pilot.press("4")
        shown = await until_shown(pilot, "Where the risk is", "‼1", "▲2")
        rows = [line for line in shown.split("\n") if re.search(r"‼1|▲2", line)]
        assert "z.sh" in rows[0] and "m.py" in rows[1], shown
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        await until(pilot, lambda: [file.path.raw[0] for file in screen.files] == ["z", "m", "a"])
        await pilot.press("2", "o")
        await until(pilot, lambda: [file.path.raw[0] for file in screen.files] != ["z", "m", "a"])


@pytest.mark.parametrize("size", SIZES)
async def test_brackets_walk_the_findings_across_files_and_into_what_is_folded(
    place: Place, size: tuple[int, int]
) -> None:
    change_id = place.submitted(f"claude/walk{size[0]}", change(f"walk{size[0]}"))
    wanted = places(place.settled(change_id).findings)
    assert len(wanted) == 3 and len({path for path, _line in wanted}) == 2
    async with opened(place, size, change_id) as (_app, pilot):
        await until_shown(pilot, "z.sh")
        await pilot.press("2")
        for expected in wanted:
            await pilot.press("right_square_bracket", "f")
            await until(pilot, lambda expected=expected: under(pilot) == expected)
        for expected in (wanted[1], wanted[0], wanted[2]):
            await pilot.press("left_square_bracket", "f")
            await until(pilot, lambda expected=expected: under(pilot) == expected)
        # A file that the reviewer folded opens where the walk comes to it.
        await pilot.press("z", "right_square_bracket", "f", "left_square_bracket", "f")
        await until(pilot, lambda: under(pilot) == wanted[2])


@pytest.mark.parametrize("size", SIZES)
async def test_a_locked_verdict_names_what_holds_it_and_goes_there(place: Place, size: tuple[int, int]) -> None:
    name = f"lock{size[0]}"
    change_id = place.submitted(f"claude/{name}", change(name))
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "z.sh")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked: 3 of 3 high findings are not acknowledged", "^g")
        await pilot.press("ctrl+g")
        await until_shown(pilot, "This holds an approval back", "Where the risk is")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked")
        await acknowledge(pilot)
        await until_shown(pilot, "approve is locked: 6 lines differ; at most 3 are allowed")
        assert isinstance(app.screen, DecideScreen) and not asked(app)
        await pilot.press("ctrl+g")
        await until_shown(pilot, "This holds an approval back")
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.query_one("#requires", Entries).key == "size: lines"
        await until_shown(pilot, "✗ 6 lines differ", '"small", team', "may be overridden by somebody")


async def acknowledge(pilot: Pilot[None]) -> None:
    """Tick every finding of the dialog."""
    screen = pilot.app.screen
    assert isinstance(screen, DecideScreen)
    for fingerprint in list(screen.acknowledged):
        screen.query_one("#what", Entries).to_key(fingerprint)
        await pilot.press("enter")
        await until(pilot, lambda fingerprint=fingerprint: screen.acknowledged[fingerprint])


async def test_who_owns_what_it_touches_is_shown(place: Place) -> None:
    change_id = place.submitted("claude/owned", change("owned"))
    async with opened(place, (120, 40), change_id) as (_app, pilot):
        await until_shown(pilot, "z.sh")
        await pilot.press("5", "G")
        await until_shown(pilot, "owners", "@org/devs", "@org/security", "2 rules of the policy ask nothing of it")


async def test_what_was_never_on_screen_is_told_and_not_forced(place: Place) -> None:
    change_id = place.submitted("claude/unseen", change("unseen"))
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "z.sh", "line_20")
        review = app.screen
        assert isinstance(review, ReviewScreen)
        await until(pilot, lambda: review.keys is not None)
        await pilot.press("a")
        await until_shown(pilot, "approve is locked")
        await pilot.press("g")
        await until_shown(pilot, "2 of 4 hunks were never on screen")
        await acknowledge(pilot)
        # It is said to the end, and it is the reviewer's own word.
        await until_shown(pilot, "tab comes here, then type")
        await pilot.press("tab", "tab")
        await until(pilot, lambda: asked(app))
        screen = app.screen
        assert isinstance(screen, DecideScreen)
        last = max(screen.detail.findings, key=lambda finding: (finding.file.raw == "m.py", finding.line or 0))
        assert screen.unseen == {last.fingerprint}
        screen.query_one("#what", Entries).to_key(last.fingerprint)
        await until_shown(pilot, "[x] high  m.py:181  never on screen")
