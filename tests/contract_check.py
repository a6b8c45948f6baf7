"""Checks every answer that passes against the gate's OpenAPI document."""

import json
import re
from importlib.resources import files
from typing import Any

import httpx
from jsonschema import Draft202012Validator

CONTRACT: dict[str, Any] = json.loads(files("reviewer.gate").joinpath("openapi.json").read_text())


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The operation that the document has for a request."""
    for pattern, methods in CONTRACT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


def faults(method: str, path: str, status: int, headers: httpx.Headers, content: bytes) -> list[str]:
    """What an answer says that the document does not."""
    described = operation(method, path)
    if described is None and status in (404, 405) and headers["Content-Type"] == "application/problem+json":
        return []
    if described is None:
        return [f"no operation for {method} {path}"]
    answer = described["responses"].get(str(status))
    if answer is None:
        return [f"{method} {path} answers {status}, which is not described"]
    if "$ref" in answer:
        answer = CONTRACT["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    kinds = answer.get("content", {})
    if not kinds:
        return [f"{method} {path} {status}: a body that is not described"] if content else []
    kind = headers.get("Content-Type", "").split(";")[0]
    if kind not in kinds:
        return [f"{method} {path} {status}: {kind} instead of {', '.join(kinds)}"]
    missing = [name for name, header in answer.get("headers", {}).items() if name not in headers]
    if not kind.endswith("json"):
        return missing
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **kinds[kind]["schema"]}
    document = {**schema, "components": CONTRACT["components"]}
    errors = Draft202012Validator(document).iter_errors(json.loads(content))
    return missing + [f"{method} {path} {status}: {error.json_path}: {error.message}" for error in errors]


class Checked(httpx.BaseTransport):
    """Passes requests on, and fails where an answer is not as the document says."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        content = answer.read()
        found = faults(request.method, request.url.path, answer.status_code, answer.headers, content)
        assert not found, found
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))
