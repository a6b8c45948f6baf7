"""Gives rules one file of a change to look at: its lines on both sides, in order, with comments and strings told apart.

What must stay true: everything here is linear in the size of the patch, and of a line that is longer than `CLIP` the
start and the end are looked at by every rule, the whole of it by those on secrets and hidden text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from reviewer.model.diff import FileDiff, FileStatus
from reviewer.model.finding import Severity, Side
from reviewer.risk.facets import Facets, facets
from reviewer.risk.lexing import Masked, Masker

NEAR: Final = 24
"""Lines of the other side that a line of a long block is compared with."""
REACH: Final = 400
"""Lines that are passed over in the search for neighbours of one kind."""
CONTINUED: Final = 8
"""Lines of one command that a statement takes in beyond its own."""
CLIP: Final = 2000
"""Characters of a line that every rule looks at: three quarters from its start, the rest from its end."""
WHOLE: Final = 2_000_000
"""Characters of a line that the rules on secrets and hidden text look at."""


class Line(NamedTuple):
    """One line of a hunk. `number` counts on its own side, `other` is its place on the other one.

    `code` is the text without comments, `bare` also without what stands in strings.
    """

    kind: str
    number: int
    other: int
    text: str
    code: str
    bare: str
    at: int
    hunk: int
    whole: str = ""

    @property
    def side(self) -> Side:
        return Side.OLD if self.kind == "-" else Side.NEW

    @property
    def full(self) -> str:
        """The line as it stands, however long."""
        return self.whole or self.text

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


@dataclass(frozen=True, slots=True)
class Subject:
    """One file of a change. `lines` are in the patch's order; `added` and `removed` are those that changed.

    `blocks` are the runs of changed lines without an unchanged one between, what went and what came; `places` tells
    for each line its block and its index on its side of it.
    """

    diff: FileDiff
    path: str
    facets: Facets
    lines: Sequence[Line]
    added: Sequence[Line]
    removed: Sequence[Line]
    heads: Sequence[str]
    blocks: Sequence[tuple[Sequence[Line], Sequence[Line]]]
    places: Sequence[tuple[int, int]]

    @property
    def new(self) -> bool:
        return self.diff.change.status is FileStatus.ADDED

    @property
    def gone(self) -> bool:
        return self.diff.change.status is FileStatus.DELETED

    def around(self, line: Line, before: int, after: int, kinds: str = "") -> list[Line]:
        """Up to so many lines of these kinds, or else of its own side, on either side of a line in its hunk, the line itself among them."""
        kinds = kinds or (" -" if line.kind == "-" else " +")
        found = [line]
        for at in range(line.at - 1, max(-1, line.at - REACH), -1):
            if before <= 0 or self.lines[at].hunk != line.hunk:
                break
            if self.lines[at].kind in kinds:
                found.append(self.lines[at])
                before -= 1
        found.reverse()
        for at in range(line.at + 1, min(len(self.lines), line.at + REACH)):
            if after <= 0 or self.lines[at].hunk != line.hunk:
                break
            if self.lines[at].kind in kinds:
                found.append(self.lines[at])
                after -= 1
        return found

    def statement(self, line: Line, after: int) -> str:
        """The line's code and what follows it on its side, joined by LF; a command that is continued is one line."""
        kinds = " -" if line.kind == "-" else " +"
        lines = self.around(line, 0, after, kinds)
        continued = sum(1 for each in lines if each.code.endswith("\\"))
        if continued:
            lines = self.around(line, 0, after + min(continued + 2, CONTINUED), kinds)
        text = "\n".join(each.code for each in lines)
        return _CONTINUED.sub(" ", text) if continued or ("\n" in text and "|" in text) else text

    def parents(self, line: Line, limit: int = 60) -> Iterator[Line]:
        """The lines above that are indented less and less: the keys that a line of YAML or a block stands under."""
        kinds = " -" if line.kind == "-" else " +"
        depth = line.indent
        for at in range(line.at - 1, max(-1, line.at - 1 - limit), -1):
            above = self.lines[at]
            if above.hunk != line.hunk:
                return
            if above.kind in kinds and above.text.strip() and above.indent < depth:
                depth = above.indent
                yield above

    def against(self, line: Line) -> Sequence[Line]:
        """The lines of the other side in the block of a changed line; of a long block, those at about its height."""
        if line.kind == " ":
            return ()
        block, index = self.places[line.at]
        gone, came = self.blocks[block]
        mine, other = (came, gone) if line.kind == "+" else (gone, came)
        if len(other) <= NEAR:
            return other
        middle = index * len(other) // max(1, len(mine))
        start = min(max(0, middle - NEAR // 2), len(other) - NEAR)
        return other[start : start + NEAR]


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule saw at one place; `construct` names what is counted as the same thing in one file."""

    rule: str
    category: str
    severity: Severity
    side: Side
    line: int | None
    message: str
    construct: str
    text: str = ""
    against: Line | None = None


def hit(
    rule: str, category: str, severity: Severity, line: Line | None, message: str, construct: str = "",
    against: Line | None = None,
) -> Hit:  # fmt: skip
    """A hit on a line, or on the file as a whole; `against` is the line of the other side that belongs to it."""
    if line is None:
        return Hit(rule, category, severity, Side.NEW, None, message, construct or rule, "", against)
    return Hit(rule, category, severity, line.side, line.number, message, construct or rule, line.text, against)


_SPACES: Final = re.compile(r"\s+")
_CONTINUED: Final = re.compile(r"(?<![ \t\\])[ \t]*\\\n[ \t]*|\n[ \t]*(?=\|\|?\s|&&)")


def words(text: str) -> str:
    """A text without regard to its spaces: what stays the same when a line is moved or wrapped."""
    return _SPACES.sub(" ", text.strip())


def names_more(file: Subject, line: Line, text: str) -> bool:
    """Whether a list of what is left aside names something that no line which it replaces named."""
    before = {name for each in file.against(line) for name in _LISTED.findall(each.code)}
    return not before or bool(set(_LISTED.findall(text)) - before)


_LISTED: Final = re.compile(r"[\w./*:-]{2,}")


def subject(diff: FileDiff) -> Subject:
    """Read one file of a change."""
    path = diff.change.path.raw
    known = facets(path)
    old, new = Masker(known.language), Masker(known.language)
    lines: list[Line] = []
    for number, hunk in enumerate(diff.hunks):
        old.restart()
        new.restart()
        before, after = hunk.old_start, hunk.new_start
        for row in diff.lines(hunk):
            if row.kind == "\\":
                continue
            text, whole = _text(row.text)
            masked: Masked
            if row.kind == "-":
                masked = old.mask(text)
                lines.append(Line("-", before, after, text, masked[0], masked[1], len(lines), number, whole))
                before += 1
            elif row.kind == "+":
                masked = new.mask(text)
                lines.append(Line("+", after, before, text, masked[0], masked[1], len(lines), number, whole))
                after += 1
            else:
                masked = new.mask(text)
                old.follow(new, text)
                lines.append(Line(" ", after, before, text, masked[0], masked[1], len(lines), number, whole))
                before += 1
                after += 1
    blocks, places = _blocks(lines)
    return Subject(
        diff, path, known, lines, [each for each in lines if each.kind == "+"],
        [each for each in lines if each.kind == "-"], [hunk.section.raw for hunk in diff.hunks], blocks, places,
    )  # fmt: skip


def _blocks(lines: Sequence[Line]) -> tuple[list[tuple[list[Line], list[Line]]], list[tuple[int, int]]]:
    blocks: list[tuple[list[Line], list[Line]]] = []
    places: list[tuple[int, int]] = []
    last: Line | None = None
    for line in lines:
        if line.kind == " ":
            places.append((-1, 0))
        else:
            if last is None or last.kind == " " or last.hunk != line.hunk:
                blocks.append(([], []))
            side = blocks[-1][0 if line.kind == "-" else 1]
            places.append((len(blocks) - 1, len(side)))
            side.append(line)
        last = line
    return blocks, places


def _text(data: bytes) -> tuple[str, str]:
    """A line as rules see it, and the whole of it where that is more."""
    text = data[: WHOLE * 4].decode("utf-8", "surrogateescape")
    if text.endswith("\r"):
        text = text[:-1]
    if len(text) <= CLIP:
        return text, ""
    return text[: CLIP * 3 // 4] + " " + text[-CLIP // 4 :], text[:WHOLE]
