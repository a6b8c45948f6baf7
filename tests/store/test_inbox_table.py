"""The inbox's table lists what a query leaves, in order, by ids that stay; it is made from what was pulled."""

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewer.model.attention import Turn
from reviewer.model.change import Size, State
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import ChangeDetail, FileSize
from reviewer.model.finding import Severity
from reviewer.model.listing import Listing, Looked, Order, Snooze
from reviewer.model.query import EVERYTHING
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.review.query import parse
from reviewer.store import cache_file
from reviewer.store.cache import Cache
from reviewer.text import Untrusted

Made = Callable[..., ChangeDetail]
NOW = 10_000.0


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "store" / "cache.db", lambda: NOW, me="ann")


@pytest.fixture
def made(a_change: Made) -> Made:
    """A change by its id, its fields and those of its detail; texts are outside text."""

    def make(change_id: str, seq: int = 1, *, files: tuple[str, ...] = (), **fields: Any) -> ChangeDetail:
        detail = a_change(change_id, seq)
        fields.setdefault("head", hashlib.sha1(change_id.encode()).hexdigest())
        more = {name: fields.pop(name) for name in ("requirements", "decisions", "scan") if name in fields}
        outside = ("title", "branch", "agent", "target", "repository")
        texts = {name: Untrusted(fields.pop(name)) for name in outside if name in fields}
        change = replace(detail.change, **texts, **fields)
        revision = replace(detail.revisions[0], files=tuple(FileSize(Untrusted(name), 1, 0) for name in files))
        return replace(detail, change=change, revisions=(revision,), **{"scanned": True, **more})

    return make


def put(cache: Cache, *details: ChangeDetail) -> None:
    for detail in details:
        cache.put(detail)


def names(cache: Cache, query: str = "", order: Order = Order.TURN, **asked: Any) -> list[str]:
    listing = cache.listing(None, parse(query), order, decided=asked.pop("decided", False), **asked)
    return by_id(cache, listing)


def by_id(cache: Cache, listing: Listing) -> list[str]:
    rows = {row.row_id: row.change.change_id for row in cache.rows(listing.ids)}
    return [rows[row_id] for row_id in listing.ids]


def test_whose_turn_then_risk_then_age(cache: Cache, made: Made) -> None:
    approved = (Decision("d", "a", "d" * 64, Verdict.APPROVE, Untrusted(""), Untrusted("ann"), 1.0),)
    put(
        cache,
        made("landed", state=State.LANDED),
        made("sent-back", state=State.CHANGES_REQUESTED, risk=Severity.CRITICAL),
        made("i-did", decisions=approved),
        made("runs", run="running", risk=Severity.CRITICAL),
        made("young", created_at=9.0, risk=Severity.LOW),
        made("old", created_at=2.0, risk=Severity.LOW),
        made("high", created_at=9.0, risk=Severity.HIGH),
        made("to-land", state=State.WAITING_TO_LAND, created_at=1.0),
    )
    cache.put_found([(made("+found", state=State.DISCOVERED, risk=Severity.CRITICAL).change, ())])
    expected = ["high", "old", "young", "to-land", "runs", "i-did", "sent-back", "+found"]
    assert names(cache) == expected
    assert names(cache, decided=True) == [*expected, "landed"]
    sections = cache.listing(None, EVERYTHING, Order.TURN, decided=False).sections
    assert [(s.start, s.name, s.count) for s in sections] == [
        (0, "mine", 4), (4, "machine", 1), (5, "others", 1), (6, "agent", 1), (7, "found", 1)
    ]  # fmt: skip
    assert names(cache, limit=3) == expected[:3]
    assert not cache.listing(None, EVERYTHING, Order.TURN, decided=False, limit=3).whole
    assert dict(cache.counts(None).turns)[Turn.MINE] == 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"one", "two"}), ("PARSER", {"one"}), ("parser upload", set()), ("-parser", {"two"}),
        ("risk:high", {"one"}), ("risk:low", {"one"}), ("-risk:low", {"two"}), ("agent:cla", {"one"}),
        ("run:failed", {"two"}), ("run:passed", {"one"}), ("turn:mine", {"one", "two"}), ("kind:code", {"one", "two"}),
        ("size:>200", {"two"}), ("size:<200", {"one"}), ("rev:>1", {"two"}), ("age:>2h", {"two"}), ("age:<2h", {"one"}),
        ("path:*.sql", {"two"}), ("path:db/*", {"two"}), ("path:[x]", {"one"}), ("path:SQL", set()),
        ("flag:secrets", {"one"}),
        ("is:open", {"one", "two"}), ("is:decided", {"done"}), ("state:landed", {"done"}), ("is:new", {"one", "two"}),
        ("is:conflict", set()), ("is:found", set()), ("target:main", {"one", "two"}), ('"the parser"', {"one"}),
        ("repo:shop", {"one"}), ("100%", set()), ("_", set()), ("'; drop table inbox; --", set()),
        ('branch:"fix me"', {"two"}),
    ],
)  # fmt: skip
def test_a_query_leaves_what_it_says(cache: Cache, made: Made, query: str, found: set[str]) -> None:
    put(
        cache,
        made("one", title="Teach the parser", agent="claude", risk=Severity.HIGH, categories=("secrets",),
             created_at=NOW - 60, files=("a[x].py",), target="main", size=Size(1, 5, 5), repository="/w/shop"),
        made("two", title="Upload", branch="fix me", agent="codex", run="failed", revision=2, created_at=NOW - 9000,
             target="main", files=("db/up.sql",), size=Size(1, 300, 1)),
        made("done", state=State.LANDED),
    )  # fmt: skip
    assert set(names(cache, query)) == found
    assert len(names(cache)) == 2, "nothing was lost by asking"


