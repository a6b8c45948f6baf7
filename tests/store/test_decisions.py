"""A decision is written whole or not at all, whatever dies; a damaged file is read, never written, never begun anew."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, DecisionState
from reviewer.model.errors import ReviewerError
from reviewer.store.decisions import Decisions, chained

Make = Callable[..., Decision]
Comments = Callable[..., Comment]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "decisions.db"


def whole(path: Path) -> list[str]:
    """The ids in the file, which agree across all three tables, chained and without a gap."""
    decisions = Decisions(path)
    log = decisions.log()
    ids = [leaf.decision.decision_id for leaf in log]
    before = ""
    for leaf in log:
        assert leaf.chain == chained(before, leaf.leaf)
        before = leaf.chain
    assert [leaf.seq for leaf in log] == list(range(1, len(log) + 1))
    assert sorted(item.item_id for item in decisions.items() if item.kind == "decision") == sorted(ids)
    assert decisions.notice == ""
    decisions.close()
    raw = sqlite3.connect(path)
    assert sorted(row[0] for row in raw.execute("select decision_id from decisions")) == sorted(ids)
    raw.close()
    return ids


class _Dies(sqlite3.Connection):
    """A connection that gives way at its n-th statement, `before` or after it took effect."""

    left = 0
    before = True
    kill = False

    def execute(self, *args: Any, **more: Any) -> sqlite3.Cursor:
        _Dies.left -= 1
        if _Dies.left == 0 and self.before:
            self._die()
        done = super().execute(*args, **more)
        if _Dies.left == 0:
            self._die()
        return done

    def _die(self) -> None:
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> type[_Dies]:
    real = sqlite3.connect
    monkeypatch.setattr("reviewer.store.opening.sqlite3.connect", lambda *a, **k: real(*a, **{**k, "factory": _Dies}))
    monkeypatch.setattr(_Dies, "left", 0)
    return _Dies


@pytest.mark.parametrize("before", [True, False])
def test_an_error_at_every_statement_leaves_all_or_nothing(
    before: bool, path: Path, a_decision: Make, dying: type[_Dies]
) -> None:
    Decisions(path).add_decision(a_decision("first"), now=False)
    dying.before = before
    outcomes = set()
    for n in range(1, 40):
        dying.left = 0
        decisions = Decisions(path)
        dying.left = n
        try:
            decisions.add_decision(a_decision(f"id-{n}"), now=False)
            done = True
        except ReviewerError:
            done = False
        over = dying.left > 0
        dying.left = 0
        decisions.close()
        there = f"id-{n}" in whole(path)
        assert there or not done
        outcomes.add((done, there))
        if over:
            break
    assert {(True, True), (False, False)} <= outcomes
    assert over


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_every_statement_leaves_all_or_nothing(
    before: bool, path: Path, a_decision: Make, dying: type[_Dies], monkeypatch: pytest.MonkeyPatch
) -> None:
    Decisions(path).add_decision(a_decision("first"), now=False)
    monkeypatch.setattr(dying, "kill", True)
    monkeypatch.setattr(dying, "before", before)
    survived = []
    for n in range(1, 40):
        child = os.fork()
        if child == 0:
            decisions = Decisions(path)
            dying.left = n
            decisions.add_decision(a_decision(f"id-{n}"), now=False)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        survived.append(f"id-{n}" in whole(path))
        if os.WIFEXITED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0
    assert survived[-1]
    assert not survived[0]


def test_a_kill_while_it_is_begun_leaves_nothing_or_a_whole_file(
    path: Path, dying: type[_Dies], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dying, "kill", True)
    for n in range(1, 12):
        child = os.fork()
        if child == 0:
            dying.left = n
            Decisions(path)
            os._exit(0)
        os.waitpid(child, 0)
        assert not path.exists() or path.stat().st_size
        assert whole(path) == []
        path.unlink()


def test_two_desks_at_once_lose_nothing_and_keep_one_chain(path: Path, a_decision: Make) -> None:
    children = []
    for desk in range(3):
        child = os.fork()
        if child == 0:
            decisions = Decisions(path)
            for n in range(15):
                decisions.add_decision(a_decision(f"{desk}-{n}"), now=False)
                decisions.mark(f"{desk}-{n}", DecisionState.SENDING)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert sorted(whole(path)) == sorted(f"{desk}-{n}" for desk in range(3) for n in range(15))


def test_the_same_decision_again_is_nothing(path: Path, a_decision: Make) -> None:
    decisions = Decisions(path)
    decisions.add_decision(a_decision("one"), now=False)
    decisions.mark("one", DecisionState.CONFIRMED)
    decisions.add_decision(a_decision("one"), now=False)
    assert whole(path) == ["one"]
    assert decisions.items()[0].state is DecisionState.CONFIRMED


def test_an_answer_is_final(path: Path, a_decision: Make) -> None:
    decisions = Decisions(path)
    decisions.add_decision(a_decision("one"), now=False)
    for state in (DecisionState.CONFIRMED, DecisionState.SENDING, DecisionState.SEALED):
        decisions.mark("one", state)
    assert decisions.items()[0].state is DecisionState.CONFIRMED
    decisions.mark("one", DecisionState.WITHDRAWN)
    assert decisions.items()[0].state is DecisionState.WITHDRAWN


def test_comments_are_carried_until_they_are_refused(path: Path, a_decision: Make, a_comment: Comments) -> None:
    decisions = Decisions(path)
    decisions.add_comment("abcd2345", a_comment("c1"))
    decisions.add_decision(a_decision("one"), now=False)
    assert decisions.carried("abcd2345", "d" * 64) == {"c1", "one-c"}
    decisions.mark("one", DecisionState.CONFIRMED)
    assert decisions.carried("abcd2345", "e" * 64) == {"c1"}
    decisions.mark("c1", DecisionState.BLOCKED, said="who are you?")
    assert decisions.carried("abcd2345", "e" * 64) == {"c1"}
    assert "c1" in [item.item_id for item in decisions.items(due=1.0)]
    decisions.mark("c1", DecisionState.CONFLICT, said="no")
    assert decisions.carried("abcd2345", "d" * 64) == {"one-c"}
    decisions.add_comment("abcd2345", a_comment("c1", "again"))
    again = next(item for item in decisions.items(due=1.0) if item.item_id == "c1")
    assert again.comment is not None
    assert (again.comment.body.raw, again.tries, again.said) == ("again", 0, "")


def broken(path: Path, a_decision: Make) -> bytes:
    decisions = Decisions(path)
    for n in range(40):
        decisions.add_decision(a_decision(f"id-{n:02}"), now=False)
    decisions.close()
    data = bytearray(path.read_bytes())
    raw = sqlite3.connect(path)
    page = raw.execute("select max(pageno) from dbstat where name = 'decisions' and pagetype = 'leaf'").fetchone()[0]
    raw.close()
    data[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    return bytes(data)


def test_a_damaged_file_is_read_as_far_as_it_goes_and_never_written(path: Path, a_decision: Make) -> None:
    before = broken(path, a_decision)
    decisions = Decisions(path)
    assert "for reading only" in decisions.notice
    read = decisions.log()
    assert 0 < len(read) < 40
    with pytest.raises(ReviewerError, match="damaged") as caught:
        decisions.add_decision(a_decision("new"), now=False)
    assert "reviewer log" in caught.value.hint
    with pytest.raises(ReviewerError, match="damaged"):
        decisions.mark("id-00", DecisionState.CONFIRMED)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"garbage" * 2000])
def test_what_is_no_database_is_refused_and_left_as_it_is(content: bytes, path: Path, a_decision: Make) -> None:
    Decisions(path).close()
    path.write_bytes(content)
    decisions = Decisions(path)
    for use in (decisions.log, decisions.items, lambda: decisions.add_decision(a_decision("new"), now=False)):
        with pytest.raises(ReviewerError, match="damaged"):
            use()
    assert path.read_bytes() == content


def test_a_newer_schema_is_refused(path: Path) -> None:
    Decisions(path).close()
    raw = sqlite3.connect(path)
    raw.execute("pragma user_version = 2")
    raw.close()
    with pytest.raises(ReviewerError, match="newer version"):
        Decisions(path)


def test_a_full_disk_refuses_and_keeps_what_there_is(path: Path, a_decision: Make) -> None:
    Decisions(path).add_decision(a_decision("kept"), now=False)
    code = (
        "import resource, signal, sys; from pathlib import Path; from reviewer.store.decisions import Decisions\n"
        "from reviewer.model.decision import Decision, Verdict; from reviewer.text import Untrusted as U\n"
        "from reviewer.model.errors import ReviewerError\n"
        "path = Path(sys.argv[1]); decisions = Decisions(path); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, -1))\n"
        "decision = Decision('no', 'c', 'd', Verdict.REJECT, U('r' * 99999), U('a'), 1.0)\n"
        "try: decisions.add_decision(decision, now=False)\n"
        "except ReviewerError as error: print(error.message, '|', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert "see that the disk has room" in done.stdout, done
    assert whole(path) == ["kept"]
