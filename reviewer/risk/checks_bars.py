"""Rules on the numbers and levels that say how good is good enough: lower than before, or more allowed than before.

What must stay true: a number is compared with the one of the same name that it replaces; sizes, times and counts of
machines are no bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import other_side, settled

_NUMBER: Final = re.compile(r"([A-Za-z_][\w. -]{1,60}?)[\"']?\s*(?:[:=>]{1,2}|\s)\s*[\"']?(\d{1,5}(?:\.\d{1,4})?)\s*(%?)")
_LOWER: Final = re.compile(
    r"fail[_-]?under|coverage|threshold|minimum|min[_-]?\w*|branches|functions|lines|statements|target|score|\bgate"
    r"|require\w*review|approving|approval|mutation|msi|level|precision_min|reviewers|covered|ratio|minscore"
    r"|required_approving\w*|complexity_min|performance|accessibility|best-practices|seo|perfile|break\b|high\b"
    r"|low\b", re.IGNORECASE)
_HIGHER: Final = re.compile(
    r"max[_-]?(?:warnings|complexity|errors|depth|lines|statements|params|args|branches|returns|issues|violations"
    r"|fail\w*|allowed)|complexity|budget|threshold\b.*%?|allowed[_-]?(?:failures|errors|warnings)|tolerance"
    r"|baseline|fail[_-]?threshold|cyclomatic|cognitive|maximumwarning|maximumerror|duplicat\w+|minTokens"
    r"|severity_threshold|cvss|failBuildOnCVSS", re.IGNORECASE)
_BAR_FILE: Final = re.compile(
    r"codecov|coverage|\.nycrc|jest|vitest|pyproject|setup\.cfg|tox\.ini|pytest\.ini|package\.json|\.simplecov"
    r"|simplecov|spec_helper|test_helper|sonar|lighthouse|phpstan|psalm|infection|gradle|pom\.xml|eslint|pylintrc"
    r"|flake8|golangci|rubocop|detekt|Makefile|\.ya?ml\Z|karma|c8rc|stryker|clippy|noxfile|justfile|Taskfile"
    r"|\.toml\Z|\.tf\Z|coveragerc|checkstyle|pmd|bundlesize|size-limit|mix\.exs|coveralls|\.csproj|runsettings"
    r"|angular\.json|ruleset|\.sh\Z", re.IGNORECASE)


def bars(file: Subject) -> Iterator[Hit]:
    """Numbers that say how good is good enough: lower than before, or more allowed than before."""
    if not _BAR_FILE.search(file.path) or file.facets.lock:
        return
    for line in file.added:
        if len(line.code) > 300 or not re.search(r"\d|audit|severity|fail[-_]on|level", line.code):
            continue
        for before in other_side(file, line):
            looser = _looser(before, line, file)
            if looser:
                yield hit("bar-lowered", "check-weakened", Severity.HIGH, line, looser, against=before)
                break
    for line in file.removed:
        found = re.search(
            r"(?:fail[_-]?under|--cov-fail-under|coverageThreshold|check-coverage|minimum_coverage|thresholds?\b"
            r"|max-complexity|max-warnings|required_approving_review_count|minimumCoverage"
            r"|jacocoTestCoverageVerification|failBuildOnCVSS)", line.code, re.IGNORECASE)
        if found and not file.gone and not any(found[0].lower() in each.code.lower() for each in file.added) and re.search(r"\d|[:{(=]\s*$|true", line.code) and any(each.kind == " " for each in file.lines):
            at, against = settled(file, line)
            yield hit("bar-removed", "check-weakened", Severity.HIGH, at, "takes a bar away that the code had to clear", against=against)
            return


def _looser(before: Line, after: Line, file: Subject) -> str:
    old = {name.strip().lower().split()[-1]: (float(value), unit) for name, value, unit in _NUMBER.findall(before.code) if name.strip()}
    for name, value, unit in _NUMBER.findall(after.code):
        key = name.strip().lower().split()[-1] if name.strip() else ""
        if key not in old or old[key][1] != unit:
            continue
        was, now = old[key][0], float(value)
        context = f"{key} " + " ".join(above.code for above in list(file.parents(after))[:3])
        if (now > was and _HIGHER.search(key)) or (now > was and key == "threshold" and "%" in after.code and "codecov" in file.path):
            return "allows more than before before a check fails"
        if now < was and (_LOWER.search(key) or (re.search(r"threshold|coverage|minimum|score|approv", context, re.IGNORECASE) and key in ("branches", "functions", "lines", "statements", "value", "global", "count", "performance", "error", "target", "minscore"))) and not _HIGHER.fullmatch(key) and not re.search(
            r"timeout|interval|port\b|version|retention|python|node|width|length|size|indent|min_?length|requires"
            r"|workers|threads|minutes|year|ttl|replicas|minreplicas|min_instances|mintokens|min_?size"
            r"|per_?(?:minute|second|hour|day|user)|requests|quota|burst|min_?(?:pods|nodes|capacity|age|sdk|idle|delay)", key):
            return "lowers the bar that the code has to clear"
    words_before, words_after = re.search(
        r"(?:audit-level|severity-cutoff|severity|fail-on|fail_on|severity-threshold|level"
        r"|--fail-on-severity)[\"']?\s*[:= ]\s*[\"']?(low|moderate|medium|high|critical)\b",
        before.code, re.IGNORECASE), re.search(
        r"(?:audit-level|severity-cutoff|severity|fail-on|fail_on|severity-threshold|level"
        r"|--fail-on-severity)[\"']?\s*[:= ]\s*[\"']?(low|moderate|medium|high|critical|none)\b",
        after.code, re.IGNORECASE)
    ranks = ["low", "moderate", "medium", "high", "critical", "none"]
    if words_before and words_after and ranks.index(words_after[1].lower()) > ranks.index(words_before[1].lower()) and {words_before[1].lower(), words_after[1].lower()} != {"moderate", "medium"}:
        return "lets more severe findings pass than before"
    if re.search(r"severity[\"']?\s*[:=]", before.code, re.IGNORECASE) and len(re.findall(r"LOW|MEDIUM|HIGH|CRITICAL", before.code)) > len(re.findall(r"LOW|MEDIUM|HIGH|CRITICAL", after.code)) > 0:
        return "lets more severe findings pass than before"
    return ""
