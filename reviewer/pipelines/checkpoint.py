"""Speaks the checkpoint API to a gate, and starts the embedded one where none answers.

What must stay true: an answer has a bound, and is ours only when it can be read; what was sent and not answered says
so (UnreachableError), whatever stood in the way; no redirect is followed and no proxy asked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import ssl
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import quote

from reviewer import __version__
from reviewer.model.change import Change
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.detail import ChangeDetail
from reviewer.model.errors import (
    ForbiddenError,
    LoginError,
    MissingError,
    ReviewerError,
    StaleError,
    UnreachableError,
    UsageError,
)
from reviewer.pipelines.door import LogPart
from reviewer.pipelines.lean import httpx
from reviewer.text import show

ANSWER_LIMIT: Final = 64 << 20
BUNDLE_LIMIT: Final = 1 << 30

T = TypeVar("T")


class Checkpoint:
    """One gate. Every method raises ReviewerError with the gate's own reason, by the kinds of `model.errors`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _ask(self, method: str, path: str, *, limit: int = ANSWER_LIMIT, **more: Any) -> bytes:
        return self._answer(method, path, limit=limit, **more)[1]

    def _answer(self, method: str, path: str, *, limit: int, **more: Any) -> tuple[httpx.Headers, bytes]:
        headers = {"Accept-Encoding": "identity", **more.pop("headers", {})}
        content = bytearray()
        try:
            with self._client.stream(method, f"/review/v1{path}", headers=headers, **more) as answer:
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    # What is small on the way could be huge here.
                    raise UnreachableError("the gate's answer is packed, which was not asked for")
                for chunk in answer.iter_bytes(1 << 16):
                    content += chunk
                    if len(content) > limit:
                        raise UnreachableError(f"the gate answers with more than {limit} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = show(str(error) or type(error).__name__, limit=200)
            raise UnreachableError(f"the gate does not answer: {said}", "try again; nothing was lost") from None
        if not answer.is_success:
            _refuse(answer.status_code, answer.headers, self._told(bytes(content)))
        return answer.headers, bytes(content)

    def _told(self, refusal: bytes) -> bytes:
        """A refusal as it may be shown and kept."""
        return refusal

    def _value(self, kind: type[T], method: str, path: str, **more: Any) -> T:
        """The answer as a model value. What cannot be read is no answer: the gate may have done it or not."""
        content = self._ask(method, path, **more)
        try:
            return from_json(kind, content)
        except ReviewerError as error:
            raise UnreachableError(
                f"the gate's answer cannot be read: {error.message}", "try again", answered=True
            ) from None

    def version(self) -> str:
        return self.identity().get("version", "")

    def identity(self) -> dict[str, str]:
        """The gate's version, and how it was started: work or serve."""
        return self._value(dict[str, str], "GET", "/version")

    def submit(self, path: str, branch: str, target: str, agent: str, title: str, claim: str) -> ChangeDetail:
        return self._submit(path, branch, target, agent, title, claim)

    def _submit(
        self, path: str, branch: str, target: str, agent: str, title: str, claim: str, bundle: str | None = None
    ) -> ChangeDetail:
        names = ("repository", "branch", "target", "agent", "title", "claim")
        body = dict(zip(names, (path, branch, target, agent, title, claim), strict=True))
        if bundle is not None:
            body["bundle"] = bundle
        return self._value(ChangeDetail, "POST", "/changes", content=to_json(body))

    def changes(self, after: int = 0) -> tuple[str, list[Change]]:
        answer = self._value(_Queue, "GET", "/changes", params={"after": after})
        return answer.gate, answer.changes

    def detail(self, change_id: str) -> ChangeDetail:
        return self._value(ChangeDetail, "GET", f"/changes/{_segment(change_id)}")

    def decide(self, decision: Decision, *, now: bool) -> Receipt:
        path = f"/changes/{_segment(decision.change_id)}/decisions"
        headers = {"Review-Hold": "0" if now else "10"}
        receipt = self._value(Receipt, "POST", path, content=to_json(decision), headers=headers)
        return _own(receipt, decision.decision_id)

    def withdraw(self, change_id: str, decision_id: str) -> Receipt:
        path = f"/changes/{_segment(change_id)}/decisions/{_segment(decision_id)}"
        return _own(self._value(Receipt, "DELETE", path), decision_id)

    def comment(self, change_id: str, comment: Comment) -> Receipt:
        path = f"/changes/{_segment(change_id)}/comments"
        return _own(self._value(Receipt, "POST", path, content=to_json(comment)), comment.comment_id)

    def rerun(self, change_id: str) -> ChangeDetail:
        return self._value(ChangeDetail, "POST", f"/changes/{_segment(change_id)}/runs")

    def cancel(self, change_id: str, run_id: str) -> bool:
        path = f"/changes/{_segment(change_id)}/runs/{_segment(run_id)}"
        return self._value(dict[str, bool], "DELETE", path).get("cancelled", False)

    def run_log(self, change_id: str, run_id: str, offset: int = 0) -> LogPart:
        path = f"/changes/{_segment(change_id)}/runs/{_segment(run_id)}/log"
        headers, content = self._answer("GET", path, limit=ANSWER_LIMIT, params={"offset": offset})
        return LogPart(content, headers.get("Review-Log-Ended") == "true")

    def landed(self, change_id: str) -> ChangeDetail:
        content = to_json({"stage": "landed"})
        return self._value(ChangeDetail, "POST", f"/changes/{_segment(change_id)}/stages", content=content)

    def blob(self, name: str, start: int = 0) -> bytes:
        headers = {"Range": f"bytes={start}-"} if start else {}
        return self._ask("GET", f"/blobs/{_segment(name)}", headers=headers)

    def put_blob(self, name: str, data: bytes) -> None:
        """Send bytes under their SHA-256."""
        self._ask("PUT", f"/blobs/{_segment(name)}", content=data)

    def bundle(self, change_id: str, have: tuple[str, ...] = ()) -> bytes:
        path = f"/changes/{_segment(change_id)}/bundle"
        return self._ask("GET", path, params={"have": list(have)}, limit=BUNDLE_LIMIT)

    def wait(self, after: int, seconds: int) -> int:
        headers = {"Prefer": f"wait={seconds}"}
        return self._value(_Events, "GET", "/events", params={"after": after}, headers=headers).cursor


@dataclass(frozen=True, slots=True)
class _Queue:
    gate: str
    changes: list[Change]
    cursor: int


@dataclass(frozen=True, slots=True)
class _Events:
    cursor: int


def _segment(name: str) -> str:
    """One part of a path, as a name chosen elsewhere must not climb out of its place."""
    return quote(name, safe="")


def _own(receipt: Receipt, sent: str) -> Receipt:
    """A receipt that is about what was sent; another one proves nothing."""
    if receipt.decision_id != sent or receipt.status not in ("accepted", "already", "withdrawn"):
        raise UnreachableError("the gate's receipt is about something else", "try again", answered=True)
    return receipt


def _refuse(status: int, headers: Mapping[str, str], content: bytes) -> NoReturn:
    """Raise what a gate's refusal means. What is no problem document came from something in between."""
    try:
        problem = from_json(dict[str, Any], content)
    except ReviewerError:
        problem = {}
    detail = show(str(problem.get("detail") or f"status {status}"), limit=600)
    hint = show(str(problem.get("hint") or ""), limit=300)
    if status == 401:
        raise LoginError(detail, hint)
    if problem.get("status") == status:
        if status == 403:
            raise ForbiddenError(detail, hint)
        if status == 404:
            raise MissingError(detail, hint)
        if status == 409:
            digest = problem.get("current_digest")
            raise StaleError(detail, hint, digest if isinstance(digest, str) else None)
        if status == 422:
            raise UsageError(detail, hint)
        if status == 413:
            raise ReviewerError(detail, hint)
    after = headers.get("Retry-After", "")
    seconds = float(after) if after.isdigit() and len(after) < 6 else None
    raise UnreachableError(f"the gate failed: {detail}", hint, seconds, answered=True)


# --- the embedded gate ----------------------------------------------------------------------------------------------


def _client(home: Path) -> Checkpoint:
    folder = _only_ours(home / "run")
    # Nothing is said in TLS over a socket of ours: no certificates of the world are loaded, and none would be believed.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    transport = httpx.HTTPTransport(verify=nobody, uds=f"/proc/self/fd/{folder}/gate.sock")
    client = httpx.Client(
        transport=transport, base_url="http://gate", timeout=60, trust_env=False, follow_redirects=False
    )
    # Whoever lets go of the client last, a thread that still waits included, lets go of the folder.
    weakref.finalize(client, os.close, folder)
    return Checkpoint(client)


def _only_ours(run: Path) -> int:
    """The opened folder of the socket. Raises ReviewerError where another could listen there."""
    shown = show(str(run))
    try:
        folder = os.open(run, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ReviewerError(f"{shown} is not a folder: {error.strerror}", "remove it; it is made anew") from None
    state = os.fstat(folder)
    said = "belongs to another user" if state.st_uid != os.getuid() else "is open to others"
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        os.close(folder)
        raise ReviewerError(f"{shown} {said}", f"close it with: chmod 700 {shown}")
    with contextlib.suppress(FileNotFoundError):
        if os.stat("gate.sock", dir_fd=folder, follow_symlinks=False).st_uid != os.getuid():
            os.close(folder)
            raise ReviewerError(f"the socket in {shown} belongs to another user", "remove it; it is made anew")
    return folder


def connect(home: Path) -> Checkpoint:
    """The embedded gate of a home, started where none answers, replaced where it is of another version.

    Raises ReviewerError with its own reason where it does not come up.
    """
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    checkpoint = _client(home)
    started: _Started | None = None
    replaced = False
    for _ in range(300):
        try:
            found = checkpoint.identity()
        except ReviewerError:
            if started is None:
                started = _Started(home)
            started.check()
            time.sleep(0.1)
            continue
        if found.get("version") == __version__:
            return checkpoint
        said = f"a gate of version {show(str(found.get('version')), limit=40)} serves this home"
        if found.get("mode") == "serve":
            raise ReviewerError(f"{said}, and this is {__version__}", "restart `reviewer gate serve`")
        if replaced:
            raise ReviewerError(f"{said} again and again", "end the other version of reviewer that starts it")
        # What it had under way goes on in the next one.
        stop(home)
        started, replaced = None, True
    raise UnreachableError("the gate did not start within 30 s", f"see {show(str(home / 'run' / 'gate.log'))}")


class _Started:
    """A gate's process that we started, and what it has to say where it ends at once."""

    def __init__(self, home: Path) -> None:
        self._log = home / "run" / "gate.log"
        if self._log.exists() and self._log.stat().st_size > 1 << 20:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._from = log.tell()
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "reviewer", "gate", "work"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "REVIEWER_HOME": str(home)},
                start_new_session=True,
                cwd="/",
            )

    def check(self) -> None:
        """Raise what the gate said where it failed. One that ended well has left its place to another."""
        if self._child.poll() in (None, 0):
            return
        with self._log.open("rb") as log:
            log.seek(self._from)
            lines = log.read(1 << 16).decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        at = next((i for i, line in enumerate(said) if line.startswith("error: ")), None)
        if at is None:
            raise ReviewerError("the gate ended as soon as it started", f"see {show(str(self._log))}")
        hint = said[at + 1] if at + 1 < len(said) else ""
        raise ReviewerError(show(said[at].removeprefix("error: "), limit=400), show(hint, limit=300))


def holder(home: Path) -> tuple[int, str]:
    """(process, mode) of the gate that serves a home, as it wrote itself down; (0, "") where none did."""
    try:
        pid, mode, *_rest = [*(home / "run" / "gate.lock").read_text().split("\n"), ""]
        return int(pid), mode
    except (OSError, ValueError):
        return 0, ""


def stop(home: Path) -> None:
    """End the embedded gate of a home, if one runs, and wait until it is gone. Raises ReviewerError after 20 s."""
    try:
        lock = (home / "run" / "gate.lock").open("r+")
    except OSError:
        return
    with lock:
        for turn in range(200):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                pid = holder(home)[0]
                if pid and turn % 20 == 0:
                    # Whoever holds the lock wrote the number, and holds it still: it is no other process's.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)
    raise ReviewerError(f"the gate of process {holder(home)[0]} does not end", "end it yourself, then try again")
