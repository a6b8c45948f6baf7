"""Reads the inbox's query language, tells what is wrong and where, and completes what is being typed; pure.

A query is words and `key:value` terms separated by spaces, all of which must hold; `-` before a term turns it round,
double quotes hold spaces together. `risk:high` means high or more; `size:` and `age:` take `>` and `<`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reviewer.model.attention import Turn
from reviewer.model.change import Kind, State
from reviewer.model.finding import Severity
from reviewer.model.query import How, Query, Term

TURNS: Final = tuple(turn.value for turn in Turn)
RUNS: Final = ("passed", "failed", "running", "queued", "stopped", "not-run", "none")
IS: Final = ("new", "found", "submitted", "open", "decided", "conflict", "snoozed", "drafted", "stale")
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "risk": tuple(severity.value for severity in Severity),
    "kind": tuple(kind.value for kind in Kind),
    "run": RUNS,
    "turn": TURNS,
    "is": IS,
    "state": tuple(state.value.replace(" ", "-").replace(",", "") for state in State),
}
"""Keys whose values are among a few words."""
FREE: Final = ("agent", "branch", "target", "title", "path", "flag", "repo")
AMOUNTS: Final = ("size", "age", "rev")
KEYS: Final = (*CHOICES, *FREE, *AMOUNTS)

_TOKEN: Final = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z]+):)?(?P<value>"[^"]*"?|[^\s"]*)')
_AMOUNT: Final = re.compile(r"(?P<test>[<>]?)(?P<number>\d{1,9})(?P<unit>[smhdw]?)\Z")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Mistake(Exception):
    """What is wrong with a query, in a sentence (`why`), and the characters that it is about."""

    def __init__(self, why: str, start: int, end: int) -> None:
        super().__init__(why)
        self.why = why
        self.start = start
        self.end = end


def parse(text: str) -> Query:
    """The query that a text asks. Raises Mistake at the first thing that cannot be meant."""
    terms = []
    for start, end, minus, key, value, quoted in _tokens(text):
        if quoted and not text[start:end].endswith('"'):
            raise Mistake("the quote is not closed", start, end)
        if not key:
            if value:
                terms.append(Term("", How.HOLDS, value.lower(), minus))
            continue
        if key not in KEYS:
            if quoted or "/" in value[:2]:
                terms.append(Term("", How.HOLDS, f"{key}:{value}".lower(), minus))
                continue
            raise Mistake(f"there is no {key}: there are {', '.join(KEYS)}", start, end)
        if not value:
            raise Mistake(f"{key}: needs a value{_among(key)}", start, end)
        terms.append(_term(key, value.lower() if key != "path" else value, minus, start, end))
    return Query(tuple(terms))


def _term(key: str, value: str, minus: bool, start: int, end: int) -> Term:
    if key in CHOICES:
        if value not in CHOICES[key]:
            raise Mistake(f"{key} is never {value}{_among(key)}", start, end)
        return Term(key, How.AT_LEAST if key == "risk" else How.IS, value, minus)
    if key in AMOUNTS:
        match = _AMOUNT.match(value)
        if not match or (match["unit"] and key != "age"):
            example = "age:>2h" if key == "age" else f"{key}:>{'200' if key == 'size' else '1'}"
            raise Mistake(f"{key} takes an amount, as in {example}", start, end)
        number = int(match["number"]) * (_SECONDS[match["unit"]] if key == "age" else 1)
        return Term(key, {"<": How.LESS, ">": How.MORE, "": How.AT_LEAST}[match["test"]], str(number), minus)
    if key == "path":
        return Term(key, How.GLOB, value if "*" in value or "?" in value else f"*{value}*", minus)
    return Term(key, How.HOLDS, value, minus)


def _among(key: str) -> str:
    return f": one of {', '.join(CHOICES[key])}" if key in CHOICES else ""


def _tokens(text: str) -> list[tuple[int, int, bool, str, str, bool]]:
    found = []
    for match in _TOKEN.finditer(text):
        if match.end() > match.start() and match[0] != "-":
            value = match["value"]
            quoted = value.startswith('"')
            found.append(
                (match.start(), match.end(), bool(match["minus"]), match["key"] or "", value.strip('"'), quoted)
            )
    return found


def completions(text: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """What the last word of `text` may become: keys, then values; `known` holds values of free keys by key."""
    head, _, word = text.rpartition(" ")
    lead = f"{head} " if head or text.startswith(" ") else ""
    minus = "-" if word.startswith("-") else ""
    key, colon, value = word.removeprefix("-").partition(":")
    if not colon:
        return [f"{lead}{minus}{name}:" for name in KEYS if key and name.startswith(key)]
    values = CHOICES.get(key, known.get(key, ()))
    wanted = value.strip('"').lower()
    found = [item for item in values if item.lower().startswith(wanted) and item.lower() != wanted]
    return [f"{lead}{minus}{key}:{_quoted(item)}" for item in found]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
