"""Matches paths against patterns: `*` and `?` within a folder's name, `**` over folders; at most the product in time.

What must stay true: a pattern is data from a file and a path is chosen by an agent, so that neither becomes a regular
expression.
"""

from __future__ import annotations

from collections.abc import Sequence


def matches(pattern: str, path: str) -> bool:
    """Whether a path is meant. A pattern without a slash is about names in every folder, "docs/" about all below."""
    if pattern.endswith("/"):
        pattern += "**"
    anchored = "/" in pattern
    parts = pattern.removeprefix("/").split("/")
    return _folders(parts if anchored else ["**", *parts], path.split("/"))


def named(pattern: str, name: str) -> bool:
    """Whether a name, such as a branch's or an agent's, is meant: `*` stands for anything, slashes too."""
    return _letters(pattern.replace("**", "*"), name)


def _folders(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Each row holds which beginnings of the pattern match the names so far."""
    if parts[-1] == "**":
        parts = [*parts, "*"]  # what lies below a folder, and not the folder
    row = [True]
    for part in parts:
        row.append(row[-1] and part == "**")
    for name in names:
        after = [False]
        for p, part in enumerate(parts):
            after.append(after[p] or row[p + 1] if part == "**" else row[p] and _letters(part, name))
        row = after
    return row[-1]


def _letters(pattern: str, text: str) -> bool:
    p = t = 0
    star, mark = -1, 0
    while t < len(text):
        if p < len(pattern) and pattern[p] == "*":
            star, mark = p, t
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", text[t]):
            p += 1
            t += 1
        elif star >= 0:
            mark += 1
            p, t = star + 1, mark
        else:
            return False
    return all(letter == "*" for letter in pattern[p:])
