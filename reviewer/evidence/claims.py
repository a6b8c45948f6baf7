"""Finds in what an agent says the numbers of tests that it names; pure, and careful: what is not plain is no claim.

What must stay true: the text is from outside and bounded; a sentence that wishes, plans, doubts or tells of the past is
left out, for a claim that was never made must not be held against anybody.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.model.observed import Claimed
from reviewer.model.run import Conclusion
from reviewer.text import Untrusted

_TEXT: Final = 64 << 10
_SENTENCE: Final = 300
_CLAIMS: Final = 20
_ENDS: Final = re.compile(r"(?<=[.!?;])\s|\n")
_UNSURE: Final = re.compile(
    r"\b(?:should|would|could|might|may|must|will|if|when|once|until|unless|before|previously|was|were|used to|"
    r"expect\w*|hope\w*|ensure\w*|make sure|to pass|please|not|n't|never|cannot|can't|don't|didn't|doesn't|isn't|"
    r"without|todo|target|goal|need\w*|want\w*|earlier|baseline|originally|on main|fixed|fixes|fix)\b|\?",
    re.IGNORECASE,
)
_N: Final = r"(\d{1,3}(?:,\d{3}){1,2}|\d{1,7})"
_PASSED: Final = re.compile(
    rf"\b{_N} (?:(?:unit|integration|new|existing|of the|other) ){{0,2}}(?:tests? |specs? |checks? )?"
    r"(?:have |has |are |all |now ){0,2}(?:passed|passing|pass|green|succeeded|succeed)\b",
    re.IGNORECASE,
)
_FAILED: Final = re.compile(rf"\b{_N} (?:tests? )?(?:failed|failing|failures?|errors?)\b", re.IGNORECASE)
_SKIPPED: Final = re.compile(rf"\b{_N} (?:tests? )?(?:skipped|skips?|ignored)\b", re.IGNORECASE)
_SHARE: Final = re.compile(
    r"\b(\d{1,7}) ?(?:/|of|out of) ?(\d{1,7}) (?:tests? )?(?:passed|passing|pass|green)\b", re.IGNORECASE
)
_ALL: Final = re.compile(
    r"\b(?:(?:all|every)(?: (?:of )?the)?(?: (?:\d{1,7}|existing|unit|new|integration)){0,2} (?:tests?|specs?|checks?)|"
    r"(?<!\d )(?:the )?(?:full |whole |entire )?(?:test suite|tests|suite))"
    r"(?: (?:now|still|all)){0,2}(?: is| are)?(?: (?:now|still|all)){0,2} (?:pass(?:es|ed|ing)?|green|succeed(?:s|ed)?)"
    r"\b",
    re.IGNORECASE,
)


def read_claims(text: Untrusted) -> tuple[Claimed, ...]:
    """What is claimed of tests, sentence by sentence."""
    found: list[Claimed] = []
    for sentence in _ENDS.split(text.raw[:_TEXT]):
        words = sentence.strip(" \t\r-*#>`").rstrip(".;!")
        if not words or len(words) > _SENTENCE or _UNSURE.search(words):
            continue
        claim = _claim(words)
        if claim is not None:
            found.append(claim)
        if len(found) >= _CLAIMS:
            break
    return tuple(found)


def _claim(words: str) -> Claimed | None:
    passed, failed, skipped = (_number(pattern, words) for pattern in (_PASSED, _FAILED, _SKIPPED))
    share = _SHARE.search(words)
    if share is not None:
        passed = int(share[1])
        failed = int(share[2]) - passed - (skipped or 0) if failed is None else failed
        if failed < 0:
            return None
    every = _ALL.search(words) is not None
    if passed is None and not every and skipped is None:
        # A number of failures alone says what was, or what was mended.
        return None
    if "test" not in words.lower() and passed is None and not every:
        return None
    good = failed == 0 if failed is not None else every
    return Claimed(
        Untrusted(words), conclusion=Conclusion.SUCCESS if good else None, passed=passed, failed=failed, skipped=skipped
    )


def _number(pattern: re.Pattern[str], words: str) -> int | None:
    found = pattern.findall(words)
    # Two numbers of the same thing in one sentence: not plain.
    return int(found[0].replace(",", "")) if len(found) == 1 else None
