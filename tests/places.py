"""The same gate behind three doors: in this process, on its unix socket, over TCP with a token."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from contract_check import Checked
from ground import Ground

from reviewer.attest.statement import seal
from reviewer.gate.access import Caller
from reviewer.gate.api import application
from reviewer.gate.tokens import Tokens
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import ChangeDetail
from reviewer.pipelines.checkpoint import Checkpoint, connect, stop
from reviewer.pipelines.remote import Remote
from reviewer.repo.bundle import make_bundle
from reviewer.repo.locate import locate
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted


class InProcess(httpx.BaseTransport):
    """An ASGI application as a transport that does not need a running loop."""

    def __init__(self, app: object) -> None:
        self._inner = httpx.ASGITransport(app=app)  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())

        async def ask() -> httpx.Response:
            answer = await self._inner.handle_async_request(sent)
            content = httpx.ByteStream(await answer.aread())
            return httpx.Response(answer.status_code, headers=answer.headers, stream=content)

        return asyncio.run(ask())


@dataclass
class Place:
    """One door: a client of the reviewer ann, a raw one, and the agent's and the reviewer's work."""

    client: Checkpoint
    raw: httpx.Client
    ground: Ground

    def submit(self, branch: str, start: str = "main", **files: str) -> ChangeDetail:
        self.ground.git("switch", "-q", "-C", branch, start)
        self.ground.write(**files)
        self.ground.git("switch", "-q", "desk")
        return self.client.submit(str(self.ground.work), branch, "main", "claude", "Do it", "All tests passed.")

    def when(self, change: str, true: Callable[[ChangeDetail], bool]) -> ChangeDetail:
        until = time.monotonic() + 30
        while not true(detail := self.client.detail(change)):
            assert time.monotonic() < until, detail
            time.sleep(0.02)
        return detail

    def settled(self, change: str) -> ChangeDetail:
        return self.when(change, lambda d: d.scanned and d.change.run not in ("queued", "running"))

    def decision(self, detail: ChangeDetail, name: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
        why, who = Untrusted("why"), Untrusted("ann")
        tree = detail.current.result_tree
        made = Decision(name, detail.change.change_id, detail.change.digest, verdict, why, who, 1.0, result_tree=tree)
        return replace(made, envelope=seal(made, detail.current, self.ground.key))


def bundled(home: Path) -> Callable[[str, str, str], tuple[str, bytes, Callable[[], bytes]]]:
    def make(path: str, branch: str, target: str) -> tuple[str, bytes, Callable[[], bytes]]:
        repository = locate(Path(path))
        quarantine = Quarantine.open(home, repository.repo_id)
        new = make_bundle(quarantine, repository, branch, target)
        return repository.name, new, lambda: make_bundle(quarantine, repository, branch)

    return make


def _client(transport: httpx.BaseTransport, url: str, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(transport=Checked(transport), base_url=url, headers=headers, timeout=60, trust_env=False)


@contextmanager
def in_process(ground: Ground) -> Iterator[Place]:
    app = application(ground.gate, lambda _request: Caller(Untrusted("ann"), "own account", local=True))

    def steps() -> None:
        while not ground.gate.stopping.is_set():
            if not ground.gate.step():
                time.sleep(0.01)

    worker = threading.Thread(target=steps)
    worker.start()
    client = _client(InProcess(app), "http://gate")
    yield Place(Checkpoint(client), client, ground)
    ground.gate.stop()
    worker.join()


@contextmanager
def on_socket(ground: Ground) -> Iterator[Place]:
    ground.gate.driver.close()
    ground.home.chmod(0o700)
    (ground.home / "config.toml").write_text('name = "ann"\n')
    connect(ground.home)
    folder = os.open(ground.home / "run", os.O_RDONLY | os.O_DIRECTORY)
    client = _client(httpx.HTTPTransport(uds=f"/proc/self/fd/{folder}/gate.sock"), "http://gate")
    yield Place(Checkpoint(client), client, ground)
    stop(ground.home)


@contextmanager
def served(home: Path, *repositories: Path) -> Iterator[str]:
    """`reviewer gate serve` in a process of its own; gives its address."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    named = [word for path in repositories for word in ("--repository", str(path))]
    command = [sys.executable, "-m", "reviewer", "gate", "serve", "--port", "0", *named]
    env = {**os.environ, "REVIEWER_HOME": str(home)}
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stderr is not None
    try:
        line = child.stdout.readline()
        match = re.search(r"http://\S+:\d+", line)
        assert match, line + child.stderr.read()
        yield match[0]
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0, child.stderr.read()


@contextmanager
def over_tcp(ground: Ground) -> Iterator[Place]:
    ground.gate.driver.close()
    ground.home.chmod(0o700)
    token = Tokens(ground.home).add("ann", False, 0.0)
    with served(ground.home, ground.work) as url:
        client = _client(httpx.HTTPTransport(), url, token)
        yield Place(Remote(client, bundled(ground.home.with_name("desk"))), client, ground)


PLACES = {"in process": in_process, "unix socket": on_socket, "tcp": over_tcp}
