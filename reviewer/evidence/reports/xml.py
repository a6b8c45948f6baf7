"""Walks an XML report without building it, and without any of XML's ways to grow or to reach out.

What must stay true: a document type, an entity, and a nesting deeper than any report has end the reading; a report
that is not whole is refused, never half believed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from reviewer.evidence.reports.terms import bounded, refuse

DEPTH: Final = 64
Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


class _Refused(Exception):
    pass


def walk(
    kind: str, data: bytes, start: Start, end: End, characters: Callable[[str], None], *, typed: bool = False
) -> None:
    """Call back for each element and text; names come without their namespace. Raises ReviewerError.

    `typed` lets the report name a document type, which is never fetched; none may declare anything in itself.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH:
            raise _Refused("it is nested too deep")
        start(name.rpartition(" ")[2], attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(" ")[2])

    def type_declared(*_parts: object) -> None:
        if not typed or _parts[3]:
            raise _Refused("it declares a document type")

    def declared(*_parts: object) -> None:
        raise _Refused("it declares an entity")

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = type_declared
    parser.EntityDeclHandler = declared
    parser.ExternalEntityRefHandler = lambda *_parts: 0
    try:
        parser.Parse(bounded(kind, data), True)
    except expat.ExpatError as error:
        raise refuse(kind, f"it is no XML (line {error.lineno})") from None
    except LookupError:
        raise refuse(kind, "it is in an encoding that is not read here") from None
    except (_Refused, ValueError) as error:
        raise refuse(kind, str(error)) from None
