"""Reads how near a test asks a value to be: the tolerance or the digits of an assertion, and what is left without it.

What must stay true: a number is a tolerance only where the assertion itself takes it as one; a number in a call within
is a value like any other.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import words

# Calls, and which of their arguments at the earliest is how near the value must be.
_TAKES: Final = {
    "tobecloseto": 2, "closeto": 2, "approx": 2, "be_within": 1, "offset": 1, "within": 1, "iscloseto": 2,
    "assertalmostequal": 3, "assertalmostequals": 3, "assertequals": 3, "indelta": 3, "inepsilon": 3, "expect_near": 3, "assert_near": 3,
    "xctassertequal": 3, "assert_almost_equal": 3, "assertequalswithdelta": 3, "assert_in_delta": 3, "assert_allclose": 3, "isclose": 3,
}  # fmt: skip
_CALL: Final = re.compile(r"\b(toBeCloseTo|closeTo|approx|be_within|[oO]ffset|[wW]ithin|isCloseTo|assertAlmostEquals?|assertEquals|InDelta|InEpsilon|EXPECT_NEAR|ASSERT_NEAR|XCTAssertEqual"
                          r"|assert_almost_equal|assertEqualsWithDelta|assert_in_delta|assert_allclose|isclose)\s*\(")
_NUMBER: Final = re.compile(r"\s*(?:[A-Za-z_]\w{0,20}\s*[=:]\s*)?(\d[\d_.]{0,15}(?:e-?\d{1,3})?)[fFdL]?\s*\Z")
_NAMED: Final = re.compile(
    r"\b(atol|rtol|abs|rel|abs_tol|rel_tol|delta|eps(?:ilon)?|tol(?:erance)?|threshold|places|decimal|within"
    r"|maxDiffPixel\w*|max_diff\w*|pixel_?threshold|failureThreshold|max_?relative|precision|numDigits|InDelta"
    r"|InEpsilon|closeTo|isCloseTo|offset|maxUlps|be_within|EXPECT_NEAR|ASSERT_NEAR|WithinAbs|WithinRel|margin"
    r"|accuracy)\b[\"']?\s*[:=(,]?\s*(\d[\d_.]{0,15}(?:e-?\d{1,3})?)", re.IGNORECASE)
_JUDGES: Final = re.compile(
    r"assert|expect|approx|close|near|within|offset|delta|equal|toler|match|compare|raises|snapshot|require|check|verify|should|be_|screenshot|\beq\b|abs|norm|max|min|sum|mean",
    re.IGNORECASE)
_FEWER: Final = frozenset({"places", "decimal", "precision", "numdigits"})
_DIGITS: Final = frozenset({"tobecloseto", "assertalmostequal", "assertalmostequals", "assert_almost_equal"})
_OPENS: Final = re.compile(r"([\w.!]{0,60})\(|\)|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_LONGEST: Final = 400


def measured(code: str) -> str:
    """An assertion without its tolerance: a tighter one asks for the same value."""
    for start, end in (*_places(code, _named(code)), *_places(code, _taken(code))):
        return words(code[:start] + code[end:])
    return words(code)


def looser(before: str, after: str) -> bool | None:
    """Whether a tolerance became wider; None where the two have none to compare."""
    told = False
    for old, new in ((_named(before), _named(after)), (_taken(before), _taken(after))):
        if old is None or new is None or old[0] != new[0]:
            continue
        told = True
        was, now = _value(old[1]), _value(new[1])
        if was is not None and now is not None and (now < was if old[2] else now > was):
            return True
    return False if told else None


Found = tuple[str, "re.Match[str]", bool, int]


def _places(code: str, found: Found | None) -> list[tuple[int, int]]:
    if found is None:
        return []
    last = found[1].lastindex or 1
    return [(found[3] + found[1].start(last), found[3] + found[1].end(last))]


def _named(code: str) -> Found | None:
    """A tolerance that bears its name, as an argument of what judges the value."""
    for found in _NAMED.finditer(code[:_LONGEST]):
        inside = _call_around(code, found.start())
        if not inside or _JUDGES.search(inside):
            fewer = found[1].lower() in _FEWER
            return found[1].lower(), found, fewer, 0
    return None


def _taken(code: str) -> Found | None:
    """A tolerance that a call takes by its place."""
    for call in _CALL.finditer(code[:_LONGEST]):
        arguments = _arguments(code, call.end())
        name = call[1].lower()
        if len(arguments) < _TAKES.get(name, 3) or (name == "assertequals" and code[arguments[0][0] : arguments[0][1]].lstrip()[:1] in ("'", '"') and len(arguments) < 4):
            continue
        start, end = arguments[-1]
        found = _NUMBER.match(code[start:end])
        if found:
            delta = "delta" in code[start:end]
            return name, found, name in _DIGITS and not delta, start
    return None


def _arguments(code: str, start: int) -> list[tuple[int, int]]:
    """Where the arguments of a call stand, from behind its parenthesis on."""
    depth, begin, quote = 0, start, ""
    found: list[tuple[int, int]] = []
    for at in range(start, min(len(code), start + _LONGEST)):
        sign = code[at]
        if quote:
            quote = "" if sign == quote and code[at - 1] != "\\" else quote
        elif sign in "\"'`":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            if depth == 0:
                return [*found, (begin, at)] if code[begin:at].strip() else found
            depth -= 1
        elif sign == "," and depth == 0:
            found.append((begin, at))
            begin = at + 1
    return found


def _call_around(code: str, place: int) -> str:
    """The name of the call whose arguments a place stands among; empty where it stands in none."""
    open_calls: list[str] = []
    for found in _OPENS.finditer(code, 0, place):
        if found[0] == ")":
            if open_calls:
                open_calls.pop()
        elif found[0].endswith("("):
            open_calls.append(found[1])
    return next((name for name in reversed(open_calls) if name), "")


def _value(text: str | re.Match[str]) -> float | None:
    try:
        return float(text[text.lastindex or 1].replace("_", "")) if isinstance(text, re.Match) else float(text)
    except ValueError:
        return None
