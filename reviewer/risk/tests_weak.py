"""Rules on tests that check less than before, and on product code that knows it is being tested.

What must stay true: a skip for a platform, with its reason, and a value that follows a contract changed in the same
change are no finding; a matcher that replaces a stronger one is, whatever the framework calls them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.naming import asserts, holds_tests, name_of
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import C, H, M, News, other_side, rule

_PLATFORM: Final = re.compile(
    r"platform|sys\.version|version_info|os\.name|GOOS|GOARCH|win32|windows|darwin|mac\s?os|linux|posix|freebsd|\barm\b|\bx86|importlib|find_spec|importorskip|shutil\.which|which\(|LookPath|HAS_\w+|has_\w+|hasattr|_available|_installed|not installed|isn't installed|available\b|\bcuda|\bgpu|\bdocker|testing\.Short|\bshort\b|requires?\b|OnOs|OnJre|EnabledIf|DisabledIf|process\.platform|RUBY_PLATFORM|RUBY_ENGINE|\bjruby|PHP_OS|PHP_VERSION|extension_loaded|root\b|geteuid|getuid|capabilit|kernel|\bnetwork\b|INTEGRATION|E2E_|RUN_\w+|LIVE_|credentials|API_KEY|os\.Getenv|os\.environ|process\.env|browserName|isMobile|node_version|nodeVersion|process\.version|python_version|TypeScript version|numpy|torch|sqlite_version|supports_?\w*|feature\(|cfg\(",
    re.IGNORECASE,
)
_OUT_OF_RUN: Final = "takes a test out of the run"


def _unconditioned(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a skip holds everywhere: neither for a platform nor for something that a machine may lack."""
    text = line.text
    if "__test__" in text and not file.facets.test:
        return False
    if "xfail(" in text and re.search(r"platform|os\.name|version_info|sys\.version", text):
        return False
    if re.search(r"skip_?if|skipUnless|skip_unless|runIf|run_if|if:\s|unless:\s|assum|When\(|Condition|OnOs|OnJre|If[A-Z]?\w*\(", text, re.IGNORECASE) and _PLATFORM.search(text) and not re.search(r"[(,]\s*(?:True|true|1|false|False|0)\s*[,)]|\bCI\b", text):
        return False
    if re.search(r"skip_?if|skipUnless|skip_unless|runIf|assum\w+", text, re.IGNORECASE) and not re.search(r"\(\s*(?:True|true|1|!true|False|false|0|not\s+True|condition=True)\s*[,)]|\bCI\b|GITHUB_ACTIONS", text):
        statement = file.statement(line, 3)
        if _PLATFORM.search(statement) or ("(" in text and not re.search(r"\(\s*(?:True|true|1)\b", statement)):
            return False
    if re.match(r"\s*(?:t|b|tb|f|s\.T\(\)|suite\.T\(\))\.Skip|\s*(?:pytest\.skip|self\.skipTest|skip\s*\(?|GTEST_SKIP|raise\s+\w*Skip|throw\s+\w*Skip|test\.skip\(\)|this\.skip|ctx\.skip|context\.skip|pending|markTestSkipped|\$this->markTest|Assume|Assert\.(?:Ignore|Inconclusive)|XCTSkip|Skip\.)", text):
        above = file.around(line, 4, 0)[:-1]
        for each in reversed(above):
            if each.indent < line.indent or re.match(r"\s*(?:if|unless|except|catch|rescue|case|when|guard|\}?\s*else)\b", each.text):
                return not (re.match(r"\s*(?:\}?\s*(?:if|unless|except|catch|rescue|case|when|guard|else\s+if|elif|else|with))\b", each.text) and (_PLATFORM.search(each.text) or re.search(r"except|catch|rescue|err\b|error|not\s+\w|!\w|== nil|is None|\bnil\b|len\(", each.text)) and not re.search(r"\bCI\b|GITHUB_ACTIONS|if\s*\(?\s*(?:true|True|1)\b", each.text))
    return not (re.search(r"\bif\b[^\n]{0,80}", text) and _PLATFORM.search(text))


