"""Talk on lines: a range, one's own editor, and a thread that an agent proposes as settled and a person settles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import LARGE, SMALL, Place, opened, until, until_shown
from terminal import Terminal

from reviewer.model.comment import CommentKind

OLD = "".join(f"line {n}\n" for n in range(1, 30))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("talk"), {"app.py": OLD})
    yield made
    made.close()


def changed(place: Place, name: str) -> str:
    new = OLD.replace("line 9\nline 10\n", f"line {name}\nanother\n")
    return place.submitted(f"claude/{name}", {"app.py": new}, title=name)


async def test_a_range_of_lines_is_remarked_on_as_one(place: Place) -> None:
    change_id = changed(place, "range")
    async with opened(place, SMALL, change_id) as (_app, pilot):
        await until_shown(pilot, "+line range")
        await pilot.press("right_square_bracket", *"jjjjjj", "M")
        await until_shown(pilot, "A range begins at line 9")
        await pilot.press("j", "c")
        await until_shown(pilot, "Comment on app.py:9-10")
        await pilot.press("ctrl+k", *"both?", "escape")
        await until_shown(pilot, "✎ draft", "a question", "lines 9 to 10", "both?")
        (draft,) = place.desk.talk.drafts(change_id)
        assert draft.anchor is not None and draft.kind is CommentKind.QUESTION
        assert (draft.anchor.start, draft.anchor.end, draft.anchor.text.raw) == (9, 10, "line range\nanother")


async def test_a_suggested_edit_is_a_small_difference(place: Place) -> None:
    change_id = changed(place, "suggest")
    async with opened(place, LARGE, change_id) as (_app, pilot):
        await until_shown(pilot, "+line suggest")
        await pilot.press("right_square_bracket", *"jjjjjj", "c", "ctrl+t")
        await until_shown(pilot, "```suggestion", "line suggest")
        await pilot.press("ctrl+l")
        shown = await until_shown(pilot, "- line suggest", "+ line suggest")
        assert "```" not in shown
        await pilot.press("ctrl+l")
        await until_shown(pilot, "```suggestion")
        await pilot.press("escape")
        await until_shown(pilot, "- line suggest", "+ line suggest")


async def test_an_agent_proposes_and_a_person_settles(place: Place) -> None:
    change_id = changed(place, "settle")
    detail = place.desk.detail(change_id)
    async with opened(place, SMALL, change_id) as (_app, pilot):
        await until_shown(pilot, "+line settle")
        await pilot.press("right_square_bracket", *"jjjjjj", "c", *"why", "escape", "P")
        await until(pilot, lambda: place.desk.pipeline().detail(change_id).comments)
        (root,) = place.desk.pipeline().detail(change_id).comments
        place.desk.talk.comment(detail, "as asked", root.anchor, "claude", answers=root.comment_id, resolved=True)
        await until_shown(pilot, "the agent says that this is done; X settles it")
        await pilot.press("greater_than_sign", "X")
        await until_shown(pilot, "✓ settled by")
        await pilot.press("X")
        await until_shown(pilot, "Open again.")


def test_the_editor_that_the_environment_names_goes_on_with_the_comment(place: Place, tmp_path: Path) -> None:
    change_id = changed(place, "editor")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ncp "$1" "$0.saw"\nprintf "from elsewhere\\n" > "$1"\n')
    editor.chmod(0o755)
    run = Terminal(
        ["-m", "reviewer", "open", change_id], place.work, (100, 30), REVIEWER_HOME=str(place.home), VISUAL=str(editor)
    )
    try:
        run.wait("line editor", "findings")
        run.type("]", *"jjjjjj", "c")
        run.wait("Comment on")
        run.type(*"begun", "\x0f")
        run.wait("from elsewhere")
        run.type("\x13")
        run.wait("draft")
        run.type("q", "q")
        assert run.ended() == 0
    finally:
        run.kill()
    assert (tmp_path / "editor.saw").read_text() == "begun"
    assert [draft.body.raw for draft in place.desk.talk.drafts(change_id)] == ["from elsewhere\n"]
