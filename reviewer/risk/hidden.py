"""Rules on characters: those that hide or reorder text, blanks that push code out of sight, look-alike letters.

What must stay true: whole lines are read, however long; what people write in their own scripts passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import News

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDE: Final = re.compile("[\u202d\u202e]")
_MARK: Final = re.compile("[\u200e\u200f\u061c]")
_RTL: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")
_FLAGS: Final = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,6}\U000e007f")
_ZERO: Final = re.compile("[\u200b\u2060-\u2065\u180e\ufff9-\ufffb\u206a-\u206f]")
_FILLER: Final = re.compile("[\u115f\u1160\u3164\uffa0\u17b4\u17b5]")
_SEPARATOR: Final = re.compile("[\u2028\u2029]")
_JOINER: Final = re.compile("[\u200c\u200d\ufeff\u034f]")
_JOINED: Final = re.compile("[\u0600-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdff]")
_NO_SPACES: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}|(?<=[A-Za-z0-9_\"'`])[\ufe00-\ufe0e\U000e0100-\U000e01ef]|(?<=[A-Za-z_\"'`])\ufe0f(?!\u20e3)")
_SOFT: Final = re.compile("(?<=\\w)\u00ad(?=\\w)")
_RUN: Final = re.compile(r"[^\W\d_]{2,80}")
_HOST: Final = re.compile(r"(?:://|@|\b(?:www\.)?)([\w-]{1,63}(?:\.[\w-]{1,63}){1,4})")
_DIVIDERS: Final = re.compile("https?:/{1,2}[\\w.-]{1,80}[\u2044\u2215\u29f8\uff0f\u3002\uff0e]")
_STRANGE: Final = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a]")
_CODE_ONLY: Final = re.compile("\u037e|\u01c3|\uff1b(?=\\s*$)|[\u2024\ufe52]|\uff08|\uff09")
# Letters that look like Latin ones; others of the same script give their script away.
_CYRILLIC: Final = frozenset("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u04cf\u0491\u043a\u043c\u043d\u0442\u0432\u044c\u0433\u043f\u04af\u0475\u0454"
                            "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u050c\u051a\u04ae\u0417\u04c0")
_GREEK: Final = frozenset("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03f2\u03f3\u03bd\u03b1\u03b9\u03c1\u03c5\u03ba\u03b3\u03c4")
_GREEK_SURE: Final = frozenset("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03f2\u03f3")
_PHONETIC: Final = frozenset("\u0251\u0261\u026a\u0280\u0274\u029c\u1d00\u1d04\u1d07\u1d0f\u1d1b\u1d20\u1d21\u1d22\u0237\u01c0\u0501\u0578\u057d\u0585\u0570\u0581\u13a0\u13aa\u13b3\u13d2\u13da\u13e2")

_GAP: Final = (" " * 60, "\t" * 12)
"""Blanks that no alignment of code needs; tables in prose do."""
_ASIDE: Final = re.compile(r"\S(?: {60,}|\t{12,}|[ \t]{80,})(?=\S(?<!\\)|\\.)")
_INDENT: Final = 160


def hidden(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on the file's added lines; ASCII lines cost nothing."""
    code = bool(file.facets.language) and not file.facets.prose
    steers = _steers(file)
    stood: set[str] | None = None
    for line in file.added:
        text = line.full
        laid_out = file.facets.prose and (not steers or text.lstrip()[:1] == "|")
        if not laid_out and (message := _pushed_aside(text)):
            stood = {other.full for other in file.removed} if stood is None else stood
            if text not in stood and not _aligned(file, line, text):
                yield hit("pushed-aside", "hidden-unicode", Severity.HIGH, line, message)
        if text.isascii() or news.stands(line.text, "-"):
            continue
        found = _hides(file, line, text, code)
        if found:
            severity, message = found
            yield hit("hidden-unicode", "hidden-unicode", severity, line, message)
        elif not file.facets.prose:
            name = _look_alike(line, code)
            if name:
                message = "mixes letters of two scripts in one name: it reads like another name"
                yield hit("homoglyph", "homoglyph", Severity.HIGH, line, message, "homoglyph " + words(name))


def _pushed_aside(text: str) -> str:
    """What to say of a line whose end, or all of it, stands past blanks that no layout needs; empty of others."""
    if any(gap in text for gap in _GAP):
        if found := _ASIDE.search(text):
            return f"hides text {found.end()} columns to the right, past blanks: a screen shows only what is before them"
        if len(text) - len(text.lstrip()) >= _INDENT and text.strip():
            return f"begins {len(text) - len(text.lstrip())} columns to the right: a screen may show an empty line"
    return ""


def _aligned(file: Subject, line: Line, text: str) -> bool:
    """Whether the text past the blanks stands below or above other text at that column which few blanks set apart."""
    found = _ASIDE.search(text)
    if found is None:
        return False
    at = found.end()
    return any(
        each.at != line.at and each.full[at - 1 : at].isspace() and not each.full[at : at + 1].isspace() and len(each.full) > at
        and each.full[at - 20 : at].strip() for each in file.around(line, 4, 4, " +"))


