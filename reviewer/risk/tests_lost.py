"""Rules on tests that go: a named test that stands nowhere afterwards, assertions and table rows, tests left out of the run.

What must stay true: a test that moved, was renamed, was merged into parameters, or went together with what it tested,
is not lost; names and bodies are looked for in the whole change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.diff import FileStatus
from reviewer.model.finding import Severity
from reviewer.risk.facets import facets
from reviewer.risk.naming import ATTRIBUTE, Test, asserts, holds_tests, inline, name_of, tests
from reviewer.risk.subject import Hit, Line, Subject, hit, names_more, words
from reviewer.risk.table import H, News, other_side, rule

_OUT: Final = "leaves tests out of the run: what they guard is no longer checked"


def _excludes(file: Subject, found: re.Match[str]) -> bool:
    """Whether a list of exclusions belongs to a test runner and names more than what no test stands in."""
    if "exclude" not in found[0].lower() or ":" not in found[0] or file.facets.language not in ("javascript", "json", "jsonc"):
        return True
    if not re.search(r"(?:vitest|jest|playwright|karma|cypress|vite|mocha|wdio)[\w.-]*\Z", file.path):
        return False
    named = re.findall(r"[\"'`]([^\"'`\n]{2,120})[\"'`]", found[0] + found.string[found.end() : found.end() + 200])
    return any(not re.search(r"node_modules|dist\b|build\b|coverage|e2e|\.next|cypress|playwright|config", each) for each in named)


RULES: Final = (
    rule("tests-deselected", "test-removed", H,
        "dskiptests dskip dmaven dskipits ignore deselect pytest addopts collect_ignore collect_ignore_glob "
        "testpathignorepatterns exclude excludes skiptests skip skipits excludetestsmatching excludetags "
        "excludegroups excludedgroups filter grep gradle gradlew exunit mix ctest usejunitplatform "
        "tag+rspec tag+~ istestproject compile tests+enabled",
         r"--ignore(?:-glob)?[= ][\"']?[\w./*-]*test|--deselect[= ]"
         r"|\bpytest\b[^\n]{0,160}\s-[km]\s*[=]?[\"']?\s*[\"']?not\s"
         r"|addopts[^\n]{0,160}(?:-[km]\s*[\\]?[\"']not|--ignore|--deselect)"
         r"|\bcollect_ignore(?:_glob)?\s*(?:=|\+=|\.)"
         r"|testPathIgnorePatterns[\"']?\s*:\s*\[[^\]\n]{0,200}(?!node_modules|dist|build)[\w/-]{0,60}(?:test|spec"
         r"|src|e2e)"
         r"|<(?:skipTests|skip|maven\.test\.skip|skipITs)>\s*true|--exclude-group|--exclude[= ]\S{0,60}test"
         r"|\bgradlew?\b[^\n]{0,120}\s-x\s+\w*[tT]est|cargo\s+test\b[^\n]{0,120}(?:--exclude|--skip)\s"
         r"|--tag\s+[\"']?~|--grep\s+[\"'][^\"'\n]{1,60}[\"']\s+--invert|-skip[= ][\"']?Test|excludeTestsMatching"
         r"|--test-skip|\bmix\s+test\b[^\n]{0,80}--exclude|ExUnit\.(?:start|configure)[\s(][^\n]{0,80}exclude:(?:\s*\[[^\]\n]{0,300})?"
         r"|--filter\s+[\"']?(?:FullyQualifiedName|Category|TestCategory|Name)!|excludeTags|<exclude(?:dGroups|s)?>"
         r"|--exclude-tags|ctest\b[^\n]{0,80}\s-(?:E|LE)\s|(?<!\w)test\.exclude"
         r"|useJUnitPlatform[^\n]{0,60}excludeTags|-Dskip(?:ITs|UTs|UnitTests|IntegrationTests)\b|-Dsurefire\.skip|-D[\w.]{0,40}tests?[._]?enabled=false|--skip-tests\b"
         r"|<Compile\s+Remove=\"[^\"\n]{0,60}Tests?\W|<IsTestProject>\s*false|--exclude-pattern\b",
         _OUT, where="-prose -example", unless=
             r"semgrep|codeql|bandit|trivy|--ignore(?:-glob)?[= ]\S{0,30}(?:bench|perf|docs|examples)|node_modules[\"'/]*\s*\]?\s*,?$"
             r"|--exclude-group\s+(?:slow|flaky)?$", key="line", check=lambda file, line, found: names_more(file, line, found.string[found.start() :])),
    rule("tests-excluded", "test-removed", H,
        "exclude doctest enabled build norecursedirs mocha test+false testignore excludespecpattern "
        "modulepathignorepatterns skippedtests ignore",
        r"^\s*(?:exclude\s*(?:\(|[\"'])[^\n]{0,80}(?:Test|Spec|test)|test\s*=\s*false|doctest\s*=\s*false"
        r"|enabled\s*=\s*false|//go:build\s+(?:ignore|never|skip|disabled)|//\s*\+build\s+(?:ignore|never))"
        r"|\btest\.enabled\s*=\s*false|tasks\.(?:withType<Test>|test)[^\n]{0,40}enabled\s*=\s*false"
        r"|\b(?:testIgnore|excludeSpecPattern|modulePathIgnorePatterns)[\"']?\s*[:=]\s*\[?\s*[\"'`/]|^\s*exclude\s*:\s*\[[^\]\n]{0,200}(?:test|spec|src|\*)[^\]\n]{0,100}|^\s*<exclude>[^<\n]{0,80}Test|mocha[^\n]{0,60}--(?:ignore|exclude)|^\s*norecursedirs\s*=[^\n]{0,80}tests",
        _OUT, where="-prose -example",
         check=lambda file, line, found: _excludes(file, found) and (not re.match(r"\s*(?:enabled|test|doctest)\s*=", found[0]) or bool(re.search(r"\[lib\]|\[\[(?:test|bin|bench)\]\]|tasks|Test\b|\btest\b\s*\{", "\n".join(x.text for x in file.around(line, 5, 2))))), on="text"),
    rule("tests-unlisted", "test-removed", H, "add_test mod test tests discover java_test py_test go_test cc_test rust_test sh_test ts_test import suite",
        r"^\s*(?:add_test|gtest_discover_tests|catch_discover_tests|doctest_discover_tests)\s*\("
        r"|^\s*(?:\w+_test|\w+_tests)\s*\(\s*$|^\s*mod\s+(?:tests?|\w+_tests?|test_\w+)\s*;|^\s*test\s*\(\s*'",
        _OUT, side="-", where="-prose -example", check=lambda file, line, found: not file.gone and ("test(" not in found[0].replace(" ", "") or file.path.endswith("meson.build")) and (file.facets.language in ("make", "rust"))),
)  # fmt: skip

_DEFINES: Final = re.compile(
    r"\b(?:def|func|fn|function|class|struct|interface|trait|enum|type|module|object|record|defp?|defmodule"
    r"|macro_rules!|const|let|var|val|sub|protocol"
    r"|extension)\s+(?:\([^)\n]{0,60}\)\s*)?(?:self\.)?([A-Za-z_]\w{2,60})"
    r"|^\s*(?:public|private|protected|internal|static|export|async|final|override"
    r"|abstract)[\w<>\[\], ?.]{1,80}?\s([A-Za-z_]\w{2,60})\s*\("
    r"|^\s*(?:export\s+)?(?:async\s+)?(\w{3,60})\s*(?:=\s*(?:async\s*)?\(|\([^)\n]{0,80}\)\s*\{)"
    r"|(?:route|get|post|put|patch|delete|path|url)\s*\(\s*[\"'`]([^\"'`\n]{2,80})"
)
_PARAMETERS: Final = re.compile(
    r"parametrize|\.each\b|each\(|ParameterizedTest|InlineData|TestCase\(|ValueSource|CsvSource|MethodSource"
    r"|MemberData|DataRow|rstest|#\[case|test_case\(|dataProvider|TestWith|where:|Examples:|cases\b|tests\s*:?="
    r"|table|subTest|for\s+\w+(?:\s*,\s*\w+)*\s+(?:in\b|:=|of\b)|t\.Run\(|INSTANTIATE_TEST|GENERATE\(|shared_examples"
    r"|it_behaves_like|arguments:|@test\w*\s+for", re.IGNORECASE)
_LITERAL: Final = re.compile(r"[\"'`]((?:[^\"'`\\\n]|\\.){2,80})[\"'`]|(?<![\w.])(-?\d[\d_.]{1,15})\b")
_NAME: Final = re.compile(r"[A-Za-z_]\w{2,60}")
_ROW: Final = re.compile(
    r"^\s*(?:\(|\{|\[|pytest\.param\(|param\(|\||#\[case|\[(?:InlineData|TestCase|DataRow|Arguments)\b"
    r"|@(?:TestCase|Case|CsvSource|ValueSource)|arrayOf\(|listOf\(|Arguments\.of\(|arguments\(|of\(|new object\[\]"
    r"|\"[^\"\n]{0,120}\"\s*(?:,|=>|:)|'[^'\n]{0,120}'\s*(?:,|=>|:)|yield\s*\[|-\s+\[|#\[TestWith|test_case!|%\{"
    r"|row\(|&?\w+\{\s*\w*:?)")
_SELF_ROW: Final = re.compile(
    r"^\s*(?:pytest\.param\(|#\[case|\[(?:InlineData|TestCase|DataRow|Arguments)\b|#\[TestWith|#\[test_case"
    r"|@TestCase|Arguments\.of\()")
_COMMON: Final = frozenset({"self", "main", "init", "run", "get", "new", "test", "name", "data", "result", "value", "err"})
_SPENT: Final = re.compile(
    r"(?:\.(?:bak|old|orig|disabled|skip|ignore|off|txt|broken|todo)|_disabled\.\w+|\.disabled\.\w+|_old\.\w+"
    r"|\.skip\.\w+)\Z|(?:^|/)(?:disabled|archive|old|attic|broken|skipped|quarantine|_[a-z]\w*)/", re.IGNORECASE)


def tests_lost(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits over the whole change."""
    suspects = [file for file in files if _may_test(file)]
    if not suspects:
        return
    takers = [file for file in files if file.added and (file.facets.test or (not file.facets.prose and holds_tests(file)))]
    kept = {test.name for file in takers for test in tests(file, "+") if test.line.kind == "+"}
    feature, vanished = _feature(files)
    product = any(file.facets.product and file.facets.language and not file.facets.lock and (file.added or file.removed) for file in files)
    came = " ".join(line.text for file in takers if file.facets.test or file in suspects for line in file.added)[:400_000]
    # Where as many tests come as go and the product changes with them, they may well have been written anew.
    everywhere = sum(1 for file in takers for test in tests(file, "+") if test.line.kind == "+")
    for file in suspects:
        yield from ((file, each) for each in _renamed_away(file))
        gone = [test for test in tests(file, "-") if test.line.kind == "-" and not test.name.startswith("Benchmark")]
        for test in gone:
            test.renamed = any(name_of(each) for each in other_side(file, test.line))
        fresh = [test for test in tests(file, "+") if test.line.kind == "+"]
        lost = [
            test
            for test in gone
            if test.name not in kept and not _lives_on(test, news, came, feature, vanished) and not _respelt(file, test)
        ]
        lost = _not_made_up(lost, gone, fresh, product)
        surplus = len(lost)
        left = next((found for test in gone if test.name in kept and (found := _left_behind(test, takers, news, feature | vanished, product))), None)
        if left is not None:
            yield file, left
        out = [test for test in lost if _taken_out(file, test)]
        if out:
            yield file, hit("test-taken-out", "test-removed", Severity.HIGH, out[0].line, f"takes the test {out[0].name!r} out of the run", against=next(iter(other_side(file, out[0].line)), None))
        elif lost and surplus:
            unpaired = [test for test in lost if not any(name_of(each) for each in other_side(file, test.line))] or lost
            first = unpaired[0]
            if surplus == 1:
                message = f"removes the test {first.name!r}: what it guarded is no longer checked"
            else:
                message = f"removes {surplus} tests, {first.name!r} first: what they guarded is no longer checked"
            severity = Severity.MEDIUM if product and everywhere >= surplus else Severity.HIGH
            yield file, hit("test-removed", "test-removed", severity, None if file.gone else first.line, message)
        elif not gone:
            yield from ((file, each) for each in _bare_removals(file, news, feature))
        if not (lost and surplus) and not file.gone:
            yield from ((file, each) for each in _assertions(file, news, feature | vanished, gone, fresh, product))
            yield from ((file, each) for each in _rows(file, news, feature | vanished, product))


