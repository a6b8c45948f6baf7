"""A record that is skimmed says what it says when it is read in full, but for what was printed."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.errors import ReviewerError
from reviewer.model.run import Conclusion, Limits
from reviewer.sandbox import skimming
from reviewer.sandbox.contract import Attempt, Capabilities, Outcome, SandboxRequest
from reviewer.sandbox.reading import Exec, Output, read_record
from reviewer.sandbox.record import Recorder
from reviewer.sandbox.skimming import skim

REQUEST = SandboxRequest(("sh", "-c", "true"), Path("/tree"), Limits(output=4096), snapshot_digest="s" * 64)
KEPT = Capabilities("full", "native", "Linux 6", "", {"network": ("enforced", "namespace")})
TRIED = Attempt("connect tcp", "a:443", "curl", "refused", 2, 0.5)
END = Outcome(3, Conclusion.FAILURE, "full", 1.5, written=("a\udcff.txt",), observed=True, attempts=(TRIED,))


def record_of(chunks: list[bytes], programs: int = 1) -> bytes:
    out = io.BytesIO()
    recorder = Recorder(out, REQUEST, KEPT, 1000.0)
    for chunk in chunks:
        recorder("stdout", chunk)
    for n in range(programs):
        recorder.event({"event": "exec", "clock": 1e9, "path": "/bin/sh", "arguments": ["sh"], "pid": n, "parent": 1})
    recorder.finish(END)
    return out.getvalue()


@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_everything_but_the_bytes_of_the_output_is_the_same(chunks: list[bytes]) -> None:
    data = record_of(chunks)
    full, skimmed = read_record(data), skim(io.BytesIO(data))
    assert (skimmed.header, skimmed.end, skimmed.whole) == (full.header, full.end, True)
    assert list(skimmed.of(Exec)) == list(full.of(Exec))
    assert [(o.offset, o.at, o.dropped) for o in skimmed.of(Output)] == [
        (o.offset, o.at, o.dropped) for o in full.of(Output)
    ]
    assert not any(output.data for output in skimmed.of(Output))


def test_a_record_that_was_changed_or_stops_early_says_so() -> None:
    data = record_of([b"all passed\n"])
    lines = data.splitlines(keepends=True)
    assert not skim(io.BytesIO(b"".join([lines[0], *lines[2:]]))).whole
    cut = skim(io.BytesIO(b"".join(lines[:-1]) + lines[-1][:-5]))
    assert (cut.end, cut.whole) == (None, False)


@pytest.mark.parametrize("broken", [b"", b"nonsense\n", b'{"event": "output", "at": NaN}\n', b"{}\n"])
def test_what_is_no_record_is_refused(broken: bytes) -> None:
    for data in (broken, record_of([]).split(b"\n")[0] + b"\n" + (broken or b"[]\n")):
        with pytest.raises(ReviewerError, match="not a run's record"):
            skim(io.BytesIO(data))
    whole = record_of([b"x"])
    with pytest.raises(ReviewerError):
        skim(io.BytesIO(whole + whole.splitlines(keepends=True)[-1]))


def test_events_beyond_the_bounds_are_left_out_and_the_digest_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skimming, "KEPT", 3)
    found = skim(io.BytesIO(record_of([b"a"], programs=10)))
    assert len(list(found.of(Exec))) == 3
    assert found.whole


def test_a_trailer_that_lies_about_its_digest_is_not_whole() -> None:
    lines = record_of([b"x"]).splitlines(keepends=True)
    end = {**json.loads(lines[-1]), "digest": "0" * 64}
    assert not skim(io.BytesIO(b"".join(lines[:-1]) + json.dumps(end).encode() + b"\n")).whole
