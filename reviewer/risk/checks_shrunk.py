"""Rules on what a checker was told to apply and no longer is: lists of rules that shrink, rules that leave a mapping.

What must stay true: a list that gets as many entries as it loses is an exchange, entries that the tool itself has
dropped are none, and a configuration that is written anew is not read entry by entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News, other_side

_FILE: Final = re.compile(
    r"(?:^|/)(?:\.golangci\.(?:ya?ml|toml|json)|\.?eslint[\w.]*|\.?oxlint[\w.]*|biome\.jsonc?|\.?stylelint[\w.]*|tslint\.json|\.rubocop[\w.]*\.yml|\.?semgrep[\w./-]*\.ya?ml"
    r"|\.swiftlint\.yml|detekt[\w.-]*\.yml|\.credo\.exs|ruff\.toml|\.ruff\.toml|\.flake8|setup\.cfg|tox\.ini|pyproject\.toml|\.?pylintrc|pyrightconfig\.json|phpcs\.xml(?:\.dist)?"
    r"|phpstan[\w.]*\.neon(?:\.dist)?|psalm\.xml(?:\.dist)?|\.php-cs-fixer[\w.]*|checkstyle[\w.-]*\.xml|pmd[\w.-]*\.xml|\.clang-tidy|Cargo\.toml|clippy\.toml|deny\.toml"
    r"|analysis_options\.yaml|\.editorconfig|\.ansible-lint|\.yamllint(?:\.ya?ml)?|\.spectral\.ya?ml|\.sqlfluff|\.tflint\.hcl|\.hadolint\.ya?ml|\.markdownlint[\w.]*|lefthook\.ya?ml"
    r"|\.gitleaks\.toml|codeql[\w./-]*\.ya?ml|dependabot\.ya?ml|\.erb-lint\.yml|\.haml-lint\.yml|\.scss-lint\.yml|\.luacheckrc|\.perlcriticrc|sonar[\w.-]*\.properties|\.bandit)\Z"
    r"|(?:^|/)(?:rules|policies|semgrep(?:-rules)?|\.semgrep)/[\w./-]+\.(?:ya?ml|rego)\Z", re.IGNORECASE)
_ENABLES: Final = re.compile(
    r"^\s*[\"']?(?:-\s+)?(?:enable|enabled|linters|select|extend-select|extend_select|rules|plugins|checks|load-plugins|analyzers?|opt_in_rules|only_rules|extends|scanners"
    r"|detectors|queries|packs|rulesets?|custom_rules|additional_checks|inherit_from|inherit_gem|deny|forbid|warnings-as-errors|WarningsAsErrors)\b[\"']?\s*(?:[:=(]|\{|$)",
    re.IGNORECASE)
_MUTES: Final = re.compile(
    r"^\s*[\"']?(?:-\s+)?(?:disable\w*|ignore\w*|exclude\w*|skip\w*|extend-ignore|per-file-ignores|allow\w*|suppress\w*|excluded\w*|paths|files|env|settings|formatters|overrides|globals)\b",
    re.IGNORECASE)
_ITEM: Final = re.compile(r"^\s*(?:-\s+(?:id\s*:\s*)?|)[\"']?(@?[A-Za-z][\w./:@-]{1,80})[\"']?\s*,?\s*$")
_LISTED: Final = re.compile(r"^\s*(?:-\s+(?:id\s*:\s*)?)[\"']?@?[A-Za-z][\w./:@-]{1,80}[\"']?\s*$|^\s*[\"'][^\"'\n]{2,80}[\"']\s*,?\s*$")
_PAIR: Final = re.compile(
    r"^\s*[\"']?(@?[A-Za-z][\w./@-]{2,80})[\"']?\s*(?::|=)\s*(?:\[\s*)?(?:\{\s*level\s*[:=]\s*)?[\"']?(?:error|warn(?:ing)?|deny|forbid|2|on)\b[\"']?")
_TUPLE: Final = re.compile(r"^\s*\{\s*(Credo\.Check\.[\w.]{3,80})\s*,")
_RULE: Final = re.compile(r"<(?:rule|module)\s+(?:ref|name)=\"([^\"\n]{3,120})\"")
_INLINE: Final = re.compile(
    r"^\s*(?:-\s+)?[\"']?(select|extend-select|extend_select|enable|load-plugins|plugins|extends|checks|Checks|WarningsAsErrors|rules|linters|opt_in_rules|only_rules|queries)[\"']?"
    r"\s*[:=]\s*[\[\"']?([\w,.\s*@/:'\"-]{1,600})[\]\"']?,?\s*$")
# Names that their own tools have dropped or renamed.
_COP: Final = re.compile(r"^([A-Z]\w{2,30}/[A-Z]\w{2,60}):\s*$")
_ASKED: Final = re.compile(r"^\s*(?:-\s+)?(package-ecosystem|queries|query-filters|packs|config-file)\s*:\s*[\"']?([\w./@:-]{2,120})")
OBSOLETE: Final = frozenset(
    "comments common-false-positives legacy std-error-handling deadcode varcheck structcheck golint maligned scopelint interfacer ifshort nosnakecase exhaustivestruct exportloopref tenv execinquery gomnd "
    "copyloopvar goerr113 typecheck gosimple stylecheck megacheck prettier black isort gofmt goimports gofumpt".split())
_REWRITE: Final = 40
"""Removed lines of a configuration from which on it counts as written anew."""


def shrunk(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on rules that leave the configuration of a checker."""
    if not _edited(file):
        return
    lost = dropped(file)
    if lost:
        message = "drops a rule from a checker" if len(lost) == 1 else f"drops {len(lost)} rules from a checker"
        yield hit("rules-dropped", "check-weakened", Severity.HIGH, lost[0], message, against=next(iter(other_side(file, lost[0])), None))
        return
    came = _what_stands(file)
    asked = [line for line in file.removed if (found := _ASKED.match(line.code)) and not _stands(found[2], came)]
    if asked and sum(bool(_ASKED.match(line.code)) for line in file.added) < len(asked):
        yield hit("rules-dropped", "check-weakened", Severity.HIGH, asked[0], "drops what a scanner was asked to look at", against=next(iter(other_side(file, asked[0])), None))
        return
    for line in file.removed:
        for other in other_side(file, line):
            gone = _dropped_inline(line, other)
            if gone:
                yield hit("rules-dropped", "check-weakened", Severity.HIGH, other, f"drops {', '.join(sorted(gone)[:3])} from what a checker applies", against=line)
                return


