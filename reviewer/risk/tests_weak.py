"""Rules on tests that check less than before.

What must stay true: a skip for a platform, with its reason, and a value that follows a contract changed in the same
change are no finding; a matcher that replaces a stronger one is, whatever the framework calls them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.naming import asserts, holds_tests, inline, name_of
from reviewer.risk.nearness import looser, measured
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import H, M, News, other_side, rule
from reviewer.risk.tests_skipped import must_not_throw


def _tried(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether an assertion stands in what the handler catches from."""
    if ".catch" in found[0]:
        begin = re.match(r"\s*\w+\.catch", line.code)
        above = [] if begin else file.around(line, 8, 0)
        return any(asserts(each) or re.search(r"assert|expect|should", each.code, re.IGNORECASE) for each in (*above, line))
    within: list[Line] = []
    for each in reversed(file.around(line, 12, 0)[:-1]):
        within.append(each)
        if re.match(r"\s*(?:\}?\s*)?(?:try|begin|do)\b", each.code) and each.indent <= line.indent:
            break
    return any(asserts(each) or re.search(r"assert|expect|should", each.code, re.IGNORECASE) for each in (*within, *file.around(line, 0, 2)))


RULES: Final = (
    rule("always-true", "test-weakened", H,
        "assert+true assert+or asserttrue expect+true expect+tobe assertequal assert_eq should+true "
        "equal+true expect_true assert_true istrue xctassert addtoassertioncount ok+true assertfalse "
        "assert+1 assert+not assert+== ||+true toequal pass false+assert",
         r"^\s*assert\s+(?:True|1|not\s+False|1\s*==\s*1|True\s*==\s*True|\w+\s+or\s+True"
         r"|[^\n]{1,120}\s+or\s+True)\s*(?:,|#|$)|\bassert(?:True|_true|IsTrue)?\s*\(\s*(?:true|True|1\s*==\s*1"
         r"|!false)\s*[,)]|\bassertEqual\w*\s*\(\s*(\d+|True|true|\"[^\"\n]{0,20}\")\s*,\s*\1\s*[,)]"
         r"|\bassertFalse\s*\(\s*(?:false|False)\s*[,)]|expect\s*\(\s*(true|1|\"[^\"\n]{0,20}\""
         r"|'[^'\n]{0,20}')\s*\)\s*\.(?:toBe|toEqual|to\.(?:be|equal|eq))\(?\s*\(?\s*(?:\2)?"
         r"|expect\s*\(\s*true\s*\)\s*\.(?:toBeTruthy|to\.be\.true)"
         r"|\bassert(?:\.ok|\.True)\s*\(\s*(?:t\s*,\s*)?true\s*[,)]|assert!\s*\(\s*true\s*[,)]"
         r"|assert_eq!\s*\(\s*(\d+|true)\s*,\s*\3\s*[,)]|\bAssert\.(?:True|IsTrue|Pass)\s*\(\s*(?:true\s*)?\)"
         r"|expect\(true\)\.to\s+(?:be|eq)|^\s*assert\s+true\s*$|EXPECT_TRUE\s*\(\s*true|ASSERT_TRUE\s*\(\s*true"
         r"|\$this->assertTrue\s*\(\s*true|addToAssertionCount|XCTAssert(?:True)?\s*\(\s*true\s*[,)]"
         r"|#expect\(\s*true|\|\|\s*true\s*\)",
         "asserts what is always true", where="test",
         check=lambda file, line, found: not (re.search(r"addToAssertionCount|\bok\s*\(\s*(?:t\s*,\s*)?true\s*,\s*[\"'`]", line.code) and must_not_throw(file, line)), unless=r"is_(?:true|ok)\?|describe|toBe\(false"),
    rule("swallowed-assert", "test-weakened", H, "except catch rescue suppress assertionerror catch_unwind",
         r"^\s*except\s*(?:\(?\s*(?:AssertionError|Exception|BaseException)\b[^\n]{0,40})?:\s*(?:\n\s*)?(?:pass"
         r"|return|continue|print|logg|warn|\.\.\.|pytest\.(?:skip|xfail))"
         r"|suppress\s*\([^)\n]{0,60}(?:AssertionError|Exception)\b"
         r"|\bcatch\s*(?:\(\s*(?:final\s+)?(?:AssertionError|Throwable|Exception|Error|AssertionFailedError"
         r"|\w{1,12}\s*:\s*(?:Throwable|AssertionError|Exception))?\s*\w{0,12}\s*\))?\s*\{\s*(?://[^\n]{0,80})?\s*\}"
         r"|\.catch\s*\(\s*(?:\(\s*\w{0,8}\s*\)|\w{1,8})?\s*=>\s*(?:\{\s*\}|null|undefined"
         r"|console\.\w+\([^)\n]{0,40}\))\s*\)|^\s*rescue\s*(?:=>\s*\w+|StandardError|Exception|Minitest::Assertion"
         r"|RSpec::Expectations\S*)?(?!\s*[A-Z])[^\n]{0,40}\n\s*(?:nil|#|true|end)",
         "catches what a failed assertion throws: the test can no longer fail", where="test", span=2, unless=r"finally|cleanup|teardown|close\(|unlink|remove|kill|dispose|rmtree|shutdown|server\.stop", check=lambda file, line, found: _tried(file, line, found) and ((file.facets.language == "python" and ("Assertion" in found[0] or any(x.kind == "+" and re.match(r"\s*try\s*:", x.code) for x in file.around(line, 8, 0)))) or (file.facets.language != "python" and bool(any(x.kind == "+" for x in file.around(line, 8, 0) if re.search(r"\btry\b|\bbegin\b|catch", x.code)))))),
    rule("retries", "test-weakened", M,
        "retries retrytimes reruns flaky retry rerun maxretries repeat attempts retryanalyzer rspec-retry "
        "testretry max_retries max_runs quarantine retriesinrunmode failurethreshold retry_count "
        "maxfailures rerunfailingtestscount repeatedifexceptionstest retryingtest",
         r"jest\.retryTimes\s*\(\s*[1-9]|^\s*[\"']?retries[\"']?\s*[:=]\s*(?:process\.env\.CI\s*\?\s*)?[1-9]"
         r"|\breruns\s*=\s*[1-9]|--reruns[= ][1-9]|@(?:pytest\.mark\.)?flaky\b"
         r"|@(?:Retry|RepeatedIfExceptionsTest|RetryingTest|Flaky|RetryTest|FlakyTest)\b|retryAnalyzer\s*="
         r"|\bretry\s*:\s*[1-9]|(?:this|cy|test|describe)\.retries\s*\(\s*[1-9]|\bmaxRetries\s*[.=(:]\s*[1-9]"
         r"|rerunFailingTestsCount|<rerunFailingTestsCount>\s*[1-9]|--retries[= ][1-9]"
         r"|default_retry_count\s*=\s*[1-9]|verbose_retry|\[Retry\(\s*[1-9]|--test-retries|--flaky-test-attempts"
         r"|nextest[^\n]{0,60}--retries|^\s*retries\s*=\s*[1-9]",
         "runs tests again until they pass", where="-prose -example", check=lambda file, line, found: file.facets.test or bool(re.search(r"jest|vitest|playwright|cypress|pytest|tox|nextest|karma|mocha|surefire|pom\.xml|rspec|test", file.path, re.IGNORECASE)) or "reruns" in found[0] or "flaky" in found[0].lower()),
    rule("no-assertion-run", "test-weakened", M, "passwithnotests", r"--?passWithNoTests|passWithNoTests\s*:\s*true", "passes when no test runs at all", where="-prose", check=lambda file, line, found: not file.new),
)  # fmt: skip

