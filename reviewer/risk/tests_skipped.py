"""Rules on tests that are taken out of the run, or run alone: one row a language, with its frameworks.

What must stay true: a skip for a platform, or for what a machine may lack, is no finding.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.naming import ATTRIBUTE, asserts, name_of
from reviewer.risk.subject import Line, Subject, words
from reviewer.risk.table import H, rule

_PLATFORM: Final = re.compile(
    r"platform|sys\.version|version_info|os\.name|GOOS|GOARCH|win32|windows|darwin|mac\s?os|linux|posix|freebsd"
    r"|\barm\b|\bx86|importlib|find_spec|importorskip|shutil\.which|which\(|LookPath|HAS_\w+|has_\w+|hasattr"
    r"|_available|_installed|not installed|isn't installed|available\b|\bcuda|\bgpu|\bdocker|testing\.Short"
    r"|\bshort\b|requires?\b|OnOs|OnJre|EnabledIf|DisabledIf|process\.platform|RUBY_PLATFORM|RUBY_ENGINE|RUBY_VERSION|\bjruby"
    r"|PHP_OS|PHP_VERSION|DIRECTORY_SEPARATOR|extension_loaded|root\b|geteuid|getuid|capabilit|kernel|\bnetwork\b|INTEGRATION|E2E_"
    r"|RUN_\w+|LIVE_|credentials|API_KEY|os\.Getenv|os\.environ|process\.env|browserName|isMobile|node_version"
    r"|nodeVersion|process\.version|python_version|TypeScript version|numpy|torch|sqlite_version|supports_?\w*"
    r"|feature\(|cfg\(",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"\b(?:throw|raise)\s+(?:new\s+)?\w*Skip\w*\s*\(|\bmarkTestSkipped\s*\(|\b[tb]\.Skip(?:f|Now)?\s*\(")
# A test that passes when nothing is thrown says so in these words.
_MUST_NOT_THROW: Final = re.compile(r"expectNotToPerformAssertions|DoesNotPerformAssertions|doesNotPerformAssertions", re.IGNORECASE)
_OUT_OF_RUN: Final = "takes a test out of the run"


def _unconditioned(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a skip holds everywhere: neither for a platform nor for something that a machine may lack."""
    text = line.text
    if re.search(r"[\w)\"'\]]\s+(?:if|unless)\s", text) and _PLATFORM.search(text) and file.facets.language == "ruby":
        return False
    if any(_BARE.search(each.code) for each in file.against(line)) and _BARE.search(text):
        return False  # it was left out before, in other words
    if "__test__" in text and not file.facets.test:
        return False
    if "xfail(" in text and re.search(r"platform|os\.name|version_info|sys\.version", text):
        return False
    if re.search(
        r"skip_?if|skipUnless|skip_unless|runIf|run_if|if:\s|unless:\s|assum|When\(|Condition|OnOs|OnJre"
        r"|If[A-Z]?\w*\(",
        text, re.IGNORECASE) and _PLATFORM.search(text) and not re.search(r"[(,]\s*(?:True|true|1|false|False|0)\s*[,)]|\bCI\b", text):
        return False
    if re.search(r"skip_?if|skipUnless|skip_unless|runIf|assum\w+", text, re.IGNORECASE) and not re.search(r"\(\s*(?:True|true|1|!true|False|false|0|not\s+True|condition=True)\s*[,)]|\bCI\b|GITHUB_ACTIONS", text):
        statement = file.statement(line, 3)
        if _PLATFORM.search(statement) or ("(" in text and not re.search(r"\(\s*(?:True|true|1)\b", statement)):
            return False
    if re.match(
        r"\s*(?:t|b|tb|f|s\.T\(\)|suite\.T\(\))\.Skip|\s*(?:pytest\.skip|self\.skipTest|skip\s*\(?|GTEST_SKIP"
        r"|raise\s+\w*Skip|throw\s+\w*Skip|test\.skip\(\)|this\.skip|ctx\.skip|context\.skip|pending|markTestSkipped"
        r"|\$this->markTest|(?:throw\s+)?self::markTest|static::markTest|Assume|Assert\.(?:Ignore|Inconclusive)|XCTSkip|Skip\.)", text):
        above = file.around(line, 4, 0)[:-1]
        for each in reversed(above):
            if each.indent < line.indent or re.match(r"\s*(?:if|unless|except|catch|rescue|case|when|guard|\}?\s*else)\b", each.text):
                return not (re.match(r"\s*(?:\}?\s*(?:if|unless|except|catch|rescue|case|when|guard|else\s+if|elif|else|with))\b", each.text) and (_PLATFORM.search(each.text) or re.search(r"except|catch|rescue|err\b|error|not\s+\w|!\w|== nil|is None|\bnil\b|len\(|class_exists|function_exists|method_exists|instanceof|defined\(|is_callable", each.text)) and not re.search(r"\bCI\b|GITHUB_ACTIONS|if\s*\(?\s*(?:true|True|1)\b", each.text))
    return not (re.search(r"\b(?:if|unless)\b[^\n]{0,80}", text) and _PLATFORM.search(text))


