"""Rules on the checks around the code: bars lowered, rules and scanners dropped, failures let through, triggers and owners.

What must stay true: a threshold is read on both sides; a step that moved to another job or file is not gone; build
output may be ignored, and clean-up may fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.checks_bars import bars
from reviewer.risk.subject import Hit, Line, Subject, hit, names_more
from reviewer.risk.table import H, M, News, other_side, rule

# What counts as a check when it is run.
CHECK: Final = (
    r"(?:py\.?test|tox|nox|unittest|(?:npm|yarn|pnpm|bun)(?:\s+(?:run|exec))?(?:\s+-\S+)*\s+(?:test|lint|typecheck"
    r"|type-check|check|audit|verify|ci:|e2e|coverage|format:check|prettier|tsc|eslint)[\w:.-]*"
    r"|npx\s+(?:--\S+\s+)*(?:jest|vitest|mocha|eslint|tsc|prettier|playwright|cypress|stylelint|biome|audit-ci"
    r"|depcheck)|jest|vitest|mocha|playwright\s+test|cypress\s+run|go\s+(?:test|vet)|golangci-lint|staticcheck"
    r"|govulncheck|gosec|cargo\s+(?:test|nextest|clippy|audit|deny|fmt|check|vet)"
    r"|mvnw?\b[^\n;&|]{0,60}\b(?:verify|test|checkstyle|spotbugs|dependency-check\S*)"
    r"|gradlew?\b[^\n;&|]{0,60}\b(?:check|test|lint|detekt|ktlint\w*|spotbugs\w*|dependencyCheck\w*)"
    r"|make\s+(?:-\S+\s+)*(?:test|lint|check|verify|ci|audit|typecheck|vet|scan|security)[\w-]*"
    r"|just\s+(?:test|lint|check)|task\s+(?:test|lint|check)|mypy|pyright|basedpyright|ruff(?:\s+(?:check|format))?"
    r"|flake8|pylint|bandit|black\s+[^\n;&|]{0,40}--check|isort\s+[^\n;&|]{0,40}--check|eslint|tsc"
    r"|biome\s+(?:check|ci|lint)|prettier\s+[^\n;&|]{0,40}--check|stylelint|semgrep|trivy|grype|snyk|gitleaks"
    r"|trufflehog|detect-secrets|safety\s+(?:check|scan)|pip-audit|osv-scanner|codeql|sonar-scanner|zizmor"
    r"|actionlint|rspec|rubocop|brakeman|bundle(?:r)?[- ]audit|rails\s+test|rake\s+(?:test|spec|lint)|phpunit"
    r"|phpstan|psalm|php-cs-fixer|composer\s+(?:audit|test|validate)|pest|dotnet\s+(?:test|format)|ctest"
    r"|mix\s+(?:test|credo|dialyzer|format|sobelow|deps\.audit)|shellcheck|hadolint|yamllint|tflint|tfsec|checkov"
    r"|terrascan|terraform\s+(?:validate|fmt)|helm\s+lint|kubeconform|kube-score|conftest\s+test|kubeval"
    r"|ansible-lint|sqlfluff|markdownlint|vale|swiftlint|swift\s+test|flutter\s+(?:test|analyze)"
    r"|dart\s+(?:test|analyze)|detekt|ktlint|sbt\b[^\n;&|]{0,40}\btest|bazel\s+test|buf\s+(?:lint|breaking)"
    r"|spectral\s+lint|cosign\s+verify|gpg\s+--verify|commitlint|pre-commit\s+run|lint-staged|coverage\s+report"
    r"|codecov|license-check|licensee|dependency-review|renovate-config|bats|prove|kubectl\s+diff|pa11y"
    r"|lighthouse\w*|lhci)"
)


def _one_module(file: Subject, line: Line) -> bool:
    """Whether a setting stands in the part of a configuration that is about single modules."""
    head = next((each.code for each in reversed(file.around(line, 30, 0)[:-1]) if each.code.startswith("[")), "")
    return bool(re.match(r"\[\[tool\.mypy\.overrides|\[mypy-", head))


_LETS: Final = "lets a check fail without anyone hearing of it"
_MUTED: Final = "drops what a check looks at"
_CONFIG: Final = "-prose -example -lock"

RULES: Final = (
    rule("failure-ignored", "check-weakened", H,
        "|| true exit cat tee lint codeql audit flake8 brakeman snyk vale swiftlint sqlfluff psalm pa11y "
        "licensee ktlint flutter bats basedpyright pyright trivy pest lhci kubeconform gosec dart cypress "
        "actionlint fixer cosign scanner gpg govulncheck kube ruff coverage black mypy cargo yamllint "
        "trufflehog tfsec terrascan swift stylelint shellcheck semgrep rake mocha markdownlint lighthouse "
        "kubeval isort grype detekt ctest credo checkov rubocop prove composer tflint rails prettier "
        "kubectl conftest tox breaking pre dotnet staticcheck rspec pylint gitleaks biome bazel zizmor "
        "phpstan renovate playwright terraform bandit just unittest tsc pnpm phpunit scan jest make vitest "
        "mix npm",
         rf"(?<![\w/.-])(?:\S{{0,40}}/)?{CHECK}\b[^\n|]{{0,200}}?(?:\|\|\s*(?:true|:|exit\s+0|echo\b|/bin/true"
         r"|\(?\s*exit\s+0|\{|cd\b|printf\b|warn)|;\s*(?:true|exit\s+0|:)\s*(?:$|[\"'])"
         r"|\|\s*(?:cat|true|tee\s+\S+)\s*(?:$|[\"'])(?<!pipefail)|\s&\s*$)", _LETS, where=_CONFIG, unless=
         r"pipefail|\|\|\s*echo\b[^\n]{0,120}exit\s+1|\|\|\s*\{[^\n]{0,120}exit\s+[1-9]|\|\|\s*\(?exit\s+[1-9]"
         r"|\bwhich\b|command\s+-v|(?:install|add|--version)\s*\|\||pkill|\bkill\b|docker\s+(?:rm|stop)"
         r"|tee[^\n]{0,40}PIPESTATUS",
         languages="shell yaml docker make json groovy toml jsonc python ruby ini powershell"),
    rule("failure-flag", "check-weakened", H,
        "exit zero soft fail no warn only non informational failbuildoncvss failonerror ignore failures "
        "failonviolation failonwarning failonsecurity failseverity break abortonerror errorlevel maven "
        "allow warnings passwithnotests exit_zero continueonerror ignorefailures testfailureignore "
        "failsonerror returnstatus catcherror warnerror dmaven failure+ignore unstable issues "
        "ignore_outcome success_codes outcome codes fn never fail_level haltonfailure noemit noemitonerror "
        "onlywarn failifnotests skip checkallwarnings quiet exit-code sonar currentbuild typecheck "
        "continue_on_error continue",
         r"--(?:exit-zero|soft-fail|no-fail(?:-on-\w+)?|warn-only|no-exit-code|ignore-failures|no-error-on-unmatched(?:-pattern)?"
         r"|allow-failures?|continue-on-(?:collection-errors|error|failure)|exit-code[= ]0|no-strict|force-exit-zero"
         r"|no-warnings-as-errors|skip-tests|no-verify|informational)(?![\w-])"
         r"|\b(?:failOnError|failonerror|abortOnError|failOnViolation|failsOnError|failOnWarning|failOnViolations"
         r"|haltOnFailure|fail_on_error|failBuild|fail_build|failOnUnresolved\w*|noEmitOnError|failIfNoTests"
         r"|fail_ci_if_error|failOnStatusCode|exitOnFail|fail-on-error|fail_on_severity"
         r"|failBuildOnAnyVulnerability)[\"']?\s*[:=>]{1,2}\s*[\"']?(?:false|no|0)\b"
         r"|-D?maven\.test\.failure\.ignore(?:=true)?(?![=\w])|\bmvnw?\b[^\n]{0,120}\s(?:-fn|--fail-never)\b|issues-exit-code[\"']?\s*[:= ]\s*[\"']?0\b"
         r"|\bignore_outcome\s*=\s*[Tt]rue|success_codes\s*=\s*\[\s*0\s*,\s*[1-9]|\bwarnError\s*\(|catchError\s*\(\s*\)|--suppress-no-test-exit-code|--fail-level[= ](?:F|E|fatal|error)\b"
         r"|\b(?:ignoreFailures|testFailureIgnore|maven\.test\.failure\.ignore|ignore_errors|ignore-errors|onlyWarn"
         r"|ignoreExitValue|setIgnoreExitValue|ignore_failure|soft_fail|allow_warnings|continueOnError"
         r"|continue_on_error|exit_zero|ignoreTestFailures|allowFailure|skipQualityGate"
         r"|skip_checks?)[\"']?\s*(?:=\s*|:\s*|\(|>)\s*[\"']?(?:true|yes|1)\b"
         r"|catchError\s*\([^)\n]{0,120}(?:SUCCESS|UNSTABLE)|<failOnViolation>\s*false|<failOnError>\s*false"
         r"|\bexit-code\s*:\s*[\"']?0\b|currentBuild\.result\s*=\s*['\"]SUCCESS|returnStatus\s*:\s*true"
         r"|sonar\.qualitygate\.wait\s*=\s*false|informational\s*:\s*true"
         r"|typescript\s*:\s*\{\s*ignoreBuildErrors\s*:\s*true|\bignoreBuildErrors\s*:\s*true"
         r"|\bignoreDuringBuilds\s*:\s*true|typeCheck\s*:\s*false|\|\s*Out-Null\s*;\s*exit\s+0",
         _LETS, where=_CONFIG, wrapped=False, unless=r"^\s*(?:description|help)|fail_ci_if_error\s*:\s*(?:true)", check=lambda file, line, found: (file.facets.language in ("yaml", "shell", "docker", "make", "json", "jsonc", "toml", "ini", "groovy", "kotlin", "markup", "javascript", "ruby", "powershell", "") or "noxfile" in file.path) and (file.facets.language not in ("javascript",) or "config" in file.path or "Build" in found[0] or "file" in file.path.lower()) and not ("ignore_errors" in found[0] and re.search(r"rmtree|shutil", line.text)) and not ("no-verify" in found[0] and file.facets.pipeline and re.search(r"commit|push|publish", line.text) and "bot" in line.text)),
    rule("hooks-skipped", "check-weakened", H,
        "verify husky skip no hooks lefthook pre_commit_allow_no_config no-verify merge push",
        r"\bgit\s+(?:commit|push|merge)\b[^\n;&|]{0,120}(?:--no-verify\b|\s-[a-zA-Z]{0,4}n\b(?=\s|$))"
        r"|\bHUSKY[\"']?\s*[=:]\s*[\"']?0\b|HUSKY_SKIP_HOOKS\s*[=:]\s*[\"']?(?:1|true)"
        r"|^\s*(?:export\s+)?(?-i:SKIP)\s*[=:]\s*[\"']?[a-z][\w,-]{2,100}[\"']?"
        r"|\bSKIP=[a-z][\w,-]{2,60}\s+(?:git|pre-commit)|LEFTHOOK[\"']?\s*[=:]\s*[\"']?(?:0|false)"
        r"|PRE_COMMIT_ALLOW_NO_CONFIG|core\.hooksPath[= ]\s*/dev/null",
        "goes past the checks before a commit or push", where=_CONFIG, unless=r"\b(?:release|bot|bump|semantic-release)\b"),
    rule("errexit-off", "check-weakened", M, "set pipefail errexit", r"^\s*set\s+\+e\b|^\s*set\s+\+o\s+(?:pipefail|errexit)", "goes on after a command failed", where=_CONFIG, near=rf"{CHECK}", reach=6, languages="shell yaml make"),
    rule("errexit-removed", "check-weakened", M, "set pipefail errexit", r"^\s*(?:-\s+)?set\s+-[a-z]*e[a-z]*\b|^\s*set\s+-o\s+(?:pipefail|errexit)", "goes on after a command failed", side="-", where=_CONFIG, languages="shell yaml make docker", check=lambda file, line, found: not file.gone and not any(re.match(r"\s*(?:-\s+)?set\s+-(?:[a-z]*e|o\s+(?:pipefail|errexit))", x.code) for x in file.added)),
    rule("make-ignored", "check-weakened", H,
        "test lint check mypy ruff pytest go cargo npm eslint flake8 tox pylint bandit audit trufflehog "
        "stylelint hadolint checkov bats staticcheck licensee gitleaks scanner govulncheck rspec mocha "
        "detekt actionlint kube terrascan sqlfluff lighthouse kubeval kubeconform gosec brakeman coverage "
        "fixer codeql snyk renovate codecov trivy markdownlint lhci basedpyright tsc cosign gpg tflint "
        "yamllint swiftlint psalm pa11y ktlint rubocop nox phpstan pyright tfsec semgrep pest flutter "
        "dialyzer dart cypress ctest zizmor npx detect scan breaking rake grype prove unittest bun kubectl "
        "phpunit pre terraform yarn jest vitest vale typecheck sobelow shellcheck credo biome vet composer "
        "dotnet", rf"^\t-@?\s*{CHECK}|^\s*-\s*(?:pytest|mypy|flake8|ruff|pylint|bandit)\b[^\n]{{0,100}}$", _LETS, where=_CONFIG, languages="make ini", check=lambda file, line, found: line.text.startswith("\t-") or "tox" in file.path),
    rule("strict-off", "check-weakened", H,
        "strict noimplicitany strictnullchecks nounusedlocals disallow_untyped_defs ignore_missing_imports "
        "ignore_errors check_untyped_defs no_implicit_optional warnings_as_errors warningsaserrors "
        "treatwarningsaserrors allwarningsaserrors warn_unused_ignores typecheckingmode typechecking "
        "nullable enforce_admins noimplicitreturns exactoptionalpropertytypes nouncheckedindexedaccess "
        "alwaysstrict strictfunctiontypes checkjs warn_return_any disallow_any_generics follow_imports "
        "strict_optional enablenetanalyzers analysislevel analysismode runanalyzers enforcecodestyleinbuild "
        "strict_equality warn_unreachable level reportunusedeslintdisable strictconcurrency implicit casts "
        "raw inference gate nolint enabled xfail_strict strict_markers filterwarnings analysis_options "
        "nowarn warningsnotaserrors pushes redefinition allow_bypass evaluate allow_deletions reviews "
        "unused required_status_checks required_linear_history nofallthroughcasesinswitch "
        "require_code_owner_review werror require_last_push_approval forceconsistentcasinginfilenames "
        "fail_on_warning signed required_signatures failonwarning enforcement",
         r"[\"']?\b(?:strict(?!ly)\w*|noImplicit\w+|noUnused\w+|exactOptionalPropertyTypes|noUncheckedIndexedAccess"
         r"|alwaysStrict|checkJs|disallow_\w+|check_untyped_defs|no_implicit_(?:optional|reexport)"
         r"|warn_(?:unused_ignores|return_any|unreachable|redundant_casts)|warnings?_?as_?errors"
         r"|treatWarningsAsErrors|TreatWarningsAsErrors|allWarningsAsErrors|werror|enforce_admins"
         r"|forceConsistentCasingInFileNames|noFallthroughCasesInSwitch|EnableNETAnalyzers|RunAnalyzers\w*"
         r"|EnforceCodeStyleInBuild|xfail_strict|fail_on_warning|failOnWarning|reportUnusedDisableDirectives"
         r"|require_code_owner_reviews|dismiss_stale_reviews|required_status_checks"
         r"|strict-(?:casts|inference|raw-types)|require_signed_commits|required_signatures|required_linear_history"
         r"|require_code_owner_review|dismiss_stale_reviews_on_push|require_last_push_approval"
         r"|enforcement)\b[\"']?\s*(?:>|:|=)\s*[\"']?(?:false|off|no|0|none|null|disabled|evaluate)\b"
         r"|[\"']?\b(?:ignore_missing_imports|ignore_errors|allow_untyped_\w+|allow_redefinition|implicit_optional"
         r"|allow_any_\w+|noStrictGenericChecks|suppressImplicitAnyIndexErrors|allow_force_pushes|allowsForcePushes"
         r"|allow_deletions|allow_bypass)[\"']?\s*[:=]\s*[\"']?true\b"
         r"|typeCheckingMode[\"']?\s*[:=]\s*[\"'](?:off|basic)|follow_imports\s*=\s*[\"']?(?:skip|silent)"
         r"|<(?:NoWarn|WarningsNotAsErrors)>[^<\n]{0,400}|<WarningLevel>\s*[0-2]\b|<AnalysisLevel>none"
         r"|<Nullable>\s*disable|nullable\s+disable",
         "turns a strict check off", where=_CONFIG, languages="json jsonc toml ini yaml markup javascript kotlin groovy terraform ruby", check=lambda file, line, found: not _one_module(file, line) and ("<" not in found[0] or names_more(file, line, found[0])) and ((bool(re.search(
             r"config|(?:^|/)\.?\w{0,20}rc(?:\.\w{1,6})?\Z|pyproject|setup\.cfg|tox\.ini|mypy|\.csproj|props\Z"
             r"|targets\Z|gradle|pom\.xml|settings\.ya?ml|analysis_options|ruleset|branch|github|terraform|\.tf\Z"
             r"|repo|lint|ts\w*\.json|pyright",
             file.path, re.IGNORECASE)) and (not re.search(r"\bstrict\w*[\"']?\s*:\s*false", found[0]) or "ts" in file.path or "json" in file.path or bool(re.search(r"mypy|pyright|branch|status", "\n".join(x.text for x in file.around(line, 8, 2))))) and not re.search(r"enforcement|required_status_checks", found[0]) and not (file.new and "nowarn" in found[0].lower())) or bool(re.search(r"ruleset|branch|repo|settings|\.tf\Z", file.path) and re.search(r"enforcement|required_status_checks", found[0])))),
    rule("deny-removed", "check-weakened", H,
        "warnings_as_errors deny forbid werror wall wextra warnings max strict error pedantic cov "
        "werror_all xlint audit fail race hes locked tolerate threshold enforce lockfile",
        r"#!\[\s*(?:deny|forbid)\s*\(|\s-Werror\b|--max-warnings[= ]0\b|-D\s+warnings\b|--strict\b|--deny-warnings"
        r"|\s-Wall\b|--cov-fail-under|--error-on-warnings|-Xlint:all|--fail-on\S*|--exit-code[= ]1\b"
        r"|--frozen-lockfile\b|--require-hashes\b|--immutable\b|--locked\b|--warnings-as-errors|-race\b|--fail-under"
        r"|\bwarnings_as_errors:?\s*(?:[:=]\s*)?true|--enforce|--audit-level|--severity-threshold|--error-exitcode|--no-tolerate",
        "drops the switch that made a check strict", side="-", where=_CONFIG,
         check=lambda file, line, found: not file.gone and (file.facets.language not in ("javascript", "go", "java", "csharp") or "config" in file.path) and not any(found[0].strip().split("=")[0].split()[0] in x.code and not re.search(r"\b(?:echo|printf)\b", x.code) for x in file.added) and (bool(other_side(file, line)) or "#!" in found[0] or "warnings_as_errors" in found[0]) and (not re.search(r"\s-race|--strict|--locked|-Wall|--enforce", found[0]) or bool(re.search(CHECK + r"|CFLAGS|CXXFLAGS|npm|cargo|pip", line.code)))),
    rule("rule-off", "check-weakened", H, "off warn warning allow none disable silent suggestion error eslint rules 0 1 false ignore info",
         r"[\"'](?:@?[\w-]{1,40}/)?(?:[\w-]{1,40}/)?[\w-]{2,60}[\"']\s*:\s*\[?\s*(?:[\"'](?:off|warn|allow)[\"']"
         r"|[01]\b)|^\s*[\w:-]{3,60}\s*=\s*[\"'{]?\s*(?:level\s*=\s*)?\"?(?:allow|warn)\""
         r"|^\s*dotnet_diagnostic\.\w{2,12}\.severity\s*=\s*(?:none|silent|suggestion)"
         r"|[\w-]{3,60}\s*:\s*(?:off|warn)\s*$|^\s*(?:[\w/]{3,60}:\s*)?Enabled:\s*false"
         r"|^\s*[\w_]{4,60}\s*:\s*(?:ignore|false|info)\s*$|^\s*\{\s*Credo\.Check\.[\w.]{3,80}\s*,\s*false\s*\}",
         "turns a rule of a checker down or off", where=_CONFIG, languages="json jsonc yaml toml ini javascript ruby elixir",
         check=lambda file, line, found: bool(re.search(
             r"eslint|oxlint|biome|rubocop|Cargo\.toml|clippy|editorconfig|analysis_options|stylelint|tslint"
             r"|standard|lint|\.globalconfig|ruleset|spectral|sonar|golangci|detekt|pylint|credo",
             file.path, re.IGNORECASE)) and (bool(re.search(r"error|deny|forbid|[\"']2[\"']|\b2\b|true|Enabled: true|warning|fatal", "\n".join(x.code for x in other_side(file, line)))) or bool(re.search(
             r"(?:security|no-eval|no-implied-eval|no-unsafe|no-explicit-any|no-floating|rules-of-hooks|no-danger"
             r"|detect-|unsafe_code|unwrap|Security/|CA\d|SCS|S\d{3,4}|ban-ts|no-only-tests|no-focused"
             r"|no-disabled-tests|gosec|Credo\.Check)",
             found[0])) or (not file.new and not other_side(file, line) and "Cargo" in file.path and "allow" in found[0]))),
    rule("if-false", "check-weakened", H, "if false never when condition manual success never enabled",
        r"^\s*(?:-\s*)?if\s*:\s*[\"']?(?:\$\{\{\s*)?(?:false|0|'false'"
        r"|always\(\)\s*&&\s*false)\s*(?:\}\})?[\"']?\s*$|^\s*(?:-\s*)?when\s*:\s*[\"']?never\b"
        r"|^\s*condition\s*:\s*(?:false|never)\b|^\s*enabled\s*:\s*false\b"
        r"|^\s*when\s*\{\s*expression\s*\{\s*(?:return\s+)?false",
        "switches a job or step of the pipeline off", where="pipeline", unless_near=r"merge_request_event|tags\b|schedules?\b[^\n]{0,10}$|CI_PIPELINE_SOURCE|workflow:", reach=2),
    rule("manual-now", "check-weakened", M, "manual", r"^\s*when\s*:\s*[\"']?manual\b", "runs a check only when somebody asks for it", where="pipeline", check=lambda file, line, found: bool(re.search(CHECK + r"|stage:\s*(?:test|lint|check)", "\n".join(x.text for x in file.around(line, 10, 6)))) and not re.search(r"deploy|release|publish", "\n".join(x.text for x in file.around(line, 8, 2)))),
    rule("vulnerability-ignored", "check-weakened", H, "cve ghsa rustsec vuln ignore ignored pysec allowlist snyk sonatype ignores osv advisories temp cwe go npm",
         r"(?:\bCVE-\d{4}-\d{4,7}\b|\bGHSA(?:-\w{4}){3}\b|\bRUSTSEC-\d{4}-\d{4}\b|\bPYSEC-\d{4}-\d{1,5}\b"
         r"|\bSNYK-[A-Z]+-\w+|--ignore-vuln\b|\bGO-\d{4}-\d{4}\b)[^\n]{0,400}|--ignore-unfixed|\bignore_vulnerabilit\w+"
         r"|\bnpm\s+audit\b[^\n]{0,60}--(?:omit|production)|\"audit\"\s*:\s*false|^\s*audit\s*=\s*false",
         "lets a known vulnerability through", where=_CONFIG, languages="yaml toml ini json jsonc shell make docker groovy markup javascript ",
         check=lambda file, line, found: names_more(file, line, found[0]) and bool(re.search(r"ignore|allow|suppress|except|skip|audit|whitelist|waive|exempt|accept|baseline", file.path + "\n" + "\n".join(x.text for x in file.around(line, 8, 2)), re.IGNORECASE)) and not re.search(r"(?:^|/)(?:CHANGELOG|SECURITY|advisor)", file.path, re.IGNORECASE)),
    rule("scanner-ignored", "check-weakened", H,
        "exclude excludes exclusions ignore_paths allowlist skip skips ignore paths disable gitleaks disabled "
        "skip_path skip-dirs skip_checks checkov ignores",
        r"^\s*(?:sonar\.(?:exclusions|coverage\.exclusions|test\.exclusions|cpd\.exclusions)\s*=[^\n]{0,400}|paths-ignore\s*:"
        r"|skip-(?:dirs|files)\s*:|(?:skip|skips|skip_checks?|skip-check|skip_tests"
        r"|skip-policy-update)\s*[=:]\s*\[?\s*[\"']?(?:B\d{3}|CKV\w*|S\d{3}|AVD|DS\d|\w{1,5}\d{3})[^\n]{0,400})",
        _MUTED, where=_CONFIG, check=lambda file, line, found: names_more(file, line, found[0]) and ("paths-ignore" not in found[0] or bool(re.search(r"codeql|scan|security|analy", file.path, re.IGNORECASE)))),
    rule("owner-dropped", "check-weakened", H, "@", r"^\s*[^\s#][^\n]{0,200}\s@[\w./-]+", "takes an owner away: their review is no longer asked for", side="-", where="", check=lambda file, line, found: bool(re.search(r"(?:^|/)(?:CODEOWNERS|OWNERS|\.gitlab/CODEOWNERS)\Z", file.path)) and not _same_owners(file, line), on="text"),
    rule("security-tool-removed", "check-weakened", H,
        "gitleaks trufflehog detect bandit semgrep codeql trivy snyk safety audit dependabot gosec brakeman tfsec "
        "checkov zizmor shellcheck mypy ruff flake8 eslint pylint black golangci hadolint clippy rubocop id "
        "prettier repo repos lint typecheck pyright yamllint check no end codespell commitlint actionlint "
        "terraform_validate pre",
        r"^\s*-\s*(?:id|repo)\s*:\s*\S", "drops a check that ran before every commit", side="-", where="-prose -example", languages="yaml", check=lambda file, line, found: bool(re.search(r"pre-commit|lefthook|prek", file.path)) and not file.gone and not any(re.search(rf"\b{re.escape(_hook(line))}\b", x.text) for x in file.added) and not (re.match(r"\s*-\s*id\s*:\s*(?:ruff-format|black|isort|flake8|pyupgrade|autoflake|pycln|docformatter)", line.text) and any("ruff" in x.text for x in file.lines if x.kind != "-"))),
)  # fmt: skip


def _hook(line: Line) -> str:
    return re.sub(r"^\s*-\s*(?:id|repo)\s*:\s*", "", line.text).strip().strip("\"'").split()[0].rstrip("/").split("/")[-1]


def _same_owners(file: Subject, line: Line) -> bool:
    """Whether the path keeps an owner that it had, under this or a wider pattern."""
    path, *owners = line.text.split()
    for each in file.added:
        parts = each.text.split()
        if len(parts) > 1 and (parts[0] == path or path.startswith(parts[0].rstrip("*"))) and set(owners) & set(parts[1:]):
            return True
    return False


_QUIET: Final = re.compile(
    r"upload|artifact|cache|clean|notify|comment|slack|coverage|codecov|docker\s+(?:rm|stop|login)|report|label"
    r"|badge|deploy preview|teardown|kill|optional|experimental|nightly|prune|save|restore|coveralls|benchmark"
    r"|telemetry|stale|greet", re.IGNORECASE)
_CONTINUES: Final = re.compile(
    r"^\s*(?:-\s*)?(?:continue-on-error|allow_failure|continueOnError|ignore_errors|soft_fail"
    r"|failure)\s*:\s*[\"']?(?:true|yes|ignore)\b", re.IGNORECASE)
_PRODUCT_PATH: Final = re.compile(r"[\"'\s\[=!,^](!?\.?/?(?:\*\*/)?[\w@.*-]+(?:/[\w@.*-]+)*/?(?:\*\*?)?)")
OUTPUT_PATH: Final = re.compile(
    r"(?:^|[/!.\"'*])(?:dist|build|out|output|target|coverage|node_modules|vendor|generated|__generated__|gen|\.next"
    r"|\.nuxt|\.turbo|\.venv|venv|env|\.tox|\.nox|migrations?|__pycache__|\.git|\.cache|public|static|assets|docs?"
    r"|_build|examples?|fixtures|testdata|snapshots?|__snapshots__|tests?|spec|e2e|stories|third_party|bin|obj|logs?"
    r"|tmp|temp|\.?storybook\w*|proto|pb|playground|benchmarks?|site|egg-info|eggs|\.mypy_cache|\.ruff_cache|scratch"
    r"|notebooks?|README|CHANGELOG|LICENSE|\.idea|\.vscode|\.github|conftest|setup|version|_version|site-packages"
    r"|mocks?|worktrees?|\.claude)(?:[/\"'*.\s]|$)|\.(?:md|rst|adoc|txt|lock|min\.js|d\.ts|map|snap|svg|png|json"
    r"|ya?ml|pb\.go|log|txt|html|css|stories\.\w+|config\.\w+|test\.\w+|spec\.\w+|ipynb)\b|_pb2|\.pyc|generated",
    re.IGNORECASE,
)
_MUTING_KEY: Final = re.compile(
    r"\b(?:exclude|excludes|excluded|omit|ignore|ignores|ignorePatterns|extend-exclude|extend_exclude|force-exclude"
    r"|coveragePathIgnorePatterns|exclude_lines|exclude_also|skip|per-file-ignores|per_file_ignores|lint\.ignore"
    r"|extend-ignore|extend_ignore|disable|collectCoverageFrom|exclusions|paths-ignore|exclude-dirs|exclude-rules"
    r"|exclude-files|ignored|ignoredFiles|ignored_paths|skip_files|Exclude|excluded_paths|ignore_errors|module"
    r"|files|disabled_rules|excluded_rules|disabledRules|suppressions)\b[\"']?\s*[:=]", re.IGNORECASE)
_MUTED_FILE: Final = re.compile(
    r"(?:^|/)\.(?:eslint|prettier|stylelint|gitleaks|trivy|snyk|semgrep|secretlint|shellcheck|bandit|codeclimate"
    r"|markdownlint|clang-tidy|clang-format|secrets|talisman|biome|jshint|htmlhint|solhint|cfnlint|trufflehog|dockle"
    r"|hadolint|nancy)ignore\Z|(?:^|/)\.(?:gitleaksignore|trivyignore|semgrepignore|snyk|nancy-ignore"
    r"|trivyignore\.ya?ml|secrets\.baseline)\Z|(?:phpstan|psalm)-baseline"
    r"|(?:^|/)(?:mypy|ruff|lint|detekt|ktlint|eslint)[-_.]baseline"
    r"|(?:^|/)(?:spotbugs|findbugs|pmd|checkstyle|owasp|dependency-?check|fb|sb)[\w.-]{0,20}(?:exclu\w*|suppress\w*|filter)[\w.-]{0,20}\.xml\Z"
    r"|(?:^|/)(?:suppressions?|owasp-suppress\w*)\.xml\Z", re.IGNORECASE)
_CHECKER_FILE: Final = re.compile(
    r"pyproject\.toml|setup\.cfg|tox\.ini|mypy\.ini|\.flake8|\.pylintrc|pylintrc|ruff\.toml|\.coveragerc|tsconfig"
    r"|eslint|biome|codecov|sonar|jest\.config|vitest\.config|\.golangci|rubocop|phpstan|psalm|phpcs|\.bandit"
    r"|semgrep|codeql|\.pre-commit|pyrightconfig|nycrc|c8rc|detekt|checkstyle|spotbugs|deny\.toml|audit|\.clang-tidy"
    r"|package\.json|analysis_options|swiftlint|credo|\.hadolint|\.tflint|osv-scanner|stylelint|oxlint|sqlfluff"
    r"|gitleaks|clippy|noxfile|karma|mix\.exs|coveralls|\.csproj", re.IGNORECASE)
SCAN_ACTION: Final = re.compile(
    r"uses\s*:\s*[\"']?(?:github/codeql-action|aquasecurity/\S{0,40}trivy|snyk/|gitleaks/|trufflesecurity/"
    r"|returntocorp/|semgrep/|actions/dependency-review-action|ossf/scorecard|codecov/|golangci/|zizmorcore/"
    r"|sonarsource/|anchore/|bridgecrewio/|pypa/gh-action-pip-audit|step-security/|reviewdog/|rustsec/"
    r"|EmbarkStudios/cargo-deny|hadolint/|crate-ci/typos|pre-commit/action)", re.IGNORECASE)


def checks(file: Subject, news: News) -> Iterator[Hit]:
    """Hits that compare both sides of a file that configures checks."""
    if file.facets.prose and not _MUTED_FILE.search(file.path):
        return
    if file.facets.pipeline or file.path.endswith((".yml", ".yaml", ".gitlab-ci.yml")):
        yield from _tolerated(file, news)
    yield from bars(file)
    if _MUTED_FILE.search(file.path) and not file.gone:
        line = next((each for each in file.added if each.text.strip() and not each.text.lstrip().startswith("#") and (not file.path.endswith(".xml") or re.search(r"<(?:Match|Bug|Package|Class|suppress|cve|vulnerabilityName|gav|packageUrl|filePath)\b", each.text)) and not OUTPUT_PATH.search(each.text) and not news.stands(each.text, "-")), None)
        if line is not None:
            secret = re.search(r"spotbugs|findbugs|owasp|suppress|gitleaks|trivy|snyk|semgrep|secret|nancy|talisman|bandit", file.path, re.IGNORECASE)
            yield hit("ignore-file", "check-weakened", Severity.HIGH if secret else Severity.MEDIUM, line, _MUTED)
    elif _CHECKER_FILE.search(file.path) and not file.facets.lock:
        yield from _muted(file, news)


def _tolerated(file: Subject, news: News) -> Iterator[Hit]:
    for line in file.added:
        if not _CONTINUES.match(line.code) or news.moved("check-tolerated", line, file):
            continue
        step = [line]
        for above in reversed(file.around(line, 10, 0)[:-1]):
            step.insert(0, above)
            if (re.match(r"\s*-\s", above.text) and above.indent < line.indent) or re.match(r"\S[\w -]{0,60}:\s*$", above.text):
                break
        for below in file.around(line, 0, 8)[1:]:
            if (re.match(r"\s*-\s", below.text) and below.indent <= line.indent) or re.match(r"\S", below.text) or below.indent < line.indent - 2:
                break
            step.append(below)
        text = "\n".join(each.text for each in step)
        if re.search(rf"(?<![\w/.-]){CHECK}\b", text) or SCAN_ACTION.search(text) or re.search(r"\b(?:test|lint|check|scan|audit|typecheck|verify|security|sast)\w*\s*:?\s*$", text.split("\n")[0]):
            yield hit("check-tolerated", "check-weakened", Severity.HIGH, line, _LETS)
        elif not _QUIET.search(text) and "matrix" not in line.text and file.facets.pipeline and not file.new:
            yield hit("check-tolerated", "check-weakened", Severity.MEDIUM, line, "lets a step of the pipeline fail")


def _of_tests(file: Subject, line: Line) -> bool:
    """Whether what is left out is left out of a run of tests, not of a checker's look at the code."""
    if not re.search(r"(?:^|/)(?:vitest|jest|playwright|karma|cypress|mocha|ava|wtr)[\w.-]*\.(?:config|workspace)\.\w+\Z|(?:^|/)\.mocharc", file.path):
        return False
    above = " ".join(each.code for each in file.parents(line)) + line.code
    return not re.search(r"coverage|typecheck|transform|watch|benchmark", above, re.IGNORECASE)


