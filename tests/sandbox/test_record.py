"""A record is bounded, described by its schema, checked by its digest, and whatever is wrong with it is said."""

import hashlib
import io
import json
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from within import WORKING, needs_sandbox

from reviewer.model.errors import ReviewerError
from reviewer.model.run import Conclusion, Limits
from reviewer.sandbox import record as module
from reviewer.sandbox.asciicast import asciicast
from reviewer.sandbox.contract import Attempt, Capabilities, Outcome, SandboxRequest
from reviewer.sandbox.launch import probe_launcher, run_with
from reviewer.sandbox.reading import Exec, Output, read_record
from reviewer.sandbox.record import Recorder, RecordError, check_digest
from reviewer.text import show_log_line

SCHEMA = json.loads(Path(module.__file__).with_name("record.schema.json").read_text())
CAPABILITIES = Capabilities("full", "native", "6.1", "", {"network": ("enforced", "empty network namespace")}, "1", 0.1)
DONE = Outcome(0, Conclusion.SUCCESS, "full", 1.0, observed=True, differences="complete")


def recorded(
    chunks: list[tuple[str, bytes]], output: int = 1 << 20, outcome: Outcome = DONE, **more: Any
) -> tuple[bytes, list[Mapping[str, Any]]]:
    out = io.BytesIO()
    request = SandboxRequest(("make", "test"), Path(), Limits(output=output), subject="commit abc", snapshot_digest="d")
    recorder = Recorder(out, request, CAPABILITIES, 1000.0, **more)
    for stream, data in chunks:
        recorder(stream, data)
    recorder.finish(outcome)
    return out.getvalue(), [json.loads(line) for line in out.getvalue().splitlines()]


@needs_sandbox
def test_every_line_of_a_real_record_is_as_the_schema_says(tree: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    out = io.BytesIO()
    (tree / "reach.py").write_text("import socket\nsocket.create_connection(('hooks.example.net', 443))\n")
    script = "cat file.txt; echo e >&2; chmod 755 file.txt; touch $(printf '\\377'); python3 reach.py 2>/tmp/e; exit 3"
    request = SandboxRequest(("sh", "-c", script), tree, snapshot_digest="d", subject="commit abc")
    recorder = Recorder(out, request, probe_launcher(WORKING[0]), 1.0)
    outcome = run_with(WORKING[0], request, recorder, None, recorder.event)
    assert outcome.exit_status == 3
    digest = recorder.finish(outcome)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        validator.validate(line)
    assert {line.get("event") for line in lines} == {None, "output", "exec", "network", "end"}
    found = read_record(out.getvalue())
    assert found.whole and found.doubts() == [] and found.end is not None
    assert (found.end.digest, found.end.exit_status, found.end.commands) == (digest, 3, outcome.commands)
    assert found.end.written == ["\udcff"] and found.end.mode_changed == ["file.txt"]
    assert [Path(event.path).name for event in found.of(Exec)][:2] == ["sh", "cat"]
    assert ("connect tcp", "hooks.example.net:443") in {(one.kind, one.target) for one in found.end.attempts}
    assert b"".join(data for _at, stream, data in found.chunks() if stream == "stdout") == b"hello\n"
    times = [event.at for event in found.events if not isinstance(event, Output) or not event.dropped]
    assert all(0 <= at < 60 for at in times)


def test_the_schema_refuses_what_is_no_line() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for line in ({}, {"event": "output"}, {"event": "end"}, {"record": 2}, {"event": "output", "dropped": 1, "x": 1}):
        assert list(validator.iter_errors(line))


@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(min_size=1, max_size=300)), max_size=60),
    st.integers(2, 4000),
)
def test_head_and_tail_are_kept_in_order_and_the_rest_is_counted(chunks: list[tuple[str, bytes]], cap: int) -> None:
    data, lines = recorded(chunks, cap)
    assert check_digest(data)
    printed = b"".join(part for _stream, part in chunks)
    at = dropped = kept = 0
    for line in lines[1:-1]:
        if "dropped" in line:
            dropped += line["dropped"]
            at += line["dropped"]
            continue
        part = b64decode(line["data"])
        assert line["offset"] == at and printed[at : at + len(part)] == part
        at += len(part)
        kept += len(part)
    assert at == len(printed) == dropped + kept


def test_a_record_is_bounded_however_small_the_pieces() -> None:
    alternating = [("stdout" if n % 2 else "stderr", b"x") for n in range(100_000)]
    data, lines = recorded(alternating, 64 << 10)
    assert len(data) < 6 * (64 << 10)
    assert sum(line.get("dropped", 0) for line in lines) > 90_000
    merged, lines = recorded([("stdout", b"x")] * 10_000, 64 << 10)
    assert len(merged) < 64 << 10
    assert len([line for line in lines if line.get("event") == "output"]) < 100


