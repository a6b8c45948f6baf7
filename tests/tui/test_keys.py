"""Every key has one row: it does something where it is listed, collides with no other, and is told in help."""

import ast
from itertools import combinations
from pathlib import Path

import pytest
from stage import SMALL, Place, opened, screen_text, strips, until, until_shown

import reviewer.tui
from reviewer.review.lines import key_words, width_of
from reviewer.tui.app import ReviewerApp
from reviewer.tui.comment_screen import CommentScreen
from reviewer.tui.decide_screen import DecideScreen
from reviewer.tui.diff_app import DiffApp, DiffScreen
from reviewer.tui.help_screen import HelpScreen
from reviewer.tui.inbox_screen import InboxScreen
from reviewer.tui.keys import KEYS, Key, bindings, footer
from reviewer.tui.line_view import LineView
from reviewer.tui.review_screen import ReviewScreen
from reviewer.tui.run_screen import RunScreen
from reviewer.tui.stream_screen import StreamScreen

OWNERS = {
    "list": (LineView,), "looking": (DiffScreen,), "inbox": (InboxScreen,), "stream": (StreamScreen,),
    "review": (ReviewScreen,), "app": (ReviewerApp, DiffApp), "editor": (CommentScreen,), "decide": (DecideScreen,),
    "help": (HelpScreen,), "run": (RunScreen,),
}  # fmt: skip
TOGETHER = [
    ("inbox", "list", "app"), ("stream", "review", "list", "app"), ("stream", "looking", "list", "app"),
    ("editor", "app"), ("decide", "list", "app"), ("run", "list", "app"),
]  # fmt: skip
"""Scopes whose keys are live at the same time."""
DELIBERATE = {("inbox", "list", "space")}
"""In the inbox space goes to the next decision; nobody reads it page by page."""
ROOM = Path(reviewer.tui.__file__).parent


def keys_of(scope: str) -> list[Key]:
    return [key for key in KEYS if key.scope == scope]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.scope}-{key.shown}")
def test_each_key_has_something_to_do_on_its_screen(key: Key) -> None:
    owners = OWNERS[key.scope]
    name = key.action.partition("(")[0].rpartition(".")[2]
    for owner in owners:
        assert hasattr(owner, f"action_{name}"), f"{owner.__name__} has no action_{name}"
        ast.parse(key.action if "(" in key.action else f"{key.action}()", mode="eval")


def test_every_scope_belongs_to_a_screen() -> None:
    assert {key.scope for key in KEYS} <= OWNERS.keys()


def test_no_two_keys_that_are_live_together_are_the_same() -> None:
    for scopes in TOGETHER:
        live = [(name, key) for scope in scopes for key in keys_of(scope) for name in key.keys.split(",")]
        for (one, key), (other, another) in combinations(live, 2):
            if (key.scope, another.scope, one) not in DELIBERATE:
                assert one != other, f"{one}: {key.says} / {another.says}"


def test_a_key_says_the_same_wherever_it_is() -> None:
    """One key, one meaning: `/` looks for something, `?` helps, on every screen."""
    for name in ("slash", "question_mark", "tab", "n"):
        assert len({key.says.split(" ")[0] for key in KEYS if name in key.keys.split(",")} - {"close"}) <= 2


def test_no_single_key_decides() -> None:
    assert not [key for key in KEYS if "verdict" in key.action and key.scope != "review"]
    assert {key.action for key in KEYS if key.action.startswith("decide(")} == {
        "decide('approve')", "decide('reject')", "decide('request changes')",
    }  # fmt: skip


@pytest.mark.parametrize(
    "scopes", [("inbox", "app"), ("stream", "review", "app"), ("editor",), ("decide",), ("run", "app")]
)
def test_the_footer_fits_80_columns_and_ends_with_what_helps(scopes: tuple[str, ...]) -> None:
    words = footer(*scopes)
    assert words
    line = key_words(words, 80)
    assert width_of(line) <= 80
    assert words[-1][1] in "".join(text for text, _ in line)


def test_bindings_come_from_the_table_alone() -> None:
    """No screen has keys of its own beside it."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = getattr(node, "id", None) or getattr(node, "attr", None)
            if path.name != "keys.py":
                assert named != "Binding", f"{path.name} makes a binding of its own"
    assert len(bindings("list", "inbox")) == len(keys_of("list")) + len(keys_of("inbox"))


async def test_help_lists_every_key_of_the_screen_and_closes(readable: Place) -> None:
    async with opened(readable, (160, 120)) as (app, pilot):
        await until_shown(pilot, "Upload the parcels")
        for scopes in (("inbox", "list", "app"), ("stream", "review", "list", "app")):
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await until_shown(pilot, "Everywhere")
            at = app.screen.query_one("#keys-of").region
            shown = [strip.crop(at.x, at.right).text for strip in strips(app)[at.y : at.bottom]]
            words = " ".join(" ".join(shown).split())
            for scope in scopes:
                for key in keys_of(scope):
                    assert f"{key.shown} {key.says}" in words
            await pilot.press("question_mark")
            await until(pilot, lambda: not isinstance(app.screen, HelpScreen))
            await pilot.press("enter")
            await until_shown(pilot, "deploy.py")


async def test_help_is_read_to_its_end_at_80_by_24(readable: Place) -> None:
    async with opened(readable, SMALL) as (_app, pilot):
        await until_shown(pilot, "Upload the parcels")
        await pilot.press("enter")
        await until_shown(pilot, "deploy.py")
        await pilot.press("question_mark")
        await until_shown(pilot, "approve: asks")
        await pilot.press(*["space"] * 2)
        await until_shown(pilot, "next hunk")
        await pilot.press("G")
        await until_shown(pilot, "leave at once; nothing is lost")


async def test_the_palette_does_what_a_key_does(readable: Place) -> None:
    async with opened(readable, (100, 30)) as (app, pilot):
        await until_shown(pilot, "Upload the parcels")
        await pilot.press("colon", *"hide the prev")
        await until_shown(pilot, "show or hide the preview")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, InboxScreen) and "deploy.py:31" not in screen_text(app))
        await pilot.press("ctrl+p", *"leave")
        await until_shown(pilot, "leave at once")
        await pilot.press("escape")