def _not_made_up(lost: Sequence[Test], gone: Sequence[Test], fresh: Sequence[Test], product: bool) -> list[Test]:
    """The lost tests for which no new one came that is about the same; each new one stands for one of them."""
    names = {test.name for test in gone}
    free = [test for test in fresh if test.name not in names]
    # Where the product changes as well, what a test calls may have got other names.
    least = 0.12 if product else 0.3
    left = []
    for test in lost:
        mine = _about(test)
        at = next((index for index, each in enumerate(free) if len(mine) < 3 or len(mine & _about(each)) >= least * len(mine)), None)
        if at is None:
            left.append(test)
        else:
            del free[at]
    return left


def _about(test: Test) -> set[str]:
    """What a test names: the words of its title, what it calls, the values that it uses."""
    text = "\n".join(line.code for line in (test.line, *test.body))
    names = {part.lower() for name in _NAME.findall(text) for part in re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}", name)}
    return (names | {group for found in _LITERAL.finditer(text) for group in found.groups() if group}) - _PLAIN


_PLAIN: Final = frozenset(
    "def func function fun public void self test tests assert equal equals expect should true false none null nil this return const let var new async await the and not".split())


def _left_behind(test: Test, takers: Sequence[Subject], news: News, feature: set[str], product: bool) -> Hit | None:
    """A hit on a test that stands elsewhere under its name and asserts less there."""
    old = [line for line in (test.line, *test.body) if line.kind == "-" and asserts(line)]
    lost = [line for line in old if len(words(line.code)) > 11 and not news.stands(line.text, "+", 1) and not _MERE.search(line.code) and not feature & set(_NAME.findall(line.text))]
    if not lost or test.name == "it" or len(old) != sum(1 for line in test.body if asserts(line)):
        return None
    new = [sum(1 for line in other.body if asserts(line)) for file in takers for other in tests(file, "+") if other.name == test.name and other.line.kind == "+"]
    if len(new) != 1 or new[0] >= len(old) or new[0] == 0 or any(_moved_part(line, file) for line in lost for file in takers):
        return None
    message = f"moves the test {test.name!r} and leaves {'an assertion' if len(lost) == 1 else f'{len(lost)} assertions'} behind"
    return hit("assertions-left", "test-removed", Severity.MEDIUM if product else Severity.HIGH, lost[0], message)


