"""Settings are read whole or refused with file, line and what is allowed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.model.errors import UsageError
from reviewer.settings import home, parse_seconds, parse_size, read_repository, read_user

GOOD = b"""
version = 1
[[run]]
name = "tests"
command = ["python3", "-m", "unittest"]
timeout = "5m"
memory = "512M"
[policy]
approvals = 2
[landing]
target_moved = "review"
"""


def test_a_good_file() -> None:
    settings = read_repository(GOOD)
    assert settings.runs[0].command == ("python3", "-m", "unittest")
    assert settings.runs[0].limits.seconds == 300
    assert settings.runs[0].limits.memory == 512 << 20
    assert settings.policy.approvals == 2
    assert settings.policy.target_moved == "review"


@pytest.mark.parametrize(
    ("change", "line", "allowed"),
    [
        ((b'"review"', b'"always"'), 11, "clean, rerun, review"),
        ((b"approvals = 2", b"approvals = 0"), 9, "1 to 10"),
        ((b"approvals", b"aprovals"), 9, "approvals, require_run"),
        ((b'"512M"', b'"lots"'), 7, "2G"),
        ((b'["python3", "-m", "unittest"]', b"[]"), 5, "unittest"),
        ((b"version = 1", b"version = 2"), 2, "1"),
    ],
)
def test_a_bad_value_names_line_and_what_is_allowed(change: tuple[bytes, bytes], line: int, allowed: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_repository(GOOD.replace(*change))
    assert f"line {line}:" in caught.value.message
    assert allowed in caught.value.hint


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_repository(data)
    except UsageError:
        pass


def test_a_number_of_any_length_is_refused() -> None:
    with pytest.raises(UsageError):
        read_repository(b"[policy]\nmax_lines = " + b"1" * 5000)


def test_amounts() -> None:
    assert parse_size("2G") == 2 << 30
    assert parse_seconds("1.5m") == 90
    with pytest.raises(ValueError):
        parse_size("-1")


def test_home_is_private(tmp_path: Path) -> None:
    place = home({"REVIEWER_HOME": str(tmp_path / "home")})
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o755)
    with pytest.raises(UsageError, match="others can enter"):
        home({"REVIEWER_HOME": str(place)})
    (tmp_path / "file").touch()
    with pytest.raises(UsageError):
        home({"REVIEWER_HOME": str(tmp_path / "file")})


def test_user_settings_default_and_refusal(tmp_path: Path) -> None:
    assert read_user(tmp_path / "none.toml").theme == "dark"
    (tmp_path / "config.toml").write_text("[agents]\nprefixes = [1]\n")
    with pytest.raises(UsageError, match="line 2"):
        read_user(tmp_path / "config.toml")


def test_rules_that_are_off() -> None:
    data = b'[scan]\noff = ["secret", "ruff/E501", "zizmor/*"]\n'
    assert read_repository(data).policy.off == ("secret", "ruff/E501", "zizmor/*")


@pytest.mark.parametrize(
    ("data", "line", "said", "hint"),
    [
        (b'[scan]\noff = [\n  "secret",\n  "secrt",\n]\n', 4, "no rule is called secrt", "perhaps: secret"),
        (b'[scan]\noff = ["/"]\n', 2, "no rule is called /", "ends with its rule"),
        (b'[scan]\noff = ["*"]\n', 2, "no rule is called *", "ends with its rule"),
        (b'[scan]\noff = "secret"\n', 2, "off is not valid", "a list of texts"),
        (b'[scan]\noff = [1]\n', 2, "off is not valid", "a list of texts"),
        (b'[scan]\nof = []\n', 2, "of is not valid", "off"),
        (b'version = 1\nscan = ["secret"]\n', 2, "scan is not valid", "a table"),
        (b'[scan]\n\noff = ["policy-loosened"]\n', 3, "stays on", "take it out"),
    ],
)
def test_a_rule_that_is_not_known_refuses_the_file(data: bytes, line: int, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_repository(data)
    assert f"line {line}:" in caught.value.message and said in caught.value.message
    assert hint in caught.value.hint
