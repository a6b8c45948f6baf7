"""Shows a comment's Markdown as text that is easy to read: headings, emphasis, code, lists, quotes; pure, linear.

What must stay true: every word stays; only the marks around words go. A link stays as it was written, with where it
leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.review.lines import Line, Part, paragraph
from reviewer.text import cell_width, wrapped

_INLINE: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|(?<![\w*])\*([^*\s][^*]*)\*(?!\w)|(?<!\w)_([^_\s][^_]*)_(?!\w)")
_STYLES: Final = ("syntax-string", "text bold", "text italic", "text italic")
_HEADING: Final = re.compile(r"#{1,6} +(\S.*)")
_ITEM: Final = re.compile(r"( *)[-*+] +(\S.*)")
_FENCE: Final = re.compile(r" *```+ *(.*)")


def markdown(texts: Sequence[str], width: int, indent: str) -> Iterator[Line]:
    """The lines of a comment, rendered before, broken at `width`, each after `indent`."""
    fenced = False
    for text in texts:
        fence = _FENCE.fullmatch(text)
        if fence is not None:
            fenced = not fenced
            if fence[1]:
                yield from paragraph(fence[1], width, "muted italic", indent=indent)
        elif fenced:
            yield from paragraph(text, width, "syntax-string", indent=f"{indent}  ")
        elif (heading := _HEADING.fullmatch(text)) is not None:
            yield from paragraph(heading[1], width, "text bold", indent=indent)
        elif text.startswith(">"):
            yield from paragraph(text[1:].strip(), width, "muted italic", indent=f"{indent}│ ")
        elif (item := _ITEM.fullmatch(text)) is not None:
            yield from _flowing(item[2], width, f"{indent}{item[1][:8]}• ", f"{indent}{item[1][:8]}  ")
        else:
            yield from _flowing(text, width, indent, indent)


def _flowing(text: str, width: int, first: str, rest: str) -> Iterator[Line]:
    """A paragraph with emphasis and code in it."""
    spans = list(_spans(text))
    plain = "".join(piece for piece, _ in spans)
    styles = [style for piece, style in spans for _ in piece]
    at = 0
    for n, piece in enumerate(wrapped(plain, max(8, width - cell_width(first)))):
        found = plain.find(piece, at)
        start = found if found >= 0 else at
        at = start + len(piece)
        parts: list[Part] = [(rest if n else first, "text")]
        for offset, char in enumerate(piece):
            style = styles[start + offset] if start + offset < len(styles) else "text"
            if len(parts) > 1 and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + char, style)
            else:
                parts.append((char, style))
        yield tuple(parts)


def _spans(text: str) -> Iterator[Part]:
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], "text"
        group = match.lastindex or 1
        yield match[group], _STYLES[group - 1]
        at = match.end()
    if at < len(text) or not text:
        yield text[at:], "text"
