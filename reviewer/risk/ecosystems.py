"""Rules on how other ecosystems spell what the tables by topic look for: build tools, test runners, clouds, frameworks.

What must stay true: as in every table, presence is no finding; a switch is judged against the line that it replaces
where both ways are ordinary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.checks_shrunk import OBSOLETE, dropped
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import C, H, M, News, rule

_BUILDS: Final = r"\b(?:mvnw?|gradlew?|gradle|sbt|npm|yarn|pnpm|dotnet|msbuild|bazel|cargo|go|mix|swift|make|tox|nox)\b"
_NO_TESTS: Final = (
    r"-DskipTests\b(?!=false)|-Dmaven\.test\.skip\b(?!=false)|-DskipITs\b|-DskipUTs\b|(?:-x|--exclude-task)\s+:?(?:\w+:)*"
    r"(?:test|integrationTest)\b|--skip-tests?\b|[-/]p:(?:SkipTests|RunTests=false)|\bSKIP_(?:TESTS|E2E)[\"']?\s*[:=]\s*[\"']?"
    r"(?:1|true|yes)|<(?:skipTests|maven\.test\.skip|skipITs)>\s*true"
)
_NO_CHECKS: Final = (
    r"(?:-x|--exclude-task)\s+:?(?:\w+:)*(?:check|lint\w*|detekt|spotbugs\w*)\b|--skip-(?:checks?|lint|audit|verify|scan)\b"
    r"|-D(?:checkstyle|spotbugs|enforcer|pmd|dependency-check|jacoco|sonar|spotless\.check|license)\.skip\b(?!=false)"
    r"|[-/]p:(?:RunAnalyzers\w*=false|TreatWarningsAsErrors=false)|\bSKIP_(?:LINT|CHECKS|AUDIT)[\"']?\s*[:=]\s*[\"']?(?:1|true|yes)"
)
_LISTS: Final = re.compile(
    r"^\s*(?:-\s*)?[\"']?(?:enable|enabled|linters|plugins|rules|select|extend-select|extends|checks|checkers|scanners"
    r"|presets|security-checks|hooks|analyzers|detectors|queries|needs|requires|dependsOn|depends_on|jobs)[\"']?\s*[:=]\s*\[?\s*$"
)
_ITEM: Final = re.compile(r"^\s*-?\s*[\"']?(@?[\w./:@-]{1,79}[\w-])[\"']?\s*[:,]?\s*(?:#.*)?$")
_LINTS: Final = re.compile(
    r"lint|golangci|rubocop|\.semgrep|sonar|detekt|checkstyle|phpstan|psalm|phpcs|ruff|pylint|flake8|pyproject|biome|eslint|credo"
    r"|clippy|analysis_options|tflint|checkov|trivy|codeql|pre-commit|stylelint|spectral|buf\.ya?ml|mypy|megalinter",
    re.IGNORECASE,
)
_CHECKS: Final = re.compile(
    r"(?:^|[-_./\s])(?:unit|integration|e2e)?[-_]?(?:tests?|lint\w*|check\w*|scan\w*|audit\w*|security|sast|dast|codeql|e2e"
    r"|typecheck|type-check|types|coverage|verify|vet|format|fmt|specs?|quality|semgrep|trivy|snyk)(?:$|[-_./\s])",
    re.IGNORECASE,
)
_WAITS: Final = re.compile(r"^\s*(?:-\s*)?(?:needs|requires|dependsOn|depends_on)\s*:\s*(.*)$")

RULES: Final = (
    rule("tests-not-built", "test-removed", H,
        "dskip dskiptests dskipits dskiputs dmaven skip skiptests skipits exclude maven+test x+test runtests skip_tests skip_e2e",
         rf"(?:^|\s|[\"'<])(?:{_NO_TESTS})", "builds without the tests that ran before",
         where="-prose -example -lock", languages="yaml shell groovy make docker json markup toml", was=rf"{_BUILDS}|<skip|SKIP_",
         unless=r"^\s*(?:#|//)"),
    rule("checks-not-built", "check-weakened", H,
        "dcheckstyle dspotbugs denforcer dpmd ddependency djacoco dsonar dspotless dlicense skip exclude x+check x+detekt "
        "skip_lint skip_checks skip_audit runanalyzers treatwarningsaserrors checkstyle spotbugs enforcer lint+x",
         rf"(?:^|\s|[\"'<])(?:{_NO_CHECKS})", "builds without the checks that ran before",
         where="-prose -example -lock", languages="yaml shell groovy make docker json markup toml", was=rf"{_BUILDS}|SKIP_",
         unless=r"^\s*(?:#|//)"),
    rule("credo-off", "check-weakened", H, "credo", r"\{\s*Credo\.Check\.[\w.]{3,80}\s*,\s*false\s*\}", "turns a rule of a checker off", languages="elixir", was=r"Credo\.Check\.", where="-prose"),
    rule("azure-role", "privilege-widening", H, "roledefinitions roledefinitionid roleassignments owner contributor 8e3af657 roledefinition role",
         r"8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
         "gives an identity the role of an owner, a contributor or an administrator of access", where="-prose -test"),
    rule("phoenix-insecure", "tls-disabled", H, "insecure hackney ssl_options verify transport_opts",
         r"hackney:\s*\[[^\]\n]{0,80}:insecure\b|insecure:\s*true\b[^\n]{0,40}|ssl_options:\s*\[[^\]\n]{0,60}verify_none",
         "stops checking who is at the other end", languages="elixir", where="-prose -test"),
    rule("actuator-all", "unsafe-default", H, "include exposure+include show+details show_details shutdown endpoints",
         r"^\s*include\s*[:=]\s*[\"']?\*[\"']?\s*$|^\s*show-details\s*[:=]\s*[\"']?always|endpoints\.web\.exposure\.include\s*=\s*\*"
         r"|endpoint\.shutdown\.enabled\s*[:=]\s*true", "shows the inside of a running service to whoever asks",
         where="-prose -test -example", near=r"exposure|management|actuator|endpoint", reach=6, languages="yaml ini"),
    rule("php-fetch-carries", "network-egress", H, "file_get_contents fopen curl_init readfile get_headers fsockopen",
         r"\b(?:file_get_contents|fopen|readfile|get_headers|curl_init)\s*\(\s*[\"']https?://(?!localhost|127\.)[\w.-]{3,120}[^\"'\n]{0,120}"
         r"(?:\{?\$\w|[\"']\s*\.\s*(?:urlencode|rawurlencode|base64_encode|http_build_query|json_encode|\$))",
         "sends data to a place outside in an address", languages="php", where="-prose -test -example"),
    rule("jvm-shell-built", "code-exec", H, "getruntime+exec processbuilder",
         r"getRuntime\(\)\.exec\s*\(\s*\"(?:[^\"\\\n]|\\.){0,300}\"\s*\+|ProcessBuilder\s*\(\s*\"(?:/bin/)?(?:ba)?sh\"\s*,\s*\"-c\"\s*,\s*(?:\"(?:[^\"\\\n]|\\.){0,200}\"\s*\+|[a-z]\w*\s*[,)])",
         "runs a string through a shell: what is in it decides what is run", languages="java kotlin scala groovy", where="-prose -test"),
    rule("jinja-sandbox-off", "injection", H, "sanitizer bypasssecurity trustashtml escapehtml noescape escapexml innerhtml",
         r"\bescape(?:Html|XML|Xml)\s*[:=]\s*[\"']?false\b|\$sce\.trustAs(?:Html|Js|Url)\s*\(",
         "puts text into a page without escaping", languages="javascript markup java kotlin scala groovy", where="-prose -test"),
    rule("fastlane-force", "destructive-cmd", C, "ecto rails rake artisan prisma django typeorm sequelize flyway alembic knex doctrine",
         r"\bmix\s+ecto\.(?:drop|reset)\b|\b(?:rails|rake)\s+db:(?:drop|reset|purge|schema:load)\b|artisan\s+(?:migrate:fresh|migrate:reset|db:wipe)"
         r"|prisma\s+(?:migrate\s+reset|db\s+push\s+[^\n]{0,40}--(?:accept-data-loss|force-reset))|manage\.py\s+(?:flush|reset_db)"
         r"|typeorm\s+schema:drop|sequelize(?:-cli)?\s+db:drop|flyway\b[^\n]{0,60}\bclean\b|doctrine:(?:database|schema):drop",
         "throws a whole database away", where="-prose -test -example", languages="shell yaml make docker json groovy toml ruby",
         unless=r"RAILS_ENV=test|MIX_ENV=test|APP_ENV=test|--env[= ]test|NODE_ENV=test|test:|\btest\b", near=r"prod|production|deploy|release|live|staging|migrate|force", reach=4),
    rule("failures-allowed", "check-weakened", M, "allow_failures allow+failures fast_finish", r"^\s*-?\s*(?:allow_failures|allow-failures)\s*:", "lets a part of the pipeline fail without anyone hearing of it", where="pipeline", languages="yaml"),
    rule("checks-switched-off", "check-weakened", H, "xepdisableallchecks xepallerrorsaswarnings xep+off disable+checks skip+checks skip+check disable+check",
         r"-XepDisableAllChecks\b|-XepAllErrorsAsWarnings\b|-Xep:\w{1,60}:OFF\b|<[\w.-]{0,40}(?:disable|skip)[\w.-]{0,20}checks?[\w.-]{0,10}>\s*true\b",
         "turns a checker's rules off", where="-prose -test -example"),
    rule("job-experimental", "check-weakened", M, "experimental allow", r"^\s*(?:-\s*)?(?:experimental|allow[-_]?fail(?:ures?|s)?)\s*:\s*true\b",
         "lets a part of the pipeline fail without anyone hearing of it", where="pipeline", was=r"\bfalse\b"),
    rule("errors-listed", "check-weakened", M, "- call method property parameter access cannot undefined class function variable",
         r"^\s*-\s*(?:message\s*:\s*)?[\"'][~#][^\n]{8,}[~#][\"']\s*$", "tells a checker which errors to leave out", where="-prose -test -example", on="text",
         check=lambda file, line, found: bool(re.search(r"(?:^|/)phpstan[\w./-]*\.neon", file.path)) and "baseline" not in file.path and not file.new),
    rule("skip-thrown", "test-weakened", H, "skiptest skipexception skiptestexception skip testexception assert+ignore inconclusive assume skipexecution pending",
         r"\b(?:throw\s+new|raise)\s+(?:[\w.]{1,60}\.)?(?:Skip\w*(?:Test|Exception)\w*|\w{0,30}Skip(?:ped)?(?:Test)?Exception|SkipTest|TestAbortedException|TestSkippedException)\b"
         r"|\bAssert\.(?:Ignore|Inconclusive|Skip)\s*\(|\bself\.skipTest\s*\(",
         "leaves a test out of the run", where="-prose", check=lambda file, line, found: not re.search(r"\b(?:if|unless|when)\b|platform|windows|linux|darwin|version", "\n".join(x.code for x in file.around(line, 2, 0)), re.IGNORECASE)),
    rule("skip-option", "test-weakened", H, "skip todo",
         r"\b(?:test|it|describe|suite|Deno\.test)\s*\([^\n]{0,200}[{,]\s*(?:skip|ignore|todo)\s*:\s*(?!false|undefined)[\w\"'`!(]",
         "leaves a test out of the run", languages="javascript", where="-prose",
         check=lambda file, line, found: not re.search(r"platform|win32|darwin|linux|process\.versions|isWindows|hasIntl|icu", line.code, re.IGNORECASE) and not any(re.search(r"skip\s*:", x.code) for x in file.against(line)) and (bool(file.against(line)) or bool(re.search(r"(?:skip|ignore|todo)\s*:\s*(?:true\b|[\"'`])", found[0] + line.code[found.end():found.end() + 6])))),
    rule("skip-scala", "test-weakened", H, "ignore pending cancel", r"[\"'`]\s+ignore\s*(?:\{|in\b)|\bignore\s*\(\s*\"|\btaggedAs\s*\(?\s*Ignore|^\s*pending\s*$|in\s+pending\b", "leaves a test out of the run", languages="scala", where="-prose"),
    rule("skip-robot", "test-weakened", H, "robot skip tags", r"^\s*\[Tags\][^\n]{0,120}\brobot:(?:skip|exclude)|^\s{2,}Skip(?:\s{2,}|$)", "leaves a test out of the run", where="-prose", check=lambda file, line, found: file.path.endswith(".robot")),
    rule("failure-logged", "test-weakened", H, "log logf print printf println console skipf",
         r"\b[tb]\.(?:Log|Skip)f?\s*\(|\bfmt\.Print\w*\(|^\s*print\s*\(|\bconsole\.(?:log|warn|error)\s*\(|\blog\.Print\w*\(",
         "says in a test that something failed, and passes all the same", where="test -prose",
         was=r"\b[tb]\.(?:Fatal|Error|FailNow|Fail)f?\s*\(|\bpytest\.fail\s*\(|\bself\.fail\s*\(|\bXCTFail\s*\(|\bfail\s*\(|^\s*raise\b|\bthrow\s+new\b|\bassert\.fail\s*\(",
         check=lambda file, line, found: not any(re.search(r"\b[tb]\.(?:Fatal|Error|Fail)|pytest\.fail|self\.fail|XCTFail|\bfail\(|raise|throw|assert|require", x.code) for x in file.added if abs(x.number - line.number) < 6)),
    rule("guard-switch-off", "infra-guard-removed", H, "protection snapshot termination backup retention",
         r"--no-(?:enable-termination-protection|deletion-protection(?:-enabled)?|enable-deletion-protection|backup|point-in-time-recovery\w*)\b"
         r"|--skip-final-snapshot\b|--backup-retention-period[= ]0\b|--no-disable-api-termination\b|--no-deletion-protection\b|--delete-automated-backups\b",
         "takes away what keeps data or systems from being lost", languages="shell yaml make docker groovy json", where="-prose -test -example"),
    rule("ansible-absent", "destructive-cmd", H, "path dest", r"^\s*(?:path|dest|name)\s*:\s*[\"']?(?:\{\{\s*\w*(?:data|dir|home|root|base|path|volume|backup)\w*|/(?:var/lib|home|srv|opt|data|etc|mnt)\b)",
         "removes a folder that a variable names, or that holds data", languages="yaml", where="-prose -test -example -pipeline", near=r"state\s*:\s*[\"']?absent", reach=3,
         unless=r"tmp|temp|cache|build|\.lock|\.pid|download|log", check=lambda file, line, found: bool(re.search(r"tasks|roles|handlers|playbook|ansible", file.path))),
    rule("rate-unlimited", "unsafe-default", H, "per requests_per rate_limit ratelimit max_requests throttle requests",
         r"\b\w{0,20}(?:requests|calls|attempts|hits|logins)_?per_?\w{3,10}[\"']?\s*[:=]\s*[\"']?(?:0|-1|null|none|unlimited|false)\b|\b(?:rate_?limit|throttle)\w{0,20}[\"']?\s*[:=]\s*[\"']?(?:0|-1|null|none|unlimited|off)\b",
         "takes away a limit on how often something may be done", where="-prose -test -example -development", flags=re.IGNORECASE),
    rule("debug-default", "unsafe-default", H, "debug app_debug", r"\b(?:env|getenv|environ\.get|config|ENV\.fetch|get_bool|getBoolean|env(?:iron)?\.(?:bool|get\w*|str)|Env::get|GetBool|Bool|BoolVar|boolean)\s*\(\s*['\"]\w{0,20}DEBUG['\"]\s*,\s*(?:default\s*=\s*)?['\"]?(?:true|1|yes|on)\b",
         "is in debug mode unless somebody turns it off", where="-prose -test -example -development", flags=re.IGNORECASE),
    rule("zero-iv", "weak-crypto", H, "iv cipher createcipheriv nonce newcbcencrypter newgcm ivparameterspec newctr aes",
         r"createCipheriv\s*\([^\n]{0,120}(?:Buffer\.alloc\(\s*\d|new\s+Uint8Array\(\s*\d|[\"'][0-9a-f]{16,32}[\"']\s*\))|IvParameterSpec\s*\(\s*new\s+byte\[\s*\d"
         r"|New(?:CBCEncrypter|CTR|CFBEncrypter|OFB)\s*\([^\n]{0,60}make\(\[\]byte|\biv\s*:?=\s*(?:b?[\"'](?:\\x00|0){8,}|bytes\(\s*16\s*\)|make\(\[\]byte,\s*(?:12|16|aes\.BlockSize)\)\s*$|new\s+byte\[\s*(?:12|16)\s*\]\s*;|Buffer\.alloc\(\s*(?:12|16))",
         "encrypts with a start value that never changes", where="-prose -test -example", unless=r"rand|Rand|random|readFull|ReadFull|nextBytes"),
    rule("failure-as-success", "error-swallowed", M, "except catch rescue",
         r"(?:\bexcept\s+[\w.,() ]{1,80}:|\bcatch\s*(?:\([^)\n]{0,60}\))?\s*\{)\s*\n\s*return\s+[^\n]{0,40}[\"']?\b(?:status|ok|success|result)[\"']?\s*[:=]\s*[\"']?(?:ok\b|true\b|success)",
         "reports success where something failed", where="-prose -test -example", span=2, languages="python javascript java kotlin csharp php go scala dart swift"),
    rule("safe-built", "injection", H, "safe", r"\{:safe,\s*[^\n]{0,120}(?:<>|#\{)|\bPhoenix\.HTML\.raw\s*\(\s*[a-z]", "puts text into a page without escaping", languages="elixir", where="-prose -test"),
)  # fmt: skip


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on names that left a list of checkers, of jobs, or of what a job waits for."""
    for file in files:
        if file.gone or file.new or file.facets.prose or file.facets.language not in ("yaml", "toml", "json", "jsonc", "javascript"):
            continue
        lints = bool(_LINTS.search(file.path.rsplit("/", 1)[-1])) and not file.facets.lock
        if lints or file.facets.pipeline:
            yield from ((file, each) for each in _left_list(file, lints))
        if file.facets.pipeline:
            yield from ((file, each) for each in _waits_less(file))


