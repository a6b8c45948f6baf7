"""Tells which function or route a guard stands in, and whether a guard that came covers one that went.

What must stay true: a guard put into another function covers nothing that it did not cover before, unless what lost its
guard calls that function; a guard over a whole class, router or controller covers what stands in it.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.access_moved import guard_names
from reviewer.risk.subject import Line, Subject

_ROUTE: Final = re.compile(
    r"(?:\.|^\s*|->|::)(get|post|put|patch|delete|del|all|any|route|match|handle\w*|map\w*|resources?|add_\w*route\w*|re_?path|path|url|websocket)\b\s*[(<]?[^\"'`\n]{0,40}"
    r"[\"'`]([^\"'`\n]{1,160})[\"'`]", re.IGNORECASE)
_FUNCTION: Final = re.compile(
    r"\b(?:def|function|func|fn|fun|sub|defp)\s+(?:\([^)\n]{0,80}\)\s*)?(?:self\.)?([A-Za-z_$]\w{0,60}[?!]?)"
    r"|^\s*(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]{0,60})\s*(?::[^=\n]{1,60})?=\s*(?:async\s*)?(?:function\b|\(?[^()\n]{0,120}\)?\s*=>)"
    r"|^\s*(?:(?:public|private|protected|internal|static|final|override|async|export|virtual|suspend|open|abstract)\s+)+(?:[\w<>\[\],.?]{1,60}\s+){0,2}([A-Za-z_$]\w{0,60})\s*\("
    r"|^\s*(?:async\s+)?([A-Za-z_$][\w$]{0,60})\s*\([^()\n]{0,160}\)\s*(?::\s*[^{\n]{1,60})?\{\s*$")
_CLASS: Final = re.compile(r"\b(?:class|interface|trait|object|struct|module|defmodule|impl)\s+([A-Za-z_][\w.:]{0,80})")
_MARK: Final = re.compile(r"\s*(?:@|\[\w|#\[)")
_NO_NAME: Final = frozenset("if for while switch catch return else unless with when match".split())
# What guards more than the function that it stands in.
_OVER_ALL: Final = re.compile(
    r"\.(?:[Uu]se\w*|wrap|before(?:Each|Handle)?|addHook|middleware|group|Group|With|authorizeResource|RequireAuthorization)\s*\(|^\s*(?:before_action|before_filter|plug|pipe_through|load_and_authorize_resource|protect_from_forgery)\b"
    r"|DEFAULT_PERMISSION|MIDDLEWARE|dependencies\s*=")


def scope(file: Subject, line: Line) -> str:
    """The route, function or class that a line stands in or before; empty where the patch does not show it."""
    route = _route(line)
    if route:
        return route
    if _MARK.match(line.text):
        kinds = " -" if line.kind == "-" else " +"
        for below in file.around(line, 0, 8, kinds)[1:]:
            if below.code.strip() and not _MARK.match(below.text):
                return _declared(below)
    for above in file.parents(line):
        found = _route(above) if re.search(r"(?:\{|=>|\bdo(?:\s*\|[^|\n]*\|)?|\(|,)\s*$", above.code) else ""
        found = found or _declared(above)
        if found:
            return found
    head = file.heads[line.hunk] if line.hunk < len(file.heads) else ""
    return _named(head) if head and line.indent else ""


def _route(line: Line) -> str:
    found = _ROUTE.search(line.code)
    return f"route {found[1].lower()} {found[2]}" if found and ("/" in found[2] or line.code.lstrip().startswith(found[1])) else ""


def _declared(line: Line) -> str:
    return _named(line.code)


def _named(text: str) -> str:
    kind = _CLASS.search(text)
    found = _FUNCTION.search(text)
    if kind and (found is None or kind.start() <= found.start()):
        return f"class {kind[1]}"
    name = next((group for group in found.groups() if group), "") if found else ""
    return f"function {name}" if name and name not in _NO_NAME else ""


def over_all(file: Subject, line: Line) -> bool:
    """Whether a guard stands over more than one function."""
    return bool(_OVER_ALL.search(line.code) and not _route(line)) or scope(file, line).startswith("class ")


def covers(file: Subject, gone: Line, other: Subject, came: Line) -> bool:
    """Whether a guard that came stands for one that went."""
    old, new = scope(file, gone), scope(other, came)
    if not old or not new or over_all(other, came):
        return True
    if old == new:
        return True
    if not _remains(file, old):
        return bool(guard_names(gone) & guard_names(came)) or not _remains(other, new)
    # What lost its guard may call what has it now.
    name = new.rsplit(" ", 1)[-1]
    return new.startswith("function ") and any(
        re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", each.bare) for each in file.around(gone, 12, 12, " +") if each.kind != "-" and not _FUNCTION.search(each.code))


def _remains(file: Subject, known: str) -> bool:
    """Whether a route, function or class still stands in the file, as far as the patch shows it."""
    name = known.rsplit(" ", 1)[-1]
    shown = [line for line in file.lines if line.kind != "-" and name in line.text and (_route(line) == known or _declared(line) == known)]
    return bool(shown) or any(name in head for head in file.heads)
