"""Nothing that is pressed, clicked, turned or resized ends the screens, and every line fills the screen's width."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from stage import LARGE, SIZES, SMALL, THEMES, Place, opened, screen_text, strips, until, until_shown
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

from reviewer.tui.app import ReviewerApp
from reviewer.tui.keys import KEYS

OPENING: dict[str, tuple[str, ...]] = {
    "inbox": (), "review": ("enter",), "split": ("enter", "s"), "files": ("enter", "1"), "runs": ("enter", "3"),
    "findings": ("enter", "4"), "talk": ("enter", "7"), "search": ("enter", "slash", "x"), "comment": ("enter", "c"),
    "approve": ("enter", "a"), "reject": ("enter", "x"), "help": ("enter", "question_mark"), "palette": ("colon",),
    "filter": ("slash", "a"),
}  # fmt: skip
"""What to press to stand on each screen, from the inbox on."""


def made(root: Path) -> Place:
    """Two changes with something of everything."""
    run = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "seq 60; echo 日本語 😀; exit 1"]\n'
    place = Place(root, {"app.py": "a = 1\n" * 80, "reviewer.toml": run})
    key = 'K = "AKIAQWERTYUIOPASDFGH"\n'
    content = "a = 1\n" * 20 + key + "a = 1\n" * 50 + "x = '日本語 😀 é'\n" + "\t" * 40 + "y\n"
    title, claim = "日本語 😀 " * 20, "claim " * 90
    place.submitted("claude/one", {"app.py": content, "日本語/名前.py": "z\n"}, title=title, claim=claim)
    place.submitted("codex/two", {"two.py": "b\n" * 200}, title="The second one")
    return place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place that is only looked at."""
    place = made(tmp_path_factory.mktemp("looked-at"))
    yield place
    place.close()


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place of which nobody knows what was done to it."""
    place = made(tmp_path_factory.mktemp("rough"))
    yield place
    place.close()


def whole(app: ReviewerApp) -> None:
    """Every line of the screen fills its width, in cells and in what they are made of."""
    screen_text(app)
    for strip in strips(app):
        assert sum(cell_len(segment.text) for segment in strip) == app.size.width, strip.text


async def fitted(app: ReviewerApp, pilot: Pilot[None], size: tuple[int, int]) -> None:
    """Wait until a new size has reached everything that is on screen."""
    await until(pilot, lambda: [strip.cell_length for strip in strips(app)] == [size[0]] * size[1])
    whole(app)


async def settle(app: ReviewerApp) -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("name", OPENING)
async def test_resizing_from_tiny_to_huge_and_back(place: Place, name: str) -> None:
    chosen = random.Random(name)
    async with opened(place, SMALL) as (app, pilot):
        await until_shown(pilot, "The second one")
        await pilot.press(*OPENING[name])
        for size in [(20, 5), (250, 80), *((chosen.randint(20, 250), chosen.randint(5, 80)) for _ in range(10)), SMALL]:
            app._driver._size = Size(*size)  # type: ignore[union-attr]
            app.post_message(events.Resize(Size(*size), Size(*size)))
            await settle(app)
        await fitted(app, pilot, SMALL)
        # Slowly too, so that each is laid out and painted.
        for size in ((20, 5), (99, 24), (140, 30), (1, 1), LARGE):
            await pilot.resize_terminal(*size)
            if size != (1, 1):
                await fitted(app, pilot, size)
        assert app.crash is None


def names(*scopes: str) -> list[str]:
    return [name for key in KEYS if key.scope in scopes for name in key.keys.split(",")]


@pytest.mark.parametrize("size", [(40, 8), SMALL, LARGE])
@pytest.mark.parametrize("seed", range(2))
async def test_every_key_in_any_order_on_every_screen(rough: Place, size: tuple[int, int], seed: int) -> None:
    chosen = random.Random(seed)
    # What would end the program is not pressed in the inbox; in its place comes the key that opens a change.
    leaving = {"q", "ctrl+c"}
    pressed: list[str] = []
    async with opened(rough, size) as (app, pilot):
        await until(pilot, lambda: app.inbox_screen.inbox.listing.ids)
        everything = sorted(set(names(*{key.scope for key in KEYS})))
        for step in range(110):
            top = app.screen is app.inbox_screen
            live = names("inbox", "list") if top else everything
            key = chosen.choice([name for name in live if name not in leaving])
            if top and step % 5 == 0:
                key = "enter"
            pressed.append(key)
            await pilot.press(key)
            if app.crash is not None or not app.is_running:
                break
        assert app.crash is None, pressed
        assert app.is_running, pressed
        screen_text(app)


@pytest.mark.parametrize("name", OPENING)
async def test_clicks_and_the_wheel_everywhere(place: Place, name: str) -> None:
    chosen = random.Random(name)
    size = chosen.choice(SIZES)
    async with opened(place, size) as (app, pilot):
        await until_shown(pilot, "The second one")
        await pilot.press(*OPENING[name])
        await pilot.pause()
        width, height = size
        for _ in range(40):
            x, y = chosen.randrange(width), chosen.randrange(height)
            kind = chosen.choice([events.MouseScrollDown, events.MouseScrollUp, events.MouseDown])
            button = 1 if kind is events.MouseDown else 0
            for each in (kind, events.MouseUp) if button else (kind,):
                app.post_message(each(None, x, y, 0, 0, button, False, False, False, x, y))
            await settle(app)
        await pilot.pause()
        assert app.crash is None
        whole(app)


@pytest.mark.parametrize("name", [name for name in OPENING if name not in ("palette", "search", "filter", "comment")])
async def test_each_screen_is_painted_anew_in_another_theme(place: Place, name: str) -> None:
    async with opened(place, LARGE) as (app, pilot):
        await until_shown(pilot, "The second one")
        await pilot.press(*OPENING[name])
        await pilot.pause()

        def grounds() -> set[str]:
            return {s.style.bgcolor.name for strip in strips(app) for s in strip if s.style and s.style.bgcolor}

        dark = grounds()
        app.use("light")
        await until(pilot, lambda: THEMES["light"]["surface"] in grounds() or THEMES["light"]["panel"] in grounds())
        await pilot.pause()
        kept = {colour for colour in dark & grounds() if colour in THEMES["dark"].values()}
        assert not kept, "nothing keeps a colour of the other theme"
        whole(app)


async def test_without_colours_everything_can_be_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(place, LARGE) as (app, pilot):
        await until_shown(pilot, "The second one")
        await pilot.press("enter")
        await until_shown(pilot, "app.py", "AKIA")
        whole(app)


async def test_leaving_twice_at_once_leaves_one_screen(place: Place) -> None:
    async with opened(place, SMALL) as (app, pilot):
        await until_shown(pilot, "The second one")
        for turns in range(8):
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is not app.inbox_screen)
            for key in ("u", "u"):
                app.post_message(events.Key(key, key))
                for _ in range(turns * 3):
                    await asyncio.sleep(0)
            await until(pilot, lambda: app.screen is app.inbox_screen)
            await pilot.pause()
            assert app.screen is app.inbox_screen
            assert app.crash is None


async def test_three_thousand_files_and_a_line_of_two_megabytes(make_place: Callable[..., Place]) -> None:
    place = make_place()
    files: dict[str, str | bytes | None] = {f"d{n % 40:02}/file{n:04}.txt": f"{n}\n" for n in range(3000)}
    files["a-long.js"] = b"x=1;" * (1 << 19) + b"\n"
    change_id = place.submitted("claude/many", files, title="Many files")
    async with opened(place, LARGE, change_id) as (app, pilot):
        await until_shown(pilot, "1 files 3001", "a-long.js", "folded: minified")
        await pilot.press("z")
        await until_shown(pilot, "x=1;x=1;")
        whole(app)
        await pilot.press("l", "l", "l", "G")
        await until_shown(pilot, "file2999.txt")
        whole(app)
        await pilot.press("1", "g", "G", "k")
        await until(pilot, lambda: "file 3000 of 3001" in screen_text(app))
        whole(app)
