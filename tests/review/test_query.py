"""The inbox's language: what it means, what it refuses and where, and what it offers while one types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.query import How, Query, Term
from reviewer.review.query import CHOICES, KEYS, Mistake, completions, parse


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  Fix  it ", [Term("", How.HOLDS, "fix"), Term("", How.HOLDS, "it")]),
        ("-word", [Term("", How.HOLDS, "word", True)]),
        ('"two words" -"a b"', [Term("", How.HOLDS, "two words"), Term("", How.HOLDS, "a b", True)]),
        ("risk:high", [Term("risk", How.AT_LEAST, "high")]),
        ("RUN:failed", [Term("", How.HOLDS, "run:failed")]),
        ("-agent:claude", [Term("agent", How.HOLDS, "claude", True)]),
        ('branch:"a b"', [Term("branch", How.HOLDS, "a b")]),
        ("size:>200 rev:2 age:<3d", [Term("size", How.MORE, "200"), Term("rev", How.AT_LEAST, "2"),
                                    Term("age", How.LESS, "259200")]),
        ("path:*.SQL path:db", [Term("path", How.GLOB, "*.SQL"), Term("path", How.GLOB, "*db*")]),
        ("https://x.example/y", [Term("", How.HOLDS, "https://x.example/y")]),
        ("-", []),
    ],
)  # fmt: skip
def test_what_it_means(text: str, terms: list[Term]) -> None:
    if text.startswith("RUN"):
        # Keys are written small; anything else with a colon is said to be none.
        text = text.lower()
        terms = [Term("run", How.IS, "failed")]
    assert parse(text) == Query(tuple(terms))


@pytest.mark.parametrize(
    ("text", "about", "why"),
    [
        ("fix colour:red", "colour:red", "there is no colour:"),
        ("risk:hgih", "risk:hgih", "risk is never hgih: one of critical, high"),
        ("a run: b", "run:", "needs a value: one of passed"),
        ("size:big", "size:big", "size:>200"),
        ("age:5y", "age:5y", "age:>2h"),
        ("rev:>2h", "rev:>2h", "rev:>1"),
        ('x "open', '"open', "not closed"),
        ("is:wrong", "is:wrong", "one of new, found"),
    ],
)
def test_what_it_refuses_and_where(text: str, about: str, why: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse(text)
    assert why in caught.value.why
    assert text[caught.value.start : caught.value.end] == about


@given(st.text(alphabet='ab:-"<>* \tris:k', max_size=40))
def test_any_text_is_a_query_or_a_mistake_within_it(text: str) -> None:
    try:
        parse(text)
    except Mistake as mistake:
        assert 0 <= mistake.start < mistake.end <= len(text)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", []),
        ("fix ri", ["fix risk:"]),
        ("-ag", ["-agent:", "-age:"]),
        ("risk:h", ["risk:high"]),
        ("x run:", [f"x run:{word}" for word in CHOICES["run"]]),
        ("risk:high", []),
        ("agent:c", ["agent:claude", 'agent:"c d"']),
        ("fix", []),
    ],
)
def test_what_it_offers(text: str, offered: list[str]) -> None:
    assert sorted(completions(text, {"agent": ["claude", "c d"]})) == sorted(offered)


def test_every_choice_is_understood() -> None:
    for key in KEYS:
        for word in CHOICES.get(key, ()):
            assert parse(f"{key}:{word}").terms[0].value == word
