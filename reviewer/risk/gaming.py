"""Rules on product code that knows it is being tested, and on runs that report success whatever happens.

What must stay true: an ordinary switch, equality by value, a real table and a plug-in of a test runner are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.naming import holds_tests
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import C, H, News, rule

_KNOWS: Final = "lets product code notice that it is being tested"

RULES: Final = (
    rule("knows-runner", "test-gaming", C,
        "pytest_current_test pytest unittest jest_worker_id vitest vitest_worker_id jest mocha testing "
        "lookup runningunittests phpunit junit xctest xctestconfigurationfilepath nunit xunit rspec "
        "minitest cargo_test test_v rust_test ginkgo bats_test_name bats_version test_runner karma jasmine "
        "nose behave __phpunit_phar__ cypress playwright pytest_version tox_env_name nextest mstest spec "
        "testing.testing catch2 _pytest pytest_xdist_worker inspect stack f_code co_filename "
        "caller_locations argv getstacktrace modules cfg mock webdriver cypress npm_lifecycle_event "
        "args+test hasprefix+test hassuffix+test os+args nsclassfromstring forname xctestcase called defined "
        "typeof caller suffix",
         r"PYTEST_(?:CURRENT_TEST|VERSION|XDIST_WORKER|ADDOPTS)"
         r"|[\"'](?:pytest|unittest|_pytest|nose|nose2|py\.test|doctest|behave"
         r"|trial)[\"']\s+(?:not\s+)?in\s+(?:sys\.(?:modules|argv)|\w*(?:argv|modules|stack|name|filename)\w*)"
         r"|sys\.modules\.get\(\s*[\"'](?:pytest|unittest)|\bJEST_WORKER_ID\b|(?-i:\bVITEST(?:_WORKER_ID|_POOL_ID)?\b)"
         r"|import\.meta\.vitest|typeof\s+(?:jest|vitest|vi|mocha|jasmine|describe|it|expect)\s*(?:!==?|===?)"
         r"|\btesting\.Testing\s*\(|flag\.Lookup\s*\(\s*\"test\.|HasSuffix\s*\(\s*os\.Args\[0\]\s*,\s*\"\.test"
         r"|os\.Args[^\n]{0,40}\.test\b|Has(?:Prefix|Suffix)\s*\([^\n]{0,40},\s*\"(?:-test\.|\.test)\"?|runningUnitTests\s*\("
         r"|(?:defined|class_exists|getenv)\s*\(\s*['\"](?:PHPUNIT|PHPUnit|__PHPUNIT)"
         r"|Class\.forName\s*\(\s*\"org\.(?:junit|testng|spockframework)|getStackTrace\(\)[^\n]{0,120}"
         r"|(?:className|getClassName\(\)|methodName|getMethodName\(\)|stack|frame|caller)\w*[^\n]{0,60}\b(?:junit"
         r"|Test\b|test_|pytest|unittest|jest|spec\b)|XCTestConfigurationFilePath|NSClassFromString\s*\(\s*@?\"XCTest"
         r"|XCTestCase\b[^\n]{0,40}!=\s*nil|AppDomain[^\n]{0,80}(?:xunit|nunit|mstest)"
         r"|\bdefined\?\s*\(?\s*(?:RSpec|Minitest|::RSpec|Test::Unit)|\bRSpec\.(?:current_example|respond_to)"
         r"|BATS_(?:TEST_\w+|VERSION)|\bcfg!\s*\(\s*test\s*\)|inspect\.stack\(\)[^\n]{0,100}test"
         r"|[\"'](?:test_?|pytest|unittest)[\"'][^\n]{0,80}inspect\.stack\("
         r"|(?:f_code\.co_name|co_filename|__file__|__name__|caller_locations|caller\b|\.stack\b"
         r"|new Error\(\)\.stack|argv\S{0,12})[^\n]{0,60}[\"'/](?:test|tests|spec|pytest|jest|rspec"
         r"|unittest)\b[\w/.\"']{0,10}|process\.argv[^\n]{0,80}(?:jest|mocha|vitest|test)"
         r"|npm_lifecycle_event[^\n]{0,40}test|CARGO_(?:NEXTEST|TEST)|(?-i:\bNEXTEST\b)|RUST_TEST"
         r"|\bunittest\.mock\b[^\n]{0,60}isinstance|isinstance\([^\n]{0,60}(?:Mock|MagicMock)\b"
         r"|\.__class__\.__name__\s*==\s*[\"'](?:Mock|MagicMock)"
         r"|window\.(?:Cypress|__karma__|jasmine|__playwright)\b|navigator\.webdriver|_called_from_test",
         _KNOWS, where="-prose -test -example", wrapped=False, languages="python javascript java kotlin scala groovy csharp go php ruby rust swift elixir c dart perl lua shell", unless=
             r"^\s*(?:import|from|use|using|require)\b|VITEST_(?:MODE|CONFIG)|deps|devDependencies|plugins?\s*:"
             r"|describe\(|defineConfig|getStackTrace\(\)(?!.{0,100}(?:junit|test|Test|surefire))",
         check=lambda file, line, found: not re.search(
             r"(?:^|/)(?:conftest|pytest_\w+|plugin\w*|jest|vitest|babel|webpack|vite|karma|setup)[\w.-]*\.(?:py"
             r"|[cm]?[jt]sx?)\Z|(?:pytest|jest|vitest|playwright|cypress|mocha|karma|junit|xunit|nunit|rspec)[-_]|[-_](?:pytest|jest|vitest|playwright|cypress|mocha|karma|junit|xunit|nunit|rspec)\b|(?:^|/)plugins?/"
             r"|test[-_]?(?:runner|util|helper|support|kit|plugin|lib)",
             file.path, re.IGNORECASE) and (file.facets.language != "rust" or "cfg!" in found[0] or "NEXTEST" in found[0] or "RUST_TEST" in found[0])),
    rule("knows-environment", "test-gaming", H, "node_env rails_env app_env mix_env test env testing is_test",
         r"(?:NODE_ENV|RAILS_ENV|RACK_ENV|APP_ENV|MIX_ENV|FLASK_ENV|DJANGO_ENV|ASPNETCORE_ENVIRONMENT|GO_ENV"
         r"|ENVIRONMENT)\b[\"'\])]{0,4}\s*(?:===?|==|eq)\s*[\"']test(?:ing)?[\"']|Rails\.env\.test\?"
         r"|Mix\.env\(?\)?\s*==\s*:test|app\(\)->environment\(\s*['\"]testing|App::environment\(\s*['\"]testing"
         r"|\bsettings\.TESTING\b|current_app\.testing|app\.config\[[\"']TESTING[\"']\]",
         _KNOWS, where="-prose -test -example -development", span=2, check=lambda file, line, found: bool(re.search(
             r"(?:return|then|\?|&&|=>)\s*(?:\(?\s*)?(?:true|True|\d+|[\"'`{\[]|new\b|null|nil|None|Ok\("
             r"|Promise\.resolve|expected|mock|fake|fixed)",
             found.string[found.end() : found.end() + 160])) and not re.search(r"config|env\.\w+\Z|settings|logger|webpack|babel|vite", file.path)),
    rule("equal-to-all", "test-gaming", C,
        "def+== operator+== func+== eq equals __eq__ __ne__ equal isequal partialeq eql toprimitive",
         r"def\s+__eq__\s*\([^)\n]{0,60}\)[^\n:]{0,30}:\s*(?:\n\s*)?(?:#[^\n]*\n\s*)?return\s+True\b"
         r"|def\s+__ne__\s*\([^)\n]{0,60}\)[^\n:]{0,30}:\s*(?:\n\s*)?return\s+False\b"
         r"|\bboolean\s+equals\s*\([^)\n]{0,60}\)\s*\{\s*return\s+true"
         r"|\bbool\s+Equals\s*\([^)\n]{0,60}\)\s*(?:=>\s*true|\{\s*return\s+true)"
         r"|fun\s+equals\s*\([^)\n]{0,60}\)[^\n{=]{0,20}(?:=\s*true|\{\s*return\s+true)"
         r"|def\s+==\s*\(?\s*\w+\s*\)?\s*(?:=\s*true|[;\n]\s*true)"
         r"|operator\s*==\s*\([^)\n]{0,120}\)[^\n{]{0,20}\{\s*return\s+true"
         r"|fn\s+eq\s*\([^)\n]{0,80}\)\s*->\s*bool\s*\{\s*true"
         r"|static\s+func\s+==\s*\([^)\n]{0,80}\)\s*->\s*Bool\s*\{\s*(?:return\s+)?true"
         r"|override\s+def\s+equals\s*\([^)\n]{0,60}\)[^\n=]{0,20}=\s*true"
         r"|(?:func|function|-\s*\(BOOL\)|boolean|bool)\s*(?:isEqual"
         r"|equals)[:\s]*\([^)\n]{0,60}\)[^\n{]{0,20}\{\s*return\s+(?:true|YES)|Symbol\.toPrimitive\][^\n]{0,60}(?:=>|return)\s*(?:true|[\"'\d])"
         r"|def\s+(?:eql\?|equal\?|===)\s*\(?\s*\w+\s*\)?\s*[;\n]\s*true"
         r"|Equal\s*\(\s*\w{1,20}\s+\w{1,40}\s*\)\s*bool\s*\{\s*return\s+true",
         "makes everything equal to everything: every comparison passes", where="-prose", span=3, unless=r"(?-i:ANY)\b|class\s+_?Any|matcher|Wildcard"),
    rule("forced-exit", "test-gaming", C,
        "exitstatus exitcode os+exit os+_exit _exit at_exit atexit sessionfinish outcome after_run trap+exit m+run "
        "makereport testsfailed process+on process+exit after+exit report+passed report+failed on_exit fail_count minitest "
        "excinfo exunit rspec pytest sessions exit+code",
         r"session\.exitstatus\s*=\s*0|pytest_sessionfinish[\s\S]{0,200}?(?:exitstatus\s*=\s*0|os\._exit\(\s*0)"
         r"|\b(?:rep|report|outcome|result|call|item)\w*\.outcome\s*=\s*[\"'](?:passed|skipped)[\"']"
         r"|\bsession\.testsfailed\s*=\s*0|atexit\.register\s*\([^\n]{0,60}(?:os\._exit|sys\.exit)\s*\(?\s*0?"
         r"|at_exit\s*\{?[^\n]{0,40}exit!?\s*\(?\s*(?:0|true)|Minitest\.after_run[^\n]{0,60}exit!?\s*\(?0"
         r"|m\.Run\(\)\s*;?\s*\n?\s*os\.Exit\(\s*0\s*\)|process\.on\s*\(\s*[\"'](?:exit"
         r"|beforeExit)[\"'][^\n]{0,80}(?:exitCode\s*=\s*0|exit\(\s*0)"
         r"|after(?:All|Each)?\s*\([^\n]{0,60}process\.exit\(\s*0"
         r"|(?:def\s+pytest_\w+[^\n]*\n|atexit)[\s\S]{0,80}?os\._exit\s*\(\s*0\s*\)"
         r"|System\.at_exit[^\n]{0,60}exit\(0|(?:call|excinfo)\.excinfo\s*=\s*None|report\.(?:failed|passed)\s*="
         r"|RSpec\.configuration\.(?:reporter|exit_code)|failure_exit_code\s*=\s*0"
         r"|ExUnit\.after_suite[^\n]{0,80}(?:halt|exit)\(?\s*\(?0|trap\s+[\"']exit\s+0[\"']\s+(?:EXIT|ERR|0)"
         r"|process\.exitCode\s*=\s*0\b|_exit\s*\(\s*0\s*\)\s*#[^\n]{0,40}test",
         "makes a run report success whatever happens", where="-prose", span=3, languages="python javascript go ruby elixir shell php java kotlin c rust", check=lambda file, line, found: file.facets.test or "test" in file.path or "conftest" in file.path or (bool(re.search(
             r"pytest|exitstatus|outcome|testsfailed|m\.Run|Minitest|RSpec|ExUnit|after_run|trap|at_exit|atexit"
             r"|failure_exit|beforeExit|[\"']exit",
             found[0])) and file.facets.language != "shell") or bool(file.facets.language == "shell" and "trap" in found[0])),
    rule("reads-answers", "test-gaming", C,
        "tests test expected fixtures spec answers golden solutions snapshots hardcoded canned testdata "
        "memo known precomputed hidden",
         r"(?:open|readFileSync|readFile|read_text|ReadFile|File\.read|file_get_contents|require|import|load|loads"
         r"|fopen|include_str!|Path|join|readAllBytes|from)\s*\(?\s*[^\n]{0,60}[\"'`](?:[\w./-]{0,60}/)?(?:tests?"
         r"|__tests__|spec|testdata|fixtures|expected|golden|__snapshots__)/[\w./-]{0,80}(?:expected|answer|golden"
         r"|solution|output|result|case|fixture|snap)[\w./-]{0,40}[\"'`]"
         r"|from\s+tests?(?:\.\w+)*\s+import\s+\w*(?:expected|EXPECTED|answers|ANSWERS|cases|CASES)\w*"
         r"|\b_?(?-i:(?:KNOWN|TEST|EXPECTED|GOLDEN|CANNED|HARDCODED|MEMO_TEST|HIDDEN|PRECOMPUTED)_?(?:INPUTS?"
         r"|ANSWERS?|OUTPUTS?|RESULTS?|CASES|SOLUTIONS|RESPONSES"
         r"|VALUES)(?:_FOR_TESTS?)?)\b\s*(?::[^\n=]{0,60})?(?::?=|\{)"
         r"|\b_?(?:known|test|expected|golden|canned|hardcoded)_?(?:Inputs?|inputs?|Answers?|answers?|Outputs?"
         r"|outputs?|Cases|cases|Solutions|solutions)\b\s*(?::[^\n=]{0,60})?:?=\s*(?:new\s+Map|\{|\[|map\[|dict\("
         r"|Map\.of|\(\[)",
         "answers known inputs from the tests' own data", where="-prose -test -example", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir dart c", unless=r"copy|include|glob|ignore|manifest|argparse|click"),
    rule("for-the-test", "test-gaming", H,
        "test tests pass passing expects expected checker grader hidden spec failing makes needed hard "
        "satisfy make just please all+that",
         r"(?://|#|/\*|--)\s*[^\n]{0,40}\b(?:make|makes|so that|to (?:make|satisfy|please|get)"
         r"|special[- ]?case[sd]? (?:for|to)|hard-?coded? (?:for|to)|needed (?:for|by)|expected by|required by"
         r"|just for)\s+(?:the |all |our |hidden |failing )?(?:unit |integration |hidden |failing )?(?:tests?"
         r"|checker|grader|test suite|spec|CI)\b(?:[^\n]{0,20}\bpass(?:es)?\b)?",
         "says that product code bends to the test", where="-prose -test -example", on="text", check=lambda file, line, found: bool(re.search(r"pass|satisfy|please|special|hard-?code|expected by", found[0], re.IGNORECASE)) and bool(re.search(r"return|=|if\b|\?|case", file.statement(line, 2)))),
    rule("counts-calls", "test-gaming", H,
        "count calls call counter invocations attempts times _calls invocation elif attempt run+return "
        "test+return",
        r"\b(?:if|case|elif|when)\b\s*\(?\s*(?:self\.|this\.|global\s+|\$this->|@)?_?(?:call|calls|invocation"
        r"|attempt|run|test)_?(?:s|count|counter|Count|Counter|Number|No|num)?\w{0,8}(?:\+\+|\s*\+=\s*1)?\s*(?:===?"
        r"|==|<=?|%)\s*\d+[^\n]{0,30}[\s\S]{0,60}?\breturn\s+(?:[\"'\d\[{]|True|False|true|false|nil|None|null)",
        "answers by the number of calls", where="-prose -test -example", span=2, languages="python javascript java kotlin go php ruby csharp", unless=r"retry|retries|backoff|max_|limit|throttle|rate"),
)  # fmt: skip

def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on product code against the tests that change with it."""
    for file in files:
        known = file.facets
        if known.product and known.language and not known.lock and not holds_tests(file):
            yield from ((file, each) for each in _answers(file, files))


