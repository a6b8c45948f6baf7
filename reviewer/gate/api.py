"""Serves the checkpoint API, version 1, over a gate: JSON in and out, errors as RFC 9457 problem documents.

What must stay true: every request has a caller before it is looked at; every body has a bound; `openapi.json` beside
this file describes every route here and no other.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from reviewer import __version__
from reviewer.gate.access import Access, Caller, Limiter
from reviewer.gate.events import Commented, RerunAsked, Withdrawn
from reviewer.gate.problems import TooMuchError, http_problem, problem_of
from reviewer.gate.steps import Gate
from reviewer.gate.uploads import Uploads
from reviewer.gate.views import change_of, detail_of
from reviewer.model.change import OPEN_STATES, State
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.errors import ForbiddenError, MissingError, ReviewerError, UsageError
from reviewer.model.run import RunState
from reviewer.text import show

ROOT: Final = "/review/v1"
BODY_LIMIT: Final = 4 << 20
LOG_PART: Final = 1 << 20
_QUEUE_PART: Final = 500
_WAIT: Final = 30
_SUBMISSION: Final = frozenset(("repository", "branch", "target", "agent", "title", "claim"))

Endpoint = Callable[[Request, Caller, bytes], object]
Answer = Callable[[Request], Awaitable[Response]]


def application(
    gate: Gate,
    access: Access,
    *,
    touched: Callable[[], None] = lambda: None,
    repositories: Mapping[str, Path] | None = None,
    limiter: Limiter | None = None,
    mode: str = "work",
) -> Starlette:
    """The ASGI application. `access` tells callers, `touched` hears of every request of one.

    `repositories` are those that a caller from elsewhere may name; `limiter` bounds how often each caller asks.
    """
    api = _Api(gate, repositories or {}, mode)
    door = _Door(access, touched, limiter)
    change = "/changes/{id}"
    table: tuple[tuple[str, str, Answer], ...] = (
        ("GET", "/version", door.json(api.version)),
        ("GET", "/openapi.json", door.raw(api.contract)),
        ("POST", "/changes", door.json(api.submit, 201)),
        ("GET", "/changes", door.raw(api.changes)),
        ("GET", change, door.json(api.detail)),
        ("GET", f"{change}/bundle", door.raw(api.bundle)),
        ("POST", f"{change}/decisions", door.json(api.decide)),
        ("DELETE", f"{change}/decisions/{{decision}}", door.json(api.withdraw)),
        ("POST", f"{change}/comments", door.json(api.comment, 201)),
        ("POST", f"{change}/runs", door.json(api.rerun, 202)),
        ("DELETE", f"{change}/runs/{{run}}", door.json(api.cancel)),
        ("GET", f"{change}/runs/{{run}}/log", door.raw(api.log)),
        ("POST", f"{change}/stages", door.json(api.stage)),
        ("GET", "/events", door.raw(api.events)),
        ("GET", "/blobs/{name}", door.raw(api.blob)),
        ("PUT", "/blobs/{name}", door.raw(api.keep)),
    )
    return Starlette(
        routes=[Route(ROOT + path, answer, methods=[method]) for method, path, answer in table],
        exception_handlers={HTTPException: http_problem},
    )


class _Door:
    """What stands before every endpoint: who calls, how often, how much; errors as problems."""

    def __init__(self, access: Access, touched: Callable[[], None], limiter: Limiter | None) -> None:
        self._access = access
        self._touched = touched
        self._limiter = limiter

    def json(self, endpoint: Endpoint, status: int = 200) -> Answer:
        """An endpoint that takes a whole body and answers a value; it works off the event loop."""

        async def answer(request: Request, caller: Caller) -> Response:
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise TooMuchError(f"more than {BODY_LIMIT} bytes", "send files as blobs")
            value = await run_in_threadpool(endpoint, request, caller, bytes(body))
            return Response(to_json(value), status, media_type="application/json")

        return self.raw(answer)

    def raw(self, endpoint: Callable[[Request, Caller], Awaitable[Response]]) -> Answer:
        """An endpoint that answers for itself."""

        async def answer(request: Request) -> Response:
            try:
                caller = await run_in_threadpool(self._access, request)
                self._touched()
                if self._limiter is not None:
                    self._limiter.take(caller.owner)
                response = await endpoint(request, caller)
                self._touched()
                return response
            except Exception as error:
                return problem_of(error)

        return answer


class _Api:
    def __init__(self, gate: Gate, repositories: Mapping[str, Path], mode: str) -> None:
        self.gate = gate
        self.driver = gate.driver
        self.uploads = Uploads(gate.home / "gate" / "uploads")
        self.repositories = repositories
        self.mode = mode

    def version(self, _request: Request, _caller: Caller, _body: bytes) -> object:
        return {"version": __version__, "mode": self.mode}

    async def contract(self, _request: Request, _caller: Caller) -> Response:
        place = Path(__file__).with_name("openapi.json")
        return Response(place.read_bytes(), media_type="application/openapi+json")

    # --- changes ----------------------------------------------------------------------------------------------------

    def submit(self, _request: Request, caller: Caller, body: bytes) -> object:
        wanted = from_json(dict[str, str], body)
        if set(wanted) - {"bundle"} != _SUBMISSION:
            raise ReviewerError("a submission has " + ", ".join(sorted(_SUBMISSION)) + ", and may have bundle")
        path = self._repository(wanted["repository"], caller)
        agent = wanted["agent"] if caller.decides else caller.name.raw
        # A name is a claim; only an agent's own token says who submitted.
        submitter = "" if caller.decides or caller.local else caller.name.raw
        name = wanted.get("bundle")
        bundle = self.uploads.read(name) if name is not None else None
        change_id = self.gate.submit(
            path, wanted["branch"], wanted["target"], agent, wanted["title"], wanted["claim"], bundle,
            submitter,
        )
        if name is not None:
            self.uploads.drop(name)
        return self._detail(change_id)

    def _repository(self, named: str, caller: Caller) -> Path:
        if caller.local:
            return Path(named)
        place = self.repositories.get(named)
        if place is None:
            there = ", ".join(sorted(self.repositories)) or "none; name some with: reviewer gate serve --repository DIR"
            raise MissingError(f"this gate serves no repository {show(named, limit=60)}", f"there are: {there}")
        return place

    async def changes(self, request: Request, _caller: Caller) -> Response:
        states = _states(request.query_params.getlist("status"))
        after = _number(request, "after")
        limit = min(_number(request, "limit") or _QUEUE_PART, _QUEUE_PART)
        tag = f'"{self.driver.gate_id}-{self.driver.boot}-{self.driver.newest}"'
        if tag in (part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")):
            return Response(status_code=304, headers={"ETag": tag})
        rows = await run_in_threadpool(self.driver.all, after, limit)
        found = [change_of(row) for row in rows if states is None or row.life.state in states]
        answer = {"gate": self.driver.gate_id, "changes": found, "cursor": rows[-1].seq if rows else after}
        return Response(to_json(answer), headers={"ETag": tag}, media_type="application/json")

    def _detail(self, change_id: str) -> object:
        return detail_of(self.driver.load(change_id), self.gate.live.size, self.driver.waiting_runs())

    def detail(self, request: Request, _caller: Caller, _body: bytes) -> object:
        return self._detail(request.path_params["id"])

    async def bundle(self, request: Request, _caller: Caller) -> Response:
        have = request.query_params.getlist("have")
        if len(have) > 100 or not all(re.fullmatch(r"[0-9a-f]{40}", oid) for oid in have):
            raise ReviewerError("`have` is a commit's full object id, 100 times at most")
        data = await run_in_threadpool(self.gate.bundle, request.path_params["id"], have)
        if data is None:
            return Response(status_code=204)
        return Response(data, media_type="application/x-git-bundle")

    # --- decisions and remarks --------------------------------------------------------------------------------------

    def decide(self, request: Request, caller: Caller, body: bytes) -> object:
        decision = from_json(Decision, body)
        if decision.change_id != request.path_params["id"]:
            raise ReviewerError("the decision names another change")
        if not caller.decides:
            raise ForbiddenError("this token is an agent's: it submits and remarks, and never decides")
        if not decision.unattended:
            _own(caller, decision.reviewer.raw)
        if any(c.author != decision.reviewer or c.author_kind is AuthorKind.AGENT for c in decision.comments):
            raise ForbiddenError("a decision carries its reviewer's own comments")
        hold = 0.0 if request.headers.get("Review-Hold") == "0" else 10.0
        status = self.gate.decide(decision, hold=hold, owner=caller.owner, key=caller.key)
        return Receipt(decision.decision_id, status, "held for 10 seconds" if hold and status == "accepted" else "")

    def withdraw(self, request: Request, caller: Caller, _body: bytes) -> object:
        change_id, name = request.path_params["id"], request.path_params["decision"]
        held = self.driver.load(change_id).life.held
        if not caller.decides:
            raise ForbiddenError("this token is an agent's: it decides nothing")
        if held is not None and held.decision_id == name and not caller.local:
            _own(caller, held.reviewer.raw)
        self.driver.apply(change_id, Withdrawn(name))
        return Receipt(name, "withdrawn")

    def comment(self, request: Request, caller: Caller, body: bytes) -> object:
        comment = from_json(Comment, body)
        if comment.author_kind is AuthorKind.MACHINE:
            raise ReviewerError("a comment is a person's or an agent's")
        if comment.author_kind is AuthorKind.PERSON and not caller.decides:
            raise ForbiddenError("this token is an agent's: it does not speak as a person")
        if comment.author_kind is AuthorKind.PERSON or not caller.local:
            _own(caller, comment.author.raw)
        if not comment.body.raw.strip():
            raise ReviewerError("a comment says something")
        once = (comment.comment_id, hashlib.sha256(body).hexdigest())
        self.driver.apply(request.path_params["id"], Commented(comment), once=once)
        return Receipt(comment.comment_id, "accepted")

    # --- runs and stages --------------------------------------------------------------------------------------------

    def rerun(self, request: Request, _caller: Caller, _body: bytes) -> object:
        life = self.driver.load(request.path_params["id"]).life
        self.driver.apply(life.change_id, RerunAsked(life.current.digest))
        return self._detail(life.change_id)

    def cancel(self, request: Request, _caller: Caller, _body: bytes) -> object:
        return {"cancelled": self.gate.cancel(request.path_params["id"], request.path_params["run"])}

    async def log(self, request: Request, _caller: Caller) -> Response:
        """What a run has written from `offset` on, while it goes on and afterwards."""
        offset = _number(request, "offset")
        change_id, name = request.path_params["id"], request.path_params["run"]
        run, part = await run_in_threadpool(self.gate.log, change_id, name, offset, LOG_PART)
        ended = run.state not in (RunState.QUEUED, RunState.RUNNING) and len(part) < LOG_PART
        headers = {"Review-Run-State": run.state.value, "Review-Log-Ended": "true" if ended else "false"}
        return Response(part, headers=headers, media_type="application/octet-stream")

    def stage(self, request: Request, caller: Caller, body: bytes) -> object:
        if from_json(dict[str, str], body) != {"stage": "landed"}:
            raise ReviewerError('only {"stage": "landed"} is known so far')
        if not caller.decides:
            raise ForbiddenError("this token is an agent's: it moves nothing on")
        self.gate.confirm_landed(request.path_params["id"])
        return self._detail(request.path_params["id"])

    # --- events and blobs -------------------------------------------------------------------------------------------

    async def events(self, request: Request, _caller: Caller) -> Response:
        """What happened since; waits without holding a thread."""
        after = _number(request, "after")
        wait = re.search(r"wait=(\d{1,2})\b", request.headers.get("Prefer", ""))
        until = time.monotonic() + (min(int(wait[1]), _WAIT) if wait else 0)
        rows = await run_in_threadpool(self.driver.events, after)
        while not rows and time.monotonic() < until and not self.gate.stopping.is_set():
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.1)
            if self.driver.newest > after:
                rows = await run_in_threadpool(self.driver.events, after)
        found = [dict(zip(("seq", "change_id", "type", "at"), row, strict=True)) for row in rows]
        answer = {"events": found, "cursor": rows[-1][0] if rows else after}
        return Response(to_json(answer), media_type="application/json")

    async def blob(self, request: Request, _caller: Caller) -> Response:
        name = request.path_params["name"]
        place = self.gate.blobs / name
        if not re.fullmatch(r"[0-9a-f]{64}", name) or not place.is_file():
            place = self.uploads.place(name) or place
        if not re.fullmatch(r"[0-9a-f]{64}", name):
            raise MissingError("there is no such blob")
        left = None if place.is_file() else self.gate.kept.cut_record(name)
        if left is None and not place.is_file():
            if await run_in_threadpool(self.driver.cleared, name) is None:
                raise MissingError("there is no such blob")
            raise self.gate.room.gone(name)
        headers = {"Review-Blob-Cut": "nothing" if left is None else "output"}
        return FileResponse(left or place, headers=headers, media_type="application/octet-stream")

    async def keep(self, request: Request, _caller: Caller) -> Response:
        new = await self.uploads.take(request.path_params["name"], request.stream())
        return Response(status_code=201 if new else 204)


def _own(caller: Caller, name: str) -> None:
    if name != caller.name.raw:
        raise ForbiddenError(
            f"this connection belongs to {show(caller.name)}, not to {show(name, limit=60)}",
            'the name that a desk signs with stands in its config.toml: name = "..."',
        )


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    if not re.fullmatch(r"\d{1,15}", text):
        raise ReviewerError(f"`{name}` is a number")
    return int(text)


def _states(named: list[str]) -> frozenset[State] | None:
    """The states that a queue is asked for; None for all of them."""
    found: set[State] = set()
    for name in named:
        if name == "open":
            found |= OPEN_STATES
        elif name in set(State):
            found.add(State(name))
        else:
            allowed = ", ".join(f'"{state.value}"' for state in State)
            raise UsageError(f"{show(name, limit=40)} is no state of a change", f'allowed: "open", {allowed}')
    return frozenset(found) if named else None
