"""What runs leave stays within the limit: the oldest that is over goes, what is open never, and it is said."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from ground import SANDBOXED, Ground, Make
from test_killed import ANY, DRIVER, dies

from reviewer.gate.access import OwnAccount
from reviewer.gate.api import application
from reviewer.gate.events import Refused
from reviewer.gate.room import blobs_of
from reviewer.model.change import State
from reviewer.model.decision import Verdict
from reviewer.model.errors import MissingError
from reviewer.model.run import Run, RunState
from reviewer.sandbox.reading import read_record
from reviewer.text import Untrusted

pytestmark = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
# Each log has 20 kB, and each record somewhat more.
TOML = '[[run]]\nname = "tests"\ncommand = ["sh", "-c", "yes `cat app.txt` | head -c 20000; cp app.txt left"]\n'


def change_of(ground: Ground, name: str) -> str:
    return ground.branch(f"claude/{name}", app__txt=f"good {name:.<44}\n")


def run_of(ground: Ground, change: str) -> Run:
    return ground.life(change).runs[-1]


def ended(ground: Ground, name: str) -> str:
    """A change that ran and was rejected."""
    change = change_of(ground, name)
    ground.settle()
    ground.decide(change, Verdict.REJECT)
    assert ground.state(change) is State.REJECTED
    return change


def limit(ground: Ground, size: str) -> None:
    (ground.home / "config.toml").write_text(f'[evidence]\nlimit = "{size}"\n')


def there(ground: Ground, change: str) -> list[bool]:
    return [(ground.gate.blobs / name).exists() for name in blobs_of(run_of(ground, change))]


def test_the_oldest_that_is_over_goes_first_and_what_is_open_stays(make: Make) -> None:
    ground = make(TOML)
    first, second = ended(ground, "one"), ended(ground, "two")
    waiting, newest = change_of(ground, "three"), change_of(ground, "four")
    ground.settle()
    limit(ground, str(ground.gate.kept.used()))
    ground.gate.room.make()
    assert all(map(all, (there(ground, change) for change in (first, second, waiting, newest))))
    limit(ground, str(ground.gate.kept.used() - 25_000))
    fifth = change_of(ground, "five")
    ground.settle()
    assert there(ground, first) == [False, False, True]
    assert all(map(all, (there(ground, change) for change in (second, waiting, newest, fifth))))
    run = run_of(ground, first)
    with pytest.raises(MissingError) as caught:
        ground.gate.log(first, run.run_id, 0, 100)
    assert re.fullmatch(r"this log was cleared to stay under the limit of [\d.]+ KiB", caught.value.message)
    assert caught.value.hint.startswith(f"run it again: reviewer run --change {first} -- sh -c 'yes ")
    assert run.record is not None
    left = ground.gate.kept.cut_record(run.record)
    assert left is not None and left.stat().st_size < 8000
    record = read_record(left.read_bytes())
    assert record.end is not None and (record.end.exit_status, record.end.written) == (0, ["left"])
    assert record.header.subject == f"commit {ground.life(first).current.head}"
    assert record.doubts() == ["its output was cleared to make room: its digest can no longer be checked"]
    assert b"".join(data for _at, _stream, data in record.chunks()) == b"\n[20000 bytes were cleared to make room]\n"


async def test_a_desk_elsewhere_gets_what_is_left_of_a_record_and_is_told_why_a_log_is_gone(make: Make) -> None:
    ground = make(TOML)
    change = ended(ground, "one")
    run = run_of(ground, change)
    limit(ground, "1k")
    ground.gate.room.make()
    app = application(ground.gate, OwnAccount(ground.home, Untrusted("ann")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gate/review/v1") as client:
        record = await client.get(f"/blobs/{run.record}")
        assert (record.status_code, record.headers["Review-Blob-Cut"]) == (200, "output")
        assert read_record(record.content).end is not None
        log = await client.get(f"/changes/{change}/runs/{run.run_id}/log")
        assert log.status_code == 404 and "was cleared to stay under the limit of 1 KiB" in log.json()["detail"]
        facts = await client.get(f"/blobs/{run.facts}")
        assert facts.status_code == 404 and "was cleared" in facts.json()["detail"]
        never = await client.get(f"/blobs/{'0' * 64}")
        assert never.json()["detail"] == "there is no such blob"


def test_where_all_that_is_kept_must_stay_nothing_runs_and_it_says_so(make: Make) -> None:
    ground = make(TOML)
    waiting = change_of(ground, "one")
    ground.settle()
    limit(ground, "30k")
    more = change_of(ground, "two")
    ground.settle()
    run = run_of(ground, more)
    assert run.state is RunState.NOT_RUN and run.reason.startswith("no room for a run's record: ")
    assert "are kept of changes that are open, and the limit is 30 KiB; decide them, or raise it" in run.reason
    with pytest.raises(Refused):
        ground.gate.decide(ground.decision(more), hold=0)
    assert all(there(ground, waiting))
    ground.decide(waiting)
    again = change_of(ground, "three")
    ground.settle()
    assert run_of(ground, again).state is RunState.DONE


def test_the_same_output_printed_again_is_not_taken_from_whoever_printed_it_last(make: Make) -> None:
    ground = make('[[run]]\nname = "tests"\ncommand = ["sh", "-c", "yes | head -c 20000"]\n')
    first = ended(ground, "one")
    waiting = change_of(ground, "two")
    ground.settle()
    assert run_of(ground, first).log == run_of(ground, waiting).log
    limit(ground, "1k")
    ground.gate.room.make()
    assert all(there(ground, waiting))
    assert len(ground.gate.log(first, run_of(ground, first).run_id, 0, 1 << 20)[1]) == 20000


def test_runs_of_earlier_revisions_go_and_those_that_a_decision_named_stay_while_it_is_open(make: Make) -> None:
    ground = make(TOML)
    change = change_of(ground, "one")
    ground.settle()
    ground.branch("claude/one", "claude/one", app__txt=f"good {'again':.<44}\n")
    ground.settle()
    ground.decide(change, Verdict.REQUEST_CHANGES)
    ground.branch("claude/one", "claude/one", app__txt=f"good {'more':.<44}\n")
    ground.settle()
    limit(ground, "1k")
    ground.gate.room.make()
    kept = [all((ground.gate.blobs / name).exists() for name in blobs_of(run)) for run in ground.life(change).runs]
    assert kept == [False, True, True]


def test_what_nobody_names_goes_first(make: Make) -> None:
    ground = make(TOML)
    change = ended(ground, "one")
    lost = ground.gate.kept.keep(b"left by a gate that was killed" * 1000)
    limit(ground, str(ground.gate.kept.used() - 1))
    ground.gate.room.make()
    assert not (ground.gate.blobs / lost).exists()
    assert all(there(ground, change))


def test_nothing_is_judged_without_what_a_run_left_nor_approved(make: Make) -> None:
    ground = make(TOML + '[[run]]\nname = "more"\ncommand = ["true"]\n')
    change = change_of(ground, "one")
    while ground.life(change).runs[0].state is not RunState.DONE:
        assert ground.gate.step(("run",))
    facts = ground.life(change).runs[0].facts
    assert facts is not None
    (ground.gate.blobs / facts).unlink()
    ground.settle()
    life = ground.life(change)
    assert life.judging and all(run.state is RunState.DONE for run in life.runs)
    assert "what the run tests left is no longer kept, and nothing is judged without it" in life.note
    assert f"reviewer rerun {change}" in life.note
    with pytest.raises(Refused, match="scan is not complete"):
        ground.gate.decide(ground.decision(change), hold=0)
    from test_failing_steps import rerun

    rerun(ground, change)
    assert not ground.life(change).judging
    ground.decide(change)
    assert ground.state(change) is State.LANDED


BLOBS = "reviewer.evidence.blobs:Blobs"


@pytest.mark.parametrize(
    "place",
    [
        (DRIVER, "clear", "before", ANY),
        (DRIVER, "clear", "after", ANY),
        (BLOBS, "cut", "after", ANY),
        ("reviewer.evidence.blobs", "cut", "after", ANY),
        (BLOBS, "_drop", "before", ANY),
        (BLOBS, "_drop", "after", ANY),
    ],
)
def test_killed_while_room_is_made(make: Make, place: tuple[str, str, str, str]) -> None:
    ground = make(TOML)
    over, waiting = ended(ground, "one"), change_of(ground, "two")
    ground.settle()
    limit(ground, "70k")
    more = change_of(ground, "three")
    dies(ground, "steps", place)
    run = run_of(ground, over)
    try:
        assert len(ground.gate.log(over, run.run_id, 0, 1 << 20)[1]) == 20000
    except MissingError as error:
        # What is gone says why, whenever it was that the gate died.
        assert "was cleared to stay under the limit" in error.message
    ground.settle()
    assert run_of(ground, more).state is RunState.DONE
    assert all(there(ground, waiting)) and all(there(ground, more))
    with pytest.raises(MissingError, match="was cleared to stay under the limit"):
        ground.gate.log(over, run.run_id, 0, 100)
    assert run.record and ground.gate.kept.cut_record(run.record)
    assert not [entry for entry in ground.gate.blobs.iterdir() if entry.name.startswith(".")]
    for entry in ground.gate.blobs.iterdir():
        assert entry.suffix == ".cut" or hashlib.sha256(entry.read_bytes()).hexdigest() == entry.name


def test_doctor_says_how_much_is_kept(make: Make) -> None:
    ground = make(TOML)
    ended(ground, "one")
    ground.home.chmod(0o700)
    environment = {**os.environ, "REVIEWER_HOME": str(ground.home)}

    def said() -> str:
        words = [sys.executable, "-m", "reviewer", "doctor"]
        done = subprocess.run(words, env=environment, cwd=Path(__file__).parent, capture_output=True, text=True)
        return next(line for line in done.stdout.splitlines() if " evidence " in line)

    assert " of at most 5 GiB are kept of what runs left" in said() and said().startswith("ok")
    limit(ground, "1k")
    assert said().startswith("note ") and "of at most 1 KiB" in said()
