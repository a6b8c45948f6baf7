"""What a hostile difference cannot do: make the engine slow, make it raise, or hide from it."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reviewer.risk
from reviewer.diff.parse import parse_patch
from reviewer.risk.engine import scan
from reviewer.risk.table import Rule

# Rules search windows of some thousand characters. For so many a linear pattern takes far less than a millisecond, and
# one with a bounded tail some; a quadratic one takes more with every run of what it repeats, a worse one never ends.
_LENGTH = 1_200
_SECONDS = 0.25
_UNITS = [
    " ", "\t", " \n", '"', "'", "`", "\\", "(", "([{", "a", "_", "a.", "a/", "../", "-", "a=", "a: ", "a b ", "0", "0,", ".", "://a:b@", "<!--",
    "${a", "\n", "\" + \"", "@a", "#", "/*", "|", "test(", "SELECT a FROM b ", "rm -r -r ", "curl ", "echo ", "password",
]  # fmt: skip


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    def walk(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, re.Pattern[str]]]:
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(value, Rule):
            for part in ("pattern", "unless", "near", "unless_near", "was"):
                yield from walk(f"{value.name}.{part}", getattr(value, part), depth)
        elif isinstance(value, tuple | list) and depth < 3:
            for each in value:
                yield from walk(name, each, depth + 1)
        elif isinstance(value, dict) and depth < 3:
            for each in value.values():
                yield from walk(name, each, depth + 1)

    for module in pkgutil.iter_modules(reviewer.risk.__path__):
        loaded = importlib.import_module(f"reviewer.risk.{module.name}")
        for name, value in vars(loaded).items():
            yield from walk(f"{module.name}.{name}", value)


PATTERNS = {(pattern.pattern, pattern.flags): (name, pattern) for name, pattern in _patterns()}


def test_no_pattern_takes_more_than_linear_time() -> None:
    assert len(PATTERNS) > 400
    slow = []
    for name, pattern in PATTERNS.values():
        for unit in _UNITS:
            text = unit * (_LENGTH // len(unit))
            begun = time.process_time()
            pattern.search(text)
            spent = time.process_time() - begun
            if spent > _SECONDS:
                slow.append((name, unit, round(spent, 2)))
    assert slow == []


def _added(path: str, body: bytes) -> bytes:
    lines = body.split(b"\n")
    head = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
    return head.encode() + b"".join(b"+" + line + b"\n" for line in lines)


@pytest.mark.parametrize("path", ["a.py", "a.test.js", "ci.yml", "package.json", "yarn.lock", "a.sql", "README.md", ".github/workflows/a.yml"])
def test_lines_of_a_megabyte_end(path: str) -> None:
    for unit in (b" ", b'"', b"'", b"\\", b"([{", b"curl ", b"a_", b"://a:b@", b"\xe2\x80\xae", b"\xff"):
        scan(parse_patch(_added(path, unit * (1_000_000 // len(unit)))))


def test_many_changed_lines_in_one_run_end() -> None:
    count = 1_500
    body = b"".join(b"-assert f(%d) == %d\n" % (n, n) for n in range(count))
    body += b"".join(b"+assert g(%d) is not None\n" % n for n in range(count))
    for path in ("tests/test_a.py", "app/a.py", "pyproject.toml", ".github/workflows/a.yml", "yarn.lock"):
        head = f"diff --git a/{path} b/{path}\nindex 1..2 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,{count} +1,{count} @@\n"
        scan(parse_patch(head.encode() + body))


def test_many_files_end() -> None:
    one = b"diff --git a/f%d.py b/f%d.py\nnew file mode 100644\n--- /dev/null\n+++ b/f%d.py\n@@ -0,0 +1 @@\n+x = 1\n"
    assert scan(parse_patch(b"".join(one % (n, n, n) for n in range(4_000)))) == []


@settings(max_examples=150, deadline=None)
@given(
    path=st.sampled_from(["a.py", "t/test_a.py", "a.ts", "package.json", "Cargo.lock", "a.tf", ".github/workflows/a.yml", "Dockerfile", "a.md", "x", ".gitmodules", "go.sum", "LICENSE", "CODEOWNERS", ".claude/settings.json"]),
    lines=st.lists(st.tuples(st.sampled_from("+- "), st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b""))), max_size=12),
)  # fmt: skip
def test_no_bytes_make_it_raise_and_the_same_bytes_say_the_same(path: str, lines: list[tuple[str, bytes]]) -> None:
    old, new = sum(k in "- " for k, _ in lines), sum(k in "+ " for k, _ in lines)
    head = f"diff --git a/{path} b/{path}\nindex 1..2 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,{old} +1,{new} @@\n".encode()
    data = head + b"".join(kind.encode() + text + b"\n" for kind, text in lines)
    once = scan(parse_patch(data))
    assert [f.fingerprint for f in once] == [f.fingerprint for f in scan(parse_patch(data))]
