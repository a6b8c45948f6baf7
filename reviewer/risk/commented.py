"""Rules on what a change turns into comments: assertions, stretches of tests, entries of test lists, jobs of pipelines.

What must stay true: the words are the same but for the comment sign; what goes at one place and is described in a
comment at another is told by other rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.naming import asserts, holds_tests, says_assert
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import News

_OPENS: Final = {"/*": "*/", "=begin": "=end", "#if 0": "#endif", "#if false": "#endif", "{-": "-}"}
_CLOSES: Final = {closer: opener for opener, closer in _OPENS.items() if closer != "#endif"}
_FAR: Final = 60
"""Lines below an opened comment in which assertions are looked for."""
_RUNS: Final = re.compile(r"^\s*(?:-\s+)?(?:uses|run|script|steps|package-ecosystem|stage|command)\s*:")
_ENTRY: Final = re.compile(r"^\s*[(\[{]?\s*[\"']?test\w{2,60}[\"']?\s*[,:)\]]")
_LINTS: Final = re.compile(r"golangci|eslint|oxlint|biome|ruff\.toml|pylint|credo|detekt|swiftlint|rubocop|clang-tidy|checkstyle|phpstan|psalm|stylelint|ktlint")
_LISTED: Final = re.compile(r"^\s*-\s+[\"']?[\w/.-]{3,60}[\"']?\s*,?$")
_EXCEPTIONS: Final = re.compile(r"disable|exclu|ignore|skip|settings|except|allow", re.IGNORECASE)
_UPKEEP: Final = re.compile(r"(?:^|/)(?:dependabot\.ya?ml|renovate\.json5?|\.pre-commit-config\.yaml)\Z")


def commented(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on lines that are comments now."""
    if file.facets.prose or file.new:
        return
    if file.facets.test or holds_tests(file):
        yield from _silenced(file)
        yield from _enclosed(file)
    elif (file.facets.pipeline or _UPKEEP.search(file.path) or _LINTS.search(file.path)) and file.removed:
        yield from _stopped(file)


def _muted(file: Subject) -> Iterator[list[tuple[Line, Line]]]:
    """For each block, the comments that came with the lines that they were."""
    for gone, came in file.blocks:
        before = {words(line.code): line for line in gone if len(words(line.code)) > 3}
        if before:
            yield [(line, old) for line in came if not line.code.strip() and (old := before.get(_uncommented(line.text)))]


def _uncommented(text: str) -> str:
    return words(re.sub(r"^\s*(?:#+|//+|/\*+|--|<!--|;+|%)\s?", "", text).strip().removesuffix("*/").removesuffix("-->"))


def _silenced(file: Subject) -> Iterator[Hit]:
    """Assertions, whole stretches of a test, or entries of a list of tests."""
    for muted in _muted(file):
        asserted = next(((line, old) for line, old in muted if asserts(old) or re.search(r"\b(?:assert|expect|verify|should)\w*", old.code)), None)
        if asserted:
            yield hit("assertion-commented", "test-weakened", Severity.HIGH, asserted[0], "comments an assertion out", against=asserted[1])
            return
        entry = next(((line, old) for line, old in muted if _ENTRY.match(old.code)), None)
        if entry:
            yield hit("test-commented", "test-weakened", Severity.HIGH, entry[0], "comments a test out of the list of those that run", against=entry[1])
            return
        if len(muted) >= 3 and file.facets.test:
            yield hit("test-commented", "test-weakened", Severity.HIGH, muted[0][0], "comments a part of a test out", against=muted[0][1])
            return


def _enclosed(file: Subject) -> Iterator[Hit]:
    """Assertions that stay as they are within a comment that opens above them."""
    for line in file.added:
        sign = line.text.strip()
        end = _OPENS.get(sign) or _CLOSES.get(sign)
        if end is None:
            continue
        # Of a long comment a hunk may show the beginning or the end alone.
        within = file.around(line, 0, _FAR)[1:] if sign in _OPENS else file.around(line, _FAR, 0)[-2::-1]
        for each in within:
            if end in each.text:
                break
            if each.kind == " " and says_assert(each.text):
                yield hit("assertion-commented", "test-weakened", Severity.HIGH, line, "puts assertions into a comment", against=None)
                return


def _stopped(file: Subject) -> Iterator[Hit]:
    """A job, a step or an update that a pipeline no longer makes, or a checker off its list."""
    for muted in _muted(file):
        if len(muted) >= 3 and any(_RUNS.match(old.code) for _, old in muted):
            line, old = muted[0]
            yield hit("job-commented", "check-weakened", Severity.MEDIUM, line, "comments out what the pipeline did: it no longer runs", against=old)
            return
        listed = next(((line, old) for line, old in muted if _LISTED.match(old.code)), None) if _LINTS.search(file.path) else None
        if listed and not any(_EXCEPTIONS.search(each.code) for each in file.parents(listed[1])):
            yield hit("rule-commented", "check-weakened", Severity.MEDIUM, listed[0], "comments a rule or a linter out of a checker's list", against=listed[1])
            return