def _may_test(file: Subject) -> bool:
    if file.facets.prose or not (file.removed or file.diff.change.status is FileStatus.RENAMED):
        return False
    return file.facets.test or holds_tests(file)


def _feature(files: Sequence[Subject]) -> tuple[set[str], set[str]]:
    """Names that product code defined and no longer does; and all the names that left code which became shorter."""
    gone: set[str] = set()
    stays: set[str] = set()
    used: set[str] = set()
    left: set[str] = set()
    shorter = 0
    for file in files:
        if file.facets.test or file.facets.lock or (file.facets.prose and not file.facets.example):
            continue
        shorter += len(file.removed) - len(file.added)
        inside = {each.at for test in tests(file, "-") if holds_tests(file) for each in (test.line, *test.body)}
        for line in file.lines:
            if len(line.code) > 400 or line.at in inside:
                continue
            (left if line.kind == "-" else used).update(_NAME.findall(line.text))
            renamed = line.kind == "-" and any(_DEFINES.search(each.code) for each in file.against(line)[:3])
            for found in _DEFINES.finditer(line.code):
                name = next((g for g in found.groups() if g), "")
                if renamed and any(name[:4].lower() == other[:4].lower() for each in file.against(line)[:3] for m in _DEFINES.finditer(each.code) for other in m.groups() if other):
                    continue
                (gone if line.kind == "-" else stays).add(name)
        if file.gone:
            gone.add(re.sub(r"\.\w+\Z", "", file.path.rsplit("/", 1)[-1]))
    defined = {name for name in gone - stays if len(name) > 2 and name not in _COMMON}
    return defined, {name for name in left - used if len(name) > 4} if shorter >= 4 else set()


