"""Runs tables of rules over changed lines: a rule is tried only on lines that hold its words.

What must stay true: hits come in the same order in every process, for of two on one line the first is told; what the
other side of the change already held is no news, be it moved, wrapped anew or reworded around the same construct; no
pattern has repetition without a bound over what can overlap with what follows it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.constructs import construct, grade
from reviewer.risk.facets import Facets
from reviewer.risk.statements import Statement, statements
from reviewer.risk.subject import Hit, Line, Subject, hit, words

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

Check = Callable[[Subject, Line, "re.Match[str]"], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table. A line is a candidate when it holds one of `words` ("a+b": both), parts of names in lower case.

    `on` names what is searched: `code`, `bare` (without strings) or `text`; with `span` so many lines that follow are
    joined, and the match begins in the first. `where` names facets that a file must have, or with "-" must not have.
    `near` must, `unless_near` must not, match within `reach` lines; `was` must match a line removed in the same run.
    A match over several lines is `shown` at its "first" one, or at its "last" where the harm is done there;
    a rule that is not `wrapped` is not tried on statements over several lines. What tells one construct from another is
    its `key`: the match, the match with the value that follows it or with the paths
    beside it or the entry of a list that it stands in, or the whole line.
    """

    name: str
    category: str
    severity: Severity
    words: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]
    message: str
    on: str = "code"
    side: str = "+"
    where: tuple[str, ...] = ("-prose",)
    languages: frozenset[str] = frozenset()
    unless: re.Pattern[str] | None = None
    near: re.Pattern[str] | None = None
    unless_near: re.Pattern[str] | None = None
    reach: int = 3
    span: int = 0
    was: re.Pattern[str] | None = None
    check: Check | None = None
    key: str = "match"
    shown: str = "first"
    wrapped: bool = True

    def window(self, file: Subject, line: Line) -> str:
        """What the pattern is searched in."""
        if self.span:
            return file.statement(line, self.span)
        return line.bare if self.on == "bare" else line.text if self.on == "text" else line.code

    def holds_words(self, held: frozenset[str]) -> bool:
        """Whether these words are enough for a line to be a candidate."""
        return any(held.issuperset(needed) for needed in self.words)

    def holds(self, known: Facets) -> bool:
        """Whether files like this are looked at."""
        if self.languages and known.language not in self.languages:
            return False
        return all(not getattr(known, w[1:]) if w.startswith("-") else getattr(known, w) for w in self.where)


