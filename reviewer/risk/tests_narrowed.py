"""Rules on runs of tests that take in less than before: a path, a package or a filter where everything was run.

What must stay true: a run that is split into several still runs everything, and a suite that is listed under another
name is not gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News, other_side

_RUN: Final = re.compile(
    r"(?<![\w./-])(go\s+test|cargo\s+(?:test|nextest\s+run)|(?:python\d?\s+-m\s+)?pytest|(?:python\d?\s+-m\s+)?unittest|(?:npx\s+)?(?:jest|vitest|mocha|playwright\s+test|cypress\s+run)|(?:bundle\s+exec\s+)?rspec"
    r"|(?:bin/)?rails\s+test|(?:vendor/bin/)?phpunit|(?:vendor/bin/)?pest|dotnet\s+test|mix\s+test|ctest|bazel\s+test|swift\s+test|flutter\s+test|dart\s+test|sbt|(?:\./)?mvnw?|(?:\./)?gradlew?"
    r"|deno\s+test|bun\s+test|tox|nox|prove|bats)\b([^\n;&|#]{0,300})")
_WHOLE: Final = frozenset({"./...", "...", ".", "./", "//...", "tests", "tests/", "test", "test/", "spec", "spec/", "--workspace", "--all", "--all-targets", "verify", "run"})
_FILTER: Final = re.compile(
    r"\s(?:-run|-k|-m|-p|--package|--lib|--test|--bin|-t|--testNamePattern|--grep|-g|--filter|--tests|--testsuite|--group|--only|--tag|--name|-R|-L|-pl|--projects|-Dtest\b|-Dgroups\b|--spec"
    r"|--test-filter|--test-name-pattern|--changed\w*|--onlyChanged|-o|--findRelatedTests|--last-failed|--lf|--project)(?=[=\s]|$)")
_PLACE: Final = re.compile(r"(?<=\s)[\"']?(\.{0,2}/?(?:[\w@.*-]+/)*[\w@.*:-]+/?)[\"']?(?=\s|$)")
_SUITE: Final = re.compile(r"^\s*<testsuite\s+name=\"([^\"\n]{1,80})\"|^\s*<directory[^>\n]{0,60}>([^<\n]{1,120})</directory>")
_PATHS: Final = re.compile(r"^\s*[\"']?(?:testpaths|test_paths|testMatch|testRegex|spec_pattern|specPattern|testDir|roots|projects)[\"']?\s*[:=]\s*(.{1,300})$")
_WATCHED: Final = re.compile(
    r"(?:^|/)(?:Makefile|GNUmakefile|package\.json|tox\.ini|noxfile\.py|justfile|Taskfile\.ya?ml|composer\.json|Rakefile|Dockerfile|mix\.exs|phpunit\.xml(?:\.dist)?|pytest\.ini|pyproject\.toml|setup\.cfg"
    r"|(?:jest|vitest|playwright|cypress|karma)[\w.-]*config[\w.]*|[\w-]+\.sh)\Z|(?:^|/)\.husky/")


def narrowed(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on runs of tests that take in less than they did."""
    message = "runs fewer tests than before: what the others guard is no longer checked"
    for file in files:
        if file.gone or file.new or file.facets.prose or file.facets.example or not (file.facets.pipeline or _WATCHED.search(file.path)):
            continue
        runs = sum(1 for line in file.added if _RUN.search(line.code)) - sum(1 for line in file.removed if _RUN.search(line.code))
        if runs > 0:
            continue  # split into several
        for line in file.added:
            before = next((each for each in other_side(file, line) if _less(each, line)), None)
            if before is not None and not _gone_with(before, line, files):
                yield file, hit("tests-narrowed", "test-removed", Severity.HIGH, line, message, against=before)
                break
        else:
            suite = _suite_gone(file)
            if suite is not None:
                yield file, hit("suite-removed", "test-removed", Severity.HIGH, suite, message, against=next(iter(other_side(file, suite)), None))


def _gone_with(before: Line, after: Line, files: Sequence[Subject]) -> bool:
    """Whether the places that are left out no longer hold anything: their files go in the same change."""
    left = set(re.findall(r"[\w@./-]{2,120}", before.code)) - set(re.findall(r"[\w@./-]{2,120}", after.code))
    return bool(left) and all(any(other.gone and other.path.startswith(place.strip("./") + "/") for other in files) for place in left)


def _less(before: Line, after: Line) -> bool:
    """Whether the same runner takes in less: it got a filter or a place that it did not have."""
    old, new = _RUN.search(before.code), _RUN.search(after.code)
    if not old or not new or old[1].split()[-1] != new[1].split()[-1] or re.search(r"--changed|bench|matrix|\$\{\{|%\{|shard", after.code):
        lists = _PATHS.match(before.code), _PATHS.match(after.code)
        if lists[0] and lists[1]:
            was, now = (set(re.findall(r"[\w@./*-]{2,120}", each[1])) for each in lists if each)
            return bool(was - now) and not now - was
        return False
    if new[1].split()[-1].endswith(("mvn", "mvnw", "gradle", "gradlew", "sbt", "tox", "nox")):
        return bool(re.search(r"\s(?:-Dtest=|--tests\s|-pl\s|testOnly\s)", new[2])) and not re.search(r"\s(?:-Dtest=|--tests\s|-pl\s|testOnly\s)", old[2])
    filters = len(_FILTER.findall(" " + new[2])) > len(_FILTER.findall(" " + old[2]))
    was, now = _places(old[2]), _places(new[2])
    if now and not was:
        return True
    deeper = bool(was and now and was != now and all(any(each != wide and each.startswith(wide.rstrip("./").rstrip("/")) for wide in was) for each in now))
    return filters or deeper or (bool(was - now) and bool(now) and not now - was)


def _places(arguments: str) -> set[str]:
    """The paths or packages that a run is told to take in; none where it takes all."""
    arguments = re.sub(r"[\"'],?\s*$", "", arguments)
    plain = re.sub(r"\s-{1,2}[\w-]+(?:=\S+|\s+(?=\d)\S+)?", " ", " " + arguments)
    found = {each for each in _PLACE.findall(plain) if "/" in each or "." in each or "::" in each}
    return {each for each in found if each not in _WHOLE and not each.endswith((".xml", ".json", ".toml", ".ini", ".out", ".txt", ".csproj", ".sln", ".yml", ".yaml"))}


def _suite_gone(file: Subject) -> Line | None:
    if "phpunit" not in file.path.lower():
        return None
    came = "\n".join(line.text for line in file.lines if line.kind != "-")
    for line in file.removed:
        found = _SUITE.match(line.code)
        if found and (found[1] or found[2]) not in came and sum(bool(_SUITE.match(each.code)) for each in file.added) < sum(bool(_SUITE.match(each.code)) for each in file.removed):
            return line
    return None
