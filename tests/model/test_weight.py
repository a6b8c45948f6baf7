"""Risk is an order that can be told: the first aspect in which two changes differ decides, and says so in words."""

from dataclasses import replace

import pytest

from reviewer.model.change import Change, Kind, Size, State
from reviewer.model.detail import FileSize
from reviewer.model.finding import Severity
from reviewer.model.weight import AgentRecord, packed, reasons, weights_of, words_of
from reviewer.text import Untrusted

CALM = Change(
    "c", 1, Kind.CODE, State.PENDING, "r", Untrusted("/r"), Untrusted("t"), Untrusted("claude/x"), Untrusted("claude"),
    Untrusted("main"), 1, "d" * 64, "h", "b", Size(1, 5, 5), None, 0, (), "passed", 0, 0.0, 0.0,
)  # fmt: skip
HIGH = replace(CALM, risk=Severity.HIGH, flags=2, categories=("test-removed", "secret"))
SQL = [FileSize(Untrusted("db/migrations/7.sql"), 1, 1)]


def weight(change: Change, **more: object) -> int:
    return packed(weights_of(change, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (weight(replace(CALM, risk=Severity.CRITICAL, flags=1)), weight(HIGH, files=SQL)),
        (weight(HIGH), weight(replace(HIGH, categories=("placeholder",)))),
        (weight(replace(HIGH, categories=("test-removed",))), weight(replace(HIGH, categories=("placeholder",)))),
        (weight(replace(CALM, kind=Kind.DEPLOY)), weight(CALM, files=SQL)),
        (weight(CALM, files=SQL), weight(replace(CALM, run="failed"))),
        (weight(replace(CALM, run="failed")), weight(replace(CALM, size=Size(99, 9999, 9999)))),
        (weight(replace(CALM, size=Size(1, 1001, 0))), weight(replace(CALM, size=Size(31, 9, 9)))),
        (weight(replace(CALM, size=Size(11, 9, 9))), weight(CALM, owners=[Untrusted(f"@{n}") for n in range(9)])),
        (weight(CALM, owners=[Untrusted("@a"), Untrusted("@b")]), weight(CALM, record=AgentRecord(9, 0))),
        (weight(CALM, record=AgentRecord(2, 1)), weight(CALM, record=AgentRecord(1, 2))),
        (weight(CALM, record=AgentRecord(1, 9)), weight(CALM)),
    ],
)
def test_the_first_aspect_that_differs_decides(more: int, less: int) -> None:
    assert more > less


def test_the_two_words_that_matter_most_and_every_reason() -> None:
    found = weights_of(replace(HIGH, run="failed"), SQL, AgentRecord(3, 1), [Untrusted("@a\x1b"), Untrusted("@b")])
    assert words_of(found) == ["test-removed", "migration"]
    told = reasons(found)
    assert told[0] == "level: high, 2 findings"
    assert any("db/migrations/7.sql" in why for why in told)
    assert told[-1] == "record: claude here: 1 landed, 3 rejected or sent back"
    assert not any("\x1b" in why for why in told)
    assert words_of(weights_of(CALM)) == []
