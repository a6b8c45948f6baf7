"""Rules on guards that stay and ask less: of fewer people, in fewer cases, or for one condition instead of all.

What must stay true: a guard under another name, and one that asks for more, are none of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.access_moved import guard_names
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import other_side

_AND: Final = re.compile(r"&&|\band\b")
_OR: Final = re.compile(r"\|\||\bor\b")
_WHO: Final = re.compile(r"\b\w*(?:auth|admin|role|perm|owner|token|session|user|tenant|scope|csrf|signature|verified|staff)\w*", re.IGNORECASE)


# Guards that ask who somebody is, and guards that only ask whether there is anybody.
_ASKS_WHO: Final = re.compile(
    r"hasRole|hasAuthority|hasAny(?:Role|Authority)|hasPermission|IsAdminUser|DjangoModelPermissions|IsOwner|[rR]equire_?[aA]dmin|adminOnly|admin_required|permission_required|staff_member_required"
    r"|RolesAllowed|\bRoles?\s*[=(:]|Policy\s*=|\bcan:|\brole:|[rR]equire_?(?:[rR]ole|[pP]ermission|[sS]cope)|authorize!|isAdmin|is_admin|is_staff|is_superuser|owner_?[iI]d|onlyOwner|[sS]copes?\s*[=:(]|:require_admin")
_ASKS_WHETHER: Final = re.compile(
    r"isAuthenticated|authenticated\s*\(|IsAuthenticated\b|is_authenticated|login_required|[rR]equire_?(?:[aA]uth\w*|[lL]ogin|[uU]ser|[sS]ession)\b|^\s*\[Authorize\]|authenticate_user!|@PermitAll|permitAll|AllowAny"
    r"|Depends\(\s*(?:get_)?current_user|\bauth\b|AuthGuard\b|ensureLoggedIn|@Authenticated|:authenticate\w*|:require_login")
_QUOTED: Final = re.compile(r"[\"']([A-Za-z_][\w:.-]{1,60})[\"']")


def _weaker_guard(line: Line, before: Line) -> bool:
    """Whether a guard that asked who somebody is asks less, or lets more roles in."""
    if not _ASKS_WHO.search(before.code) or not (_ASKS_WHO.search(line.code) or _ASKS_WHETHER.search(line.code)):
        return False
    if not _ASKS_WHO.search(line.code):
        if re.search(r"admin|role|permission|owner|staff|super|scope|polic", line.code, re.IGNORECASE):
            return False  # the same under another name
        rest = [set(re.findall(r"\w{3,}", _ASKS_WHETHER.sub(" ", _ASKS_WHO.sub(" ", each.code)))) for each in (before, line)]
        return bool(_ASKS_WHETHER.search(line.code)) and (len(rest[1] - rest[0]) <= 1)
    old, new = set(_QUOTED.findall(before.code)), set(_QUOTED.findall(line.code))
    listing = re.search(r"hasAny|RolesAllowed|\b[rR]oles?\b|Roles\s*=", line.code)
    return bool(listing and old and old < new)


_ONLY: Final = re.compile(r"\b(only|except|for|on)\s*(?::|=>|\(|=)\s*(\[[^\]\n]{0,300}\]|%i\[[^\]\n]{0,300}\]|:?[\w?!\"']{2,60})")
_UNLESS: Final = re.compile(r",\s*(?:if|unless)\s*:")


def _for_fewer(line: Line, before: Line) -> bool:
    """Whether the same guard is asked for fewer actions than before."""
    names = guard_names(before) - {"only", "except"}
    if not names or not names <= guard_names(line):
        return False
    old, new = ({found[1]: set(re.findall(r"\w[\w?!]*", found[2])) for found in _ONLY.finditer(each.code)} for each in (before, line))
    for key, named in new.items():
        had = old.get(key)
        if key in ("only", "for", "on") and (named < had if had is not None else key == "only"):
            return True
        if key == "except" and had is not None and named > had:
            return True
        if key == "except" and had is None and "only" not in old:
            return not all(_OPEN_TO_ALL.search(each) for each in named)
    return bool(_UNLESS.search(line.code) and not _UNLESS.search(before.code))


_OPEN_TO_ALL: Final = re.compile(r"^(?:login|new|create|index|show|health\w*|ping|public\w*|sign\w*|callback|webhook\w*|ready|home|status)$")
_DENIES: Final = re.compile(r"40[13]\b|[fF]orbid|[uU]nauthori[sz]|\braise\b|\bthrow\b|\babort|\bdeny|[dD]enied|\breject|redirect\w*\W[^\n]{0,40}login|return\s+(?:false|False|nil|err)")
_NEGATED: Final = re.compile(r"!\s*[\w(]|\bnot\b|!==?|\bunless\b")


def _on_condition(file: Subject, line: Line, before: Line) -> bool:
    """Whether a check that turns people away is made only where something else holds as well."""
    if len(_AND.findall(line.code)) <= len(_AND.findall(before.code)) or not _NEGATED.search(before.code):
        return False
    if not set(re.findall(r"\w+", before.code)) <= set(re.findall(r"\w+", line.code)):
        return False
    return any(_DENIES.search(each.code) for each in file.around(line, 0, 3))


def loosened(file: Subject, line: Line, guards: Collection[int]) -> Iterator[Hit]:
    """A condition on who may pass in which "and" became "or", or that lost one of its parts."""
    for before in other_side(file, line) if guards else ():
        if before.at not in guards:
            continue
        if _weaker_guard(line, before):
            yield hit("guard-weaker", "auth-weakened", Severity.CRITICAL, line, "lets in more people than the guard that stood here", against=before)
            return
        if _for_fewer(line, before) or _on_condition(file, line, before):
            yield hit("guard-narrowed", "auth-weakened", Severity.CRITICAL, line, "asks in fewer cases than the guard that stood here", against=before)
            return
    if not _WHO.search(line.code) or not re.search(r"\b(?:if|return|unless|when|guard|require|assert|filter|where)\b|=", line.code):
        return
    for before in other_side(file, line):
        if not _WHO.search(before.code):
            continue
        ands, ors = len(_AND.findall(before.code)), len(_OR.findall(line.code))
        same = _AND.sub("?", before.code).split() == _OR.sub("?", line.code).split()
        if ands and ors and same:
            yield hit("condition-loosened", "auth-weakened", Severity.CRITICAL, line, "lets pass who meets one condition instead of all", against=before)
            return
