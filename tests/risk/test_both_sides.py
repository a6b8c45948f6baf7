"""A safe line that becomes a risky one is found: no pattern takes the two for the same construct."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from reviewer.risk.engine import TABLE

# What a setting says when it is risky, and what it says in its place when it is not.
_FLIPS = (
    ("false", "true"), ("true", "false"), ("False", "True"), ("True", "False"), ("VERIFY_NONE", "VERIFY_PEER"), ("NONE", "REQUIRED"),
    ("none", "strict"), ("None", "checker"), ("no", "yes"), ("yes", "no"), ("off", "on"), ("on", "off"), ("0", "1"), ("1", "0"), ("*", "x"),
    ("disable", "require"), ("disabled", "enabled"), ("null", "check"), ("nil", "check"), ("Delete", "Retain"),
    ("Optional", "Strict"), ("trust", "scram-sha-256"), ("TLS10", "TLS13"), ("TLSv1", "TLSv1.3"), ("SSLv3", "TLSv1.3"), ("allow", "deny"),
)  # fmt: skip

# Values that are risky under whatever name a rule of settings looks for.
_RISKY = frozenset(
    "true false yes no on off none null nil undefined 0 1 disable disabled enabled optional open public trust infinity max always all unlimited "
    "permissive very_permissive null_session alwaysallow allowallauthenticator allowallauthorizer prod deploy aws secrets release write "
    "unconfined unmasked delete recycle destroy tls10 tls11 tls1_0 sslv3 tlsv1_ sslv1_ allowall unit cert_none void".split()
)  # fmt: skip
_OF_SETTINGS = frozenset({"tls-disabled", "auth-weakened", "unsafe-default", "infra-guard-removed", "ci-privilege"})
# These say enough by being there.
_BY_PRESENCE = ("--trusted-host", "URLCredential(", "password", "default=false", "#pyright")


def _samples(tree: Any) -> list[str]:
    """A text for each alternative of a pattern, everything that may be left out left out."""
    found = [""]
    for kind, value in tree:
        choices = _choices(kind, value)
        found = [found[0] + choices[0], *(each + choices[0] for each in found[1:]), *(found[0] + each for each in choices[1:])]
    return found


def _choices(kind: Any, value: Any) -> list[str]:
    if kind is code.LITERAL:
        return [chr(value)]
    if kind is code.NOT_LITERAL or kind is code.ANY:
        return ["x"]
    if kind is code.IN:
        return [_member(value)]
    if kind is code.BRANCH:
        return [each for branch in value[1] for each in _samples(branch)]
    if kind is code.SUBPATTERN:
        return _samples(value[3])
    if kind is code.ATOMIC_GROUP:
        return _samples(value)
    if kind in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return [each * value[0] for each in _samples(value[2])] if value[0] else [""]
    return [""]


def _member(members: Any) -> str:
    if members[0][0] is code.NEGATE:
        return next(c for c in "xq0;" if not re.match(_spelt(members[1:]), c))
    kind, value = members[0]
    if kind is code.CATEGORY:
        return " " if value is code.CATEGORY_SPACE else "1" if value is code.CATEGORY_DIGIT else "x"
    return chr(value[0] if kind is code.RANGE else value)


def _spelt(members: Any) -> str:
    signs = {code.CATEGORY_SPACE: r"\s", code.CATEGORY_DIGIT: r"\d", code.CATEGORY_WORD: r"\w"}
    parts = [
        signs.get(value, "") if kind is code.CATEGORY
        else f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}" if kind is code.RANGE
        else re.escape(chr(value))
        for kind, value in members
    ]  # fmt: skip
    return f"[{''.join(parts)}]"


def _settings() -> Iterator[tuple[str, re.Pattern[str], str, str]]:
    for rule in TABLE.rules:
        if rule.was is not None or rule.key != "match":
            continue
        for sample in _samples(parser.parse(rule.pattern.pattern, rule.pattern.flags)):
            if not rule.pattern.search(sample):
                continue
            for risky, safe in _FLIPS:
                flipped = re.sub(rf"(?<![A-Za-z0-9]){re.escape(risky)}(?![A-Za-z0-9])", safe, sample)
                if flipped != sample:
                    yield rule.name, rule.pattern, sample, flipped


def test_no_pattern_of_the_table_ends_before_the_value_that_makes_it_risky() -> None:
    seen = 0
    for name, pattern, sample, flipped in _settings():
        seen += 1
        one, other = pattern.search(sample), pattern.search(flipped)
        assert one is not None
        assert other is None or other[0] != one[0], (name, sample, flipped)
    assert seen > 1000


def test_a_rule_of_settings_reads_the_value_to_its_end() -> None:
    """A match that ends in a sign of assignment, or within a word that says nothing, would fit the safe value as well."""
    seen = 0
    for rule in TABLE.rules:
        if rule.category not in _OF_SETTINGS or rule.was is not None or rule.key != "match" or rule.side == "-":
            continue
        for sample in _samples(parser.parse(rule.pattern.pattern, rule.pattern.flags)):
            found = rule.pattern.search(sample)
            value = found and re.search(r"(?:=>|[=:])\s*[\"']?(\w*)\Z", found[0])
            if not found or not value or found[0].startswith(_BY_PRESENCE):
                continue
            longer = rule.pattern.search(sample + "zz")
            seen += 1
            assert longer is None or longer[0] != found[0] or value[1].lower() in _RISKY or value[1].isdigit(), (rule.name, sample)
    assert seen > 100
