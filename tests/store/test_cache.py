"""The cache is begun anew when it breaks, and the drafts, which nobody else has, are brought over."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.model.comment import Comment
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.store.cache import Cache, Draft
from reviewer.store.salvage import drafts_in

Comments = Callable[..., Comment]
Changes = Callable[..., ChangeDetail]
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "cache.db"


def filled(path: Path, a_comment: Comments, a_change: Changes, changes: int = 60) -> None:
    cache = Cache(path)
    for n in range(changes):
        cache.put(a_change(f"change{n:02}", n, "x" * 400))
    for n in range(3):
        cache.save_draft(Draft("change01", a_comment(f"draft-{n}", f"body {n}")), n)
    cache.save_draft(Draft("change01", a_comment("draft-long", "long " * 4000)), 9)
    cache.save_draft(Draft("change01", a_comment("gone")), 10)
    cache.drop_draft("gone")
    cache.set_fact("cursor", "60")
    cache.close()


def ids(cache: Cache) -> list[str]:
    return [comment.comment_id for comment in cache.drafts("change01")]


ALL = ["draft-0", "draft-1", "draft-2", "draft-long"]


def overwrite(path: Path, start: int, length: int, what: bytes = b"\xa5") -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(what * length)


@pytest.mark.parametrize("start", [0, 16, 100])
def test_a_broken_beginning_costs_no_draft(start: int, path: Path, a_comment: Comments, a_change: Changes) -> None:
    filled(path, a_comment, a_change)
    overwrite(path, start, PAGE - start)
    cache = Cache(path)
    assert ids(cache) == ALL
    assert len(cache.drafts("change01")[3].body.raw) == 20_000
    assert (cache.changes(), cache.fact("cursor")) == ([], None)
    assert "4 drafts were brought over" in cache.notice
    assert list(path.parent.glob("cache.db.broken-*"))


def test_damage_found_while_asking_is_mended_and_asked_again(
    path: Path, a_comment: Comments, a_change: Changes
) -> None:
    filled(path, a_comment, a_change)
    cache = Cache(path)
    assert len(cache.changes()) == 60
    with sqlite3.connect(path) as db:
        pages = [row[0] for row in db.execute("select pageno from dbstat where name = 'changes'")]
    db.close()
    for page in pages:
        overwrite(path, (page - 1) * PAGE, PAGE)
    cache = Cache(path)
    assert cache.notice == ""
    assert cache.changes() == []
    assert "brought over" in cache.notice
    assert ids(cache) == ALL


def test_a_row_of_another_shape_is_pulled_again(path: Path, a_comment: Comments, a_change: Changes) -> None:
    filled(path, a_comment, a_change)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("update changes set line = '{}' where change_id = 'change07'")
    db.close()
    cache = Cache(path)
    assert cache.changes() == []
    assert ids(cache) == ALL
    assert cache.fact("cursor") is None


@pytest.mark.parametrize("size", [0, 5, 1000, 20_000])
def test_a_cut_file_is_begun_anew(size: int, path: Path, a_comment: Comments, a_change: Changes) -> None:
    filled(path, a_comment, a_change)
    os.truncate(path, size)
    cache = Cache(path)
    assert cache.changes() == []
    assert set(ids(cache)) <= set(ALL)
    cache.put(a_change())
    assert len(cache.changes()) == 1


def test_a_draft_that_is_only_in_the_log_of_a_killed_desk_survives(path: Path, a_comment: Comments) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from reviewer.store.cache import Cache, Draft\n"
        "from reviewer.model.comment import AuthorKind, Comment; from reviewer.text import Untrusted as U\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "cache.save_draft(Draft('change01', Comment('late', 'd', U('a'), AuthorKind.PERSON, U('words'), 1.0)), 1.0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)])
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("cache.db-wal").stat().st_size
    overwrite(path, 0, 4096)
    assert ids(Cache(path)) == ["late"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9000), st.binary(min_size=1, max_size=3)), max_size=4))
def test_no_damage_makes_up_a_draft_or_stops_the_desk(
    damage: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory, a_comment: Comments,
    a_change: Changes,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("any") / "cache.db"
    filled(path, a_comment, a_change, changes=8)
    size = path.stat().st_size
    for where, length, what in damage:
        overwrite(path, int(where * size), length // len(what), what)
    cache = Cache(path)
    cache.changes()
    found = ids(cache)
    assert set(found) <= {*ALL, "gone"}
    cache.save_draft(Draft("change01", a_comment("new")), 99)
    assert "new" in ids(cache)
    cache.close()


def test_a_sound_file_gives_its_drafts_to_the_page_reader_too(
    path: Path, a_comment: Comments, a_change: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path, a_comment, a_change)
    monkeypatch.setattr("reviewer.store.salvage._by_query", lambda _path: ())
    assert [row[0] for row in drafts_in(path)] == ALL


def test_of_two_desks_that_meet_a_broken_file_one_begins_anew_and_both_go_on(
    path: Path, a_comment: Comments, a_change: Changes
) -> None:
    filled(path, a_comment, a_change)
    one, other = Cache(path), Cache(path)
    one.save_draft(Draft("change01", a_comment("first")), 20)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("update changes set line = '{}', detail = '{}'")
    db.close()
    assert other.changes() == one.changes() == []
    assert bool(one.notice) != bool(other.notice)
    one.save_draft(Draft("change01", a_comment("second")), 21)
    assert ids(other) == ids(one) == [*ALL, "first", "second"]
    assert len(list(path.parent.glob("cache.db.broken-*[0-9]"))) == 1


def test_of_two_pulls_the_older_does_not_win(path: Path, a_change: Changes) -> None:
    cache = Cache(path)
    cache.put(a_change(seq=7, title="new"))
    cache.put(a_change(seq=5, title="old"))
    assert cache.changes()[0].title.raw == "new"


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    Cache(path).close()
    db = sqlite3.connect(path)
    db.execute("pragma user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(ReviewerError, match="newer version"):
        Cache(path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*broken*"))


def test_others_and_links_are_refused(path: Path, tmp_path: Path) -> None:
    Cache(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ReviewerError, match="others can open") as caught:
        Cache(path)
    assert "chmod 600" in caught.value.hint
    path.chmod(0o600)
    path.parent.chmod(0o755)
    with pytest.raises(ReviewerError, match="others can open") as caught:
        Cache(path)
    assert "chmod 700" in caught.value.hint
    path.parent.chmod(0o700)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReviewerError, match="symbolic link"):
        Cache(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(path: Path) -> None:
    Cache(path).close()
    os.chown(path, 65534, 65534)
    with pytest.raises(ReviewerError, match="another user"):
        Cache(path)
