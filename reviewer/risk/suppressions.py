"""Rules on checkers that a change silences: without a code, for a whole file, or where security speaks.

What must stay true: a suppression that the change writes is a finding, never obeyed; one code with a reason is none.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import Line, Subject
from reviewer.risk.table import H, M, rule

_MUTES: Final = "silences a checker without saying which rule, or for a whole file"
_SECURITY: Final = "silences a security finding"
_OURS: Final = "asks this review to overlook a line: no such comment is honoured"


def _reason(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Expected errors in type tests say so; anything else mutes."""
    return not re.search(r"(?:type|types|dts|tsd|expect-type)[-_.]?(?:test|spec|check)|\.test-d\.ts|test-d/|/types?/.*test|dtslint", file.path, re.IGNORECASE)


RULES: Final = (
    rule("muted-review", "suppression-added", H, "reviewer",
         r"(?:#|//|/\*|\*|--|;|%|<!--)\s*reviewer(?:-desk)?(?:\s*:\s*|-)(?:ignore|disable|off|skip|allow|accept|suppress|mute|no-?scan)\b",
         _OURS, where="-prose -generated -vendored", on="text"),
    rule("muted-python", "suppression-added", M, "noqa type ignore mypy pylint pyright ruff flake8 pyre fixme no_type_check skip cast any skipcq",
         r"#\s*noqa\s*(?:$|#|-|\()|#\s*noqa:?\s*$|#\s*(?:ruff|flake8)\s*:\s*noqa\b|#\s*type:\s*ignore\s*(?:$|#)"
         r"|#\s*mypy:\s*(?:ignore-errors|disable-error-code|allow-\w+)"
         r"|#\s*pylint:\s*(?:disable\s*=\s*(?:all\b|[\w-]+\s*,\s*[\w-]+\s*,\s*[\w-]+\s*,)|skip-file)"
         r"|#\s*pyright:\s*(?:ignore\s*(?:$|#)|basic|strict\s*=\s*false|reportGeneral\w*\s*=\s*false)"
         r"|#\s*pyre-ignore-all-errors|@(?:typing\.)?no_type_check\b"
         r"|(?<![\w.])(?:typing\.|t\.)?cast\s*\(\s*(?:typing\.|t\.)?[\"']?Any\b|#\s*(?:isort|ruff):\s*skip_file"
         r"|#\s*pyrefly:\s*ignore-errors|#\s*ty:\s*ignore\s*$|#\s*skipcq\s*(?:$|#)",
         _MUTES, where="-prose -generated -vendored", languages="python", on="text"),
    rule("muted-python-security", "suppression-added", H,
        "noqa nosec nosemgrep bandit codeql lgtm dlint pylint nosonar skipcq deepcode",
        r"#\s*noqa:?\s*[^\n]{0,40}\bS\d{3}\b|#\s*nosec\b|#\s*nosemgrep\b|#\s*codeql\b|#\s*lgtm\b"
        r"|pylint:\s*disable\s*=[^\n]{0,40}(?:exec-used|eval-used|subprocess)|#\s*nosonar|#\s*dlint"
        r"|#\s*skipcq\s*:[^\n]{0,40}\bBAN-|#\s*deepcode\s+ignore",
        _SECURITY, where="-prose -test -generated -vendored", languages="python", on="text"),
    rule("muted-script", "suppression-added", M,
        "ts nocheck ignore expect eslint disable tslint any jshint flow flowfixme biome unknown istanbul oxlint v8 "
        "standard skipcq",
         r"@ts-(?:nocheck|ignore)\b|@ts-expect-error\s*(?:$|\*/|\}|-->)"
         r"|(?:/\*|//|<!--)\s*eslint-disable(?:-next-line|-line)?\s*(?:\*/|-->|$|--)"
         r"|/\*\s*eslint-disable\s+(?:[\w@/-]+\s*,\s*){4}|tslint:disable(?:-next-line|-line)?\s*(?:\*/|$)"
         r"|/\*\s*eslint\s+[\w@/-]+\s*:\s*(?:0|[\"']?off)|jshint\s+ignore|@flow\s+(?:off|strict-local\s+off)"
         r"|\$FlowFixMe\s*$|\bas\s+any\b|\bas\s+unknown\s+as\s+any\b|<any>\s*[\w(]"
         r"|biome-ignore(?:-all)?\s+(?:lint|format|all)?\s*:|oxlint-disable\s*(?:\*/|$)"
         r"|(?:istanbul|c8|v8)\s+ignore\s+file|@type\s*\{\s*any\s*\}\s*\*/\s*\(|standard\s+disable|//\s*skipcq\s*$",
         _MUTES, where="-prose -generated -vendored", languages="javascript", on="text", check=_reason, unless=
             r"^\s*(?:\*|//)\s[^@\n]{0,80}\bas any\b|[\"'`][^\"'`\n]{0,120}\bas any\b[^\"'`\n]{0,120}[\"'`]|it\("
             r"|describe\("),
    rule("muted-script-security", "suppression-added", H, "eslint disable nosemgrep codeql lgtm deepcode snyk nosonar security",
        r"eslint-disable[^\n]{0,120}(?:security/|no-eval|no-implied-eval|no-new-func|no-danger|no-unsanitized"
        r"|detect-|no-script-url|react/no-danger|sdl/|xss)|\bnosemgrep\b|//\s*(?:codeql|lgtm)\b|deepcode\s+ignore"
        r"|NOSONAR|svelte-ignore\s+\w*security",
        _SECURITY, where="-prose -test -generated -vendored", languages="javascript markup", on="text"),
    rule("muted-compiled", "suppression-added", M,
        "nolint suppresswarnings suppress nosonar checkstyle noinspection allow warnings clippy pragma nolintbegin "
        "lint ignore nullable diagnostic suppressmessage swiftlint ktlint detekt nowarn unused unused_variables "
        "dead_code spotless expect gcc clang suppressfbwarnings staticcheck w file skipcq",
         r"//\s*nolint\s*(?:$|//|:\s*all\b)|//lint:file-ignore"
         r"|@(?:file:)?Suppress(?:Warnings)?\s*\(\s*(?:value\s*=\s*)?\{?\s*\"(?:all|ALL)\"|@file:Suppress\s*\("
         r"|@SuppressWarnings\s*\(\s*\{(?:[^}\n]{0,60},){2}|CHECKSTYLE:OFF|//\s*noinspection\s+(?:ALL|all)"
         r"|//\s*NOSONAR\b|#!?\[\s*allow\s*\(\s*(?:warnings|clippy::all|clippy::pedantic|unused\s*[,)]"
         r"|unused_\w+\s*,\s*\w+\s*,|dead_code\s*,\s*\w+\s*,|clippy::(?:correctness|suspicious|restriction))"
         r"|#!\[\s*allow\s*\(|#pragma\s+warning\s+disable\s*$"
         r"|#pragma\s+warning\s*\(\s*(?:disable\s*:\s*\d+\s+\d+|push\s*,\s*0)"
         r"|#pragma\s+(?:GCC|clang)\s+diagnostic\s+ignored\s+\"-W(?:all|everything|extra)|//\s*NOLINT\s*(?:$|//)"
         r"|//\s*NOLINT(?:BEGIN|NEXTLINE)\s*$|#nullable\s+disable\s*$|swiftlint:disable(?::next|:this)?\s+all"
         r"|//\s*swift-format-ignore-file|ktlint-disable\s*$|@nowarn\s*(?:$|\(\s*\"\"|def|val)"
         r"|@Suppress\s*\(\s*\"(?:detekt\.)?all\"|//\s*ignore_for_file\s*:|cppcheck-suppress-file"
         r"|//\s*@formatter:off|//\s*clang-format off|\[SuppressMessage\s*\(\s*\"\*?\"|//\s*staticcheck:ignore"
         r"|@SuppressWarnings\s*\([^)\n]{0,40}\"PMD\"|//\s*skipcq\s*$",
         _MUTES, where="-prose -generated -vendored", languages="go java kotlin rust c csharp swift scala dart groovy", on="text"),
    rule("muted-compiled-security", "suppression-added", H,
        "nolint gosec nosec suppressfbwarnings suppressmessage security nosemgrep nosonar noinspection lgtm "
        "codeql pragma ca2100 ca3 ca5 scs suppress suppresswarnings skipcq deepcode",
         r"//\s*nolint:[^\n]{0,60}\bgosec\b|//\s*#nosec\b|#nosec\b|@SuppressFBWarnings"
         r"|SuppressMessage\s*\(\s*\"(?:Microsoft\.)?Security|nosemgrep"
         r"|pragma\s+warning\s+disable\s[^\n]{0,120}\b(?:CA(?:2100|2300|23\d\d|3\d{3}|5\d{3})|SCS\d|SYSLIB00|S\d{4})"
         r"|//\s*(?:codeql|lgtm)\b|@SuppressWarnings\s*\([^)\n]{0,120}\"(?:java:S|squid:S|javasecurity:|findsecbugs)"
         r"|NOLINT\w*\([^)\n]{0,80}(?:\bcert-|security)|//\s*skipcq\s*:[^\n]{0,40}\bGSC-|//\s*deepcode\s+ignore"
         r"|@Suppress(?:Lint)?\s*\(\s*\"(?:TrustAllX509|SetJavaScriptEnabled|BadHostnameVerifier|HardwareIds"
         r"|CustomX509|AllowAllHostname|WorldReadable|ExportedService|UnsafeDynamically\w*)",
         _SECURITY, where="-prose -test -generated -vendored", languages="go java kotlin rust c csharp swift scala", on="text"),
    rule("muted-other", "suppression-added", M,
        "rubocop phpstan psalm phpcs shellcheck codestandardsignore credo error_reporting stylelint sql "
        "noqa yamllint hadolint perlcritic luacheck htmlhint codingstandardsignorefile codingstandardsignoreline nocov "
        "dialyzer no_warn standard sqlfluff lint erb ansible critic warnings strict nosonar tflint codingstandardsignorestart",
         r"rubocop:\s*(?:disable|todo)\s+(?:all|Lint|Metrics|Style|Security)\b(?!/)"
         r"|@phpstan-ignore(?:-line|-next-line)?\s*(?:$|\*/)|@psalm-suppress\s+all"
         r"|phpcs:(?:ignoreFile|disable)\b\s*(?:$|\*/)|phpcs:ignore\s*(?:$|\*/|--)|@codingStandardsIgnore(?:File|Start|Line)"
         r"|shellcheck\s+disable\s*=\s*(?:all|SC\d+\s*,\s*SC\d+\s*,\s*SC\d+)|error_reporting\s*\(\s*0\s*\)"
         r"|credo:disable-for-(?:this-file|lines)|stylelint-disable\s*(?:\*/|$)|--\s*noqa\s*$|--\s*sqlfluff:\s*off"
         r"|#\s*yamllint\s+disable\s*$|no\s+critic\s*(?:$|\()|luacheck:\s*ignore\s*$|luacheck:\s*push\s+ignore"
         r"|^\s*no\s+(?:warnings|strict)\s*;|@dialyzer\s*\{?\s*:?\[?\s*:?no(?:warn|_match|_return)"
         r"|<!--\s*htmlhint-disable\s*-->|#\s*noqa\s*$|psalm-suppress\s+Mixed\w+\s*,|(?:#|//)\s*NOSONAR\b"
         r"|hadolint\s+global\s+ignore\s*=|tflint-ignore\s*:\s*all\b",
         _MUTES, where="-prose -generated -vendored", languages="ruby php shell elixir css sql yaml perl lua markup docker terraform", on="text"),
    rule("muted-infra-security", "suppression-added", H,
        "tfsec checkov trivy nosemgrep zizmor kics gitleaks allowlist cfn_nag skip ignore rubocop security "
        "brakeman hadolint kubesec terrascan snyk pragma detect nosec phpcs psalm taintedinput wordpress ts cfn bridgecrew "
        "codeql lgtm sobelow_skip",
        r"(?:#|//|/\*|--|<!--)\s*(?:tfsec:ignore|(?:checkov|bridgecrew):skip|trivy:ignore)|nosemgrep|#\s*zizmor:\s*ignore"
        r"|kics-scan\s+(?:ignore|disable)|gitleaks:allow|pragma:\s*allowlist|cfn_nag|checkov\.io/skip|#\s*ts:skip"
        r"|rubocop:\s*(?:disable|todo)\s+[^\n]{0,60}Security/|#\s*snyk|brakeman:ignore"
        r"|hadolint\s+(?:global\s+)?ignore\s*=[^\n]{0,80}\bDL(?:3002|3004|3026)\b|psalm-suppress\s+Tainted|sobelow_skip"
        r"|phpcs:(?:ignore|disable)[^\n]{0,60}(?:Security|\.Eval\b|SystemExec)|(?:#|//)\s*(?:codeql|lgtm)\s*(?:\[|$)"
        r"|WordPress\.(?:Security|DB\.PreparedSQL)|\bnosec\b",
        _SECURITY, where="-prose -test -generated -vendored", languages="terraform yaml docker ruby php elixir shell json toml ini groovy markup sql powershell", on="text"),
    rule("secret-allowed", "suppression-added", H,
        "gitleaks allow allowlist pragma secret detect trufflehog ggignore noseyparker betterleaks kingfisher secretlint",
        r"gitleaks:allow|pragma:\s*(?:allowlist|whitelist)\s+(?:nextline\s+)?secret|trufflehog:ignore"
        r"|noseyparker:ignore|ggignore|betterleaks:allow|kingfisher:(?:ignore|allow)|secretlint-disable", _SECURITY, where="-prose -test", on="text"),
)  # fmt: skip
