"""What a reviewer says of a finding on screen, what an approval then shows, and what a command lists and takes back."""

import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from stage import SIZES, Place, opened, screen_text, until, until_shown

from reviewer.review.feedback import DAY
from reviewer.wiring import make_desk

KEY = 'KEY = "AKIAQWERTYUIOPASDFGH"\n'


def reviewer(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    home = {"REVIEWER_HOME": str(place.home), "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-m", "reviewer", *words]
    return subprocess.run(
        command, cwd=place.work, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=home, check=False
    )


@pytest.mark.parametrize("size", SIZES)
async def test_a_risk_is_accepted_for_days_shown_as_such_and_taken_back(
    make_place: Callable[..., Place], size: tuple[int, int]
) -> None:
    place = make_place()
    change_id = place.submitted("claude/key", {"conf.py": KEY})
    async with opened(place, size, change_id) as (_app, pilot):
        await until_shown(pilot, "conf.py")
        await pilot.press("4")
        await until_shown(pilot, "secret")
        await pilot.press("exclamation_mark")
        await until_shown(pilot, "Accept this risk", "days and reason")
        await pilot.press(*"a sample", "enter")
        await until_shown(pilot, "Say first for how many days")
        await pilot.press("exclamation_mark")
        await until_shown(pilot, "days and reason")
        await pilot.press(*"30d a sample", "enter")
        await until_shown(pilot, "for 30 more days")
        await pilot.press("a")
        shown = await until_shown(pilot, "Approve", "[x]", "for 30 more days")
        assert "is locked" not in shown
        await pilot.press("escape", "4", "exclamation_mark")
        await until_shown(pilot, "no longer accepted")
        await pilot.press("a")
        await until_shown(pilot, "approve is locked", "not acknowledged", "[ ]")


async def test_an_acceptance_that_is_over_counts_no_more_and_the_command_lists_and_takes_back(
    make_place: Callable[..., Place],
) -> None:
    place = make_place()
    change_id = place.submitted("claude/key", {"conf.py": KEY})
    desk = make_desk(place.home, place.work)
    detail = desk.detail(change_id)
    entry = desk.feedback.accept(detail, detail.findings[0], 2, "a sample\x1b[2J")
    listed = [json.loads(line) for line in reviewer(place, "findings", "list", "--json").stdout.splitlines()]
    assert [(e["kind"], e["stands"], round(e["until"] - e["at"])) for e in listed] == [("accepted risk", True, 2 * DAY)]
    assert "\x1b" not in reviewer(place, "findings", "list").stdout
    later = make_desk(place.home, place.work)
    object.__setattr__(later._parts, "clock", lambda: entry.at + 2 * DAY + 1)
    assert later.feedback.accepted(detail) == {} and set(desk.feedback.accepted(detail)) == {entry.fingerprint}
    done = reviewer(place, "findings", "revoke", entry.feedback_id[:8])
    assert done.returncode == 0 and "taken back" in done.stdout
    assert desk.feedback.accepted(detail) == {}
    assert reviewer(place, "findings", "list").stdout == ""
    assert "taken back" in reviewer(place, "findings", "list", "--all").stdout


async def test_only_a_person_at_a_terminal_makes_a_finding_count_less(make_place: Callable[..., Place]) -> None:
    place = make_place()
    change_id = place.submitted("claude/key", {"conf.py": KEY, "reviewer-feedback.toml": "accept = true\n"})
    fingerprint = place.settled(change_id).findings[0].fingerprint
    for words in (("not-useful",), ("accept", "--days", "9", "--reason", "x")):
        done = reviewer(place, "findings", words[0], change_id, fingerprint, *words[1:])
        assert done.returncode == 2 and "terminal" in done.stderr
    assert make_desk(place.home, place.work).feedback.entries() == []


async def test_a_finding_is_called_not_useful_on_a_key_and_taken_back_on_the_same(
    make_place: Callable[..., Place],
) -> None:
    place = make_place()
    change_id = place.submitted("claude/run", {"app2.py": "try:\n    f()\nexcept Exception:\n    pass\n"})
    async with opened(place, (120, 40), change_id) as (app, pilot):
        await until_shown(pilot, "app2.py")
        await pilot.press("minus")
        await until_shown(pilot, "no finding under the cursor")
        await pilot.press("4", "minus")
        await until_shown(pilot, "noted: not useful", "not useful, says")
        assert len(place.desk.feedback.entries()) == 1
        await pilot.press("minus")
        await until(pilot, lambda: not re.search("not useful, says", screen_text(app)))
        assert [e.revoked_at is not None for e in place.desk.feedback.entries()] == [True]