def _lives_on(test: Test, news: News, came: str, feature: set[str], vanished: set[str]) -> bool:
    """Whether the test stands elsewhere under another name or as a row of a table, or what it tested is gone too."""
    solid = test.solid()
    if solid:
        moved = sum(1 for text in solid if news.stands(text, "+", 1))
        if moved * 2 >= len(solid):
            return True
        held = sum(1 for line in test.body if line.kind == " " and len(words(line.text)) > 8)
        if held * 2 >= len(solid) and held and test.renamed:
            return True
    text = "\n".join(line.text for line in (test.line, *test.body))
    names = set(_NAME.findall(text)) | {part for name in _NAME.findall(text) for part in name.split("_")}
    if feature & names or vanished & names:
        return True
    if _PARAMETERS.search(came):
        literals = {g for found in _LITERAL.finditer("\n".join(line.text for line in test.body)) for g in found.groups() if g}
        if literals and sum(1 for each in literals if each in came) * 2 > len(literals):
            return True
    return False


def _respelt(file: Subject, test: Test) -> bool:
    """Whether a line that came holds the same sentence as its name: a test marked in another way, told by its mark."""
    name = re.escape(test.name[:200])
    quoted = re.compile(rf"[\"'`]{name}" if " " in test.name else rf"\w\s*\([^\"'`\n]{{0,40}}[\"'`]{name}[\"'`]|^\s*[\"'`]{name}[\"'`],?\s*$|^\s*{name}\s*$")
    return any(quoted.search(each.code) and not _LEFT_OUT.search(each.code) for each in other_side(file, test.line))