def _muted(file: Subject, news: News) -> Iterator[Hit]:
    """Paths and rules that a checker no longer looks at; what a new configuration leaves out was never looked at."""
    if file.new or (file.facets.test and not re.search(r"config|rc\b|\.(?:toml|ya?ml|jsonc?|ini|cfg|xml|properties)\Z", file.path)):
        return  # what a test of a checker writes down for it mutes nothing
    for line in file.added:
        code = line.code
        if not code.strip() or len(code) > 600 or news.stands(line.text, "-"):
            continue
        key = _MUTING_KEY.search(code)
        above = next((each for each in file.parents(line) if _MUTING_KEY.search(each.code) or re.search(r"[:=]\s*[\[{]?\s*$|^\s*\[", each.code)), None)
        listed = above is not None and bool(_MUTING_KEY.search(above.code)) and not key
        if not key and not listed and not re.match(r"\s*[\"']?!", code.split(":")[0]):
            head = None
            for each in reversed(file.around(line, 14, 0)[:-1]):
                if re.search(r"\]\s*,?\s*$|^\s*\[", each.code) and "=" not in each.code:
                    break
                if re.search(r"=\s*\[\s*$|^\s*[\w-]+\s*=\s*$|:\s*\[?\s*$", each.code):
                    head = each
                    break
            if head is None or not _MUTING_KEY.search(head.code):
                continue
        section = " ".join(each.text for each in file.around(line, 25, 0)) + (file.heads[line.hunk] if line.hunk < len(file.heads) else "")
        name = file.path.rsplit("/", 1)[-1]
        if name in ("pyproject.toml", "package.json", "setup.cfg", "mix.exs") and not re.search(
            r"\[tool\.(?:mypy|ruff|coverage|pyright|pylint|bandit|black|isort|flake8|pytest|pyrefly|ty\b|interrogate"
            r"|vulture)|\[(?:mypy|coverage|flake8|tool:pytest|pylint)|eslintConfig|eslintIgnore|\"jest\"|coverage"
            r"|per-file-ignores|lint", section):
            continue
        gone = " ".join(each.code for each in other_side(file, line))
        code = code[key.end() :] if key else code
        fresh = [each for each in re.findall(r"[\"']([^\"'\n]{1,120})[\"']|(?:^|[\s,=])([\w@./*-]{2,120}/[\w@./*-]{0,100})", code) if (text := next(g for g in each if g)) and text not in gone]
        values = [next(g for g in each if g) for each in fresh]
        if not values and listed:
            values = [code.strip(" -,\"'")]
        if name.startswith(("tsconfig", "jsconfig")) and not re.search(r"exclude", (above.code if above else "") + code):
            continue
        paths = [each for each in values if ("/" in each or each.endswith((".py", ".ts", ".js", ".go", "*", ".tsx", ".rs")) or re.fullmatch(r"[a-z_]\w*(?:\.\w+)*(?:\.\*)?", each)) and not OUTPUT_PATH.search(f"/{each}/" if not each.startswith((".", "*")) else each) and not re.fullmatch(r"[A-Z]{1,5}\d{0,4}", each)]
        rules = [each for each in values if re.fullmatch(r"[A-Z]{1,5}\d{1,4}|[A-Z]{1,4}", each) or re.fullmatch(r"(?:missing|too|no|unused|broad|bare|import|undefined|invalid|unsafe)-[\w-]{3,40}", each)]
        if not rules and re.search(r"disabled_?rules|excluded_rules", (key[0] if key else "") + (above.code if above else ""), re.IGNORECASE):
            rules = [each for each in values if re.fullmatch(r"[\w/-]{3,60}", each)]
        if rules and re.search(r"ignore|disable|skip|excluded_rules", (key[0] if key else "") + (above.code if above else "") + section[-200:]) and not re.search(r"per-file-ignores|per_file_ignores|select\s*=", (above.code if above else "") + (key[0] if key else "")):
            safety = any(re.match(r"S\d|B\d|SEC|CA\d|CKV|G\d", each) for each in rules)
            yield hit("rules-muted", "check-weakened", Severity.HIGH if safety or (file.path.endswith((".flake8", "ruff.toml")) and len(rules) > 2) else Severity.MEDIUM, line, "tells a checker to leave rules aside", against=next(iter(other_side(file, line)), None))
            return
        if paths and _of_tests(file, line):
            yield hit("tests-excluded", "test-removed", Severity.HIGH, line, "takes tests out of the run", "tests-excluded")
            return
        if paths and not re.search(r"\b(?:select|include|source|files)\s*[:=]", key[0] if key else ""):
            # One named file that one style rule passes over is less than a folder, or than all rules.
            single = name.startswith(".rubocop") and not any("*" in each for each in paths) and any(re.match(r"(?:Metrics|Style|Layout|Naming)/\w+\s*:", each.code) for each in file.parents(line))
            yield hit("paths-muted", "check-weakened", Severity.MEDIUM if single else Severity.HIGH, line, "tells a checker to leave product code aside", against=next(iter(other_side(file, line)), None))
            return
    for line in file.removed:
        if re.search(
            r"\b(?:select|extend-select|extend_select|enable|linters|plugins|extends|collectCoverageFrom"
            r"|source|include|includes|files|packages|paths|roots)\b[\"']?\s*[:=]\s*\[", line.code):
            old = set(re.findall(r"[\"']([^\"'\n]{1,80})[\"']", line.code))
            new = {each for other in other_side(file, line) for each in re.findall(r"[\"']([^\"'\n]{1,80})[\"']", other.code)}
            lost = old - new
            if other_side(file, line) and lost and not new - old and new | {"x"} and not re.search(r"ALL", " ".join(new)):
                at = other_side(file, line)[0]
                yield hit("rules-dropped", "check-weakened", Severity.HIGH, at, "drops rules from a checker", against=line)
                return