_SKIP: Final = (
    rule("skip-python", "test-weakened", H, "skip xfail skipif skiptest skipunless expectedfailure skipped nottest skiptestcase __test__ disabled unittest",
         r"@(?:pytest\.)?mark\.(?:skip|xfail|skipif)\b|pytestmark\s*=\s*[^\n]{0,60}\.(?:skip|xfail|skipif)|\bpytest\.(?:skip|xfail)\s*\(|marks\s*=\s*\[?\s*pytest\.mark\.(?:skip|xfail)|@(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b|\.skipTest\s*\(|raise\s+(?:unittest\.|case\.|nose\.)?(?:SkipTest|Skipped)\b|@nottest\b|__test__\s*=\s*False|#\s*doctest:\s*\+SKIP", _OUT_OF_RUN, where="", languages="python", check=_unconditioned, on="text", unless=r"^\s*#\s*+(?!doctest)"),
    rule("skip-script", "test-weakened", H, "skip only todo fixme xit xdescribe xtest xcontext fit fdescribe fcontext ftest failing fails skipif runif pending ignore concurrent each serial slow",
         r"(?<![\w.])(?:it|test|describe|context|suite|specify|bench|Deno\.test|test\.describe|scenario|fixture|testset|step)(?:\.\w{1,20}){0,3}\.(?:skip|only|todo|fixme|fail|failing|fails|skipIf|runIf|ignore)\b\s*(?:\.\w{1,20}\s*)?[(`]|^\s*(?:xit|xdescribe|xtest|xcontext|xspecify|fit|fdescribe|fcontext|ftest|ddescribe|iit)\s*[(`]|\bthis\.skip\s*\(|(?:ctx|context|t)\.skip\s*\(|\b(?:ignore|skip|only|todo)\s*:\s*true|^\s*pending\s*\(|^\s*(?:it|test)\s*\(\s*[\"'`][^\"'`\n]{1,200}[\"'`]\s*\)\s*;?\s*$|\btest\.setTimeout\(\s*0|\.serial\.skip\(", "takes a test out of the run, or runs it alone", where="", languages="javascript dart", check=_unconditioned),
    rule("skip-go", "test-weakened", H, "skip skipf skipnow pit xit pdescribe xdescribe fit fdescribe pcontext xcontext fcontext fwhen pwhen pending focus pentry fentry",
         r"\b(?:t|b|tb|f|s\.T\(\)|suite\.T\(\)|st|tt)\.Skip(?:f|Now)?\s*\(|^\s*(?:[PFX](?:It|Describe|Context|Specify|When|Entry|DescribeTable|Measure))\s*\(|^\s*Skip\s*\(|^\s*(?:Pending|Focus)\s*,|,\s*(?:Pending|Focus)\s*[,)]|GinkgoT\(\)\.Skip", _OUT_OF_RUN, where="test", languages="go", check=_unconditioned),
    rule("skip-jvm", "test-weakened", H, "ignore disabled disabledif disabledonos enabled assumetrue assumefalse assumethat skipexception xtest xit xdescribe config abort pending ignored assume pendinguntilfixed tag taggedas cancel",
         r"^\s*@(?:Ignore|Disabled|Ignored|PendingFeature|IgnoreRest|IgnoreIf|Requires|DisabledIf\w*|EnabledIf\w*|DisabledInNativeImage|DisabledUntil|FlakyTest)\b|@Test\s*\([^)\n]{0,100}enabled\s*=\s*false|\bassume(?:True|False|That)\s*\(\s*(?:\"[^\"\n]{0,80}\"\s*,\s*)?(?:true|false)\b|Assumptions\.abort|throw\s+(?:new\s+)?(?:SkipException|AssumptionViolatedException|TestAbortedException|PendingException)|^\s*(?:xtest|xit|xdescribe|xcontext|xshould|ignore|xfeature|xscenario|xgiven|xthen)\s*[(\"]|\.config\s*\([^)\n]{0,60}enabled\s*=\s*false|\benabled\s*=\s*false\s*\)\s*\{|^\s*(?:pending|cancel\(\))\s*$|^\s*\"[^\"\n]{1,200}\"\s+(?:ignore|taggedAs\s+Ignore)|\.ignore\b|pendingUntilFixed|^\s*test\(\"[^\"\n]{1,200}\"\.ignore|\bignore\(\"", _OUT_OF_RUN, where="test", languages="java kotlin scala groovy", check=lambda file, line, found: (_unconditioned(file, line, found) and not re.search(r"@(?:Requires|IgnoreIf|EnabledIf\w*|DisabledIf\w*)", found[0])) or bool(re.search(r"EnabledIf\w*\(\s*\"false|DisabledIf\w*\(\s*\"true|@IgnoreIf\(\{\s*true|\bCI\b", line.text))),
    rule("skip-dotnet", "test-weakened", H, "skip ignore explicit inconclusive fact theory assert activeissue quarantinedtest skipon fails", r"^\s*\[(?:ActiveIssue|QuarantinedTest|FailsOn\w*|SkipOn(?!Platform)\w*)\b|\[(?:\w+,\s*)?(?:Fact|Theory|TestCase|InlineData|SkippableFact|SkippableTheory)\s*\([^)\n]{0,200}\b(?:Skip|Ignore|IgnoreReason|Explicit)\s*=|\[(?:Ignore|Explicit|Skip)\b|\bAssert\.(?:Ignore|Inconclusive|Pass|Skip)\s*\(|\bSkip\.(?:If|IfNot|Always)\s*\(\s*(?:true|false)|\.Ignore\s*\(\s*\"", _OUT_OF_RUN, where="test", languages="csharp"),
    rule("skip-rust", "test-weakened", H, "ignore should_panic", r"#\[\s*ignore\b|#\[\s*cfg_attr\s*\(\s*(?:all\(\)|not\(any\(\)\)|test)\s*,\s*ignore|#\[cfg\(\s*(?:any\(\)|FALSE|never|disabled\w*|feature\s*=\s*\"(?:never|disabled|broken)\w*\")\s*\)\]", _OUT_OF_RUN, where="", languages="rust"),
    rule("skip-ruby", "test-weakened", H, "skip pending xit xdescribe xcontext xspecify fit fdescribe fcontext focus xscenario fspecify xtest xexample omit",
         r"^\s*(?:skip|pending|omit)\b(?:\s*[\"'(]|\s*$|\s+if\s+ENV\[)|^\s*(?:xit|xdescribe|xcontext|xspecify|xscenario|xexample|xfeature|fit|fdescribe|fcontext|fspecify|ffeature|fscenario)\b\s*[\"'(]|,\s*(?::(?:skip|pending|focus)\b|(?:skip|pending|focus|broken)\s*:\s*(?:true|[\"'])|:(?:skip|pending|focus)\s*=>)", "takes a test out of the run, or runs it alone", where="test", languages="ruby", check=_unconditioned),
    rule("skip-php", "test-weakened", H, "skip marktestskipped marktestincomplete todo only skiponci requires expectnottoperformassertions doesnotperformassertions doesnotperform group", r"markTest(?:Skipped|Incomplete)\s*\(|->(?:skip|todo|skipOnCi)\s*\(\s*(?:\)|[\"'])|->only\s*\(\s*\)|^\s*\*?\s*@doesNotPerformAssertions|expectNotToPerformAssertions\s*\(|#\[DoesNotPerformAssertions\]|^\s*(?:xit|xtest)\s*\(|^\s*todo\s*\(|@group\s+(?:skip|disabled|broken|flaky)|#\[Group\(\s*['\"](?:skip|disabled|broken)", _OUT_OF_RUN, where="test", languages="php", check=_unconditioned),
    rule("skip-elixir", "test-weakened", H, "skip tag moduletag describetag focus pending", r"@(?:module|describe)?tag\s*\(?\s*(?::(?:skip|pending|focus|exclude|wip|broken)\b|\[?\s*(?:skip|pending|focus)\s*:)", _OUT_OF_RUN, where="test", languages="elixir"),
    rule("skip-swift", "test-weakened", H, "skip xctskip disabled xctskipif xctskipunless fit xit xcontext pending bug xctexpectfailure withknownissue", r"\bXCTSkip(?:If|Unless)?\s*\(|\.disabled\s*\(|\bXCTExpectFailure\s*\(|\bwithKnownIssue\b|^\s*(?:xit|xdescribe|xcontext|fit|fdescribe|fcontext|pending)\s*\(|\bfunc\s+(?:DISABLED_|disabled_|skip_|x|_)test\w*\s*\(", _OUT_OF_RUN, where="test", languages="swift c", check=_unconditioned),
    rule("skip-c", "test-weakened", H, "disabled_ disabled gtest_skip skip hide mayfail shouldfail should_fail may_fail ignore test_ignore test_ignore_message ck_skip", r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST)\s*\([^)\n]{0,80}\bDISABLED_|\bGTEST_SKIP\s*\(|^\s*SKIP\s*\(|TEST_CASE\s*\([^)\n]{0,160}\[(?:\.|!mayfail|!shouldfail|hide)|doctest::(?:skip|may_fail|should_fail)|boost::unit_test::disabled|TEST_IGNORE(?:_MESSAGE)?\s*\(|INSTANTIATE_TEST_SUITE_P\s*\(\s*DISABLED_", _OUT_OF_RUN, where="", languages="c", check=_unconditioned, flags=0),
    rule("skip-other", "test-weakened", H, "skip todo_skip skip_all pending xit test_skip test_broken pendingwith skip_on_ci skip_on_cran wip ignore disabled skipped notrun exclude_test will_fail disabled_test knownbug",
         r"^\s*(?:skip\s+(?:[\"'$]|\d)|skip\s*$)|\b(?:plan\s+skip_all|todo_skip|SKIP:\s*\{|TODO:\s*\{)|@test_(?:skip|broken)\b|\bpendingWith\b|^\s*(?:xit|xdescribe|pending)\s*[(\"]|\bskip_on_(?:ci|cran)\s*\(|^\s*skip\s*\(\s*\"|^\s*@(?:wip|skip|ignore|pending|disabled|manual|quarantine|flaky)\b|\[Tags\][^\n]{0,80}\bskip|^\s*Skip\s{2,}|\bskip\s*:\s*(?:true|['\"])|@Skip\s*\(|set_tests_properties[^\n]{0,160}(?:WILL_FAIL|DISABLED)\s+(?:TRUE|ON|1)", _OUT_OF_RUN, where="test", languages="shell perl julia haskell lua r dart  make  elixir nix ", check=_unconditioned, on="text"),
    rule("skip-feature", "test-weakened", H, "wip skip ignore pending disabled manual quarantine flaky", r"^\s*@(?:wip|skip|ignore|pending|disabled|manual|quarantine|flaky)\b", _OUT_OF_RUN, where="test", check=lambda file, line, found: file.path.endswith(".feature"), on="text"),
)  # fmt: skip

_HOLLOW: Final = (
    rule("always-true", "test-weakened", H, "assert+true assert+or asserttrue expect+true expect+tobe assertequal assert_eq should+true equal+true expect_true assert_true istrue xctassert addtoassertioncount ok+true assertfalse assert+1 assert+not assert+== ||+true",
         r"^\s*assert\s+(?:True|1|not\s+False|1\s*==\s*1|True\s*==\s*True|\w+\s+or\s+True|[^\n]{1,120}\s+or\s+True)\s*(?:,|#|$)|\bassert(?:True|_true|IsTrue)?\s*\(\s*(?:true|True|1\s*==\s*1|!false)\s*[,)]|\bassertEqual\w*\s*\(\s*(\d+|True|true|\"[^\"\n]{0,20}\")\s*,\s*\1\s*[,)]|\bassertFalse\s*\(\s*(?:false|False)\s*[,)]|expect\s*\(\s*(true|1|\"[^\"\n]{0,20}\"|'[^'\n]{0,20}')\s*\)\s*\.(?:toBe|toEqual|to\.(?:be|equal|eq))\(?\s*\(?\s*(?:\2)?|expect\s*\(\s*true\s*\)\s*\.(?:toBeTruthy|to\.be\.true)|\bassert(?:\.ok|\.True)\s*\(\s*(?:t\s*,\s*)?true\s*[,)]|assert!\s*\(\s*true\s*[,)]|assert_eq!\s*\(\s*(\d+|true)\s*,\s*\3\s*[,)]|\bAssert\.(?:True|IsTrue|Pass)\s*\(\s*(?:true\s*)?\)|expect\(true\)\.to\s+(?:be|eq)|^\s*assert\s+true\s*$|EXPECT_TRUE\s*\(\s*true|ASSERT_TRUE\s*\(\s*true|\$this->assertTrue\s*\(\s*true|addToAssertionCount|XCTAssert(?:True)?\s*\(\s*true\s*[,)]|#expect\(\s*true|\|\|\s*true\s*\)",
         "asserts what is always true", where="test", unless=r"is_(?:true|ok)\?|describe|toBe\(false"),
    rule("swallowed-assert", "test-weakened", H, "except catch rescue suppress assertionerror catch_unwind",
         r"^\s*except\s*(?:\(?\s*(?:AssertionError|Exception|BaseException)\b[^\n]{0,40})?:\s*(?:\n\s*)?(?:pass|return|continue|print|logg|warn|\.\.\.|pytest\.(?:skip|xfail))|suppress\s*\([^)\n]{0,60}(?:AssertionError|Exception)\b|\bcatch\s*(?:\(\s*(?:final\s+)?(?:AssertionError|Throwable|Exception|Error|AssertionFailedError|\w{1,12}\s*:\s*(?:Throwable|AssertionError|Exception))?\s*\w{0,12}\s*\))?\s*\{\s*(?://[^\n]{0,80})?\s*\}|\.catch\s*\(\s*(?:\(\s*\w{0,8}\s*\)|\w{1,8})?\s*=>\s*(?:\{\s*\}|null|undefined|console\.\w+\([^)\n]{0,40}\))\s*\)|^\s*rescue\s*(?:=>\s*\w+|StandardError|Exception|Minitest::Assertion|RSpec::Expectations\S*)?[^\n]{0,40}\n\s*(?:nil|#|true|end)",
         "catches what a failed assertion throws: the test can no longer fail", where="test", span=2, unless=r"finally|cleanup|teardown|close\(|unlink|remove|kill|dispose|rmtree|shutdown|server\.stop", check=lambda file, line, found: any(asserts(x) or "assert" in x.code or "expect" in x.code for x in file.around(line, 8, 2)) and ((file.facets.language == "python" and ("Assertion" in found[0] or any(x.kind == "+" and re.match(r"\s*try\s*:", x.code) for x in file.around(line, 8, 0)))) or (file.facets.language != "python" and bool(any(x.kind == "+" for x in file.around(line, 8, 0) if re.search(r"\btry\b|\bbegin\b|catch", x.code)))))),
    rule("retries", "test-weakened", M, "retries retrytimes reruns flaky retry rerun maxretries repeat attempts retryanalyzer rspec-retry testretry max_retries max_runs quarantine retriesinrunmode failurethreshold retry_count maxfailures rerunfailingtestscount",
         r"jest\.retryTimes\s*\(\s*[1-9]|^\s*[\"']?retries[\"']?\s*[:=]\s*(?:process\.env\.CI\s*\?\s*)?[1-9]|\breruns\s*=\s*[1-9]|--reruns[= ][1-9]|@(?:pytest\.mark\.)?flaky\b|@(?:Retry|RepeatedIfExceptionsTest|RetryingTest|Flaky|RetryTest|FlakyTest)\b|retryAnalyzer\s*=|\bretry\s*:\s*[1-9]|(?:this|cy|test|describe)\.retries\s*\(\s*[1-9]|\bmaxRetries\s*[.=(:]\s*[1-9]|rerunFailingTestsCount|<rerunFailingTestsCount>\s*[1-9]|--retries[= ][1-9]|default_retry_count\s*=\s*[1-9]|verbose_retry|\[Retry\(\s*[1-9]|--test-retries|--flaky-test-attempts|nextest[^\n]{0,60}--retries|^\s*retries\s*=\s*[1-9]",
         "runs tests again until they pass", where="-prose -example", check=lambda file, line, found: file.facets.test or bool(re.search(r"jest|vitest|playwright|cypress|pytest|tox|nextest|karma|mocha|surefire|pom\.xml|rspec|test", file.path, re.IGNORECASE)) or "reruns" in found[0] or "flaky" in found[0].lower()),
    rule("no-assertion-run", "test-weakened", M, "passwithnotests", r"--?passWithNoTests|passWithNoTests\s*:\s*true", "passes when no test runs at all", where="-prose", check=lambda file, line, found: not file.new),
)  # fmt: skip

_KNOWS: Final = "lets product code notice that it is being tested"

GAMING: Final = (
    rule("knows-runner", "test-gaming", C, "pytest_current_test pytest unittest jest_worker_id vitest vitest_worker_id jest mocha testing lookup runningunittests phpunit junit xctest xctestconfigurationfilepath nunit xunit rspec minitest cargo_test test_v rust_test ginkgo bats_test_name bats_version test_runner karma jasmine nose behave __phpunit_phar__ cypress playwright pytest_version tox_env_name nextest mstest spec testing.testing catch2 _pytest pytest_xdist_worker inspect stack f_code co_filename caller_locations argv getstacktrace modules cfg mock webdriver cypress npm_lifecycle_event",
         r"PYTEST_(?:CURRENT_TEST|VERSION|XDIST_WORKER|ADDOPTS)|[\"'](?:pytest|unittest|_pytest|nose|nose2|py\.test|doctest|behave|trial)[\"']\s+(?:not\s+)?in\s+(?:sys\.(?:modules|argv)|\w*(?:argv|modules|stack|name|filename)\w*)|sys\.modules\.get\(\s*[\"'](?:pytest|unittest)|\bJEST_WORKER_ID\b|\bVITEST(?:_WORKER_ID|_POOL_ID)?\b|import\.meta\.vitest|typeof\s+(?:jest|vitest|vi|mocha|jasmine|describe|it|expect)\s*(?:!==?|===?)|\btesting\.Testing\s*\(|flag\.Lookup\s*\(\s*\"test\.|HasSuffix\s*\(\s*os\.Args\[0\]\s*,\s*\"\.test|os\.Args[^\n]{0,40}\.test\b|runningUnitTests\s*\(|(?:defined|class_exists|getenv)\s*\(\s*['\"](?:PHPUNIT|PHPUnit|__PHPUNIT)|Class\.forName\s*\(\s*\"org\.(?:junit|testng|spockframework)|getStackTrace\(\)[^\n]{0,120}|(?:className|getClassName\(\)|methodName|getMethodName\(\)|stack|frame|caller)\w*[^\n]{0,60}(?:junit|Test\b|test_|pytest|unittest|jest|spec)|XCTestConfigurationFilePath|NSClassFromString\s*\(\s*@?\"XCTest|XCTestCase\b[^\n]{0,40}!=\s*nil|AppDomain[^\n]{0,80}(?:xunit|nunit|mstest)|\bdefined\?\s*\(?\s*(?:RSpec|Minitest|::RSpec|Test::Unit)|\bRSpec\.(?:current_example|respond_to)|BATS_(?:TEST_\w+|VERSION)|\bcfg!\s*\(\s*test\s*\)|inspect\.stack\(\)[^\n]{0,100}test|[\"'](?:test_?|pytest|unittest)[\"'][^\n]{0,80}inspect\.stack\(|(?:f_code\.co_name|co_filename|__file__|__name__|caller_locations|caller\b|\.stack\b|new Error\(\)\.stack|argv\S{0,12})[^\n]{0,60}[\"'/](?:test|tests|spec|pytest|jest|rspec|unittest)\b[\w/.\"']{0,10}|process\.argv[^\n]{0,80}(?:jest|mocha|vitest|test)|npm_lifecycle_event[^\n]{0,40}test|CARGO_(?:NEXTEST|TEST)|NEXTEST\b|RUST_TEST|\bunittest\.mock\b[^\n]{0,60}isinstance|isinstance\([^\n]{0,60}(?:Mock|MagicMock)\b|\.__class__\.__name__\s*==\s*[\"'](?:Mock|MagicMock)|window\.(?:Cypress|__karma__|jasmine|__playwright)\b|navigator\.webdriver|_called_from_test",
         _KNOWS, where="-prose -test -example", languages="python javascript java kotlin scala groovy csharp go php ruby rust swift elixir c dart perl lua shell", unless=r"^\s*(?:import|from|use|using|require)\b|VITEST_(?:MODE|CONFIG)|deps|devDependencies|plugins?\s*:|describe\(|defineConfig|getStackTrace\(\)(?!.{0,100}(?:junit|test|Test|surefire))",
         check=lambda file, line, found: not re.search(r"(?:^|/)(?:conftest|pytest_\w+|plugin\w*|jest|vitest|babel|webpack|vite|karma|setup)[\w.-]*\.(?:py|[cm]?[jt]sx?)\Z|pytest[-_]|jest[-_]|(?:^|/)plugins?/|test[-_]?(?:runner|util|helper|support|kit|plugin|lib)", file.path, re.IGNORECASE) and (file.facets.language != "rust" or "cfg!" in found[0] or "NEXTEST" in found[0] or "RUST_TEST" in found[0])),
    rule("knows-environment", "test-gaming", H, "node_env rails_env app_env mix_env test env testing is_test",
         r"(?:NODE_ENV|RAILS_ENV|RACK_ENV|APP_ENV|MIX_ENV|FLASK_ENV|DJANGO_ENV|ASPNETCORE_ENVIRONMENT|GO_ENV|ENVIRONMENT)\b[\"'\])]{0,4}\s*(?:===?|==|eq)\s*[\"']test(?:ing)?[\"']|Rails\.env\.test\?|Mix\.env\(?\)?\s*==\s*:test|app\(\)->environment\(\s*['\"]testing|App::environment\(\s*['\"]testing|\bsettings\.TESTING\b|current_app\.testing|app\.config\[[\"']TESTING[\"']\]",
         _KNOWS, where="-prose -test -example -development", span=2, check=lambda file, line, found: bool(re.search(r"(?:return|then|\?|&&|=>)\s*(?:\(?\s*)?(?:true|True|\d+|[\"'`{\[]|new\b|null|nil|None|Ok\(|Promise\.resolve|expected|mock|fake|fixed)", found.string[found.end() : found.end() + 160])) and not re.search(r"config|env\.\w+\Z|settings|logger|webpack|babel|vite", file.path)),
    rule("equal-to-all", "test-gaming", C, "def+== operator+== func+== eq equals __eq__ __ne__ equal isequal partialeq eql",
         r"def\s+__eq__\s*\([^)\n]{0,60}\)[^\n:]{0,30}:\s*(?:\n\s*)?(?:#[^\n]*\n\s*)?return\s+True\b|def\s+__ne__\s*\([^)\n]{0,60}\)[^\n:]{0,30}:\s*(?:\n\s*)?return\s+False\b|\bboolean\s+equals\s*\([^)\n]{0,60}\)\s*\{\s*return\s+true|\bbool\s+Equals\s*\([^)\n]{0,60}\)\s*(?:=>\s*true|\{\s*return\s+true)|fun\s+equals\s*\([^)\n]{0,60}\)[^\n{=]{0,20}(?:=\s*true|\{\s*return\s+true)|def\s+==\s*\(?\s*\w+\s*\)?\s*(?:=\s*true|[;\n]\s*true)|operator\s*==\s*\([^)\n]{0,120}\)[^\n{]{0,20}\{\s*return\s+true|fn\s+eq\s*\([^)\n]{0,80}\)\s*->\s*bool\s*\{\s*true|static\s+func\s+==\s*\([^)\n]{0,80}\)\s*->\s*Bool\s*\{\s*(?:return\s+)?true|override\s+def\s+equals\s*\([^)\n]{0,60}\)[^\n=]{0,20}=\s*true|(?:func|function|-\s*\(BOOL\)|boolean|bool)\s*(?:isEqual|equals)[:\s]*\([^)\n]{0,60}\)[^\n{]{0,20}\{\s*return\s+(?:true|YES)|Symbol\.toPrimitive|def\s+(?:eql\?|equal\?|===)\s*\(?\s*\w+\s*\)?\s*[;\n]\s*true|Equal\s*\(\s*\w{1,20}\s+\w{1,40}\s*\)\s*bool\s*\{\s*return\s+true",
         "makes everything equal to everything: every comparison passes", where="-prose", span=3, unless=r"ANY\b|class\s+_?Any|matcher|Wildcard"),
    rule("forced-exit", "test-gaming", C, "exit exitstatus exitcode os _exit at_exit atexit sessionfinish outcome after_run trap quit makereport testsfailed process passed halt on_exit fail_count run",
         r"session\.exitstatus\s*=\s*0|pytest_sessionfinish[\s\S]{0,200}?(?:exitstatus\s*=\s*0|os\._exit\(\s*0)|\b(?:rep|report|outcome|result|call|item)\w*\.outcome\s*=\s*[\"'](?:passed|skipped)[\"']|\bsession\.testsfailed\s*=\s*0|atexit\.register\s*\([^\n]{0,60}(?:os\._exit|sys\.exit)\s*\(?\s*0?|at_exit\s*\{?[^\n]{0,40}exit!?\s*\(?\s*(?:0|true)|Minitest\.after_run[^\n]{0,60}exit!?\s*\(?0|m\.Run\(\)\s*;?\s*\n?\s*os\.Exit\(\s*0\s*\)|process\.on\s*\(\s*[\"'](?:exit|beforeExit)[\"'][^\n]{0,80}(?:exitCode\s*=\s*0|exit\(\s*0)|after(?:All|Each)?\s*\([^\n]{0,60}process\.exit\(\s*0|(?:def\s+pytest_\w+[^\n]*\n|atexit)[\s\S]{0,80}?os\._exit\s*\(\s*0\s*\)|System\.at_exit[^\n]{0,60}exit\(0|(?:call|excinfo)\.excinfo\s*=\s*None|report\.(?:failed|passed)\s*=|RSpec\.configuration\.(?:reporter|exit_code)|failure_exit_code\s*=\s*0|ExUnit\.after_suite[^\n]{0,80}(?:halt|exit)\(?\s*\(?0|trap\s+[\"']exit\s+0[\"']\s+(?:EXIT|ERR|0)|process\.exitCode\s*=\s*0\b|_exit\s*\(\s*0\s*\)\s*#[^\n]{0,40}test",
         "makes a run report success whatever happens", where="-prose", span=3, languages="python javascript go ruby elixir shell php java kotlin c rust", check=lambda file, line, found: file.facets.test or "test" in file.path or "conftest" in file.path or (bool(re.search(r"pytest|exitstatus|outcome|testsfailed|m\.Run|Minitest|RSpec|ExUnit|after_run|trap|at_exit|atexit|failure_exit|beforeExit|[\"']exit", found[0])) and file.facets.language != "shell") or bool(file.facets.language == "shell" and "trap" in found[0])),
    rule("reads-answers", "test-gaming", C, "tests test expected fixtures spec answers golden solutions snapshots",
         r"(?:open|readFileSync|readFile|read_text|ReadFile|File\.read|file_get_contents|require|import|load|loads|fopen|include_str!|Path|join|readAllBytes|from)\s*\(?\s*[^\n]{0,60}[\"'`](?:[\w./-]{0,60}/)?(?:tests?|__tests__|spec|testdata|fixtures|expected|golden|__snapshots__)/[\w./-]{0,80}(?:expected|answer|golden|solution|output|result|case|fixture|snap)[\w./-]{0,40}[\"'`]|from\s+tests?(?:\.\w+)*\s+import\s+\w*(?:expected|EXPECTED|answers|ANSWERS|cases|CASES)\w*|\b_?(?-i:(?:KNOWN|TEST|EXPECTED|GOLDEN|CANNED|HARDCODED|MEMO_TEST|HIDDEN|PRECOMPUTED)_?(?:INPUTS?|ANSWERS?|OUTPUTS?|RESULTS?|CASES|SOLUTIONS|RESPONSES|VALUES)(?:_FOR_TESTS?)?)\b\s*(?::[^\n=]{0,60})?(?::?=|\{)|\b_?(?:known|test|expected|golden|canned|hardcoded)_?(?:Inputs?|inputs?|Answers?|answers?|Outputs?|outputs?|Cases|cases|Solutions|solutions)\b\s*(?::[^\n=]{0,60})?:?=\s*(?:new\s+Map|\{|\[|map\[|dict\(|Map\.of|\(\[)",
         "answers known inputs from the tests' own data", where="-prose -test -example", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir dart c", unless=r"copy|include|glob|ignore|manifest|argparse|click"),
    rule("for-the-test", "test-gaming", H, "test tests pass passing expects expected checker grader hidden",
         r"(?://|#|/\*|--)\s*[^\n]{0,40}\b(?:make|makes|so that|to (?:make|satisfy|please|get)|special[- ]?case[sd]? (?:for|to)|hard-?coded? (?:for|to)|needed (?:for|by)|expected by|required by|just for)\s+(?:the |all |our |hidden |failing )?(?:unit |integration |hidden |failing )?(?:tests?|checker|grader|test suite|spec|CI)\b(?:[^\n]{0,20}\bpass(?:es)?\b)?", "says that product code bends to the test", where="-prose -test -example", on="text", check=lambda file, line, found: bool(re.search(r"pass|satisfy|please|special|hard-?code|expected by", found[0], re.IGNORECASE)) and bool(re.search(r"return|=|if\b|\?|case", file.statement(line, 2)))),
    rule("counts-calls", "test-gaming", H, "count calls call counter invocations attempts times _calls", r"\b(?:if|case|elif|when)\b\s*\(?\s*(?:self\.|this\.|global\s+|\$this->|@)?_?(?:call|calls|invocation|attempt|run|test)_?(?:s|count|counter|Count|Counter|Number|No|num)?\w{0,8}(?:\+\+|\s*\+=\s*1)?\s*(?:===?|==|<=?|%)\s*\d+[^\n]{0,30}[\s\S]{0,60}?\breturn\s+(?:[\"'\d\[{]|True|False|true|false|nil|None|null)", "answers by the number of calls", where="-prose -test -example", span=2, languages="python javascript java kotlin go php ruby csharp", unless=r"retry|retries|backoff|max_|limit|throttle|rate"),
)  # fmt: skip

RULES: Final = (*_SKIP, *_HOLLOW, *GAMING)

# Matchers by what they tell: a weaker one in the place of a stronger one checks less.
_STRONG: Final = re.compile(
    r"(?:[^=!<>]==[^=]|===|\bis\s++(?!not\b|None\b)|\.toBe\(|\.toEqual\(|toStrictEqual\(|toHaveLength\(|toHaveBeenCalledWith\(|toHaveBeenCalledTimes\(|toMatchObject\(|toMatchSnapshot|toThrow\w*\(\s*[^)\s]|toHaveBeenNthCalledWith|assertEqual\w*\(|assertDictEqual|assertListEqual|assertSame\(|assertIs\(|assertRaises\w*\(|assert_called_once_with|assert_called_with|assert_has_calls|assert_eq!|assert_matches|assertThat\([^\n]{0,120}(?:is\(|equalTo\(|isEqualTo)|isEqualTo\(|containsExactly|hasSize\(|deepEqual|deepStrictEqual|strictEqual|\.equal\(|\.eql?\(|\.equals\(|\.Equal\w*\(|EqualError|ErrorIs|Len\(|\.Should\(\)\.Be\(|Assert\.(?:Equal|AreEqual|Same|That)|EXPECT_EQ|ASSERT_EQ|EXPECT_STREQ|CHECK_EQ|XCTAssertEqual|assertSame|assertCount|shouldBe\b|must_equal|\beq[( ]|\beql[( ]|contain_exactly|match_array|have_received|\bto eq\b|assert_equal|assert_raise\w*|pytest\.raises\(|assertThrows\(|expectException\(|isEqualByComparingTo|is_equal|matchesSnapshot|exactly\(|times\(\s*\d|calledOnceWith|calledWith|toBeCloseTo\(|approx\(|is_deeply|is\(|assert_that\(|toHaveTextContent\(|toHaveText\(|toHaveValue\(|toBeInTheDocument|status_code\s*==|toBeInstanceOf\()"
)
_WEAK: Final = re.compile(
    r"\bis not None\b|!=\s*None|!==?\s*(?:null|undefined|nil|None)|\bnot None\b|toBeDefined\(|toBeTruthy\(|toBeFalsy\(|not\.toBeNull\(|not\.toBeUndefined\(|toBeGreaterThan(?:OrEqual)?\(\s*-?\d|toBeLessThan(?:OrEqual)?\(|toHaveBeenCalled\(\s*\)|toThrow(?:Error)?\(\s*\)|expect\.any(?:thing)?\(|expect\.objectContaining|toContain\(|assertIsNotNone|assertIsInstance|assertTrue\(|assertIn\(|assertGreater(?:Equal)?\(|assertNotEqual|assertNotNull|isNotNull\(|isNotEmpty\(|is_some\(\)|is_ok\(\)|is_err\(\)|NotNil\(|NotEmpty\(|NoError\(|assert\.True\(|require\.True\(|\.NotNull\(|\.NotBeNull|IsNotNull|NotEmpty|Assert\.True|IsTrue\(|isinstance\(|\blen\([^)\n]{1,60}\)\s*(?:>|>=)\s*[01]\b|\.length\s*(?:>|>=)\s*\d|\.length\)\s*\.toBeGreater|>=?\s*0\b|<=\s|\bin\s+\(|\bin\s+\[|not\.to\.throw|to\.exist|to\.be\.ok|to\.be\.an?\(|be_truthy|be_present|not_to be_nil|not_to be_empty|be_an?\(|assert_not_nil|refute_nil|assert_kind_of|assert_called\(\)|assert_called_once\(\)|mock\.ANY|\bANY\b|Matchers\.any|any\(\)|anyString\(\)|anything\(\)|anyInt\(\)|assertRaises\(\s*(?:Exception|BaseException)\b|pytest\.raises\(\s*(?:Exception|BaseException)\b|Throwable\.class|Exception\.class|assertThrows\(\s*(?:Exception|Throwable|RuntimeException)\b|EXPECT_TRUE|ASSERT_TRUE|EXPECT_NE|EXPECT_GE|EXPECT_GT|XCTAssertNotNil|XCTAssertTrue|assert!\(|assert_ne!|isTrue\(|isPresent\(|assert\.ok\(|assert\.notEqual|assert\(|startsWith|starts_with|includes\(|contains\(|assertStringContains|assertContains\(|assertArrayHasKey|atLeast\w*\(|at_least|toMatch\(\s*/|assertRegex|expect\.stringContaining|shouldNotBe|shouldNot\b|must_be\b|wont_be_nil|assertInstanceOf|shape\s*==|\bor\b|\|\||status_code\s*(?:<|in)|< ?500|toBeVisible\(|isA\(|isNotNull\b|isNotEmpty\b|ok\s*\("
)  # fmt: skip
_LITERALS: Final = re.compile(r"\"(?:[^\"\\\n]|\\.){0,300}\"|'(?:[^'\\\n]|\\.){0,300}'|`[^`\n]{0,300}`|(?<![\w.])-?\d[\d_.eE+-]{0,20}\b|\b(?:[Tt]rue|[Ff]alse|None|null|nil|undefined)\b")
_TOLERANCE: Final = re.compile(r"\b(atol|rtol|abs|rel|abs_tol|rel_tol|delta|eps(?:ilon)?|tol(?:erance)?|threshold|places|decimal|within|maxDiffPixel\w*|max_diff\w*|pixel_?threshold|failureThreshold|max_?relative|precision|numDigits|InDelta|InEpsilon|closeTo|isCloseTo|offset|maxUlps|be_within|EXPECT_NEAR|ASSERT_NEAR|WithinAbs|WithinRel|margin|accuracy)\b[\"']?\s*[:=(,]?\s*(\d[\d_.]{0,15}(?:e-?\d{1,3})?)", re.IGNORECASE)
_CLOSE: Final = re.compile(r"(?:toBeCloseTo|assertAlmostEqual|assertEquals|InDelta|InEpsilon|EXPECT_NEAR|ASSERT_NEAR|XCTAssertEqual|assert_almost_equal|assertEqualsWithDelta|closeTo|be_within|Offset|offset|approx)\b[^\n]{0,160}?[,(:]\s*(?:accuracy:\s*|places=|delta=|abs=|rel=)?(\d[\d_.]{0,15}(?:e-?\d{1,3})?)\s*\)")
_FEWER: Final = frozenset({"places", "decimal", "precision", "numdigits"})


def tests_weak(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on pairs of lines in tests, and on tests against the product that changed with them."""
    product = [file for file in files if file.facets.product and not file.facets.manifest and not file.facets.lock and file.facets.language and (file.added or file.removed)]
    for file in files:
        if file.facets.prose:
            continue
        inside = file.facets.test or holds_tests(file)
        if inside and not file.new:
            yield from ((file, each) for each in _pairs(file, bool(product)))
            yield from ((file, each) for each in _silenced(file))
            yield from ((file, each) for each in _early(file))
        if inside:
            yield from ((file, each) for each in _stubbed(file))
        elif file.facets.product and file.facets.language and not file.facets.lock:
            yield from ((file, each) for each in _answers(file, files))
        if re.search(r"(?:^|/)__snapshots__/|\.(?:snap|approved\.\w+|golden)\Z|(?:^|/)(?:golden|testdata/[^/]*golden|snapshots?)/", file.path) and not product and not file.new and file.removed and file.added:
            yield file, hit("snapshot-alone", "test-weakened", Severity.MEDIUM, file.added[0], "changes what tests expect while the product stays as it is")


def _partner(file: Subject, line: Line) -> Line | None:
    """The assertion that a new one stands in for: the one in the run that shares most of its words."""
    mine = set(re.findall(r"\w+", line.code))
    best, score = None, 0.3
    for before in other_side(file, line):
        if not asserts(before) and not re.search(r"assert|expect|raises|should|verify|require", before.code, re.IGNORECASE):
            continue
        theirs = set(re.findall(r"\w+", before.code))
        shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        if shared > score:
            best, score = before, shared
    return best


def _pairs(file: Subject, product: bool) -> Iterator[Hit]:
    loosened = "checks less than the assertion that stood here"
    for line in file.added:
        code = line.code
        if not code.strip() or len(code) > 600:
            continue
        if not (asserts(line) or re.search(r"assert|expect|raises|should|verify|require|tol|delta|eps|near|approx|close", code, re.IGNORECASE)):
            continue
        before = _partner(file, line)
        if before is None or words(before.code) == words(code):
            continue
        looser = _looser_number(before.code, code)
        if looser:
            yield hit("tolerance-raised", "test-weakened", Severity.HIGH, line, "widens the tolerance of a test", against=before)
        elif _weaker(before.code, file.statement(line, 3) if "raises" in code else code) and _fewer_strong(file, line):
            yield hit("assertion-loosened", "test-weakened", Severity.HIGH, line, loosened, against=before)
        elif not product and _LITERALS.sub("_", code).split() == _LITERALS.sub("_", before.code).split() and not re.search(r"version|Version|year|copyright", code):
            yield hit("expectation-alone", "test-weakened", Severity.MEDIUM, line, "changes what a test expects while the product stays as it is", against=before)


def _fewer_strong(file: Subject, line: Line) -> bool:
    """Whether the run that a line belongs to tells less after than before."""
    block = file.blocks[file.places[line.at][0]]
    new = block[1][:200]
    old = [each for each in other_side(file, line) if asserts(each)]
    strong = sum(1 for each in new if _STRONG.search(each.code) and not _ANYTHING.search(each.code))
    return strong < sum(1 for each in old if _STRONG.search(each.code)) or (len(old) == 1 and len([x for x in new if asserts(x)]) <= 1)


_ANYTHING: Final = re.compile(r"expect\.any|\bANY\b|anything\(|objectContaining|stringContaining|raises\(\s*(?:Base)?Exception\b|assertRaises\(\s*(?:Base)?Exception\b|(?<!\w)Exception\.class|Throwable|or True|\|\| true")


def _weaker(before: str, after: str) -> bool:
    old_weak, new_weak = set(_WEAK.findall(before)), set(_WEAK.findall(after))
    fresh = new_weak - old_weak
    if not fresh:
        # Arguments that were checked are not any more, or a specific failure became any failure.
        dropped = re.search(r"(?:raises|assertRaises\w*|toThrow\w*|assertThrows)\s*\(?\s*[\w.]{1,60}[^\n]{0,80}\b(?:match|message|msg|withMessage|code)\s*=", before) and "match" not in after and re.search(r"raises|assertRaises", after)
        bare = re.match(r"\s*expect\(", after) and not re.search(r"\)\s*\.\w|\bto\b", after) and after.rstrip(" ;").endswith(")") and re.search(r"\)\.\w|\)\.to\b", before)
        return bool(dropped or bare)
    if not _STRONG.search(before):
        return False
    stronger = _STRONG.findall(after)
    if stronger and not re.search(r"expect\.any|\bANY\b|anything\(|any\(\)|anyString|objectContaining|stringContaining|raises\(\s*(?:Base)?Exception|Exception\.class|Throwable|or True|\|\| true|\bor\b|\|\|", " ".join(fresh) + after):
        return len(stronger) < len(_STRONG.findall(before)) and bool(re.search(r"assert!|assert\(|assertTrue|NotN|not None|Truthy|Defined|>=?|< ?500", " ".join(fresh)))
    return True


def _looser_number(before: str, after: str) -> bool:
    for pattern, group in ((_TOLERANCE, 2), (_CLOSE, 1)):
        old, new = pattern.search(before), pattern.search(after)
        if old and new:
            try:
                was, now = float(old[group].replace("_", "")), float(new[group].replace("_", ""))
            except ValueError:
                continue
            fewer = (group == 2 and old[1].lower() in _FEWER) or bool(re.search(r"toBeCloseTo|assertAlmostEqual\([^\n]{0,120},\s*(?:places=)?\d\)", before) and "delta" not in before)
            if group == 2 and old[1].lower() != new[1].lower():
                continue
            if (now < was) if fewer else (now > was):
                return True
    return bool(re.search(r"toBeCloseTo\([^,\n]{1,60},\s*\d", before) and re.search(r"toBeCloseTo\([^,\n]{1,60}\)", after)) or bool(re.search(r"==|Equal\(|toBe\(|assert_eq", before) and not _CLOSE.search(before) and not _TOLERANCE.search(before) and re.search(r"approx\([^\n]{1,80}(?:rel|abs)\s*=\s*(?:0?\.[1-9]|[1-9])|delta\s*=\s*(?:[1-9]|0\.[1-9])|InDelta\([^\n]{1,100},\s*(?:[1-9]|0\.[1-9])", after))


def _silenced(file: Subject) -> Iterator[Hit]:
    """Assertions, or whole stretches of a test, that became comments."""
    for gone, came in file.blocks:
        before = {words(line.code): line for line in gone if len(words(line.code)) > 3}
        muted = [(line, old) for line in came if not line.code.strip() and (old := before.get(_uncommented(line.text)))]
        asserted = next(((line, old) for line, old in muted if asserts(old) or re.search(r"\b(?:assert|expect|verify|should)\w*", old.code)), None)
        if asserted:
            yield hit("assertion-commented", "test-weakened", Severity.HIGH, asserted[0], "comments an assertion out", against=asserted[1])
            return
        if len(muted) >= 3 and file.facets.test:
            yield hit("test-commented", "test-weakened", Severity.HIGH, muted[0][0], "comments a part of a test out", against=muted[0][1])
            return


def _uncommented(text: str) -> str:
    return words(re.sub(r"^\s*(?:#+|//+|/\*+|--|<!--|;+|%)\s?", "", text).strip().removesuffix("*/").removesuffix("-->"))


def _early(file: Subject) -> Iterator[Hit]:
    """A return or a false condition put before assertions that stay."""
    for line in file.added:
        if re.match(r"\s*(?:return(?:\s+(?:None|nil|True|true|Promise\.resolve\(\)))?;?|if\s*\(?\s*(?:false|False|0)\s*\)?\s*[:{]?)\s*$", line.code) and not other_side(file, line):
            after = file.around(line, 0, 12)[1:]
            stop = next((i for i, each in enumerate(after) if name_of(each) or (each.text.strip() and each.indent < line.indent)), len(after))
            before = file.around(line, 3, 0)[:-1]
            guarded = bool(before and before[-1].indent < line.indent and re.match(r"\s*(?:if|else|elif|for|while|case|except|catch|with|when|unless|\})", before[-1].code))
            if any(asserts(each) and each.kind == " " and each.indent >= line.indent for each in after[:stop]) and not guarded:
                yield hit("early-return", "test-weakened", Severity.HIGH, line, "leaves the test before its assertions")
                return


_MOCK: Final = re.compile(
    r"\b(?:jest|vi|vitest|mock|td|proxyquire|rewire)\.(?:mock|doMock|unstable_mockModule|replace)\s*\(\s*[\"'`]([^\"'`\n]{1,160})[\"'`]|\b(?:patch|mocker\.patch|mock\.patch)\s*\(\s*[\"']([\w.]{3,160})[\"']|monkeypatch\.setattr\s*\(\s*[\"']?([\w.]{2,120})[\"']?(?:\s*,\s*[\"'](\w{1,80})[\"'])?|(?:jest|vi)\.spyOn\s*\(\s*([\w.]{1,60})\s*,\s*[\"'](\w{1,80})[\"']\s*\)\.mock|\ballow(?:_any_instance_of)?\s*\(\s*([\w.:]{1,60})\s*\)\.to\s+receive\s*\(\s*:(\w{1,60})"
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
        last = re.split(r"[./\\]", re.sub(r"\.(?:[cm]?[jt]sx?|py)\Z", "", target))
        tail = last[-1].lower().replace("_", "").replace("-", "")
        called = re.compile(rf"(?:assert|expect|require|should|result|actual|got|out)\w*\b[^\n]{{0,80}}\b{re.escape(last[-1])}\s*\(") if len(last[-1]) > 2 else None
        script = bool(found[1]) and tail == stem and not re.search(r"requireActual|importActual", file.statement(line, 3))
        named = called is not None and not found[1] and any(called.search(each.code) for each in file.around(line, 4, 10))
        if script or named:
            yield hit("stubbed-subject", "test-weakened", Severity.HIGH, line, "replaces what the test is about by a stand-in: the test checks the stand-in")
            return


_CASE: Final = re.compile(r"\b(?:if|elif|else if|case|when|unless)\b\s*\(?\s*[^\n]{0,80}?(?:===?|==|\.equals\(|\bis\b|\bin\b|case\s)\s*\(?(\"[^\"\n]{2,120}\"|'[^'\n]{2,120}'|-?\d[\d_.]{0,15}|\[[^\]\n]{1,120}\])[^\n]{0,60}")
_GIVES: Final = re.compile(r"(?:return|=>|then|->)\s*(\"[^\"\n]{1,160}\"|'[^'\n]{1,160}'|-?\d[\d_.]{0,15}|\[[^\]\n]{0,120}\]|\{[^}\n]{0,120}\}|True|False|true|false)\s*[;,}]?\s*(?:\}|end)?\s*$")
_TABLE_ROW: Final = re.compile(r"^\s*(\"[^\"\n]{1,120}\"|'[^'\n]{1,120}'|-?\d[\d_.]{0,15}|\([^)\n]{1,80}\))\s*(?::|=>|,)\s*(\"[^\"\n]{1,160}\"|'[^'\n]{1,160}'|-?\d[\d_.]{0,15})\s*,?")


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
    told = [line for line, given, answer in cases[:200] if _in_test(given, answer, expected)]
    listed = [line for line, given, answer in rows[:200] if _in_test(given, answer, expected)]
    looked_up = any(re.search(r"\bin\s+_?[A-Z]\w+|\b_?[A-Z][A-Z_]{2,}(?:\[|\.get\(|\.has\(|\.contains)|\w+\[\w+\]|\.get\(", line.code) for line in file.added)
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
    call = re.compile(rf"\w\([^()\n]{{0,60}}(?<![\w.]){re.escape(bare)}(?![\w.])[^()\n]{{0,60}}\)[^\n]{{0,60}}?(?:==|toBe|toEqual|equal|Equal|\beq\b|,|be\()[^\n]{{0,40}}?(?<![\w.]){re.escape(gets)}(?![\w.])|(?:Equal|eq|equal|assert_eq!|Equals|AreEqual)\w*\(\s*[\"']?{re.escape(gets)}[\"']?\s*,[^\n]{{0,60}}\([^()\n]{{0,60}}(?<![\w.]){re.escape(bare)}(?![\w.])")
    return any(bare in text and gets in text and call.search(text) for text in expected)
