"""A token is found where a person keeps it, for its own host, at the time of use; what is shown is where, not it."""

import os
from pathlib import Path

import pytest

from reviewer.model.errors import LoginError
from reviewer.pipelines.credentials import GATE, GITHUB, GITLAB, KEYRING, Credential, Service, find, read_token

CANARY = "ghp" + "_" + "Zq7Xk2mPw9R" * 3


def nothing(_service: str, _user: str) -> None:
    return None


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    """An environment in which a program of that name is installed."""
    place = folder / "bin" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)
    return {"PATH": f"{place.parent}:/usr/bin:/bin"}


def found(service: Service, host: str, environ: dict[str, str], **more: object) -> Credential:
    return find(service, host, environ=environ, **{"keyring": nothing, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "host", "name"),
    [(GITHUB, "github.com", "GH_TOKEN"), (GITHUB, "github.com", "GITHUB_TOKEN"),
     (GITHUB, "git.example.org", "GH_ENTERPRISE_TOKEN"), (GITLAB, "gitlab.com", "GITLAB_TOKEN"),
     (GATE, "gate.example.org", "REVIEWER_GATE_TOKEN")],
)  # fmt: skip
def test_the_environment_holds_it(service: Service, host: str, name: str) -> None:
    credential = found(service, host, {name: f"{CANARY}\n", "PATH": ""})
    assert credential.secret.reveal() == CANARY
    assert name in credential.source
    assert "Zq7" not in repr(credential)


@pytest.mark.parametrize(
    ("service", "host", "name"),
    [(GITHUB, "git.example.org", "GITHUB_TOKEN"), (GITHUB, "github.com.evil.example", "GH_TOKEN"),
     (GITHUB, "github.com", "GH_ENTERPRISE_TOKEN"), (GITLAB, "git.example.org", "GITLAB_TOKEN"),
     (GITLAB, "gitlab.com", "GITHUB_TOKEN")],
)  # fmt: skip
def test_what_is_for_one_host_is_offered_to_no_other(service: Service, host: str, name: str) -> None:
    with pytest.raises(LoginError, match="no token for"):
        found(service, host, {name: CANARY, "PATH": ""})


def test_a_login_holds_it_and_is_asked_anew_each_time(tmp_path: Path) -> None:
    environ = program(tmp_path, "gh", f'echo "$@" >> {tmp_path}/asked; pwd >> {tmp_path}/asked; cat {tmp_path}/token')
    for token in (CANARY, CANARY[::-1]):
        (tmp_path / "token").write_text(f"{token}\n")
        credential = found(GITHUB, "github.com", environ)
        assert (credential.secret.reveal(), credential.source) == (token, "gh's login")
    assert (tmp_path / "asked").read_text() == "auth token --hostname github.com\n/\n" * 2
    environ = program(tmp_path, "glab", f"echo {CANARY}")
    assert found(GITLAB, "git.example.org", environ).source == "glab's login"


@pytest.mark.parametrize(
    "script",
    [
        "exit 1", f"echo {CANARY} is wrong >&2; exit 1", "", "echo two words", r"printf 'a\033[2Jb'",
        "head -c 9999 /dev/zero",
    ],
)  # fmt: skip
def test_a_login_that_says_no_token_is_named_and_nothing_of_it_shown(tmp_path: Path, script: str) -> None:
    with pytest.raises(LoginError) as caught:
        found(GITHUB, "github.com", program(tmp_path, "gh", script))
    said = f"{caught.value.message} {caught.value.hint}"
    assert "gh" in said
    assert "Zq7" not in said
    assert said.isprintable()


@pytest.mark.parametrize("host", ["--help", "-x", "a b", "a;b", "$(x)", "a\nb", "a/b", ""])
def test_a_host_is_never_an_option(tmp_path: Path, host: str) -> None:
    environ = program(tmp_path, "gh", f"touch {tmp_path}/ran; echo {CANARY}")
    with pytest.raises(LoginError):
        found(GITHUB, host, environ)
    assert not (tmp_path / "ran").exists()


def test_a_program_in_the_folder_where_one_stands_is_not_the_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "gh", f"touch {tmp_path}/ran; echo {CANARY}")
    monkeypatch.chdir(tmp_path / "bin")
    with pytest.raises(LoginError, match="no token"):
        found(GITHUB, "github.com", {"PATH": f".:{os.pathsep}bin:"})
    assert not (tmp_path / "ran").exists()


def test_a_keyring_holds_it(tmp_path: Path) -> None:
    asked = []

    def keyring(service: str, user: str) -> str:
        asked.append((service, user))
        return CANARY

    assert found(GATE, "gate.example.org", {}, keyring=keyring).source == "the keyring"
    assert asked == [(KEYRING, "gate.example.org")]


def test_a_keyring_that_cannot_be_asked_is_said() -> None:
    def keyring(_service: str, _user: str) -> str:
        raise RuntimeError(f"no backend, {CANARY}")

    with pytest.raises(LoginError) as caught:
        found(GATE, "gate.example.org", {}, keyring=keyring)
    assert "the keyring, which cannot be asked (RuntimeError)" in caught.value.hint
    assert "REVIEWER_GATE_TOKEN" in caught.value.hint
    assert "Zq7" not in caught.value.hint


def test_a_file_that_is_named_is_the_only_place(tmp_path: Path) -> None:
    environ = {"REVIEWER_GATE_TOKEN": CANARY}
    with pytest.raises(LoginError, match="cannot read"):
        find(GATE, "h", tmp_path / "token", environ, nothing)
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("other\n")
    assert find(GATE, "h", tmp_path / "token", environ, nothing).secret.reveal() == "other"


@pytest.mark.parametrize("content", ["", "\n", "two words", "a\nb", "a\x1b[2J", "\u00e9", "x" * 5000])
def test_a_file_without_a_token_is_refused_and_not_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text(content)
    with pytest.raises(LoginError, match="there is no token"):
        read_token(tmp_path / "token")


def test_a_pipe_or_a_device_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)
    for place in (tmp_path / "token", Path("/dev/zero")):
        with pytest.raises(LoginError, match="open to others"):
            read_token(place)
