"""Serves the checkpoint API, version 1, over a gate: JSON in and out, errors as RFC 9457 problem documents."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from reviewer import __version__
from reviewer.gate.lifecycle import Commented, Refused, RerunAsked, Withdrawn
from reviewer.gate.steps import Gate
from reviewer.gate.views import change_of, detail_of
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.errors import ReviewerError, StaleError
from reviewer.text import Untrusted, show

BODY_LIMIT: Final = 4 << 20


def application(gate: Gate, reviewer: Untrusted, touched: Callable[[], None] = lambda: None) -> Starlette:
    """The ASGI application. `reviewer` is who the connection belongs to; `touched` hears of every request."""
    api = _Api(gate, reviewer, touched)
    root = "/review/v1"
    return Starlette(
        routes=[
            Route(f"{root}/version", api.answer(api.version)),
            Route(f"{root}/changes", api.answer(api.submit, 201), methods=["POST"]),
            Route(f"{root}/changes", api.answer(api.changes)),
            Route(f"{root}/changes/{{id}}", api.answer(api.detail)),
            Route(f"{root}/changes/{{id}}/decisions", api.answer(api.decide), methods=["POST"]),
            Route(f"{root}/changes/{{id}}/decisions/{{decision}}", api.answer(api.withdraw), methods=["DELETE"]),
            Route(f"{root}/changes/{{id}}/comments", api.answer(api.comment, 201), methods=["POST"]),
            Route(f"{root}/changes/{{id}}/runs", api.answer(api.rerun, 202), methods=["POST"]),
            Route(f"{root}/changes/{{id}}/runs/{{run}}", api.answer(api.cancel), methods=["DELETE"]),
            Route(f"{root}/changes/{{id}}/stages", api.answer(api.stage), methods=["POST"]),
            Route(f"{root}/events", api.events),
            Route(f"{root}/blobs/{{name}}", api.blob),
        ]
    )


def _problem(status: int, detail: str, hint: str = "", **more: object) -> Response:
    body = {"type": "about:blank", "title": "refused", "status": status, "detail": detail, "hint": hint, **more}
    return Response(json.dumps(body), status, media_type="application/problem+json")


class _Api:
    def __init__(self, gate: Gate, reviewer: Untrusted, touched: Callable[[], None]) -> None:
        self.gate = gate
        self.reviewer = reviewer
        self.touched = touched

    def answer(self, endpoint: Callable[[Request, bytes], Any], status: int = 200) -> Callable[[Request], Any]:
        """Wrap an endpoint: the body bounded, the work off the event loop, errors as problems."""

        async def wrapped(request: Request) -> Response:
            self.touched()
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    return _problem(413, f"more than {BODY_LIMIT} bytes")
            try:
                value = await run_in_threadpool(endpoint, request, body)
            except StaleError as error:
                return _problem(409, error.message, error.hint, current_digest=error.current_digest)
            except Refused as refused:
                missing = str(refused) == "there is no such change"
                return _problem(404 if missing else 409, str(refused))
            except ReviewerError as error:
                return _problem(422, error.message, error.hint)
            return Response(to_json(value), status, media_type="application/json")

        return wrapped

    def version(self, _request: Request, _body: bytes) -> object:
        return {"version": __version__}

    def submit(self, _request: Request, body: bytes) -> object:
        wanted = from_json(dict[str, str], body)
        names = ("repository", "branch", "target", "agent", "title", "claim")
        if set(wanted) != set(names):
            raise ReviewerError("a submission has " + ", ".join(names))
        path, *rest = (wanted[name] for name in names)
        return detail_of(self.gate.driver.load(self.gate.submit(Path(path), *rest)))

    def changes(self, request: Request, _body: bytes) -> object:
        after = _number(request.query_params.get("after", "0"))
        rows = [change_of(recorded) for recorded in self.gate.driver.all(after)]
        return {"gate": self.gate.driver.gate_id, "changes": rows, "cursor": rows[-1].seq if rows else after}

    def detail(self, request: Request, _body: bytes) -> object:
        return detail_of(self.gate.driver.load(request.path_params["id"]))

    def decide(self, request: Request, body: bytes) -> object:
        decision = from_json(Decision, body)
        if decision.change_id != request.path_params["id"]:
            raise ReviewerError("the decision names another change")
        if not decision.unattended and decision.reviewer != self.reviewer:
            raise ReviewerError(f"this connection belongs to {show(self.reviewer)}")
        hold = 0.0 if request.headers.get("Review-Hold") == "0" else 10.0
        self.gate.decide(decision, hold=hold)
        return Receipt(decision.decision_id, "accepted", "held for 10 seconds" if hold else "")

    def comment(self, request: Request, body: bytes) -> object:
        comment = from_json(Comment, body)
        if comment.author_kind is AuthorKind.MACHINE:
            raise ReviewerError("a comment is a person's or an agent's")
        if comment.author_kind is AuthorKind.PERSON and comment.author != self.reviewer:
            raise ReviewerError(f"this connection belongs to {show(self.reviewer)}")
        if not comment.body.raw.strip():
            raise ReviewerError("a comment says something")
        once = (comment.comment_id, hashlib.sha256(body).hexdigest())
        self.gate.driver.apply(request.path_params["id"], Commented(comment), once=once)
        return Receipt(comment.comment_id, "accepted")

    def withdraw(self, request: Request, _body: bytes) -> object:
        self.gate.driver.apply(request.path_params["id"], Withdrawn(request.path_params["decision"]))
        return Receipt(request.path_params["decision"], "withdrawn")

    def rerun(self, request: Request, _body: bytes) -> object:
        life = self.gate.driver.load(request.path_params["id"]).life
        self.gate.driver.apply(life.change_id, RerunAsked(life.current.digest))
        return detail_of(self.gate.driver.load(life.change_id))

    def cancel(self, request: Request, _body: bytes) -> object:
        return {"cancelled": self.gate.cancel(request.path_params["run"])}

    def stage(self, request: Request, body: bytes) -> object:
        if from_json(dict[str, str], body) != {"stage": "landed"}:
            raise ReviewerError('only {"stage": "landed"} is known so far')
        self.gate.confirm_landed(request.path_params["id"])
        return detail_of(self.gate.driver.load(request.path_params["id"]))

    async def events(self, request: Request) -> Response:
        """What happened since; waits without holding a thread."""
        self.touched()
        after = request.query_params.get("after", "0")
        if not re.fullmatch(r"\d{1,15}", after):
            return _problem(422, "`after` is a sequence number")
        wait = re.search(r"wait=(\d{1,2})\b", request.headers.get("Prefer", ""))
        until = time.monotonic() + (min(int(wait[1]), 30) if wait else 0)
        rows = await run_in_threadpool(self.gate.driver.events, int(after))
        while not rows and time.monotonic() < until and not await request.is_disconnected():
            await asyncio.sleep(0.1)
            rows = await run_in_threadpool(self.gate.driver.events, int(after))
        self.touched()
        found = [dict(zip(("seq", "change_id", "type", "at"), row, strict=True)) for row in rows]
        answer = {"events": found, "cursor": rows[-1][0] if rows else int(after)}
        return Response(to_json(answer), media_type="application/json")

    async def blob(self, request: Request) -> Response:
        self.touched()
        name = request.path_params["name"]
        place = self.gate.blobs / name
        if not re.fullmatch(r"[0-9a-f]{64}", name) or not place.is_file():
            return _problem(404, "there is no such blob")
        return FileResponse(place, media_type="application/octet-stream")


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,15}", text):
        raise ReviewerError("`after` is a sequence number")
    return int(text)
