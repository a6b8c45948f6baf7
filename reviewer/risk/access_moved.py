"""Rules on what leaves the guard it stood under: a route moved out of a guarded scope, a list of guards that shrinks.

What must stay true: a route that moves under another guard, or carries one of its own, keeps one; a guard that gets
another name is none lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import News

_ROUTE: Final = re.compile(
    r"\bRoute::\w+\(|\b(?:router|routes?|app|api|r|g|e|mux|group|server|admin|v\d)\.(?:get|post|put|patch|delete|all|any|handle\w*|route|add_\w*route\w*"
    r"|GET|POST|PUT|PATCH|DELETE|Handle\w*|Get|Post|Put|Patch|Delete|Map\w*|register\w*)\s*[(<]|^\s*(?:get|post|put|patch|delete|resources?|live|match|forward|mount|root|scope|namespace"
    r"|re_?path|path|url|mount)\b\s*\(?\s*[\"':rA-Z]|\.Map(?:Get|Post|Put|Delete|Patch|Group|Controller\w*|Hub|GrpcService)\b|\b(?:get|post|put|patch|delete)\(\s*\"/")
_GUARDS: Final = re.compile(
    r"auth(?!or\b|ors\b)|login|logged|permi(?:ssion|t)|\bcan:|role|guard|admin|protect|require(?!\(|_relative|\s+[\"'])|verif|ensure|signed|jwt|session|csrf|restricted|secur"
    r"|IsAuthenticated|throttle",
    re.IGNORECASE)
# What guards the lines that follow it in its block.
_SIBLING: Final = re.compile(r"\.(?:Use|use|UseMiddleware|middleware|before|beforeEach|addHook)\s*\(|\b(?:pipe_through|plug|before_action|before_filter|use)\b")
_PUBLIC: Final = re.compile(r"health|ready|\bping\b|metrics|robots|favicon|login|logout|sign_?in|sign_?up|register|forgot|reset|callback|webhook|public|status|version", re.IGNORECASE)
_GUARD_NAME: Final = re.compile(
    r"\b\w{0,30}(?:auth(?!or)|login|logged|admin|permi|role|guard|csrf|require|verif|ensure|protect|owner|jwt|signed|staff|session|tenant|throttle|limit)\w{0,30}\b",
    re.IGNORECASE)
_GENERIC: Final = frozenset("require requires required require_once middleware pipe_through before_action dependencies authentication_classes permission_classes".split())


def guard_names(line: Line) -> set[str]:
    """The names in a line that sound like guards."""
    return {found for found in _GUARD_NAME.findall(line.code) if found not in _GENERIC}


def shrinks(line: Line, other: Line) -> set[str]:
    """The guards that a list holds no more, where what else it says stays and no new guard came."""
    mine, theirs = guard_names(line), guard_names(other)
    if not mine or not theirs <= mine or theirs == mine:
        return set()
    kept = set(re.findall(r"\w{2,}", line.code)) & set(re.findall(r"\w{2,}", other.code))
    return mine - theirs if len(kept) * 2 >= len(set(re.findall(r"\w{2,}", other.code))) else set()


def moved_out(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on routes that stand, word for word, outside of the guarded scope that they stood in."""
    came: dict[str, tuple[Subject, Line]] = {}
    if not any(_ROUTE.search(line.code) for file in files for line in file.removed):
        return
    for file in files:
        if file.facets.product and not file.facets.lock:
            for line in file.added:
                if _ROUTE.search(line.code):
                    came.setdefault(words(line.code), (file, line))
    if not came:
        return
    for file in files:
        for line in file.removed:
            there = came.get(words(line.code))
            if there is None or not _ROUTE.search(line.code) or _PUBLIC.search(line.code) or not file.facets.product:
                continue
            if _guarded(file, line) and not _guarded(*there) and not _GUARDS.search(there[1].code.split("::class")[0].split(",")[-1]):
                message = "moves a route out of the guard that it stood under"
                yield there[0], hit("guard-left", "auth-weakened", Severity.CRITICAL, there[1], message, against=line)


def _guarded(file: Subject, line: Line) -> bool:
    """Whether the scope of a line is guarded by its heading, or by a line that stands before it in the same block."""
    for above in file.parents(line):
        if _GUARDS.search(above.code):
            return True
    kinds = " -" if line.kind == "-" else " +"
    depth = line.indent
    for above in reversed(file.around(line, 60, 0, kinds)[:-1]):
        if not above.code.strip():
            continue
        if above.indent < depth:
            depth = above.indent
        elif above.indent == depth and _SIBLING.search(above.code) and _GUARDS.search(above.code):
            return True
    return False