def dropped(file: Subject) -> list[Line]:
    """The lines of rules that left a checker's configuration, where fewer came than went."""
    if not _edited(file):
        return []
    came = _what_stands(file)
    lost = [line for line in file.removed if (name := _rule_of(file, line)) and not _stands(name, came)]
    return lost if sum(bool(_rule_of(file, line)) for line in file.added) < len(lost) else []


def _edited(file: Subject) -> bool:
    """Whether a checker's configuration lost lines, and was not written anew."""
    return not (file.new or file.gone) and 0 < len(file.removed) <= _REWRITE and bool(_FILE.search(file.path))


def _what_stands(file: Subject) -> str:
    return "\n".join(line.text for line in file.lines if line.kind != "-")


def _stands(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _rule_of(file: Subject, line: Line) -> str:
    """The rule that a line tells a checker to apply; empty where it tells none."""
    if not line.code.strip() or len(line.text) > 300:
        return ""
    named = _TUPLE.match(line.code) or _RULE.search(line.code) or (_COP.match(line.code) if "rubocop" in file.path and _applied(file, line) else None)
    if named:
        return "" if re.search(r",\s*false\s*\}", line.code) else named[1]
    head = _heading(file, line)
    if head is None:
        return ""
    if file.path.endswith(("pyproject.toml", "setup.cfg", "tox.ini")) and not _section(file, line):
        return ""
    pair = _PAIR.match(line.code)
    if pair and (re.match(r"\s*[\"']?rules\b|\s*\[(?:workspace\.)?lints", head.code) or re.search(r"lint", head.code)):
        return pair[1]
    if _LISTED.match(line.code) and _ENABLES.match(head.code) and not _MUTES.match(head.code):
        item = _ITEM.match(line.code)
        if item and item[1].lower() not in OBSOLETE:
            return item[1]
    return ""


def _section(file: Subject, line: Line) -> bool:
    """Whether the part of a project's file that a line stands in belongs to a checker."""
    above = next((each.code for each in reversed(file.around(line, 60, 0, " -" if line.kind == "-" else " +")) if re.match(r"\[[\w\"]", each.code)), "")
    head = file.heads[line.hunk] if line.hunk < len(file.heads) else ""
    return re.search(r"ruff|pylint|flake8|mypy|pyright|bandit|pydocstyle|lint", above or head) is not None


def _applied(file: Subject, line: Line) -> bool:
    """Whether a rule's own block turns it on."""
    return any(re.match(r"\s+Enabled:\s*true", each.code) for each in file.around(line, 0, 6, " -" if line.kind == "-" else " +")[1:])


def _heading(file: Subject, line: Line) -> Line | None:
    """The key that a list or a mapping stands under."""
    kinds = " -" if line.kind == "-" else " +"
    for above in reversed(file.around(line, 40, 0, kinds)[:-1]):
        if not above.code.strip() or above.indent > line.indent:
            continue
        # YAML may write a list at the height of its key.
        if above.indent < line.indent or (above.code.rstrip().endswith(":") and not above.code.lstrip().startswith("-")) or re.match(r"\s*\[", above.code):
            return above
    return None


def _dropped_inline(line: Line, other: Line) -> set[str]:
    """The entries that a list on one line lost while it got none."""
    before, after = _INLINE.match(line.code), _INLINE.match(other.code)
    if not before or not after or before[1].lower() != after[1].lower():
        return set()
    old, new = (set(re.findall(r"[\w*@./:-]{1,80}", found[2])) for found in (before, after))
    if new - old or "ALL" in new or "*" in new:
        return set()
    return {each for each in old - new if each.lower() not in OBSOLETE and not any(each.startswith(kept) for kept in new)}
