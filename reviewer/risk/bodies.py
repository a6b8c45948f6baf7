"""Rules on bodies that are replaced under a head that stays: handlers that fall silent, checks that answer yes, stubs.

What must stay true: the head is an unchanged line right above the block, and the block is all of its body; what the
body did before is read beside what it does now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

_HANDLER: Final = re.compile(
    r"\bcatch\b[^\n{]{0,120}\{\s*$|^\s*except\b[^\n]{0,120}:\s*$|^\s*rescue\b[^\n]{0,80}$|^\s*if\s+(?:\w+\s*:?=\s*[^\n;]{1,120};\s*)?err\s*!=\s*nil\s*\{\s*$"
    r"|\bErr\(\s*\w*\s*\)\s*=>\s*\{\s*$|\{:error,\s*\w+\}\s*->\s*$|\bif\s+let\s+Err\([^)\n]{0,20}\)[^\n{]{0,100}\{\s*$|\.catch\(\s*(?:async\s*)?\(?\s*\w*\s*\)?\s*=>\s*\{\s*$"
    r"|\bguard\b[^\n]{0,120}\belse\s*\{\s*$")
_ARM: Final = re.compile(
    r"^\s*(?:Err\(\s*\w*\s*\)|\{:error,\s*\w+\}|case\s+\.failure[^\n:]{0,30}:|case\s+Failure\(\s*\w*\s*\))\s*(?:=>|->)?\s*(?:\{\s*\}|\(\)|(?:return\s+)?Ok\([^\n]{0,40}\)|:ok|\{:ok[^\n]{0,40}\}|nil|None|Unit|break)\s*,?\s*$")
_FAILS: Final = re.compile(
    r"\b(?:raise|throw|rethrow|panic|abort|fatal\w*|Fatal\w*|reject|exit)\b|\breturn\b[^\n]{0,120}\b(?:err\w*|Err|fmt\.Errorf|errors\.\w+|Error\w*|false|False|null|nil|None)\b|\bErr\(|:error\b|\?;\s*$|\bexit\(\s*[1-9]",
    re.IGNORECASE)
_SAYS: Final = re.compile(r"\b(?:log\w*|logger|console|print\w*|warn\w*|debug|info|error|puts|echo|slog|tracing|NSLog|Sentry|report\w*|metrics?)\b[^\n]{0,20}[.(!]|\b(?:puts|echo|print)\b", re.IGNORECASE)
_SUCCEEDS: Final = re.compile(
    r"^\s*(?:return\s+)?(?:True|true|YES|:ok|nil|None|null|undefined|0|\"\"|''|\[\]|\{\}|Ok\([^\n]{0,40}\)|Some\([^\n]{0,40}\)|\w{1,30},\s*nil|nil,\s*nil|\{:ok[^\n]{0,40}\}|\(\)|Optional\.empty\(\)"
    r"|Collections\.empty\w+\(\)|Promise\.resolve\([^\n]{0,20}\)|new\s+\w{1,30}(?:<[^>\n]{0,20}>)?\(\)|\w{1,30}\.(?:Success|success|ok|Ok)\([^\n]{0,30}\)|\{\s*[\"']?(?:ok|success|status|done|valid)[\"']?\s*(?::|=>)\s*(?:true|True|200|[\"'](?:ok|success)[\"'])[^\n]{0,60}\})?\s*;?\s*$|^\s*(?:return|pass|continue|break|\.\.\.)\s*;?\s*$")
_BEST_EFFORT: Final = re.compile(r"close|cleanup|clean_up|remove|unlink|shutdown|dispose|flush|teardown|kill|rollback|import|ErrNotExist|NotFound|ENOENT|FileNotFound|IsNotExist|EOF|context\.Canceled|StopIteration|KeyboardInterrupt|AbortError|CancellationException", re.IGNORECASE)
_FUNCTION: Final = re.compile(
    r"\b(?:def|func|function|fn|fun|sub)\s+(?:\([^)\n]{0,60}\)\s*)?(?:self\.)?([A-Za-z_]\w{1,60}[?!]?)|^\s*(?:[\w<>\[\],.?@ ]{1,80}\s)?([A-Za-z_]\w{1,60})\s*(?:=\s*(?:async\s*)?)?\([^\n]{0,200}\)[^\n;={}]{0,60}(?:=>\s*)?\{\s*$")
_ASKS: Final = re.compile(r"^(?:is|has|can|check|validate|verify|ensure|should|allow|may|must|permit|authori[sz]e|authenticate|accepts?|matches|valid|qualif|eligib)(?=[A-Z_?]|$|\w*(?:ed|able|ible)\b)", re.IGNORECASE)
_WHO: Final = re.compile(r"auth|admin|perm|role|access|allowed|token|signature|owner|csrf|session|login|password|credential|jwt|webhook", re.IGNORECASE)
_YES: Final = re.compile(r"^\s*(?:return\s+)?(?:True|true|YES|Ok\(true\)|Ok\(\(\)\)|true,\s*nil|nil|\{:ok[^\n]{0,30}\}|:ok|Promise\.resolve\(true\)|Task\.FromResult\(true\))\s*;?\s*$")
_FIXED: Final = re.compile(
    r"^\s*(?:return\s+)?(?:True|true|False|false|None|nil|null|undefined|-?\d[\d._]{0,12}[fdL]?|\"[^\"\n]{0,40}\"|'[^'\n]{0,40}'|\[\]|\{\}|new\s+\w{1,30}(?:<[^>\n]{0,20}>)?\(\)|Ok\(\(\)\)|Optional\.empty\(\)|Decimal\(\"?\d[\d.]*\"?\)"
    r"|default|nil,\s*nil|Vec::new\(\)|vec!\[\]|List\.of\(\)|Collections\.empty\w+\(\)|\d[\d.]*,\s*nil)\s*;?\s*$")
_WORKS: Final = re.compile(r"&&|\|\||[=!<>]=|\s[<>+*/%-]\s|\w\(|\band\b|\bor\b|\bin\b")
_LATER: Final = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|for now|temporar\w+|stub\w*|placeholder|later|until|not (?:yet )?implemented|hard-?coded)\b", re.IGNORECASE)
_BRACES: Final = frozenset("python ruby elixir".split())


def bodies(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on bodies that were replaced."""
    known = file.facets
    if known.prose or known.lock or known.test or known.generated or known.vendored or known.example or not known.language:
        return
    for line in file.added if file.removed else ():
        if ("Err(" in line.code or ":error" in line.code or "ailure" in line.code) and _ARM.match(line.code) and any(re.search(r"Err\(|:error|failure|Failure", x.code) and _FAILS.search(re.sub(r"^\s*(?:Err\([^)]*\)|\{:error,\s*\w+\})", "", x.code)) for x in file.against(line)):
            yield hit("error-as-success", "error-swallowed", Severity.MEDIUM, line, "reports success where something failed", "error-swallowed")
    for gone, came in file.blocks:
        if not gone or len(came) > 8 or len(gone) > 60:
            continue
        head = _head(file, gone, came)
        if head is None or not _closed(file, head, gone, came):
            continue
        new = [line.code for line in came if line.code.strip()]
        if _HANDLER.search(head.code):
            yield from _silenced(file, head, gone, came, new)
        else:
            yield from _hollowed(head, gone, came, new)