def test_a_row_keeps_its_id_and_tells_what_changed(cache: Cache, made: Made) -> None:
    put(cache, made("a", 1), made("b", 2))
    (before,) = cache.rows(cache.listing(None, parse("b"), Order.TURN, decided=False).ids)
    assert cache.counts(None).stir == 2
    put(cache, made("b", 3, title="b again"))
    (same,) = cache.rows([before.row_id])
    assert (same.change.title.raw, same.stir) == ("b again", 2), "another title is no news"
    put(cache, made("b", 4, comments=1))
    (after,) = cache.rows([before.row_id])
    assert after.stir == 4
    assert cache.counts(None).stir == 4


def test_what_was_looked_at_is_new_again_when_something_came(cache: Cache, made: Made) -> None:
    put(cache, made("a", 1, revision=1))
    assert names(cache, "is:new") == ["a"]
    cache.looked("a", Looked(1, 0, "passed", "pending"))
    assert names(cache, "is:new") == names(cache, "is:stale") == []
    put(cache, made("a", 2, revision=2))
    assert names(cache, "is:new") == names(cache, "is:stale") == ["a"]
    (row,) = cache.rows(cache.listing(None, EVERYTHING, Order.TURN, decided=False).ids)
    assert row.looked == Looked(1, 0, "passed", "pending")


@pytest.mark.parametrize(
    ("until", "wakes"),
    [
        (Snooze(until=NOW - 1), {}), (Snooze(revision=1), {"revision": 2}), (Snooze(run=True), {"run": "failed"}),
        (Snooze(), None), (Snooze(until=NOW + 1), None),
    ],
)  # fmt: skip
def test_it_sleeps_until_what_was_asked_for(
    cache: Cache, made: Made, until: Snooze, wakes: dict[str, Any] | None
) -> None:
    put(cache, made("a", 1, run="running"))
    cache.snooze(["a"], until)
    asleep = until.until is None or until.until > NOW
    assert names(cache) == ([] if asleep else ["a"])
    assert cache.counts(None).snoozed == asleep
    if asleep:
        assert names(cache, "is:snoozed") == ["a"]
    if wakes:
        put(cache, made("a", 2, **{"run": "running", **wakes}))
        assert names(cache) == ["a"]
    cache.snooze(["a"], None)
    assert names(cache) == ["a"]


def test_branches_that_build_on_each_other_are_a_stack(cache: Cache, made: Made) -> None:
    put(
        cache,
        made("top", head="3" * 40, base="2" * 40, created_at=1.0),
        made("alone", head="9" * 40, base="0" * 40, created_at=2.0),
        made("ground", head="1" * 40, base="0" * 40, branch="claude/ground", created_at=3.0),
        made("middle", head="2" * 40, base="7" * 40, target="claude/ground", created_at=4.0),
    )
    listing = cache.listing(None, EVERYTHING, Order.STACK, decided=False)
    assert by_id(cache, listing) == ["ground", "middle", "top", "alone"]
    assert [(section.start, section.count) for section in listing.sections] == [(0, 3), (3, 1)]
    assert {row.change.change_id for row in cache.rows(listing.ids) if row.stacked} == {"middle", "top"}


def test_groups_by_agent_and_by_repository(cache: Cache, made: Made) -> None:
    put(
        cache,
        made("a", agent="codex", repository="/w/shop"),
        made("b", agent="claude", repository="/w/shop"),
        made("c", agent="codex", repository="/w/cart", updated_at=9.0),
    )
    by_agent, by_repository = [("claude", 1), ("codex", 2)], [("cart", 1), ("shop", 2)]
    for order, expected in ((Order.AGENT, by_agent), (Order.REPOSITORY, by_repository)):
        sections = cache.listing(None, EVERYTHING, order, decided=False).sections
        assert [(section.name, section.count) for section in sections] == expected
    assert names(cache, order=Order.NEWEST)[0] == "c"
    assert cache.values_of(None, "agent") == ["codex", "claude"]


def test_attempts_of_several_agents_at_one_task_stand_together(cache: Cache, made: Made) -> None:
    put(
        cache,
        made("alone", branch="claude/other", agent="claude", created_at=1.0),
        made("one", branch="claude/fix", agent="claude", created_at=2.0),
        made("two", branch="codex/fix-3fa94c", agent="codex", created_at=3.0),
        made("elsewhere", branch="codex/fix", agent="codex", repo_id="f" * 16, created_at=4.0),
    )
    listing = cache.listing(None, EVERYTHING, Order.TASK, decided=False)
    assert by_id(cache, listing) == ["one", "two", "alone", "elsewhere"]
    assert [(section.start, section.name, section.count) for section in listing.sections] == [
        (0, "task fix", 2), (2, "", 2),
    ]  # fmt: skip


