"""Derives the schemas of `openapi.json` from the model, and writes them there: python tests/gate/contract.py."""

import dataclasses
import json
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

import reviewer.gate
from reviewer.model.change import Change
from reviewer.model.comment import Comment
from reviewer.model.decision import Decision, Receipt
from reviewer.model.detail import ChangeDetail
from reviewer.text import Untrusted

DOCUMENT = Path(reviewer.gate.__file__).with_name("openapi.json")
ROOTS = (Change, ChangeDetail, Comment, Decision, Receipt)
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
TEXT = {
    "description": "Text from outside: UTF-8, or bytes that are not, as Latin-1 text behind a mark. Render it safely.",
    "oneOf": [
        {"type": "string"},
        {"type": "object", "properties": {"bytes": {"type": "string"}}, "required": ["bytes"]},
    ],
}


def schemas() -> dict[str, Any]:
    """One schema for each type of the model that travels."""
    found: dict[str, Any] = {"Text": TEXT}
    for root in ROOTS:
        _schema(root, found)
    return dict(sorted(found.items()))


def _schema(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind is Untrusted:
        return {"$ref": "#/components/schemas/Text"}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_schema(part, found) for part in arguments]}
    if origin is tuple and arguments[1:] == (...,):
        return {"type": "array", "items": _schema(arguments[0], found)}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        found.setdefault(kind.__name__, {"type": "string", "enum": [member.value for member in kind]})
    elif dataclasses.is_dataclass(kind):
        if kind.__name__ not in found:
            found[kind.__name__] = {}
            found[kind.__name__] = _object(kind, found)
    else:
        raise TypeError(kind)
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _object(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return {
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": {field.name: _schema(hints[field.name], found) for field in fields},
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
    }


if __name__ == "__main__":
    document = json.loads(DOCUMENT.read_text())
    document["components"]["schemas"] |= schemas()
    DOCUMENT.write_text(json.dumps(document, indent=1) + "\n")