_LEFT_OUT: Final = re.compile(r"skip|ignore|disabled|todo|exclude|pending", re.IGNORECASE)


def _taken_out(file: Subject, test: Test) -> bool:
    """Whether the test stays in the file but no longer as a test: commented out, or under a name that no runner takes up."""
    short = re.sub(r"\W", "", test.name)
    for line in other_side(file, test.line):
        if not line.code.strip() and (test.name in line.text or words(test.line.text)[:40] in line.text):
            return True
        if short and re.search(
            r"\b(?:def|function|func|fn|fun|void|Task)\s+(?:_|x|X|no_?|disabled_?|DISABLED_?|skip_?|off_?|old_?"
            rf"|broken_?|do_?not_?run_?|todo_?|un)+{re.escape(short)}\b", line.text, re.IGNORECASE):
            return True
        if test.name.startswith("test") and short != "test" and re.search(
            r"\b(?:def|function|func|void"
            rf"|fun)\s++(?!test)\w*{re.escape(short.removeprefix('test').lstrip('_'))}\w*\s*\(",
            line.text, re.IGNORECASE):
            return True
    return False


def _renamed_away(file: Subject) -> Iterator[Hit]:
    change = file.diff.change
    if change.status is FileStatus.RENAMED and change.old_path.raw != change.new_path.raw:
        old = facets(change.old_path.raw)
        if old.test and ((not file.facets.test and not file.facets.prose) or _SPENT.search(file.path)) and not file.facets.example and re.search(r"test|spec|Test|Spec", change.old_path.raw.rsplit("/", 1)[-1]):
            yield hit("test-renamed-away", "test-removed", Severity.HIGH, None, "renames a test file so that no runner takes it up")


def _bare_removals(file: Subject, news: News, feature: set[str]) -> Iterator[Hit]:
    """Test attributes that go while the function stays, and test files of frameworks whose names are not known."""
    for line in file.removed:
        if ATTRIBUTE.match(line.text) and not news.moved("test-attribute", line, file):
            after = next((each for each in file.around(line, 0, 6, " -")[1:] if each.text.strip() and not re.match(r"\s*[@#\[]", each.text)), None)
            if after is not None and after.kind == " " and not any(ATTRIBUTE.match(each.text) for each in other_side(file, line)):
                yield hit("test-attribute", "test-removed", Severity.HIGH, line, "takes the mark off a test: no runner takes it up")
                return
    if file.gone and file.facets.test and sum(1 for line in file.removed if asserts(line)) > 1:
        names = set(_NAME.findall("\n".join(line.text for line in file.removed[:400])))
        moved = sum(1 for line in file.removed if len(words(line.text)) > 8 and news.stands(line.text, "+", 1))
        if not feature & names and moved * 2 < len(file.removed):
            yield hit("test-file-removed", "test-removed", Severity.HIGH, None, "removes a file of tests: what they guarded is no longer checked")


def _assertions(file: Subject, news: News, feature: set[str], gone: Sequence[Test], fresh: Sequence[Test], product: bool) -> Iterator[Hit]:
    """Assertions that leave a test that stays."""
    left = [line for line in file.removed if asserts(line)]
    if not left:
        return
    arrived = [line for line in file.added if asserts(line)]
    if len(fresh) > len(gone):
        return
    within = {kind: {line.at: test.name for test in tests(file, kind) for line in (test.line, *test.body)} for kind in "+-"}
    for old, new in file.blocks:
        here = within["-"].get(next((line.at for line in old), -1), "")
        lefts = sum(1 for line in left if within["-"].get(line.at, "") == here)
        arrives = sum(1 for line in arrived if within["+"].get(line.at, "") in (here, ""))
        if arrives * 2 >= lefts > 1 or arrives >= lefts:
            continue
        going = [line for line in old if asserts(line)]
        if not going or any(asserts(line) for line in new) or any(name_of(line) for line in (*old, *new)):
            continue
        if any(not line.code.strip() and words(going[0].code) in words(line.text) for line in new):
            continue  # commented out, as other rules tell
        lost = [line for line in going if not _MERE.search(line.code) and not news.stands(line.text, "+", 1) and not (feature & set(_NAME.findall(line.text))) and not _moved_part(line, file) and not _told_again(line, file)]
        if not lost or any(re.search(r"assert|expect|verify|check|require|parametrize|\.each|matches|snapshot", line.code, re.IGNORECASE) for line in new):
            continue
        many = f"{len(lost)} assertions" if len(lost) > 1 else "an assertion"
        yield hit("assertion-removed", "test-removed", Severity.MEDIUM if product else Severity.HIGH, lost[0], f"removes {many} from a test that stays")
        return