# Matchers by what they tell: a weaker one in the place of a stronger one checks less.
_STRONG: Final = re.compile(
    r"(?:[^=!<>]==[^=]|===|\bis\s++(?!not\b|None\b)|(?:\.|->)to(?:Be|Equal)\(|toStrictEqual\(|toHaveLength\("
    r"|toHaveBeenCalledWith\(|toHaveBeenCalledTimes\(|toMatchObject\(|toMatchSnapshot|toThrow\w*\(\s*[^)\s]"
    r"|toHaveBeenNthCalledWith|assertEqual\w*\(|assertDictEqual|assertListEqual|assertSame\(|assertIs\("
    r"|assertRaises\w*\(|assert_called_once_with|assert_called_with|assert_has_calls|assert_eq!|assert_matches"
    r"|assertThat\([^\n]{0,120}(?:is\(|equalTo\(|isEqualTo)|isEqualTo\(|containsExactly|hasSize\(|deepEqual"
    r"|deepStrictEqual|strictEqual|\.equal\(|\.eql?\(|\.equals\(|\.Equal\w*\(|raise_error\(\s*[A-Z]\w*(?:::\w+)+|raise_error\(\s*[A-Z]\w+\s*,|EqualError|ErrorIs|ErrorAs|ErrorContains|PanicsWith\w+|Len\("
    r"|\.Should\(\)\.Be\(|Assert\.(?:Equal|AreEqual|Same|That)|EXPECT_EQ|ASSERT_EQ|EXPECT_STREQ|CHECK_EQ"
    r"|XCTAssertEqual|assertSame|assertCount|shouldBe\b|must_equal|\beq[( ]|\beql[( ]|contain_exactly|match_array"
    r"|have_received|\bto eq\b|assert_equal|assert_raise\w*|pytest\.raises\(|assertThrows\(|expectException\w*\("
    r"|isEqualByComparingTo|is_equal|matchesSnapshot|exactly\(|times\(\s*\d|calledOnceWith|calledWith|toBeCloseTo\("
    r"|approx\(|is_deeply|is\(|assert_that\(|toHaveTextContent\(|toHaveText\(|toHaveValue\(|toBeInTheDocument"
    r"|status_code\s*==|toBeInstanceOf\(|have_http_status|have_attributes|match_response_schema|change\(|BeEquivalentTo|BeSameAs|ContainInOrder"
    r"|HaveCount\(|BeExactly|ShouldBe\(|ShouldThrow|should(?:Equal|Contain|Throw|HaveSize)|#expect\([^\n]{0,80}==|XCTAssertThrows"
    r"|expect_(?:equal|identical|error)|@test\s[^\n]{0,80}==|REQUIRE\([^\n]{0,80}==|CHECK\([^\n]{0,80}==|\bEqual\(|MatchError\("
    r"|equals\(|hasLength|isEqualToIgnoring|contains?InAnyOrder|assert_receive|assert_difference|assert_response|assertJsonPath"
    r"|verify\(\w{1,40}\)\s*\.\w+\(\s*(?!any|Mockito|\))|assertExactJson|assertStatus\(|assertDatabaseHas|assertRedirect)"
)
_WEAK: Final = re.compile(
    r"\bis not None\b|!=\s*None|!==?\s*(?:null|undefined|nil|None)|\bnot None\b|toBeDefined\(|toBeTruthy\("
    r"|toBeFalsy\(|not\.toBeNull\(|not\.toBeUndefined\(|toBeGreaterThan(?:OrEqual)?\(\s*-?\d"
    r"|toBeLessThan(?:OrEqual)?\(|toHaveBeenCalled\(\s*\)|toThrow(?:Error)?\(\s*\)|expect\.any(?:thing)?\("
    r"|expect\.objectContaining|toContain\(|assertIsNotNone|assertIsInstance|assertTrue\(|assertIn\("
    r"|assertGreater(?:Equal)?\(|assertNotEqual|assertNotNull|isNotNull\(|isNotEmpty\(|is_some\(\)|is_ok\(\)"
    r"|is_err\(\)|NotNil\(|NotEmpty\(|NoError\(|assert\.True\(|require\.True\(|\.NotNull\(|\.NotBeNull|IsNotNull"
    r"|NotEmpty|Assert\.True|IsTrue\(|isinstance\(|\blen\([^)\n]{1,60}\)\s*(?:>|>=)\s*[01]\b"
    r"|\.length\s*(?:>|>=)\s*\d|\.length\)\s*\.toBeGreater|>=?\s*0\b|<=\s|\bin\s+\(|\bin\s+\[|not\.to\.throw"
    r"|to\.exist|to\.be\.ok|to\.be\.an?\(|be_truthy|be_present|not_to be_nil|not_to be_empty|be_an?\(|assert_not_nil"
    r"|refute_nil|assert_kind_of|assert_called\(\)|assert_called_once\(\)|mock\.ANY|\bANY\b|Matchers\.any|any\(\)"
    r"|anyString\(\)|anything\(\)|anyInt\(\)|assertRaises\(\s*(?:Exception|BaseException)\b"
    r"|pytest\.raises\(\s*(?:Exception|BaseException)\b|Throwable\.class|Exception\.class"
    r"|assertThrows\(\s*(?:Exception|Throwable|RuntimeException)\b|EXPECT_TRUE|ASSERT_TRUE|EXPECT_NE|EXPECT_GE"
    r"|EXPECT_GT|XCTAssertNotNil|XCTAssertTrue|assert!\(|assert_ne!|isTrue\(|isPresent\(|assert\.ok\("
    r"|assert\.notEqual|assert\(|startsWith|starts_with|includes\(|contains\(|assertStringContains|assertContains\("
    r"|assertArrayHasKey|atLeast\w*\(|at_least|toMatch\(\s*/|assertRegex|expect\.stringContaining|shouldNotBe"
    r"|shouldNot\b|must_be\b|wont_be_nil|assertInstanceOf|shape\s*==|\bor\b|\|\||status_code\s*(?:<|in)|< ?500"
    r"|toBeVisible\(|shouldBe(?:GreaterThan|LessThan|True|Positive|InstanceOf|Null|In|Empty)\w*|shouldNot\w+|ShouldNotBe\w*|ShouldBeTrue"
    r"|NotBeEmpty|BeTrue\(|BeGreaterThan|BeAssignableTo|be\s[<>]=?|be_between|be_a_kind_of|be_nonzero|not_to raise_error"
    r"|expect_(?:true|false|type|s3_class|no_error|gt|lt)|@test\s!?\w+\([^\n=]{0,80}\)$|Not\(BeNil|Not\(HaveOccurred|BeTrue|BeNumerically"
    r"|(?:require|assert|suite|s)\.(?:Error|Panics)\(|raise_error(?:\(\s*(?:StandardError|Exception|RuntimeError)?\s*\)|\s*$)|toBe(?:Int|String|Array|Object|Float|Bool|Numeric|Callable)\(\s*\)|\{:ok,\s*_\w*\}\s*=|assertSuccessful|assertOk\(|assertNotFound|assertNotSame|isNotEqualTo|assert_predicate|assert_includes|assert_operator|isA\(|isNotNull\b|isNotEmpty\b|ok\s*\("
)  # fmt: skip
_LITERALS: Final = re.compile(
    r"\"(?:[^\"\\\n]|\\.){0,300}\"|'(?:[^'\\\n]|\\.){0,300}'|`[^`\n]{0,300}`|(?<![\w.])-?\d[\d_.eE+-]{0,20}\b"
    r"|\b(?:[Tt]rue|[Ff]alse|None|null|nil|undefined)\b")