def _left_list(file: Subject, lints: bool) -> Iterator[Hit]:
    came = {found[1] for line in file.added if (found := _ITEM.match(line.code))}
    stays = {found[1] for line in file.lines if line.kind == " " and (found := _ITEM.match(line.code))}
    told = {line.at for line in dropped(file)} if lints else set()
    for line in file.removed:
        found = _ITEM.match(line.code) if line.at not in told else None
        above = next(iter(file.parents(line)), None) if found else None
        if above is None:
            above = _opened(file, line) if found else None
        if found is not None and any(re.search(r"exclu|ignore|skip|disable", each.code) for each in file.parents(line)):
            continue  # what a list of exceptions loses is looked at again
        if found is None or found[1].lower() in OBSOLETE or above is None or above.kind == "-" or not _LISTS.match(above.code):
            continue
        key = re.sub(r"\W", "", above.code)
        job = bool(re.search(r"jobs|needs|requires|depends", key))
        if job != file.facets.pipeline or found[1] in came | stays or (came and not job):
            continue
        if job and (not _CHECKS.search(found[1]) or any(found[1] in each.code for each in file.added) or _renamed(file, line)):
            continue
        if job or lints:
            what = "no longer runs, or waits for, a check" if job else "takes a rule or a linter off a checker's list"
            yield hit("check-unlisted", "check-weakened", Severity.HIGH, line, what)
            return


