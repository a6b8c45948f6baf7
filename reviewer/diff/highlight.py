"""Colours source text by what its words are: pure; text and a file name in, spans of token classes a line out."""

from __future__ import annotations

from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token, _TokenType
from pygments.util import ClassNotFound

CLASSES: Final = ("", "keyword", "string", "comment", "number", "function", "type", "name", "operator")
"""Token classes by number; the themes name a colour for each as `syntax-<class>`."""
_BY_TOKEN: Final = {
    Keyword: 1,
    Keyword.Type: 6,
    Keyword.Constant: 4,
    String: 2,
    String.Doc: 3,
    Comment: 3,
    Number: 4,
    Name.Function: 5,
    Name.Decorator: 5,
    Name.Class: 6,
    Name.Builtin: 7,
    Name.Tag: 1,
    Name.Attribute: 7,
    Name.Exception: 6,
    Operator.Word: 1,
    Operator: 8,
    Token: 0,
}
LONGEST_LINE: Final = 2000
LONGEST_TEXT: Final = 256 * 1024

Spans = list[tuple[int, int, int]]
"""(first character, length, number of the token class), ascending."""


def lexer_for(name: str) -> Lexer | None:
    """Pygments' lexer for a file's name; None where it knows none."""
    try:
        return get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _class(token: _TokenType) -> int:
    at: _TokenType | None = token
    while at is not None:
        if at in _BY_TOKEN:
            return _BY_TOKEN[at]
        at = at.parent
    return 0


def coloured(name: str, text: str) -> list[Spans]:
    """The spans of every line of `text`, split on LF; nothing for unknown names, huge texts and very long lines."""
    lexer = lexer_for(name)
    if lexer is None or len(text) > LONGEST_TEXT:
        return []
    lines: list[Spans] = [[]]
    column = 0
    for _, token, value in lexer.get_tokens_unprocessed(text):
        kind = _class(token)
        for n, piece in enumerate(value.split("\n")):
            if n:
                lines.append([])
                column = 0
            if kind and piece and column + len(piece) <= LONGEST_LINE:
                lines[-1].append((column, len(piece), kind))
            column += len(piece)
    return lines
