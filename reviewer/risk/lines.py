"""Rules on single added lines: a table of patterns, each tried only where one of its keywords occurs.

What must stay true: no pattern has nested or unbounded overlapping repetition; what the removed lines of the file
already held is no news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reviewer.model.finding import Severity, Side
from reviewer.risk.subject import Hit, Subject

C, H, M = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class LineRule:
    """`keywords` are lower case. `where` limits to tests, product code, pipelines; `languages` to some languages."""

    rule: str
    category: str
    severity: Severity
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    message: str
    where: str = "any"
    languages: frozenset[str] = frozenset()
    comments: bool = False


def _rule(
    rule: str,
    category: str,
    severity: Severity,
    keywords: str,
    pattern: str,
    message: str,
    where: str = "any",
    languages: str = "",
    comments: bool = False,
    flags: int = re.IGNORECASE,
) -> LineRule:
    return LineRule(
        rule, category, severity, tuple(keywords.split()), re.compile(pattern, flags), message, where,
        frozenset(languages.split()), comments,
    )  # fmt: skip


RULES: Final = (
    _rule("secret-provider", "secret", C, "akia ghp_ gho_ ghs_ github_pat_ glpat- xox sk_live_ sk-ant- aiza npm_ pypi-",
          r"\b(AKIA[0-9A-Z]{16}|gh[pos]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,90}|glpat-[\w-]{20}"
          r"|xox[bpars]-[\w-]{20,90}|sk_live_[A-Za-z0-9]{20,99}|sk-ant-[\w-]{40,120}|AIza[\w-]{35}"
          r"|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{40,200})(?![\w-])",
          "adds a credential in a provider's own form: anyone who reads the repository can use it",
          comments=True, flags=0),
    _rule("secret-private-key", "secret", C, "-----begin",
          r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY", "adds a private key", comments=True),
    _rule("secret-url", "secret", H, "://",
          r"\b[a-z][a-z0-9+.-]{1,20}://[\w.%+-]{1,64}:(?![\w$]{0,3}\{|\$|<|%|\*|x{3}|password|pass\b|secret|changeme)"
          r"[^\s:/@'\"]{6,80}@[\w.-]{3,}", "adds an address with a password in it"),
    _rule("remote-exec", "remote-exec", C, "curl wget iwr invoke-webrequest",
          r"\b(curl|wget|iwr|Invoke-WebRequest)\b[^|;&\n]{0,300}\|\s*(sudo\s+)?(-E\s+)?(ba|z|k|da)?sh\b"
          r"|\b(curl|wget)\b[^|;\n]{0,300}\|\s*(sudo\s+)?(python3?|perl|ruby|node)\b"
          r"|\b(ba)?sh\s+(-c\s+)?[\"']?[<$]\(\s*(curl|wget)\b|\biex\b.{0,40}\b(iwr|DownloadString)\b",
          "downloads something and runs it unseen"),
    _rule("tls-off", "tls-disabled", H,
          "verify rejectunauthorized insecureskipverify no-check-certificate sslverify cert_none stricthostkeychecking "
          "node_tls_reject_unauthorized danger_accept_invalid",
          r"\bverify\s*=\s*False\b|rejectUnauthorized['\"]?\s*:\s*false|InsecureSkipVerify\s*:\s*true"
          r"|--no-check-certificate|http\.sslVerify[\s=]+false|\bCERT_NONE\b|StrictHostKeyChecking[\s=]+no\b"
          r"|NODE_TLS_REJECT_UNAUTHORIZED['\"\s\]=:]+0|danger_accept_invalid_certs\(true\)|\bverify_ssl\s*=\s*False",
          "stops checking who is at the other end of a connection", where="product"),
    _rule("destructive-cmd", "destructive-cmd", C, "rm mkfs destroy delete prune --force",
          r"\brm\s+-[a-z]{0,6}r[a-z]{0,6}\s+(-\w+\s+)*[\"']?(/(\s|\*|$|[\"'])|~|\$HOME\b|\$\{HOME\}|/(etc|usr|var|home)\b/?[\s\"'*])"
          r"|\bmkfs\.\w+\s|\bterraform\s+destroy\b.{0,80}-auto-approve|\baws\s+s3\s+rb\b.{0,80}--force"
          r"|\bkubectl\s+delete\s+(ns|namespace)\b",
          "removes or overwrites broadly, without a way back"),
    _rule("force-push", "destructive-cmd", H, "push",
          r"\bgit\s+push\b[^|;&\n]{0,100}(\s--force(?!-with-lease)\b|\s-f\b)", "overwrites published history"),
    _rule("privileged", "privilege-widening", H, "privileged chmod cidr administratoraccess cluster-admin action resource",
          r"\bprivileged['\"]?\s*:\s*true\b|\bchmod\s+(-R\s+)?0?777\b|\bAdministratorAccess\b|\bcluster-admin\b"
          r"|[\"']?Action[\"']?\s*[:=]\s*\[?\s*[\"']\*[\"']",
          "grants more than one job needs: everything, or everyone", where="product"),
    _rule("ci-permissions", "ci-privilege", H, "write-all permissions inherit tojson(secrets",
          r"permissions:\s*write-all|secrets:\s*inherit|toJSON\(\s*secrets\s*\)",
          "widens what a pipeline may do, or hands its secrets on", where="pipeline"),
    _rule("ci-injection", "ci-injection", C, "github.event github.head_ref",
          r"\brun:.{0,400}\$\{\{\s*github\.(event\.(issue|pull_request|comment|review|discussion)\.(title|body)"
          r"|event\.comment\.body|head_ref|event\.pull_request\.head\.(ref|label))",
          "puts text that a stranger chooses into a pipeline's script", where="pipeline"),
    _rule("ignored-failure", "check-weakened", H, "|| continue-on-error allow_failure",
          r"(pytest|tox|npm (run )?(test|lint)|yarn (test|lint)|go (test|vet)|cargo (test|clippy)|mypy|ruff|eslint|flake8|tsc)"
          r"\b[^|\n]{0,120}\|\|\s*(true|:|exit 0)\b|continue-on-error:\s*true|allow_failure:\s*true",
          "lets a check fail without anyone hearing of it"),
    _rule("test-skip", "test-weakened", H, "skip xfail ignore disabled pending only xit xdescribe fit fdescribe todo",
          r"@(pytest\.mark|unittest)\.(skip|xfail)\b(?!if)|\bpytest\.skip\(|\bself\.skipTest\(|\bt\.Skip(f|Now)?\("
          r"|\b(it|test|describe|context)\.(skip|only|todo)\s*\(|^\s*(xit|xdescribe|xtest|fit|fdescribe)\s*\("
          r"|#\[ignore\b|@(Disabled|Ignore)\b|\[(Fact|Theory)\(\s*Skip\s*=|\[Ignore\b|@tag\s+:?skip|markTestSkipped\("
          r"|^\s*(skip|pending)\s+['\"]",
          "takes a test out of the run, or runs it alone", where="test"),
    _rule("blanket-suppression", "suppression-added", M, "noqa nolint type: eslint-disable ts-nocheck ts-ignore nosec",
          r"#\s*noqa\s*$|#\s*(ruff|flake8):\s*noqa\s*$|#\s*mypy:\s*ignore-errors|#\s*type:\s*ignore\s*$|//\s*nolint\s*$"
          r"|/\*\s*eslint-disable\s*\*/|//\s*@ts-(nocheck|ignore)\s*$|#\s*nosec\b",
          "silences a checker without saying which rule, or a security one", comments=True),
    _rule("unsafe-load", "unsafe-deserial", H, "pickle yaml.load marshal unserialize",
          r"\bpickle\.loads?\(|\byaml\.load\((?![^)]{0,120}Safe)|\bmarshal\.loads?\(|\bunserialize\(\s*\$_",
          "reads bytes with a format that can run code", where="product"),
    _rule("shell-exec", "code-exec", H, "shell= os.system eval( exec( child_process",
          r"\bshell\s*=\s*True\b|\bos\.system\(\s*(f[\"']|[^)\"']{0,80}[%+])|(?<![\w.])eval\(\s*(?![\"'])\w"
          r"|(?<![\w.])exec\(\s*(?![\"'])\w",
          "runs a string as code or through a shell", where="product", languages="python javascript php ruby"),
    _rule("agent-injection", "agent-injection", C, "ignore disregard approve",
          r"\b(ignore|disregard|forget)\s+(all\s+|any\s+)?(the\s+)?(previous|prior|above|earlier)\s+(instructions|prompts?|rules)"
          r"|\b(AI|LLM|automated)\s+(reviewers?|agents?|assistants?)\b.{0,80}\b(must|should)\s+(approve|merge|skip)",
          "talks to a machine that reads it: asks it to override its instructions", comments=True),
)  # fmt: skip

_BY_KEYWORD: Final[dict[str, list[LineRule]]] = {}
for _each in RULES:
    for _keyword in _each.keywords:
        _BY_KEYWORD.setdefault(_keyword, []).append(_each)
_ANY: Final = re.compile("|".join(sorted(map(re.escape, _BY_KEYWORD), key=len, reverse=True)))
_IN_PROSE: Final = frozenset({"agent-injection"})


def lines(file: Subject) -> Iterator[Hit]:
    """Hits of the table on the file's added lines."""
    before: set[tuple[str, str]] | None = None
    for line in file.added:
        lowered = line.text.lower()
        rules = {id(r): r for found in set(_ANY.findall(lowered)) for r in _BY_KEYWORD[found]}
        for rule in rules.values():
            if not _applies(rule, file):
                continue
            match = rule.pattern.search(line.text if rule.comments else line.code)
            if match is None:
                continue
            if before is None:
                before = _present(file)
            construct = " ".join(match[0].lower().split())
            if (rule.rule, construct) not in before:
                yield Hit(rule.rule, rule.category, rule.severity, Side.NEW, line.number, rule.message, rule.rule, line.text)


def _applies(rule: LineRule, file: Subject) -> bool:
    known = file.facets
    if known.prose and rule.category not in _IN_PROSE:
        return False
    if rule.languages and known.language not in rule.languages:
        return False
    if rule.where == "test":
        return known.test
    if rule.where == "product":
        return not known.test
    return known.pipeline if rule.where == "pipeline" else True


def _present(file: Subject) -> set[tuple[str, str]]:
    """What the removed lines already held: moved or re-wrapped, it is no news."""
    found = set()
    for line in file.removed:
        for keyword in set(_ANY.findall(line.text.lower())):
            for rule in _BY_KEYWORD[keyword]:
                match = rule.pattern.search(line.text)
                if match:
                    found.add((rule.rule, " ".join(match[0].lower().split())))
    return found