def must_not_throw(file: Subject, line: Line) -> bool:
    """Whether the line closes a test that came, or whose assertions stand elsewhere now: it must get there without throwing."""
    gone = [each for each in file.against(line) if asserts(each)]
    if gone:
        came = {words(each.code) for each in file.added}
        return all(words(each.code) in came for each in gone)
    steps = 0
    for above in reversed(file.around(line, 40, 0)[:-1]):
        if name_of(above) or ATTRIBUTE.match(above.text) or re.match(r"\s*(?:public\s+)?(?:async\s+)?(?:function|fun|func|def|void)\b", above.code):
            return above.kind == "+"
        steps += bool(above.code.strip(" {};"))
    return steps > 0 and file.new


RULES: Final = (
    rule("skip-python", "test-weakened", H,
        "skip xfail skipif skiptest skipunless expectedfailure skipped nottest skiptestcase __test__ disabled "
        "unittest",
         r"@(?:pytest\.)?mark\.(?:skip|xfail|skipif)\b|pytestmark\s*=\s*[^\n]{0,60}\.(?:skip|xfail|skipif)"
         r"|\bpytest\.(?:skip|xfail)\s*\(|marks\s*=\s*\[?\s*pytest\.mark\.(?:skip|xfail)"
         r"|@(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b|\.skipTest\s*\("
         r"|raise\s+(?:unittest\.|case\.|nose\.)?(?:SkipTest|Skipped)\b|@nottest\b|__test__\s*=\s*False"
         r"|#\s*doctest:\s*\+SKIP",
         _OUT_OF_RUN, where="", languages="python", check=_unconditioned, on="text", unless=r"^\s*#\s*+(?!doctest)"),
    rule("skip-script", "test-weakened", H,
        "skip only todo fixme xit xdescribe xtest xcontext fit fdescribe fcontext ftest failing fails "
        "skipif runif pending ignore concurrent each serial slow settimeout xspecify iit ddescribe fail",
         r"(?<![\w.])(?:it|test|describe|context|suite|specify|bench|Deno\.test|test\.describe|scenario|fixture"
         r"|testset|step)(?:\.\w{1,20}){0,3}\.(?:skip|only|todo|fixme|fail|failing|fails|skipIf|runIf"
         r"|ignore)\b\s*(?:\.\w{1,20}\s*)?[(`]|^\s*(?:xit|xdescribe|xtest|xcontext|xspecify|fit|fdescribe|fcontext"
         r"|ftest|ddescribe|iit)\s*[(`]|\bthis\.skip\s*\(|(?:ctx|context|t)\.skip\s*\("
         r"|\b(?:ignore|skip|only|todo)\s*:\s*true|^\s*pending\s*\("
         r"|^\s*(?:it|test)\s*\(\s*[\"'`][^\"'`\n]{1,200}[\"'`]\s*\)\s*;?\s*$|\btest\.setTimeout\(\s*0"
         r"|\.serial\.skip\(",
         "takes a test out of the run, or runs it alone", where="", languages="javascript dart", check=_unconditioned),
    rule("skip-go", "test-weakened", H,
        "skip skipf skipnow pit xit pdescribe xdescribe fit fdescribe pcontext xcontext fcontext fwhen "
        "pwhen pending focus pentry fentry measure",
         r"\b(?:t|b|tb|f|s\.T\(\)|suite\.T\(\)|st|tt)\.Skip(?:f|Now)?\s*\("
         r"|^\s*(?:[PFX](?:It|Describe|Context|Specify|When|Entry|DescribeTable|Measure))\s*\(|^\s*Skip\s*\("
         r"|^\s*(?:Pending|Focus)\s*,|,\s*(?:Pending|Focus)\s*[,)]|GinkgoT\(\)\.Skip",
         _OUT_OF_RUN, where="test", languages="go", check=_unconditioned),
    rule("skip-jvm", "test-weakened", H,
        "ignore disabled disabledif disabledonos enabled assumetrue assumefalse assumethat skipexception "
        "xtest xit xdescribe config abort pending ignored assume pendinguntilfixed tag taggedas cancel "
        "testabortedexception assumptionviolatedexception xcontext xthen xshould xgiven xfeature xscenario "
        "flakytest requires false+test",
         r"(?:^|@Test\b[^\n]{0,40})\s*@(?:Ignore|Disabled|Ignored|PendingFeature|IgnoreRest|IgnoreIf|Requires|DisabledIf\w*|EnabledIf\w*"
         r"|DisabledInNativeImage|DisabledUntil|FlakyTest)\b|@Test\s*\([^)\n]{0,100}enabled\s*=\s*false"
         r"|\bassume(?:True|False|That)\s*\(\s*(?:\"[^\"\n]{0,80}\"\s*,\s*)?(?:true|false)\b|Assumptions\.abort"
         r"|throw\s+(?:new\s+)?(?:SkipException|AssumptionViolatedException|TestAbortedException|PendingException)"
         r"|^\s*(?:xtest|xit|xdescribe|xcontext|xshould|ignore|xfeature|xscenario|xgiven|xthen)\s*[(\"]"
         r"|\.config\s*\([^)\n]{0,60}enabled\s*=\s*false|\benabled\s*=\s*false\s*\)\s*\{"
         r"|^\s*(?:pending|cancel\(\))\s*$|^\s*\"[^\"\n]{1,200}\"\s+(?:ignore|taggedAs\s+Ignore)|\.ignore\b"
         r"|pendingUntilFixed|^\s*test\(\"[^\"\n]{1,200}\"\.ignore|\bignore\(\"",
         _OUT_OF_RUN, where="test", languages="java kotlin scala groovy", check=lambda file, line, found: (_unconditioned(file, line, found) and not re.search(r"@(?:Requires|IgnoreIf|EnabledIf\w*|DisabledIf\w*)", found[0])) or bool(re.search(r"EnabledIf\w*\(\s*\"false|DisabledIf\w*\(\s*\"true|@IgnoreIf\(\{\s*true|\bCI\b", line.text))),
    rule("skip-dotnet", "test-weakened", H, "skip ignore explicit inconclusive fact theory assert activeissue quarantinedtest skipon fails",
        r"^\s*\[(?:ActiveIssue|QuarantinedTest|FailsOn\w*|SkipOn(?!Platform)\w*)\b"
        r"|\[(?:\w+,\s*)?(?:Fact|Theory|TestCase|InlineData|SkippableFact"
        r"|SkippableTheory)\s*\([^)\n]{0,200}\b(?:Skip|Ignore|IgnoreReason|Explicit)\s*="
        r"|\[(?:Ignore|Explicit|Skip)\b|\bAssert\.(?:Ignore|Inconclusive|Pass|Skip)\s*\("
        r"|\bSkip\.(?:If|IfNot|Always)\s*\(\s*(?:true|false)|\.Ignore\s*\(\s*\"",
        _OUT_OF_RUN, where="test", languages="csharp",
        check=lambda file, line, found: not ("[" in found[0][:40] and "Platform" in line.text and re.search(r"https?:|\"[^\"]{8,}", line.text)) and _unconditioned(file, line, found)),
    rule("skip-rust", "test-weakened", H,
        "ignore should_panic cfg",
        r"#\[\s*ignore\b|#\[\s*cfg_attr\s*\(\s*(?:all\(\)|not\(any\(\)\)|test)\s*,\s*ignore"
        r"|#\[cfg\(\s*(?:any\(\)|FALSE|never|disabled\w*|feature\s*=\s*\"(?:never|disabled|broken)\w*\")\s*\)\]",
        _OUT_OF_RUN, where="", languages="rust"),
    rule("skip-ruby", "test-weakened", H,
        "skip pending xit xdescribe xcontext xspecify fit fdescribe fcontext focus xscenario fspecify xtest "
        "xexample omit ffeature xfeature fscenario broken",
         r"^\s*(?:skip|pending|omit)\b(?:\s*[\"'(]|\s*$|\s+if\s+ENV\[)"
         r"|^\s*(?:xit|xdescribe|xcontext|xspecify|xscenario|xexample|xfeature|fit|fdescribe|fcontext|fspecify"
         r"|ffeature|fscenario)\b\s*[\"'(]|,\s*(?::(?:skip|pending|focus)\b"
         r"|(?:skip|pending|focus|broken)\s*:\s*(?:true|[\"'])|:(?:skip|pending|focus)\s*=>)",
         "takes a test out of the run, or runs it alone", where="test", languages="ruby", check=_unconditioned),
    rule("skip-php", "test-weakened", H,
        "skip marktestskipped marktestincomplete todo only skiponci requires expectnottoperformassertions "
        "doesnotperformassertions doesnotperform group xtest xit",
        r"markTest(?:Skipped|Incomplete)\s*\(|->(?:skip|todo|skipOnCi)\s*\(\s*(?:\)|[\"'])|->only\s*\(\s*\)"
        r"|^\s*\*?\s*@doesNotPerformAssertions|expectNotToPerformAssertions\s*\(|#\[DoesNotPerformAssertions\]"
        r"|^\s*(?:xit|xtest)\s*\(|^\s*todo\s*\(|@group\s+(?:skip|disabled|broken|flaky)"
        r"|#\[Group\(\s*['\"](?:skip|disabled|broken)",
        _OUT_OF_RUN, where="test", languages="php",
        check=lambda file, line, found: not must_not_throw(file, line) if _MUST_NOT_THROW.search(found[0]) else _unconditioned(file, line, found)),
    rule("skip-elixir", "test-weakened", H, "skip tag moduletag describetag focus pending",
        r"@(?:module|describe)?tag\s*\(?\s*(?::(?:skip|pending|focus|exclude|wip|broken)\b"
        r"|\[?\s*(?:skip|pending|focus)\s*:)", _OUT_OF_RUN, where="test", languages="elixir"),
    rule("skip-swift", "test-weakened", H,
        "skip xctskip disabled xctskipif xctskipunless fit xit xcontext pending bug xctexpectfailure "
        "withknownissue xdescribe fcontext fdescribe",
        r"\bXCTSkip(?:If|Unless)?\s*\(|\.disabled\s*\(\s*(?:\)|\"|if\s*:)|\bXCTExpectFailure\s*\(|\bwithKnownIssue\b"
        r"|^\s*(?:xit|xdescribe|xcontext|fit|fdescribe|fcontext|pending)\s*\("
        r"|\bfunc\s+(?:DISABLED_|disabled_|skip_|x|_)test\w*\s*\(",
        _OUT_OF_RUN, where="test", languages="swift c", check=_unconditioned),
    rule("skip-c", "test-weakened", H,
        "disabled_ disabled gtest_skip skip hide mayfail shouldfail should_fail may_fail ignore test_ignore "
        "test_ignore_message ck_skip test_case",
        r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST)\s*\([^)\n]{0,80}\bDISABLED_|\bGTEST_SKIP\s*\(|^\s*SKIP\s*\("
        r"|TEST_CASE\s*\([^)\n]{0,160}\[(?:\.|!mayfail|!shouldfail|hide)|doctest::(?:skip|may_fail|should_fail)"
        r"|boost::unit_test::disabled|TEST_IGNORE(?:_MESSAGE)?\s*\(|INSTANTIATE_TEST_SUITE_P\s*\(\s*DISABLED_",
        _OUT_OF_RUN, where="", languages="c", check=_unconditioned, flags=0),
    rule("skip-other", "test-weakened", H,
        "skip todo_skip skip_all pending xit test_skip test_broken pendingwith skip_on_ci skip_on_cran wip "
        "ignore disabled skipped notrun exclude_test will_fail disabled_test knownbug xdescribe todo flaky "
        "manual",
         r"^\s*(?:skip\s+(?:[\"'$]|\d)|skip\s*$)|\b(?:plan\s+skip_all|todo_skip|SKIP:\s*\{|TODO:\s*\{)"
         r"|@test_(?:skip|broken)\b|\bpendingWith\b|^\s*(?:xit|xdescribe|pending)\s*[(\"]|\bskip_on_(?:ci|cran)\s*\("
         r"|^\s*skip\s*\(\s*\"|^\s*@(?:wip|skip|ignore|pending|disabled|manual|quarantine|flaky)\b"
         r"|\[Tags\][^\n]{0,80}\bskip|^\s*Skip\s{2,}|\bskip\s*:\s*(?:true|['\"])|@Skip\s*\("
         r"|set_tests_properties[^\n]{0,160}(?:WILL_FAIL|DISABLED)\s+(?:TRUE|ON|1)",
         _OUT_OF_RUN, where="test", languages="shell perl julia haskell lua r dart  make  elixir nix ", check=_unconditioned, on="text"),
    rule("skip-feature", "test-weakened", H, "wip skip ignore pending disabled manual quarantine flaky", r"^\s*@(?:wip|skip|ignore|pending|disabled|manual|quarantine|flaky)\b", _OUT_OF_RUN, where="test", check=lambda file, line, found: file.path.endswith(".feature"), on="text"),
)  # fmt: skip