def test_a_found_branch_goes_when_its_head_is_submitted_and_does_not_come_back(cache: Cache, made: Made) -> None:
    found = made("+x", state=State.DISCOVERED, head="5" * 40).change
    cache.put_found([(found, (FileSize(Untrusted("a.sql"), 1, 0),))])
    assert names(cache, "path:*.sql") == ["+x"]
    assert cache.found(found.repo_id) == [found]
    put(cache, made("c", head="5" * 40))
    assert names(cache) == ["c"]
    # Found by a look that began before it was submitted.
    cache.put_found([(found, ())])
    assert names(cache) == ["c"]


def test_another_gate_takes_its_changes_and_leaves_what_was_found(cache: Cache, made: Made) -> None:
    put(cache, made("c"))
    cache.put_found([(made("+x", state=State.DISCOVERED, head="5" * 40).change, ())])
    cache.forget_changes()
    assert names(cache) == ["+x"]


def test_a_cache_of_the_first_layout_is_brought_over(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "store" / "cache.db"
    old = Cache(path, lambda: NOW)
    waiting = (Requirement("merges", RequirementState.MET, ""), Requirement("scanned", RequirementState.UNMET, ""))
    put(old, made("a", 7, title="Kept", requirements=waiting))
    old.close()
    db = sqlite3.connect(path)
    for table in ("inbox", "paths", "found", "looked", "snoozed"):
        db.execute(f"drop table {table}")
    db.execute("delete from facts")
    db.execute("pragma user_version = 1")
    db.commit()
    db.close()
    cache = Cache(path, lambda: NOW, me="ann")
    assert cache.notice == ""
    (row,) = cache.rows(cache.listing(None, EVERYTHING, Order.TURN, decided=False).ids)
    assert (row.change.title.raw, row.met, row.asked, row.stir) == ("Kept", 1, 2, 7)


def test_a_broken_cache_keeps_what_was_looked_at_and_what_sleeps(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "store" / "cache.db"
    cache = Cache(path, lambda: NOW)
    put(cache, made("a"))
    cache.looked("a", Looked(1, 0, "passed", "pending"))
    cache.snooze(["a"], Snooze(revision=1))
    cache.close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("update changes set line = '{}'")
    db.close()
    cache = Cache(path, lambda: NOW)
    assert cache.changes() == []
    assert "pulled again" in cache.notice
    put(cache, made("a"))
    assert names(cache) == []
    assert names(cache, "is:snoozed -is:new") == ["a"]


def test_another_name_is_listed_for_part_by_part_while_rows_are_read(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store" / "cache.db"
    first = Cache(path, lambda: NOW, me="ann")
    by_ann = Decision("d", "c", "d" * 64, Verdict.APPROVE, Untrusted(""), Untrusted("ann"), 1.0)
    approved = [made(f"c{n}", decisions=(by_ann,)) for n in range(6)]
    put(first, *approved)
    first.put_found([(made("+found", state=State.DISCOVERED).change, (FileSize(Untrusted("a.sql"), 1, 0),))])
    ids = {row.change.change_id: row.row_id for row in first.rows(range(20))}
    assert names(first, "turn:others") == [f"c{n}" for n in range(6)]
    first.close()
    monkeypatch.setattr(cache_file, "_AT_ONCE", 2)
    cache = Cache(path, lambda: NOW, me="bob", behind=True)
    # The first ones at once (of ids, a plus comes before a letter); the rest as they were, and readable.
    assert (names(cache, "turn:mine"), len(names(cache, "turn:others"))) == (["c0"], 5)
    # What comes meanwhile is right at once.
    cache.put(replace(approved[5], change=replace(approved[5].change, seq=9, title=Untrusted("Newer"))))
    left = [cache.refill(2) for _ in range(4)]
    assert left == [3, 1, 0, 0]
    assert names(cache, "turn:mine") == [f"c{n}" for n in range(6)]
    assert {row.change.change_id: row.row_id for row in cache.rows(range(20))} == ids
    assert names(cache, "path:*.sql") == ["+found"], "what is known of a branch's files stays"
    cache.close()
    # Done: the next start has nothing to do; another name without `behind` is listed for at once.
    assert Cache(path, lambda: NOW, me="bob", behind=True).refill(2) == 0
    assert names(Cache(path, lambda: NOW, me="ann"), "turn:others") == [f"c{n}" for n in range(6)]


def test_worktrees_of_one_repository_are_one_group(tmp_path: Path, made: Made) -> None:
    cache = Cache(tmp_path / "store" / "cache.db", lambda: NOW, me="ann", named=lambda folder: "shop")
    put(cache, made("one", repository="/w/agents/one"), made("two", repository="/w/agents/two"))
    sections = cache.listing(None, EVERYTHING, Order.REPOSITORY, decided=False).sections
    assert [(section.name, section.count) for section in sections] == [("shop", 2)]