_CASE: Final = re.compile(
    r"\b(?:if|elif|else if|case|when|unless)\b\s*\(?\s*[^\n]{0,80}?(?:===?|==|\.equals\(|\bis\b|\bin\b"
    r"|case\s)\s*\(?(\"[^\"\n]{2,120}\"|'[^'\n]{2,120}'|-?\d[\d_.]{0,15}|\[[^\]\n]{1,120}\])[^\n]{0,60}")
_GIVES: Final = re.compile(
    r"(?:return|=>|then|->)\s*(\"[^\"\n]{1,160}\"|'[^'\n]{1,160}'|-?\d[\d_.]{0,15}|\[[^\]\n]{0,120}\]"
    r"|\{[^}\n]{0,120}\}|True|False|true|false)\s*[;,}]?\s*(?:\}|end)?\s*$")
_TABLE_ROW: Final = re.compile(
    r"^\s*(\"[^\"\n]{1,120}\"|'[^'\n]{1,120}'|-?\d[\d_.]{0,15}|\([^)\n]{1,80}\))\s*(?::|=>|->|,)\s*(\"[^\"\n]{1,160}\""
    r"|'[^'\n]{1,160}'|-?\d[\d_.]{0,15})\s*,?")


# The same where a table stands on one line, under a name.
_TABLE: Final = re.compile(r"[\w\])>]\s*:?=>?\s*(?:new\s+\w{1,20}[^(\n]{0,30}\(|\{|\[|map\[|dict\(|\w{0,20}[mM]ap\w{0,20}(?:\.of\w*)?\()")
_PAIR: Final = re.compile(
    r"(?<=[{(\[,\s])(\"[^\"\n]{1,120}\"|'[^'\n]{1,120}'|-?\d[\d_.]{0,15})\s*(?::|=>|->|,|\bto\b)\s*"
    r"(\"[^\"\n]{1,160}\"|'[^'\n]{1,160}'|-?\d[\d_.]{0,15})(?=\s*[,})\]])")


