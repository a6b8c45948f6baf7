"""No burst, reply or paste passes the challenge; three single right keys do."""

import secrets

from hypothesis import given
from hypothesis import strategies as st

from reviewer.review.challenge import draw, read


def test_three_right_keys_pass() -> None:
    challenge = draw(secrets.choice)
    for letter in challenge.wanted:
        assert not challenge.passed
        challenge = read(challenge, letter.encode(), secrets.choice)
    assert challenge.passed


@given(st.lists(st.binary(min_size=2, max_size=8)))
def test_no_burst_passes(reads: list[bytes]) -> None:
    challenge = draw(secrets.choice)
    for data in [challenge.wanted.encode(), *reads]:
        challenge = read(challenge, data, secrets.choice)
        assert not challenge.passed
