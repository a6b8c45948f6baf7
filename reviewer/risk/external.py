"""Takes what other scanners found: on changed lines alone, once each, in our words and levels, each rule to be put off.

What must stay true: an import only ever adds; what ours says stays, whatever else was said there. A level that another
tool calls an error locks nothing unless it says how severe a weakness it is, or names one of our categories.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Evidence, Finding, Severity, Side
from reviewer.text import Untrusted, show

KEPT: Final = 500
"""Findings that are taken from one import; the rest is counted."""
NEAR: Final = 2
"""Lines within which the same category, told by us and by another, is one finding."""
MESSAGE: Final = 500


@dataclass(frozen=True, slots=True)
class External:
    """One result of another scanner. `level` is SARIF's; `score` a CVSS-like number; `line` None for a whole file.

    `muted`: a comment in the code itself keeps it quiet.
    """

    tool: str
    rule: str
    level: str
    path: str
    line: int | None
    last: int | None
    message: str
    score: float | None = None
    tags: tuple[str, ...] = ()
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: ours and theirs together, and how many of theirs were left out, and why."""

    findings: tuple[Finding, ...]
    taken: int
    elsewhere: int
    known: int
    off: int
    over: int

    def words(self) -> str:
        """As "3 taken, 40 not on changed lines, 1 known already"."""
        left = (
            (self.elsewhere, "not on changed lines"),
            (self.known, "known already"),
            (self.off, "of rules that are off"),
            (self.over, f"beyond {KEPT}"),
        )
        return ", ".join([f"{self.taken} taken", *(f"{count} {why}" for count, why in left if count)])


def merge(
    files: Sequence[FileDiff], ours: Sequence[Finding], theirs: Sequence[External], off: Collection[str] = ()
) -> Imported:
    """Our findings and those of others. `off` names rules as "tool/rule", "tool/*" or "rule"."""
    changed = _changed(files)
    places = _Places(changed)
    found: dict[tuple[str, str, str], Finding] = {}
    told: dict[tuple[str, str, int | None], int] = {}
    for each in ours:
        if each.side is Side.NEW:
            at = (each.file.raw, each.category, each.line)
            told[at] = max(told.get(at, 0), each.severity.rank)
    lines_told = {(f.file.raw, f.line, f.rule) for f in ours if f.tool}
    elsewhere = known = put_off = over = 0
    for one in theirs:
        path = places.of(one.path)
        line = _on_changed(one, changed[path]) if path is not None else None
        if path is None or line is None:
            elsewhere += 1
            continue
        if {f"{one.tool}/{one.rule}", f"{one.tool}/*", one.rule} & set(off):
            put_off += 1
            continue
        category = category_of(one)
        near = range(line - NEAR, line + NEAR + 1) if line else (None,)
        # One of ours that says less does not stand for it: a change could put it there for that.
        ranks = (told.get((path, category, at), -1) for at in near)
        if max(ranks) >= severity_of(one, category).rank or (path, line or None, _rule(one)) in lines_told:
            known += 1
            continue
        finding = _finding(one, path, line, category, changed[path])
        key = (path, finding.tool, finding.rule)
        earlier = found.get(key)
        if earlier is None and len(found) >= KEPT:
            over += 1
            continue
        found[key] = finding if earlier is None else _again(earlier, finding)
    together = sorted((*ours, *found.values()), key=lambda f: (-f.severity.rank, f.file, f.line or 0, f.rule))
    return Imported(tuple(together), sum(f.count for f in found.values()), elsewhere, known, put_off, over)


def _rule(one: External) -> str:
    """The name of a rule, safe to show wherever names of rules are."""
    return show(f"{one.tool}/{one.rule}", limit=200)


def _again(earlier: Finding, later: Finding) -> Finding:
    first = later if later.severity.rank > earlier.severity.rank else earlier
    return replace(first, count=earlier.count + 1)


def _finding(one: External, path: str, line: int, category: str, texts: Mapping[int, str]) -> Finding:
    text = texts.get(line, "")
    identity = "\0".join((one.tool, one.rule, path, " ".join(text.split())))
    fingerprint = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    said = " ".join(one.message[: MESSAGE * 2].split())[:MESSAGE] or one.rule
    muted = " (a comment in the change mutes it)" if one.muted else ""
    return Finding(
        _rule(one), category, severity_of(one, category), Untrusted(path), Side.NEW, line or None,
        Untrusted(f"{said}{muted}"), fingerprint,
        (Evidence(Side.NEW, line, Untrusted(text[:MESSAGE])),) if line else (), tool=show(one.tool, limit=100),
    )  # fmt: skip


# --- places ---------------------------------------------------------------------------------------------------------


def _changed(files: Sequence[FileDiff]) -> dict[str, dict[int, str]]:
    """By path, the lines that came, with their text."""
    return {
        file.change.new_path.raw: {
            line.new: line.text[:MESSAGE].decode("utf-8", "surrogateescape")
            for line in file.all_lines()
            if line.kind == "+" and line.new is not None
        }
        for file in files
    }


def _on_changed(one: External, lines: Mapping[int, str]) -> int | None:
    """The first changed line that a result is about; 0 for one on a whole changed file; None for none."""
    if one.line is None:
        return 0
    if one.line in lines:
        return one.line
    last = min(one.last or one.line, one.line + 1000)
    return next((n for n in range(one.line, last + 1) if n in lines), None)


