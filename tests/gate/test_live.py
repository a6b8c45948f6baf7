"""What a run has printed so far is kept to its cap, and says once that more was printed than that."""

from pathlib import Path

import pytest

from reviewer.gate.live import Live


@pytest.mark.parametrize("pieces", [[b"abcdef"], [b"abcd", b"e", b"f"], [b"ab", b"cdef", b"g" * 99]])
def test_output_beyond_the_cap_is_not_kept_and_says_so_once(tmp_path: Path, pieces: list[bytes]) -> None:
    live = Live(tmp_path / "live")
    write = live.begin("run", 4)
    for piece in pieces:
        write(piece)
    kept = live.read("run", 0, 1 << 20)
    assert kept is not None
    assert kept.startswith(b"abcd\n[more is printed")
    assert kept.count(b"\n") == 2
    assert live.size("run") == len(kept)


def test_output_up_to_the_cap_is_kept_as_it_is(tmp_path: Path) -> None:
    live = Live(tmp_path / "live")
    live.begin("run", 4)(b"abcd")
    assert live.read("run", 1, 9) == b"bcd"
    live.end("run")
    assert live.read("run", 0, 9) is None
