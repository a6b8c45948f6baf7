"""Reads suggested edits out of a comment, and writes the block that begins one; pure.

A suggestion is what stands between "```suggestion" and "```": the lines remarked on as they should be.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.review.lines import Line
from reviewer.text import Untrusted, show, show_lines

OPENS = "```suggestion"
CLOSES = "```"


def block(text: Untrusted) -> str:
    """A suggestion that changes nothing yet, to be edited."""
    return f"{OPENS}\n{text.raw}\n{CLOSES}\n"


def parts(body: Untrusted) -> Iterator[tuple[bool, list[str]]]:
    """The lines of a comment, rendered, in parts: (suggested or not, lines)."""
    inside = False
    lines: list[str] = []
    for line in show_lines(body):
        if line.strip() in (OPENS, CLOSES) and inside == (line.strip() == CLOSES):
            if lines or inside:
                yield inside, lines
            inside, lines = not inside, []
        else:
            lines.append(line)
    if lines:
        yield inside, lines


def small_diff(old: Untrusted, new: list[str], indent: str) -> list[Line]:
    """A suggested edit as what goes and what comes."""
    before = [show(line) for line in old.raw.split("\n")] if old else []
    lines: list[Line] = [((indent, "text"), (f"- {line}", "removed on:removed-surface")) for line in before]
    lines += [((indent, "text"), (f"+ {line}", "added on:added-surface")) for line in new]
    return lines
