"""Runs on screen: output as it comes, followed and searched; records, histories, comparisons; asked for and stopped."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stage import LARGE, SMALL, Place, opened, screen_text, until, until_shown
from textual.pilot import Pilot

from reviewer.model.errors import UnreachableError
from reviewer.model.run import Run, RunState
from reviewer.pipelines.door import LogPart
from reviewer.review.run_desk import RunDesk
from reviewer.tui.review_screen import ReviewScreen
from reviewer.tui.run_screen import PANES, RunScreen

SIZES_OF_RUNS = [SMALL, LARGE]
SLOW = """
[[run]]
name = "slow"
command = ["sh", "-c", '''
i=0
while [ $i -lt 40 ]; do echo "begin $i"; i=$((i+1)); done
printf '\\033[31mFAILED\\033[0m tests/x.py\\n'
while [ ! -e /tmp/never ] && [ $i -lt 600 ]; do echo "tick $i"; i=$((i+1)); sleep 0.1; done
''']
"""
FAILS = """
[[run]]
name = "tests"
command = ["sh", "-c", '''
seq -f 'test %g' 60
printf '\\033[31mFAILED\\033[0m tests/test_it.py: \\033]0;owned\\007 broken\\n'
cat app.py > left.txt; rm -f notes.md
python3 -c "import socket; socket.create_connection(('10.9.8.7', 443), 1)" 2> /dev/null
echo the end; exit 3
''']
"""


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, str]]:
    """A change whose run failed twice. Nothing here may be changed."""
    place = Place(tmp_path_factory.mktemp("failed"), {"app.py": "x\n", "notes.md": "n\n", "reviewer.toml": FAILS})
    change_id = place.submitted("claude/it", {"app.py": "y\n"}, title="It works", claim="All 214 tests pass.")
    place.desk.rerun(change_id)
    place.settled(change_id)
    yield place, change_id
    place.close()


def run_screen(app: object) -> RunScreen:
    screen = getattr(app, "screen", None)
    assert isinstance(screen, RunScreen)
    return screen


async def stop(pilot: Pilot[None]) -> None:
    """Stop the first of what runs."""
    await pilot.press("K")
    await until_shown(pilot, "Stop a run", "proves nothing")
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES_OF_RUNS)
async def test_what_is_claimed_and_what_was_observed_stand_apart(
    failed: tuple[Place, str], size: tuple[int, int]
) -> None:
    place, change_id = failed
    async with opened(place, size, change_id) as (_app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3")
        words = ("claimed", "“All 214 tests pass”", "reported", "observed", "✗ failed", "1 attempt to", "test 9")
        shown = await until_shown(pilot, *words)
        (claimed,) = [line for line in shown.split("\n") if " claimed " in line]
        assert "failed" not in claimed
        assert "▲ the agent says “All 214 tests pass”" in shown, "the disagreement stands beside both"


@pytest.mark.parametrize("size", SIZES_OF_RUNS)
async def test_a_run_is_opened_and_each_of_its_panes_tells_its_part(
    failed: tuple[Place, str], size: tuple[int, int]
) -> None:
    place, change_id = failed
    told = {
        "output": ("test 60", "the end"), "steps": ("Steps of this revision", "ends with exit status 3"),
        "started": ("seq -f 'test %g' 60".replace("'", ""),), "network": ("10.9.8.7:443", "once"),
        "files": ("A left.txt", "D notes.md"), "sandbox": ("enforced", "snapshot"),
        "tests": ("told nothing of single tests", "reports = ["),
        "runs": ("#1", "#2", "From tests #1 to tests #2", "no report of both"),
    }  # fmt: skip
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        for number, name in enumerate(PANES, 1):
            await pilot.press(str(number))
            if name == "output":
                await pilot.press("G")
            await until_shown(pilot, *told[name], f"{number} {name}")
        await pilot.press("tab")
        await until_shown(pilot, "the end")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))


async def test_a_pane_of_a_run_can_have_the_whole_screen(failed: tuple[Place, str]) -> None:
    place, change_id = failed
    async with opened(place, LARGE, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until_shown(pilot, "test 30", "In this run")
        await pilot.press("m")
        await until(pilot, lambda: "test 30" in screen_text(app) and "In this run" not in screen_text(app))
        await pilot.press("2")
        await until(pilot, lambda: "test 30" not in screen_text(app) and "In this run" in screen_text(app))
        await pilot.press("m")
        await until_shown(pilot, "test 30", "In this run")


async def test_moving_over_the_runs_of_a_change_compares_each_with_the_one_shown(
    make_place: Callable[..., Place],
) -> None:
    runs = "".join(f'[[run]]\nname = "{name}"\ncommand = ["echo", "{name}"]\n' for name in ("one", "two", "three"))
    place = make_place({"app.py": "x\n", "reviewer.toml": runs})
    change_id = place.submitted("claude/it", {"app.py": "y\n"})
    place.desk.rerun(change_id)
    place.settled(change_id)
    async with opened(place, LARGE, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.ready)
        await pilot.press("8")
        await until_shown(pilot, "From one #1 to one #2")
        assert "one" in str(run_screen(app).facts.key), "the run that is shown has the cursor"
        await pilot.press("k")
        await until_shown(pilot, "From one #2 to two #2", "new command: echo two")
        await pilot.press("j", "j", "j")
        await until_shown(pilot, "From two #1 to one #2")


async def test_the_first_failure_is_one_key_away_and_nothing_of_it_acts_on_the_terminal(
    failed: tuple[Place, str],
) -> None:
    place, change_id = failed
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter", "exclamation_mark")
        shown = await until_shown(pilot, "61 FAILED tests/test_it.py:  broken", "1 of 1 matches")
        assert "owned" not in shown
        await pilot.press("y")
        assert app.clipboard == "FAILED tests/test_it.py:  broken"


async def test_output_is_searched_for_texts_and_patterns(failed: tuple[Place, str]) -> None:
    place, change_id = failed
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter", "slash", *"TEST 3", "enter")
        await until_shown(pilot, "1 of 11 matches", "line 3 of 62")
        await pilot.press("n")
        await until_shown(pilot, "2 of 11 matches", "line 30 of 62")
        await pilot.press("N", "N")
        await until_shown(pilot, "11 of 11 matches", "line 39 of 62")
        await pilot.press("slash", *"/^test [45]0$/", "enter")
        await until_shown(pilot, "1 of 2 matches", "line 40 of 62")
        await pilot.press("slash", *"nowhere", "enter")
        await until_shown(pilot, "nowhere is not in the output")
        await pilot.press("slash", *"/(/", "enter")
        await until_shown(pilot, "is not a pattern")
        assert isinstance(app.screen, RunScreen)


async def test_output_is_written_to_a_new_file_alone(failed: tuple[Place, str], tmp_path: Path) -> None:
    place, change_id = failed
    async with opened(place, (160, 30), change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        for name in ("out.log", "out.cast", "out.log"):
            await pilot.press("O")
            field = app.screen.query_one("#search")
            field.value = str(tmp_path / name)  # type: ignore[attr-defined]
            await pilot.press("enter")
            await until(pilot, lambda name=name: (tmp_path / name).exists())  # type: ignore[misc]
        await until_shown(pilot, "File exists")
    raw = (tmp_path / "out.log").read_bytes()
    assert raw.startswith(b"test 1\n")
    assert b"\x1b]0;owned\x07" in raw, "as it was printed"
    first, *rest = (tmp_path / "out.cast").read_text().splitlines()
    assert json.loads(first)["version"] == 3
    assert "owned" not in "".join(rest)


async def test_what_is_written_for_long_keeps_nobody_from_reading_on(
    failed: tuple[Place, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, change_id = failed
    goes_on = threading.Event()

    def save(_desk: RunDesk, _change_id: str, _run: Run, _path: Path) -> int:
        goes_on.wait()
        return 7

    monkeypatch.setattr(RunDesk, "save", save)
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        try:
            await pilot.press("O", "enter")
            await until_shown(pilot, "writing")
            await pilot.press("slash", *"TEST 3", "enter")
            await until_shown(pilot, "1 of 11 matches")
        finally:
            goes_on.set()
        await until_shown(pilot, "7 bytes written")


@pytest.mark.parametrize("size", SIZES_OF_RUNS)
async def test_output_is_shown_as_it_comes_followed_until_somebody_looks_up_and_stopped_on_a_key(
    make_place: Callable[..., Place], size: tuple[int, int]
) -> None:
    place = make_place({"app.py": "x\n", "reviewer.toml": SLOW})
    change_id = place.submitted("claude/slow", {"app.py": "y\n"}, wait=False)
    async with opened(place, size, change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3")
        await until_shown(pilot, "… running", "tick", "as it comes")
        await pilot.press("enter")
        await until_shown(pilot, "following the end", "tick")
        view = run_screen(app).output
        before = view.printed
        await until(pilot, lambda: view.printed > before + 2)
        assert view.cursor == view.printed - 1
        await pilot.press("k", "k")
        await until_shown(pilot, "not following: G")
        stood, before = view.cursor, view.printed
        await until(pilot, lambda: view.printed > before + 2)
        assert view.cursor == stood
        await pilot.press("G")
        await until_shown(pilot, "following the end")
        await pilot.press("K")
        await until_shown(pilot, "Stop a run", "proves nothing")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await stop(pilot)
        await until_shown(pilot, "1 stopped", "✗ stopped")
        await until(pilot, lambda: place.desk.pipeline().detail(change_id).runs[0].state is RunState.CANCELLED)
        await pilot.press("R")
        await until_shown(pilot, "#2", "… running")
        await stop(pilot)
        await until_shown(pilot, "#2", "✗ stopped")


async def test_nothing_configured_says_what_to_write(make_place: Callable[..., Place]) -> None:
    place = make_place({"app.py": "x\n", "pyproject.toml": "[tool.pytest]\n"})
    change_id = place.submitted("claude/none", {"app.py": "y\n"})
    async with opened(place, SMALL, change_id) as (_app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3")
        await until_shown(pilot, "Nothing was run.", "[[run]]", '["python3", "-m", "pytest"]', "Commit it on main")
        await pilot.press("R")
        await until_shown(pilot, "Nothing is configured to run")
        await pilot.press("K")
        await until_shown(pilot, "Nothing runs.")


async def test_a_branch_that_is_submitted_by_opening_it_shows_its_run_as_it_goes_on(
    make_place: Callable[..., Place],
) -> None:
    place = make_place({"app.py": "x\n", "reviewer.toml": SLOW + "[[run]]\nname = 'other'\ncommand = ['true']\n"})
    place.branch("claude/found", {"app.py": "y\n"}, message="Found by nobody yet")
    async with opened(place, LARGE) as (_app, pilot):
        await until_shown(pilot, "Found by nobody yet")
        await pilot.press("enter")
        await until_shown(pilot, "… running  slow", "tick", "as it comes", "✓ passed   other")
        await stop(pilot)
        await until_shown(pilot, "1 stopped", "✗ stopped")


REPORTED = """
[[run]]
name = "tests"
command = ["sh", "-c", "cp report.xml out.xml"]
reports = ["out.xml"]
"""


def junit(**told: str) -> str:
    cases = "".join(f'<testcase classname="s" name="{name}">{told}</testcase>' for name, told in told.items())
    return f"<testsuite>{cases}</testsuite>"


async def test_two_revisions_are_compared_test_by_test_as_their_reports_tell(make_place: Callable[..., Place]) -> None:
    place = make_place({"app.py": "x\n", "reviewer.toml": REPORTED})
    first, second = junit(one="", two="", three=""), junit(one='<failure message="no">why</failure>', two="<skipped/>")
    change_id = place.submitted("claude/it", {"report.xml": first})
    place.submitted("claude/it", {"report.xml": second})
    async with opened(place, SMALL, change_id) as (app, pilot):
        await until_shown(pilot, "report.xml")
        await pilot.press("3")
        await until_shown(pilot, "1 failed, 1 skipped, says the code under review", "observed  ✓ passed")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.ready)
        await pilot.press("6")
        await until_shown(pilot, "Reported by the code under review", "✗ failed  s: one", "- skipped s: two")
        await pilot.press("8")
        shown = await until_shown(pilot, "r2 #1", "r1 #1", "newly failing: 1", "newly skipped: 1", "gone: 1")
        assert shown.index("observed") < shown.index("reported by the code under review") < shown.index("newly failing")
        await pilot.press("j", "enter")
        await until_shown(pilot, "tests  r1 #1", "It printed nothing.")


MUCH = """
[[run]]
name = "much"
command = ["sh", "-c", "seq -f 'line %.0f' 300000; head -c 3000000 /dev/zero | tr '\\\\0' x; echo; echo last"]
"""


async def test_output_that_lies_elsewhere_comes_in_parts_and_a_pipeline_that_is_silent_is_asked_again(
    make_place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place({"app.py": "x\n", "reviewer.toml": MUCH})
    change_id = place.submitted("claude/much", {"app.py": "y\n"})
    monkeypatch.setattr(RunDesk, "place", lambda *_: None)
    asked: list[int] = []
    bring = RunDesk.log_part

    def silent(self: RunDesk, change: str, run: Run, offset: int) -> LogPart:
        asked.append(offset)
        if len(asked) <= 2:
            raise UnreachableError("the gate does not answer: \x1b[2Jgone")
        return bring(self, change, run, offset)

    monkeypatch.setattr(RunDesk, "log_part", silent)
    async with opened(place, (120, 40), change_id) as (app, pilot):
        await until_shown(pilot, "app.py")
        await pilot.press("3", "enter")
        await until_shown(pilot, "The output does not come: the gate does not answer")
        assert len(app._notifications) == 0, "said in a line, once"
        await until_shown(pilot, "line 1 of 300,002")
        await pilot.press("G")
        await until_shown(pilot, "300001 xxx", "300002 last")
        assert len(asked) > 5, "no part was larger than the others"
        assert sorted(asked) == asked, "nothing was asked for twice in a row but what failed"