def _renamed(file: Subject, line: Line) -> bool:
    """Whether a job has another name now: a heading took the place of its heading, and what stands under it stays."""
    if not line.code.rstrip().endswith(":"):
        return False
    headed = any(each.indent == line.indent and re.match(r"\s*[\w-]+\s*:\s*$", each.code) for each in file.against(line))
    below = next((each for each in file.around(line, 0, 12, " -")[1:] if each.kind == " " or each.indent <= line.indent), None)
    return headed and below is not None and below.kind == " " and below.indent > line.indent


def _opened(file: Subject, line: Line) -> Line | None:
    """The line that opened the list which an item at the same depth stands in, as YAML allows."""
    for each in reversed(file.around(line, 30, 0, " -")[:-1]):
        if each.indent < line.indent or (each.indent == line.indent and not each.code.lstrip().startswith("-")):
            return each
    return None


def _waits_less(file: Subject) -> Iterator[Hit]:
    """A job of a pipeline that waited for checks and now waits for fewer."""
    for line in file.removed:
        found = _WAITS.match(line.code)
        if found is None:
            continue
        old = set(re.findall(r"[\w-]{2,60}", found[1]))
        after = next((m for each in file.against(line) if (m := _WAITS.match(each.code))), None)
        if after is None and not any(each.kind == " " for each in file.lines):
            continue
        lost = old - set(re.findall(r"[\w-]{2,60}", after[1] if after else ""))
        checks = [name for name in lost if _CHECKS.search(name)]
        gone = "\n".join(each.code for each in file.removed)
        # A job that went, or got another name, is told by its own rules.
        checks = [name for name in checks if not re.search(rf"^\s*{re.escape(name)}\s*:", gone, re.MULTILINE)]
        if checks and not (after and set(re.findall(r"[\w-]{2,60}", after[1])) - old):
            yield hit("waits-less", "check-weakened", Severity.HIGH, line, "a job no longer waits for a check to pass")
            return