# Assertions that only see to it that the next one can be made.
_MERE: Final = re.compile(
    r"NoError\(|\.(?:Error|Fatal)f?\(\s*(?:err\b|\"(?i:unexpected|failed|could not|cannot))|NotNil\(|NotEmpty\(|is not None\s*$"
    r"|assertIsNotNone|IsNotNull|\.NotNull\(|toBeDefined|^\s*\.is|assert_file|ok\(\)\.unwrap|IfError|assertOk"
    r"|isinstance\(")


_FAILED: Final = re.compile(r"\.(?:Error|HasError|NotNil)f?\(\s*(?:\w{1,8}\s*,\s*)?(\w{1,30})\b")


def _told_again(line: Line, file: Subject) -> bool:
    """Whether the next assertions ask more of what this one only asks to be there."""
    bare = _FAILED.search(line.code)
    if bare is None:
        return False
    more = re.compile(rf"(?:EqualError|Error(?:Contains|Is|As)|Contains|Equal)f?\([^\n]{{0,60}}\b{bare[1]}\b")
    return any(more.search(each.code) for each in file.around(line, 0, 4, " +")[1:])


def _moved_part(line: Line, file: Subject) -> bool:
    """Whether the heart of the assertion stands in a line that came, or all its parts in a line that asks for them."""
    heart = re.sub(r"^\W*(?:assert\w*|expect|self\.\w+|t\.\w+|require\.\w+)\W+", "", words(line.code))[:50]
    if len(heart) > 12 and any(heart in words(each.code) for each in file.added):
        return True
    asked = set(re.findall(r"[\"'][^\"'\n]{4,80}[\"']", line.code))
    named = set(re.findall(r"\.(\w{3,60})\b(?!\()", line.code)) - {"self"}
    return bool(asked) and bool(named) and any(
        re.search(r"==|\bis\b", each.code) and all(part in each.code for part in asked | named) for each in other_side(file, line))


def _rows(file: Subject, news: News, feature: set[str], product: bool) -> Iterator[Hit]:
    """Rows that leave a table of cases."""
    if not (file.facets.test or holds_tests(file)):
        return
    inside = None if file.facets.test else inline(file)
    for old, new in file.blocks:
        rows = [line for line in old if (inside is None or line.at in inside or _SELF_ROW.match(line.text)) and _ROW.match(line.text) and not asserts(line) and len(words(line.text)) > 4]
        if not rows or any(_ROW.match(line.text) for line in new) or len(rows) < len([x for x in old if len(words(x.text)) > 3]):
            continue
        if any(name_of(line) for line in old) or all(news.stands(line.text, "+", 1) or any(each.kind == " " and words(each.text)[:24] == words(line.text)[:24] for each in file.lines) for line in rows) or feature & set(_NAME.findall(" ".join(x.text for x in rows))):
            continue
        around = "\n".join(each.text for each in file.around(rows[0], 14, 3, " "))
        head = file.heads[rows[0].hunk] if rows[0].hunk < len(file.heads) else ""
        severity = Severity.MEDIUM if product else Severity.HIGH
        if _SELF_ROW.match(rows[0].text) or re.search(
            r"parametrize|\.each\b|each\(|ParameterizedTest|CsvSource|dataProvider|Provider\(|Examples:|\bcases\b"
            r"|\btests\s*:?=\s*(?:\[|map)|testCases|test_cases|\bwhere:|@pytest|tt\.|rstest|Table\(|Entry\(",
            around + head, re.IGNORECASE):
            yield hit("test-row-removed", "test-removed", severity, rows[0], "removes a case from a table of tests")
            return
