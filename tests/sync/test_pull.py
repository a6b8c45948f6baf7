"""Pulling the queue: in parts, from where the last pull ended, and anew from another gate."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from ground import Ground
from places import InProcess

from reviewer.gate import api
from reviewer.gate.access import Caller
from reviewer.model.change import Change
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import UnreachableError
from reviewer.pipelines.checkpoint import Checkpoint
from reviewer.store.cache import Cache
from reviewer.sync.pull import CURSOR, pull
from reviewer.text import Untrusted


class Counting(Checkpoint):
    def __init__(self, ground: Ground) -> None:
        app = api.application(ground.gate, lambda _request: Caller(Untrusted("ann"), "owner", local=True))
        super().__init__(httpx.Client(transport=InProcess(app), base_url="http://gate"))
        self.shown: list[str] = []
        self.dies_at = 0

    def detail(self, change_id: str) -> ChangeDetail:
        self.shown.append(change_id)
        if len(self.shown) == self.dies_at:
            raise UnreachableError("cut")
        return super().detail(change_id)


def test_it_comes_in_parts_and_goes_on_where_it_was_cut(
    bare: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_QUEUE_PART", 2)
    changes = [bare.branch(f"claude/n{n}", **{f"file{n}__txt": "x\n"}) for n in range(5)]
    pipeline, cache = Counting(bare), Cache(tmp_path / "cache.db")
    pipeline.dies_at = 4
    with pytest.raises(UnreachableError):
        pull(pipeline, cache, 1.0)
    assert pull(pipeline, cache, 2.0) == 3
    assert [row.change_id for row in cache.changes()] == changes
    assert pipeline.shown == [*changes[:3], changes[3], *changes[2:]]
    assert pull(pipeline, cache, 3.0) == 0
    bare.settle()
    assert pull(pipeline, cache, 4.0) == 5


def test_another_gate_is_pulled_from_the_start(bare: Ground, tmp_path: Path) -> None:
    bare.branch("claude/fix", app__txt="good 2\n")
    cache = Cache(tmp_path / "cache.db")
    assert pull(Counting(bare), cache, 1.0) == 1
    cache.set_fact(CURSOR, "1000")
    bare.gate.driver.gate_id = "another"
    assert pull(Counting(bare), cache, 2.0) == 1


def test_a_queue_that_does_not_go_forward_ends(bare: Ground, tmp_path: Path) -> None:
    class Stuck(Counting):
        def changes(self, after: int = 0) -> tuple[str, list[Change]]:
            gate, rows = super().changes(0)
            return gate, [replace(row, seq=1) for row in rows]

    bare.branch("claude/fix", app__txt="good 2\n")
    assert pull(Stuck(bare), Cache(tmp_path / "cache.db"), 1.0) == 1
