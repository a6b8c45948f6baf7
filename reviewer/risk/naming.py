"""Tells which lines begin a test and which lines assert, in the frameworks of the languages that changes are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from reviewer.risk.subject import Line, Subject, words

_TITLE: Final = r"\s*[\"'`]((?:[^\"'`\\\n]|\\.){1,300})[\"'`]"
NAMED: Final = re.compile(
    r"^\s*(?:async\s+)?def\s+(test\w*)\s*\("  # pytest, unittest, minitest
    r"|^func\s+(?:\(\w+\s+\*?\w+\)\s*)?((?:Test|Benchmark|Fuzz|Example)\w*)\s*\(|^\s*t\.Run\(\s*\"([^\"\n]{1,200})\""  # go, testify
    r"|^\s*(?:it|test|specify|scenario|testWidgets|bench|fit|xit|xtest|Deno\.test|QUnit\.test|testcase|ava"
    rf"|property)(?:\.\w{{1,20}}){{0,3}}(?:\([^()\n]{{0,200}}\))?\s*\({_TITLE}"
      # jest, vitest, mocha, pest, dart, scala
    rf"|^\s*(?:it|test|specify|scenario|example|its|property|should|feature)\s*\(?{_TITLE}(?:[^\n]{{0,120}}\bdo\b|[^\n]{{0,120}}\\$)"
    r"|^\s*(?:it|specify)\s*\{()"   # rspec, minitest, exunit
    r"|^\s*(?:public\s+|private\s+|internal\s+|override\s+|static\s+|final\s+|async\s+|suspend\s+|open\s+)*(?:void"
    r"|function|fun|func|Task|ValueTask|fn)\s+(test\w*|should\w+|`[^`\n]{1,200}`)\s*(?:<[^>\n]{0,40}>)?\("
      # junit 3, phpunit, xctest, kotlin
    r"|^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|BOOST_AUTO_TEST_CASE|BOOST_FIXTURE_TEST_CASE|TEST_CASE"
    r"|TEST_CASE_METHOD|SCENARIO|TEMPLATE_TEST_CASE|Test|START_TEST|RC_GTEST_PROP|IUTEST"
    r"|TEST_METHOD)\s*\(\s*\"?([^)\"\n]{1,200})"
    rf"|^\s*@test\s+{_TITLE}|^\s*(test_\w+)\s*\(\)\s*\{{|^\s*Scenario(?: Outline)?:\s*(.{{1,200}})"
    rf"|^\s*(?:test_that|describe_it|context_it|subtest)\s*\(?{_TITLE}|^\s*@test(?:set|item)?\s+{_TITLE}"
    r"|^\s*\(deftest\s+(\S{1,100})|^(\w+_test_?)\s*\(\)\s*->"
    r"|^\s*(?:add_test|gtest_discover_tests)\s*\(\s*(?:NAME\s+)?(\S{1,100})"
    rf"|^\s*{_TITLE}\s*(?:should|must|in|>>|when|-|!)\b[^\n]{{0,120}}\b(?:in|\{{)|^\s*it\s+should\s+{_TITLE}"
    rf"|^\s*(?:Given|test\s*\(){_TITLE}|^\s*test\s+\"([^\"\n]{{1,200}})\"\s*\{{"
)
_BEGINS: Final = re.compile(
    r"^\s*(?:async\s|def\s|func\s|t\.Run|[xf]?it\b|[xf]?test|specify|scenario|example|its\b|bench|Deno|QUnit|ava\b"
    r"|property|should|feature|public|private|internal|override|static|final|suspend|open|void|function|fun\s|Task"
    r"|ValueTask|fn\s|[A-Z]|@test|\"|'|describe_|context_|subtest|\(deftest|\w+_test|add_test|gtest_)", re.IGNORECASE)
_INLINE: Final = frozenset({"rust", "python", "go", "javascript", "java", "kotlin", "csharp", "swift", "ruby", "php", "julia", "scala", "c", "haskell"})
ATTRIBUTE: Final = re.compile(
    r"^\s*(?:@(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|org\.junit\.\S*Test)\b"
    r"|#\[(?:\w+::)?(?:test|rstest|test_case|wasm_bindgen_test|bench|quickcheck|proptest|test_log::test|sqlx::test"
    r"|tokio::test|async_std::test|actix_rt::test)\b|\[(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod"
    r"|TestCaseSource|SkippableFact)\b|#\[Test\]|/?\*?\*\s*@test\b|@Test\b)"
)
_METHOD: Final = re.compile(
    r"(?:\bfn\s+|\bfun\s+|\bfunc\s+|\bfunction\s+|\bvoid\s+|\bTask(?:<[^>\n]{1,40}>)?\s+|\bUnit\s+)(\w+"
    r"|`[^`\n]{1,200}`)\s*(?:<[^>\n]{0,40}>)?\(")
ASSERT: Final = re.compile(
    r"^\s*(?:await\s+|try[!?]?\s+|return\s+|yield\s+|\(|-\s+|_ = |\|>\s*)*(?:assert\b|assert\w*!?\s*[.(]|(?:\w+\.)?assert_\w+"
    r"|self\.(?:assert\w+|fail\w*)\s*\(|(?:\w+\.)?expect\w*[\s(.{]"
    r"|(?:require|req|assert|is|must|chai|t|tt|suite|qt|c|check|s|r|plan|Assert|CollectionAssert|StringAssert|Assertions"
    r"|XCTAssert\w*|Should|node_assert)\.(?!(?i:skip|log|run|parallel|helper|cleanup|setenv|tempdir|plan|end(?!s)|context"
    r"|timeout|name|teardown|set|chdir|completed))\w+\s*[<(]|Assert\.\w+|\$this->(?:assert|expect)\w*\(|self::assert\w*\("
    r"|static::assert\w*\(|\w[\w.()\[\]]{0,80}\.(?:should|must|to|Should\(\)|shouldBe|should_not|must_\w+"
    r"|wont_\w+)\b|refute\w*\b|should\w*\s*[({]|verify\s*\(|verifyNoMore\w*|debug_assert\w*!|prop_assert\w*!|insta::"
    r"|assert_snapshot!|matches!"
    r"|XCTAssert\w*\(|#expect\(|#require\(|XCTFail|(?:EXPECT|ASSERT|CHECK|REQUIRE"
    r"|BOOST_(?:CHECK|REQUIRE|TEST))\w*\s*\(|t\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|ok\s*[(\s]|is_deeply\b"
    r"|is\s*\(|isnt\s*\(|like\s*\(|cmp_ok|is_expected\b|pytest\.(?:raises|warns)|with\s+(?:pytest\.(?:raises|warns|deprecated_call)|self\.assert\w+)"
    r"|@test\b|@test_throws|expect_\w+\(|\(is\s|\?assert\w*\(|lu\.assert|luaunit\.|mock\w*\.(?:assert_\w+|should_)"
    r"|(?:Then|And)\s|\[\[?\s.{1,200}\]\]?\s*$|\[\s*\"?\$(?:status|output|\{?lines)|run\s+!|test\s+[\"$-])"
    r"|\.(?:assert_called\w*|assert_not_called|assert_has_calls|assert_any_call|toBe\w*|toEqual|toHave\w+|toThrow\w*"
    r"|toMatch\w*|toContain\w*|isEqualTo|hasSize|containsExactly\w*|isInstanceOf|isNull|isNotNull|isTrue|isFalse"
    r"|andExpect|expectStatus|assertStatus|assertJson\w*|Should\(\))\s*\("
)
_TRIVIAL: Final = re.compile(r"^\s*[\])};,]*\s*(?:end|pass|do|else|fi|done|then)?[\])};,]*\s*$")


@dataclass(slots=True)
class Test:
    """One named test on one side of a file: its first line, and the words of its body."""

    name: str
    line: Line
    body: list[Line] = field(default_factory=list)
    renamed: bool = False

    def solid(self) -> list[str]:
        """The body's lines that say something."""
        return [text for line in self.body if len(text := words(line.text)) > 8 and not _TRIVIAL.match(line.text)]


