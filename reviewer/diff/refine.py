"""Finds what changed between a removed and an added line, word by word; pure, and bounded whatever the lines hold."""

from __future__ import annotations

import difflib
import re
from typing import Final

Span = tuple[int, int]
"""First character and the one after the last."""

# An accent that is a character of its own belongs to its letter: alone it would be marked where nobody sees it.
_MARKS: Final = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_WORD: Final = re.compile(rf"[\w{_MARKS}]+|\s+|[^\w\s]")
_LONGEST: Final = 2000
_LONGEST_WORD: Final = 100
_PRODUCT: Final = 4000
_ALIKE: Final = 0.3
_BLANK: Final = bytes.maketrans(b"", b""), b" \t\r\f\v"


def changed_words(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """The changed stretches of both lines, ascending; none where they have so little in common that all of it is new.

    Without the stretches both lines are the same text. Lines are compared word by word between their common beginning
    and end; where that would cost too much, the whole middle counts as changed. Swapped lines give swapped stretches.
    """
    if old > new:
        right, left = changed_words(new, old)
        return left, right
    head = _common_head(old, new)
    tail = _common_tail(old, new, head)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    same = _ink(old[:head]) + _ink(old[len(old) - tail :])
    words_a, words_b = [a], [b]
    if max(len(a), len(b)) <= _LONGEST:
        words_a, words_b = _WORD.findall(a), _WORD.findall(b)
    if len(words_a) * len(words_b) > _PRODUCT:
        words_a, words_b = [a], [b]
    left, right = [], []
    at_a = at_b = head
    matcher = difflib.SequenceMatcher(None, words_a, words_b, autojunk=False)
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        end_a = at_a + sum(map(len, words_a[a0:a1]))
        end_b = at_b + sum(map(len, words_b[b0:b1]))
        if kind == "equal":
            same += _ink(old[at_a:end_a])
        else:
            left += [(at_a, end_a)] * (at_a < end_a)
            right += [(at_b, end_b)] * (at_b < end_b)
        at_a, at_b = end_a, end_b
    if same < _ALIKE * max(_ink(old), _ink(new)):
        return [], []
    return left, right


def only_space_changed(old: bytes, new: bytes) -> bool:
    """Whether two different lines are the same but for white space."""
    return old != new and old.translate(*_BLANK) == new.translate(*_BLANK)


def trailing_space(text: bytes) -> int:
    """Where the white space at the end of a line begins; its length where there is none. A last CR is no part of it."""
    body = text[:-1] if text.endswith(b"\r") else text
    bare = len(body.rstrip(b" \t\f\v"))
    return bare if bare < len(body) else len(text)


def _ink(text: str) -> int:
    """Characters that are no blanks."""
    return len(text) - text.count(" ") - text.count("\t")


def _common_head(a: str, b: str) -> int:
    """The length of the common beginning, in whole words unless a word is very long."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    for at in range(low, max(low - _LONGEST_WORD, -1), -1):
        if not _inside_word(a, at) and not _inside_word(b, at):
            return at
    return low


def _common_tail(a: str, b: str, head: int) -> int:
    """The length of the common end behind `head`, in whole words unless a word is very long."""
    low, high = 0, min(len(a), len(b)) - head
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    for length in range(low, max(low - _LONGEST_WORD, -1), -1):
        if not _inside_word(a, len(a) - length) and not _inside_word(b, len(b) - length):
            return length
    return low


def _inside_word(text: str, at: int) -> bool:
    """Whether a cut at `at` would part a word or a stretch of white space."""
    if not 0 < at < len(text):
        return False
    found = _WORD.match(text, at - 1, at + 1)
    return found is not None and found.end() > at