def tests_weak(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on pairs of lines in tests, and on tests against the product that changed with them."""
    product = [file for file in files if file.facets.product and not file.facets.manifest and not file.facets.lock and file.facets.language and _ships(file)]
    for file in files:
        if file.facets.prose:
            continue
        inside = file.facets.test or holds_tests(file)
        if inside and not file.new:
            yield from ((file, each) for each in _pairs(file, bool(product), news))
            yield from ((file, each) for each in _early(file))
            yield from ((file, each) for each in _given_up(file))
        if inside:
            yield from ((file, each) for each in _stubbed(file))
        if re.search(
            r"(?:^|/)__snapshots__/|\.(?:snap|approved\.\w+|golden)\Z"
            r"|(?:^|/)(?:golden|testdata/[^/]*golden|snapshots?)/",
            file.path) and not product and not file.new and file.removed and file.added:
            yield file, hit("snapshot-alone", "test-weakened", Severity.MEDIUM, file.added[0], "changes what tests expect while the product stays as it is")


# Words that say that something is asserted, not what.
_HOW: Final = frozenset("t self this require assert expect should to be".split())


def _ships(file: Subject) -> bool:
    """Whether lines of the product changed, not only the tests that stand among them."""
    changed = [*file.added, *file.removed]
    if not changed or not holds_tests(file):
        return bool(changed)
    inside = inline(file)
    return any(line.code.strip() and line.at not in inside for line in changed)


def _partner(file: Subject, line: Line) -> Line | None:
    """The assertion that a new one stands in for: the one in the run that shares most of its words."""
    mine = set(re.findall(r"\w+", line.code)) - _HOW
    best, score = None, 0.3
    for before in other_side(file, line):
        if not asserts(before) and not re.search(r"assert|expect|raises|should|verify|require", before.code, re.IGNORECASE):
            continue
        theirs = set(re.findall(r"\w+", before.code)) - _HOW
        shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        if shared > score:
            best, score = before, shared
    return best


def _pairs(file: Subject, product: bool, news: News) -> Iterator[Hit]:
    loosened = "checks less than the assertion that stood here"
    came = {words(line.code) for line in file.added}
    # An assertion over several lines is read as the one line that it could be.
    whole = {each.lines[0].at: each.whole.text for kind in "+-" for each in news.wrapped(file, kind) if len(each.whole.text) <= 240}
    for line in file.added:
        code = whole.get(line.at, line.code)
        if not code.strip() or len(code) > 600:
            continue
        if not (asserts(line) or re.search(r"assert|expect|raises|should|verify|require|tol|delta|eps|near|approx|close", code, re.IGNORECASE)):
            continue
        before = _partner(file, line._replace(code=code))
        if before is None:
            continue
        before = before._replace(code=whole.get(before.at, before.code))
        if words(before.code) == words(code):
            continue
        looser = _looser_number(before.code, code)
        if looser:
            yield hit("tolerance-raised", "test-weakened", Severity.HIGH, line, "widens the tolerance of a test", against=before)
        elif _weaker(before.code, file.statement(line, 3) if "raises" in code else _CHOSEN.sub("== _", code)) and _fewer_strong(file, line) and not _asked_apart(file, line, before):
            severity = Severity.MEDIUM if product and _another_test(file, line) else Severity.HIGH
            yield hit("assertion-loosened", "test-weakened", severity, line, loosened, against=before)
        elif not product and not _tightened(before.code, code) and file.facets.language not in ("json", "jsonc") and words(before.code) not in came and measured(before.code) != measured(code) and _LITERALS.sub("_", code).split() == _LITERALS.sub("_", before.code).split() and not re.search(r"version|Version|year|copyright", code):
            yield hit("expectation-alone", "test-weakened", Severity.MEDIUM, line, "changes what a test expects while the product stays as it is", against=before)


# A value chosen by a condition is one value.
_CHOSEN: Final = re.compile(r"==\s*\((?=[^()\n]{1,200}\bif\b[^()\n]{1,120}\belse\b)[^()\n]{1,300}\)")
_BETWEEN: Final = re.compile(r"[\w.)\]]\s*<=?\s*\w[\w.()\[\]]{0,60}\s*<=?\s*[\w(]")
_CAUGHT: Final = re.compile(r"\bas\s+(\w{1,40})\s*:|\b(\w{1,40})\s*=\s*(?:assertThrows|Assert\.Throws|pytest\.raises)")


def _asked_apart(file: Subject, line: Line, before: Line) -> bool:
    """Whether what the old assertion asked for at once is asked for in other lines that came with the new one."""
    came = file.blocks[file.places[line.at][0]][1][:200]
    caught = _CAUGHT.search(line.code)
    if caught is not None:
        name = caught[1] or caught[2]
        return any(asserts(each) and re.search(rf"\b{name}\b", each.code) for each in file.around(line, 0, 12)[1:])
    if re.search(r"\.Error\(", line.code) and any("NoError" in each.code for each in came):
        return True
    if re.search(r"NoError", line.code) and any(re.search(r"\.(?:Error|EqualError|ErrorIs|ErrorContains|ErrorAs)f?\(", each.code) for each in came):
        return bool(re.search(r"err", before.code, re.IGNORECASE))
    return bool(_BETWEEN.search(line.code) and re.search(r"approx|delta|close|almost", before.code, re.IGNORECASE))


def _another_test(file: Subject, line: Line) -> bool:
    """Whether the run rewrites a test under another name, or asks for more things than it did."""
    gone, came = file.blocks[file.places[line.at][0]]
    old, new = {name for each in gone if (name := name_of(each))}, {name for each in came if (name := name_of(each))}
    return bool(old and new and old.isdisjoint(new)) or sum(1 for each in came if asserts(each)) > 2 * sum(1 for each in gone if asserts(each)) + 1


def _fewer_strong(file: Subject, line: Line) -> bool:
    """Whether the run that a line belongs to tells less after than before."""
    block = file.blocks[file.places[line.at][0]]
    new = block[1][:200]
    old = [each for each in other_side(file, line) if asserts(each) or re.search(r"should|expect|verify", each.code, re.IGNORECASE)]
    strong = sum(1 for each in new if _STRONG.search(each.code) and not _ANYTHING.search(each.code))
    return strong < sum(1 for each in old if _STRONG.search(each.code)) or (len(old) == 1 and len([x for x in new if asserts(x)]) <= 1)


_ANYTHING: Final = re.compile(
    r"expect\.any|\bANY\b|anything\(|objectContaining|stringContaining|raises\(\s*(?:Base)?Exception\b"
    r"|assertRaises\(\s*(?:Base)?Exception\b|(?<!\w)Exception\.class|Throwable|or True|\|\| true")


def _weaker(before: str, after: str) -> bool:
    old_weak, new_weak = set(_WEAK.findall(before)), set(_WEAK.findall(after))
    fresh = new_weak - old_weak
    if _uncompared(before, after):
        return True
    if not fresh:
        # Arguments that were checked are not any more, or a specific failure became any failure.
        dropped = re.search(
            r"(?:raises|assertRaises\w*|toThrow\w*|assertThrows)\s*\(?\s*[\w.]{1,60}[^\n]{0,80}\b(?:match|message"
            r"|msg|withMessage|code)\s*=",
            before) and "match" not in after and re.search(r"raises|assertRaises", after)
        bare = re.match(r"\s*expect\(", after) and not re.search(r"\)\s*\.\w|\bto\b", after) and after.rstrip(" ;").endswith(")") and re.search(r"\)\.\w|\)\.to\b", before)
        return bool(dropped or bare)
    if not _STRONG.search(before):
        return False
    stronger = _STRONG.findall(after)
    if stronger and not re.search(
        r"expect\.any|\bANY\b|anything\(|any\(\)|anyString|objectContaining|stringContaining"
        r"|raises\(\s*(?:Base)?Exception|Exception\.class|Throwable|or True|\|\| true|\bor\b|\|\|",
        " ".join(fresh) + after):
        return len(stronger) < len(_STRONG.findall(before)) and bool(re.search(r"assert!|assert\(|assertTrue|NotN|not None|Truthy|Defined|>=?|< ?500", " ".join(fresh)))
    return True


_COMPARES: Final = re.compile(r"\s*(?:===?|=~|\bis\b(?! not)|\.should\s*==)\s*")


def _uncompared(before: str, after: str) -> bool:
    """Whether what was compared with something is now only asked to be true."""
    left = _COMPARES.split(before, maxsplit=1)
    if len(left) < 2 or not left[1].strip():
        return False
    kept = after.strip().rstrip(" ;)")
    return bool(kept) and kept == left[0].strip().rstrip(" ;)") and bool(re.match(r"\W*(?:assert|expect|require|check|ok|test)", kept, re.IGNORECASE))


_NEARNESS: Final = re.compile(
    r"(?:abs|fabs|norm|diff\w*|dist\w*|err\w*|delta|residual)\b[^\n<]{0,60}<=?\s*(\d[\d_.]{0,15}(?:e-?\d{1,3})?)\b", re.IGNORECASE)


def _tightened(before: str, after: str) -> bool:
    """Whether a bound on a distance became smaller."""
    old, new = _NEARNESS.search(before), _NEARNESS.search(after)
    try:
        return bool(old and new and float(new[1].replace("_", "")) <= float(old[1].replace("_", "")))
    except ValueError:
        return False


def _looser_number(before: str, after: str) -> bool:
    wider = looser(before, after)
    if wider:
        return True
    old, new = _NEARNESS.search(before), _NEARNESS.search(after)
    if old and new and _wider(old[1], new[1]):
        return True
    return bool(re.search(r"toBeCloseTo\([^,\n]{1,60},\s*\d", before) and re.search(r"toBeCloseTo\([^,\n]{1,60}\)", after)) or bool(re.search(r"==|Equal\(|toBe\(|assert_eq", before) and measured(before) == words(before) and re.search(
        r"approx\([^\n]{1,80}(?:rel|abs)\s*=\s*(?:0?\.[1-9]|[1-9])|delta\s*=\s*(?:[1-9]|0\.[1-9])"
        r"|InDelta\([^\n]{1,100},\s*(?:[1-9]|0\.[1-9])", after))


def _wider(old: str, new: str) -> bool:
    try:
        return float(new.replace("_", "")) > float(old.replace("_", ""))
    except ValueError:
        return False


def _early(file: Subject) -> Iterator[Hit]:
    """A return or a false condition put before assertions that stay."""
    for line in file.added:
        if re.match(
            r"\s*(?:return(?:\s+(?:None|nil|True|true|Promise\.resolve\(\)))?;?"
            r"|if\s*\(?\s*(?:false|False|0)\s*\)?\s*[:{]?)\s*$", line.code) and not other_side(file, line):
            after = file.around(line, 0, 12)[1:]
            above = next((each for each in reversed(file.around(line, 3, 0)[:-1]) if each.text.strip()), None)
            if above is not None and above.kind == " " and above.indent < line.indent and name_of(above) and any(each.kind == " " and each.text.strip() and each.indent == line.indent for each in after[:1]):
                yield hit("early-return", "test-weakened", Severity.HIGH, line, "leaves the test before it does anything")
                return
            stop = next((i for i, each in enumerate(after) if name_of(each) or (each.text.strip() and each.indent < line.indent)), len(after))
            before = file.around(line, 3, 0)[:-1]
            guarded = bool(before and before[-1].indent < line.indent and re.match(r"\s*(?:if|else|elif|for|while|case|except|catch|with|when|unless|\})", before[-1].code))
            if any(asserts(each) and each.kind == " " and each.indent >= line.indent for each in after[:stop]) and not guarded:
                yield hit("early-return", "test-weakened", Severity.HIGH, line, "leaves the test before its assertions")
                return


_EMPTY: Final = re.compile(
    r"\s*if\s*\(?\s*(?:len\([^()\n]{1,60}\)\s*(?:==\s*0|<\s*1)|[\w.]{1,60}\s*(?:==|===)\s*(?:nil|null|None|undefined)|[\w.]{1,60}\s+is\s+None|not\s+[\w.]{1,60}|![\w.]{1,60}|err\s*!=\s*nil|[\w.]{1,60}\.(?:length\s*===?\s*0|isEmpty\(\)|empty\?))\s*\)?\s*(?:\{|:|then)?\s*(return;?\s*\}?)?\s*$")


def _given_up(file: Subject) -> Iterator[Hit]:
    """A test that ends without a word where there is nothing to look at, before assertions that stay."""
    for line in file.added:
        found = _EMPTY.match(line.code)
        if not found:
            continue
        after = file.around(line, 0, 14)[1:]
        returns = bool(found[1]) or bool(after and after[0].kind == "+" and re.fullmatch(r"\s*return;?\s*", after[0].code))
        rest = after[(0 if found[1] else 1) :]
        stop = next((i for i, each in enumerate(rest) if name_of(each) or (each.text.strip() and each.indent < line.indent)), len(rest))
        if returns and any(asserts(each) and each.kind == " " and each.indent >= line.indent for each in rest[:stop]):
            yield hit("early-return", "test-weakened", Severity.HIGH, line, "leaves the test before its assertions where there is nothing to look at")
            return


_MOCK: Final = re.compile(
    r"\b(?:jest|vi|vitest|mock|td|proxyquire|rewire)\.(?:mock|doMock|unstable_mockModule"
    r"|replace)\s*\(\s*[\"'`]([^\"'`\n]{1,160})[\"'`]|\b(?:patch|mocker\.patch"
    r"|mock\.patch)\s*\(\s*[\"']([\w.]{3,160})[\"']"
    r"|monkeypatch\.setattr\s*\(\s*[\"']?([\w.]{2,120})[\"']?(?:\s*,\s*[\"'](\w{1,80})[\"'])?"
    r"|(?:jest|vi)\.spyOn\s*\(\s*([\w.]{1,60})\s*,\s*[\"'](\w{1,80})[\"']\s*\)\.mock"
    r"|\ballow(?:_any_instance_of)?\s*\(\s*([\w.:]{1,60})\s*\)\.to\s+receive\s*\(\s*:(\w{1,60})"
)


def _stubbed(file: Subject) -> Iterator[Hit]:
    """A stand-in for the very thing that the file tests."""
    stem = re.sub(r"(?:^test_?|^spec_?|[._-]?(?:test|tests|spec|specs)$)", "", re.sub(r"(?:\.\w{1,10}){1,2}\Z", "", file.path.rsplit("/", 1)[-1]), flags=re.IGNORECASE).lower().replace("_", "").replace("-", "")
    if len(stem) < 3:
        return
    for line in file.added:
        found = _MOCK.search(line.code)
        if not found:
            continue
        target = ".".join(g for g in found.groups() if g)
        if re.match(r"(?:process|console|global(?:This)?|window|document|navigator|Date|Math|performance|crypto|fs|os|path|time|sys|logging|builtins)\b", target) and not found[1]:
            continue  # what everything uses is no part of the subject
        last = re.split(r"[./\\]", re.sub(r"\.(?:[cm]?[jt]sx?|py)\Z", "", target))
        tail = last[-1].lower().replace("_", "").replace("-", "")
        called = re.compile(rf"(?:assert|expect|require|should|result|actual|got|out)\w*\b[^\n]{{0,80}}\b{re.escape(last[-1])}\s*\(") if len(last[-1]) > 2 else None
        script = bool(found[1]) and tail == stem and not re.search(r"requireActual|importActual", file.statement(line, 3))
        named = called is not None and not found[1] and any(called.search(each.code) for each in file.around(line, 4, 10))
        if script or named:
            yield hit("stubbed-subject", "test-weakened", Severity.HIGH, line, "replaces what the test is about by a stand-in: the test checks the stand-in")
            return