class Full(io.BytesIO):
    """A disk with so much room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(data)

    def close(self) -> None:
        """What was written can be looked at all the same."""


@needs_sandbox
@pytest.mark.parametrize("room", [10, 2500, 5000])
def test_what_cannot_be_written_stops_the_run_and_is_no_evidence(room: int, tree: Path) -> None:
    out = Full(room)
    before = set(threading.enumerate())
    code = "import time\nfor n in range(600): print('x' * 100, flush=True); time.sleep(0.1)"
    request = SandboxRequest(("python3", "-c", code), tree)
    with pytest.raises(RecordError, match=r"No space left on device.*no evidence"):
        recorder = Recorder(out, request, CAPABILITIES, 1.0)
        run_with(WORKING[0], request, recorder, None, recorder.event)
        recorder.finish(DONE)
    assert set(threading.enumerate()) <= before
    if room > 1500:
        assert "it stops before its end" in read_record(out.getvalue()).doubts()[0]
    assert not check_digest(out.getvalue())


def test_what_speaks_against_a_record_is_said() -> None:
    good, _lines = recorded([("stdout", b"hi\n")])
    assert read_record(good).doubts() == []
    changed = good.replace(b'"subject": "commit abc"', b'"subject": "commit def"')
    assert "was changed" in read_record(changed).doubts()[0]
    assert "stops before its end" in read_record(good[: good.rindex(b'{"event": "end"')]).doubts()[0]
    assert "stops before its end" in read_record(good[:-20]).doubts()[0]
    bare, _lines = recorded([], sandboxed=False, outcome=Outcome(0, Conclusion.SUCCESS, "none"))
    assert read_record(bare).doubts() == ["it was made without a sandbox"]
    nothing, _lines = recorded([], outcome=Outcome(125, None, "none", reason="NOT RUN: no sandbox"))
    assert read_record(nothing).doubts() == ["nothing ran"]


@given(st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 60))
def test_a_broken_record_is_refused_in_a_sentence(noise: bytes, at: int, cut: int) -> None:
    attempt = Attempt("connect tcp", "a:1", "sh", "refused", 2, 0.1, "a", "198.18.0.1")
    good, _lines = recorded([("stdout", b"hi\n")], outcome=Outcome(0, None, "full", attempts=(attempt,)))
    place = at % len(good)
    try:
        record = read_record(good[:place] + noise + good[place + cut :])
    except ReviewerError as error:
        assert error.message and error.hint
    else:
        list(asciicast(record))


NO_EVENTS = [b"{}", b'{"event": "output", "data": "!"}', b'{"event": []}', b"[" * 100_000, b"1"]
NO_EVENTS += [b'{"event": "output", "at": NaN}', b'{"event": "output", "at": 1e999}', b'{"event": "output", "at": -1}']


@pytest.mark.parametrize("line", NO_EVENTS)
def test_one_line_that_is_no_event_makes_it_no_record(line: bytes) -> None:
    good, _lines = recorded([])
    header, rest = good.split(b"\n", 1)
    with pytest.raises(ReviewerError):
        read_record(header + b"\n" + line + b"\n" + rest)


def events(record: bytes) -> tuple[dict[str, Any], list[Any]]:
    lines = [line for line in asciicast(read_record(record)) if not line.startswith("#")]
    return json.loads(lines[0]), [json.loads(line) for line in lines[1:]]


def test_an_asciicast_plays_what_was_printed_and_ends_as_it_ended() -> None:
    out = io.BytesIO()
    lines = [
        {"record": 1, "subject": "commit abc", "snapshot": "d", "command": ["pytest", "-q"], "limits": {},
         "capabilities": {"tier": "full", "launcher": "native", "kernel": "6", "guarantees": {}},
         "started_at": 1700000000.5},
        {"event": "output", "stream": "stdout", "offset": 0, "at": 0.5, "data": b64encode(b"one\n\x1b[31mre").decode()},
        {"event": "output", "stream": "stdout", "offset": 8, "at": 0.75, "data": b64encode(b"d\x1b[0m\n").decode()},
        {"event": "output", "dropped": 7},
        {"event": "output", "stream": "stderr", "offset": 20, "at": 2.0, "data": b64encode(b"no end").decode()},
    ]  # fmt: skip
    for line in lines:
        out.write(json.dumps(line).encode() + b"\n")
    end = {"event": "end", "exit_status": 3, "conclusion": "failure", "tier": "full", "seconds": 2.5, "written": [],
           "deleted": [], "digest": hashlib.sha256(out.getvalue()).hexdigest()}  # fmt: skip
    out.write(json.dumps(end).encode() + b"\n")
    header, shown = events(out.getvalue())
    assert header["version"] == 3 and header["term"] == {"cols": 100, "rows": 30}
    assert (header["timestamp"], header["command"]) == (1700000000, "pytest -q")
    assert shown == [
        [0.5, "o", "one\r\n"],
        [0.25, "o", "\x1b[38;5;1mred\x1b[0m\r\n"],
        [0.0, "o", "\r\n[7 bytes were not kept]\r\n"],
        [1.25, "o", "no end"],
        [0.5, "x", "3"],
    ]


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_nothing_in_an_asciicast_can_act_on_a_terminal(parts: list[bytes]) -> None:
    hostile = b"\x1b]52;c;aGk=\x07\x1b[2J\x1b[6n\x9b5n\x1bP$q\x1b\\"
    record, _lines = recorded([(stream, part + hostile) for part in parts for stream in ("stdout", "stderr")])
    _header, shown = events(record)
    for _after, kind, text in shown:
        rest = re.sub(r"\x1b\[0m|\x1b\[(?:1;?)?(?:[34]8;5;\d+;?)*m|\r\n", "", text)
        assert kind == "x" or all(char.isprintable() or char == "\t" for char in rest), ascii(text)


PRINTED = st.text("ab \t\r\x7f\x1bé[m", max_size=9).map(str.encode) | st.just(b"x" * 5000)


@given(st.lists(PRINTED, min_size=1, max_size=6))
def test_lines_of_letters_alone_are_played_as_any_other_line(lines: list[bytes]) -> None:
    record, _lines = recorded([("stdout", b"".join(line + b"\n" for line in lines))])
    _header, shown = events(record)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", "".join(text for _after, kind, text in shown if kind == "o"))
    assert bare == "".join("".join(span.text for span in show_log_line(line)) + "\r\n" for line in lines)