class _Places:
    """Finds the changed file that a path of another tool means: the same, or the end of an absolute one."""

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths

    def of(self, raw: str) -> str | None:
        path = raw.replace("\\", "/")
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts:
            return None
        whole = "/".join(parts)
        if whole in self._paths:
            return whole
        if not (path.startswith("/") or re.match(r"[A-Za-z]:/", path)):
            return None
        # A scanner ran somewhere else over the same tree: the longest end that is a changed file.
        return next((end for n in range(1, min(len(parts), 40)) if (end := "/".join(parts[n:])) in self._paths), None)


# --- levels and categories ------------------------------------------------------------------------------------------

_LEVELS: Final = {"error": Severity.MEDIUM, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.INFO}


def severity_of(one: External, category: str) -> Severity:
    """Our level of a result: by its score where it has one, else by SARIF's level, which says little on weight."""
    if one.score is not None:
        bounds = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
        return next((severity for bound, severity in bounds if one.score >= bound), Severity.LOW)
    if one.level == "error" and category != OTHER:
        return Severity.HIGH
    if one.level == "warning" and category == OTHER:
        return Severity.LOW
    return _LEVELS.get(one.level, Severity.LOW)


OTHER: Final = "external"
"""The category of what has no place among ours."""
_CWE: Final = {
    **dict.fromkeys((77, 78, 88, 94, 95, 96, 470), "code-exec"),
    **dict.fromkeys((79, 80, 89, 90, 91, 564, 643, 917, 943, 1336), "injection"),
    **dict.fromkeys((502, 915), "unsafe-deserial"),
    **dict.fromkeys((295, 297, 299, 319, 322), "tls-disabled"),
    **dict.fromkeys((256, 259, 321, 522, 540, 798), "secret"),
    **dict.fromkeys((208, 326, 327, 328, 329, 330, 335, 338, 759, 760, 780, 916), "weak-crypto"),
    **dict.fromkeys((285, 287, 288, 306, 345, 346, 347, 352, 639, 862, 863, 942), "auth-weakened"),
    **dict.fromkeys((250, 266, 269, 276, 277, 732), "privilege-widening"),
    **dict.fromkeys((489, 605, 614, 770, 1004, 1188), "unsafe-default"),
    **dict.fromkeys((390, 391, 396, 703, 754, 755), "error-swallowed"),
    **dict.fromkeys((494, 829), "remote-exec"),
    **dict.fromkeys((1007, 1321), "homoglyph"),
}
_NAMES: Final = (
    (r"template-injection|script-injection|github-env|dangerous-triggers|expression-injection|bot-conditions", "ci-injection"),
    (r"excessive-permissions|unpinned-(?:uses|images?)|artipacked|secrets-inherit|overprovisioned-secrets|cache-poisoning"
     r"|self-hosted-runner|unredacted-secrets|stale-action|impostor-commit|known-vulnerable-actions|ref-confusion"
     r"|forbidden-uses|use-trusted-publishing", "ci-privilege"),
    (r"hardcoded[-_ ]?(?:password|secret|credential|token)|private[-_ ]key|(?:api|access|secret)[-_]?(?:key|token)|generic-secret"
     r"|gitleaks|betterleaks|trufflehog", "secret"),
    (r"sql[-_ ]?injection|sqli\b|xss|cross-site|template-injection|nosql|ldap-injection|raw-query|unescaped", "injection"),
    (r"command-?injection|os-system|subprocess|shell[-_=]true|\beval\b|exec-use|code-injection|dangerous-exec", "code-exec"),
    (r"deserializ|pickle|yaml-?load|marshal|unsafe-load|objectinputstream", "unsafe-deserial"),
    (r"tls|ssl|certificate|insecure-transport|verify-false|disabled-cert|host-?key", "tls-disabled"),
    (r"\bmd5\b|sha1|weak-(?:hash|crypto|cipher|random)|insecure-hash|\becb\b|des-is-deprecated|math-random", "weak-crypto"),
    (r"csrf|cors|missing-auth|jwt|authz?\b|permitall", "auth-weakened"),
    (r"bidi|trojan-?source|invisible|zero-width", "hidden-unicode"),
    (r"homoglyph|confusable", "homoglyph"),
    (r"privileged|run-as-root|wildcard|admin-access|open-ingress|public-ingress|world-writable|0\.0\.0\.0/0", "privilege-widening"),
    (r"deletion[-_ ]protection|backup|retention|final[-_ ]snapshot|versioning", "infra-guard-removed"),
    (r"drop-(?:table|column|database)|ban-drop|truncate", "destructive-sql"),
    (r"debug-enabled|debug-true|bind-all|bind-0", "unsafe-default"),
    (r"bare-except|blind-except|try-except-pass|empty-catch|no-empty", "error-swallowed"),
    (r"obfuscat|silent-process-execution|exfiltrat", "obfuscated"),
    (r"typosquat|dependency-confusion|repository_integrity", "dep-suspicious"),
)  # fmt: skip
_PATTERNS: Final = tuple((re.compile(pattern, re.IGNORECASE), category) for pattern, category in _NAMES)
_CWE_TAG: Final = re.compile(r"cwe[-/_ :]{0,3}0{0,3}(\d{1,4})\b", re.IGNORECASE)


def category_of(one: External) -> str:
    """Our category of a result, by the weakness that it names or by its rule's name; OTHER where it has no place."""
    if one.tool.lower() in ("gitleaks", "betterleaks", "trufflehog", "detect-secrets"):
        return "secret"
    for text in (*one.tags[:40], one.rule):
        for found in _CWE_TAG.finditer(text[:200]):
            category = _CWE.get(int(found[1]))
            if category:
                return category
    name = one.rule[:300]
    return next((category for pattern, category in _PATTERNS if pattern.search(name)), OTHER)
