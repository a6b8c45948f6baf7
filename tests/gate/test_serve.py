"""The gate over TCP: who has a token, what it lets them do, how much and how often."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from ground import Ground
from places import InProcess, Place, bundled, served

from reviewer.attest.sign import Key
from reviewer.attest.statement import seal
from reviewer.gate.access import Bearer, Limiter
from reviewer.gate.api import application
from reviewer.gate.tokens import Tokens
from reviewer.model.codec import to_json
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Verdict
from reviewer.model.errors import ForbiddenError, LoginError, MissingError, ReviewerError, UnreachableError, UsageError
from reviewer.pipelines.checkpoint import Checkpoint
from reviewer.pipelines.credentials import read_token
from reviewer.pipelines.pinned import checked_url
from reviewer.pipelines.remote import Remote, connect_remote
from reviewer.text import Untrusted

URL = "https://gate.example.org"


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def app(bare: Ground, now: list[float]) -> InProcess:
    """The application that `gate serve` puts on TCP, without the socket."""
    access = Bearer(Tokens(bare.home), lambda: now[0])
    limiter = Limiter(1.0, 30, lambda: now[0])
    return InProcess(application(bare.gate, access, repositories={"work": bare.work}, limiter=limiter))


def raw(app: InProcess, token: str) -> httpx.Client:
    return httpx.Client(transport=app, base_url=URL, headers={"Authorization": f"Bearer {token}"})


def place(app: InProcess, ground: Ground, token: str, home: str = "desk") -> Place:
    client = raw(app, token)
    return Place(Remote(client, bundled(ground.home.with_name(home))), client, ground)


def test_a_token_is_kept_as_its_digest_alone_and_is_good_until_it_is_revoked(bare: Ground, app: InProcess) -> None:
    token = Tokens(bare.home).add("ann", False, 1.0)
    kept = bare.home / "gate" / "tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert token not in kept.read_text() and token.removeprefix("rvw_") not in kept.read_text()
    with pytest.raises(UsageError, match="already"):
        Tokens(bare.home).add("ann", False, 1.0)
    for name in ("", "a b", "../x", "a\nb"):
        with pytest.raises(UsageError):
            Tokens(bare.home).add(name, False, 1.0)
    client = raw(app, token)
    assert client.get("/review/v1/version").status_code == 200
    Tokens(bare.home).revoke("ann")
    assert client.get("/review/v1/version").status_code == 401
    with pytest.raises(UsageError, match="no token"):
        Tokens(bare.home).revoke("ann")


def test_nobody_is_let_in_without_a_good_token(bare: Ground, app: InProcess) -> None:
    token = Tokens(bare.home).add("ann", False, 1.0)
    for header in (None, "", "Bearer", "Bearer ", f"Basic {token}", f"Bearer {token}x", f"Bearer {token[:-1]}"):
        headers = {} if header is None else {"Authorization": header}
        answer = httpx.Client(transport=app, base_url=URL).get("/review/v1/changes", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 401


def test_guessing_is_answered_ever_more_slowly_and_stops_nobody_who_has_a_token(
    bare: Ground, app: InProcess, now: list[float]
) -> None:
    token = Tokens(bare.home).add("ann", False, 1.0)
    said = [raw(app, f"guess{n}").get("/review/v1/version") for n in range(12)]
    assert [answer.status_code for answer in said] == [401] * 10 + [429] * 2
    assert int(said[-1].headers["Retry-After"]) == 6
    assert raw(app, token).get("/review/v1/version").status_code == 200
    now[0] += 6
    assert raw(app, "guess").get("/review/v1/version").status_code == 401


def test_who_asks_too_often_is_told_when_to_come_again(bare: Ground, app: InProcess, now: list[float]) -> None:
    ann, bob = (raw(app, Tokens(bare.home).add(name, False, 1.0)) for name in ("ann", "bob"))
    for _ in range(30):
        assert ann.get("/review/v1/version").status_code == 200
    answer = ann.get("/review/v1/version")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert bob.get("/review/v1/version").status_code == 200
    with pytest.raises(UnreachableError) as caught:
        Checkpoint(ann).version()
    assert caught.value.retry_after == 1
    now[0] += 1
    assert ann.get("/review/v1/version").status_code == 200


def test_an_agent_submits_and_remarks_under_its_own_name_and_never_decides(bare: Ground, app: InProcess) -> None:
    agent = place(app, bare, Tokens(bare.home).add("claude-7", True, 1.0))
    detail = agent.submit("claude/fix", app__txt="good 2\n")
    change = detail.change.change_id
    assert detail.change.agent.raw == "claude-7"
    said = Comment("c1", detail.change.digest, Untrusted("claude-7"), AuthorKind.AGENT, Untrusted("done"), 1.0)
    assert agent.client.comment(change, said).status == "accepted"
    for other in (
        replace(said, comment_id="c2", author=Untrusted("claude-8")),
        replace(said, comment_id="c3", author_kind=AuthorKind.PERSON),
    ):
        with pytest.raises(ForbiddenError):
            agent.client.comment(change, other)
    mine = replace(agent.decision(detail, "d1", Verdict.REJECT), reviewer=Untrusted("claude-7"), envelope="")
    for decision in (mine, replace(mine, unattended=True)):
        sealed = replace(decision, envelope=seal(decision, detail.current, bare.key))
        with pytest.raises(ForbiddenError, match="never decides"):
            agent.client.decide(sealed, now=True)
    with pytest.raises(ForbiddenError):
        agent.client.withdraw(change, "d1")
    with pytest.raises(ForbiddenError):
        agent.client.landed(change)


def test_only_what_is_served_can_be_named(bare: Ground, app: InProcess) -> None:
    ann = raw(app, Tokens(bare.home).add("ann", False, 1.0))
    for repository in (str(bare.work), "../work", "/", "other"):
        with pytest.raises(MissingError, match="serves no repository"):
            Checkpoint(ann).submit(repository, "claude/fix", "main", "claude", "", "")
    with pytest.raises(MissingError, match="no such blob"):
        Remote(ann, bundled(bare.home))._submit("work", "claude/fix", "main", "claude", "", "", "0" * 64)


def test_a_key_is_known_from_its_first_decision_on(bare: Ground, app: InProcess, tmp_path: Path) -> None:
    ann = place(app, bare, Tokens(bare.home).add("ann", False, 1.0))
    detail = ann.submit("claude/fix", app__txt="good 2\n")
    bare.settle()
    ann.client.decide(ann.decision(detail, "d1", Verdict.REQUEST_CHANGES), now=False)
    ann.client.withdraw(detail.change.change_id, "d1")
    bare.key = Key.load_or_create(tmp_path / "stolen token, other key")
    with pytest.raises(ForbiddenError, match="known key"):
        ann.client.decide(ann.decision(detail, "d2", Verdict.REQUEST_CHANGES), now=False)


def test_somebody_elses_held_decision_is_not_mine_to_withdraw(bare: Ground, app: InProcess) -> None:
    ann = place(app, bare, Tokens(bare.home).add("ann", False, 1.0))
    bob = place(app, bare, Tokens(bare.home).add("bob", False, 1.0))
    detail = ann.submit("claude/fix", app__txt="good 2\n")
    ann.client.decide(ann.decision(detail, "d1", Verdict.REJECT), now=False)
    with pytest.raises(ForbiddenError, match="bob"):
        bob.client.withdraw(detail.change.change_id, "d1")


def test_a_bundle_that_builds_on_what_the_gate_lacks_is_sent_whole(bare: Ground, app: InProcess) -> None:
    ann = place(app, bare, Tokens(bare.home).add("ann", False, 1.0))
    clone = bare.work.with_name("clone") / "work"
    subprocess.run(["git", "clone", "-q", "--branch", "main", bare.work, clone], check=True)
    here = bare.work
    bare.work = clone
    # Main is ahead of the gate's here: what is new on the branch alone is not enough.
    bare.write(mine__txt="x\n")
    bare.git("branch", "desk")
    detail = ann.submit("claude/fix", app__txt="good 2\n")
    bare.work = here
    assert (detail.change.size.files, detail.current.target_tip) == (2, bare.git("rev-parse", "main"))
    again = ann.client.submit(str(clone), "claude/fix", "main", "claude", "", "")
    assert again.change.change_id == detail.change.change_id
    assert list((bare.home / "gate" / "uploads").iterdir()) == []


@contextmanager
def desk(home: Path, url: str, token: str) -> Iterator[Path]:
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f'name = "ann"\n[gate]\nurl = "{url}"\ntoken_file = "gate.token"\n')
    file = home / "gate.token"
    file.write_text(token + "\n")
    file.chmod(0o600)
    yield home


def reviewer(home: Path, folder: Path, *args: str, status: int = 0) -> str:
    env = {**os.environ, "REVIEWER_HOME": str(home), "HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", "reviewer", *args]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_desk_elsewhere_submits_reads_the_difference_and_decides(bare: Ground, tmp_path: Path) -> None:
    bare.gate.driver.close()
    bare.home.chmod(0o700)
    token = reviewer(bare.home, tmp_path, "gate", "token", "add", "ann").strip()
    assert "ann" in reviewer(bare.home, tmp_path, "gate", "token", "list")
    with ExitStack() as stack:
        url = stack.enter_context(served(bare.home, bare.work))
        place = stack.enter_context(desk(tmp_path / "far", url, token))
        # An agent with the repository works there; the reviewer's desk has another clone.
        clone = tmp_path / "clone" / "work"
        subprocess.run(["git", "clone", "-q", "--branch", "main", bare.work, clone], check=True)
        bare.work, here = clone, bare.work
        bare.git("switch", "-q", "-c", "claude/fix")
        bare.write(app__txt="good from afar\n")
        reviewer(place, clone, "submit", "--agent", "claude")
        bare.work = here
        with desk(tmp_path / "reviewer", url, token) as other:
            change = reviewer(other, here, "list").split()[0]
            assert "good from afar" in reviewer(other, tmp_path, "diff", change)
            reviewer(other, tmp_path, "request-changes", change, "--reason", "shorter", "--now")
        assert "shorter" in reviewer(place, clone, "wait", change, "--timeout", "20", status=11)
        reviewer(bare.home, tmp_path, "gate", "token", "revoke", "ann")
        assert "token" in reviewer(place, clone, "sync", status=1)


UNSAFE = ["http://gate.example.org", "ftp://x", "https://u:p@x", "https://x/?a=b", "https://", "x"]


@pytest.mark.parametrize("url", UNSAFE)
def test_a_token_goes_nowhere_but_to_an_address_that_is_safe(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url)


@pytest.mark.parametrize("url", ["https://gate.example.org/x", "http://127.0.0.1:8477", "http://[::1]:1", "http://localhost:1"])
def test_addresses_that_are(url: str) -> None:
    assert checked_url(url + "/") == url


def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(LoginError, match="cannot read"):
        read_token(file)
    file.write_text("rvw_x\n")
    file.chmod(0o644)
    with pytest.raises(LoginError, match="open to others"):
        connect_remote(URL, file, bundled(tmp_path))
    file.chmod(0o600)
    assert read_token(file).reveal() == "rvw_x"
    file.write_text("two words")
    with pytest.raises(LoginError):
        read_token(file)


def test_no_redirect_is_followed_and_no_answer_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("rvw_secret")
    file.chmod(0o600)
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if "blobs" in request.url.path:
            return httpx.Response(200, content=b"x" * 5000)
        return httpx.Response(307, headers={"Location": "https://evil.example.org/"})

    remote = connect_remote(URL, file, bundled(tmp_path), httpx.MockTransport(answer))
    with pytest.raises(UnreachableError):
        remote.version()
    assert [str(request.url) for request in asked] == [f"{URL}/review/v1/version"]
    assert asked[0].headers["Authorization"] == "Bearer rvw_secret"
    monkeypatch.setattr("reviewer.pipelines.checkpoint.ANSWER_LIMIT", 10)
    with pytest.raises(ReviewerError, match="more than"):
        remote._ask("GET", "/blobs/x", limit=4000)


def test_a_body_that_is_too_large_is_refused(bare: Ground, app: InProcess) -> None:
    ann = raw(app, Tokens(bare.home).add("ann", False, 1.0))
    answer = ann.post("/review/v1/changes", content=to_json("x" * (5 << 20)))
    assert (answer.status_code, answer.json()["title"]) == (413, "Request Entity Too Large")