def compiled(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """A pattern of a table: letters of either case unless said otherwise."""
    return re.compile(pattern, flags)


def rule(
    name: str,
    category: str,
    severity: Severity,
    keywords: str,
    pattern: str,
    message: str,
    *,
    flags: int = re.IGNORECASE,
    where: str = "-prose",
    languages: str = "",
    unless: str = "",
    near: str = "",
    unless_near: str = "",
    was: str = "",
    on: str = "code",
    side: str = "+",
    reach: int = 3,
    span: int = 0,
    check: Check | None = None,
    key: str = "match",
    shown: str = "first",
    wrapped: bool = True,
) -> Rule:
    """A row of a table, from text."""

    def maybe(text: str) -> re.Pattern[str] | None:
        return compiled(text, re.IGNORECASE) if text else None

    return Rule(
        name, category, severity, tuple(tuple(k.split("+")) for k in keywords.split()), compiled(pattern, flags), message,
        on, side, tuple(where.split()), frozenset(languages.split()), maybe(unless), maybe(near), maybe(unless_near),
        reach, span, maybe(was), check, key, shown, wrapped,
    )  # fmt: skip


# Names whole and in parts (rejectUnauthorized, reject, unauthorized), and the few signs that rules go by.
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|://|\|\||0\.0\.0\.0|::/0|/dev/|&&|>>|\*|`|@|\$\(|<\(|!!|<%==|<%-|\{\{\{|==")
_PREFIXES: Final = frozenset({"set", "get", "add", "use", "has"})
_WHOLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parts(text: str) -> set[str]:
    """The names of a line, whole and in parts, in lower case: what rules are looked up by."""
    found = {part.lower() for part in _PART.findall(text)}
    for name in _WHOLE.findall(text):
        lowered = name.lower()
        found.add(lowered)
        if lowered[:3] in _PREFIXES:
            found.add(lowered[3:])
    return found


@dataclass(frozen=True, slots=True)
class Table:
    """Rules by their words, narrowed to what a file's facets let through."""

    rules: Sequence[Rule]
    by_facets: dict[Facets, Mapping[str, list[tuple[Rule, tuple[str, ...]]]]] = field(default_factory=dict)

    def of(self, known: Facets) -> Mapping[str, list[tuple[Rule, tuple[str, ...]]]]:
        found = self.by_facets.get(known)
        if found is None:
            index: dict[str, list[tuple[Rule, tuple[str, ...]]]] = {}
            for each in self.rules:
                if each.holds(known):
                    for needed in each.words:
                        index.setdefault(needed[0], []).append((each, needed[1:]))
            if len(self.by_facets) > 2000:
                self.by_facets.clear()
            found = self.by_facets[known] = index
        return found


@lru_cache(maxsize=1 << 16)
def line_parts(text: str) -> frozenset[str]:
    """The same, remembered: several families ask for them."""
    return frozenset(parts(text))


class News:
    """What each side of the change held, so that a construct on the other side can be told from a moved one.

    A removed line makes up for one added line that is the same but for its spaces, anywhere in the change, or for
    one that holds the same construct in the same file.
    """

    def __init__(self, files: Sequence[Subject]) -> None:
        self._lines: dict[tuple[str, int], Counter[str]] = {(kind, grade): Counter() for kind in "+-" for grade in range(3)}
        self._files = {id(file): file for file in files}
        self._statements: dict[tuple[int, str], list[Statement]] = {}
        self._constructs: dict[tuple[int, str], Counter[tuple[str, str]]] = {}
        for file in files:
            for line in (*file.added, *file.removed):
                self._lines[line.kind, grade(file, line)][words(line.text)] += 1
        self._used: Counter[tuple[int, str, str, str]] = Counter()
        self._moved: Counter[tuple[str, str, str]] = Counter()

    def wrapped(self, file: Subject, kind: str) -> list[Statement]:
        """The statements over several lines of one side of a file."""
        key = (id(file), kind)
        if key not in self._statements:
            self._statements[key] = list(statements(file, kind))
        return self._statements[key]

    def moved(self, rule_name: str, line: Line, file: Subject) -> bool:
        """Whether the same line stands on the other side of the change, not yet made up for under this rule."""
        text = words(line.text)
        there = self.stands(line.text, "-" if line.kind == "+" else "+", grade(file, line))
        if there:
            self._moved[rule_name, line.kind, text] += 1
            return self._moved[rule_name, line.kind, text] <= there
        return False

    def stands(self, text: str, kind: str = "+", least: int = 0) -> int:
        """How often a line stands on a side of the change, in places of at least a grade."""
        text = words(text)
        return sum(self._lines[kind, each][text] for each in range(least, 3))

    def held(self, file: Subject, each: Rule, named: str, kind: str) -> bool:
        """Whether the other side of the file already held the construct."""
        other = "-" if kind == "+" else "+"
        counted = self._constructs.get((id(file), other))
        if counted is None:
            counted = self._constructs[id(file), other] = Counter()
        key = (each.name, "\0counted")
        if key not in counted:
            counted[key] = 1
            for line in file.removed if other == "-" else file.added:
                found = match(each, file, line) if each.holds_words(line_parts(line.text)) else None
                if found is not None:
                    counted[each.name, construct(each.key, found, line, file)] += 1
            for whole in self.wrapped(file, other):
                found = match_whole(each, file, whole) if each.holds_words(_held(whole)) else None
                # What one line shows alone has been counted with that line.
                if found is not None and whole.line_at(found.start()) != whole.line_at(found.end() - 1):
                    counted[each.name, construct(each.key, found, whole.whole, file)] += 1
        self._used[id(file), kind, each.name, named] += 1
        return self._used[id(file), kind, each.name, named] <= counted[each.name, named]


def match(each: Rule, file: Subject, line: Line, window: str = "") -> re.Match[str] | None:
    """The match of a rule at a line that holds its words, or in a window that begins there; None where there is none."""
    given = bool(window)
    window = window or each.window(file, line)
    found = each.pattern.search(window)
    if found is None:
        return None
    if each.span and not given and found.start() > len(line.code):
        return None
    if each.unless is not None and each.unless.search(_lines_of(window, found)):
        return None
    if each.near is not None or each.unless_near is not None:
        kinds = " +" if line.kind == "+" else " -"
        around = file.around(line, each.reach, each.reach, kinds)
        if each.near is not None and not each.near.search("\n".join(x.text for x in around)):
            return None
        # A comment that came with the line excuses nothing.
        if each.unless_near is not None and each.unless_near.search("\n".join(x.code if x.kind == "+" else x.text for x in around)):
            return None
    if each.was is not None and not any(each.was.search(x.code) for x in file.against(line)):
        return None
    if each.check is not None and not each.check(file, line, found):
        return None
    return found


def _lines_of(window: str, found: re.Match[str]) -> str:
    """The lines that a match takes in; what follows it excuses nothing."""
    if "\n" not in window:
        return window
    end = window.find("\n", found.end())
    return window[window.rfind("\n", 0, found.start()) + 1 : end if end >= 0 else len(window)]


def match_whole(each: Rule, file: Subject, whole: Statement) -> re.Match[str] | None:
    """The match of a rule at a statement over several lines."""
    if not each.span:
        return match(each, file, whole.whole)
    first = whole.lines[0]
    after = file.around(whole.lines[-1], 0, each.span, " -" if first.kind == "-" else " +")[1:]
    text = "\n".join((whole.whole.text, *(line.code for line in after)))
    found = match(each, file, first, text)
    return found if found is not None and found.start() < len(whole.whole.text) else None


def _held(whole: Statement) -> frozenset[str]:
    """The words of all lines of a statement."""
    return frozenset().union(*(line_parts(line.text) for line in whole.lines))


def other_side(file: Subject, line: Line) -> Sequence[Line]:
    """The lines that a changed line stands against, in order."""
    return file.against(line)


def settled(file: Subject, line: Line) -> tuple[Line, Line | None]:
    """Where to show a removed line: at the line that took its place, where a few lines did; and the other of the two."""
    came = file.against(line)
    if line.kind != "-" or not came or len(came) > 3:
        return line, next(iter(came), None)
    return came[min(file.places[line.at][1], len(came) - 1)], line


def run(table: Table, file: Subject, news: News) -> Iterator[Hit]:
    """Hits of a table on a file's changed lines, and on statements that begin above a line that came."""
    index = table.of(file.facets)
    if not index:
        return
    ahead = _ahead(file)
    seen: dict[int, list[str]] = {}
    for line in file.lines:
        if line.kind == " " and not ahead[line.at]:
            continue
        held = line_parts(line.text)
        tried: set[str] = set()
        for part in sorted(held & index.keys()):
            for each, needed in index[part]:
                if each.name in tried or (needed and not held.issuperset(needed)) or not _takes(each, line, ahead[line.at]):
                    continue
                tried.add(each.name)
                found = match(each, file, line)
                if found is None:
                    continue
                seen.setdefault(line.at, []).append(each.name)
                at = line if line.kind != " " else _reaches(file, line, each, found)
                if at is not None and each.shown == "last":
                    at = _last(file, line, each, found) or at
                if at is None or ("\n" not in found[0] and each.key != "part" and news.moved(each.name, line, file)):
                    continue
                if news.held(file, each, construct(each.key, found, line, file), at.kind):
                    continue
                at, against = settled(file, at)
                yield hit(each.name, each.category, each.severity, at, each.message, each.name, against)
    for kind in "+-" if file.removed else "+":
        yield from _run_wrapped(index, file, news, kind, seen)


def _run_wrapped(
    index: Mapping[str, list[tuple[Rule, tuple[str, ...]]]], file: Subject, news: News, kind: str,
    seen: Mapping[int, Sequence[str]],
) -> Iterator[Hit]:  # fmt: skip
    """Hits on statements that no single line of theirs shows."""
    for whole in news.wrapped(file, kind):
        held = _held(whole)
        tried: set[str] = {name for line in whole.lines for name in seen.get(line.at, ())}
        for part in sorted(held & index.keys()):
            for each, needed in index[part]:
                if each.name in tried or each.side != kind or not each.wrapped or (needed and not held.issuperset(needed)):
                    continue
                tried.add(each.name)
                found = match_whole(each, file, whole)
                # What one line shows alone has been judged with that line.
                if found is None or whole.line_at(found.start()) == whole.line_at(found.end() - 1):
                    continue
                at = _place(whole, each, found, kind)
                if at is None or all(news.stands(line.text, "-" if kind == "+" else "+", grade(file, line)) for line in whole.lines if line.kind == kind):
                    continue
                if news.held(file, each, construct(each.key, found, whole.whole, file), kind):
                    continue
                at, against = settled(file, at)
                yield hit(each.name, each.category, each.severity, at, each.message, each.name, against)


def _place(whole: Statement, each: Rule, found: re.Match[str], kind: str) -> Line | None:
    """The first changed line that a match takes in."""
    if each.span:
        first, last = 0, len(whole.lines) - 1
    else:
        first, last = whole.line_at(found.start()), whole.line_at(found.end() - 1)
    return next((line for line in whole.lines[first : last + 1] if line.kind == kind), None)


def _takes(each: Rule, line: Line, ahead: int) -> bool:
    return each.side == line.kind if line.kind != " " else each.side == "+" and 0 < ahead <= each.span


def _ahead(file: Subject) -> list[int]:
    """For each line, how many lines of the new side further on the next one that came stands; 0 where none is near."""
    found = [0] * len(file.lines)
    distance = 0
    hunk = -1
    for line in reversed(file.lines):
        if line.hunk != hunk:
            distance, hunk = 0, line.hunk
        found[line.at] = distance if distance < 12 else 0
        if line.kind == "+":
            distance = 1
        elif line.kind == " " and distance:
            distance += 1
    return found


def _last(file: Subject, line: Line, each: Rule, found: re.Match[str]) -> Line | None:
    """The last line that came within a match over several."""
    reach = found.string.count("\n", 0, found.end())
    return next((x for x in reversed(file.around(line, 0, each.span)[: reach + 1]) if x.kind == line.kind or x.kind == "+"), None)


def _reaches(file: Subject, line: Line, each: Rule, found: re.Match[str]) -> Line | None:
    """The first line that came within a match that begins on an unchanged one."""
    reach = found.string.count("\n", 0, found.end())
    return next((x for x in file.around(line, 0, each.span)[: reach + 1] if x.kind == "+"), None)
