"""Speaks the checkpoint API to a gate, and starts the embedded one where none answers."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from reviewer import __version__
from reviewer.model.change import Change, ChangeDetail
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.errors import ReviewerError, StaleError, UnreachableError
from reviewer.text import show


class Checkpoint:
    """One gate. Every method raises ReviewerError with the gate's own reason, StaleError for 409 with a digest."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def _ask(self, method: str, path: str, **more: Any) -> bytes:
        try:
            answer = self._client.request(method, f"/review/v1{path}", **more)
        except httpx.HTTPError as error:
            said = show(str(error) or type(error).__name__, limit=200)
            raise UnreachableError(f"the gate does not answer: {said}", "try again; nothing was lost") from None
        if answer.is_success:
            return answer.content
        try:
            problem = from_json(dict[str, Any], answer.content)
        except ReviewerError:
            problem = {}
        detail = show(str(problem.get("detail") or f"status {answer.status_code}"), limit=600)
        hint = show(str(problem.get("hint") or ""), limit=300)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise UnreachableError(f"the gate failed: {detail}", hint)
        if answer.status_code == 409:
            raise StaleError(detail, hint, problem.get("current_digest"))
        raise ReviewerError(detail, hint, 2 if answer.status_code == 422 else 1)

    def version(self) -> str:
        return str(from_json(dict[str, str], self._ask("GET", "/version")).get("version"))

    def submit(self, path: str, branch: str, target: str, agent: str, title: str, claim: str) -> ChangeDetail:
        names = ("repository", "branch", "target", "agent", "title", "claim")
        body = dict(zip(names, (path, branch, target, agent, title, claim), strict=True))
        return from_json(ChangeDetail, self._ask("POST", "/changes", content=to_json(body)))

    def changes(self, after: int = 0) -> tuple[str, list[Change]]:
        answer = from_json(_Queue, self._ask("GET", "/changes", params={"after": after}))
        return answer.gate, answer.changes

    def detail(self, change_id: str) -> ChangeDetail:
        return from_json(ChangeDetail, self._ask("GET", f"/changes/{_segment(change_id)}"))

    def decide(self, decision: Decision, *, now: bool) -> Receipt:
        path = f"/changes/{_segment(decision.change_id)}/decisions"
        headers = {"Review-Hold": "0" if now else "10"}
        return from_json(Receipt, self._ask("POST", path, content=to_json(decision), headers=headers))

    def withdraw(self, change_id: str, decision_id: str) -> Receipt:
        path = f"/changes/{_segment(change_id)}/decisions/{_segment(decision_id)}"
        return from_json(Receipt, self._ask("DELETE", path))

    def comment(self, change_id: str, comment: Comment) -> Receipt:
        path = f"/changes/{_segment(change_id)}/comments"
        return from_json(Receipt, self._ask("POST", path, content=to_json(comment)))

    def rerun(self, change_id: str) -> ChangeDetail:
        return from_json(ChangeDetail, self._ask("POST", f"/changes/{_segment(change_id)}/runs"))

    def cancel(self, change_id: str, run_id: str) -> bool:
        path = f"/changes/{_segment(change_id)}/runs/{_segment(run_id)}"
        return from_json(dict[str, bool], self._ask("DELETE", path))["cancelled"]

    def landed(self, change_id: str) -> ChangeDetail:
        content = to_json({"stage": "landed"})
        return from_json(ChangeDetail, self._ask("POST", f"/changes/{_segment(change_id)}/stages", content=content))

    def blob(self, name: str, start: int = 0) -> bytes:
        headers = {"Range": f"bytes={start}-"} if start else {}
        return self._ask("GET", f"/blobs/{_segment(name)}", headers=headers)

    def wait(self, after: int, seconds: int) -> int:
        headers = {"Prefer": f"wait={seconds}"}
        answer = self._ask("GET", "/events", params={"after": after}, headers=headers)
        return from_json(_Events, answer).cursor


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


def _client(home: Path) -> Checkpoint:
    folder = os.open(home / "run", os.O_RDONLY | os.O_DIRECTORY)
    transport = httpx.HTTPTransport(uds=f"/proc/self/fd/{folder}/gate.sock")
    client = httpx.Client(
        transport=transport, base_url="http://gate", timeout=60, trust_env=False, follow_redirects=False
    )
    return Checkpoint(client)


def connect(home: Path) -> Checkpoint:
    """The embedded gate of a home, started where none answers. Raises ReviewerError where it does not come up."""
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    checkpoint = _client(home)
    started: subprocess.Popen[bytes] | None = None
    for _ in range(300):
        try:
            version = checkpoint.version()
        except ReviewerError:
            if started is None:
                started = _start(home)
            time.sleep(0.1)
            continue
        if version != __version__:
            raise ReviewerError(f"a gate of version {show(version)} is running", "it ends after ten idle minutes")
        return checkpoint
    raise UnreachableError("the gate did not start within 30 s", f"see {show(str(home / 'run' / 'gate.log'))}")


def _start(home: Path) -> subprocess.Popen[bytes]:
    with (home / "run" / "gate.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "reviewer", "gate", "work"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "REVIEWER_HOME": str(home)},
            start_new_session=True,
            cwd="/",
        )


def stop(home: Path) -> None:
    """End the embedded gate of a home, if one runs, and wait until it is gone."""
    try:
        lock = (home / "run" / "gate.lock").open("r+")
    except OSError:
        return
    with lock:
        for _ in range(100):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                lock.seek(0)
                pid = lock.read().strip()
                if pid.isdigit():
                    # Whoever holds the lock wrote the number, and holds it still: it is no other process's.
                    os.kill(int(pid), signal.SIGTERM)
            time.sleep(0.1)
