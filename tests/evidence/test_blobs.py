"""Blobs are whole under their names, what a step holds stays, and what is counted is what lies there."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.evidence.blobs import Blobs
from reviewer.model.errors import MissingError, ReviewerError

DATA = [bytes([n]) * (n + 1) for n in range(5)]
NAMES = [hashlib.sha256(data).hexdigest() for data in DATA]
STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "hold", "begin", "end", "clear", "cleared", "drop"]), st.integers(0, 4)),
    max_size=40,
)


@given(STEPS)
def test_what_was_kept_or_held_since_is_never_taken_away(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as place:
        blobs = Blobs(Path(place) / "blobs")
        holding = clearing = None
        drop = None
        held: set[str] = set()
        safe: set[str] = set()
        for step, n in steps:
            if step in ("keep", "hold"):
                there = blobs.hold(NAMES[n]) if step == "hold" else bool(blobs.keep(DATA[n]))
                if there and step == "keep":
                    assert blobs.read(NAMES[n]) == DATA[n]
                held |= {NAMES[n]} if holding is not None else set()
                safe |= {NAMES[n]} if clearing is not None else set()
            elif step == "begin" and holding is None:
                holding = blobs.holding()
                holding.__enter__()
            elif step == "end" and holding is not None:
                holding.__exit__(None, None, None)
                holding, held = None, set()
            elif step == "clear" and clearing is None:
                clearing = blobs.clearing()
                drop = clearing.__enter__()
                safe = set(held)
            elif step == "cleared" and clearing is not None:
                clearing.__exit__(None, None, None)
                clearing, drop = None, None
            elif step == "drop" and drop is not None:
                there = (blobs.folder / NAMES[n]).exists()
                assert drop(NAMES[n]) is (there and NAMES[n] not in safe)
            # What a step under way was told to be there is there.
            kept = {entry.name for entry in blobs.folder.iterdir()} if blobs.folder.exists() else set()
            assert blobs.used() == sum((blobs.folder / name).stat().st_size for name in kept)
            assert blobs.sizes().keys() == kept


def test_one_step_holds_what_another_takes_away(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    old, same = blobs.keep(b"old"), blobs.keep(b"same")
    with blobs.clearing() as drop:
        with blobs.holding():
            assert blobs.keep(b"same") == same
        # Its step is over by now, and what it kept is named.
        assert not drop(same) and drop(old) and not drop(old)
    assert blobs.read(same) == b"same"
    with pytest.raises(MissingError):
        blobs.read(old)


def test_what_was_damaged_is_refused_and_written_anew_by_whoever_keeps_the_same(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.keep(b"whole")
    (tmp_path / name).write_bytes(b"who")
    with pytest.raises(ReviewerError, match="damaged"):
        blobs.read(name)
    assert blobs.used() == 3
    assert blobs.keep(b"whole") == name and blobs.read(name) == b"whole"
    assert blobs.used() == 5


def test_what_an_earlier_process_was_writing_goes(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.keep(b"whole")
    (tmp_path / f".{name}.1.2").write_bytes(b"ha")
    blobs.tidy()
    assert list(tmp_path.iterdir()) == [tmp_path / name]
