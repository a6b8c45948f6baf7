"""Answers what went wrong as RFC 9457 problem documents, one status for each kind of error."""

from __future__ import annotations

import json
import math
import sys
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from reviewer.gate.events import Refused
from reviewer.model import failure
from reviewer.model.errors import (
    ForbiddenError,
    LoginError,
    MissingError,
    ReviewerError,
    StaleError,
    UnreachableError,
)


class TooMuchError(ReviewerError):
    """The request is larger than is taken."""


class TooOftenError(UnreachableError):
    """Asked more often than is answered; `retry_after` says when to come again."""


_STATUS: tuple[tuple[type[ReviewerError], int], ...] = (
    (LoginError, 401),
    (ForbiddenError, 403),
    (MissingError, 404),
    (StaleError, 409),
    (TooMuchError, 413),
    (TooOftenError, 429),
    (UnreachableError, 503),
    (ReviewerError, 422),
)


def problem(status: int, detail: str, hint: str = "", **more: object) -> Response:
    """One problem document. `detail` and `hint` are safe to show already."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "hint": hint, **more}
    return Response(json.dumps(body), status, media_type="application/problem+json")


def problem_of(error: Exception) -> Response:
    """The problem document for what an endpoint raised; a bug is told without its insides."""
    if isinstance(error, Refused):
        missing = str(error) in ("there is no such change", "there is no such run")
        return problem(404 if missing else 409, str(error))
    if not isinstance(error, ReviewerError):
        print("\n".join(failure.lines(error)), file=sys.stderr, flush=True)
        return problem(500, "the gate failed", "its log says more: run/gate.log under its home")
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    more = {"current_digest": error.current_digest} if isinstance(error, StaleError) else {}
    answer = problem(status, error.message, error.hint, **more)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, UnreachableError):
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after or 5))
    return answer


async def http_problem(_request: Request, error: Exception) -> Response:
    """The problem document for a path or a method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = problem(status, HTTPStatus(status).phrase.lower())
    for name, value in (getattr(error, "headers", None) or {}).items():
        answer.headers[name] = value
    return answer