def _head(file: Subject, gone: Sequence[Line], came: Sequence[Line]) -> Line | None:
    """The unchanged line right above a block that opens what the block stands in."""
    at = min(line.at for line in (*gone, *came)) - 1
    while at >= 0 and file.lines[at].hunk == gone[0].hunk:
        above = file.lines[at]
        if above.kind != " ":
            return None
        if above.code.strip():
            inner = next((line for line in (*gone, *came) if line.code.strip()), None)
            if above.code.strip() == "{" and at > 0 and file.lines[at - 1].kind == " ":
                above = above._replace(code=file.lines[at - 1].code.rstrip() + " {")
            return above if inner is not None and above.indent < inner.indent else None
        at -= 1
    return None


def _closed(file: Subject, head: Line, gone: Sequence[Line], came: Sequence[Line]) -> bool:
    """Whether the body ends with the block."""
    at = max(line.at for line in (*gone, *came)) + 1
    while at < len(file.lines) and file.lines[at].hunk == head.hunk:
        below = file.lines[at]
        if below.code.strip():
            return below.kind == " " and below.indent <= head.indent
        at += 1
    return file.facets.language in _BRACES


def _silenced(file: Subject, head: Line, gone: Sequence[Line], came: Sequence[Line], new: Sequence[str]) -> Iterator[Hit]:
    if not any(_FAILS.search(line.code) for line in gone) or any(_FAILS.search(code) and not _SUCCEEDS.match(code) for code in new):
        return
    before = "\n".join(line.code for line in file.around(head, 1, 0))
    if _BEST_EFFORT.search(before) or not all(_SUCCEEDS.match(code) or _SAYS.search(code) for code in new):
        return
    if re.search(r"\bguard\b", head.code) and not any(_SUCCEEDS.match(code) and re.search(r"true|YES|success", code, re.IGNORECASE) for code in new):
        return
    # A failure that was told as such, and is told as another one, is no news.
    if all(re.search(r"\breturn\b[^\n]{0,40}\b(?:false|False|null|nil|None)\b", line.code) for line in gone if _FAILS.search(line.code)) and not any(re.search(r"err", line.code, re.IGNORECASE) for line in gone):
        return
    place = next((line for line in came if line.code.strip()), came[0] if came else gone[0])
    success = any(_SUCCEEDS.match(code) and not re.match(r"\s*(?:pass|continue|break|\.\.\.)\s*;?\s*$", code) for code in new)
    message = "reports success where something failed" if success else "swallows errors: what goes wrong is never heard of"
    yield hit("failure-silenced", "error-swallowed", Severity.MEDIUM, place, message, "error-swallowed", against=gone[0])


def _hollowed(head: Line, gone: Sequence[Line], came: Sequence[Line], new: Sequence[str]) -> Iterator[Hit]:
    named = _FUNCTION.search(head.code)
    if named is None or len(new) != 1 or (not _FIXED.match(new[0]) and not _YES.match(new[0])):
        return
    name = named[1] or named[2] or ""
    worked = sum(1 for line in gone if _WORKS.search(line.code))
    if not worked:
        return
    place = next(line for line in came if line.code.strip())
    later = any(_LATER.search(line.text) for line in came)
    if _YES.match(new[0]) and _ASKS.match(name) and not re.search(r"\bnil\b", new[0]):
        if _WHO.search(name):
            yield hit("always-allowed", "auth-weakened", Severity.CRITICAL, place, "answers every check with yes", against=gone[0])
        else:
            yield hit("always-yes", "placeholder", Severity.MEDIUM, place, "answers every check with yes", against=gone[0])
    elif later or (worked > 3 and re.search(r"\d|\"|'", new[0])):
        yield hit("hollowed", "placeholder", Severity.MEDIUM, place, "leaves a stub where product code should be", against=gone[0])
