"""Finds the words that changed between a removed and an added line: pure, and bounded whatever the lines hold."""

from __future__ import annotations

import difflib
import re
from typing import Final

Span = tuple[int, int]
"""First character and the one after the last."""

_WORD: Final = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST: Final = 2000
_PRODUCT: Final = 4000
_ALIKE: Final = 0.3


def changed_words(old: str, new: str) -> tuple[list[Span], list[Span]]:
    """The changed stretches of both lines; none where they have so little in common that all of it is new.

    Lines are compared word by word between their common beginning and end; where that would cost too much, the whole
    middle counts as changed.
    """
    if len(old) > _LONGEST or len(new) > _LONGEST:
        return [], []
    a, b = _WORD.findall(old), _WORD.findall(new)
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    same = sum(map(len, a[:head])) + sum(map(len, a[len(a) - tail :]))
    if len(middle_a) * len(middle_b) > _PRODUCT:
        parts = [(0, len(middle_a), 0, len(middle_b))]
    else:
        parts = []
        matcher = difflib.SequenceMatcher(None, middle_a, middle_b, autojunk=False)
        for kind, a0, a1, b0, b1 in matcher.get_opcodes():
            if kind == "equal":
                same += sum(len(word) for word in middle_a[a0:a1] if not word.isspace())
            else:
                parts.append((a0, a1, b0, b1))
    if same < _ALIKE * max(len(old.strip()), len(new.strip()), 1):
        return [], []
    left = _spans(a, [(head + a0, head + a1) for a0, a1, _, _ in parts])
    right = _spans(b, [(head + b0, head + b1) for _, _, b0, b1 in parts])
    return left, right


def _spans(words: list[str], parts: list[Span]) -> list[Span]:
    """Ranges of words as ranges of characters, joined where they touch."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    found: list[Span] = []
    for first, last in parts:
        span = (starts[first], starts[last])
        if span[0] == span[1]:
            continue
        if found and found[-1][1] == span[0]:
            found[-1] = (found[-1][0], span[1])
        else:
            found.append(span)
    return found
