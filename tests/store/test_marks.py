"""Marks outlive the program and two desks at once; a damaged file is moved aside and said, never lost in silence."""

from pathlib import Path

import pytest

from reviewer.model.errors import ReviewerError
from reviewer.model.mark import Mark
from reviewer.store.marks import Marks


def test_marks_are_there_again_and_keep_the_revision_that_they_were_made_in(tmp_path: Path) -> None:
    place = tmp_path / "store" / "marks.db"
    one, other = Marks(place), Marks(place)
    one.keep("change", [Mark("a", "first"), Mark("b", "first", True)])
    other.keep("change", [Mark("a", "second", True), Mark("c", "second")])
    other.keep("another", [Mark("a", "x")])
    one.close()
    assert set(Marks(place).of("change")) == {Mark("a", "first", True), Mark("b", "first", True), Mark("c", "second")}
    assert Marks(place).of("nobody") == []
    assert place.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 400])
def test_a_damaged_file_is_moved_aside_and_said(tmp_path: Path, damage: bytes) -> None:
    place = tmp_path / "store" / "marks.db"
    before = Marks(place)
    before.keep("change", [Mark("a", "first")])
    # Left to be closed by itself it would write what it holds back into the file, at any moment from here on.
    before.close()
    for other in place.parent.glob("marks.db-*"):
        other.unlink()
    place.write_bytes(damage)
    marks = Marks(place, lambda: 7.0)
    assert marks.of("change") == []
    assert "begin anew" in marks.notice
    (kept,) = [p for p in place.parent.glob("marks.db.broken-7-*") if p.suffix not in ("-wal", "-shm")]
    assert kept.read_bytes() == damage
    marks.keep("change", [Mark("b", "second")])
    assert Marks(place).of("change") == [Mark("b", "second")]


def test_a_disk_that_refuses_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReviewerError):
        Marks(tmp_path / "file" / "marks.db").keep("change", [Mark("a", "first")])
