"""An approval cannot be forged: pastes, bursts, quick or wrong letters, and what follows a redraw decide nothing."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from stage import SMALL, Place, asked, opened, screen_text, type_slowly, until, until_shown
from textual import events
from textual.pilot import Pilot

from reviewer.review.challenge import LETTERS
from reviewer.tui.app import ReviewerApp
from reviewer.tui.challenge_view import BURST_SECONDS, SETTLE_SECONDS, ChallengeView
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.review_screen import ReviewScreen


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One change that could be approved; at the end nobody has."""
    made = Place(tmp_path_factory.mktemp("forging"), {"app.py": "a = 1\n"})
    made.submitted("claude/tempting", {"tempting.py": "b = 2\n"}, title="Approve me")
    yield made
    made.close()


@asynccontextmanager
async def asking(place: Place) -> AsyncIterator[tuple[ReviewerApp, Pilot[None], ChallengeView]]:
    """The dialog, open and asking; whatever is done in it, nothing may be decided."""
    (change,) = place.desk.changes()
    async with opened(place, SMALL, change.change_id) as (app, pilot):
        await until_shown(pilot, "tempting.py")
        await pilot.press("a")
        await until(pilot, lambda: asked(app))
        yield app, pilot, app.screen.query_one(ChallengeView)
        await pilot.pause(0.05)
        assert isinstance(app.screen, DecideScreen)
        assert place.desk.outbox() == []
        assert place.state(change.change_id) == "pending"


def key(letter: str, at: float) -> events.Key:
    event = events.Key(letter, letter)
    event.time = at
    return event


async def test_a_paste_of_the_right_letters(place: Place) -> None:
    async with asking(place) as (app, pilot, _view):
        for text in (asked(app), asked(app) + "\n", asked(app)[0]):
            app.post_message(events.Paste(text))
            await until_shown(pilot, "Not that. Type")


@pytest.mark.parametrize("gap", [0.0, BURST_SECONDS * 0.9])
async def test_a_burst_of_the_right_letters(place: Place, gap: float) -> None:
    async with asking(place) as (app, pilot, view):
        for _ in range(5):
            before = view.challenge
            start = view._drawn_at + SETTLE_SECONDS + 10
            for n, letter in enumerate(asked(app)):
                app.post_message(key(letter, start + n * gap))
            await until(pilot, lambda b=before: view.challenge not in (b, replace(b, typed=1)))
            await until_shown(pilot, "Not that. Type")


async def test_letters_that_come_before_a_redraw_can_have_been_read(place: Place) -> None:
    async with asking(place) as (app, pilot, view):
        drawn = view._drawn_at
        for n, letter in enumerate(asked(app)):
            app.post_message(key(letter, drawn + SETTLE_SECONDS * 0.9 - (3 - n) * 2 * BURST_SECONDS))
            await pilot.pause()
            assert view.challenge.typed == 0


async def test_wrong_letters_draw_others_each_time(place: Place) -> None:
    async with asking(place) as (app, pilot, view):
        seen = set()
        for _ in range(12):
            letters = asked(app)
            seen.add(letters)
            wrong = next(letter for letter in LETTERS if letter != letters[0])
            before = view.challenge
            app.post_message(key(wrong, view._drawn_at + 10))
            await until(pilot, lambda b=before: view.challenge is not b)
            await until_shown(pilot, "Not that. Type")
            assert view.challenge.typed == 0
        assert len(seen) > 6, "they are drawn anew"


@pytest.mark.parametrize("what", ["resize", "tab", "blur", "paste", "another letter", "arrow"])
async def test_what_was_typed_before_something_else_happened_does_not_count(place: Place, what: str) -> None:
    async with asking(place) as (app, pilot, view):
        first, second, third = asked(app)
        at = view._drawn_at + 1
        app.post_message(key(first, at))
        app.post_message(key(second, at + 1))
        await until(pilot, lambda: view.challenge.typed == 2)
        if what == "resize":
            await pilot.resize_terminal(100, 30)
        elif what == "tab":
            await pilot.press("tab", "shift+tab")
        elif what == "blur":
            app.post_message(events.AppBlur())
            app.post_message(events.AppFocus())
        elif what == "paste":
            app.post_message(events.Paste("x"))
        else:
            app.post_message(events.Key("left", None) if what == "arrow" else key("z", at + 2))
        await until(pilot, lambda: view.challenge.typed == 0)
        view.challenge = type(view.challenge)(third + first + second)  # even if the old letter is asked for again
        app.post_message(key(third, view._drawn_at + 5))
        await pilot.pause()
        assert view.challenge.typed <= 1


async def test_letters_typed_where_the_challenge_is_not_in_focus(place: Place) -> None:
    async with asking(place) as (app, pilot, view):
        letters = asked(app)
        await pilot.press("tab")
        await until(pilot, lambda: app.focused is not view)
        await type_slowly(pilot, letters)
        await until_shown(pilot, "tab comes here")
        assert view.challenge.typed == 0


async def test_enter_space_and_a_click_are_no_confirmation(place: Place) -> None:
    async with asking(place) as (app, pilot, view):
        for pressed in ("enter", "space", "y", "a"):
            await type_slowly(pilot, "")
            await pilot.press(pressed)
        await pilot.click(ChallengeView)
        await pilot.double_click(ChallengeView)
        assert view.challenge.typed == 0
        assert "to approve" in screen_text(app)


async def test_a_thousand_random_keys_at_the_speed_of_a_program(place: Place) -> None:
    async with asking(place) as (app, pilot, _view):
        chosen = random.Random(7)
        for _ in range(1000):
            letter = chosen.choice(LETTERS)
            app.post_message(events.Key(letter, letter))
        await pilot.pause()


async def test_a_hand_can_do_it_after_all_that(place: Place) -> None:
    """The guard keeps out what no hand does, and lets a hand in."""
    (change,) = place.desk.changes()
    async with opened(place, SMALL, change.change_id) as (app, pilot):
        await until_shown(pilot, "tempting.py")
        await pilot.press("a")
        await until(pilot, lambda: asked(app))
        app.post_message(events.Paste("nonsense"))
        await until_shown(pilot, "Not that. Type")
        await type_slowly(pilot, asked(app))
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await until(pilot, lambda: len(place.desk.outbox()) == 1)