def _hides(file: Subject, line: Line, text: str, code: bool) -> tuple[Severity, str] | None:
    local = file.facets.locale or (file.facets.prose and not _steers(file))
    rtl = bool(_RTL.search(text))
    if _TAGS.search(_FLAGS.sub("", text)):
        return Severity.CRITICAL, "adds tag characters: text that no one sees and that machines read"
    if _OVERRIDE.search(text) or (_BIDI.search(text) and not (rtl and (local or not _crosses(text)))):
        return (Severity.HIGH if local else Severity.CRITICAL), "adds controls that reorder text: what is shown is not what is read by machines"
    if _MARK.search(text) and not rtl and not local:
        return Severity.HIGH, "adds invisible direction marks to code"
    if _SELECTORS.search(text):
        return Severity.CRITICAL, "adds runs of variation selectors: they can carry hidden text"
    first = line.number == 1
    zero = [m for m in _ZERO.finditer(text) if not _between(text, m.start(), _NO_SPACES)]
    joiners = [m for m in _JOINER.finditer(text) if _odd_joiner(text, m.start(), first)]
    if zero or joiners:
        if file.facets.prose and not _steers(file):
            return (Severity.MEDIUM, "adds invisible characters to text") if len(zero) + len(joiners) >= 4 else None
        if file.facets.locale and not any(text[m.start() - 1 : m.start()].isascii() for m in (*zero, *joiners)):
            return None
        return Severity.HIGH, "adds invisible characters: names and words that look equal are not"
    if code:
        if any(not _between(text, m.start(), _NO_SPACES) for m in _FILLER.finditer(text)):
            return Severity.HIGH, "adds letters that draw nothing: a name that nobody can see"
        if _SEPARATOR.search(text) or (_SOFT.search(text) and not file.facets.locale and not re.search("[\u00c0-\u024f]", text)):
            return Severity.HIGH, "adds invisible characters inside code"
    return None


def _steers(file: Subject) -> bool:
    return bool(re.search(r"(?:^|/)(?:CLAUDE|AGENTS?|GEMINI|SKILL)\.md\Z|\.mdc\Z|rules\Z|(?:^|/)\.(?:claude|cursor|github|windsurf)/", file.path))


def _crosses(text: str) -> bool:
    """Whether controls stand against code rather than wrap a right-to-left word."""
    return any(text[m.start() + 1 : m.start() + 2].isascii() and text[max(0, m.start() - 1) : m.start()].isascii() and not _RTL.search(text[m.start() : m.start() + 30]) for m in _BIDI.finditer(text))


def _between(text: str, at: int, script: re.Pattern[str]) -> bool:
    return bool(script.match(text[at - 1 : at]) or script.match(text[at + 1 : at + 2]))


def _odd_joiner(text: str, at: int, first: bool) -> bool:
    """Whether a joiner stands where no script and no picture asks for one."""
    char = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if char == "\ufeff":
        return not (at == 0 and first)
    if _JOINED.match(before or " ") or _JOINED.match(after or " "):
        return False
    # Pictures are joined by it as well.
    return not (char == "\u200d" and before and after and ord(before) > 0x2000 and ord(after) > 0x2000)


def _look_alike(line: Line, code: bool) -> str:
    for found in _RUN.finditer(line.code):
        run = found[0]
        if not run.isascii() and _mixed(run):
            return run
    if not code:
        return ""
    if _CODE_ONLY.search(line.bare) and not re.search("[\u3000-\u9fff]", line.bare):
        return "sign"
    odd = _STRANGE.search(line.bare)
    if odd and unicodedata.normalize("NFKC", odd[0]).isascii():
        return line.bare[odd.start() : odd.start() + 20]
    for found in re.finditer(r"\b[^\W\d_]\w{0,40}\b", line.bare):
        letters = [c for c in found[0] if c.isalpha()]
        if not found[0].isascii() and not any("\u0400" <= c <= "\u04ff" and c not in _CYRILLIC for c in line.code) and all(c in _CYRILLIC for c in letters if not c.isascii()) and all(c in _CYRILLIC or c.isascii() for c in letters):
            return found[0]
    if "." in line.code and not line.code.isascii():
        for host in _HOST.finditer(line.code):
            labels = host[1].split(".")
            if labels[-1].isascii() and labels[-1].isalpha() and any(label and not label.isascii() and all(c in _CYRILLIC or c in _GREEK or not c.isalpha() for c in label) for label in labels[:-1]):
                return host[1]
        if _DIVIDERS.search(line.code):
            return "divider"
    return ""


@lru_cache(maxsize=4096)
def _mixed(run: str) -> bool:
    """Whether a run of letters has Latin ones and look-alikes of another script, and nothing that shows the script."""
    latin = sum(1 for c in run if c.isascii())
    if any(c in _PHONETIC for c in run):
        return latin >= 2
    other = [c for c in run if not c.isascii() and not unicodedata.name(c, "").startswith("LATIN")]
    if not latin or not other:
        return bool(latin and any(unicodedata.name(c, "").startswith(("FULLWIDTH", "MATHEMATICAL")) for c in run))
    scripts = {unicodedata.name(c, "").split(" ", 1)[0] for c in other}
    if scripts == {"CYRILLIC"}:
        return all(c in _CYRILLIC for c in other)
    if scripts == {"GREEK"}:
        inside = any(c in _GREEK and run[i - 1 : i].isascii() and run[i + 1 : i + 2].isascii() and i and i + 1 < len(run) for i, c in enumerate(run))
        return all(c in _GREEK_SURE for c in other) or (latin >= 4 and inside and all(c in _GREEK for c in other))
    return bool(scripts & {"ARMENIAN", "CHEROKEE", "COPTIC", "FULLWIDTH", "MATHEMATICAL", "LISU"})
