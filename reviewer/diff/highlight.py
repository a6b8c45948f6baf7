"""Colours source text by what its words are: pure; text and a file name in, spans of token classes a line out.

What must stay true: a span lies on the characters that its token was read from, within one line, in ascending order;
no theme is known here.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import Final

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, _TokenType

from reviewer.diff.blocks import Block, blocks
from reviewer.diff.languages import lexer_for
from reviewer.diff.spans import CLASSES, LONGEST_LINE, Spans

_NUMBERS: Final = {name: number for number, name in enumerate(CLASSES)}
_BY_TOKEN: Final = {
    token: _NUMBERS[name]
    for token, name in (
        (Keyword, "keyword"),
        (Keyword.Type, "type"),
        (Keyword.Constant, "number"),
        (String, "string"),
        (String.Doc, "comment"),
        (Comment, "comment"),
        (Number, "number"),
        (Name.Function, "function"),
        (Name.Decorator, "function"),
        (Name.Class, "type"),
        (Name.Builtin, "name"),
        (Name.Tag, "keyword"),
        (Name.Attribute, "name"),
        (Name.Exception, "type"),
        (Operator.Word, "keyword"),
        (Operator, "operator"),
        (Token, ""),
    )
}
LONGEST_TEXT: Final = 256 * 1024
"""Bytes of a text that is read whole; of a longer one only parts are coloured."""
_TOO_LONG: Final = 20_000
"""Characters of a line that make its whole text no source that anybody wrote."""


@cache
def _class(token: _TokenType) -> int:
    at: _TokenType | None = token
    while at is not None:
        if at in _BY_TOKEN:
            return _BY_TOKEN[at]
        at = at.parent
    return 0


def coloured(name: str, text: str) -> list[Spans]:
    """The spans of every line of `text`, split on LF; nothing for unknown names, huge texts and very long lines."""
    if len(text) > LONGEST_TEXT:
        return []
    lexer = lexer_for(name, text[:200])
    if lexer is None or max(map(len, text.split("\n"))) > _TOO_LONG:
        return []
    return _lexed(lexer, text + "\n")[: text.count("\n") + 1]


def _lexed(lexer: Lexer, text: str) -> list[Spans]:
    """The spans of every line of a text that ends with LF: without it some lexers know no comment to its end."""
    lines: list[Spans] = [[]]
    at = column = 0
    for place, token, value in lexer.get_tokens_unprocessed(text):
        # Where one lexer embeds another, tokens may leave something out, or come out of order.
        if place < at or not text.startswith(value, place):
            continue
        if place > at:
            skipped = text[at:place]
            lines += [[] for _ in range(skipped.count("\n"))]
            column = place - (text.rfind("\n", 0, place) + 1)
        kind = _class(token)
        for n, piece in enumerate(value.split("\n")):
            if n:
                lines.append([])
                column = 0
            if kind and piece and column + len(piece) <= LONGEST_LINE:
                _add(lines[-1], column, len(piece), kind)
            column += len(piece)
        at = place + len(value)
    return lines


def _add(spans: Spans, column: int, length: int, kind: int) -> None:
    if spans and spans[-1][2] == kind and spans[-1][0] + spans[-1][1] == column:
        column, length = spans[-1][0], spans[-1][1] + length
        spans.pop()
    spans.append((column, length, kind))


class LongText:
    """A text too long to be read whole: it knows where its lines begin and which strings and comments span them."""

    def __init__(self, name: str, text: str) -> None:
        self.text = text
        self._lexer = lexer_for(name, text[:200])
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.count = len(self._lines) - 1
        self._blocks: list[Block] = blocks(self._lexer.name, text) if self._lexer is not None else []
        self._starts = [block.start for block in self._blocks]

    def coloured(self, first: int, last: int) -> list[Spans]:
        """The spans of the lines from `first` up to `last`, counted from 0, as far as they stand in the text."""
        first, last = max(first, 0), min(last, self.count)
        if self._lexer is None or first >= last:
            return []
        start, end = self._lines[first], self._lines[last] - 1
        part = self.text[start:end]
        if len(part) > LONGEST_TEXT or max(map(len, part.split("\n"))) > _TOO_LONG:
            return [[] for _ in range(last - first)]
        # A part that begins inside a block is read behind the line that opens it, one that ends inside before its end.
        opening, closing = self._block(start), self._block(end)
        before = ""
        if opening is not None:
            line = bisect_right(self._lines, opening.start) - 1
            before = self.text[max(self._lines[line], opening.start - LONGEST_LINE) : self._lines[line + 1]]
        after = closing.closer if closing is not None else ""
        lines = _lexed(self._lexer, f"{before}{part}\n{after}\n")[1 if before else 0 :]
        lines += [[] for _ in range(last - first - len(lines))]
        return lines[: last - first]

    def _block(self, at: int) -> Block | None:
        """The block that the character at `at` is inside of."""
        n = bisect_right(self._starts, at - 1) - 1
        return self._blocks[n] if n >= 0 and at < self._blocks[n].end else None
