"""What a pipe, a log, a name, a subject and a damaged store hand over, made up: read or refused, in linear work."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from growth import linear
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shell import git

from reviewer.diff.parse import parse_patch
from reviewer.diff.uncoloured import without_colours
from reviewer.model.change import Kind
from reviewer.model.deploy import Deploy, deploy_of
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.model.mark import Mark
from reviewer.repo.locate import locate
from reviewer.repo.names import commit_named
from reviewer.repo.quarantine import Quarantine
from reviewer.review.patch_sides import with_sides
from reviewer.store.marks import Marks
from reviewer.text import open_colours

ID = b"0123456789" * 4


def pieces(*words: bytes) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(words) | st.binary(max_size=6), max_size=30).map(b"".join)


COLOURED = pieces(
    b"\x1b[1m", b"\x1b[m", b"\x1b[0m", b"\x1b[32m", b"\x1b[", b"m", b"\n", b"diff --git a/x b/x", b"@@ -1 +1 @@",
    b"commit 0123456", b"+", b"-", b"9" * 50, b";", b":", b"\x1b",
)  # fmt: skip
MAILED = pieces(
    b"commit ", b"From ", ID, b"\n", b"    Fix it\n", b"Subject: ", b"[PATCH 1/2] ", b"[PATCH", b"diff --git a/x b/x\n",
    b"@@ -1 +1 @@\n-a\n+b\n", b"--- a/x\n+++ b/x\n", b"Date: x\n", b"\x1b[2J",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(COLOURED)
def test_taking_colours_out_takes_nothing_else(data: bytes) -> None:
    left = without_colours(data)
    rest = iter(data)
    assert all(byte in rest for byte in left)
    parse_patch(left)


@settings(max_examples=200, deadline=None)
@given(MAILED)
def test_what_stands_above_a_file_is_one_line_of_bounded_length(data: bytes) -> None:
    for file in parse_patch(data):
        assert "\n" not in file.above.raw
        assert len(file.above.raw) < 500


@settings(max_examples=200, deadline=None)
@given(COLOURED)
def test_colours_that_stay_open_are_a_stretch_of_no_text(data: bytes) -> None:
    assert open_colours(data).text == ""


def with_subject(subject: str, digest: str | None = None) -> Deploy | None:
    made = digest or hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
    revision = SimpleNamespace(subject=subject, digest=made, head="h", base="b")
    change = SimpleNamespace(kind=Kind.DEPLOY, digest=made)
    return deploy_of(cast(ChangeDetail, SimpleNamespace(current=revision, change=change)))


WHOLE = {
    "rollout": {"id": "r", "stage": "s"}, "environment": "e", "artifact": "a", "commit": "h", "live": "b",
}  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["h", "b"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*WHOLE, "id", "stage"]), inner, max_size=6),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(ANY.map(json.dumps) | st.text(max_size=40))
@example("[" * 30_000)
@example("9" * 10_000)
@example('{"rollout":' * 5_000)
@example("\ud800")
def test_a_subject_is_read_whole_or_not_at_all(subject: str) -> None:
    found = with_subject(subject)
    assert found is None or (found.commit, found.live) == ("h", "b")
    assert with_subject(json.dumps(WHOLE)) is not None
    assert with_subject(json.dumps(WHOLE), "0" * 64) is None


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("named") / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "x").write_text("x\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "begin")
    git(work, "commit", "-q", "--allow-empty", "-m", "again")
    git(work, "tag", "-am", "x", "v1")
    return work


NAMES = st.lists(
    st.sampled_from(["HEAD", "@", "main", "v1", "~", "^", "~1", "^0", "^{}", "@{1}", ":", "refs/", "heads/", "/", "..",
                     "-", "--all", "0123456", "a" * 300, "\x1b[2J", "\n", "\0", "\udc80", "*"])
    | st.text(max_size=3),
    max_size=5,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES)
def test_a_name_means_a_commit_or_is_refused(name: str, place: Path) -> None:
    repository = locate(place)
    looking = Quarantine.open(place.parent / "home", repository.repo_id).looking(repository)
    known = git(place, "rev-list", "--all").split("\n")
    try:
        assert commit_named(repository, looking, name) in known
    except ReviewerError as error:
        assert error.message.isprintable()
        assert error.hint.replace("\n", "").isprintable()


@pytest.mark.parametrize("unit", ["~", "^", "^0", "~0", "~1^0", "a", "a~", "/", "@{"])
def test_a_name_of_any_length_is_linear_work(unit: str, place: Path) -> None:
    repository = locate(place)
    looking = Quarantine.open(place.parent / "home", repository.repo_id).looking(repository)

    def work(name: str) -> None:
        try:
            commit_named(repository, looking, f"main{name}")
        except ReviewerError:
            pass

    assert linear(work, unit)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["x", "../x", "/etc/passwd", ".git/config", "x\\000", "."]), max_size=4),
    oid=st.sampled_from(["587be6b", "587be6b4c3f93f93c489c0111bba5596147a26cb", "0000000", "0" * 40, "1234"]),
)
def test_no_side_of_a_patch_is_content_of_another_id(names: list[str], oid: str, place: Path) -> None:
    patch = "".join(
        f'diff --git "a/{name}" "b/{name}"\nindex 0000000..{oid} 100644\n'
        f'--- /dev/null\n+++ "b/{name}"\n@@ -0,0 +1 @@\n+x\n'
        for name in names
    )
    found, blob = with_sides(parse_patch(patch.encode()), place, place.parent / "home", 1000)
    assert len(found) == len(parse_patch(patch.encode()))
    for diff in found:
        assert blob(diff.change.new_oid) == (b"x\n" if oid.startswith("587be6b") else b"")


@settings(max_examples=60, deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1, max_size=6))
def test_no_damage_makes_up_a_mark_or_stops_the_desk(
    damage: list[tuple[float, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("marks") / "marks.db"
    made = Marks(file)
    keys = [f"key-{n:03}" for n in range(40)]
    made.keep("change", [Mark(key, "digest") for key in keys])
    made.close()
    data = bytearray(file.read_bytes())
    for where, what in damage:
        at = int(where * (len(data) - len(what)))
        data[at : at + len(what)] = what
    file.write_bytes(data)
    marks = Marks(file)
    try:
        marks.of("change")
        marks.keep("change", [Mark("new", "digest")])
        assert "new" in {mark.key for mark in marks.of("change")}
    except ReviewerError as error:
        assert error.message.isprintable()
    finally:
        marks.close()


def in_many_colours(data: bytes) -> None:
    """As many sequences as the bytes are long, no two of them alike, where git's own stand."""
    without_colours(b"".join(b"\x1b[%dm" % n for n in range(len(data) // 10)) + b"@@ -1 +1 @@\n" + data)


LONG: list[tuple[Callable[[bytes], object], bytes]] = [
    (without_colours, b"\x1b[32m"),
    (without_colours, b"\x1b["),
    (without_colours, b"\x1b[1m@@ \n"),
    (without_colours, b"\x1b[" + b"1" * 39 + b"\n"),
    (in_many_colours, b"\x1b[7m+"),
    (parse_patch, b"commit " + ID + b"\n\n    x\n\ndiff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n"),
    (parse_patch, b"commit " + ID + b"\ndiff --git a/x b/x\n"),
    (parse_patch, b"From 0123456 x\nSubject: [PATCH "),
    (parse_patch, b"    \n"),
    (parse_patch, b"Subject: "),
    (open_colours, b"\x1b[31m"),
    (open_colours, b"\x1b["),
    (open_colours, b"\x1b[1;"),
    (open_colours, b"38;5;"),
]


@pytest.mark.parametrize(("parse", "unit"), LONG, ids=lambda v: getattr(v, "__name__", repr(v)[:24]))
def test_ten_times_the_patch_is_about_ten_times_the_work(parse: Callable[[bytes], object], unit: bytes) -> None:
    assert linear(parse, unit)
