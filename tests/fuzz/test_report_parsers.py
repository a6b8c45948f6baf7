"""What runs, scanners and agents wrote, made up and broken: read or refused in the house's words, in linear work."""

import json
from collections.abc import Callable

import pytest
from growth import linear
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.evidence.claims import read_claims
from reviewer.evidence.reports.coverage import read_cobertura, read_coverage_json, read_lcov
from reviewer.evidence.reports.junit import read_junit
from reviewer.evidence.reports.kinds import read_report
from reviewer.evidence.reports.output import read_output
from reviewer.evidence.reports.tap import read_tap
from reviewer.model.errors import ReviewerError
from reviewer.model.policy import Layer, Source
from reviewer.policy.owners import owners_of, parse_owners
from reviewer.risk.sarif_read import read_external
from reviewer.sandbox.reading import read_record
from reviewer.settings.policy import read_layer
from reviewer.text import Untrusted

Parse = Callable[[bytes], object]


def pieces(*words: bytes) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(words) | st.binary(max_size=6), max_size=30).map(b"".join)


XML = pieces(
    b"<testsuite>", b"</testsuite>", b"<testsuites", b'<testcase name="x" time="1">', b"</testcase>", b"<failure/>",
    b"/>", b"<skipped message='", b"<coverage>", b"<class filename='a.py'>", b"<line number='1' hits='9e9'/>", b"&a;",
    b"<![CDATA[", b"]]>", b"<!DOCTYPE x [", b"<!ENTITY a '", b"&#0;", b"<?xml version='1.0' encoding='utf-16'?>", b">",
    b"'", b"time='nan'",
)  # fmt: skip
LCOV = pieces(
    b"TN:\n", b"SF:a.py\n", b"DA:1,2\n", b"DA:", b"9" * 40, b",", b"-1", b"end_of_record\n", b"LF:", b"\n",
    b"BRDA:1,",
)  # fmt: skip
TAP = pieces(
    b"TAP version 13\n", b"1..", b"ok 1 - x", b"not ok", b" # SKIP", b" # TODO", b"Bail out!", b"\n", b"9" * 40,
    b"  ---\n",
)  # fmt: skip
WORDS = pieces(
    b"== 3 failed, 2 passed in 1.2s ==\n", b"Ran 5 tests in ", b"OK", b"FAILED (", b"errors=", b"9" * 40,
    b"ok  \tpkg\t", b"\n",
)  # fmt: skip
CLAIM = pieces(
    b"All 12 tests pass", b"tests passed", b"coverage is 9", b"%", b"9" * 30, b"```", b"\n", b"- [x] ", b"I ran `",
    b"no ",
)  # fmt: skip
OWNERS = pieces(
    b"*.py ", b"@team", b"\n", b"# ", b"docs/ ", b"**/", b"[section]", b"!", b"\\ ", b"/", b"\t", b"?", b"\r"
)
TOML = pieces(
    b"[policy]\n", b"[[policy.rule]]\n", b"paths = ", b'["*"]', b"approvals = ", b"1", b"name = ", b'"x"',
    b"[[policy.freeze]]\n", b"from = ", b"2026-01-01", b"[[policy.group]]\n",
    b"members = []", b"nan", b"\n",
    b"override = true", b"9" * 60,
)  # fmt: skip
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["runs", "results", "ruleId", "message", "text", "locations", "physicalLocation", "artifactLocation", "uri",
             "region", "startLine", "level", "tool", "driver", "rules", "version", "files", "executed_lines", "meta",
             "totals"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
).map(lambda value: json.dumps(value).encode())  # fmt: skip
JSON = _VALUE | pieces(
    b"{", b"}", b"[", b"]", b'"runs":', b'"results":', b'"', b"\\ud800", b":", b",", b"1e999", b"\xff"
)


def claims(data: bytes) -> object:
    return read_claims(Untrusted.from_bytes(data))


def owners(data: bytes) -> object:
    return owners_of(parse_owners(data), "src/a/b.py")


def layer(data: bytes) -> object:
    return read_layer(data[:250_000], Source(Layer.TEAM, "team.toml"))


PARSERS: list[tuple[Parse, st.SearchStrategy[bytes], tuple[bytes, ...]]] = [
    (read_junit, XML, (b"<testsuite><testcase name='x'/>", b"<testsuite>", b"<a b='c'/>", b"<!--", b"&amp;",
                       b"<![CDATA[", b"<")),
    (read_cobertura, XML, (b"<coverage><class filename='a'><line number='1' hits='1'/>", b"<class>")),
    (read_lcov, LCOV, (b"SF:a\nDA:1,1\nend_of_record\n", b"DA:1,1\n", b"SF:", b"\n", b"DA:", b"1,")),
    (read_tap, TAP, (b"ok 1 - x\n", b"1..2\n", b"ok", b" # SKIP", b"#", b"    ok\n", b"not ok 1 # TODO ")),
    (read_coverage_json, JSON, (b'{"files":', b"[", b'{"a":1},', b'"')),
    (read_external, JSON, (b'{"runs":[', b"[", b'{"results":[{"ruleId":"x"}]},', b'"', b"{")),
    (read_report, XML | LCOV | TAP | JSON, (b"<", b"{", b"ok\n", b"SF:", b" ")),
    (read_output, WORDS, (b"1 passed, ", b"=", b"Ran 1 test", b"9", b"ok  \t", b"FAILED (", b"\n",
                         b"passed 1 failed ")),
    (claims, CLAIM, (b"12 tests pass. ", b"coverage is 9", b"`", b"all ", b"tests ", b"9", b"\n- ", b"no ", b"%")),
    (read_record, JSON, (b"{}\n", b"\n", b'{"type":"output","data":"', b"{", b'{"a":')),
    (owners, OWNERS, (b"* @a\n", b"a/**/b/ @a ", b"*", b"/", b"\n", b"# ", b"\\ ", b"[x]\n", b"**/")),
    (layer, TOML, (b"[policy]\n", b"[[policy.rule]]\n", b"a = [", b'x = "', b"#", b"{")),
]  # fmt: skip


def name(value: object) -> str:
    return getattr(value, "__name__", "") or (repr(value)[:30] if isinstance(value, bytes) else "")


@pytest.mark.parametrize(("parse", "made"), [(parse, made) for parse, made, _ in PARSERS], ids=name)
def test_made_up_reports_are_read_or_refused_in_the_houses_words(
    parse: Parse, made: st.SearchStrategy[bytes]
) -> None:
    @settings(max_examples=150, deadline=None)
    @given(made | st.binary(max_size=80))
    @example(b"")
    @example(b"\0")
    @example(b"\xff\xfe")
    @example(b"[" * 5000)
    @example(b"<a>" * 5000)
    @example(b'{"runs":' * 5000)
    def read(data: bytes) -> None:
        try:
            parse(data)
        except ReviewerError as error:
            assert error.message.isprintable()
            assert error.hint.replace("\n", "").isprintable()

    read()


@pytest.mark.parametrize(("parse", "unit"), [(parse, unit) for parse, _, units in PARSERS for unit in units], ids=name)
def test_ten_times_the_report_is_about_ten_times_the_work(parse: Parse, unit: bytes) -> None:
    def work(data: bytes) -> None:
        try:
            parse(data)
        except ReviewerError:
            pass

    assert linear(work, unit)
