"""Tells which route or function a door is opened on, and whether that is one which everybody may use anyway.

What must stay true: only the route itself excuses it, never a neighbour; where one line opens several routes, each of
them must be public.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.access_scope import scope
from reviewer.risk.subject import Line, Subject

_PUBLIC: Final = re.compile(
    r"health|ready|livez|\bping\b|metrics|favicon|robots|static|assets|login|log_?in|signin|sign_in|logout|register|registration|refresh"
    r"|signup|sign_up|forgot|reset|well-known|public|status|version|captcha|welcome|\bhome\b|docs|swagger|openapi|webhooks?|callback|error|index\.html|auth(?!or)|stripe",
    re.IGNORECASE)
_PRIVATE: Final = re.compile(r"admin|internal|manage|private|delete|remove|destroy|payment|refund|transfer|export|impersonat|billing|invoice|payout", re.IGNORECASE)
_PATHS: Final = re.compile(r"[\"'`](\^?/[^\"'`\n]{0,160}|[\w-]{1,60}/[\w/:{}*.-]{0,120})[\"'`]")
# These open everything, whatever stands around them.
_WHOLE: Final = re.compile(r"csrf\W|csrf$|CSRF|forgery|null_session|anyRequest|DisableAuth|ignoring\(\)|require_?auth", re.IGNORECASE)
_CLASS: Final = re.compile(r"\bclass\s+([\w:.]{1,80})")
_NEAR: Final = 8


def excused(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether what is opened is meant for everybody."""
    if re.match(r"authenticated?\W", found[0]):
        # More often a state of the page than a door.
        return any(_PUBLIC.search(each.code) or re.search(r"state|user|reducer|initial", each.code, re.IGNORECASE) for each in file.around(line, 3, 3))
    paths = _PATHS.findall(line.code)
    if paths and any(found[0] in each.code and set(paths) < set(_PATHS.findall(each.code)) for each in file.against(line)):
        return True  # fewer paths than before
    if not paths and re.search(r"\bcsrf_?exempt|@csrf", found[0]):
        return _named_public(file, line)
    if _WHOLE.search(found[0]) and not (paths and "exempt" in found[0]):
        return False
    if not paths:
        paths = [path for each in _block(file, line) for path in _PATHS.findall(each.code)]
    if paths:
        return all(_PUBLIC.search(path) and not _PRIVATE.search(path) for path in paths)
    return _named_public(file, line)


def _named_public(file: Subject, line: Line) -> bool:
    """Whether the function that a mark stands on, or the class that it stands in, bears the name of something public."""
    names = [scope(file, line), *(found[1] for above in file.parents(line) if (found := _CLASS.search(above.code))), file.path.rsplit("/", 1)[-1]]
    return any(_PUBLIC.search(name) for name in names) and not any(_PRIVATE.search(name) for name in names)


def _block(file: Subject, line: Line) -> list[Line]:
    """The lines that say what one route is: those of the same mapping or chain, and the marks of one function."""
    near = file.around(line, _NEAR, _NEAR)
    at = next(index for index, each in enumerate(near) if each.at == line.at)
    if line.code.lstrip().startswith("."):
        # A link of a chain belongs to the link before it.
        above = near[at - 1] if at else None
        return [above] if above is not None and above.code.lstrip().startswith(".") else []
    taken = []
    for step in (-1, 1):
        index = at + step
        while 0 <= index < len(near) and near[index].code.strip() and near[index].indent >= line.indent and not re.match(r"\s*[\])}]", near[index].code):
            if near[index].indent == line.indent:
                taken.append(near[index])
            if step == 1 and re.match(r"\s*(?:def|class|function|public|private|func|fn|async)\b", near[index].code):
                break
            if step == -1 and re.match(r"\s*(?:def|class|function|return|func|fn)\b", near[index].code):
                break
            index += step
        if step == -1 and 0 <= index < len(near) and near[index].indent < line.indent and re.search(r"[{(\[,]\s*$|=>\s*\{\s*$", near[index].code):
            taken.append(near[index])
    return taken