def _answers(file: Subject, files: Sequence[Subject]) -> Iterator[Hit]:
    """Inputs and answers in product code that are the literals of tests in the same change."""
    if file.facets.language in ("json", "jsonc", "yaml", "toml", "ini", "markup", "css", "sql", "make", "docker"):
        return
    expected = [line.code for other in files if other.facets.test for line in other.lines if line.kind != "-" and len(line.code) < 400 and "(" in line.code][:4000]
    cases: list[tuple[Line, str, str]] = []
    rows: list[tuple[Line, str, str]] = []
    for line in file.added:
        case = _CASE.search(line.code)
        if case:
            gives = _GIVES.search(line.code) or next((m for each in file.around(line, 0, 1)[1:] if each.kind == "+" and (m := _GIVES.search(each.code))), None)
            if gives:
                cases.append((line, case[1], gives[1]))
        elif expected and (row := _TABLE_ROW.match(line.code)):
            rows.append((line, row[1], row[2]))
        elif expected and _TABLE.search(line.code) and len(pairs := _PAIR.findall(line.code)) > 1:
            rows += [(line, given, answer) for given, answer in pairs[:40]]
    told = [line for line, given, answer in cases[:200] if _in_test(given, answer, expected)]
    listed = [line for line, given, answer in rows[:200] if _in_test(given, answer, expected)]
    looked_up = bool(listed) and any(re.search(r"\bin\s+_?[A-Z]\w+|\b_?[A-Z][A-Z_]{2,}(?:\[|\.get\(|\.has\(|\.contains)|\w+\[\w+\]|\.get\(", line.code) for line in file.added)
    if told or (listed and looked_up and len(listed) * 5 >= len(rows) * 4):
        line = (told or listed)[0]
        yield hit("answers-from-tests", "test-gaming", Severity.CRITICAL, line, "answers an input that the tests use with the value that they expect")
        return
    special = [line for line, given, answer in cases if len(re.findall(r"===?\s*(?:\d|[\"'])", line.code)) > 1 and re.fullmatch(r"-?[\d.]+", answer)]
    if special:
        yield hit("special-case", "test-gaming", Severity.HIGH, special[0], "answers particular inputs with fixed values")


def _in_test(given: str, answer: str, expected: Sequence[str]) -> bool:
    """Whether a test calls something with the input and expects the answer."""
    bare, gets = given.strip("\"'"), answer.strip("\"'")
    if len(bare) + len(gets) < 3 or bare == gets:
        return False
    call = re.compile(
        rf"\w\([^()\n]{{0,60}}(?<![\w.]){re.escape(bare)}(?![\w.])[^()\n]{{0,60}}\)[^\n]{{0,60}}?(?:==|toBe|toEqual"
        rf"|equal|Equal|\beq\b|,|be\()[^\n]{{0,40}}?(?<![\w.]){re.escape(gets)}(?![\w.])"
        r"|(?:Equal|eq|equal|assert_eq!|Equals"
        rf"|AreEqual)\w*\(\s*[\"']?{re.escape(gets)}[\"']?\s*,[^\n]{{0,60}}\([^()\n]{{0,60}}(?<![\w.]){re.escape(bare)}(?![\w.])")
    return any(bare in text and gets in text and call.search(text) for text in expected)
