"""A gate that was taken over: every text in its answers is hostile, and so is every reason that it gives."""

from __future__ import annotations

import hashlib
import json
import threading
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from reviewer import __version__
from reviewer.model.change import Change, Kind, State
from reviewer.model.codec import to_json
from reviewer.model.detail import ChangeDetail
from reviewer.text import Untrusted

OID = "0123456789" * 4
KEPT: Mapping[str, object] = {
    "change_id": "", "seq": 1, "repo_id": "0" * 16, "digest": "d" * 64, "revision_digest": "d" * 64, "head": OID,
    "base": OID, "target_tip": OID, "result_tree": OID, "revision": 1, "number": 1,
    "subject": "{}", "decision_id": "x", "start": 1, "end": 1, "line": 1,
}  # fmt: skip
"""What a desk must be able to use to show anything at all."""


def filled(kind: Any, text: str, name: str = "") -> Any:
    """A value of a type, `text` wherever there is text in it."""
    if kind is State:
        return State.PENDING
    if name in KEPT and kind is not Untrusted:
        return KEPT[name]
    if kind is Untrusted:
        return Untrusted(text)
    if kind is str:
        return text.encode("utf-8", "replace").decode()
    if kind in (int, float, bool):
        return kind(1)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: filled(hints[field.name], text, field.name) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return tuple(filled(one, text) for one in inner if one is not ...)
    if origin in (types.UnionType, typing.Union):
        return filled(inner[0], text)
    if origin in (list, frozenset):
        return origin([filled(inner[0], text)])
    raise AssertionError(f"nobody knows how to fill {kind}")


def detail(change_id: str, seq: int, text: str) -> ChangeDetail:
    """The gate of a rollout that has `text` in every field."""
    made: ChangeDetail = filled(ChangeDetail, text)
    said = {"artifact": text, "environment": text, "commit": OID, "live": OID, "rollout": {"id": "r", "stage": text}}
    subject = json.dumps({"kind": "deploy", **said})
    digest = hashlib.sha256(subject.encode()).hexdigest()
    change = replace(made.change, change_id=change_id, seq=seq, kind=Kind.DEPLOY, digest=digest)
    revision = replace(made.current, digest=digest, subject=subject)
    return replace(made, change=change, revisions=(revision,))


@contextmanager
def hostile_gate(texts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A gate that serves one change for each text; gives its address and the ids of the changes."""
    details = {f"c{n:04d}": detail(f"c{n:04d}", n + 1, text) for n, text in enumerate(texts)}
    evil = [text.encode("utf-8", "replace").decode() for text in texts]
    asked = [0]

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            parts = path.split("/")[3:]
            if parts == ["version"]:
                self.say(200, json.dumps({"version": __version__, "mode": "serve"}).encode())
            elif parts == ["changes"] and self.command == "GET":
                after = int(query.partition("after=")[2].split("&")[0] or 0)
                rows: list[Change] = [one.change for one in details.values() if one.change.seq > after][:500]
                self.say(200, to_json({"gate": "g", "changes": rows, "cursor": len(details)}))
            elif len(parts) == 2 and parts[0] == "changes" and parts[1] in details and self.command == "GET":
                self.say(200, to_json(details[parts[1]]))
            else:
                asked[0] += 1
                status = (400, 403, 404, 409, 413, 422, 429, 500, 503)[asked[0] % 9]
                said = f"{self.headers.get('Authorization')} {evil[asked[0] % len(evil)]}"
                problem = {"type": said, "title": said, "status": status, "detail": said, "hint": said, "extra": said}
                self.say(status, json.dumps(problem).encode())

        def say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", list(details)
    finally:
        server.shutdown()
        server.server_close()