def name_of(line: Line) -> str:
    """The name of the test that begins on a line; empty where none does."""
    if not line.code and not line.text.lstrip().startswith(("Scenario", "@test")):
        return ""
    return _name(line.text)


@lru_cache(maxsize=1 << 15)
def _name(text: str) -> str:
    if len(text) > 500 or not _BEGINS.match(text):
        return ""
    found = NAMED.match(text)
    return next((words(g) for g in found.groups() if g), "it") if found else ""


def holds_tests(file: Subject) -> bool:
    """Whether a file that is not named so holds tests, as product files of some languages do."""
    if file.facets.language not in _INLINE or file.facets.prose:
        return False
    return any(ATTRIBUTE.match(line.text) or name_of(line) for line in file.lines if "est" in line.text)


def tests(file: Subject, kind: str) -> Iterator[Test]:
    """The tests of one side, of those that the patch shows; `line.kind` tells which of them are new or gone."""
    current: Test | None = None
    marked: Line | None = None
    hunk = -1
    for line in file.lines:
        if line.kind not in (" ", kind):
            continue
        if line.hunk != hunk:
            if current is not None:
                yield current
            current, marked, hunk = None, None, line.hunk
        if ATTRIBUTE.match(line.text):
            marked = line
            continue
        name = name_of(line)
        if not name and marked is not None:
            method = _METHOD.search(line.code)
            if method:
                name = method[1]
        if name:
            if current is not None:
                yield current
            current, marked = Test(name, line), None
        elif current is not None:
            current.body.append(line)
        if marked is not None and line.at - marked.at > 6:
            marked = None
    if current is not None:
        yield current


def says_assert(text: str) -> bool:
    """Whether a text would assert if it were code."""
    return len(text) < 600 and bool(ASSERT.search(text))


def inline(file: Subject) -> set[int]:
    """Which lines of a file stand in tests: in a test's head, its marks or its body, or in a module of tests."""
    inside = {line.at for kind in "+-" for test in tests(file, kind) for line in (test.line, *test.body)}
    module = False
    for line in file.lines:
        if _MODULE.search(line.text) or _MODULE.search(file.heads[line.hunk] if line.hunk < len(file.heads) else ""):
            module = True
        if module or ATTRIBUTE.match(line.text):
            inside.add(line.at)
    return inside


_MODULE: Final = re.compile(r"^\s*(?:#\[cfg\(test\)\]|(?:pub\s+)?mod\s+tests?\b)|\bmod tests?\b")


def asserts(line: Line) -> bool:
    """Whether a line asserts."""
    return bool(line.code.strip()) and len(line.text) < 600 and bool(ASSERT.search(line.code)) and not name_of(line)
