"""Every parser that eats outside bytes, on made-up and on broken input: the house's own errors or none, linear work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from growth import linear
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.attest.statement import open_envelope, signed_by
from reviewer.diff.parse import parse_numstat, parse_patch, parse_raw
from reviewer.evidence.claims import read_claims
from reviewer.evidence.dependencies.lock import read_npm_lock, read_python_lock
from reviewer.evidence.reports.github_log import read_marks
from reviewer.evidence.reports.kinds import read_report
from reviewer.evidence.reports.output import read_output
from reviewer.model.codec import from_json, to_json
from reviewer.model.decision import Decision
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import ReviewerError
from reviewer.repo.bundle import _prerequisites
from reviewer.repo.locate import locate
from reviewer.repo.look import _AGENT_IDENTITY, _AGENT_TRAILER, _subject, default_branch, head_branch, refs
from reviewer.sandbox.record import check_digest
from reviewer.settings import read_repository, read_user
from reviewer.text import Untrusted, show_log_line

OID = b"0123456789" * 4


def pieces(*words: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that look like a format: its words, cut and joined with noise."""
    return st.lists(st.sampled_from(words) | st.binary(max_size=6), max_size=30).map(b"".join)


PATCH = pieces(
    b"diff --git a/x b/x\n", b'diff --git "a/\\303" "b/\\3"\n', b"diff --cc x\n", b"--- a/x\n", b"+++ b/x\n",
    b"@@ -1,2 +1,2 @@\n", b"@@ -0,0 +999999999,999999999 @@ f\n", b"+", b"-", b" ", b"\n", b"\\ No newline\n",
    b"Binary files ", b"GIT binary patch\n", b"rename from ", b"index ", OID, b"..", b"old mode 100644\n", b"\r\n",
)  # fmt: skip
RAW = pieces(b":100644 100755 ", OID, b" ", b"M\0", b"R100\0", b"C\0", b"\0", b"x", b":", b"1\t2\t", b"-\t-\t", b"\t")
LOG = pieces(
    b"\x1b[", b"\x1b]8;;http://x", b"\x1b\\", b"\x07", b"38;5;", b"48;2;1;", b"m", b"\r", b"\x9b", b"\x1bP", b"9" * 30
)
COMMIT = pieces(
    b"tree ", OID, b"\nparent ", b"\nauthor a <a> 1 +0000", b"\ncommitter ", b"> 99999999999 ", b"\n\n",
    b"Co-authored-by: Claude",
)  # fmt: skip
TOML = pieces(
    b"[policy]\n", b"[[run]]\n", b"approvals = ", b"name = ", b'"x"', b"command = [", b"]\n", b"1", b"nan", b"true",
    b"timeout = ", b'"5m"', b"=", b"\n", b"[agents]\n", b"prefixes = []", b"1979-05-27", b"{", b"}", b"inf", b"'''",
    b"unattended = [{name = 'a', key = 1}]", b"environment = {a = 1}", b"[gate]\n", b"url = 1", b"9" * 60, b"1e999",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("approve"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["verdict", "reason", "payload", "signatures", "sig", "keyid", "bytes"]), inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
ANSWERS = JSON | pieces(b"{", b"}", b"[", b"]", b'"', b"\\ud800", b":", b",", b"1e999", b'"payload"', b"\xff")
REFS = pieces(b"# pack-refs with: peeled\n", OID, b" refs/heads/", b"claude/x", b"^", b"\n", b"..", b"ref: ")
BUNDLE = pieces(b"# v2 git bundle\n", b"# v3 git bundle\n", b"@object-format=sha1\n", b"-", OID, b" x\n", b"\n")


def log(data: bytes) -> None:
    for line in data.split(b"\n"):
        show_log_line(line)


def commit(data: bytes) -> None:
    _subject(data)
    _AGENT_IDENTITY.search(data)
    _AGENT_TRAILER.search(data)


def repository(data: bytes) -> None:
    read_repository(data)


def decision(data: bytes) -> None:
    from_json(Decision, data)
    from_json(ChangeDetail, data)


def envelope(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (signed_by, lambda one: open_envelope(one, ["ssh-ed25519 AAAA", ""])):
        try:
            read(text)
        except ReviewerError:
            continue


REPORT = pieces(
    b"<testsuite>", b"</testsuite>", b"<testcase name='a' time='x'>", b"</testcase>", b"<failure message='",
    b"<coverage>", b"<class filename='/change/../a'>", b"<line number='1' hits='9'/>", b"<!DOCTYPE x [",
    b"<!ENTITY a '&a;'>", b"TN:\n", b"SF:a\n", b"DA:1,1\n", b"end_of_record\n", b"1..9\n", b"ok 1 - a\n",
    b"not ok # SKIP\n", b"Bail out!", b"&#0;", b'{"runs": [', b'{"files": {"a": {"executed_lines": [',
    b'"version": "2.1.0"', b"1e999", b"]}}}", b"<?xml encoding='x'?>",
)  # fmt: skip
TOLD = pieces(
    b"::group::", b"##[group]", b"##[endgroup]", b"::endgroup::", b"::error::", b"2026-01-02T03:04:05Z ", b"\n",
    b"= ", b"9 passed, ", b"1 failed", b" in 1s", b"Ran 3 tests in 1s", b"OK (skipped=", b"all tests pass",
    b"9 of 8 tests passed", b"not ", b"1,234", b"\x1b[1m", b"Tests: ",
)  # fmt: skip
LOCK = pieces(
    b"one==1.0", b" --hash=sha256:", b"a" * 64, b" \\\n", b"\n", b"# ", b"-r x", b"--index-url ",
    b" ; python_version < '3'", b"[x]", b"@ https://", b"==", b"\r",
)  # fmt: skip


def told(data: bytes) -> None:
    read_marks(data)
    read_output(data)
    read_claims(Untrusted.from_bytes(data))


def python_lock(data: bytes) -> None:
    read_python_lock(data, "lock")


def npm_lock(data: bytes) -> None:
    read_npm_lock(data, "lock", frozenset())


PARSERS: list[tuple[Callable[[bytes], object], st.SearchStrategy[bytes]]] = [
    (parse_patch, PATCH),
    (parse_raw, RAW),
    (parse_numstat, RAW),
    (log, LOG),
    (commit, COMMIT),
    (repository, TOML),
    (decision, ANSWERS),
    (envelope, ANSWERS),
    (check_digest, ANSWERS),
    (_prerequisites, BUNDLE),
    (read_report, REPORT),
    (told, TOLD),
    (python_lock, LOCK),
    (npm_lock, ANSWERS),
]


@pytest.mark.parametrize(("parse", "made"), PARSERS, ids=lambda v: getattr(v, "__name__", ""))
def test_made_up_bytes_are_read_or_refused_in_the_houses_words(
    parse: Callable[[bytes], object], made: st.SearchStrategy[bytes]
) -> None:
    @settings(max_examples=150, deadline=None)
    @given(made | st.binary(max_size=80))
    @example(b"")
    @example(b"\0")
    @example(b"\xff\xfe")
    @example(b"[" * 5000)
    @example(b'{"a":' * 5000)
    def read(data: bytes) -> None:
        try:
            parse(data)
        except ReviewerError as error:
            assert error.message.isprintable()
            assert error.hint.replace("\n", "").isprintable()

    read()


@settings(max_examples=100, deadline=None)
@given(TOML | st.binary(max_size=60))
def test_made_up_settings_of_a_person_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "config.toml"
    file.write_bytes(data)
    try:
        read_user(file)
    except ReviewerError as error:
        assert error.message.isprintable()


@settings(max_examples=100, deadline=None)
@given(packed=REFS, loose=REFS, head=REFS, config=REFS | st.binary(max_size=40))
def test_made_up_refs_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, packed: bytes, loose: bytes, head: bytes, config: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "refs.git"
    for name in ("objects", "refs/heads"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, data in (("packed-refs", packed), ("refs/heads/x", loose), ("HEAD", head), ("config", config)):
        (folder / name).write_bytes(data)
    try:
        found = locate(folder)
        for ref in refs(found):
            assert ref.name.startswith("refs/heads/")
            assert len(ref.oid) == 40
            assert "\n" not in ref.name
            assert ".." not in ref.name
        head_branch(found)
        default_branch(found)
    except ReviewerError as error:
        assert error.message.isprintable()


@given(st.recursive(st.binary(max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_text_of_any_bytes_survives_the_codec(value: Any) -> None:
    def texts(one: Any) -> Any:
        return [texts(each) for each in one] if isinstance(one, list) else Untrusted.from_bytes(one)

    kept = texts(value)
    if isinstance(kept, list):
        assert from_json(list, to_json(kept)) is not None
    else:
        assert from_json(Untrusted, to_json(kept)) == kept


HEADER = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
LONG: list[tuple[Callable[[bytes], object], bytes]] = [
    (parse_patch, HEADER),
    (parse_patch, b"@@ -1,999999999 +1,999999999 @@\n"),
    (parse_patch, b"diff --git a/x b/x\n"),
    (parse_patch, b"--- a\n+++ b\n"),
    (parse_patch, b'diff --git "a/\\303\\303'),
    (parse_patch, b"+\n"),
    (parse_raw, b":100644 100644 " + OID + b" " + OID + b" M\0x\0"),
    (parse_raw, b"\0"),
    (parse_raw, b":"),
    (parse_numstat, b"1\t1\tx\0"),
    (parse_numstat, b"\t"),
    (log, b"\x1b[38;5;1mx"),
    (log, b"\x1b]8;;"),
    (log, b"\n"),
    (commit, b"author "),
    (commit, b"\nco-authored-by: "),
    (commit, b"committer > "),
    (commit, b"author a[bot"),
    (decision, b'{"verdict":'),
    (decision, b"["),
    (decision, b'"'),
    (envelope, b'{"payload":"AA",'),
    (check_digest, b'{"a":1}\n'),
    (check_digest, b"\n"),
    (_prerequisites, b"-" + OID + b" x\n"),
    (read_report, b"<testsuite>"),
    (read_report, b"<testcase name='a'/>"),
    (read_report, b"1..9\n"),
    (read_report, b"SF:a\nDA:1,1\n"),
    (told, b"::group::a\n"),
    (told, b"9 passed, "),
    (told, b"all tests "),
    (told, b"1 of "),
    (python_lock, b"one==1.0 \\\n"),
    (python_lock, b" --hash="),
    (npm_lock, b'{"packages":'),
]


def held(parse: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def work(data: bytes) -> None:
        try:
            parse(data)
        except ReviewerError:
            pass

    return work


@pytest.mark.parametrize(("parse", "unit"), LONG, ids=lambda v: getattr(v, "__name__", repr(v)[:20]))
def test_ten_times_the_bytes_are_about_ten_times_the_work(parse: Callable[[bytes], object], unit: bytes) -> None:
    assert linear(held(parse), unit)


@pytest.mark.parametrize("unit", [b"a.", b"a = [", b"[a]\n", b'x = "', b"a = 1\n", b"{", b"[[run]]\n", b"#"])
def test_settings_of_any_length_are_bounded(unit: bytes, tmp_path: Path) -> None:
    """Past 256 KiB nothing is read; up to there the work is no square of it."""

    def small(data: bytes) -> None:
        held(repository)(data[: len(data) // 4])

    assert linear(small, unit)
    with pytest.raises(ReviewerError) as caught:
        read_repository(unit * (300_000 // len(unit)))
    assert "at most" in caught.value.hint
