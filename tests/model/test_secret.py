"""A secret shows itself nowhere; what is shaped like one is taken out of text."""

import copy
import json
import pickle
import traceback

import pytest
from canaries import CANARIES
from growth import linear
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.codec import to_json
from reviewer.model.failure import redacted
from reviewer.model.secret import Secret, redact

AROUND = ["{}", "clone failed for {} (403)", "x='{}'", '{{"k": "{}"}}', "https://host/p?x={}&y=1", "a,{},b", "({})"]
NAMED = [
    "https://ann:{}@host/x", "https://{}@host/x", "https://ann:{}@x@host/", "ssh://ann:a/{}@host/x",
    "Authorization: Bearer {}", "Authorization: Basic {}", "bearer {}", "Cookie: a=b; session={}", "PRIVATE-TOKEN: {}",
    "X-Api-Key: {}", "?access_token={}&page=2", "?private_token={}", "GITLAB_TOKEN={}", "client_secret={}",
    "password='{}'", '"passwd": "{}"', "AWS_SECRET_ACCESS_KEY={}", "api_key = {}", "passphrase: {}",
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("kind", CANARIES)
def test_a_token_of_each_service_leaves_nothing_of_itself(kind: str, around: str) -> None:
    said = redacted(around.format(CANARIES[kind]))
    assert not any(part in said for part in ("Zq7", "Xk2", "Pw9R", "MPW", "12345"))
    assert "[...]" in said


@pytest.mark.parametrize("around", NAMED)
@pytest.mark.parametrize("short", ["Zq7", "p%40Zq7!", "Zq7-Zq7"])
def test_what_is_named_as_a_secret_is_taken_out_however_short(around: str, short: str) -> None:
    assert "Zq7" not in redacted(f"it failed: {around.format(short)}")


def test_plain_words_stay() -> None:
    said = "cannot read a.py, line 12: No such file (errno 2); 3 of 4 tests failed, see https://example.org/x"
    assert redacted(said) == said


def test_nothing_shows_a_secret() -> None:
    secret = Secret(CANARIES["ours"])
    for said in (repr(secret), str(secret), f"{secret}", f"{secret:>80}", f"{secret!s}{secret!r}", repr([secret])):
        assert "Zq7" not in said
    for copied in (pickle.dumps, copy.deepcopy, copy.copy, json.dumps, to_json, vars, hash):
        with pytest.raises((TypeError, NotImplementedError)):
            copied(secret)
    with pytest.raises(AttributeError):
        secret._text = "x"  # type: ignore[misc]
    try:
        raise ValueError(secret)
    except ValueError as error:
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert "Zq7" not in "".join(captured.format()).replace("CANARIES", "")
    assert secret.reveal() == CANARIES["ours"]


@given(st.text(max_size=8), st.text(max_size=8))
def test_secrets_are_equal_where_their_texts_are(one: str, two: str) -> None:
    assert (Secret(one) == Secret(two)) == (one == two)
    assert Secret(one) != one
    assert bool(Secret(one)) == bool(one)


@pytest.mark.parametrize(
    "unit",
    ["a", " ", "://", "a:b@", "://a", "-----BEGIN PRIVATE KEY", "-----BEGIN ", "token=", "token ", "Bearer ", "eyJ.",
     "sk-", "password", "://a:a", "cookie:", "authorization ", "eyJ", "AKIA", "\n", "://a:b "],
)  # fmt: skip
def test_redaction_of_a_megabyte_is_linear(unit: str) -> None:
    assert linear(redact, unit)
