"""Queries over the inbox as values: what was asked for, term by term, and where in the text it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How a term compares: words are looked for, names are equal, amounts are ordered, paths are globs."""

    HOLDS = "holds"
    IS = "is"
    AT_LEAST = "at least"
    MORE = "more"
    LESS = "less"
    GLOB = "glob"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `key` is empty for a plain word; `value` is in small letters, an amount as digits or seconds."""

    key: str
    how: How
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must hold."""

    terms: tuple[Term, ...] = ()


EVERYTHING = Query()
